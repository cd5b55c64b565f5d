"""`recgate waiver check`: mistakes, and waivers that nobody needs."""

import json
import os
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import click
from rich.text import Text

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import MEMORY
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.policy_folder import policy_folder
from recgate.cli.read_ledger import ledger_to_read
from recgate.cli.screen import screen
from recgate.cli.waiver.in_force import day_of, day_option
from recgate.domain.canonical import Json
from recgate.domain.policy_set import PolicySet
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_end import SOON_DAYS
from recgate.domain.waiver_use import Advice, WaiverUse, advice_on, use_of
from recgate.flows.waiver_use import counted_decisions
from recgate.rendering.waivers.rows import advice_words, waiver_document
from recgate.settings import settings_from

_UNUSED = (Advice.CHANGES_NOTHING, Advice.NOT_NEEDED, Advice.NEVER_USED)


@click.command("check")
@click.option(
    "--ledger",
    metavar="FILE",
    help="The ledger that tells which waivers were used: a SQLite file, or dynamodb:TABLE. "
    "Default: the ledger of --stack, else RECGATE_LEDGER; without any, nothing is said of use.",
)
@stack_option(purpose="The deployed stack whose ledger to read.")
@aws_options
@click.option("--strict", is_flag=True, help="Exit code 1 also for waivers that nobody needs.")
@click.option(
    "--soon",
    type=click.IntRange(1, 366),
    default=SOON_DAYS,
    show_default=True,
    metavar="DAYS",
    help="An end that is no further away is told.",
)
@day_option("As of this day (UTC). Default: today.")
@policies_option()
@output_option()
def check_command(
    *,
    ledger: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    strict: bool,
    soon: int,
    on: datetime | None,
    policies: Path,
    output: str,
) -> int:
    """Find waivers that are malformed, unused, no longer needed, or end soon.

    \b
    recgate waiver check
    recgate waiver check --stack recgate
    recgate waiver check --ledger decisions.db --strict --output json

    Never used and no longer needed can be said only with a ledger: of the decisions since the
    waiver began, for which did it count, and which would have failed a limit without it?

    Exit codes: 0 nothing is wrong, 1 a waiver is malformed (with --strict: or nobody needs it),
    2 the policies or the ledger cannot be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    today, loaded = day_of(on), policy_folder(policies).load()
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = deployment_of(aws, stack).settings if stack else settings_from(os.environ)
        name = ledger or settings.ledger
        uses = None if name == MEMORY else _uses(loaded, name, aws, today)
    found = _advice(loaded, uses, today, soon)
    if output == JSON:
        document = _document(loaded, found, uses, today)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(loaded, found, uses, today)
    unused = any(advice in _UNUSED for _, advice in found)
    return NOT_FINE if loaded.waiver_problems or (strict and unused) else FINE


def _uses(loaded: PolicySet, ledger: str, aws: Aws, today: date) -> dict[str, WaiverUse]:
    with ledger_to_read(ledger, aws) as (_, index):
        counted = counted_decisions(loaded.waivers, index, today)
    return {waiver.id: use_of(waiver, counted) for waiver in loaded.waivers}


def _advice(
    loaded: PolicySet, uses: Mapping[str, WaiverUse] | None, today: date, soon: int
) -> list[tuple[Waiver, Advice]]:
    policies = {policy.name: policy for policy in loaded.policies}
    found = []
    for waiver in loaded.waivers:
        use = None if uses is None else uses[waiver.id]
        advice = advice_on(waiver, policies.get(waiver.policy), use, today, soon_days=soon)
        if advice is not None:
            found.append((waiver, advice))
    return sorted(found, key=lambda each: list(Advice).index(each[1]))


def _document(
    loaded: PolicySet,
    found: list[tuple[Waiver, Advice]],
    uses: Mapping[str, WaiverUse] | None,
    today: date,
) -> dict[str, Json]:
    advised = {waiver.id: advice.value for waiver, advice in found}
    return {
        "schema": "recgate-waiver-check/1",
        "on": today.isoformat(),
        "malformed": list(loaded.waiver_problems),
        "waivers": [
            waiver_document(waiver, today)
            | {
                "advice": advised.get(waiver.id),
                "use": None if uses is None else _use(uses[waiver.id]),
            }
            for waiver in loaded.waivers
        ],
    }


def _use(use: WaiverUse) -> Json:
    return {
        "decisions": use.decisions,
        "used": use.used,
        "last_used": use.last_used.isoformat() if use.last_used else None,
        "jobs": use.jobs,
        "needed_by_jobs": use.needed_by,
    }


def _print(
    loaded: PolicySet,
    found: list[tuple[Waiver, Advice]],
    uses: Mapping[str, WaiverUse] | None,
    today: date,
) -> None:
    out = screen()
    for problem in loaded.waiver_problems:
        out.print(Text(f"{problem} (this waiver does not count)", style="red"))
    for waiver, advice in found:
        use = None if uses is None else uses[waiver.id]
        style = "yellow" if advice is not Advice.ENDED else "dim"
        out.print(Text(advice_words(waiver, advice, use, today), style=style))
    count = len(loaded.waivers)
    look = f"{len(found)} to look at" if found else "nothing to do about them"
    out.print(Text(f"{count} waiver{'' if count == 1 else 's'} well formed, {look}"))
    if uses is None and count:
        out.print(
            Text("Whether they were used is not known: name --ledger or --stack.", style="dim")
        )
