"""`recgate describe`: the page about a job for a person."""

import shlex
from datetime import datetime

from rich.console import Console
from rich.text import Text

from recgate.cli.describe.bars import say_bars
from recgate.cli.describe.layout import say, say_facts, say_figures, say_heading, say_lines
from recgate.cli.screen import screen as plain_screen
from recgate.dialect.benchmarks import setup_times
from recgate.dialect.job_names import JOB_NAME
from recgate.domain.job import Snapshot
from recgate.rendering.job_page.failures import FailedTests, Failure, LoadTests
from recgate.rendering.job_page.page import JobPage, job_page
from recgate.rendering.job_page.parts import Fact
from recgate.rendering.safe_text import clean

STATUS_STYLES = {
    "COMPLETED": "bold green",
    "FAILED": "bold red",
    "STOPPED": "bold yellow",
    "STOPPING": "bold yellow",
}
"""The other states are just bold: a running job is neither good nor bad."""

_FILE = 200


def print_job_page(
    snapshot: Snapshot, *, now: datetime, screen: Console | None = None, file: str | None = None
) -> None:
    """Print the page about a job as of ``now``: everything that SageMaker says, and no judgement.

    ``file`` names the recorded answer that the snapshot was read from, for the command that
    judges it.
    """
    out = screen or plain_screen()
    page = job_page(snapshot, setup_times(snapshot), now)
    _top(out, page)
    if page.failure:
        _failure(out, page.failure)
    _recommendations(out, page)
    if page.bars:
        say_bars(out, page.bars)
    _load_tests(out, page.load_tests, snapshot)
    if page.asked_for:
        say_heading(out, "Asked for")
        say_facts(out, page.asked_for, indent="  ")
    if page.warnings:
        say_heading(out, "About the figures")
        for warning in page.warnings:
            say_lines(out, warning, style="yellow")
    say(out)
    say_facts(out, (*page.links, _what_next(snapshot, file)))


def command_for(snapshot: Snapshot, command: str) -> str:
    """A command about the job that can be copied: ``check fraud-ranker-v14 --region eu-west-1``.

    A name that is none of SageMaker's is left for the reader to fill in: it could hold
    anything, a second command too.
    """
    job = snapshot.job_name if JOB_NAME.fullmatch(snapshot.job_name) else "JOB"
    return f"recgate {command} {job}" + (f" --region {snapshot.region}" if snapshot.region else "")


def _top(out: Console, page: JobPage) -> None:
    title = Text(page.name, style="bold").append("  ")
    say(out, title.append(page.status, style=STATUS_STYLES.get(page.status, "bold")))
    if page.description:
        say_lines(out, page.description, first="")
    say(out)
    say_facts(out, page.facts)


def _failure(out: Console, failure: Failure) -> None:
    say_heading(out, "Why it failed")
    for line in failure.reason:
        say_lines(out, line, style="red")
    if failure.cause:
        say_lines(out, failure.cause, first="  Likely cause: ")
    for step in failure.next_steps:
        say_lines(out, step, first="  - ")


def _recommendations(out: Console, page: JobPage) -> None:
    if page.recommendations is None:
        say(out)
        say_lines(out, page.nothing, first="")
        return
    say_heading(out, "Recommendations")
    say_figures(out, page.recommendations)
    if page.details:
        say(out)
        say_figures(out, page.details)


def _load_tests(out: Console, tests: LoadTests, snapshot: Snapshot) -> None:
    if tests.failed:
        say_heading(out, "Failed load tests")
        for failed in tests.failed:
            say_failed(out, failed, is_whole=False)
    if tests.running:
        say_heading(out, "Running load tests")
        for name in tests.running:
            say_lines(out, name)
    if tests.more:
        say_lines(out, f"{tests.more} more: {command_for(snapshot, 'describe steps')}", style="dim")


def say_failed(out: Console, failed: FailedTests, *, is_whole: bool) -> None:
    """The load tests that failed for a reason, the reason, and its cause: in a few words, or
    ``is_whole`` with what to do about it.
    """
    say_lines(out, ", ".join(failed.which))
    for line in failed.failure.reason:
        say_lines(out, line, first="    ", style="red")
    if is_whole and failed.failure.cause:
        say_lines(out, failed.failure.cause, first="    Likely cause: ")
        for step in failed.failure.next_steps:
            say_lines(out, step, first="    - ")
    elif failed.title:
        say_lines(out, failed.title, first="    Likely: ")


def _what_next(snapshot: Snapshot, file: str | None) -> Fact:
    """The command that judges the job, which this page does not."""
    if not snapshot.status.is_terminal:
        return Fact("Follow it", command_for(snapshot, "watch"), is_copied=True)
    command = command_for(snapshot, "check")
    if file is not None or snapshot.job_arn is None:
        named = "FILE" if file is None else shlex.quote(clean(file, _FILE))
        command = f"recgate check --file {named}"
    return Fact("Judge it", command, is_copied=True)
