"""All decisions in a SQLite ledger with what they were made from, in one pass over the file.

`recgate.adapters.sqlite_ledger` reads whole entries, stream by stream; a record is three times as
large as its snapshot, and hardly any of it is needed to compare verdicts. Here SQLite takes out
of each record what is needed, and the rest is read for the few that differ.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from recgate.dialect.backtest_record import (
    Brief,
    Decided,
    RecordUnusable,
    decided,
    decided_whole,
)
from recgate.dialect.ledger_entry import decoded
from recgate.dialect.ledger_tables import APPLICATION_ID, SCHEMA_VERSION, UNCHAINED_VERSION
from recgate.dialect.sqlite_answers import port_error
from recgate.domain.backtest import NotJudged
from recgate.flows.backtest_past import Past, RecordedAnswer
from recgate.ports import Entry, LedgerRefused

_POLICIES = 3
"""So many judgements are taken out of a record by SQLite; records with more are read whole."""

_PATHS = ", ".join(
    f"'$.{path}'"
    for path in (
        *("schema", "verdict", "gate", "judged_on", "snapshot_digest"),
        *(
            f"judgements[{place}].{member}"
            for place in range(_POLICIES)
            for member in ("policy", "verdict", "chosen")
        ),
        f"judgements[{_POLICIES}].policy",
    )
)
_WITHIN = """
    SELECT DISTINCT stream FROM entries WHERE kind = 'decision'
    AND stream >= 'job:' AND stream < 'job;' AND recorded_at >= ? AND recorded_at < ?
"""
# Text that is no JSON would end the whole query; the body of a snapshot travels as bytes, because
# text of Python's cannot carry a lone surrogate.
_ENTRIES = f"""
    SELECT stream, position, kind, recorded_at, CASE kind
        WHEN 'snapshot' THEN CAST(body AS BLOB)
        ELSE CASE WHEN json_valid(body) THEN json_extract(body, {_PATHS}) END END
    FROM entries WHERE stream IN ({_WITHIN}) AND kind IN ('snapshot', 'decision')
    ORDER BY stream, position
"""  # noqa: S608  put together from constants
_COUNT = f"SELECT count(*) FROM ({_WITHIN})"  # noqa: S608
_ONE = """
    SELECT kind, key, recorded_at, CAST(body AS BLOB) FROM entries
    WHERE stream = ? AND position = ?
"""
_FIRST, _BEHIND = "", "U"
"""What sorts before and behind every time."""


class _Row(NamedTuple):
    position: int
    recorded_at: str
    body: bytes | str | None


class SqliteHistory:
    """The last decision on each state of each job, decided in a span of time.

    ``since`` and ``until`` (UTC) are None where there is no bound; ``until`` itself is excluded.
    Nothing is written. Close it, or use it as a context manager.
    Raises LedgerRefused for a file that is no ledger of this version, LedgerUnavailable.
    """

    def __init__(
        self, path: str | Path, *, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self._path = str(path)
        self._span = (_moment(since) or _FIRST, _moment(until) or _BEHIND)
        with self._reporting():
            self._connection = sqlite3.connect(self._path, isolation_level=None)
            try:
                self._prepare()
            except BaseException:  # whatever ends the opening: nothing stays open
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def jobs(self) -> int:
        """How many jobs there are. Raises LedgerUnavailable, LedgerRefused."""
        with self._reporting():
            (count,) = self._connection.execute(_COUNT, self._span).fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Past | NotJudged]:
        """Every one of them. Raises LedgerUnavailable, LedgerRefused."""
        with self._reporting():
            stream = ""
            snapshots: list[_Row] = []
            decisions: list[_Row] = []
            for name, position, kind, recorded_at, body in self._connection.execute(
                _ENTRIES, self._span
            ):
                if name != stream:
                    yield from self._pasts(stream, snapshots, decisions)
                    stream, snapshots, decisions = name, [], []
                row = _Row(position, recorded_at, body)
                (snapshots if kind == "snapshot" else decisions).append(row)
            yield from self._pasts(stream, snapshots, decisions)

    def _pasts(
        self, stream: str, snapshots: list[_Row], decisions: list[_Row]
    ) -> Iterator[Past | NotJudged]:
        last: dict[str, Past | NotJudged] = {}
        evidence = {
            hashlib.sha256(row.body).hexdigest(): row.body
            for row in snapshots
            if isinstance(row.body, bytes)
        }
        first, behind = self._span
        for row in decisions:
            if first <= row.recorded_at < behind:
                try:
                    found = self._decided(stream, row)
                except RecordUnusable as problem:
                    last[f"position {row.position}"] = NotJudged(stream, str(problem))
                else:
                    body = evidence.get(found.snapshot_digest)
                    last[found.snapshot_digest] = self._past(stream, row, found, body)
        yield from last.values()

    def _past(self, stream: str, row: _Row, found: Decided, body: bytes | None) -> Past | NotJudged:
        if body is None:
            return NotJudged(
                stream,
                f"the snapshot {found.snapshot_digest[:12]} that it was made from is not in the "
                "ledger, or was changed by hand: restore a copy",
            )
        if found.answer is None:
            raise RecordUnusable("its record does not say what was chosen")
        return Past(
            stream,
            json.loads(body.decode("utf-8", "surrogatepass")),
            datetime.fromisoformat(row.recorded_at),
            found.judged_on,
            RecordedAnswer(found.answer, partial(self._entry, stream, row.position)),
        )

    def _decided(self, stream: str, row: _Row) -> Decided:
        """What a record says. Raises RecordUnusable."""
        if row.body is None:
            raise RecordUnusable("its record is no JSON: it was changed by hand")
        values = json.loads(row.body)
        told = values[5:-1]
        choices = [
            (told[place], told[place + 1], told[place + 2])
            for place in range(0, len(told), 3)
            if told[place] is not None
        ]
        schema, verdict, gate, judged_on, evidence = values[:5]
        brief = Brief(schema, verdict, gate, judged_on, evidence, choices)
        found = None if values[-1] is not None else decided(brief)
        if found is None or found.answer is None:
            return decided_whole(self._entry(stream, row.position).body)
        return found

    def _entry(self, stream: str, position: int) -> Entry:
        with self._reporting():
            found = self._connection.execute(_ONE, (stream, position)).fetchone()
        try:
            return decoded(*found)
        except (ValueError, RecursionError, TypeError) as error:
            raise RecordUnusable(f"its record cannot be read ({error})") from error

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA query_only = ON")
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        # The entries are the same in both.
        if application != APPLICATION_ID or version not in (UNCHAINED_VERSION, SCHEMA_VERSION):
            raise LedgerRefused(
                f"cannot read the ledger {self._path}: it is no ledger of recgate with schema "
                f"version {UNCHAINED_VERSION} or {SCHEMA_VERSION}; name another file, or use the "
                "recgate that wrote it"
            )

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise port_error(error, f"cannot read the ledger {self._path}") from error


def _moment(moment: datetime | None) -> str | None:
    """As the ledger writes times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else None
