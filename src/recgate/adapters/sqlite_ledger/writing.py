"""Entries and their links, written together inside a transaction that the caller holds."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recgate.adapters.sqlite_ledger.opening import is_chained
from recgate.adapters.sqlite_ledger.transaction import transaction
from recgate.dialect.decision_index import is_decision
from recgate.dialect.ledger_entry import decoded, is_as_written
from recgate.dialect.ledger_link import NewLink, next_link
from recgate.dialect.ledger_tables import CHAINS, IS_CHAINED
from recgate.domain.chain import chain_of
from recgate.domain.link import Head
from recgate.domain.model_name import model_name
from recgate.domain.record_id import ENTROPY_BYTES, record_id
from recgate.ports import Entry, LedgerRefused, PositionTaken

# Bodies, links and models travel as bytes: text of Python's cannot carry a lone surrogate.
_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))"
_LINK = "INSERT INTO links VALUES (?, ?, ?, ?, CAST(? AS TEXT))"
MODEL = "INSERT OR IGNORE INTO decisions_by_model VALUES (CAST(? AS TEXT), ?, ?, ?)"
"""Takes a row of `model_rows`."""

_END = "SELECT coalesce(max(position) + 1, 0) FROM entries WHERE stream = ?"
_HEAD = "SELECT sequence, digest FROM heads WHERE chain = ?"
_NEW_HEAD = "INSERT INTO heads (sequence, digest, chain) VALUES (?, ?, ?)"
_MOVE_HEAD = "UPDATE heads SET sequence = ?, digest = ? WHERE chain = ?"

# An entry whose place is no place, or that says no text, cannot be told of by a link.
_UNLINKED = """
    SELECT rowid FROM entries WHERE NOT EXISTS
        (SELECT 1 FROM links WHERE stream = entries.stream AND position = entries.position)
    AND typeof(position) = 'integer' AND typeof(stream) = 'text' AND typeof(kind) = 'text'
    AND typeof(key) = 'text' AND typeof(recorded_at) = 'text' AND body IS NOT NULL
    ORDER BY recorded_at, stream, position
"""
_FOUND = """
    SELECT CAST(stream AS BLOB), position, CAST(kind AS BLOB), CAST(key AS BLOB),
        CAST(recorded_at AS BLOB), CAST(body AS BLOB)
    FROM entries WHERE rowid = ?
"""
_EARLIEST_ID = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that is to be written, with its time and body as they are stored.

    ``where`` names its place for people.
    """

    stream: str
    position: int
    entry: Entry
    recorded_at: str
    body: bytes
    where: str


def write(connection: sqlite3.Connection, home: str, entries: Sequence[NewEntry]) -> None:
    """Write the entries, each with its link, at the ends of their streams and chains.

    Raises PositionTaken, and LedgerRefused for a gap.
    """
    ends: dict[str, int] = {}
    for new in entries:
        end = ends.get(new.stream)
        if end is None:
            (end,) = connection.execute(_END, (new.stream,)).fetchone()
        if new.position < end:
            raise PositionTaken(f"{new.where} is there already; read the stream again")
        if new.position > end:
            raise LedgerRefused(f"cannot write {new.where}: the stream has only {end} entries")
        ends[new.stream] = end + 1
    chains = _Chains(connection, home)
    connection.executemany(_LINK, [_link_row(chains.link(new)) for new in entries])
    connection.executemany(
        _ENTRY,
        [
            (new.stream, new.position, new.entry.kind, new.entry.key, new.recorded_at, new.body)
            for new in entries
        ],
    )
    connection.executemany(MODEL, model_rows(entries))
    chains.move_heads()


def make_chains(connection: sqlite3.Connection, home: str, at: datetime) -> int:
    """Make the tables that a file of version 1 lacks, and adopt its entries, in one transaction.

    Gives how many; nothing is done where another process was faster.
    """
    with transaction(connection):
        if is_chained(connection):
            return 0
        for statement in CHAINS:
            connection.execute(statement)
        adopted = adopt_all(connection, home, at)
        connection.execute(IS_CHAINED)
    return adopted


def adopt_all(connection: sqlite3.Connection, home: str, at: datetime) -> int:
    """Link every entry that has no link, in the order of their times; gives how many.

    One that recgate would not have written so (its time is no time, its body not canonical) stays
    as it is: a link would vouch for what somebody bent, and could not be signed, nor anything
    behind it.
    """
    adopted_at = at.astimezone(UTC).isoformat(timespec="microseconds")
    chains = _Chains(connection, home)
    count = 0
    for (rowid,) in connection.execute(_UNLINKED).fetchall():
        new = entry_in(connection.execute(_FOUND, (rowid,)).fetchone())
        if new is None or not is_as_written(new.entry, new.body):
            continue
        connection.execute(_LINK, _link_row(chains.link(new, adopted_at)))
        connection.executemany(MODEL, model_rows([new]))
        count += 1
    chains.move_heads()
    return count


class _Chains:
    """The heads of the chains as they are moved on inside one transaction."""

    def __init__(self, connection: sqlite3.Connection, home: str) -> None:
        self._connection = connection
        self._home = home
        self._heads: dict[str, Head | None] = {}
        self._is_new: dict[str, bool] = {}

    def link(self, new: NewEntry, adopted_at: str = "") -> NewLink:
        chain = chain_of(new.stream, self._home)
        if chain not in self._heads:
            found = self._connection.execute(_HEAD, (chain,)).fetchone()
            self._heads[chain] = None if found is None else _head(chain, found)
            self._is_new[chain] = found is None
        made = next_link(
            new.stream,
            new.position,
            new.entry,
            recorded_at=new.recorded_at,
            body=new.body,
            chain=chain,
            head=self._heads[chain],
            # A clock before 1970 is wrong, and no reason to record nothing.
            new_id=record_id(max(new.entry.recorded_at, _EARLIEST_ID), os.urandom(ENTROPY_BYTES)),
            adopted_at=adopted_at,
        )
        self._heads[chain] = made.head
        return made

    def move_heads(self) -> None:
        for chain, head in self._heads.items():
            if head is not None:
                statement = _NEW_HEAD if self._is_new[chain] else _MOVE_HEAD
                self._connection.execute(statement, (head.sequence, head.digest, chain))


def _head(chain: str, found: tuple[Any, Any]) -> Head:
    sequence, digest = found
    if type(sequence) is not int or type(digest) is not str:
        raise LedgerRefused(
            f"the head of the chain {chain!r} was changed by hand, and nothing can be added to "
            "it: keep the file, see what `recgate audit verify` says, and restore a copy"
        )
    return Head(sequence, digest)


def _link_row(made: NewLink) -> tuple[str, int, str, int, bytes]:
    link = made.link
    return link.chain, link.sequence, link.stream, link.position, made.document


def model_rows(entries: Iterable[NewEntry]) -> Iterator[tuple[bytes, str, str, int]]:
    """What the decisions among them are found by, as far as they are about a model."""
    for new in entries:
        model = model_name(new.entry.body) if is_decision(new.stream, new.entry) else None
        if model is not None:
            text = model.encode("utf-8", "surrogatepass")
            yield text, new.recorded_at, new.stream, new.position


def entry_in(row: Sequence[Any]) -> NewEntry | None:
    """An entry that is there already, of its stream, position, kind, key, time and body, all but
    the position as bytes; None when a link could not tell of it as it is.
    """
    stream_text, position, kind_text, key_text, time_text, body = row
    try:
        stream, kind = stream_text.decode(), kind_text.decode()
        key, recorded_at = key_text.decode(), time_text.decode()
        if datetime.fromisoformat(recorded_at).utcoffset() is None:
            return None
    except ValueError:
        return None
    try:
        entry = decoded(kind, key, recorded_at, body)
    except (ValueError, RecursionError):
        return None
    return NewEntry(stream, position, entry, recorded_at, body, "")
