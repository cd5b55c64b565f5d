"""`recgate waiver list`: which waivers there are, and until when."""

import json
from datetime import date, datetime
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.job_options import policies_option
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.cli.waiver.in_force import day_of, day_option, policies_in
from recgate.domain.canonical import Json
from recgate.domain.policy_set import PolicySet
from recgate.domain.waiver import Waiver, WaiverPhase
from recgate.domain.waiver_end import SOON_DAYS
from recgate.rendering.waiver_words import day_words
from recgate.rendering.waivers.rows import HEADINGS, waiver_document, waiver_row

_STYLES = {WaiverPhase.TO_COME: "cyan", WaiverPhase.IN_FORCE: "green", WaiverPhase.ENDED: "dim"}


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
@day_option("As of this day (UTC). Default: today.")
@policies_option()
@output_option()
def list_command(*, everything: bool, on: datetime | None, policies: Path, output: str) -> int:
    """List the waivers in force and to come.

    \b
    recgate waiver list
    recgate waiver list --all
    recgate waiver list --on 2026-12-31 --output json

    A malformed waiver does not count: it is told on standard error, and the exit code is 1.
    """  # noqa: D301  click reads the \b as "keep these lines"
    today, loaded = day_of(on), policies_in(policies)
    shown = [
        waiver
        for waiver in loaded.waivers
        if everything or waiver.phase_on(today) is not WaiverPhase.ENDED
    ]
    if output == JSON:
        click.echo(json.dumps(_document(shown, loaded, today), indent=2, ensure_ascii=False))
    else:
        _print(shown, len(loaded.waivers), today)
    return NOT_FINE if loaded.waiver_problems else FINE


def _document(shown: list[Waiver], loaded: PolicySet, today: date) -> dict[str, Json]:
    return {
        "schema": "recgate-waivers/1",
        "on": today.isoformat(),
        "waivers": [waiver_document(waiver, today) for waiver in shown],
        "malformed": list(loaded.waiver_problems),
    }


def _print(shown: list[Waiver], known: int, today: date) -> None:
    out = screen()
    if not shown:
        ended = f" ({known} ended: --all)" if known else ""
        out.print(Text(f"No waiver is in force on {day_words(today)} or to come{ended}."))
        return
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for waiver in shown:
        row = waiver_row(waiver, today)
        *cells, state = row.cells
        table.add_row(*(Text(cell) for cell in cells), Text(state, style=_style(waiver, today)))
    out.print(table)
    out.print()
    for waiver in shown:
        out.print(Text(f"{waiver.id}: {waiver_row(waiver, today).about}", style="dim"))


def _style(waiver: Waiver, today: date) -> str:
    phase = waiver.phase_on(today)
    soon = phase is WaiverPhase.IN_FORCE and waiver.days_left(today) <= SOON_DAYS
    return "yellow" if soon else _STYLES[phase]
