"""A ledger's file as recgate wrote it before there were chains, by the SQL of that time."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path

from recgate.domain.canonical import canonical_json
from recgate.ports import Entry

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
    "PRAGMA application_id = 1919117172",
    "PRAGMA user_version = 1",
)
INDEXES = (
    "CREATE INDEX decisions_by_day ON entries (recorded_at) WHERE kind = 'decision'",
    "CREATE INDEX decisions_by_key ON entries (key) WHERE kind = 'decision'",
)
INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))"
"""How that recgate appended."""


def row_of(stream: str, position: int, entry: Entry) -> tuple[str, int, str, str, str, bytes]:
    """What it gave to `INSERT`."""
    at = entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
    return stream, position, entry.kind, entry.key, at, canonical_json(entry.body)


def write_file(
    path: Path, entries: Sequence[tuple[str, int, Entry]], *, indexes: bool = True
) -> None:
    """A file with these entries; without indexes as the first version made it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in (*_SCHEMA, *(INDEXES if indexes else ())):
            connection.execute(statement)
        connection.executemany(INSERT, [row_of(*each) for each in entries])


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as any other program sees it."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection
