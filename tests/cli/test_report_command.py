"""`recgate report`: one file, written whatever the verdict is, opened only where somebody looks."""

import os
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from recgate.cli.report_command import report_command
from recgate.domain.decision import Decision
from recgate.ports import RecgateError
from recgate.telling_ports import ReportUnavailable
from tests.cli.runner import JOBS, POLICIES, recgate
from tests.rendering.parsed_page import Page

FRAUD = JOBS / "fraud-ranker-v14.json"
SUMMARIZER = JOBS / "support-summarizer-v3.json"


def report(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """Run ``recgate report ARGUMENTS``; what it raises, the caller of the command tells."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(report_command, words, input=stdin, standalone_mode=False)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and a `xdg-open` that writes down what it is to open."""
    programs = tmp_path / "programs"
    programs.mkdir()
    browser = programs / "xdg-open"
    browser.write_text(
        f'#!/bin/sh\nprintf "%s" "$1" > {tmp_path}/part\nmv {tmp_path}/part {tmp_path}/opened\n'
    )
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RECGATE_POLICIES", str(POLICIES))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_page_of_a_recorded_job_is_written_beside_you(desk: Path) -> None:
    """The file is named after the job, and says what `recgate check` says."""
    told = report("--file", FRAUD)

    assert told.exception is None
    assert told.return_value == 0
    assert told.stdout == "Report written to recgate-report-fraud-ranker-v14.html\n"
    page = Page((desk / "recgate-report-fraud-ranker-v14.html").read_text("utf-8"))
    assert "PASS The gate is open." in page.texts[""]
    assert [path.name for path in desk.iterdir()] == ["recgate-report-fraud-ranker-v14.html"]


def test_a_verdict_that_fails_is_no_failure_of_the_command(desk: Path) -> None:
    """The page is what was asked for; the gate is `recgate check`."""
    told = report("--file", SUMMARIZER, "--out", "page.html")

    assert told.return_value == 0
    assert "FAIL The gate is closed." in Page((desk / "page.html").read_text("utf-8")).texts[""]


def test_the_same_job_gives_the_same_page_but_for_the_time(desk: Path) -> None:
    """Judged twice, on one day, it is one decision."""
    pages = []
    for name in ("one.html", "two.html"):
        report("--file", FRAUD, "--out", name)
        pages.append(Page((desk / name).read_text("utf-8")).texts["record"])

    keys = [page[page.index("Decision") : page.index("Engine")] for page in pages]
    assert keys[0] == keys[1]


def test_a_page_goes_through_a_pipe(desk: Path) -> None:
    """Nothing but the page is on standard output, in UTF-8, and no file is left."""
    told = report("--file", FRAUD, "--out", "-")

    assert told.stdout_bytes.startswith(b"<!doctype html>\n")
    assert told.stdout_bytes.endswith(b"</html>\n")
    assert "×" in told.stdout_bytes.decode("utf-8")
    assert list(desk.iterdir()) == []


def test_a_job_comes_from_standard_input() -> None:
    """As the AWS CLI prints it."""
    told = report("-", "--out", "-", stdin=FRAUD.read_bytes())

    assert b"fraud-ranker-v14" in told.stdout_bytes


def test_tags_and_policies_are_those_that_were_named(desk: Path) -> None:
    """The page is of the decision that `recgate check` with the same options makes."""
    policies = desk / "none"
    policies.mkdir()
    (policies / "only-this.yaml").write_text(
        "version: 1\npolicy: only-this\nrequire:\n  max_cost_per_hour_usd: 0.01\n"
    )

    told = report("--file", FRAUD, "--policies", policies, "--tag", "colour=blue", "--out", "-")

    assert told.exception is None, told.exception
    page = Page(told.stdout_bytes.decode())
    assert "colour=blue" in page.texts[""]
    assert "only-this" in page.texts["limits"]


def test_a_recorded_decision_gives_the_page_of_that_decision(desk: Path) -> None:
    """By the first digits of its key and by its job's name, from the ledger that holds it."""
    ledger = desk / "ledger.db"
    checked = recgate(
        "check", "--file", FRAUD, "--policies", POLICIES, "--record", "--ledger", ledger
    )
    assert checked.code == 0, checked.err
    [line] = [line for line in checked.out.splitlines() if "Decision " in line]
    key = line.rpartition(" ")[2]

    by_key = report(key, "--ledger", ledger, "--out", "-")
    by_name = report("fraud-ranker-v14", "--ledger", ledger, "--out", "-")

    assert by_key.exception is None, by_key.exception
    assert by_key.stdout_bytes == by_name.stdout_bytes
    assert f"recgate report {key}" in Page(by_key.stdout_bytes.decode()).texts["record"]


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_open_shows_the_page_in_the_browser(desk: Path) -> None:
    """By its whole path: the browser works in another folder."""
    told = report("--file", FRAUD, "--out", "a page.html", "--open")

    assert told.return_value == 0
    opened, until = desk.parent / "opened", time.monotonic() + 20
    while not opened.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert opened.read_text() == str(desk / "a page.html")


def test_nothing_is_opened_where_nobody_looks(desk: Path) -> None:
    """Standard output is no terminal here, as in a pipeline."""
    report("--file", FRAUD)

    assert not (desk.parent / "opened").exists()


def test_without_a_browser_the_page_is_there_all_the_same(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be opened is named, so that it can be opened by hand."""
    monkeypatch.setenv("PATH", str(desk))

    told = report("--file", FRAUD, "--open")

    assert told.return_value == 0
    assert "open " in told.stderr
    assert str(desk / "recgate-report-fraud-ranker-v14.html") in told.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "DECISION"),
        (["x", "--file", str(FRAUD)], "not both"),
        (["--file", str(FRAUD), "--out", "-", "--open"], "--open needs a file"),
        (["--file", str(FRAUD), "--stack", "recgate"], "--stack"),
        (["x", "--tag", "a=b", "--ledger", "l.db"], "--tag"),
    ],
)
def test_what_does_not_go_together_is_told(desk: Path, arguments: list[str], words: str) -> None:
    """Before anything is read or written."""
    told = report(*arguments)

    assert isinstance(told.exception, click.UsageError)
    assert words in told.exception.message
    assert list(desk.iterdir()) == []


def test_a_place_that_takes_no_file_is_told(desk: Path) -> None:
    """Who, where, what next."""
    (desk / "taken").write_text("a file")

    told = report("--file", FRAUD, "--out", "taken/page.html")

    assert isinstance(told.exception, ReportUnavailable)
    assert "taken/page.html" in str(told.exception)


def test_a_decision_that_nobody_recorded_is_told(desk: Path) -> None:
    """There is no page of what was not decided."""
    told = report("0123456789ab", "--ledger", "ledger.db", "--out", "-")

    assert isinstance(told.exception, RecgateError)
    assert told.stdout_bytes == b""
    assert not isinstance(told.return_value, Decision)
