"""The benchmark of contended chains: what it counts is right, and it runs; no clock is asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.chain_contention import Plan, Run, make_report, report_lines

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_writers_are_counted_and_none_of_their_records_is_lost() -> None:
    """Alone, a writer needs one try for each record, and one question for the first."""
    few = ["--writers", "1,3", "--appends", "2", "--rounds", "1", "--latency-ms", "1"]

    ended = subprocess.run(
        [sys.executable, "benchmarks/chain_contention.py", *few, "--json"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    assert report["columns"] == [1, 3]
    alone, together = report["one chain"]
    assert (alone["tries"], alone["reads"]) == (1.0, 0.5)
    assert together["tries"] >= 1.0
    assert [cell["tries"] for cell in report["chains of their own"]] == [1.0, 1.0]


def test_what_is_told_is_the_ratio_of_the_same_round() -> None:
    """A machine that is slow in one round is slow for both."""
    one = [Run(10, 2.0, tries=15, reads=5, given_up=1), Run(10, 4.0, tries=15, reads=5, given_up=0)]
    own = [Run(10, 1.0, tries=10, reads=1, given_up=0), Run(10, 2.0, tries=10, reads=1, given_up=0)]
    measured = {(2, "one chain"): one, (2, "chains of their own"): own}

    report = make_report(Plan(writers=(2,)), measured)

    assert report["ratios"] == [{"median": 0.5, "least": 0.5, "most": 0.5}]
    assert report["one chain"] == [
        {"records_per_s": 3.75, "tries": 1.5, "reads": 0.5, "given_up": 1}
    ]
    assert "0.50 (0.50–0.50)" in "\n".join(report_lines(report))
