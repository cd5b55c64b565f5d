"""Many jobs for a backtest: a ledger of decisions, a folder of files, a file for the peers.

The different jobs are those of `benchmarks.workload`; they are written over and over under names
of their own, so that every job has its own stream, digest and file.
"""

import json
import math
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.peers.recgate_itself import _POLICIES, _snapshot
from benchmarks.workload import TODAY, Job, make_jobs
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.canonical import canonical_json
from recgate.domain.decision import Decision, decision_key
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.policy import Policy
from recgate.ports import Entry

DIFFERENT = 1_000
"""So many jobs differ in their figures."""

POLICIES: list[Policy] = _POLICIES
_JOBS_AT_ONCE = 1_000
"""How many jobs are written in one transaction."""

_AT = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)


def different_jobs(count: int) -> list[Job]:
    """The jobs that differ."""
    return make_jobs(min(count, DIFFERENT))


def documents(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """The documents of their snapshots, as the ledger gives them back."""
    return [json.loads(canonical_json(_snapshot(job).document)) for job in jobs]


def write_ledger(path: Path, jobs: Sequence[Job], count: int) -> None:
    """A ledger with a snapshot and a decision on so many jobs."""
    made = [_entries(job) for job in jobs]
    with SqliteLedger(path) as ledger:
        for start in range(0, count, _JOBS_AT_ONCE):
            numbers = range(start, min(start + _JOBS_AT_ONCE, count))
            ledger.append_all(
                [each for number in numbers for each in _job(made[number % len(made)], number)]
            )


def _job(entries: tuple[str, str, str], number: int) -> list[tuple[str, int, Entry]]:
    """The two entries of a job of that number."""
    old, snapshot, decision = entries
    new = _name(number)
    evidence = snapshot.replace(old, new)
    body = decision.replace(old, new).replace("DIGEST", _digest(evidence))
    stream = f"job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{new}"
    return [
        (stream, 0, Entry("snapshot", "COMPLETED@-", _AT, json.loads(evidence))),
        (stream, 1, Entry("decision", _digest(body), _AT, json.loads(body))),
    ]


def _entries(job: Job) -> tuple[str, str, str]:
    """A job's name, and its snapshot and decision as they are stored."""
    snapshot = _snapshot(job)
    evaluation = evaluate(snapshot, POLICIES, TODAY)
    decision = Decision(
        key=decision_key(snapshot, evaluation, "0" * 64),
        snapshot=snapshot,
        evaluation=evaluation,
        policies_digest="0" * 64,
        judged_on=TODAY,
        decided_at=_AT,
        trigger=Trigger(TriggerSource.SWEEP),
    )
    body = canonical_json(decision_record(decision, effects=())).decode()
    evidence = canonical_json(snapshot.document).decode()
    return snapshot.job_name, evidence, body.replace(snapshot.digest, "DIGEST")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _name(number: int) -> str:
    return f"backtest-{number:07}"


def write_folder(folder: Path, jobs: Sequence[Job], count: int) -> None:
    """As many recorded jobs, each with its measured P99 beside it."""
    folder.mkdir()
    made = []
    for job in jobs:
        latencies = [
            {
                "RecommendationId": row["recommendation"],
                "P99Milliseconds": row["p99_ms"],
                "SampleCount": row["samples"],
            }
            for row in job.measured["rows"]
        ]
        extra = json.dumps({"Tags": [], "MeasuredLatency": latencies})
        made.append((job.response["JobName"], json.dumps(job.response), extra))
    for number in range(count):
        old, main, extra = made[number % len(made)]
        new = _name(number)
        (folder / f"{new}.json").write_text(main.replace(old, new), "utf-8")
        (folder / f"{new}.extra.json").write_text(extra.replace(old, new), "utf-8")


def write_rows(path: Path, jobs: Sequence[Job], count: int) -> None:
    """What the peers read: a job a line, its rows with the P99 laid into them.

    In their favour a figure that is missing is null, whatever SageMaker sent: nobody has to tell
    ``"NaN"`` from a number.
    """
    made = [[without_nan(row) for row in job.peer_rows()] for job in jobs]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            line = {"job": number, "rows": made[number % len(made)]}
            file.write(json.dumps(line) + "\n")


def write_documents(path: Path, jobs: Sequence[Job], count: int) -> None:
    """The same for recgate: a snapshot's document a line."""
    made = [json.dumps(each) for each in documents(jobs)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(made[number % len(made)] + "\n")


def without_nan(row: dict[str, Any]) -> dict[str, Any]:
    """The row with null for every figure that is no number."""
    cleaned = deepcopy(row)
    for owner in ("Metrics", "EndpointConfiguration"):
        for member, value in cleaned[owner].items():
            if value == "NaN" or (isinstance(value, float) and math.isnan(value)):
                cleaned[owner][member] = None
    return cleaned


def repeated(made: Sequence[Any], count: int) -> Iterator[Any]:
    """So many of them, over and over."""
    return (made[number % len(made)] for number in range(count))
