"""The ledger in one SQLite file: for a desk, a pipeline, a test (or in memory)."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Self

from recgate.dialect.decision_index import checked_beginning
from recgate.dialect.ledger_entry import decoded, encoded
from recgate.dialect.ledger_tables import APPLICATION_ID, INDEXES, SCHEMA, SCHEMA_VERSION
from recgate.dialect.sqlite_answers import port_error, primary_code
from recgate.ports import Entry, LedgerRefused, PositionTaken, Recorded

_INDEXES_CAN_WAIT = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}
)
"""Why the indexes cannot be made now, which keeps nobody from the ledger."""

_NEXT = "SELECT coalesce(max(position) + 1, 0) FROM entries WHERE stream = ?"
# The body travels as bytes both ways: text of Python's cannot carry a lone surrogate.
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))"
_SELECT = """
    SELECT position, kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE stream = ? ORDER BY position
"""
_DECISIONS = """
    SELECT stream, position, kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE kind = 'decision' AND stream >= 'job:' AND stream < 'job;' AND {column} >= ?
    AND {column} < ? ORDER BY recorded_at, stream, position
"""
_BY_DAY = _DECISIONS.format(column="recorded_at")
_BY_KEY = _DECISIONS.format(column="key")
_BEHIND_A_DAY, _BEHIND_A_KEY = "U", "\U0010ffff"
"""What sorts behind every time of a day (``…T…``), and behind whatever else a key has."""


class SqliteLedger:
    """Streams in one SQLite file, or in memory for the path ``:memory:``.

    Any number of threads may use one ledger, and any number of processes one file. A process
    that forks must open it afterwards.
    ``busy_timeout_s`` is how long to wait in seconds for another process that is writing.
    Raises LedgerRefused for a file that is no ledger of this version or cannot be written,
    LedgerUnavailable when it stays locked. Close it, or use it as a context manager.
    """

    def __init__(self, path: str | Path, *, busy_timeout_s: float = 10.0) -> None:
        self._path = str(path)
        if not self._path:
            # SQLite would open a temporary file and forget it.
            raise LedgerRefused("the ledger has an empty path: name a file, or ':memory:'")
        # One connection behind a lock: appends are rare and short, and memory has only one.
        self._lock = threading.Lock()
        with _reporting(f"cannot open the ledger {self._path}"):
            self._connection = sqlite3.connect(
                self._path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(self._connection, self._path)
            except BaseException:  # whatever ends the opening, Ctrl-C included: nothing stays open
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. What ``:memory:`` held is gone."""
        with self._lock:
            self._connection.close()

    def read(self, stream: str) -> Sequence[Entry]:
        """All entries of the stream in order. Raises LedgerUnavailable, LedgerRefused."""
        with self._lock, _reporting(f"cannot read {stream!r} in the ledger {self._path}"):
            rows = self._connection.execute(_SELECT, (stream,)).fetchall()
        return tuple(self._entry(stream, index, row) for index, row in enumerate(rows))

    def decided_on(self, day: date) -> Sequence[Recorded]:
        """The decisions recorded on a day in UTC. Raises LedgerUnavailable, LedgerRefused."""
        return self._decisions(_BY_DAY, f"{day.isoformat()}T", day.isoformat() + _BEHIND_A_DAY)

    def find(self, decision: str) -> Sequence[Recorded]:
        """The decisions whose key begins so. Raises LedgerUnavailable, LedgerRefused."""
        beginning = checked_beginning(decision)
        return self._decisions(_BY_KEY, beginning, beginning + _BEHIND_A_KEY)

    def _decisions(self, query: str, first: str, behind: str) -> Sequence[Recorded]:
        with self._lock, _reporting(f"cannot look for decisions in the ledger {self._path}"):
            rows = self._connection.execute(query, (first, behind)).fetchall()
        return tuple(
            Recorded(stream, self._entry(stream, position, (position, *row)))
            for stream, position, *row in rows
        )

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Write the entry at the end of the stream, which must be ``position``.

        Raises PositionTaken, LedgerUnavailable; LedgerRefused for a gap too.
        """
        where = f"entry {position} ({entry.kind}) of {stream!r} in the ledger {self._path}"
        recorded_at, body = encoded(stream, position, entry, where=where)
        row = (stream, position, entry.kind, entry.key, recorded_at, body)
        with (
            self._lock,
            _reporting(f"cannot write {where}"),
            _transaction(self._connection),
        ):
            (end,) = self._connection.execute(_NEXT, (stream,)).fetchone()
            if position < end:
                raise PositionTaken(f"{where} is there already; read the stream again")
            if position > end:
                raise LedgerRefused(f"cannot write {where}: the stream has only {end} entries")
            self._connection.execute(_INSERT, row)

    def _entry(self, stream: str, index: int, row: tuple[int, str, str, str, bytes]) -> Entry:
        position, kind, key, recorded_at, body = row
        where = f"entry {index} of {stream!r} in the ledger {self._path}"
        if position != index:
            raise LedgerRefused(f"{where} is missing: keep the file, and restore a copy")
        try:
            return decoded(kind, key, recorded_at, body)
        except (ValueError, RecursionError) as error:
            raise LedgerRefused(
                f"{where} cannot be read ({error}): keep the file, and restore a copy"
            ) from error


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """Make the tables in a new file, or refuse a file that has others."""
    with _transaction(connection, begin="BEGIN"):  # one look, not three at different times
        made = _is_ledger(connection, path)
    if not made:
        with _transaction(connection):
            if not _is_ledger(connection, path):  # nobody was faster
                for statement in SCHEMA:
                    connection.execute(statement)
    _write_ahead(connection)
    _add_indexes(connection)
    # EXTRA is FULL that is also durable with a rollback journal, which `_write_ahead` may
    # leave in place (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.execute("PRAGMA synchronous = EXTRA")


def _is_ledger(connection: sqlite3.Connection, path: str) -> bool:
    """Whether the tables are there; False for a new file. Raises LedgerRefused for another's."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not (application or version or tables):
        return False
    if application != APPLICATION_ID:
        raise LedgerRefused(
            f"cannot open the ledger {path}: it is an SQLite file of another program; "
            "name another file"
        )
    if version != SCHEMA_VERSION:
        raise LedgerRefused(
            f"cannot open the ledger {path}: it has schema version {version} and this recgate "
            f"knows version {SCHEMA_VERSION}; use the recgate that wrote it or a newer one"
        )
    return True


def _add_indexes(connection: sqlite3.Connection) -> None:
    """Make the indexes that a file of before does not have, if it can be done now."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
    if all((name,) in found for name in INDEXES):
        return
    try:
        with _transaction(connection):
            for name, columns in INDEXES.items():
                connection.execute(f"CREATE INDEX IF NOT EXISTS {name} {columns}")
    except sqlite3.OperationalError as error:
        # Everything works without them, and the next to open the file tries again.
        if primary_code(error) not in _INDEXES_CAN_WAIT:
            raise


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. It is a property of the file, asked for once."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "delete":
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            # Somebody else uses the file at this moment. The rollback journal is as safe,
            # and the next to open the file asks again.
            if primary_code(error) != sqlite3.SQLITE_BUSY:
                raise


@contextmanager
def _transaction(
    connection: sqlite3.Connection, *, begin: str = "BEGIN IMMEDIATE"
) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # also when interrupted: half a transaction would block everybody
        if connection.in_transaction:  # SQLite has rolled back by itself after some errors
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _reporting(failure: str) -> Iterator[None]:
    """Say an error of SQLite's in the words of the port."""
    try:
        yield
    except sqlite3.Error as error:
        raise port_error(error, failure) from error
