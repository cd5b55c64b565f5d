"""The recommendations of a job as a table, the existing endpoints as rows of their own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recgate.domain.candidate import Candidate, EndpointKind, Metric
from recgate.domain.job import ExistingEndpoint, Snapshot
from recgate.domain.reading import NOT_REPORTED, Reading
from recgate.rendering.amounts import Scale, number
from recgate.rendering.job_page.amounts import cell, scale_for
from recgate.rendering.job_page.parts import Figures, Heading, missing, missing_words, why_missing
from recgate.rendering.safe_text import clean, first
from recgate.rendering.words import NAME_LIMIT

ROWS_LIMIT = 50
"""SageMaker gives at most 10 recommendations; a recorded file may hold any number."""

_ENVIRONMENT = 400
_REASONS = 3
_NOT_MEASURED = "n/a"
_SERVERLESS_ONLY = "n/a (serverless only)"
_EXISTING_METRICS = (Metric.MODEL_LATENCY_MS, Metric.INVOCATIONS_PER_MINUTE)

CONFIGURATION = Heading(("Configuration",), is_figure=False)
ENVIRONMENT = Heading(("Environment",), is_figure=False)
_SETUP = Heading(("Setup", "time"), "µs")
_SAMPLES = Heading(("P99", "samples"))
METRICS = {
    Metric.COST_PER_HOUR_USD: Heading(("Cost", "/hour")),
    Metric.COST_PER_MILLION_INFERENCES_USD: Heading(("Cost", "/1M", "inf.")),
    Metric.MODEL_LATENCY_MS: Heading(("Model", "latency"), "ms"),
    Metric.LATENCY_P99_MS: Heading(("P99",), "ms"),
    Metric.INVOCATIONS_PER_MINUTE: Heading(("Max", "inv.", "/min")),
    Metric.CPU_UTILIZATION_PCT: Heading(("CPU",), "%"),
    Metric.MEMORY_UTILIZATION_PCT: Heading(("Memory",), "%"),
}

TOTALS = "Cost and invocations are those of all instances of a configuration together."
"""``CostPerHour`` and, in Advanced jobs, ``MaxInvocations`` are totals for the fleet, although
the API reference says "for the instance": 0.69 = 3 × 0.23 in published results.
"""

SETUP_UNIT = (
    "The setup time is ModelSetupTime as reported; that it is in microseconds is documented and "
    "not verified."
)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column before it is known whether anything stands in it; ``whys`` are the reasons of
    what is missing in the recommendations' rows.
    """

    heading: Heading
    cells: tuple[str, ...]
    whys: tuple[str, ...]
    is_empty: bool


def recommendations(snapshot: Snapshot) -> Figures | None:
    """The table, in the order of the snapshot (cost per hour, latency); None: there are no rows.

    A column without any figure is left out, and a note says which and why.
    """
    rows, existing = snapshot.candidates[:ROWS_LIMIT], snapshot.existing_endpoints[:ROWS_LIMIT]
    if not rows and not existing:
        return None
    scale = scale_for(rows, existing)
    columns = _columns(rows, existing, scale)
    kept = [column for column in columns if not column.is_empty]
    labels = (*names_of(rows), *(f"{existing_name(each)} (existing)" for each in existing))
    return Figures(
        headings=(CONFIGURATION, *(column.heading for column in kept)),
        rows=tuple(zip(labels, *(column.cells for column in kept), strict=True)),
        notes=(
            *_without([column for column in columns if column.is_empty]),
            *_notes(snapshot),
        ),
    )


def details(snapshot: Snapshot, setup_times: Mapping[str, Reading]) -> Figures | None:
    """Id, environment and setup time of each recommendation; None where there is none of them."""
    rows = snapshot.candidates[:ROWS_LIMIT]
    headings, columns = [CONFIGURATION], [names_of(rows)]
    ids = [_given_id(row) for row in rows]
    if any(ids):
        headings.append(Heading(("Recommendation id",), is_figure=False))
        columns.append(tuple(each or missing() for each in ids))
    times = [setup_times.get(row.recommendation_id, NOT_REPORTED) for row in rows]
    has_times = any(time.value is not None for time in times)
    if has_times:
        headings.append(_SETUP)
        columns.append(tuple(map(_setup_cell, rows, times)))
    environments = tuple(environment_words(row.environment) for row in rows)
    if len(columns) == 1 and not any(environments):
        return None
    return Figures(
        headings=tuple(headings),
        rows=tuple(zip(*columns, strict=True)),
        notes=(SETUP_UNIT,) if has_times else (),
        aside=ENVIRONMENT if any(environments) else None,
        asides=environments,
    )


def _given_id(row: Candidate) -> str:
    """The RecommendationId; empty where it was not reported and something else stands for it."""
    given = row.recommendation_id
    stands_in = given == row.endpoint_name or given.startswith("row ")
    return "" if stands_in else clean(given, NAME_LIMIT)


def names_of(rows: Sequence[Candidate]) -> tuple[str, ...]:
    """What the rows are called; those that would be called alike get numbers."""
    names = [clean(row.configuration, NAME_LIMIT) for row in rows]
    alike, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} #{seen[name]}" if alike[name] > 1 else name)
    return tuple(numbered)


def existing_name(endpoint: ExistingEndpoint) -> str:
    """What an endpoint that was there before the job is called."""
    return clean(endpoint.endpoint_name, NAME_LIMIT) or "endpoint without a name"


def environment_words(environment: Mapping[str, str]) -> str:
    """``OMP_NUM_THREADS=4, WORKERS=2``."""
    return clean(
        ", ".join(f"{name}={value}" for name, value in sorted(environment.items())), _ENVIRONMENT
    )


def _columns(
    rows: Sequence[Candidate], existing: Sequence[ExistingEndpoint], scale: Scale
) -> list[_Column]:
    columns = []
    for metric, heading in METRICS.items():
        readings = [row.readings[metric] for row in rows]
        beside = [_of_existing(endpoint, metric, scale) for endpoint in existing]
        columns.append(_column(heading, readings, metric, beside, scale))
        if metric is Metric.LATENCY_P99_MS:
            columns.append(_samples(readings, len(existing)))
    return columns


def _column(
    heading: Heading,
    readings: Sequence[Reading],
    metric: Metric,
    beside: Sequence[str],
    scale: Scale,
) -> _Column:
    cells = tuple(cell(reading, metric, scale) for reading in readings)
    whys = tuple(why_missing(reading) for reading in readings if reading.value is None)
    measured_beside = any(not each.startswith(_NOT_MEASURED) for each in beside)
    is_empty = len(whys) == len(readings) and not measured_beside
    return _Column(heading, (*cells, *beside), whys, is_empty)


def _of_existing(endpoint: ExistingEndpoint, metric: Metric, scale: Scale) -> str:
    if metric not in _EXISTING_METRICS:
        return _NOT_MEASURED
    is_latency = metric is Metric.MODEL_LATENCY_MS
    return cell(
        endpoint.model_latency if is_latency else endpoint.invocations_per_minute, metric, scale
    )


def _samples(p99: Sequence[Reading], existing: int) -> _Column:
    """On how many invocations each P99 rests; it goes with the P99."""
    cells = tuple(
        missing("not known") if reading.samples is None else f"{reading.samples:,}"
        for reading in p99
    )
    is_empty = all(reading.value is None for reading in p99)
    return _Column(_SAMPLES, (*cells, *[_NOT_MEASURED] * existing), (), is_empty)


def _setup_cell(row: Candidate, reading: Reading) -> str:
    """SageMaker measures the time for serverless configurations only."""
    if reading.value is not None:
        return number(reading.value, "")
    is_serverless = row.kind is EndpointKind.SERVERLESS
    return missing_words(reading) if is_serverless else _SERVERLESS_ONLY


def _without(columns: Sequence[_Column]) -> list[str]:
    """``n/a for every configuration: CPU, Memory (not reported), P99 (NaN).``"""
    told: dict[str, list[str]] = {}
    for column in columns:
        if column.whys:
            why = "; ".join(first(list(dict.fromkeys(column.whys)), _REASONS))
            told.setdefault(why, []).append(column.heading.name)
    words = ", ".join(f"{', '.join(names)} ({why})" for why, names in told.items())
    return [f"n/a for every configuration: {words}."] if words else []


def _notes(snapshot: Snapshot) -> list[str]:
    notes = []
    if any((row.instance_count or 0) > 1 for row in snapshot.candidates):
        notes.append(TOTALS)
    if snapshot.existing_endpoints:
        notes.append(
            "Of an existing endpoint SageMaker measures model latency and max invocations only."
        )
    more = max(len(snapshot.candidates), len(snapshot.existing_endpoints)) - ROWS_LIMIT
    if more > 0:
        notes.append(f"{more} more rows are not shown: --output json has them all.")
    return notes
