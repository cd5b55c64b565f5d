"""`recgate audit report`: the page for an auditor, made at a desk."""

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.audit_desk import LEDGER, at_a_desk, audit, record
from tests.rendering.parsed_page import Page

KEY, ARCHIVE = "signing.pem", "archive"
HELD = ("--archive", ARCHIVE, "--public-key", f"{KEY}.pub")


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two decisions, signed and archived."""
    folder = at_a_desk(tmp_path, monkeypatch)
    record("fraud-ranker-v14", "support-summarizer-v3")
    assert audit("key", KEY).code == 0
    sealed = audit("seal", "--key", KEY, "--archive", ARCHIVE, "--checkpoint")
    assert sealed.code == 0, sealed.err
    return folder


def page_of(*arguments: str) -> Page:
    """The page that the command writes."""
    answer = audit("report", *arguments, "--out", "page.html")
    assert (answer.code, answer.err) == (0, "")
    return Page(Path("page.html").read_text("utf-8"))


def words(page: Page, section: str) -> str:
    """What a section says, with single spaces."""
    return " ".join(page.texts[section].split())


def test_the_page_is_written_and_says_that_everything_stands(desk: Path) -> None:
    """What is approved, what is not, and the chains, whole: nothing was left unchecked."""
    answer = audit("report", *HELD, "--replay", "--out", "page.html", "--no-open")

    page = Page((desk / "page.html").read_text("utf-8"))
    assert (answer.code, answer.out) == (0, "Evidence report written to page.html\n")
    assert words(page, "evidence").startswith("State of the evidence INTACT")
    assert "fraud-ranker v14" in words(page, "approved")
    assert "nothing is approved: support-summarizer v3: FAIL" in words(page, "approved")
    assert "records/111122223333/eu-west-1/" in words(page, "decision-35ebe0ef69a0")


def test_an_edit_is_told_at_the_top_of_the_page(desk: Path) -> None:
    """The page is written whatever was found, and says it in its first line."""
    with closing(sqlite3.connect(desk / LEDGER)) as ledger, ledger:
        ledger.execute("DROP TRIGGER entries_never_change")
        ledger.execute(
            """UPDATE entries SET body = replace(body, '"gate":"closed"', '"gate":"open"')
            WHERE kind = 'decision'"""
        )

    page = page_of(*HELD)

    assert "TAMPERED WITH" in words(page, "")
    assert 'gate is "open" and was "closed"' in words(page, "evidence")


def test_without_a_public_key_nothing_is_called_intact() -> None:
    """Signatures that nobody checked prove nothing."""
    page = page_of("--archive", ARCHIVE)

    assert words(page, "evidence").startswith("State of the evidence NOT COMPLETE")


def test_one_model_is_looked_at_from_its_beginning() -> None:
    """The others are not on its page, and the command at its end makes it again."""
    page = page_of("--model", "fraud-ranker/14", *HELD)

    assert "Model fraud-ranker version 14" in words(page, "")
    assert "from the beginning until" in words(page, "")
    assert "support-summarizer" not in words(page, "decisions")
    assert "recgate audit report --ledger ledger.db --model fraud-ranker/14" in words(page, "check")


def test_a_time_in_which_nothing_was_decided_makes_a_page() -> None:
    """That is an answer, too; the chains are verified whole."""
    page = page_of("--since", "2026-01-01", "--until", "2026-01-02", *HELD)

    assert "None in this time." in words(page, "decisions")
    assert words(page, "evidence").startswith("State of the evidence INTACT")


def test_the_command_on_the_page_makes_the_page_again(desk: Path) -> None:
    """Every option that was given or resolved, to the microsecond, as a shell takes it."""
    (desk / "a b").mkdir()
    (desk / "a b" / "key.pub").write_bytes((desk / f"{KEY}.pub").read_bytes())
    given = (
        "--archive",
        ARCHIVE,
        "--public-key",
        "a b/key.pub",
        "--replay",
        "--region",
        "eu-west-1",
    )

    first = page_of("--since", "30d", *given)
    said = words(first, "check")
    command = said[said.index("recgate audit report") : said.index(" Whether anybody")]
    name, group, report, *arguments = shlex.split(command)
    second = page_of(*arguments)

    assert (name, group, report) == ("recgate", "audit", "report")
    for each in ("--archive archive", "--replay", "--region eu-west-1", "'a b/key.pub'"):
        assert each in command
    assert words(second, "check") == said
    assert words(second, "decisions") == words(first, "decisions")


def test_a_version_that_is_not_approved_is_told_with_the_one_in_force() -> None:
    """Whoever asks for 13 does not read of 14 as if it were that."""
    page = page_of("--model", "fraud-ranker/13", *HELD)

    told = words(page, "approved")
    assert "Nothing is approved." in told
    assert "In force instead of fraud-ranker version 13:" in told
    assert "fraud-ranker v14, decision 35ebe0ef69a0" in told
    assert "decision-35ebe0ef69a0" not in page.texts


def test_a_page_about_the_past_does_not_say_now() -> None:
    """And without a model it says which ones it is about."""
    page = page_of("--since", "2026-01-01", "--until", "2026-01-02", *HELD)

    told = words(page, "approved")
    assert told.startswith("Approved at the end of this time (2026-01-03 00:00 UTC)")
    assert "Only models that were decided on since 2026-01-01 00:00 UTC are looked at." in told
    assert "Approved now" in words(page_of(*HELD), "approved")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "2026-02-01", "--until", "2026-01-01"), "--since is not before --until"),
        (("--public-key", "nowhere.pem"), "nowhere.pem"),
        (("--ledger", "nowhere.db"), "There is no ledger nowhere.db"),
        (("--checkpoint", KEY), "it is no signed record"),
        (("--out", "-", "--open"), "--open needs a file"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_page_is_written(
    arguments: tuple[str, ...], said: str, desk: Path
) -> None:
    """Who, where, what, what next; and no half of a page."""
    answer = audit("report", *arguments)

    assert answer.code == 2
    assert said in answer.err
    assert not list(desk.glob("*.html"))
