"""The figures of a recommendation as plain numbers, without saying where each comes from.

What is plain (a number as SageMaker sends it) is read here; for everything else the readers of
`recgate.dialect.readings` and `recgate.dialect.measured` are asked, which say why it is missing.
"""

from collections.abc import Sequence
from math import inf
from typing import Any

from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES, measured_p99
from recgate.dialect.readings import IMPLAUSIBLE_USERS, concurrent_users, price, reading
from recgate.domain.candidate import Metric
from recgate.domain.canonical import Json
from recgate.domain.reading import SIGNIFICANT_DIGITS

_EXACT = 10**SIGNIFICANT_DIGITS
"""Whole numbers below this have no digit that rounding could take."""

_MILLION = 1e6

_COST, _PER_MILLION = int(Metric.COST_PER_HOUR_USD), int(Metric.COST_PER_MILLION_INFERENCES_USD)
_P99, _LATENCY = int(Metric.LATENCY_P99_MS), int(Metric.MODEL_LATENCY_MS)
_RATE, _COUNT = int(Metric.INVOCATIONS_PER_MINUTE), int(Metric.INSTANCE_COUNT)

_REPORTED = {
    Metric.INVOCATIONS_PER_MINUTE: "MaxInvocations",
    Metric.CPU_UTILIZATION_PCT: "CpuUtilization",
    Metric.MEMORY_UTILIZATION_PCT: "MemoryUtilization",
}
_SERVERLESS = {
    Metric.SERVERLESS_MEMORY_MB: "MemorySizeInMB",
    Metric.SERVERLESS_CONCURRENCY: "MaxConcurrency",
}
_METRICS = len(Metric)
_GAINS = {Metric.LATENCY_GAIN_OVER_EXISTING_PCT, Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT}

Figures = list[float | None]
"""One figure for each `Metric`, in its place; None: missing, or not asked for."""


class FiguresReader:
    """Reads the figures that a set of metrics asks for; the cost per hour is always read.

    ``asks_for_gains``: a comparison with an endpoint that was there before is among them, which
    is not read here.
    """

    def __init__(self, metrics: frozenset[Metric]) -> None:
        self._reported = [
            (int(metric), member) for metric, member in _REPORTED.items() if metric in metrics
        ]
        self._serverless = [
            (int(metric), member) for metric, member in _SERVERLESS.items() if metric in metrics
        ]
        self._per_million = Metric.COST_PER_MILLION_INFERENCES_USD in metrics
        self._count = Metric.INSTANCE_COUNT in metrics
        self._latency = Metric.MODEL_LATENCY_MS in metrics
        self._p99 = Metric.LATENCY_P99_MS in metrics
        self.asks_for_gains = bool(metrics & _GAINS)

    def of_row(self, metrics: dict[str, Any], endpoint: dict[str, Any]) -> Figures:
        """The figures of one recommendation, but for its P99."""
        figures: Figures = [None] * _METRICS
        cost = metrics.get("CostPerHour")
        if type(cost) is float and 0.0 < cost < inf:
            figures[_COST] = float(f"{cost:.6g}")
        elif cost is not None:
            figures[_COST] = price(cost).value
        for place, member in self._reported:
            figures[place] = number(metrics.get(member))
        if self._latency:
            figures[_LATENCY] = latency_ms(metrics)
        if self._per_million:
            figures[_PER_MILLION] = price(metrics.get("CostPerInference"), scale=_MILLION).value
        if endpoint.get("ServerlessConfig") is None:
            if self._count:
                figures[_COUNT] = number(endpoint.get("InitialInstanceCount"))
        elif self._serverless and type(config := endpoint["ServerlessConfig"]) is dict:
            for place, member in self._serverless:
                figures[place] = number(config.get(member))
        return figures

    def add_p99(self, figures: Sequence[Figures], ids: Sequence[str], measured: Json) -> None:
        """Put the measured P99 of each recommendation in its place."""
        if self._p99:
            for row, p99 in zip(figures, p99s(ids, measured), strict=True):
                row[_P99] = p99


def number(raw: Json) -> float | None:
    """As `recgate.dialect.readings.reading`, the number alone."""
    if type(raw) is float:
        # A NaN compares false, and so is missing.
        return float(f"{raw:.6g}") if 0.0 <= raw < inf else None
    if type(raw) is int and 0 <= raw < _EXACT:
        return float(raw)
    return None if raw is None else reading(raw).value


def latency_ms(metrics: dict[str, Any]) -> float | None:
    """The model latency; None where Little's law says that it is not in milliseconds."""
    latency = number(metrics.get("ModelLatency"))
    if latency is None:
        return None
    users = concurrent_users(number(metrics.get("MaxInvocations")), latency)
    return None if users > IMPLAUSIBLE_USERS else latency


def p99s(ids: Sequence[str], measured: Json) -> list[float | None]:
    """The measured P99 of each recommendation, None where it was not measured well enough."""
    rows = measured.get("rows") if isinstance(measured, dict) else None
    if not isinstance(measured, dict) or type(rows) is not list:
        return [measured_p99(measured, name).value for name in ids]
    minimum = measured.get("minimum_samples")
    needed = minimum if type(minimum) is int else DEFAULT_MINIMUM_SAMPLES
    by_id: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if type(row) is dict and type(name := row.get("recommendation")) is str:
            by_id.setdefault(name, row)
    found: list[float | None] = []
    for name in ids:
        measurement = by_id.get(name)
        if measurement is None:
            found.append(None)
            continue
        raw, samples = measurement.get("p99_ms"), measurement.get("samples")
        if type(raw) is float and type(samples) is int and needed <= samples < _EXACT > needed:
            found.append(float(f"{raw:.6g}") if 0.0 <= raw < inf else None)
        else:
            found.append(measured_p99(measured, name).value)
    return found
