"""The ledger in one SQLite file: for a desk, a pipeline, a test (or in memory)."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from recgate.dialect.ledger_entry import decoded, encoded
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken, RecgateError

APPLICATION_ID = 0x72636774
"""``rcgt``: how a file says that it is a ledger of ours (`PRAGMA application_id`)."""

SCHEMA_VERSION = 1
"""The version of the tables below (`PRAGMA user_version`)."""

_SCHEMA = (
    """
    CREATE TABLE entries (
        stream      TEXT    NOT NULL,
        position    INTEGER NOT NULL,
        kind        TEXT    NOT NULL,
        key         TEXT    NOT NULL,
        recorded_at TEXT    NOT NULL, -- ISO 8601, UTC
        body        TEXT    NOT NULL, -- canonical JSON
        PRIMARY KEY (stream, position)
    )
    """,
    # The class below never does any of this; the triggers are for every other hand.
    """
    CREATE TRIGGER entries_are_added_at_the_end BEFORE INSERT ON entries
    WHEN NEW.position IS NOT
        (SELECT coalesce(max(position) + 1, 0) FROM entries WHERE stream = NEW.stream)
    BEGIN SELECT RAISE(ABORT, 'ledger: an entry goes to the end of its stream'); END
    """,
    """
    CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'ledger: entries are never changed'); END
    """,
    """
    CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'ledger: entries are never deleted'); END
    """,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)

_NEXT = "SELECT coalesce(max(position) + 1, 0) FROM entries WHERE stream = ?"
# The body travels as bytes both ways: text of Python's cannot carry a lone surrogate.
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))"
_SELECT = """
    SELECT position, kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE stream = ? ORDER BY position
"""

# Primary result codes, https://www.sqlite.org/rescode.html
_MAY_PASS = {
    sqlite3.SQLITE_BUSY: "another process is writing; try again",
    sqlite3.SQLITE_LOCKED: "another process is writing; try again",
    sqlite3.SQLITE_PROTOCOL: "several processes opened it at once; try again",
    sqlite3.SQLITE_INTERRUPT: "try again",
    sqlite3.SQLITE_NOMEM: "free memory and try again",
    sqlite3.SQLITE_FULL: "the disk is full: free space and try again",
    sqlite3.SQLITE_IOERR: "the disk did not do it: check the disk and its quota, then try again",
}
_WILL_NOT_PASS = {
    sqlite3.SQLITE_CANTOPEN: "check that the folder exists and that you may write to it",
    sqlite3.SQLITE_READONLY: "it may only be read: give write permission to the file and its "
    "folder, or name another file",
    sqlite3.SQLITE_PERM: "check the permissions of the file and its folder",
    sqlite3.SQLITE_NOTADB: "it is not a ledger: name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged: keep it, and restore a copy",
    sqlite3.SQLITE_TOOBIG: "the entry is larger than SQLite takes",
}


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
                for statement in _SCHEMA:
                    connection.execute(statement)
    _write_ahead(connection)
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


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. It is a property of the file, asked for once."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "delete":
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            # Somebody else uses the file at this moment. The rollback journal is as safe,
            # and the next to open the file asks again.
            if _primary_code(error) != sqlite3.SQLITE_BUSY:
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
        raise _port_error(error, failure) from error


def _port_error(error: sqlite3.Error, failure: str) -> RecgateError:
    code = _primary_code(error)
    if code in _MAY_PASS:
        return LedgerUnavailable(f"{failure}: {error}; {_MAY_PASS[code]}")
    remedy = _WILL_NOT_PASS.get(code, "this is a fault of recgate or of the file")
    return LedgerRefused(f"{failure}: {error}; {remedy}")


def _primary_code(error: sqlite3.Error) -> int:
    """The result code without its extension; 0 for an error of Python's own module."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
