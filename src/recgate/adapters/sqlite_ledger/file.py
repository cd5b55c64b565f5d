"""The file behind a ledger: one connection, and one thread at a time that uses it."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from recgate.adapters.sqlite_ledger.model_index import mend_model_index
from recgate.adapters.sqlite_ledger.opening import is_chained, make_ready
from recgate.adapters.sqlite_ledger.transaction import transaction
from recgate.adapters.sqlite_ledger.writing import adopt_all, make_chains
from recgate.dialect.sqlite_answers import port_error, primary_code
from recgate.ports import Clock, LedgerRefused

Row = Sequence[Any]

_CHAINS_CAN_WAIT = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
    }
)
"""Why the chains cannot be made now, which keeps nobody from reading."""


class LedgerFile:
    """Opens the file, and brings one of version 1 to version 2 where that is possible now.

    Everything here raises LedgerUnavailable and LedgerRefused for what SQLite raises.
    """

    def __init__(self, path: str, *, busy_timeout_s: float, home: str, clock: Clock) -> None:
        self.path, self.home = path, home
        self._clock = clock
        # One connection behind a lock: appends are rare and short, and memory has only one.
        self._lock = threading.Lock()
        with self._reporting(f"cannot open the ledger {path}"):
            self.connection = sqlite3.connect(
                path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
            )
            try:
                make_ready(self.connection, path)
                self._is_chained = is_chained(self.connection) or self._make_chains_if_possible()
            except BaseException:  # whatever ends the opening, Ctrl-C included: nothing stays open
                self.connection.close()
                raise

    def close(self) -> None:
        """Close the file. What ``:memory:`` held is gone."""
        with self._lock:
            self.connection.close()

    def rows(self, query: str, arguments: Row, *, failure: str) -> list[Row]:
        """All rows of a query. ``failure`` says what was being done."""
        with self._lock, self._reporting(failure):
            return self.connection.execute(query, arguments).fetchall()

    @contextmanager
    def writing(self, failure: str) -> Iterator[sqlite3.Connection]:
        """One transaction that nobody else writes in, on a file that has chains."""
        with self._lock:
            if not self._is_chained:
                self._make_chains(failure)
            with self._reporting(failure), transaction(self.connection):
                yield self.connection

    def has_chains(self, *, failure: str) -> bool:
        """Whether the file has chains by now: another process may have made them."""
        if not self._is_chained:
            with self._lock, self._reporting(failure):
                self._is_chained = is_chained(self.connection)
        return self._is_chained

    def adopt(self, at: datetime, *, failure: str) -> int:
        """Link whatever has no link, and put the index of models right; gives how many were
        linked.
        """
        with self._lock:
            if not self._is_chained:
                return self._make_chains(failure, lambda: at)
            with self._reporting(failure):
                with transaction(self.connection):
                    adopted = adopt_all(self.connection, self.home, at)
                mend_model_index(self.connection)
            return adopted

    def _make_chains(self, failure: str, clock: Callable[[], datetime] | None = None) -> int:
        at = (clock or self._clock)()
        with self._reporting(
            f"{failure}: it was written by a recgate without chains, and its entries could not "
            "be linked yet"
        ):
            made = make_chains(self.connection, self.home, at)
        self._is_chained = True
        return made

    def _make_chains_if_possible(self) -> bool:
        try:
            make_chains(self.connection, self.home, self._clock())
        except sqlite3.OperationalError as error:
            # What is there can be read all the same; whoever appends, and the next to open the
            # file, tries again.
            if primary_code(error) not in _CHAINS_CAN_WAIT:
                raise
            return False
        return True

    @contextmanager
    def _reporting(self, failure: str) -> Iterator[None]:
        """Say an error of SQLite's in the words of the port."""
        try:
            yield
        except sqlite3.Error as error:
            raise port_error(error, failure) from error
        except UnicodeDecodeError as error:  # what SQLite says of a damaged schema is no text
            raise LedgerRefused(f"{failure}: it is damaged: keep it, and restore a copy") from error
