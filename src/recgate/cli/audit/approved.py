"""`recgate audit approved`: the configuration in force for each model."""

from datetime import datetime, timedelta
from typing import Any

import click
from rich.text import Text

from recgate.cli.audit.selection import ledger_options, model_option, records_in
from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.explain_page import print_sections
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.cli.since import since_option
from recgate.domain.canonical import Json
from recgate.domain.model_wanted import ModelWanted
from recgate.flows.evidence.approved import LOOK_BACK_DAYS, Approved, approved
from recgate.rendering.evidence.approved import (
    approval_section,
    approved_document,
    in_force_of,
    nothing_found,
)
from recgate.rendering.evidence.decision_list import iso
from recgate.rendering.evidence.decision_words import when
from recgate.rendering.evidence.exact_json import exact_json
from recgate.wiring import utc_now


@click.command("approved")
@model_option(
    "This model alone: its package group, GROUP/VERSION, its name, or an ARN of these. Default: "
    "every model that was decided on lately."
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="What was approved at the end of that day (UTC). Default: now.",
)
@click.option("--history", is_flag=True, help="Also what was approved before, and what ended it.")
@click.option(
    "--since",
    metavar="WHEN",
    callback=since_option,
    help="Models that were decided on since: 30d, or a date. Default: 90d.",
)
@ledger_options
@output_option()
def approved_command(
    *,
    model: ModelWanted | None,
    on: datetime | None,
    history: bool,
    since: datetime | None,
    output: str,
    **where: Any,  # noqa: ANN401
) -> int:
    """Show the configuration that is approved for each model, and what approved it.

    \b
    recgate audit approved --stack recgate
    recgate audit approved --stack recgate --model fraud-ranker --history
    recgate audit approved --ledger ledger.db --on 2026-06-30 --output json

    Approved is what the latest decision with an open gate chose, as long as that is the last
    decision about its job: a later one with a closed gate takes it away. A waiver that has ended
    since is marked. An approval is of one exact configuration of one version of a model.

    Exit codes: 0 it was told; 1 nothing is approved for --model; 2 the ledger could not be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    now = utc_now()
    if model is not None and since is not None:
        raise click.UsageError("--since is for models that nobody names; --model reads it all.")
    if on is not None and on.date() > now.date():
        raise click.UsageError(f"--on {on:%Y-%m-%d}: that day has not begun.")
    today = on.date() if on else now.date()
    until = on.replace(tzinfo=now.tzinfo) + timedelta(days=1) if on else None
    if since is not None and until is not None and since >= until:
        raise click.UsageError(
            f"--since {when(since)} (UTC) is not before {when(until)}, the end of --on."
        )
    with records_in(**where) as records:
        found = approved(
            model=model,
            since=since,
            until=until,
            ledger=records.ledger,
            index=records.index,
            now=now,
        )
    if output == JSON:
        document = approved_document(
            found.models, today=today, wanted=model, looked=_looked(found, until), history=history
        )
        click.echo(exact_json(document))
    else:
        out = screen()
        sections = [
            approval_section(each, today, wanted=model, history=history) for each in found.models
        ]
        if model is not None and not sections:
            out.print(Text(nothing_found(model, records.name)))
        else:
            out.print(Text(_heading(found, on, model), style="dim"))
            print_sections(out, sections)
    if model is None:
        return FINE
    return FINE if any(in_force_of(each, model) for each in found.models) else NOT_FINE


def _heading(found: Approved, on: datetime | None, model: ModelWanted | None) -> str:
    day = f"on {on:%Y-%m-%d}" if on else "now"
    if model is not None or found.since is None:
        return f"Approved {day}"
    count = len(found.models)
    models = "1 model was" if count == 1 else f"{count:,} models were"
    back = (
        f"in the last {LOOK_BACK_DAYS} days"
        if found.is_default and on is None
        else f"since {when(found.since)} UTC"
    )
    return f"Approved {day}: {models} decided on {back} (--since looks further back)"


def _looked(found: Approved, until: datetime | None) -> dict[str, Json]:
    return {
        "since": None if found.since is None else iso(found.since),
        "until": None if until is None else iso(until),
        "is_default": found.is_default,
    }
