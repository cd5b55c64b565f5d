"""Which change of a policy would let configurations in that it keeps out, in true digits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recgate.domain.catalogue import Direction
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding, Limit
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.reading import comparable
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.safe_text import clean

_NAME = 48
_STEP = 200
_WAIVED = ", or have it waived for a while (recgate waiver add)."
_FEW = 3
"""Changes that are told one by one; with more of them nobody would call it the same policy."""


@dataclass(frozen=True, slots=True)
class InQuestion:
    """The configurations that a judgement turns on, each with its findings that miss a limit."""

    places: tuple[int, ...]
    missed: tuple[tuple[Limit, Finding], ...]


def in_question(judgement: Judgement) -> InQuestion:
    """The configurations that must comply for the policy to be met, the nearest ones.

    One where one is enough, else the best so many of them, or all.
    """
    needed = judgement.policy.candidates.at_least
    nearest = nearest_miss(judgement) if needed == 1 else None
    if nearest is not None:
        rows = [
            place for place, row in enumerate(judgement.candidates) if row is nearest.candidate
        ][:1]
    else:
        rows = list(judgement.order[:needed])
    missed = [
        (limit, finding)
        for place in rows
        for limit, finding in zip(judgement.policy.limits, judgement.findings(place), strict=True)
        if finding.is_miss
    ]
    return InQuestion(tuple(rows), tuple(missed))


def change_steps(judgement: Judgement, question: InQuestion) -> tuple[str, ...]:
    """How to change the policy so that the configurations in question comply.

    Empty when no change of limits does it, or too many are needed.
    """
    changes = list(_changes(question.missed))
    if not changes or len(changes) > _FEW:
        return ()
    policy = clean(judgement.policy.name, _NAME)
    who = _who(judgement, question.places)
    whole = f"To accept {who}, {' and '.join(changes)} in policy {policy}"
    waivable = judgement.verdict is Verdict.FAIL and len(changes) == 1
    if waivable and len(f"{whole}{_WAIVED}") <= _STEP:
        return (f"{whole}{_WAIVED}",)
    if len(whole) < _STEP:
        return (f"{whole}.",)
    rest = f" (one of {len(changes)} changes)" if len(changes) > 1 else ""
    return tuple(f"{change[0].upper()}{change[1:]} in policy {policy}{rest}." for change in changes)


def _who(judgement: Judgement, places: Sequence[int]) -> str:
    if len(places) == 1:
        return clean(judgement.candidates[places[0]].configuration, _NAME)
    return f"{len(places)} configurations"


def _changes(missed: Iterable[tuple[Limit, Finding]]) -> Iterator[str]:
    """One for each limit that is broken; what is missing is not changed by a limit."""
    broken: dict[str, tuple[Limit, list[Finding]]] = {}
    for limit, finding in missed:
        if finding.outcome is Outcome.FAIL:
            broken.setdefault(limit.name, (limit, []))[1].append(finding)
    for limit, findings in broken.values():
        if isinstance(limit, NumericLimit):
            yield from _threshold(limit, findings)
        elif isinstance(limit, SetLimit):
            yield from _names(limit, findings)


def _threshold(limit: NumericLimit, findings: Sequence[Finding]) -> Iterator[str]:
    values = [comparable(each.observed) for each in findings if isinstance(each.observed, float)]
    if not values or limit.fail is None:
        return
    at_most = limit.spec.direction is Direction.AT_MOST
    value = max(values) if at_most else min(values)
    yield f"set {limit.name} to {digits(value)} (now {digits(limit.fail)})"


def _names(limit: SetLimit, findings: Sequence[Finding]) -> Iterator[str]:
    names = sorted({str(each.observed) for each in findings if each.observed is not None})
    denied = [name for name in names if name in limit.deny]
    outside = [name for name in names if limit.allow is not None and name not in limit.allow]
    if denied:
        yield f"take {clean(', '.join(denied), _NAME)} out of deny of {limit.name}"
    if outside:
        yield f"add {clean(', '.join(outside), _NAME)} to allow of {limit.name}"


def digits(value: float) -> str:
    """The number as a policy file has it: every digit that counts, no unit, no exponent."""
    text = format(Decimal(repr(comparable(value))), "f")
    return text.removesuffix(".0") if len(text) <= _NAME else repr(comparable(value))
