"""`recgate audit export`: the decisions as a file, for a spreadsheet or a program."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

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
from recgate.domain.recorded_decision import RecordedDecision
from recgate.flows.evidence.find import LOOK_BACK_DAYS, Look
from recgate.rendering.evidence.decision_export import export_lines
from recgate.rendering.evidence.decision_table import table_head, table_rows
from recgate.wiring import utc_now
from recgate.written_whole import written_whole

_CSV, _JSON = "csv", "json"
_STANDARD_OUTPUT = "-"


@click.command("export")
@selection_options
@click.option(
    "--out",
    metavar="FILE",
    default=_STANDARD_OUTPUT,
    help="Where to write it, whole or not at all. Default: - (standard output).",
)
@ledger_options
@click.option(
    "--output",
    type=click.Choice([_CSV, _JSON]),
    default=_CSV,
    show_default=True,
    help="csv has a row for each policy of a decision; json has the records whole.",
)
def export_command(
    *,
    out: str,
    output: str,
    **options: Any,  # noqa: ANN401
) -> int:
    """Export the decisions as CSV or JSON, the newest first.

    \b
    recgate audit export --ledger ledger.db --out decisions.csv
    recgate audit export --stack recgate --since 2026-07-01 --until 2026-09-30 --out q3.csv
    recgate audit export --stack recgate --model fraud-ranker --output json > fraud-ranker.json

    The CSV is made for spreadsheets: no cell of it is taken for a formula, and what cannot be
    seen is left out of names. The JSON is one document with every record as it was recorded, each
    on a line of its own; one that was cut off is no JSON, so it cannot be taken for a whole one.

    What is looked through is that of recgate audit list: 30 days unless you say more, or a model
    or a job's ARN however long ago.

    Exit codes: 0 also when there is none; 2 the ledger could not be read, or the file not written.
    """  # noqa: D301  click reads the \b as "keep these lines"
    selection, where = parted(options)
    wanted, now = wanted_of(**selection), utc_now()
    count = _Count()
    with decisions_found(wanted, now, **where) as (look, found), _opened(out) as file:
        for line in _lines(count.of(found), look, output):
            file.write(line.encode())
    words = "1 decision" if count.number == 1 else f"{count.number:,} decisions"
    to = "" if out == _STANDARD_OUTPUT else f" written to {out}"
    click.echo(f"{words} {looked_words(look, days=LOOK_BACK_DAYS)}{to}", err=True)
    return FINE


def _lines(found: Iterable[RecordedDecision], look: Look, output: str) -> Iterator[str]:
    if output == _JSON:
        yield from export_lines(found, looked=looked_document(look))
        return
    yield table_head()
    for made in found:
        yield from table_rows(made)


class _Count:
    """How many went through."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, found: Iterable[RecordedDecision]) -> Iterator[RecordedDecision]:
        """The same decisions, counted."""
        for made in found:
            self.number += 1
            yield made


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file, which is there when everything is written, and not before. Raises OSError."""
    if name == _STANDARD_OUTPUT:
        # As bytes: it is UTF-8, whatever the terminal's locale is.
        yield sys.stdout.buffer
        return
    with written_whole(Path(name)) as file:
        yield file
