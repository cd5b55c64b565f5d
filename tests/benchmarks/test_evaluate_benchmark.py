"""The benchmark's own correctness, on a few jobs and with no clock in any assertion.

Cloud Custodian lives in an environment of its own, so its part runs under `make bench` only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.agreement import ContendersDisagree, agreement
from benchmarks.peers import Answers, json_schema, recgate_itself
from benchmarks.report import make_report, report_lines
from benchmarks.rounds import Ratio, ratio, run_rounds
from benchmarks.workload import Job, Mix, RowKind, make_jobs

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = (*recgate_itself.ANSWERS, *json_schema.ANSWERS)
CONTENDERS = (*recgate_itself.CONTENDERS, *json_schema.CONTENDERS)
JOBS = make_jobs(30)


def run_script(python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "benchmarks/evaluate.py", "--jobs", "1", "--rounds", "1"],
        cwd=ROOT,
        env={**os.environ, "RECGATE_BENCH_PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("mix", list(Mix))
def test_the_contenders_answer_alike_on_rows_that_have_every_figure(mix: Mix) -> None:
    """Only those who answer alike may be compared."""
    jobs = make_jobs(30, mix=mix)

    agreed = agreement(jobs, ANSWERS)

    assert agreed.judged + agreed.unknown == 300
    assert agreed.let_through["recgate"] == 0


def test_the_jobs_hold_rows_of_every_kind() -> None:
    """An agreement about rows that all pass would show nothing."""
    kinds = [kind for job in JOBS for kind in job.kinds.values()]

    assert all(kinds.count(kind) > 10 for kind in RowKind)


def test_the_same_jobs_are_made_every_time() -> None:
    """Two runs judge the same rows (compared as text: NaN is not equal to itself)."""
    assert repr(make_jobs(3)) == repr(make_jobs(3))


def test_what_a_schema_without_types_lets_through_is_told() -> None:
    """Limits alone pass every row whose figure is missing, and the report says how many."""
    agreed = agreement(JOBS, ANSWERS)

    assert agreed.unknown > 10
    assert agreed.let_through["jsonschema, limits only"] == agreed.unknown


@pytest.mark.parametrize("change", ["drops a row", "adds a row"])
def test_a_contender_that_answers_otherwise_stops_the_benchmark(change: str) -> None:
    """A fast wrong answer is not timed."""

    def passing(jobs: Sequence[Job]) -> frozenset[str]:
        right = recgate_itself.ANSWERS[0].passing(jobs)
        if change == "drops a row":
            return right - {min(right)}
        kinds = {name: kind for job in jobs for name, kind in job.kinds.items()}
        return right | {next(name for name, kind in kinds.items() if kind is RowKind.FAILING)}

    with pytest.raises(ContendersDisagree, match="careless: 1 rows differ"):
        agreement(JOBS, [Answers("careless", passing, is_timed=True)])


def test_recgate_is_held_to_what_the_rows_were_made_to_be() -> None:
    """The rows are made to be what they are; recgate is not the oracle of its own benchmark."""
    job = JOBS[0]
    mislabelled = replace(job, kinds=dict.fromkeys(job.kinds, RowKind.MISSING))

    with pytest.raises(ContendersDisagree, match="recgate's UNKNOWN"):
        agreement([mislabelled], ANSWERS)


def test_a_report_tells_of_every_contender() -> None:
    """Every contender does its work, and its line and its JSON can be written."""
    spent = run_rounds(CONTENDERS, JOBS, rounds=2, within_s=60)

    report = make_report(
        CONTENDERS, spent, agreement(JOBS, ANSWERS), jobs=30, mix="mixed", versions={"c7n": "none"}
    )

    text = "\n".join(report_lines(json.loads(json.dumps(report))))
    assert all(each.name in text and each.what in text for each in CONTENDERS)
    assert report["contenders"][0]["wall_ratio"] == {"median": 1.0, "least": 1.0, "most": 1.0}
    assert report["rounds"] == 2


def test_three_rounds_are_run_whatever_the_time_limit() -> None:
    """A median of one round is no median; and no round is begun beyond the limit after that."""
    spent = run_rounds(CONTENDERS[:1], JOBS[:1], rounds=9, within_s=0)

    assert len(spent[recgate_itself.BASELINE.name]) == 3


def test_a_ratio_compares_times_of_the_same_round() -> None:
    """A round that was slow for both is no slower in the ratio."""
    assert ratio([2.0, 40.0, 9.0], [1.0, 10.0, 3.0]) == Ratio(median=3.0, least=2.0, most=4.0)


def test_without_the_peers_interpreter_the_script_says_how_to_get_it() -> None:
    """`make bench` sets it up."""
    ended = run_script(str(ROOT / "no-such-python"))

    assert ended.returncode == 2
    assert "there is no interpreter at" in ended.stderr
    assert "make bench" in ended.stderr
    assert "RECGATE_BENCH_PYTHON" in ended.stderr


def test_an_interpreter_without_the_peers_is_refused_by_name() -> None:
    """The interpreter of the tests has no Custodian."""
    ended = run_script(sys.executable)

    assert ended.returncode == 2
    assert f"{sys.executable} has no c7n" in ended.stderr
