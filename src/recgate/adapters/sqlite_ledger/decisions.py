"""The decisions in a ledger's file, found by their day, their key and their model."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from recgate.adapters.sqlite_ledger.file import LedgerFile, Row
from recgate.dialect.decision_index import checked_beginning
from recgate.dialect.ledger_entry import decoded
from recgate.domain.model_name import model_name
from recgate.ports import Entry, LedgerRefused, Recorded

_DECISIONS = """
    SELECT stream, position, kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE kind = 'decision' AND stream >= 'job:' AND stream < 'job;' AND {column} >= ?
    AND {column} < ? ORDER BY recorded_at, stream, position
"""
BY_DAY = _DECISIONS.format(column="recorded_at")
BY_KEY = _DECISIONS.format(column="key")
# An entry that was taken out by force is noticed: it has no kind.
BY_MODEL = """
    SELECT found.stream, found.position, kind, key, entries.recorded_at, CAST(body AS BLOB)
    FROM decisions_by_model AS found
    LEFT JOIN entries ON entries.stream = found.stream AND entries.position = found.position
    WHERE model = CAST(? AS TEXT) AND found.recorded_at >= ? AND found.recorded_at < ?
    ORDER BY found.recorded_at, found.stream, found.position
"""

_BEHIND_A_DAY, _BEHIND_A_KEY = "U", "\U0010ffff"
"""What sorts behind every time of a day (``…T…``), and behind whatever else a key has."""
_BEGINNING, _END = "", "U"
"""What sorts before and behind every time."""


class SqliteDecisions:
    """What a ledger's file gives for `recgate.ports.DecisionIndex`."""

    _file: LedgerFile

    def decided_on(self, day: date) -> Sequence[Recorded]:
        """The decisions recorded on a day in UTC. Raises LedgerUnavailable, LedgerRefused."""
        first, behind = f"{day.isoformat()}T", day.isoformat() + _BEHIND_A_DAY
        return self._decisions(BY_DAY, first, behind)

    def find(self, decision: str) -> Sequence[Recorded]:
        """The decisions whose key begins so. Raises LedgerUnavailable, LedgerRefused."""
        beginning = checked_beginning(decision)
        return self._decisions(BY_KEY, beginning, beginning + _BEHIND_A_KEY)

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        """The decisions about a model. Raises LedgerUnavailable, LedgerRefused.

        In a file that could not be given chains (see `LedgerFile`) all decisions of that time
        are read.
        """
        span = _moment(since) or _BEGINNING, _moment(until) or _END
        if self._file.has_chains(failure=self._failure):
            return self._decisions(BY_MODEL, model.encode("utf-8", "surrogatepass"), *span)
        decided = self._decisions(BY_DAY, *span)
        return tuple(each for each in decided if model_name(each.entry.body) == model)

    @property
    def _failure(self) -> str:
        return f"cannot look for decisions in the ledger {self._file.path}"

    def _decisions(self, query: str, *arguments: str | bytes) -> Sequence[Recorded]:
        rows = self._file.rows(query, arguments, failure=self._failure)
        return tuple(
            Recorded(stream, stored_entry(self._file, stream, position, (position, *row)))
            for stream, position, *row in rows
        )


def stored_entry(file: LedgerFile, stream: str, index: int, row: Row) -> Entry:
    """The entry in a row of position, kind, key, time and body, which must be at ``index``.

    Raises LedgerRefused for what somebody bent.
    """
    position, kind, key, recorded_at, body = row
    where = f"entry {index} of {stream!r} in the ledger {file.path}"
    if position != index or kind is None:
        raise LedgerRefused(f"{where} is missing: keep the file, and restore a copy")
    try:
        return decoded(kind, key, recorded_at, body)
    except (ValueError, RecursionError) as error:
        raise LedgerRefused(
            f"{where} cannot be read ({error}): keep the file, and restore a copy"
        ) from error


def _moment(moment: datetime | None) -> str | None:
    """As the ledger writes times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else None
