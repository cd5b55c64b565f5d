"""Runs a command as a person would, without a process of its own."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from recgate.cli.main import run

ROOT = Path(__file__).parents[2]
JOBS = ROOT / "examples" / "jobs"
POLICIES = ROOT / "policies"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command printed, and its exit code."""

    code: int
    out: str
    err: str


def recgate(*arguments: str | Path, stdin: bytes = b"") -> Answer:
    """Run ``recgate ARGUMENTS``."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            run([str(argument) for argument in arguments])
    except SystemExit as end:
        return Answer(int(end.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.stdin = before
    raise AssertionError("recgate did not exit")
