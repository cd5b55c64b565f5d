"""The sweep's benchmark: what it counts is right, and it runs; no clock in any assertion."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.agreement import ContendersDisagree
from benchmarks.call_counts import counting_calls
from benchmarks.sagemaker_process import sagemaker_process
from benchmarks.sweep import main
from benchmarks.sweep_report import report_lines
from benchmarks.sweep_rounds import BEGIN, Case, Plan, refuse_wrong
from benchmarks.watch_process import Sweep, watch_process
from benchmarks.watchers import Contender

from recgate.adapters.aws_clients import Aws
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

ROOT = Path(__file__).resolve().parents[2]
LIST = "sagemaker.ListInferenceRecommendationsJobs"

Report = dict[str, Any]


@pytest.fixture(name="report", scope="module")
def _report() -> Report:
    """The script's own report about few jobs."""
    sizes = ["--sizes", "60,600", "--changed", "3", "--varied-at", "300", "--changes", "1,40"]
    ended = subprocess.run(
        [sys.executable, "benchmarks/sweep.py", *sizes, "--rounds", "1", "--json"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    found: Report = json.loads(ended.stdout)
    return found


@pytest.fixture(name="sagemaker")
def _sagemaker() -> Any:
    with local_sagemaker() as served:
        yield served


def calls(report: Report, table: int, contender: Contender) -> list[dict[str, int]]:
    """The calls of a watcher in each column of a table."""
    return [cell["calls"] for cell in report["tables"][table][contender]]


@pytest.mark.slow
def test_the_calls_of_a_sweep_do_not_grow_with_the_jobs_that_exist(report: Report) -> None:
    """Ten times the jobs: the same calls, when something changed and when nothing did."""
    few, many = calls(report, 0, Contender.RECGATE)
    idle_few, idle_many = calls(report, 1, Contender.RECGATE)

    assert few == many
    assert few == {
        LIST: 1,
        "dynamodb.Query": 1,
        "events.PutEvents": 1,
        "dynamodb.PutItem": 1,
    }
    assert idle_few == idle_many == {LIST: 1, "dynamodb.Query": 1}


@pytest.mark.slow
def test_the_calls_of_a_sweep_grow_with_the_jobs_that_changed(report: Report) -> None:
    """An event for each of them, ten to a call."""
    one, forty = calls(report, 2, Contender.RECGATE)

    assert one["events.PutEvents"] == 1
    assert forty["events.PutEvents"] == 4
    assert one[LIST] == forty[LIST] == 1


@pytest.mark.slow
def test_the_straightforward_watcher_lists_a_page_for_every_hundred_jobs(report: Report) -> None:
    """Whether they changed or not."""
    assert [each[LIST] for each in calls(report, 0, Contender.LISTS_EVERYTHING)] == [1, 6]
    assert calls(report, 1, Contender.LISTS_EVERYTHING) == [{LIST: 1}, {LIST: 6}]
    assert [each[LIST] for each in calls(report, 2, Contender.LISTS_EVERYTHING)] == [3, 3]


@pytest.mark.slow
def test_a_report_tells_of_both_watchers_in_every_column(report: Report) -> None:
    """Its lines can be written, and what was measured is something."""
    text = "\n".join(report_lines(report))

    assert [table["columns"] for table in report["tables"]] == [[60, 600], [60, 600], [1, 40]]
    for table in report["tables"]:
        assert table["question"] in text
        for contender in Contender:
            assert len(table[contender]) == len(table["columns"])
            for cell in table[contender]:
                assert min(cell["cpu_ms"], cell["wall_ms"], cell["peak_bytes"]) > 0
                assert cell["resident_bytes"] > cell["peak_bytes"]
        assert table[Contender.RECGATE][0]["cpu_ratio"]["median"] == 1.0


@pytest.mark.slow
def test_a_watcher_hears_of_jobs_that_another_process_lets_end() -> None:
    """Both announce the jobs that ended, once."""
    with sagemaker_process([30], now=BEGIN) as sagemaker:
        for contender in Contender:
            with watch_process(contender, sagemaker, 0) as watcher:
                first = 4 * list(Contender).index(contender)
                begun = watcher.sweep(BEGIN)
                sagemaker.end_jobs(0, first=first, count=4, at=BEGIN + 60)
                ended, after = watcher.sweep(BEGIN + 120), watcher.sweep(BEGIN + 180)

            assert [begun.announced, ended.announced, after.announced] == [0, 4, 0]
            assert ended.peak_bytes == 0  # memory is traced only where times are not measured


def test_a_watcher_that_misses_a_change_is_not_timed() -> None:
    """A fast wrong answer says nothing."""
    missed = Sweep(9, {LIST: 1}, wall_s=0.1, cpu_s=0.1, peak_bytes=0, resident_bytes=1)

    with pytest.raises(ContendersDisagree, match="recgate, 100 jobs: 10 changed, 9 announced"):
        refuse_wrong(Case(Contender.RECGATE, 100, 10), missed)


def test_a_plan_that_runs_out_of_jobs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A job ends once: a round without any change would look cheap."""
    with pytest.raises(ValueError, match="50 jobs are too few"):
        Plan(sizes=(50,), changed=10, varied_at=10_000, rounds=5)

    assert main(["--sizes", "50", "--changed", "10"]) == 2
    assert "fewer --rounds" in capsys.readouterr().err


def test_requests_are_counted_with_their_retries(sagemaker: LocalSageMaker) -> None:
    """What AWS is asked is what counts."""
    sagemaker.fail("ListInferenceRecommendationsJobs", "ThrottlingException")

    with counting_calls() as counted:
        clients = local_clients(sagemaker)
        clients.client("sagemaker").list_inference_recommendations_jobs()
        clients.close()

    assert counted == {LIST: 2}
    assert sagemaker.count("ListInferenceRecommendationsJobs") == 2


def test_nothing_is_counted_outside_of_the_block(sagemaker: LocalSageMaker) -> None:
    """The next benchmark in the process begins with nothing."""
    with counting_calls() as counted:
        pass

    clients = local_clients(sagemaker)
    clients.client("sagemaker").list_inference_recommendations_jobs()
    clients.close()

    assert sagemaker.count("ListInferenceRecommendationsJobs") == 1
    assert counted == {}


def local_clients(sagemaker: LocalSageMaker, **_: Any) -> Aws:
    return Aws(region="eu-west-1", endpoint_url=sagemaker.endpoint_url)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
