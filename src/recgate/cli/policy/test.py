"""`recgate policy test`: run the tests that lie beside the policies."""

import json
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from recgate.adapters.policy_files.test_files import (
    TESTS,
    mistakes_from,
    paths_of_tests,
    read_policy_tests,
)
from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.policy.job_of_test import job_of_test
from recgate.cli.policy_folder import policy_folder
from recgate.cli.screen import screen
from recgate.dialect.policy_test_suggestion import suggested_case
from recgate.domain.limit_coverage import MissingCase, missing_cases
from recgate.domain.policy_test_run import (
    CaseStatus,
    FileMistake,
    PolicyTestRun,
    run_policy_tests,
    unread,
)
from recgate.ports import PoliciesInvalid, RecgateError
from recgate.rendering.test_results.document import run_document
from recgate.rendering.test_results.junit import junit_xml
from recgate.rendering.test_results.text import (
    Line,
    Tone,
    coverage_lines,
    coverage_summary,
    run_lines,
)
from recgate.wiring import utc_now

_STYLES = {
    Tone.GOOD: "green",
    Tone.BAD: "red",
    Tone.HEADING: "bold",
    Tone.ASIDE: "dim",
    Tone.PLAIN: "",
}


class NothingTested(RecgateError):
    """There was no test to run: that is no pass."""


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path(path_type=Path))
@policies_option("The folder of policies that are tested.")
@click.option(
    "--coverage",
    "covers",
    is_flag=True,
    help="Demand for each limit a case in which it passes and one in which it fails.",
)
@click.option(
    "--junit", "junit", metavar="F", type=click.Path(path_type=Path), help="Write JUnit XML."
)
@click.option(
    "-k", "containing", metavar="TEXT", help="Only tests whose file, policy or name holds TEXT."
)
@click.option("-v", "--verbose", "every", is_flag=True, help="List the tests that passed, too.")
@output_option()
def test_command(
    *,
    paths: tuple[Path, ...],
    policies: Path,
    covers: bool,
    junit: Path | None,
    containing: str | None,
    every: bool,
    output: str,
) -> int:
    """Run the tests of policies, and say what they cover.

    \b
    recgate policy test
    recgate policy test --coverage
    recgate policy test policies/tests/prod-realtime.yaml -v
    recgate policy test -k "never passes"
    recgate policy test --junit results.xml

    PATHS are files of tests, or folders of them. Default: the folder tests/ in --policies. What
    a test looks like: docs/policy-tests.md.

    --coverage is about all policies, or about those that PATHS test. It prints a test to paste
    for every case that is missing.

    Exit codes: 0 all tests passed (and everything is covered, with --coverage), 1 a test failed
    or something is not covered, 2 a test is mistaken, a file cannot be read, or there was
    nothing to test.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if covers and containing is not None:
        raise click.UsageError("--coverage counts all tests: leave out -k.")
    try:
        run = _run(paths, policies, containing)
        if not run.tests and not run.mistakes and not covers:
            raise _nothing(paths, policies, containing)
    except RecgateError as refused:
        if junit is not None:  # what an earlier run left there must not speak for this one
            junit.write_text(junit_xml(unread(_mistakes(refused, policies))), "utf-8")
        raise
    missing = missing_cases(run.coverage or (), suggested_case) if covers else ()
    nothing = None if run.tests or run.mistakes else _nothing(paths, policies, containing)
    if junit is not None:
        told = run if nothing is None else unread(_mistakes(nothing, policies))
        junit.write_text(junit_xml(told), "utf-8")
    if output == JSON:
        document = run_document(run, missing if covers else None)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print(run, missing, every=every, covers=covers)
    if nothing is not None:
        raise nothing
    if run.mistakes:
        return COULD_NOT_TELL
    if run.count(CaseStatus.FAILED) or (covers and not run.is_covered):
        return NOT_FINE
    return FINE


def _run(paths: tuple[Path, ...], folder: Path, containing: str | None) -> PolicyTestRun:
    """Read and run. Raises PoliciesInvalid, NoSuchTests."""
    policies = policy_folder(folder).load()
    files = [
        read_policy_tests(path, policies, job_of_test)
        for path in paths_of_tests(paths or _default(folder))
    ]
    return run_policy_tests(files, policies, containing=containing, only_tested=bool(paths))


def _mistakes(refused: RecgateError, folder: Path) -> tuple[FileMistake, ...]:
    """Why nothing was run, as mistakes of files."""
    if isinstance(refused, PoliciesInvalid):
        return mistakes_from(refused.problems)
    return (FileMistake(folder.as_posix(), 0, 0, "", str(refused)),)


def _default(folder: Path) -> tuple[Path, ...]:
    """The folder of tests beside the policies, if there is one."""
    return (folder / TESTS,) if (folder / TESTS).is_dir() else ()


def _nothing(paths: tuple[Path, ...], folder: Path, containing: str | None) -> NothingTested:
    where = ", ".join(path.as_posix() for path in paths or (folder / TESTS,))
    held = f" whose file, policy or name holds {containing!r}" if containing else ""
    return NothingTested(
        f"{where}: nothing was tested: there is no test{held}. docs/policy-tests.md says how one "
        "is written."
    )


def _print(
    run: PolicyTestRun, missing: tuple[MissingCase, ...], *, every: bool, covers: bool
) -> None:
    show = partial(_show, screen())
    for line in run_lines(run, every=every):
        show(line)
    if run.coverage is None or run.mistakes:
        if covers:
            show(Line("Coverage is told once no file has mistakes."))
        return
    if not covers:
        show(coverage_summary(run.coverage))
        return
    today = utc_now().date().isoformat()
    for line in coverage_lines(run.coverage, missing, today=today):
        show(line)


def _show(console: Console, line: Line) -> None:
    console.print(Text(line.text, style=_STYLES[line.tone]), soft_wrap=True)  # to be pasted
