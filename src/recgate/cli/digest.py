"""`recgate digest`: what was decided in a day or a week, as the digest's routes are told it."""

import json
import os
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import MEMORY
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.domain.digest import Digest, Period, Rhythm, period_ending
from recgate.domain.telling import DigestTelling
from recgate.flows.digest import read_digest, verdicts_on
from recgate.ports import RecgateError
from recgate.rendering.digest.document import digest_document
from recgate.rendering.digest.text import digest_text
from recgate.settings import settings_from
from recgate.wiring import close_ledger, index_of, utc_now
from recgate.wiring import ledger as ledger_named


class NoDecisionsThere(RecgateError):
    """There is no ledger of that name, or none that finds decisions by their day."""


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
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
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
    """Print what was decided in a day or a week. Nobody is told, and nothing is recorded.

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
        digest = _digest(period, ledger or settings.ledger, aws)
    if output == "json":
        click.echo(json.dumps(digest_document(digest), indent=2, ensure_ascii=False))
    else:
        click.echo(digest_text(DigestTelling(digest)), nl=False)
    return 0


def _digest(period: Period, name: str, aws: Aws) -> Digest:
    if name == MEMORY:
        raise click.UsageError(
            "There is no ledger to read: --ledger FILE, --stack NAME or RECGATE_LEDGER."
        )
    if not name.startswith("dynamodb:") and not Path(name.removeprefix("sqlite:")).exists():
        # SQLite would make an empty ledger there, and a week without decisions of it.
        raise NoDecisionsThere(
            f"There is no ledger {name}: name the file that recgate check --record --ledger FILE "
            "wrote, or the deployed stack with --stack."
        )
    opened = ledger_named(name, aws)
    try:
        index = index_of(opened)
        if index is None:
            raise NoDecisionsThere(f"The ledger {name} is of a kind that finds no decisions.")
        return read_digest(period, lambda day: verdicts_on(day, index))
    finally:
        close_ledger(opened)
