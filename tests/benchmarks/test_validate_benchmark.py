"""The benchmark of `recgate policy validate` runs, and measures what it says."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.validate import Contender, contenders, run

from tests.cli.runner import ROOT


@pytest.mark.slow
def test_the_benchmark_prints_a_row_for_each_contender() -> None:
    """With few files and one round."""
    done = subprocess.run(
        [sys.executable, "benchmarks/validate.py", "--files", "2", "--rounds", "1", "--alone"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines()]
    assert rows == ["2 files", "---", "`python -c pass`", "`recgate policy validate`"]
    assert done.stdout.splitlines()[-1].endswith("| 1.00 |")


def test_a_contender_that_refuses_the_files_is_no_result(tmp_path: Path) -> None:
    """A fast error must not look like a fast validation."""
    with pytest.raises(SystemExit, match="broken failed"):
        run(Contender("broken", [sys.executable, "-c", "raise SystemExit(3)"]), tmp_path)


def test_as_many_policies_as_were_asked_for_are_written(tmp_path: Path) -> None:
    """For both languages."""
    found = contenders(tmp_path, 3, alone=True)

    assert [each.name for each in found] == ["python -c pass", "recgate policy validate"]
    assert len(list((tmp_path / "policies").iterdir())) == 3
    assert len(list((tmp_path / "custodian").iterdir())) == 3
