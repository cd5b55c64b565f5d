"""The table by which decisions about a model are found, made anew where it is not right.

It says nothing that the entries do not: somebody who changed it by hand has hidden decisions, or
put them under another name, and lost nothing.
"""

import sqlite3
from collections.abc import Iterator

from recgate.adapters.sqlite_ledger.transaction import transaction
from recgate.adapters.sqlite_ledger.writing import MODEL, NewEntry, entry_in, model_rows
from recgate.dialect.ledger_tables import CHAINS

_AT_ONCE = 50

_TABLE = tuple(statement for statement in CHAINS if "decisions_by_model" in statement)
"""The table and its triggers."""

_NEXT = f"""
    SELECT rowid, CAST(stream AS BLOB), position, CAST(kind AS BLOB), CAST(key AS BLOB),
        CAST(recorded_at AS BLOB), CAST(body AS BLOB)
    FROM entries
    WHERE rowid > ? AND kind = 'decision' AND typeof(stream) = 'text'
        AND typeof(position) = 'integer'
    ORDER BY rowid LIMIT {_AT_ONCE}
"""  # noqa: S608  a constant
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'decisions_by_model'"
_HAS = """
    SELECT 1 FROM decisions_by_model
    WHERE model = CAST(? AS TEXT) AND recorded_at = ? AND stream = ? AND position = ?
"""
_COUNT = "SELECT count(*) FROM decisions_by_model"
_REMOVE = "DROP TABLE IF EXISTS decisions_by_model"


def mend_model_index(connection: sqlite3.Connection) -> None:
    """Make the table anew unless it has each decision about a model, and nothing else."""
    if _is_right(connection):
        return
    with transaction(connection):
        connection.execute(_REMOVE)
        for statement in _TABLE:
            connection.execute(statement)
        for page in _pages(connection):
            connection.executemany(MODEL, model_rows(page))


def _is_right(connection: sqlite3.Connection) -> bool:
    with transaction(connection, begin="BEGIN"):  # one look, whoever writes meanwhile
        if connection.execute(_IS_THERE).fetchone() is None:
            return False
        rows = 0
        for page in _pages(connection):
            for row in model_rows(page):
                rows += 1
                if connection.execute(_HAS, row).fetchone() is None:
                    return False
        (count,) = connection.execute(_COUNT).fetchone()
    return bool(count == rows)


def _pages(connection: sqlite3.Connection) -> Iterator[list[NewEntry]]:
    """The decisions that a row can tell of, some at a time."""
    last = -(2**63)
    while found := connection.execute(_NEXT, (last,)).fetchall():
        last = found[-1][0]
        yield [new for _, *row in found if (new := entry_in(row)) is not None]
