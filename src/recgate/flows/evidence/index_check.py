"""The index of decisions held to the chains: what they have must be found, and nothing else.

Whoever takes a decision out of the index, or puts it under another name there, hides it from all
who look by day, by model or by key, and changes no record.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from recgate.flows.evidence.decided import DecidedList, is_decision, mark_of_entry
from recgate.flows.evidence.index_findings import Extra, Found, Way
from recgate.flows.evidence.marks import mark_of
from recgate.flows.evidence.record_look import Look
from recgate.ports import DecisionIndex, LedgerRefused, Recorded

INDEX_LAG = timedelta(minutes=5)
"""How long an index may take to follow the ledger (DynamoDB's mostly do within a second)."""

_WHILE_READ = timedelta(minutes=5)
"""How far the clocks of who records and of who verifies may be apart: what was recorded while the
chains were read may be in the index, and not in what was read.
"""

_AHEAD = timedelta(days=1)
"""No verification takes so long: what is of a later time was recorded by a clock that is wrong."""

_OF_A_MODEL, _QUESTIONS = 50, 4
"""Decisions of a model that are asked for in one question, and questions with whole decisions as
answers at once: a decision is some kilobytes, and ten times that in memory.
"""

_SINGLE_QUESTIONS = 256
"""Questions about one decision that are handed to the threads together."""

_NEVER = date(1, 1, 1)
_SEEDED = mark_of("nobody can know this before")
_NO_MODEL, _NO_KEY = f"no model {_SEEDED:016x}", f"{_SEEDED % 16**12:012x}"
"""What an index is asked for that it has nothing of, to see whether it answers at all."""


@dataclass(frozen=True, slots=True)
class _Question:
    """``asked`` names it for people, ``numbers`` are the decisions that must be found.
    ``model`` is the one that is asked for; ``is_whole``: nothing else may be found.
    """

    way: Way
    asked: str
    ask: Callable[[], Sequence[Recorded]]
    numbers: Sequence[int]
    model: str | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """``missing`` are the numbers of decisions; ``extras`` the mark and the name of others."""

    question: _Question
    missing: Sequence[int] = ()
    extras: Sequence[tuple[int, str]] = ()
    refusal: str = ""


class IndexCheck:
    """Takes every record of every chain, and asks the index when all of them are known.

    What it holds in memory is a `DecidedList`, and what it asks for, some decisions at a time;
    those of one day together, as whoever reads them has them. ``lag`` is how long the index may
    take to follow the ledger; zero for one that is written together with it.
    """

    def __init__(
        self, index: DecisionIndex, pool: Executor, now: datetime, *, lag: timedelta
    ) -> None:
        self._index = index
        self._pool = pool
        self._now = now
        self._lag = lag
        self.decided = DecidedList()

    def take(self, look: Look) -> None:
        """A sound record of a chain."""
        self.decided.take(look)

    def run(self) -> Found:
        """Ask for every decision in every way. Raises LedgerUnavailable."""
        found = Found()
        if not self.decided:
            return found
        ways = self._answering(found)
        extras: list[tuple[_Question, int, str]] = []
        for answer in self._answers(ways):
            question = answer.question
            if answer.refusal:
                found.refused.append((question.asked, answer.refusal))
            for number in answer.missing:
                found.hidden[number] = found.hidden.get(number, Way(0)) | question.way
            extras += [(question, *extra) for extra in answer.extras]
        known = self.decided.numbered(frozenset(mark for _, mark, _ in extras))
        for question, mark, name in extras:
            meant = known.get(mark)
            is_again = meant is not None and (
                meant in question.numbers
                or (question.model is not None and self.decided.is_of(question.model, meant))
            )
            asked = question.asked + (", twice or at another time" if is_again else "")
            found.extras.append(Extra(name, asked, meant, is_again))
        return found

    def _answering(self, found: Found) -> Way:
        """The ways in which the index can be asked at all."""
        probes: dict[Way, Callable[[], Sequence[Recorded]]] = {
            Way.DAY: lambda: self._index.decided_on(_NEVER),
            Way.MODEL | Way.TIME: lambda: self._index.of_model(_NO_MODEL),
            Way.KEY: lambda: self._index.find(_NO_KEY),
        }
        ways = Way(0)
        for way, ask in probes.items():
            try:
                ask()
            except LedgerRefused as refusal:
                found.silent.append(str(refusal))
            else:
                ways |= way
        return ways

    def _answers(self, ways: Way) -> Iterator[_Answer]:
        whole, single = self._whole_questions(), self._single_questions()
        for questions, together in ((whole, _QUESTIONS), (single, _SINGLE_QUESTIONS)):
            asked = (question for question in questions if question.way in ways)
            while batch := list(islice(asked, together)):
                yield from self._pool.map(self._answer, batch)

    def _whole_questions(self) -> Iterator[_Question]:
        for day, numbers in self.decided.by_day():
            ask = _by_day(self._index, day)
            yield _Question(Way.DAY, f"on {day}", ask, numbers, is_whole=True)
        for model, since, until, numbers in self.decided.by_model(_OF_A_MODEL):
            ask = _by_model(self._index, model, since, until)
            yield _Question(
                Way.MODEL, f"of the model {model!r}", ask, numbers, model, is_whole=True
            )

    def _single_questions(self) -> Iterator[_Question]:
        for key, numbers in self.decided.by_key():
            yield _Question(Way.KEY, f"of {key}", _by_key(self._index, key), numbers)
        for model, _, _, numbers in self.decided.by_model(1):  # each time for itself
            at = self.decided.at(numbers[0])
            ask = _by_model(self._index, model, at, _just_behind(at))
            yield _Question(Way.TIME, f"of the model {model!r} at {at}", ask, numbers)

    def _answer(self, question: _Question) -> _Answer:
        """Ask, and keep nothing but what is wrong. A thread's work."""
        try:
            found = question.ask()
        except LedgerRefused as refusal:
            return _Answer(question, refusal=str(refusal))
        except TypeError as error:  # times with and without a zone, by somebody's hand, in no order
            return _Answer(question, refusal=f"its answer has no order ({error})")
        wanted = Counter(map(self.decided.mark, question.numbers))
        extras: list[tuple[int, str]] = []
        for each in found:
            mark = mark_of_entry(each)
            if wanted[mark]:
                wanted[mark] -= 1
            elif question.is_whole and not (_is_one(each) and self._is_fresh(each)):
                extras.append((mark, _name(each)))
        return _Answer(question, list(self._missing(question.numbers, wanted)), extras)

    def _missing(self, numbers: Iterable[int], wanted: Counter[int]) -> Iterator[int]:
        for number in numbers if wanted.total() else ():
            decided = self.decided[number]
            if wanted[decided.mark]:
                wanted[decided.mark] -= 1
                if not (self._lag and self._is_of_now(decided.since, self._lag)):
                    yield number

    def _is_fresh(self, found: Recorded) -> bool:
        at = found.entry.recorded_at
        return at.utcoffset() is not None and self._is_of_now(at, _WHILE_READ)

    def _is_of_now(self, at: datetime, before: timedelta) -> bool:
        """Whether it was recorded while this goes on, or shortly before."""
        return self._now - before < at < self._now + _AHEAD


def _by_day(index: DecisionIndex, day: date) -> Callable[[], Sequence[Recorded]]:
    return lambda: index.decided_on(day)


def _by_key(index: DecisionIndex, key: str) -> Callable[[], Sequence[Recorded]]:
    return lambda: index.find(key)


def _by_model(
    index: DecisionIndex, model: str, since: datetime | None, until: datetime | None
) -> Callable[[], Sequence[Recorded]]:
    return lambda: index.of_model(model, since=since, until=until)


def _just_behind(at: datetime) -> datetime | None:
    """The next time that a ledger can tell from it; None at the end of time."""
    try:
        return at + timedelta(microseconds=1)
    except OverflowError:
        return None


def _is_one(found: Recorded) -> bool:
    return is_decision(found.stream, found.entry.kind)


def _name(found: Recorded) -> str:
    return f"{found.entry.kind} {found.entry.key[:16]!r} of {found.stream}"
