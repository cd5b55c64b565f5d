"""What would turn a verdict: which changes of limits open a closed gate, and how far they may be
tightened before an open one closes.

Every change that is proposed was tried (`recgate.domain.changed_evaluation`), and so was the
change that is one last digit smaller, which does not open the gate.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import Direction
from recgate.domain.changed_evaluation import can_be_tried, with_changes
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.limit_change import Change, cure, merged, smaller, weight
from recgate.domain.limits import Finding
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.reading import comparable
from recgate.domain.verdict import Verdict

_COMPARED = 300
"""So many choices of candidates are compared where several must comply; SageMaker's 10 rows give
252 at most.
"""

_TRIED = 50
"""So many sets of changes are tried, the smallest first; SageMaker's 10 rows propose 10."""

Curable = Mapping[int, tuple[Change, ...]]
"""The candidates of a judgement that changes of limits let in, by their place, with the changes."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What would let a candidate in: changes of limits, and what no change of a limit mends.

    ``obstacles`` are the findings that keep it out whatever number a limit has: a value that is
    missing, a field of the job. ``unjudged``: no limit exists for its kind.
    """

    changes: tuple[Change, ...] = ()
    obstacles: tuple[Finding, ...] = ()
    unjudged: bool = False

    @property
    def by_limits_alone(self) -> bool:
        """Whether changes of limits are enough."""
        return not self.obstacles and not self.unjudged


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that open the gate together, whom they let in, and the verdict that they give."""

    changes: tuple[Change, ...]
    lets_in: tuple[Candidate, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Headroom:
    """How far one limit may be tightened: at ``last`` the gate is open, a digit beyond closed.

    ``share`` is that distance as a share of the limit as it is: 0.3 for 30 %; infinite for a
    limit of 0.
    """

    policy: str
    limit: NumericLimit
    now: float
    last: float

    @property
    def share(self) -> float:
        """The distance as a share of the limit."""
        return abs(self.now - self.last) / abs(self.now) if self.now else math.inf


def needs(judgement: Judgement, place: int) -> Needs:
    """What would let one candidate in under one policy."""
    changes: list[Change] = []
    obstacles: list[Finding] = []
    for limit, finding in zip(judgement.policy.limits, judgement.findings(place), strict=True):
        if not finding.is_miss:
            continue
        change = cure(judgement.policy.name, limit, finding)
        if change is None:
            obstacles.append(finding)
        else:
            changes.append(change)
    met = not changes and not obstacles
    unjudged = met and not judgement.verdict_on(place).opens_gate
    return Needs(tuple(changes), tuple(obstacles), unjudged)


def ways_in(decision: Decision, *, most: int) -> tuple[Way, ...]:
    """The changes of limits that open a closed gate, the fewest and the smallest first.

    Each is as small as it can be: with one last digit less of it the gate stays closed. Empty
    for an open gate, and where no change of limits opens it.
    """
    if decision.verdict.opens_gate or not can_be_tried(decision):
        return ()
    curable = [_curable(judgement) for judgement in decision.evaluation.judgements]
    proposed = {
        changes: None
        for row in decision.snapshot.candidates
        if (changes := _to_let_in(row, decision, curable)) is not None
    }
    # The smallest of all always opens, and nothing smaller does: trying only some loses no answer.
    found = (
        Way(changes, _let_in(evaluation), evaluation.verdict)
        for changes in sorted(proposed, key=weight)[:_TRIED]
        if (evaluation := with_changes(decision, changes)).verdict.opens_gate
        and not any(
            with_changes(decision, less).verdict.opens_gate for less in _all_smaller(changes)
        )
    )
    return tuple(islice(found, most))


def _curable(judgement: Judgement) -> Curable:
    return {
        place: required.changes
        for place in range(len(judgement.candidates))
        if (required := needs(judgement, place)).by_limits_alone
    }


def _all_smaller(changes: tuple[Change, ...]) -> Iterator[tuple[Change, ...]]:
    """The changes with one of them a digit, or a name, smaller."""
    for place, change in enumerate(changes):
        for less in smaller(change):
            yield (*changes[:place], *less, *changes[place + 1 :])


def _to_let_in(
    row: Candidate, decision: Decision, curable: Sequence[Curable]
) -> tuple[Change, ...] | None:
    """The changes with which the row is let in by every policy that concerns it, and by others
    so many rows of theirs as they want. None where changes of limits are not enough.
    """
    changes: list[Change] = []
    concerned = False
    for judgement, mendable in zip(decision.evaluation.judgements, curable, strict=True):
        place = next((at for at, each in enumerate(judgement.candidates) if each is row), None)
        concerned = concerned or place is not None
        found = _fewest(judgement, mendable, place)
        if found is None:
            return None
        changes += found
    return tuple(changes) if concerned else None


def _fewest(judgement: Judgement, curable: Curable, place: int | None) -> tuple[Change, ...] | None:
    """The smallest changes with which enough rows comply with the policy, ``place`` among them."""
    needed = judgement.policy.candidates.at_least
    wanted = len(judgement.candidates) if needed is None else needed
    first = [] if place is None else [place]
    if not set(first) <= set(curable) or len(curable) < wanted:
        return None
    more = max(wanted - len(first), 0)
    others = (at for at in curable if at != place)
    nearest = sorted(others, key=lambda at: weight(curable[at])) if more else []
    choices = islice(combinations(nearest, more), _COMPARED)
    sets: list[tuple[Change, ...]] = [
        merged(change for at in (*first, *choice) for change in curable[at]) for choice in choices
    ]
    fewest = min(sets, key=lambda each: weight(each))
    names = [limit.name for limit in judgement.policy.limits]
    return tuple(sorted(fewest, key=lambda change: names.index(change.limit)))


def _let_in(evaluation: Evaluation) -> tuple[Candidate, ...]:
    """The candidates that open the gate under every policy that concerns them."""
    kept: dict[int, tuple[Candidate, bool]] = {}
    for judgement in evaluation.judgements:
        for place, row in enumerate(judgement.candidates):
            opens = judgement.verdict_on(place).opens_gate
            kept[id(row)] = row, opens and kept.get(id(row), (row, True))[1]
    return tuple(row for row, opens in kept.values() if opens)


def headroom(decision: Decision) -> tuple[Headroom, ...]:
    """How far each limit with a number may be tightened before an open gate closes, the least
    first. A limit that alone cannot close it is left out.
    """
    if not decision.verdict.opens_gate or not can_be_tried(decision):
        return ()
    found = [
        Headroom(judgement.policy.name, limit, limit.fail, last)
        for judgement in decision.evaluation.judgements
        for limit in judgement.policy.limits
        if isinstance(limit, NumericLimit)
        and limit.fail is not None
        and (last := _last(decision, judgement, limit, limit.fail)) is not None
    ]
    return tuple(sorted(found, key=lambda each: each.share))


def _last(
    decision: Decision, judgement: Judgement, limit: NumericLimit, now: float
) -> float | None:
    """The tightest value of a limit at which the gate stays open; None where it never closes."""

    def change(value: float) -> Change:
        return Change(judgement.policy.name, limit.name, limit.spec.direction, now=now, to=value)

    def opens(changes: Sequence[Change]) -> bool:
        return with_changes(decision, changes).verdict.opens_gate

    at_most = limit.spec.direction is Direction.AT_MOST
    now = comparable(now)
    measured = {row.values[limit.spec.metric] for row in judgement.candidates}
    within = {
        value
        for value in measured
        if value is not None and (value <= now if at_most else value >= now)
    }
    values = sorted({now, *within}, reverse=not at_most)
    if opens(next(smaller(change(values[0])))):
        return None
    # The tighter, the fewer comply: the first value that opens is found by halving.
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if opens([change(values[middle])]) else (middle + 1, high)
    return values[low]
