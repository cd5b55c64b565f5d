"""What the bars in the terminal show: cost per hour beside latency."""

from dataclasses import dataclass

from recgate.domain.candidate import Metric
from recgate.domain.job import ExistingEndpoint, Snapshot
from recgate.domain.reading import NOT_REPORTED, Reading
from recgate.rendering.amounts import Scale
from recgate.rendering.job_page.amounts import scale_for
from recgate.rendering.job_page.recommendations import existing_name, names_of

BARS_LIMIT = 20
_MISSING = "n/a"
_COST, _P99, _MODEL = Metric.COST_PER_HOUR_USD, Metric.LATENCY_P99_MS, Metric.MODEL_LATENCY_MS


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and how it is written; None of ``value``: missing, and no bar."""

    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """A configuration or an endpoint."""

    name: str
    cost: Bar
    latency: Bar

    @property
    def both(self) -> tuple[Bar, Bar]:
        """The bars in the order in which they stand."""
        return self.cost, self.latency


@dataclass(frozen=True, slots=True)
class Bars:
    """What to draw. ``more`` rows are not shown."""

    heading: str
    rows: tuple[BarRow, ...]
    more: int = 0


def bars_of(snapshot: Snapshot) -> Bars | None:
    """The bars, in the order of the table; None when nothing can be compared.

    The latency is the measured P99 where any recommendation has it, else ModelLatency; and
    ModelLatency beside an existing endpoint, of which SageMaker measures nothing else.
    """
    existing = [
        each for each in snapshot.existing_endpoints if each.model_latency.value is not None
    ]
    metric = _latency(snapshot, beside_endpoint=bool(existing))
    scale = scale_for(snapshot.candidates, existing)
    rows = [
        BarRow(
            name, _bar(row.readings[_COST], _COST, scale), _bar(row.readings[metric], metric, scale)
        )
        for name, row in zip(names_of(snapshot.candidates), snapshot.candidates, strict=True)
    ]
    if metric is _MODEL:
        rows += [_endpoint(each, scale) for each in existing]
    known = [sum(row.both[place].value is not None for row in rows) for place in (0, 1)]
    if max(known) <= 1:  # one bar compares nothing
        return None
    return Bars(
        heading=f"Cost per hour against {_said(metric, snapshot)}",
        rows=tuple(rows[:BARS_LIMIT]),
        more=max(len(rows) - BARS_LIMIT, 0),
    )


def _latency(snapshot: Snapshot, *, beside_endpoint: bool) -> Metric:
    measured = any(row.values[_P99] is not None for row in snapshot.candidates)
    return _P99 if measured and not beside_endpoint else _MODEL


def _said(metric: Metric, snapshot: Snapshot) -> str:
    if metric is _P99:
        return "the measured P99"
    if snapshot.existing_endpoints:
        return "ModelLatency (the existing endpoint has no P99)"
    return "ModelLatency (no P99 was measured)"


def _bar(reading: Reading, metric: Metric, scale: Scale) -> Bar:
    if reading.value is None:
        return Bar(None, _MISSING)
    return Bar(reading.value, scale.amount(metric, reading.value))


def _endpoint(endpoint: ExistingEndpoint, scale: Scale) -> BarRow:
    return BarRow(
        f"{existing_name(endpoint)} (existing)",
        _bar(NOT_REPORTED, _COST, scale),
        _bar(endpoint.model_latency, _MODEL, scale),
    )
