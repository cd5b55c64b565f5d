"""The dialogue of `recgate policy new`, driven as a person does: in a pseudo-terminal."""

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from tests.cli.runner import JOBS, POLICIES, ROOT
from tests.docs.console import environment

CTRL_C, CTRL_D = "\x03", "\x04"
PAGE = ROOT / "docs" / "policy-new.md"
_SECONDS = 30
"""More than a question takes on a slow machine."""

_PROMPT = re.compile(r"\]: $")


@dataclass(frozen=True, slots=True)
class Talk:
    """What stood on the terminal in the end, and the exit code."""

    screen: str
    code: int


_PROGRAM = """\
import fcntl, signal, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from recgate.cli.main import run
# A shell's background jobs ignore Ctrl-C, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
run()
"""
"""The command with the terminal as its own, so that Ctrl-C there reaches it."""


def talk(folder: Path, answers: Sequence[str], *arguments: str | Path) -> Talk:
    """Answer the questions of `recgate policy new` in a folder, one after the other."""
    terminal, theirs = pty.openpty()
    said = ""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "policy", "new", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment(TERM="dumb", PYTHONPATH=str(ROOT / "src")),
        start_new_session=True,
    ) as command:
        os.close(theirs)
        try:
            for answer in answers:
                said += _until_asked(terminal)
                is_key = answer in (CTRL_C, CTRL_D)
                os.write(terminal, (answer if is_key else f"{answer}\n").encode())
                said += "" if is_key else _line(terminal)
            said += _rest(terminal)
        except BaseException:
            command.kill()
            raise
        finally:
            os.close(terminal)
    return Talk(said.replace("\r\n", "\n"), command.returncode)


def _until_asked(terminal: int) -> str:
    said = b""
    while not _PROMPT.search(said.decode(errors="ignore")):
        read = _read(terminal, 1)
        if not read:
            raise AssertionError(f"no question came; it said: {said.decode(errors='replace')}")
        said += read
    return said.decode()


def _line(terminal: int) -> str:
    """What was typed, as the terminal echoes it."""
    said = b""
    while not said.endswith(b"\n"):
        said += _read(terminal, 1)
    return said.decode()


def _rest(terminal: int) -> str:
    said = b""
    while read := _read(terminal, 4096):
        said += read
    return said.decode()


def _read(terminal: int, most: int) -> bytes:
    """What comes next; empty when the other end is closed."""
    if not select.select([terminal], [], [], _SECONDS)[0]:
        raise AssertionError(f"nothing came for {_SECONDS} seconds: it waits for an answer")
    try:
        return os.read(terminal, most)
    except OSError:  # Linux says the end of a terminal with an error
        return b""


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


ANSWERS = (
    "Checkout!",
    "checkout",
    "",
    "env",
    "env=prod",
    "checkout-*",
    "2.50",
    "120 ms",
    "120",
    "",
    "ml.c7g.xlarge",
    "c7g, m7g",
    "yesterday",
    "observe",
    "payments",
    "",
)


@pytest.mark.slow
def test_a_dialogue_asks_again_with_the_reason_and_writes_what_was_answered(
    tmp_path: Path,
) -> None:
    """The page shows this very dialogue."""
    done = talk(tmp_path, ANSWERS)

    (policy,) = PolicyFiles(tmp_path / "policies").load().policies
    assert done.code == 0, done.screen
    assert policy.name == "checkout"
    assert policy.owner == "payments"
    assert policy.mode == "observe"
    assert [limit.name for limit in policy.limits] == [
        "max_cost_per_hour_usd",
        "max_latency_p99_ms",
        "instance_families",
    ]
    assert files(tmp_path / "policies") == ["checkout.yaml", "tests", "tests/checkout.yaml"]
    _check_page(done.screen)


def _check_page(screen: str) -> None:
    """The fenced block after "At a terminal" is what stood on the screen."""
    page = PAGE.read_text("utf-8")
    block = re.compile(r"(```text\n\$ recgate policy new\n)(.*?)(```\n)", re.DOTALL)
    shown = block.search(page)
    assert shown, f"{PAGE.name} shows no dialogue"
    wanted = "".join(f"{line.rstrip()}\n" for line in screen.splitlines())
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        PAGE.write_text(page[: shown.start(2)] + wanted + page[shown.end(2) :], "utf-8")
        return
    assert shown[2] == wanted


@pytest.mark.slow
def test_a_job_answers_most_questions(tmp_path: Path) -> None:
    """Enter to everything gives what the command gives without a terminal."""
    job = JOBS / "fraud-ranker-v14.json"

    done = talk(
        tmp_path,
        ["", "ml.g5.xlarge", "30%", "", "", "", "c7g", "", "", "", "yes"],
        "--from-job",
        job,
    )

    (policy,) = PolicyFiles(tmp_path / "policies").load().policies
    assert done.code == 0, done.screen
    assert "ml.g5.xlarge × 1 is none of these and must pass" in done.screen
    assert policy.name == "fraud-ranker"
    assert policy.owner == "risk"
    assert [each.key for each in policy.scope.conditions] == ["tags.env", "model_package_groups"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "answers", [[CTRL_C], ["a", CTRL_C], ["a", *[""] * 9, CTRL_C], ["a", CTRL_D]]
)
def test_ctrl_c_writes_nothing(tmp_path: Path, answers: list[str]) -> None:
    """At whichever question, the last one among them; nor does the end of the answers."""
    done = talk(tmp_path, answers)

    assert done.code == 130
    assert "Traceback" not in done.screen
    assert files(tmp_path) == []


@pytest.mark.slow
def test_no_is_an_answer(tmp_path: Path) -> None:
    """What is shown at the end is not written until somebody says so."""
    done = talk(tmp_path, ["a", *[""] * 9, "maybe", "no"])

    assert done.code == 1
    assert "maybe is neither yes nor no" in done.screen
    assert "recgate: nothing was written." in done.screen
    assert files(tmp_path) == []


@pytest.mark.slow
def test_a_policy_without_a_limit_cannot_be_answered(tmp_path: Path) -> None:
    """The last question that could name one says so."""
    done = talk(tmp_path, ["a", "serverless", "", "", "none", "none", "none", "60", "", "", ""])

    assert done.code == 0, done.screen
    assert done.screen.count("a policy needs one limit at least") == 1


@pytest.mark.slow
def test_yes_asks_nothing_at_a_terminal(tmp_path: Path) -> None:
    """Nor is anything asked for that an option says."""
    done = talk(tmp_path, [], "a", "--max-p99", "120", "--yes")

    assert done.code == 0, done.screen
    assert "]: " not in done.screen
    assert (tmp_path / "policies" / "a.yaml").is_file()


@pytest.mark.slow
def test_a_route_of_the_folder_can_be_answered(tmp_path: Path) -> None:
    """The question comes only where there are routes."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "routes.yaml").write_text("version: 1\nroutes: {desk: {console: {}}}\n", "utf-8")

    done = talk(tmp_path, ["a", *[""] * 9, "desc", "desk", "yes"])

    assert done.code == 0, done.screen
    assert 'no route is named "desc", did you mean desk?' in done.screen
    assert PolicyFiles(folder).load().policies[0].notify == ("desk",)
    assert POLICIES.is_dir()
