"""Exit codes."""

import os
import subprocess
import sys

import pytest

from recgate.cli.exits import PIPE_CLOSED, exit_code
from recgate.domain.verdict import Verdict
from tests.cli.runner import JOBS, POLICIES, ROOT


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_exit_code(verdict: Verdict) -> None:
    """0 opens, 2 could not judge, and everything else, words to come included, keeps closed."""
    opens = {Verdict.PASS, Verdict.WARN, Verdict.WAIVED}

    assert exit_code(verdict) == (0 if verdict in opens else 2 if verdict is Verdict.ERROR else 1)


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_reader_who_has_enough_is_no_answer(output: str) -> None:
    """`recgate check … | head`: neither yes nor no, and no traceback."""
    job = JOBS / "support-summarizer-v3.json"
    command = ["check", "--file", str(job), "--policies", str(POLICIES), "--output", output]
    program = "from recgate.cli.main import run; import sys; run(sys.argv[1:])"

    with subprocess.Popen(
        [sys.executable, "-c", program, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (PIPE_CLOSED, "")
