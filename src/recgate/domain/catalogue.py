"""The limits of the policy language, as data: each one's name, unit, direction and reach."""

from dataclasses import dataclass
from enum import StrEnum

from recgate.domain.candidate import EndpointKind, Metric


class Direction(StrEnum):
    """On which side of the limit the safe values lie."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """One numeric limit. ``only_for`` None means that it exists for both kinds of row."""

    name: str
    label: str
    unit: str
    direction: Direction
    metric: Metric
    only_for: EndpointKind | None = None


_AT_MOST, _AT_LEAST = Direction.AT_MOST, Direction.AT_LEAST
_REALTIME, _SERVERLESS = EndpointKind.REALTIME, EndpointKind.SERVERLESS

NUMERIC_LIMITS: dict[str, LimitSpec] = {
    spec.name: spec
    for spec in (
        LimitSpec("max_cost_per_hour_usd", "cost/hour", "USD", _AT_MOST, Metric.COST_PER_HOUR_USD),
        LimitSpec(
            "max_cost_per_million_inferences_usd",
            "cost per 1M inferences",
            "USD",
            _AT_MOST,
            Metric.COST_PER_MILLION_INFERENCES_USD,
        ),
        LimitSpec("max_latency_p99_ms", "latency P99", "ms", _AT_MOST, Metric.LATENCY_P99_MS),
        LimitSpec("max_model_latency_ms", "model latency", "ms", _AT_MOST, Metric.MODEL_LATENCY_MS),
        LimitSpec(
            "min_invocations_per_minute",
            "max invocations",
            "/min",
            _AT_LEAST,
            Metric.INVOCATIONS_PER_MINUTE,
        ),
        LimitSpec(
            "max_cpu_utilization_pct", "CPU utilization", "%", _AT_MOST, Metric.CPU_UTILIZATION_PCT
        ),
        LimitSpec(
            "max_memory_utilization_pct",
            "memory utilization",
            "%",
            _AT_MOST,
            Metric.MEMORY_UTILIZATION_PCT,
        ),
        LimitSpec(
            "max_instance_count", "instances", "", _AT_MOST, Metric.INSTANCE_COUNT, _REALTIME
        ),
        LimitSpec(
            "max_serverless_memory_mb",
            "serverless memory",
            "MB",
            _AT_MOST,
            Metric.SERVERLESS_MEMORY_MB,
            _SERVERLESS,
        ),
        LimitSpec(
            "max_serverless_concurrency",
            "serverless concurrency",
            "",
            _AT_MOST,
            Metric.SERVERLESS_CONCURRENCY,
            _SERVERLESS,
        ),
        LimitSpec(
            "min_latency_gain_over_existing_pct",
            "latency gain over the existing endpoint",
            "%",
            _AT_LEAST,
            Metric.LATENCY_GAIN_OVER_EXISTING_PCT,
        ),
        LimitSpec(
            "min_throughput_gain_over_existing_pct",
            "throughput gain over the existing endpoint",
            "%",
            _AT_LEAST,
            Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT,
        ),
    )
}

SET_LIMITS: dict[str, str] = {
    "instance_families": "instance family",
    "instance_types": "instance type",
}
"""Limits by name on what an instance is: name → label. They exist for real-time rows only."""

JOB_LIMITS = "job"
"""The key of the limits on any field of Describe."""
