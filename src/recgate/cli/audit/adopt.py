"""`recgate audit adopt`: what older versions recorded gets its place in the chains."""

import json
import os
from contextlib import closing

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.audit.evidence_ledger import ledger_at_hand
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.exits import FINE
from recgate.cli.output_option import JSON, output_option
from recgate.domain.canonical import Json
from recgate.evidence_wiring import NoChains
from recgate.flows.evidence.adoption import AdoptingLedger, ChainAdopted, adopt
from recgate.rendering.safe_text import clean
from recgate.settings import settings_from
from recgate.wiring import utc_now

_NAME = 80


@click.command("adopt")
@click.option(
    "--ledger",
    "ledger_name",
    metavar="FILE",
    help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else RECGATE_LEDGER.",
)
@stack_option(purpose="The deployed stack whose ledger to work on.")
@aws_options
@output_option()
def adopt_command(
    *,
    ledger_name: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Chain what older versions of recgate recorded.

    \b
    recgate audit adopt --stack recgate
    recgate audit adopt --ledger decisions.db

    Every record that has no link gets one, behind the end of its chain, which says when that
    was: nobody can vouch for such a record before then, and recgate audit verify counts them
    apart. Nothing recorded is changed. Once is enough; again does nothing, and after an
    interruption it goes on. A SQLite file is linked when it is opened. The index of decisions is
    put right, too, where somebody changed it.

    Whoever asks needs what recgate check --record needs on the table, and to scan it.

    Exit codes: 0 everything is chained, 2 it could not be.
    """  # noqa: D301  click reads the \b as "keep these lines"
    began = utc_now()
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = deployment_of(aws, stack).settings if stack else settings_from(os.environ)
        name = ledger_name or settings.ledger
        with ledger_at_hand(name, settings, aws) as opened:
            if not isinstance(opened, AdoptingLedger):
                raise NoChains(f"The ledger {name} chains nothing.")
            chains = adopt(opened, at=utc_now(), since=began)
    if output == JSON:
        click.echo(json.dumps(_document(name, chains), indent=2, ensure_ascii=False))
    else:
        _print(chains)
    return FINE


def _print(chains: tuple[ChainAdopted, ...]) -> None:
    now = sum(each.now for each in chains)
    click.echo(f"{_records(now)} linked now.")
    for each in chains:
        click.echo(
            f"{clean(each.chain, _NAME)}: {_records(each.records)}, {each.adopted} of them adopted."
        )


def _document(name: str, chains: tuple[ChainAdopted, ...]) -> dict[str, Json]:
    return {
        "schema": "recgate-audit-adopted/1",
        "ledger": name,
        "linked": sum(each.now for each in chains),
        "chains": [
            {
                "chain": each.chain,
                "records": each.records,
                "adopted": each.adopted,
                "linked": each.now,
            }
            for each in chains
        ],
    }


def _records(number: int) -> str:
    return f"{number} record{'' if number == 1 else 's'}"
