"""Opening a ledger's file: whether it is one, and what makes it one."""

import sqlite3

from recgate.adapters.sqlite_ledger.transaction import transaction
from recgate.dialect.ledger_tables import (
    APPLICATION_ID,
    INDEXES,
    SCHEMA,
    SCHEMA_VERSION,
    UNCHAINED_VERSION,
)
from recgate.dialect.sqlite_answers import primary_code
from recgate.ports import LedgerRefused

_INDEXES_CAN_WAIT = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}
)
"""Why the indexes cannot be made now, which keeps nobody from the ledger."""


def make_ready(connection: sqlite3.Connection, path: str) -> None:
    """Make the tables in a new file, or refuse a file that has others."""
    with transaction(connection, begin="BEGIN"):  # one look, not three at different times
        made = _is_ledger(connection, path)
    if not made:
        with transaction(connection):
            if not _is_ledger(connection, path):  # nobody was faster
                for statement in SCHEMA:
                    connection.execute(statement)
    _write_ahead(connection)
    # EXTRA is FULL that is also durable with a rollback journal, which `_write_ahead` may
    # leave in place (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.execute("PRAGMA synchronous = EXTRA")
    _add_indexes(connection)


def is_chained(connection: sqlite3.Connection) -> bool:
    """Whether a ledger's file has chains.

    One that has links and says that it has none was changed by hand: nothing in it is adopted
    for that, and one that says that it has them and has not is not given new ones.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    links = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'links'").fetchone()
    return version != UNCHAINED_VERSION or links is not None


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
    if version not in (UNCHAINED_VERSION, SCHEMA_VERSION):
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
        with transaction(connection):
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
