"""`recgate digest`: what was decided in a day or a week, as the digest's routes are told it."""

import json
import os
from contextlib import closing
from datetime import datetime, timedelta

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.output_option import output_option
from recgate.cli.read_ledger import ledger_to_read
from recgate.domain.digest import Rhythm, period_ending
from recgate.domain.telling import DigestTelling
from recgate.flows.digest import read_digest, verdicts_on
from recgate.rendering.digest.document import digest_document
from recgate.rendering.digest.text import digest_text
from recgate.settings import settings_from
from recgate.wiring import utc_now


@click.command("digest")
@click.option("--daily", "rhythm", flag_value="daily", help="The digest of one day.")
@click.option(
    "--weekly",
    "rhythm",
    flag_value="weekly",
    default="weekly",
    help="The digest of seven days. This is the default.",
)
@click.option(
    "--ending",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day, or the last of the seven, in UTC. Default: yesterday.",
)
@click.option(
    "--ledger",
    "ledger",
    metavar="FILE",
    help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else RECGATE_LEDGER.",
)
@stack_option(purpose="The deployed stack whose ledger to read.")
@aws_options
@output_option()
def digest_command(
    *,
    rhythm: str,
    ending: datetime | None,
    ledger: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Print what was decided in a day or a week; nobody is told of it.

    \b
    recgate digest --stack recgate
    recgate digest --daily --ending 2026-11-20 --ledger decisions.db

    Each job counts once, by its last decision. Days are in UTC.
    """  # noqa: D301  click reads the \b as "keep these lines"
    today = utc_now().date()
    last = ending.date() if ending else today - timedelta(days=1)
    if last > today:
        raise click.UsageError(f"--ending {last}: that day has not begun.")
    period = period_ending(last, Rhythm(rhythm))
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = deployment_of(aws, stack).settings if stack else settings_from(os.environ)
        with ledger_to_read(ledger or settings.ledger, aws) as (_, index):
            digest = read_digest(period, lambda day: verdicts_on(day, index))
    if output == "json":
        click.echo(json.dumps(digest_document(digest), indent=2, ensure_ascii=False))
    else:
        click.echo(digest_text(DigestTelling(digest)), nl=False)
    return 0
