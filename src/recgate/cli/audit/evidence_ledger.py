"""The ledger whose chains a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from recgate.adapters.aws_clients import Aws
from recgate.cli.read_ledger import refuse_absent
from recgate.ports import Ledger
from recgate.settings import Settings
from recgate.wiring import close_ledger, ledger


@contextmanager
def ledger_at_hand(name: str, settings: Settings, aws: Aws) -> Iterator[Ledger]:
    """The ledger of that name, open as long as the block lasts; it is never made.

    Raises click.UsageError when none is named, NoLedgerThere, LedgerUnavailable, LedgerRefused.
    """
    refuse_absent(name)
    opened = ledger(name, aws, account=settings.account)
    try:
        yield opened
    finally:
        close_ledger(opened)
