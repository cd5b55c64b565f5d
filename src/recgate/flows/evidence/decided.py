"""What a verification remembers of every decision in the chains, to look for it in the index.

48 bytes a decision, and some hundred for each day and each model: a million of them take 50 MB.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from recgate.domain.link import Link
from recgate.domain.model_name import model_name
from recgate.flows.evidence.marks import mark_of
from recgate.flows.evidence.record_look import Look, document_in
from recgate.flows.job_stream import DECISION
from recgate.ports import Recorded, job_stream

_DIGITS = 12
"""Digits of a key by which a decision can be found (`recgate.ports.DecisionIndex.find`)."""

_KEY = re.compile(rf"[0-9a-f]{{{_DIGITS},64}}")
_NO_KEY = (1 << 64) - 1
_SEQUENCE_BITS = 53
_SEQUENCES = (1 << _SEQUENCE_BITS) - 1
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as it is remembered. ``mark`` is that of the entry (`mark_of_entry`), ``since``
    when it was recorded, or linked later.
    """

    chain: str
    sequence: int
    mark: int
    at: datetime
    since: datetime


class DecidedList:
    """The decisions, each at its number from 0, and those of each day and of each model."""

    def __init__(self) -> None:
        self._chains: list[str] = []
        self._places, self._marks, self._keys = array("Q"), array("Q"), array("Q")
        self._times = array("q")
        self._adopted: dict[str, datetime] = {}
        self._days: dict[date, array[int]] = {}
        self._models: dict[str, array[int]] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def __getitem__(self, number: int) -> Decided:
        place = self._places[number]
        chain, at = self._chains[place >> _SEQUENCE_BITS], self.at(number)
        return Decided(
            chain,
            place & _SEQUENCES,
            self._marks[number],
            at,
            max(at, self._adopted.get(chain, at)),
        )

    def take(self, look: Look) -> None:
        """A sound record of a chain; it is remembered when it is a decision about a job."""
        link, entry = look.link, look.entry
        if link is None or entry is None or not is_decision(link.stream, link.kind):
            return
        try:
            at = link.at.astimezone(UTC)
        except OverflowError:  # no time in UTC: recgate never wrote that
            return
        number = len(self._marks)
        self._places.append(self._chain(look.stored.chain) << _SEQUENCE_BITS | look.sequence)
        self._marks.append(_mark(link.stream, link.key, at))
        self._times.append((at - _EPOCH) // _MICROSECOND)
        has_key = _KEY.fullmatch(link.key)
        self._keys.append(int(link.key[:_DIGITS], 16) if has_key else _NO_KEY)
        self._days.setdefault(at.date(), array("Q")).append(number)
        model = model_name(document_in(entry.body))
        if model is not None:
            self._models.setdefault(model, array("Q")).append(number)
        self._note_adoption(link)

    def at(self, number: int) -> datetime:
        """When a decision was recorded, UTC."""
        return _EPOCH + self._times[number] * _MICROSECOND

    def mark(self, number: int) -> int:
        """The mark of a decision's entry."""
        return self._marks[number]

    def numbered(self, marks: frozenset[int]) -> Mapping[int, int]:
        """The numbers of the decisions that have these marks."""
        return {mark: number for number, mark in enumerate(self._marks) if mark in marks}

    def is_of(self, model: str, number: int) -> bool:
        """Whether that decision is about the model."""
        numbers = self._models.get(model, array("Q"))
        place = bisect_left(numbers, number)
        return place < len(numbers) and numbers[place] == number

    def by_day(self) -> Iterator[tuple[date, Sequence[int]]]:
        """Each day in UTC that has decisions, with their numbers."""
        yield from self._days.items()

    def by_key(self) -> Iterator[tuple[str, Sequence[int]]]:
        """What decisions can be found by, with the numbers of those of one day: mostly one."""
        for of_day in self._days.values():
            with_key = [number for number in of_day if self._keys[number] != _NO_KEY]
            in_order = sorted(with_key, key=self._keys.__getitem__)
            for key, numbers in groupby(in_order, key=self._keys.__getitem__):
                yield f"{key:0{_DIGITS}x}", list(numbers)

    def by_model(
        self, most: int
    ) -> Iterator[tuple[str, datetime | None, datetime | None, Sequence[int]]]:
        """Each model with its decisions, by their times, mostly no more than ``most`` at once.

        What comes with them is since when and until when they are all that there are: None for
        the beginning and the end of time.
        """
        for model, numbers in self._models.items():
            in_order = sorted(numbers, key=self._times.__getitem__)
            since, left = None, _runs(in_order, self._times, most)
            run = next(left)
            for behind in left:
                until = self.at(behind[0])
                yield model, since, until, run
                since, run = until, behind
            yield model, since, None, run

    def _chain(self, name: str) -> int:
        if not self._chains or self._chains[-1] != name:  # one after the other
            self._chains.append(name)
        return len(self._chains) - 1

    def _note_adoption(self, link: Link) -> None:
        """What was adopted is in an index since then at the earliest, whenever it was recorded."""
        if link.adopted_at:
            try:
                at = datetime.fromisoformat(link.adopted_at).astimezone(UTC)
            except (ValueError, OverflowError):
                return
            self._adopted[link.chain] = max(at, self._adopted.get(link.chain, at))


def is_decision(stream: str, kind: str) -> bool:
    """Whether an entry is one that the index of decisions has to find."""
    return kind == DECISION and stream.startswith(job_stream(""))


def mark_of_entry(found: Recorded) -> int:
    """The mark of what an index gave."""
    return _mark(found.stream, found.entry.key, found.entry.recorded_at)


def _mark(stream: str, key: str, at: datetime) -> int:
    return mark_of((stream, key, at))


def _runs(numbers: Sequence[int], times: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    """The numbers, so many at once, and more where times are the same."""
    run: list[int] = []
    for _, at_once in groupby(numbers, key=times.__getitem__):
        together = list(at_once)
        if run and len(run) + len(together) > most:
            yield run
            run = []
        run += together
    yield run
