"""The tables of a ledger in SQLite, and how a file says which they are."""

APPLICATION_ID = 0x72636774
"""``rcgt``: how a file says that it is a ledger of ours (`PRAGMA application_id`)."""

SCHEMA_VERSION = 1
"""The version of the tables below (`PRAGMA user_version`).

The indexes have none: SQLite keeps them up for every writer, also one that does not know them,
and a file without them gives the same answers, only later. So a file of before gets them when it
is opened, and yesterday's recgate goes on with it.
"""

INDEXES = {
    "decisions_by_day": "ON entries (recorded_at) WHERE kind = 'decision'",
    "decisions_by_key": "ON entries (key) WHERE kind = 'decision'",
}

SCHEMA = (
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
    # The adapter never does any of this; the triggers are for every other hand.
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
