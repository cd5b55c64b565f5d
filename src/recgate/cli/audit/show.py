"""`recgate audit show`: one record, whole."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from recgate.cli.audit.selection import ledger_options, records_in
from recgate.cli.exits import FINE, NOT_FINE
from recgate.cli.explain_page import print_sections
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.domain.statement import Envelope, envelope_bytes, statement_bytes
from recgate.domain.whole_record import WholeRecord
from recgate.flows.evidence.record_at import record_at
from recgate.ports import RecgateError
from recgate.rendering.evidence.exact_json import exact_json
from recgate.rendering.evidence.record_document import record_document
from recgate.rendering.evidence.record_page import record_sections, record_title
from recgate.wiring import utc_now
from recgate.written_whole import written_whole

_STANDARD_OUTPUT = "-"


class NotSealed(RecgateError):
    """The record has no signature that an envelope could carry."""


class EnvelopeNotWritten(RecgateError):
    """The file for the envelope cannot be written."""


@click.command("show")
@click.argument("record")
@click.option(
    "--envelope",
    metavar="FILE",
    help="Write the signed envelope, to check it with openssl alone, and print nothing else; - "
    "is standard output.",
)
@ledger_options
@output_option()
def show_command(*, record: str, envelope: str | None, output: str, **where: Any) -> int:  # noqa: ANN401
    """Show one record whole: what it says, where it stands, who signed it.

    \b
    recgate audit show 35ebe0ef69a0 --ledger ledger.db
    recgate audit show fraud-ranker-v14 --stack recgate --output json
    recgate audit show "111122223333/eu-west-1#12" --stack recgate
    recgate audit show 35ebe0ef69a0 --stack recgate --envelope record.json

    RECORD is a decision's key (12 digits of it or more), a job's name or ARN (its last decision),
    a place in a chain (CHAIN#SEQUENCE: any record), or the id of a decision's record.

    What the ledger has is shown as it is. Whether anybody changed it: recgate audit verify.

    Exit codes: 0 it was shown; 1 the entry is not the one that was chained; 2 there is no such
    record, or it could not be read.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if envelope is not None and output == JSON:
        raise click.UsageError("--envelope writes the envelope itself: leave out --output.")
    with records_in(**where) as records:
        found = record_at(record, records, utc_now())
    if envelope is not None:
        _write(_envelope(found), envelope)
    elif output == JSON:
        click.echo(exact_json(record_document(found)))
    else:
        out = screen()
        out.print(Text(record_title(found), style="bold"))
        print_sections(out, record_sections(found))
    return NOT_FINE if found.troubles else FINE


def _envelope(record: WholeRecord) -> bytes:
    """The envelope, made of what is stored: if that was changed, its signature does not fit."""
    if record.link is None or record.chained is None or record.seal is None:
        raise NotSealed(
            f"The record {record.key[:16]!r} of {record.stream!r} is not sealed yet, so there is "
            "no envelope: recgate audit seal."
        )
    return envelope_bytes(
        Envelope(statement_bytes(record.link, record.body), record.seal.signature)
    )


def _write(content: bytes, file: str) -> None:
    if file == _STANDARD_OUTPUT:
        click.echo(content.decode(), nl=False)
        sys.stdout.flush()
        return
    try:
        with written_whole(Path(file)) as there:
            there.write(content)
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise EnvelopeNotWritten(
            f"The envelope cannot be written to {file}: {why}. Name a file in a folder that is "
            "there and that you may write to, or - for standard output."
        ) from problem
    click.echo(f"Envelope written to {file}")
