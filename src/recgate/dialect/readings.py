"""From a figure as SageMaker reports it to a number or "missing", once, at the edge."""

import math
from collections.abc import Mapping

from recgate.domain.canonical import Json
from recgate.domain.reading import Reading, Source, comparable

IMPLAUSIBLE_USERS = 1000.0
"""Little's law: ``MaxInvocations / 60 × latency in seconds`` is the number of concurrent users.

It is 0.4 to 31 on every published result in milliseconds, and 2,800 to 10,000 on those of the
2021 preview, which are in microseconds.
"""


def reading(raw: Json, source: Source = Source.DESCRIBE, *, scale: float = 1.0) -> Reading:
    """What a figure counts as: ``raw × scale``, or missing.

    Missing are absent, null, NaN in all its forms, infinite, negative, and anything that is
    not a number: a string of digits is not one, because SageMaker never sends one.
    """
    number, missing = _number(raw)
    if number is None:
        return Reading(None, raw, source, missing)
    scaled = number * scale
    if not math.isfinite(scaled):
        return Reading(None, raw, source, "infinite")
    return Reading(comparable(scaled), raw, source)


def price(raw: Json, *, scale: float = 1.0) -> Reading:
    """As `reading`, and a price of zero is missing too: nothing that runs is free."""
    found = reading(raw, scale=scale)
    if found.value == 0:
        return Reading(None, raw, found.source, "zero, which is no price")
    return found


def gain_pct(better: float | None, worse: float | None) -> Reading:
    """``(worse - better) / worse`` in percent; negative when it is a loss.

    Missing when either side is missing or the comparison is with zero.
    """
    if better is None or worse is None:
        return Reading(None, None, Source.DERIVED, "one side of the comparison was not reported")
    if worse == 0:
        return Reading(None, None, Source.DERIVED, "the existing endpoint's figure is 0")
    gain = (worse - better) / worse * 100
    return Reading(comparable(gain), gain, Source.DERIVED)


def concurrent_users(invocations_per_minute: float | None, latency_ms: float | None) -> float:
    """Little's law; 0 when a side is missing."""
    if invocations_per_minute is None or latency_ms is None:
        return 0.0
    return invocations_per_minute / 60 * latency_ms / 1000


def _number(raw: Json) -> tuple[float | None, str]:
    if raw is None:
        return None, "not reported"
    if isinstance(raw, Mapping):
        marked = raw.get("missing")
        return None, str(marked) if marked else "not a number"
    if isinstance(raw, str) and raw.strip().lower() in ("nan", "-nan", "+nan"):
        return None, "NaN"
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None, f"not a number: {str(raw)[:40]!r}"
    try:
        number = float(raw)
    except OverflowError:
        return None, "infinite"
    if math.isnan(number):
        return None, "NaN"
    if math.isinf(number):
        return None, "infinite"
    if number < 0:
        return None, f"negative: {raw}"
    return number, ""
