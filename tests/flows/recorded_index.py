"""A ledger and its index in memory, which count what they are asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from recgate.domain.model_name import model_name
from recgate.ports import Entry, Recorded


@dataclass
class CountingIndex:
    """Implements `recgate.ports.Ledger` and `DecisionIndex`. ``asked`` are the questions.

    ``hidden`` are keys of decisions that the index has not got yet.
    """

    streams: dict[str, list[Entry]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    hidden: set[str] = field(default_factory=set)

    def read(self, stream: str) -> Sequence[Entry]:
        self.asked[f"read {stream}"] += 1
        return tuple(self.streams.get(stream, ()))

    def append(self, stream: str, position: int, entry: Entry) -> None:
        assert position == len(self.streams.setdefault(stream, []))
        self.streams[stream].append(entry)

    def decided_on(self, day: date) -> Sequence[Recorded]:
        self.asked[f"day {day}"] += 1
        return [each for each in self._all() if each.entry.recorded_at.date() == day]

    def find(self, decision: str) -> Sequence[Recorded]:
        self.asked[f"key {decision}"] += 1
        return [each for each in self._all() if each.entry.key.startswith(decision)]

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        self.asked[f"model {model}"] += 1
        return [
            each
            for each in self._all()
            if model_name(each.entry.body) == model
            and (since is None or each.entry.recorded_at >= since)
            and (until is None or each.entry.recorded_at < until)
        ]

    def _all(self) -> list[Recorded]:
        """Every decision in the order of their times."""
        found = [
            Recorded(stream, entry)
            for stream, entries in self.streams.items()
            for entry in entries
            if entry.kind == "decision" and entry.key not in self.hidden
        ]
        return sorted(found, key=lambda each: each.entry.recorded_at)
