"""`recgate report`: the page about one decision, written and opened."""

from typing import Any

import click

from recgate.cli.decision_of import decision_of, decision_options
from recgate.cli.page_output import check_page_options, page_options, put_out
from recgate.domain.telling import Telling
from recgate.rendering.report.names import job_file_name
from recgate.rendering.report.page import report_page


@click.command("report")
@decision_options
@page_options("recgate-report-JOB.html")
def report_command(*, out: str | None, opens: bool | None, **options: Any) -> int:  # noqa: ANN401
    """Write the page about one decision: verdict, chart, every limit, its record.

    \b
    recgate report 0123456789ab --stack recgate
    recgate report fraud-ranker-v14 --ledger ledger.db
    recgate report --file examples/jobs/fraud-ranker-v14.json

    DECISION is a decision's key, or the first 12 digits of it or more, or a job's name or ARN:
    its last decision. The page is one file that needs no network. It is written whatever the
    verdict is.

    Exit codes: 0 the page is written, 2 it is not.
    """  # noqa: D301  click reads the \b as "keep these lines"
    check_page_options(out, opens=opens)
    decision = decision_of(**options)
    put_out(
        report_page(Telling(decision)),
        name=f"recgate-report-{job_file_name(decision)}.html",
        out=out,
        opens=opens,
        said="Report written to {}",
    )
    return 0
