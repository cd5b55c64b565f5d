"""The chains of a ledger as they are stored, read page by page, and the seals kept beside them.

Whoever changes the file by hand can put anything anywhere: a number where text was, bytes that
are no UTF-8, text where a number was. So every column is asked for as bytes, or as a whole number
(-1 for what is none), and nothing that is there ends the reading.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

from recgate.adapters.sqlite_ledger.definitions import foreign_definitions
from recgate.adapters.sqlite_ledger.file import LedgerFile, Row
from recgate.domain.link import FIRST, Head
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.evidence_ports import Place, StoredEntry, StoredLink
from recgate.ports import LedgerRefused

_LEAST, _MOST = -(2**63), 2**63 - 1
"""What SQLite takes for a whole number."""

_LINKS_AT_ONCE, _ENTRIES_AT_ONCE = 250, 50
"""How many are read before others have their turn; an entry is some kilobytes, a link half one."""


def _bytes(column: str) -> str:
    return f"coalesce(CAST({column} AS BLOB), x'')"


def _name(column: str) -> str:
    """What is no text compares with none, so that readers do not find it: it is no name."""
    return (
        f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) "
        "WHEN 'null' THEN x'' ELSE x'ff' END"
    )


def _number(column: str) -> str:
    return f"CASE typeof({column}) WHEN 'integer' THEN {column} ELSE -1 END"


_CHAINS = """
    WITH RECURSIVE named (chain) AS (
        SELECT min(chain) FROM links
        UNION ALL
        SELECT (SELECT min(chain) FROM links WHERE chain > named.chain)
        FROM named WHERE chain IS NOT NULL
    )
    SELECT CAST(chain AS BLOB) FROM named WHERE chain IS NOT NULL
    UNION SELECT CAST(chain AS BLOB) FROM heads WHERE chain IS NOT NULL
"""  # a step for each chain, not for each link
_HEAD = f"""
    SELECT {_number("sequence")}, {_bytes("digest")} FROM {{table}} WHERE chain = CAST(? AS TEXT)
"""  # noqa: S608  put together from constants, as all below
_LINKS = f"""
    SELECT {{key}}, {_number("links.sequence")}, {_bytes("link")}, seals.chain IS NOT NULL,
        {_bytes("key_id")}, {_bytes("signature")}, {_bytes("sealed_at")}, {_bytes("archived_as")},
        {_bytes("version")}
    FROM links LEFT JOIN seals ON seals.chain = links.chain AND seals.sequence = links.sequence
    WHERE links.chain = CAST(? AS TEXT) AND
"""  # noqa: S608
_NEXT_LINKS = f"""
    {_LINKS.format(key="links.sequence")}
    links.sequence >= ? AND links.sequence > ? AND links.sequence < ''
    ORDER BY links.sequence LIMIT {_LINKS_AT_ONCE}
"""
# Text and bytes sort behind all numbers. Nothing says where they belong; they come last.
_LINKS_WITHOUT_NUMBER = f"""
    {_LINKS.format(key="NULL")}
    links.sequence >= '' ORDER BY links.sequence LIMIT {_LINKS_AT_ONCE} OFFSET ?
"""
_ENTRIES = f"""
    SELECT entries.rowid, {_name("entries.stream")}, {_number("entries.position")},
        {_name("kind")}, {_name("key")}, {_name("recorded_at")}, {_bytes("body")}, {{link}}
    WHERE
"""
_LINKED = _ENTRIES.format(
    link=f"""CAST(links.chain AS BLOB), {_number("links.sequence")} FROM entries LEFT JOIN links
        ON links.stream = entries.stream AND links.position = entries.position"""
)
_UNLINKED = _ENTRIES.format(link="NULL, NULL FROM entries")
_AT = "entries.stream = CAST(? AS TEXT) AND entries.position = ?"
_NEXT_ENTRIES = f"entries.rowid >= ? ORDER BY entries.rowid LIMIT {_ENTRIES_AT_ONCE}"

_HAS_LINK = "SELECT 1 FROM links WHERE chain = ? AND sequence = ?"
_SEAL = """
    INSERT INTO seals SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
    WHERE NOT EXISTS (SELECT 1 FROM seals WHERE chain = ?1 AND sequence = ?2)
"""
_MARK = """
    INSERT INTO sealed_to SELECT ?1, ?2, ?3
    WHERE NOT EXISTS (SELECT 1 FROM sealed_to WHERE chain = ?1)
"""
_MOVE_MARK = "UPDATE sealed_to SET sequence = ?2, digest = ?3 WHERE chain = ?1 AND sequence < ?2"


class SqliteEvidence:
    """What a ledger's file keeps for `recgate.evidence_ports.Evidence`.

    A file that could not be given chains (see `LedgerFile`) has none, and no entry has a link.
    """

    _file: LedgerFile

    def chains(self) -> Sequence[str]:
        """The names of the chains, sorted. Raises LedgerUnavailable, LedgerRefused."""
        return sorted({_text(name) for (name,) in self._chain_rows(_CHAINS)})

    def head(self, chain: str) -> Head | None:
        """The end of the chain. Raises LedgerUnavailable, LedgerRefused."""
        return self._head_in("heads", chain)

    def links(self, chain: str, first: int = FIRST) -> Iterator[StoredLink]:
        """The links of a chain in order. Raises LedgerUnavailable, LedgerRefused."""
        if first > _MOST:
            return
        name, first, after = _blob(chain), max(first, _LEAST), float("-inf")
        while page := self._chain_rows(_NEXT_LINKS, name, first, after):
            yield from (_link(chain, row) for row in page)
            after = page[-1][0]
        for start in count(0, _LINKS_AT_ONCE):
            page = self._chain_rows(_LINKS_WITHOUT_NUMBER, name, start)
            yield from (_link(chain, row) for row in page)
            if len(page) < _LINKS_AT_ONCE:
                return

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        """The entries at these places. Raises LedgerUnavailable, LedgerRefused."""
        found: dict[Place, StoredEntry] = {}
        for place in places:
            if _is_place(place):
                stream, position = place
                for row in self._entry_rows(_AT, _blob(stream), position):
                    found[place] = _entry(row)
        return found

    def every_entry(self) -> Iterator[StoredEntry]:
        """Every entry, in the order of writing. Raises LedgerUnavailable, LedgerRefused."""
        first = _LEAST
        while page := self._entry_rows(_NEXT_ENTRIES, first):
            yield from (_entry(row) for row in page)
            first = page[-1][0] + 1
            if first > _MOST:
                return

    def bent(self) -> Sequence[str]:
        """Tables that are not made as recgate makes them, and indexes that are not recgate's.

        Raises LedgerUnavailable, LedgerRefused.
        """
        return foreign_definitions(self._file)

    def links_all(self) -> bool:
        """A file gets its chains with a link for every entry. Raises LedgerUnavailable,
        LedgerRefused.
        """
        return self._file.has_chains(
            failure=f"cannot read the chains of the ledger {self._file.path}"
        )

    def sealed_to(self, chain: str) -> Head | None:
        """Up to where every link was sealed. Raises LedgerUnavailable, LedgerRefused."""
        return self._head_in("sealed_to", chain)

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        """Keep the seal of a link; the first one stays, which gives False.

        Raises LedgerUnavailable; LedgerRefused where there is no such link, too.
        """
        where = f"the seal of link {sequence} of the chain {chain!r} in the ledger"
        failure = f"cannot keep {where} {self._file.path}"
        signature = seal.signature
        with self._file.writing(failure) as connection:
            if connection.execute(_HAS_LINK, (chain, sequence)).fetchone() is None:
                raise LedgerRefused(f"{failure}: there is no such link")
            row = (chain, sequence, signature.key_id, signature.value)
            told = (seal.sealed_at, seal.archived_as, seal.version)
            return connection.execute(_SEAL, (*row, *told)).rowcount == 1

    def move_sealed(self, chain: str, head: Head) -> None:
        """Every link up to this one is sealed. Raises LedgerUnavailable, LedgerRefused."""
        failure = f"cannot mark what is sealed of the chain {chain!r} in {self._file.path}"
        with self._file.writing(failure) as connection:
            mark = (chain, head.sequence, head.digest)
            connection.execute(_MOVE_MARK, mark)
            connection.execute(_MARK, mark)

    def _head_in(self, table: str, chain: str) -> Head | None:
        for sequence, digest in self._chain_rows(_HEAD.format(table=table), _blob(chain)):
            return Head(sequence, _text(digest))
        return None

    def _chain_rows(self, query: str, *arguments: str | bytes | float) -> list[Row]:
        failure = f"cannot read the chains of the ledger {self._file.path}"
        if not self._file.has_chains(failure=failure):
            return []
        return self._file.rows(query, arguments, failure=failure)

    def _entry_rows(self, which: str, *arguments: str | bytes | float) -> list[Row]:
        failure = f"cannot read the entries of the ledger {self._file.path}"
        query = _LINKED if self._file.has_chains(failure=failure) else _UNLINKED
        return self._file.rows(query + which, arguments, failure=failure)


def _blob(text: str) -> bytes:
    """As it is bound, so that a lone surrogate in it is looked for and not stumbled over."""
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes) -> str:
    """The text; bytes that are none are told one by one, in hexadecimal."""
    return stored.decode("utf-8", "backslashreplace")


def _is_place(place: Place) -> bool:
    """Whether an entry may stand there; a place that was read from a link may be anything."""
    stream, position = place
    return type(stream) is str and type(position) is int and _LEAST <= position <= _MOST


def _link(chain: str, row: Row) -> StoredLink:
    _, sequence, document, is_sealed, key_id, signature, *rest = row
    seal = None
    if is_sealed:
        seal = Seal(Signature(_text(key_id), signature), *map(_text, rest))
    return StoredLink(chain, sequence, document, seal)


def _entry(row: Row) -> StoredEntry:
    _, stream, position, kind, key, recorded_at, body, chain, sequence = row
    is_linked = chain is not None
    return StoredEntry(
        _text(stream),
        position,
        _text(kind),
        _text(key),
        _text(recorded_at),
        body,
        _text(chain) if is_linked else None,
        sequence if is_linked else None,
    )
