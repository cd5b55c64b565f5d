"""recgate: the pure decision alone, with its explanations, and all the way from Describe."""

from collections.abc import Sequence

from benchmarks.peers import Answers, Contender, Work
from benchmarks.workload import POLICY, TODAY, Job
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.dialect.policy_document import policy_from
from recgate.domain.evaluation import evaluate
from recgate.domain.job import Snapshot
from recgate.domain.job_limit import JobReader
from recgate.domain.rows import rows_of
from recgate.domain.verdict import Verdict


def _no_paths(path: str) -> JobReader:
    raise ValueError(f"the benchmark's policy reads no field of the job, and here is {path}")


_POLICIES = [policy_from(POLICY, "benchmark.yaml", _no_paths)]


def _snapshot(job: Job) -> Snapshot:
    return snapshot_from(snapshot_document(job.response, tags=[], measured=job.measured))


def _evaluate(jobs: Sequence[Job]) -> Work:
    snapshots = [_snapshot(job) for job in jobs]

    def work() -> None:
        for snapshot in snapshots:
            evaluate(snapshot, _POLICIES, TODAY)

    return work


def _evaluate_with_columns(jobs: Sequence[Job]) -> Work:
    snapshots = [_snapshot(job) for job in jobs]

    def work() -> None:
        for snapshot in snapshots:
            rows_of(snapshot.candidates)
            evaluate(snapshot, _POLICIES, TODAY)

    return work


def _explain(jobs: Sequence[Job]) -> Work:
    snapshots = [_snapshot(job) for job in jobs]

    def work() -> None:
        for snapshot in snapshots:
            for judgement in evaluate(snapshot, _POLICIES, TODAY).judgements:
                for place in range(len(judgement.candidates)):
                    judgement.findings(place)

    return work


def _whole_road(jobs: Sequence[Job]) -> Work:
    def work() -> None:
        for job in jobs:
            evaluate(_snapshot(job), _POLICIES, TODAY)

    return work


def verdicts(jobs: Sequence[Job]) -> dict[str, Verdict]:
    """The verdict on each row, by its id."""
    found: dict[str, Verdict] = {}
    for job in jobs:
        for judgement in evaluate(_snapshot(job), _POLICIES, TODAY).judgements:
            for place, row in enumerate(judgement.candidates):
                found[row.recommendation_id] = judgement.verdict_on(place)
    return found


def _passing(jobs: Sequence[Job]) -> frozenset[str]:
    return frozenset(name for name, verdict in verdicts(jobs).items() if verdict.opens_gate)


BASELINE = Contender(
    "recgate: evaluate",
    "every limit on every row, and the verdict on the job",
    _evaluate,
)
CONTENDERS = (
    BASELINE,
    Contender(
        "recgate: columns + evaluate",
        "as above, and before it the columns that a snapshot is read into once",
        _evaluate_with_columns,
    ),
    Contender(
        "recgate: evaluate + findings",
        "evaluate, and the explanation of every limit on every row",
        _explain,
    ),
    Contender(
        "recgate: from Describe",
        "canonical document, digest, normalised snapshot, then evaluate",
        _whole_road,
    ),
)
ANSWERS = (Answers("recgate", _passing, is_timed=True),)
