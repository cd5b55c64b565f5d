"""Checks of a response against itself: the 2021 preview, and figures that contradict each other."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from recgate.dialect.readings import concurrent_users, reading
from recgate.domain.candidate import Candidate, Metric
from recgate.domain.canonical import Json

COST_TOLERANCE = 0.005
"""Share by which ``CostPerInference`` may differ from ``CostPerHour / (60 × MaxInvocations)``.

The two agree exactly on every published exact sample; half a unit of the last digit printed is
allowed on top, because published tables are rounded.
"""


def preview_reason(rows: Sequence[Mapping[str, Json]]) -> str:
    """Why these recommendations are in the units of the 2021 preview; empty when they are not."""
    for row in rows:
        metrics, model = row.get("Metrics"), row.get("ModelConfiguration")
        metrics = metrics if isinstance(metrics, Mapping) else {}
        signs = [
            field
            for field, owner in (("MaximumInvocations", metrics), ("Compiled", model))
            if isinstance(owner, Mapping) and field in owner
        ]
        if not signs:
            continue
        rate = reading(metrics.get("MaximumInvocations", metrics.get("MaxInvocations"))).value
        users = concurrent_users(rate, reading(metrics.get("ModelLatency")).value)
        law = (
            f" ModelLatency {metrics.get('ModelLatency')} would mean {users:,.0f} concurrent users "
            "by Little's law if it were in milliseconds."
            if users
            else ""
        )
        return (
            f"{' and '.join(signs)} belong to the 2021 preview of Inference Recommender, whose "
            f"ModelLatency is in microseconds.{law} Run the job again to get figures that can be "
            "judged."
        )
    return ""


def warnings_of(
    rows: Sequence[Mapping[str, Json]], candidates: Sequence[Candidate]
) -> tuple[str, ...]:
    """What a reader of the record should know about the figures, one sentence each."""
    found = [warning for candidate in candidates if (warning := _cost_mismatch(candidate))]
    found.extend(
        f"{candidate.configuration}: ModelLatency {latency.raw} ignored, {latency.missing}"
        for candidate in candidates
        if (latency := candidate.readings[Metric.MODEL_LATENCY_MS]).missing.startswith("implaus")
    )
    return tuple(found)


def _cost_mismatch(candidate: Candidate) -> str:
    per_hour = candidate.values[Metric.COST_PER_HOUR_USD]
    per_million = candidate.readings[Metric.COST_PER_MILLION_INFERENCES_USD]
    rate = candidate.values[Metric.INVOCATIONS_PER_MINUTE]
    raw = per_million.raw
    if per_hour is None or per_million.value is None or not rate:
        return ""
    if not isinstance(raw, int | float):
        return ""
    expected = per_hour / (60 * rate)
    exponent = Decimal(repr(raw)).as_tuple().exponent
    half_digit = 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.0
    if abs(raw - expected) <= COST_TOLERANCE * expected + half_digit:
        return ""
    return (
        f"{candidate.configuration}: CostPerInference {raw:.4g} does not agree with CostPerHour / "
        f"(60 × MaxInvocations) = {expected:.4g}"
    )
