"""Amounts as people read them. Two different amounts never print alike."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recgate.domain.candidate import Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.job import Snapshot
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.reading import SIGNIFICANT_DIGITS, comparable

_FIXED_POINT_UP_TO = 1e12
_FIXED_POINT_FROM = 1e-6
"""Outside of these, an amount is written with an exponent: nobody counts zeros."""

_USD_DECIMALS = 2
_DIGITS = 3
"""Significant digits of an amount that is not money, unless it needs more to be told apart."""

_MANY_TIMES = 100
"""From this share on, "101 times the limit" is easier to grasp than a percentage."""

_LEAST_PERCENT = 0.001
_ALMOST_ALL = -99.4
"""A percentage below would be rounded to -100%, which says that nothing is left."""

UNITS = {spec.metric: spec.unit for spec in NUMERIC_LIMITS.values()}


def number(value: float, unit: str, *, more: int = 0) -> str:
    """The amount without its unit, with ``more`` decimals than it would usually have."""
    size = abs(value)
    if size and not _FIXED_POINT_FROM <= size < _FIXED_POINT_UP_TO:
        return f"{value:.{_DIGITS - 1 + more}e}"
    magnitude = math.floor(math.log10(size)) if size else 0
    if unit == "USD":
        # $0.17, but $0.087: two digits that mean something, however small the price.
        decimals = _USD_DECIMALS if size >= 0.1 or not size else 1 - magnitude
        return f"{value:,.{decimals + more}f}"
    text = f"{value:,.{max(_DIGITS - 1 - magnitude, 0) + more}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(written: str, unit: str) -> str:
    """A number, as `number` writes it, with its unit: ``$2.41``, ``129 ms``, ``300/min``."""
    if unit == "USD":
        return f"-${written[1:]}" if written.startswith("-") else f"${written}"
    if unit in ("", "%", "/min"):
        return written + unit
    return f"{written} {unit}"


def exact(value: float, unit: str) -> str:
    """The amount with every digit that counts in a comparison. What is not finite is said as it
    is: ``nan``, ``inf``.
    """
    if not math.isfinite(value):
        return str(value)
    rounded, more = comparable(value), 0
    while float(number(rounded, unit, more=more).replace(",", "")) != rounded:
        more += 1
    return with_unit(_without_lost(number(rounded, unit, more=more), value), unit)


def _without_lost(written: str, value: float) -> str:
    """The amount as it is written once it is rounded, without decimals that were rounded away:
    ``12,345,700`` for 12345678.9, and never ``12,345,700.00``.
    """
    rounded = comparable(value)
    if "." not in written or "e" in written or rounded == value:
        return written
    kept = max(SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(rounded))), 0)
    whole, _, decimals = written.partition(".")
    return f"{whole}.{decimals[:kept]}" if kept else whole


def distinct(values: Iterable[float], unit: str) -> dict[float, str]:
    """Each value (rounded to 6 digits) as `number` writes it, with decimals until all differ."""
    pending = {comparable(value) for value in values if math.isfinite(value)}
    written: dict[float, str] = {}
    for more in range(SIGNIFICANT_DIGITS + 1):
        alike: dict[float, list[float]] = {}
        for value in pending:
            written[value] = number(value, unit, more=more)
            alike.setdefault(float(written[value].replace(",", "")), []).append(value)
        pending = {value for same in alike.values() if len(same) > 1 for value in same}
        if not pending:
            break
    return written


def relative(value: float, limit: float) -> str:
    """How far the value lies from the limit: ``+61%``; empty where no share can be given."""
    if not limit or not math.isfinite(value) or not math.isfinite(limit):
        return ""
    share = (value - limit) / abs(limit)
    if share >= _MANY_TIMES and limit > 0:
        return f"{number(value / limit, '')} times the limit"
    percent = 100 * share
    if not percent:
        return "at the limit"
    if -100 < percent < _ALMOST_ALL:
        return f"{max(percent, -99.9):.1f}%"
    if abs(percent) >= 1:
        return f"{percent:+,.0f}%"
    sign = "+" if percent > 0 else "-"
    return f"{percent:+.1g}%" if abs(percent) >= _LEAST_PERCENT else f"{sign}<{_LEAST_PERCENT}%"


@dataclass(frozen=True, slots=True)
class Scale:
    """How the amounts of one decision are written, each the same way wherever it stands."""

    written: Mapping[Metric, Mapping[float, str]]

    def number(self, metric: Metric, value: float) -> str:
        """The amount without its unit."""
        known = self.written.get(metric, {}).get(comparable(value))
        written = known if known is not None else number(comparable(value), UNITS[metric])
        return _without_lost(written, value)

    def amount(self, metric: Metric, value: float) -> str:
        """The amount with its unit."""
        return with_unit(self.number(metric, value), UNITS[metric])


def scale_of(decision: Decision) -> Scale:
    """The scale on which every figure and every threshold of the decision can be told apart."""
    return scale_of_judgements(decision.snapshot, decision.evaluation.judgements)


def scale_of_judgements(snapshot: Snapshot, judgements: Iterable[Judgement]) -> Scale:
    """The scale of the figures of a job and of the thresholds that it was judged by."""
    values: dict[Metric, list[float | None]] = {
        metric: [row.values[metric] for row in snapshot.candidates] for metric in Metric
    }
    for judgement in judgements:
        for limit in judgement.policy.limits:
            if isinstance(limit, NumericLimit):
                values[limit.spec.metric] += [limit.warn, limit.fail]
    for endpoint in snapshot.existing_endpoints:
        values[Metric.MODEL_LATENCY_MS].append(endpoint.model_latency.value)
        values[Metric.INVOCATIONS_PER_MINUTE].append(endpoint.invocations_per_minute.value)
    return Scale(
        {
            metric: distinct([each for each in found if each is not None], UNITS[metric])
            for metric, found in values.items()
        }
    )
