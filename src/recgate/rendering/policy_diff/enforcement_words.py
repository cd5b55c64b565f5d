"""From which day a failure counts, and what another day means, in words."""

from datetime import date, timedelta

from recgate.domain.policy import Mode, Policy
from recgate.domain.policy_change_detail import Enforcement

_EITHER_WAY = "the gate is closed under both"


def enforcement_words(change: Enforcement) -> str:
    """What is another now: the mode, the day, or both."""
    told, meaning = f"is {_when(change.new)}, was {_when(change.old)}", _meaning(change)
    return f"{told}: {meaning} ({_EITHER_WAY})" if meaning else f"{told}: without effect"


def _when(policy: Policy) -> str:
    day = policy.enforce_from
    if policy.mode is Mode.OBSERVE:
        return f"only observed (mode: observe; enforce_from {day})" if day else "only observed"
    return f"enforced from {day}" if day else "enforced"


def _meaning(change: Enforcement) -> str:
    """Which failures have another word now; empty for none."""
    old, new = _first_day(change.old), _first_day(change.new)
    if old == new:
        return ""
    if new < old:
        return f"a failure{_span(new, old)} is FAIL, and was WOULD_FAIL"
    return f"a failure{_span(old, new)} is WOULD_FAIL, and was FAIL"


def _first_day(policy: Policy) -> date:
    """The first day on which a failure counts; `date.max` for never, `date.min` for always."""
    if policy.mode is Mode.OBSERVE:
        return date.max
    return policy.enforce_from or date.min


def _span(first: date, end: date) -> str:
    """The days from the first up to the end, without it."""
    if end == date.max:
        return "" if first == date.min else f" from {first} on"
    last = end - timedelta(days=1)
    return f" until {last}" if first == date.min else f" from {first} to {last}"
