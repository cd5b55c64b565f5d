"""The AWS CLI that the tests compare with is installed as locked, and by `make test`."""

import re
import subprocess

import pytest

from tests.cli.runner import ROOT

LOCK = (ROOT / "requirements" / "awscli.txt").read_text("utf-8")


def commands(target: str) -> str:
    """What make would run for a target if nothing had been made yet."""
    return subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("target", [".venv-awscli/done", "test", "setup"])
def test_make_installs_what_is_locked(target: str) -> None:
    """Verified by its hashes, before the tests begin."""
    made = commands(target)

    install = next(line for line in made.splitlines() if "requirements/awscli.txt" in line)
    assert install.startswith(".venv-awscli/bin/python -m pip install")
    assert "--no-deps --require-hashes" in install
    assert "pytest" not in made[: made.index(install)]


def test_the_lock_is_whole() -> None:
    """Every pin has hashes, and no index is named."""
    pins = re.split(r"\n(?=[a-z])", LOCK.split("\n", 2)[2])

    assert any(pin.startswith("awscli==") for pin in pins)
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in LOCK
    assert "--index" not in LOCK


def test_it_goes_with_the_rest() -> None:
    """`make clean` leaves nothing behind."""
    assert " .venv-awscli " in commands("clean")
