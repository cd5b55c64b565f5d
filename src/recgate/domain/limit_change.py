"""One change of one limit of a policy: a number moved, a name allowed."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from recgate.domain.catalogue import Direction
from recgate.domain.limits import Finding, Limit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.reading import SIGNIFICANT_DIGITS, comparable
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome

HIGHEST = {"max_cpu_utilization_pct": 20_000.0, "max_memory_utilization_pct": 100.0}
"""The highest number that the policy language takes, where there is one that a value may pass."""

Weight = tuple[int, int, float]
"""How much is changed: limits, of them those on names, and the relative moves of the others."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of ``limit`` under ``require`` of ``policy``.

    ``to`` is the new number that fails beyond it, and ``now`` that of today; for a limit on names
    both are None, ``allow`` are those to add to its allow and ``undeny`` those to take out of its
    deny.
    """

    policy: str
    limit: str
    direction: Direction | None = None
    now: float | None = None
    to: float | None = None
    allow: tuple[str, ...] = ()
    undeny: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """How far the number moves as a share of itself; None for names, infinite from 0."""
        if self.now is None or self.to is None:
            return None
        return abs(self.to - self.now) / abs(self.now) if self.now else math.inf


def cure(policy: str, limit: Limit, finding: Finding) -> Change | None:
    """The smallest change of a limit after which what failed it passes.

    None where no change of it does: what is missing, a field of the job, a number that the
    policy language does not take.
    """
    value = finding.observed
    if finding.outcome is not Outcome.FAIL or value is None:
        return None
    if isinstance(limit, NumericLimit) and not isinstance(value, str):
        to = comparable(value)
        if limit.fail is None or to > HIGHEST.get(limit.name, math.inf):
            return None
        return Change(policy, limit.name, limit.spec.direction, now=limit.fail, to=to)
    if isinstance(limit, SetLimit) and isinstance(value, str):
        return Change(
            policy,
            limit.name,
            allow=() if limit.allow is None or value in limit.allow else (value,),
            undeny=(value,) if value in limit.deny else (),
        )
    return None


def changed(limit: Limit, change: Change) -> Limit:
    """The limit with the change made. A warning is moved along where it would lie beyond."""
    if isinstance(limit, NumericLimit) and change.to is not None:
        warn = limit.warn
        if warn is not None:
            at_most = limit.spec.direction is Direction.AT_MOST
            warn = min(warn, change.to) if at_most else max(warn, change.to)
        return NumericLimit(limit.spec, warn, change.to, limit.on_missing)
    if isinstance(limit, SetLimit):
        allow = None if limit.allow is None else limit.allow.union(change.allow)
        return replace(limit, allow=allow, deny=limit.deny.difference(change.undeny))
    return limit


def smaller(change: Change) -> Iterator[tuple[Change, ...]]:
    """The change by one last significant digit less, or by one name less; empty for no name."""
    if change.to is not None:
        yield (replace(change, to=stricter(change.to, change.direction)),)
    for name in dict.fromkeys((*change.allow, *change.undeny)):
        allow = tuple(each for each in change.allow if each != name)
        undeny = tuple(each for each in change.undeny if each != name)
        yield (replace(change, allow=allow, undeny=undeny),) if allow or undeny else ()


def stricter(value: float, direction: Direction | None) -> float:
    """The number one last significant digit to the side on which more fails."""
    number = Decimal(repr(comparable(value)))
    place = (number.adjusted() if number else 0) - SIGNIFICANT_DIGITS + 1
    step = Decimal(1).scaleb(place)
    return float(number + step if direction is Direction.AT_LEAST else number - step)


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change for each limit: as far as the farthest of them."""
    made: dict[tuple[str, str], Change] = {}
    for change in changes:
        known = made.setdefault((change.policy, change.limit), change)
        made[change.policy, change.limit] = replace(
            known,
            to=_farthest(known, change),
            allow=tuple(sorted({*known.allow, *change.allow})),
            undeny=tuple(sorted({*known.undeny, *change.undeny})),
        )
    return tuple(made.values())


def _farthest(one: Change, other: Change) -> float | None:
    if one.to is None or other.to is None:
        return one.to
    pick = min if one.direction is Direction.AT_LEAST else max
    return pick(one.to, other.to)


def weight(changes: Sequence[Change]) -> Weight:
    """How much is changed, to find the smallest: by the same measure as the nearest miss."""
    shares = [change.share for change in changes]
    moved = [share for share in shares if share is not None and math.isfinite(share)]
    return len(shares), len(shares) - len(moved), sum(moved)
