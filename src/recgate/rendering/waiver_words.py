"""Waivers in words: what is allowed, for whom, until when, and by whose word."""

from collections.abc import Iterable
from datetime import date

from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.verdict import Outcome
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_end import SOON_DAYS
from recgate.rendering.amounts import exact
from recgate.rendering.safe_text import clean

_NAME, _REASON, _SCOPE = 80, 200, 120


def bound_words(waiver: Waiver) -> str:
    """What is allowed: ``cost/hour up to $3.50``, ``instance family p5``."""
    spec = NUMERIC_LIMITS.get(waiver.limit)
    if spec is None:
        label = SET_LIMITS.get(waiver.limit, waiver.limit)
        return f"{clean(label, _NAME)} {clean(', '.join(sorted(waiver.allow)), _SCOPE)}"
    if waiver.up_to is not None:
        return f"{spec.label} up to {exact(waiver.up_to, spec.unit)}"
    return f"{spec.label} down to {exact(waiver.down_to or 0.0, spec.unit)}"


def day_words(day: date) -> str:
    """``31 Dec 2026``."""
    return f"{day.day} {day:%b %Y}"


def until_words(waiver: Waiver, today: date) -> str:
    """Until when it holds, and how long that is when it is soon: ``until 27 Nov 2026 (6 days
    left)``. The last day is included.
    """
    left = waiver.days_left(today)
    until = f"until {day_words(waiver.expires)}"
    if left < 1:
        return f"ended on {day_words(waiver.expires)}"
    if left == 1:
        return f"{until} (its last day)"
    return f"{until} ({left} days left)" if left <= SOON_DAYS else until


def scope_words(waiver: Waiver) -> str:
    """For whom: ``job_names checkout-ranker-*``. Of many patterns the widest come first."""
    conditions = [
        f"{condition.key} {', '.join(sorted(condition.patterns, key=_width))}"
        for condition in waiver.scope.conditions
    ]
    return clean("; ".join(conditions), _SCOPE)


def _width(pattern: str) -> tuple[bool, int]:
    """Globs before names, short ones before long ones: what is cut off must not be the ``*``."""
    return "*" not in pattern, len(pattern)


def people_words(waiver: Waiver) -> str:
    """By whose word: ``approved by ana, asked for by bo``."""
    return (
        f"approved by {clean(waiver.approved_by, _NAME)}, "
        f"asked for by {clean(waiver.requested_by, _NAME)}"
    )


def waiver_words(waiver: Waiver, today: date) -> str:
    """All of it in one line."""
    return (
        f"{clean(waiver.id, _NAME)}: {bound_words(waiver)} {until_words(waiver, today)}, "
        f"{people_words(waiver)}: {clean(waiver.reason, _REASON)}"
    )


def waiver_notes(decision: Decision) -> list[str]:
    """What a message about a decision says of waivers: those that allowed something, those that
    did not reach far enough, and those that are malformed and so did not count.
    """
    today, told = decision.judged_on, []
    for judgement in decision.evaluation.judgements:
        used = judgement.used_waivers
        told += [f"Waiver {waiver_words(waiver, today)}" for waiver in used]
        told += [
            f"Waiver {clean(waiver.id, _NAME)} does not reach: it allows {bound_words(waiver)}"
            for waiver in judgement.waivers
            if waiver not in used and waiver.limit in _failed_limits(judgement)
        ]
    broken = [
        f"A waiver that is malformed did not count: {each}" for each in decision.waiver_problems
    ]
    return told + broken


def used_waivers(judgements: Iterable[Judgement]) -> tuple[Waiver, ...]:
    """The waivers that allowed something, each once, in the order of the policies."""
    found = {waiver.id: waiver for judgement in judgements for waiver in judgement.used_waivers}
    return tuple(found.values())


def _failed_limits(judgement: Judgement) -> set[str]:
    """The limits that some configuration still fails."""
    return {
        limit.name
        for limit, column in zip(judgement.policy.limits, judgement.columns, strict=False)
        if Outcome.FAIL in column.values()
    }
