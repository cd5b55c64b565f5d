"""The tables of a ledger in SQLite, and how a file says which they are.

The adapter never does what the triggers forbid: they are for accidents by every other hand.
Whoever means to change a record can drop them first; that is what the chain is for.
"""

APPLICATION_ID = 0x72636774
"""``rcgt``: how a file says that it is a ledger of ours (`PRAGMA application_id`)."""

SCHEMA_VERSION = 2
"""The version of the tables below (`PRAGMA user_version`).

The indexes have none: SQLite keeps them up for every writer, also one that does not know them,
and a file without them gives the same answers, only later. So a file of before gets them when it
is opened.
"""

UNCHAINED_VERSION = 1
"""The version of a file that has entries and no chains."""

INDEXES = {
    "decisions_by_day": "ON entries (recorded_at) WHERE kind = 'decision'",
    "decisions_by_key": "ON entries (key) WHERE kind = 'decision'",
}

_ENTRIES = (
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
)

CHAINS = (
    """
    CREATE TABLE links (
        chain    TEXT    NOT NULL,
        sequence INTEGER NOT NULL, -- from 1
        stream   TEXT    NOT NULL, -- where its entry stands
        position INTEGER NOT NULL,
        link     TEXT    NOT NULL, -- canonical JSON: these bytes are digested and signed
        PRIMARY KEY (chain, sequence),
        UNIQUE (stream, position)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE heads (
        chain    TEXT    NOT NULL PRIMARY KEY,
        sequence INTEGER NOT NULL, -- of the last link
        digest   TEXT    NOT NULL  -- SHA-256 over its bytes
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE seals (
        chain       TEXT    NOT NULL,
        sequence    INTEGER NOT NULL,
        key_id      TEXT    NOT NULL,
        signature   BLOB    NOT NULL, -- DER
        sealed_at   TEXT    NOT NULL,
        archived_as TEXT    NOT NULL,
        version     TEXT    NOT NULL,
        PRIMARY KEY (chain, sequence)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE sealed_to (
        chain    TEXT    NOT NULL PRIMARY KEY,
        sequence INTEGER NOT NULL, -- every link up to here is sealed
        digest   TEXT    NOT NULL
    ) WITHOUT ROWID
    """,
    # By what the decisions about a model are found: an index that SQLite cannot make by itself,
    # because its JSON functions stop at a lone surrogate.
    """
    CREATE TABLE decisions_by_model (
        model       TEXT    NOT NULL,
        recorded_at TEXT    NOT NULL,
        stream      TEXT    NOT NULL,
        position    INTEGER NOT NULL,
        PRIMARY KEY (model, recorded_at, stream, position)
    ) WITHOUT ROWID
    """,
    # A recgate without chains may have had the file open when it got them.
    """
    CREATE TRIGGER entries_have_a_link BEFORE INSERT ON entries
    WHEN NOT EXISTS
        (SELECT 1 FROM links WHERE stream = NEW.stream AND position = NEW.position)
    BEGIN SELECT RAISE(ABORT, 'ledger: an entry has a link; use a newer recgate'); END
    """,
    # REPLACE would remove the link that is at that place without asking the trigger below.
    """
    CREATE TRIGGER links_are_added_at_the_end BEFORE INSERT ON links
    WHEN NEW.sequence IS NOT
        (SELECT coalesce(max(sequence) + 1, 1) FROM links WHERE chain = NEW.chain)
        OR EXISTS (SELECT 1 FROM links WHERE stream = NEW.stream AND position = NEW.position)
    BEGIN SELECT RAISE(ABORT, 'ledger: a link goes to the end of its chain, one to an entry'); END
    """,
    """
    CREATE TRIGGER links_never_change BEFORE UPDATE ON links
    BEGIN SELECT RAISE(ABORT, 'ledger: links are never changed'); END
    """,
    """
    CREATE TRIGGER links_never_go BEFORE DELETE ON links
    BEGIN SELECT RAISE(ABORT, 'ledger: links are never deleted'); END
    """,
    """
    CREATE TRIGGER heads_begin_once BEFORE INSERT ON heads
    WHEN EXISTS (SELECT 1 FROM heads WHERE chain = NEW.chain)
        OR NEW.sequence IS NOT (SELECT max(sequence) FROM links WHERE chain = NEW.chain)
    BEGIN SELECT RAISE(ABORT, 'ledger: a head is made once, at the last link of its chain'); END
    """,
    """
    CREATE TRIGGER heads_move_on BEFORE UPDATE ON heads
    WHEN NEW.chain IS NOT OLD.chain OR NEW.sequence <= OLD.sequence
        OR NEW.sequence IS NOT (SELECT max(sequence) FROM links WHERE chain = NEW.chain)
    BEGIN SELECT RAISE(ABORT, 'ledger: a head moves on, to the last link of its chain'); END
    """,
    """
    CREATE TRIGGER heads_never_go BEFORE DELETE ON heads
    BEGIN SELECT RAISE(ABORT, 'ledger: heads are never deleted'); END
    """,
    """
    CREATE TRIGGER seals_are_made_once BEFORE INSERT ON seals
    WHEN EXISTS (SELECT 1 FROM seals WHERE chain = NEW.chain AND sequence = NEW.sequence)
        OR NOT EXISTS (SELECT 1 FROM links WHERE chain = NEW.chain AND sequence = NEW.sequence)
    BEGIN SELECT RAISE(ABORT, 'ledger: a link is sealed once'); END
    """,
    """
    CREATE TRIGGER seals_never_change BEFORE UPDATE ON seals
    BEGIN SELECT RAISE(ABORT, 'ledger: seals are never changed'); END
    """,
    """
    CREATE TRIGGER seals_never_go BEFORE DELETE ON seals
    BEGIN SELECT RAISE(ABORT, 'ledger: seals are never deleted'); END
    """,
    """
    CREATE TRIGGER sealed_to_begins_once BEFORE INSERT ON sealed_to
    WHEN EXISTS (SELECT 1 FROM sealed_to WHERE chain = NEW.chain)
    BEGIN SELECT RAISE(ABORT, 'ledger: the mark of what is sealed is made once'); END
    """,
    """
    CREATE TRIGGER sealed_to_moves_on BEFORE UPDATE ON sealed_to
    WHEN NEW.chain IS NOT OLD.chain OR NEW.sequence <= OLD.sequence
    BEGIN SELECT RAISE(ABORT, 'ledger: the mark of what is sealed never moves back'); END
    """,
    """
    CREATE TRIGGER sealed_to_never_goes BEFORE DELETE ON sealed_to
    BEGIN SELECT RAISE(ABORT, 'ledger: the mark of what is sealed is never deleted'); END
    """,
    """
    CREATE TRIGGER decisions_by_model_never_change BEFORE UPDATE ON decisions_by_model
    BEGIN SELECT RAISE(ABORT, 'ledger: the decisions of a model are never changed'); END
    """,
    """
    CREATE TRIGGER decisions_by_model_never_go BEFORE DELETE ON decisions_by_model
    BEGIN SELECT RAISE(ABORT, 'ledger: the decisions of a model are never deleted'); END
    """,
)
"""What a file of version 1 lacks; its entries are adopted in the same transaction."""

IS_CHAINED = f"PRAGMA user_version = {SCHEMA_VERSION}"

SCHEMA = (*_ENTRIES, *CHAINS, f"PRAGMA application_id = {APPLICATION_ID}", IS_CHAINED)
"""What a new file gets."""

DEFINITIONS = {
    **{sql.split()[2]: sql for sql in SCHEMA if sql.split()[:2] == ["CREATE", "TABLE"]},
    **{name: f"CREATE INDEX {name} {columns}" for name, columns in INDEXES.items()},
}
"""How each table and index of a ledger's file is made: another one may show readers what nobody
verifies.
"""
