"""The ledger that a command reads decisions from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import MEMORY
from recgate.ports import DecisionIndex, Ledger, RecgateError
from recgate.wiring import close_ledger, index_of
from recgate.wiring import ledger as ledger_named


class NoLedgerThere(RecgateError):
    """There is no ledger of that name, or none that finds decisions."""


@contextmanager
def ledger_to_read(name: str, aws: Aws) -> Iterator[tuple[Ledger, DecisionIndex]]:
    """The ledger of that name and its index, open as long as the block lasts; it is never made.

    Raises click.UsageError when none is named, NoLedgerThere, LedgerUnavailable, LedgerRefused.
    """
    refuse_absent(name)
    opened = ledger_named(name, aws)
    try:
        index = index_of(opened)
        if index is None:
            raise NoLedgerThere(f"The ledger {name} is of a kind that finds no decisions.")
        yield opened, index
    finally:
        close_ledger(opened)


def refuse_absent(name: str) -> None:
    """Refuse a ledger that is not there: SQLite would make an empty one, and find nothing in it.

    Raises click.UsageError when none is named, NoLedgerThere.
    """
    if name == MEMORY:
        raise click.UsageError(
            "There is no ledger to look in: --ledger FILE, --stack NAME or RECGATE_LEDGER."
        )
    if not name.startswith("dynamodb:") and not Path(name.removeprefix("sqlite:")).exists():
        raise NoLedgerThere(
            f"There is no ledger {name}: name the file that recgate check --record --ledger FILE "
            "wrote, or the deployed stack with --stack."
        )
