"""The decisions in any ledger, day by day, each with the snapshot that it was made from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from recgate.domain.backtest import Answer, NotJudged
from recgate.domain.canonical import Json, digest
from recgate.flows.backtest_past import Past, RecordedAnswer
from recgate.flows.job_stream import SNAPSHOT
from recgate.ports import DecisionIndex, Ledger, RecgateError, Recorded


class DecidedWhole(Protocol):
    """What a record says was decided: see `recgate.dialect.backtest_record.Decided`."""

    @property
    def answer(self) -> Answer | None:
        """The answer."""
        ...

    @property
    def judged_on(self) -> date:
        """The day that it saw."""
        ...

    @property
    def snapshot_digest(self) -> str:
        """What it was made from."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """The last decision on each state of each job, decided from ``since`` up to before ``until``.

    Both are times in UTC. A ledger is asked for one day after the other, the last day first.
    """

    ledger: Ledger
    index: DecisionIndex
    read: Callable[[Mapping[str, Json]], DecidedWhole]
    since: datetime
    until: datetime

    def __iter__(self) -> Iterator[Past | NotJudged]:
        """Every one of them. Raises LedgerUnavailable, LedgerRefused."""
        seen: set[tuple[str, str]] = set()
        day = self.until.date()
        while day >= self.since.date():
            for recorded in reversed(self.index.decided_on(day)):
                if self.since <= recorded.entry.recorded_at < self.until:
                    yield from self._past(recorded, seen)
            day -= timedelta(days=1)

    def _past(self, recorded: Recorded, seen: set[tuple[str, str]]) -> Iterator[Past | NotJudged]:
        stream, entry = recorded.stream, recorded.entry
        try:
            found = self.read(entry.body)
        except RecgateError as problem:
            yield NotJudged(stream, str(problem))
            return
        state = (stream, found.snapshot_digest)
        if state in seen:
            return
        seen.add(state)
        for each in self.ledger.read(stream):
            if each.kind == SNAPSHOT and digest(each.body) == found.snapshot_digest:
                answer = None
                if found.answer is not None:
                    answer = RecordedAnswer(found.answer, lambda: entry)
                yield Past(stream, each.body, entry.recorded_at, found.judged_on, answer)
                return
        yield NotJudged(
            stream,
            f"the snapshot {found.snapshot_digest[:12]} that it was made from is not in the "
            "ledger, or was changed by hand: restore a copy",
        )
