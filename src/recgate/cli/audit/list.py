"""`recgate audit list`: which decisions there are."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recgate.cli.audit.decisions_found import decisions_found
from recgate.cli.audit.selection import (
    ledger_options,
    looked_document,
    looked_words,
    parted,
    selection_options,
    wanted_of,
)
from recgate.cli.exits import FINE
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.domain.recorded_decision import RecordedDecision
from recgate.flows.evidence.find import LOOK_BACK_DAYS, Look
from recgate.rendering.evidence.decision_list import (
    HEADINGS,
    RIGHT,
    decision_cells,
    decisions_document,
)
from recgate.rendering.evidence.exact_json import exact_json
from recgate.wiring import utc_now

_VERDICT = HEADINGS.index("Verdict")
_GUTTER = 2


@click.command("list")
@selection_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many, the newest.",
)
@ledger_options
@output_option()
def list_command(
    *,
    limit: int,
    output: str,
    **options: Any,  # noqa: ANN401
) -> int:
    """List the decisions that were recorded, the newest first.

    \b
    recgate audit list --ledger ledger.db
    recgate audit list --stack recgate --model fraud-ranker
    recgate audit list --stack recgate --verdict FAIL --verdict UNKNOWN --since 7d
    recgate audit list --policy prod-realtime@cfa8261 --output json

    The configuration is the approved one; with a closed gate, the one that the verdict is told
    of. A model and a job's ARN are found at once, however long ago; with --stack its name, too.
    Anything else is looked for day by day: the last 30 days, unless --since says more.

    Exit codes: 0 also when there is none; 2 the ledger could not be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    selection, where = parted(options)
    wanted, now = wanted_of(**selection), utc_now()
    with decisions_found(wanted, now, **where) as (look, found):
        shown = list(islice(found, limit + 1))
    is_cut = len(shown) > limit
    if output == JSON:
        document = decisions_document(
            shown[:limit], looked=looked_document(look), is_cut=is_cut, today=now.date()
        )
        click.echo(exact_json(document))
    else:
        _print(shown[:limit], look, is_cut=is_cut)
    return FINE


def _print(shown: list[RecordedDecision], look: Look, *, is_cut: bool) -> None:
    out, looked = screen(), looked_words(look, days=LOOK_BACK_DAYS)
    if not shown:
        out.print(Text(f"No decision {looked} is what was asked for."))
        return
    rows = [decision_cells(made) for made in shown]
    styles = ["green" if made.is_open else "red" for made in shown]
    if _width(rows) <= out.width:
        out.print(_table(rows, styles))
    else:
        for row, style in zip(rows, styles, strict=True):
            _print_narrow(out, row, style)
    out.print()
    count = "1 decision" if len(shown) == 1 else f"{len(shown):,} decisions"
    more = ", and there are more (--limit)" if is_cut else ""
    out.print(Text(f"{count} {looked}{more}", style="dim"))


def _width(rows: Sequence[Sequence[str]]) -> int:
    """How wide the table is whose every cell is on one line."""
    columns = zip(HEADINGS, *rows, strict=True)
    return sum(max(map(cell_len, column)) + _GUTTER for column in columns)


def _table(rows: Sequence[Sequence[str]], styles: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in RIGHT else "left", no_wrap=True)
    for row, style in zip(rows, styles, strict=True):
        cells = (Text(cell, style=style if at == _VERDICT else "") for at, cell in enumerate(row))
        table.add_row(*cells)
    return table


def _print_narrow(out: Console, row: Sequence[str], style: str) -> None:
    """A decision on a terminal that is too narrow for the table."""
    told = dict(zip(HEADINGS, row, strict=True))
    lead = Text(f"{told['When (UTC)']}  ")
    lead.append(told["Verdict"], style=style)
    out.print(lead.append(f"  gate {told['Gate']}  {told['Decision']}"))
    about = (
        *(told["Job"], told["Model"], told["Configuration"]),
        *(f"cost/h {told['Cost/h']}", f"P99 {told['P99']}", told["Policies"]),
    )
    line = Text(" · ".join(about), style="dim", overflow="fold")
    out.print(Padding(line, (0, 0, 0, 2), expand=False))
