"""The ledger over one SQLite file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from recgate.adapters.sqlite_ledger.decisions import SqliteDecisions, stored_entry
from recgate.adapters.sqlite_ledger.evidence import SqliteEvidence
from recgate.adapters.sqlite_ledger.file import LedgerFile
from recgate.adapters.sqlite_ledger.writing import NewEntry, write
from recgate.dialect.ledger_entry import encoded
from recgate.domain.chain import LOCAL, is_chain
from recgate.ports import Clock, Entry, LedgerRefused

_SELECT = """
    SELECT position, kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE stream = CAST(? AS TEXT) ORDER BY position
"""


def _now() -> datetime:
    return datetime.now(UTC)


class SqliteLedger(SqliteDecisions, SqliteEvidence):
    """Streams in one SQLite file, or in memory for the path ``:memory:``.

    Any number of threads may use one ledger, and any number of processes one file. A process
    that forks must open it afterwards.
    ``busy_timeout_s`` is how long to wait in seconds for another process that is writing.
    ``home`` is the chain of what is about no job of an account (see `recgate.domain.chain`).
    A file that was written by a recgate without chains gets them when it is opened: its entries
    are linked, as adopted at the time that ``clock`` says. Where that is not possible now (it
    may only be read, somebody else holds it, the disk is full) it can be read all the same, and
    the next append or opening tries again.
    Raises LedgerRefused for a file that is no ledger of this version or cannot be written,
    LedgerUnavailable when it stays locked. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        busy_timeout_s: float = 10.0,
        home: str = LOCAL,
        clock: Clock = _now,
    ) -> None:
        if not str(path):
            # SQLite would open a temporary file and forget it.
            raise LedgerRefused("the ledger has an empty path: name a file, or ':memory:'")
        if not is_chain(home):
            raise LedgerRefused(
                f"cannot open the ledger {path}: its home is {home!r}, and must be "
                f"ACCOUNT/REGION or {LOCAL!r}"
            )
        self._file = LedgerFile(str(path), busy_timeout_s=busy_timeout_s, home=home, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. What ``:memory:`` held is gone."""
        self._file.close()

    def read(self, stream: str) -> Sequence[Entry]:
        """All entries of the stream in order. Raises LedgerUnavailable, LedgerRefused."""
        rows = self._file.rows(
            _SELECT,
            (stream.encode("utf-8", "surrogatepass"),),
            failure=f"cannot read {stream!r} in the ledger {self._file.path}",
        )
        return tuple(stored_entry(self._file, stream, at, row) for at, row in enumerate(rows))

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Write the entry at the end of the stream, which must be ``position``, and its link.

        Raises PositionTaken, LedgerUnavailable; LedgerRefused for a gap too.
        """
        self.append_all([(stream, position, entry)])

    def append_all(self, entries: Sequence[tuple[str, int, Entry]]) -> None:
        """Write the entries, each as `append` does, in one transaction: all of them or none.

        Raises as `append` does, for the first that cannot be written.
        """
        made = [self._new(*each) for each in entries]
        if not made:
            return
        more = f" and {len(made) - 1} more" if len(made) > 1 else ""
        with self._file.writing(f"cannot write {made[0].where}{more}") as connection:
            write(connection, self._file.home, made)

    def adopt(self, at: datetime) -> int:
        """Link every entry that has no link, as adopted at this time; gives how many they were.
        The index of decisions by model is made anew if somebody has changed it.

        Raises LedgerUnavailable, LedgerRefused.
        """
        failure = f"cannot link the entries of the ledger {self._file.path}"
        return self._file.adopt(at, failure=failure)

    def _new(self, stream: str, position: int, entry: Entry) -> NewEntry:
        where = f"entry {position} ({entry.kind}) of {stream!r} in the ledger {self._file.path}"
        recorded_at, body = encoded(stream, position, entry, where=where)
        return NewEntry(stream, position, entry, recorded_at, body, where)
