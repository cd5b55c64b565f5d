"""The backtest's benchmark is right, on a few jobs and with no clock in any assertion.

Polars, DuckDB, NumPy and Custodian live in an environment of their own, so their part runs under
`make bench` only; the contenders that need nothing are run here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.backtest_runs import WAYS
from benchmarks.peers import columnar

from benchmarks import backtest_comparison as comparison
from benchmarks import backtest_workload as workload

ROOT = Path(__file__).resolve().parents[2]
JOBS = workload.different_jobs(30)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty jobs, ten of them the same as others under names of their own."""
    folder = tmp_path_factory.mktemp("stored")
    workload.write_ledger(folder / "ledger", JOBS, 40)
    workload.write_folder(folder / "folder", JOBS, 40)
    workload.write_documents(folder / "quick", JOBS, 40)
    workload.write_documents(folder / "whole", JOBS, 40)
    return folder


@pytest.mark.parametrize("way", ["ledger", "folder", "quick", "whole"])
def test_every_way_finds_the_same_jobs_that_pass(stored: Path, way: str) -> None:
    """What was recorded, what lies in files, and plain columns agree before anything is timed."""
    by_columns = columnar.python_columns(columnar.columns_of(JOBS, 40))

    assert WAYS[way](stored / way) == by_columns() > 0


def test_the_whole_comparison_runs_on_a_few_jobs() -> None:
    """In the interpreter of the tests, without those peers that it does not have."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.backtest_comparison", "--json"),
            *("--jobs", "20", "--stored", "10", "--rounds", "1"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["judging"]["recgate: evaluate"]["ratio"] == [1.0, 1.0, 1.0]
    lines = "\n".join(comparison.report_lines(report))
    assert all(name in lines for part in ("judging", "ways") for name in report[part])


def test_contenders_that_disagree_are_seen() -> None:
    """A fast wrong answer is no answer; -1 stands for what has no count to compare."""
    right, wrong, none = {"passed": 7}, {"passed": 8}, {"passed": -1}

    assert comparison._agree([right, none, right])
    assert not comparison._agree([right, wrong])


def test_without_the_peers_interpreter_the_script_says_how_to_get_it() -> None:
    """`make bench` sets it up."""
    done = subprocess.run(
        [sys.executable, "benchmarks/backtest.py"],
        cwd=ROOT,
        env={**os.environ, "RECGATE_BENCH_PYTHON": "/no/such/python"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "make bench" in done.stderr
