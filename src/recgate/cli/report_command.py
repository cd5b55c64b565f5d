"""`recgate report`: the page about one decision, written and opened."""

import sys
from pathlib import Path
from typing import Any

import click

from recgate.adapters.folder_reports import write_page
from recgate.cli.decision_of import decision_of, decision_options
from recgate.domain.telling import Telling
from recgate.rendering.report.names import job_file_name
from recgate.rendering.report.page import report_page

_STANDARD_OUTPUT = "-"


@click.command("report")
@decision_options
@click.option(
    "--out",
    metavar="F",
    help="Where to write the page; - is standard output. Default: recgate-report-JOB.html here.",
)
@click.option(
    "--open/--no-open",
    "opens",
    default=None,
    help="Open the page in the browser. Default: only at a terminal.",
)
def report_command(*, out: str | None, opens: bool | None, **options: Any) -> int:  # noqa: ANN401
    """Write the page about one decision: verdict, chart, every limit, the record's identity.

    \b
    recgate report 0123456789ab --stack recgate
    recgate report fraud-ranker-v14 --ledger ledger.db
    recgate report --file examples/jobs/fraud-ranker-v14.json

    DECISION is a decision's key, or the first 12 digits of it or more, or a job's name or ARN:
    its last decision. The page is one file that needs no network. It is written whatever the
    verdict is.

    Exit codes: 0 the page is written, 2 it is not.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if out == _STANDARD_OUTPUT and opens:
        raise click.UsageError("--open needs a file to open: leave out --out -.")
    decision = decision_of(**options)
    page = report_page(Telling(decision))
    if out == _STANDARD_OUTPUT:
        # As bytes: the page says of itself that it is UTF-8, whatever the terminal's locale is.
        sys.stdout.buffer.write(page.encode())
        return 0
    path = Path(out or f"recgate-report-{job_file_name(decision)}.html")
    write_page(path, page)
    click.echo(f"Report written to {path}")
    if sys.stdout.isatty() if opens is None else opens:
        _open(path)
    return 0


def _open(path: Path) -> None:
    """Show the page in whatever the desk opens HTML with; the page is there in any case."""
    if click.launch(str(path.resolve())) != 0:
        click.echo(f"recgate: no browser was found; open {path.resolve()} yourself.", err=True)
