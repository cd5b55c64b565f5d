"""What docs/preview.md shows can be typed, and what it names is there."""

import re
import shlex
from pathlib import Path

import pytest

from recgate.adapters.slack_diagnosis import lost_without
from recgate.cli.notify import notify_test_command
from recgate.cli.preview import preview_command
from tests.cli.runner import ROOT, recgate

PAGE = (ROOT / "docs" / "preview.md").read_text("utf-8")
COMMANDS = [shlex.split(line) for line in re.findall(r"^recgate (.+)$", PAGE, re.MULTILINE)]


def test_the_first_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout, as it is written; the page is written where it says."""
    monkeypatch.chdir(ROOT)
    page = tmp_path / "page.html"

    answer = recgate(*COMMANDS[0], "--out", page)

    assert answer.code == 0, answer.err
    assert page.exists()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_that_is_shown_exists(words: list[str]) -> None:
    """No example names an option that the command has not."""
    command = preview_command if words[0] == "preview" else notify_test_command
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}

    assert {word for word in words if word.startswith("--")} <= known


def test_the_scopes_that_are_shown_are_those_that_are_asked_for() -> None:
    """With the words that the command says."""
    for lost in lost_without(frozenset()):
        scopes, words = lost.split(": without it ")
        assert all(f"`{scope}`" in PAGE for scope in scopes.split(" or "))
        assert words in PAGE
