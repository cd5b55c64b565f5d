"""The question to CloudWatch for the P99 of every recommendation, and the reading of its answer.

Namespace, metric and dimensions are those of the SageMaker developer guide ("Inference
Recommender metrics"). Whether ``JobName`` and ``EndpointName`` are published together or one by
one is not documented: both are asked for in the same call, and the pair is preferred.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recgate.dialect.document import parse_time, utc_text
from recgate.dialect.measured import recommendation_ids
from recgate.domain.canonical import Json
from recgate.domain.reading import Source

NAMESPACE = "/aws/sagemaker/InferenceRecommendationsJobs"
METRIC = "ClientLatency"
"""Milliseconds from ``InvokeEndpoint`` to its response, as the recommender's client saw it."""

MAX_PERIOD_S = 86_400
"""The longest period of GetMetricData."""

GRANULARITIES = ((timedelta(days=63), 3600), (timedelta(days=15), 300))
"""Data older than this exists only in periods of so many seconds (API reference, GetMetricData)."""

_PAIR, _ALONE = "pair", "alone"


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, in periods of how many seconds."""

    start: datetime
    end: datetime
    period_s: int


@dataclass(frozen=True, slots=True)
class Series:
    """What CloudWatch answered: data points and last status by the query's id, all pages."""

    values: Mapping[str, Sequence[float]]
    statuses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LatencyQuery:
    """One GetMetricData request for all recommendations of a job.

    ``notes`` says for a recommendation why its P99 is not asked for; ``endpoints`` holds the
    endpoint's name of those that are. Without a window or an endpoint there is no request:
    ``queries`` is empty.
    """

    job_name: str
    names: tuple[str, ...]
    endpoints: Mapping[str, str]
    notes: Mapping[str, str]
    window: Window | None
    queries: tuple[dict[str, Json], ...]


def latency_query(
    job_name: str, job: Mapping[str, Json], rows: Sequence[Mapping[str, Json]], *, now: datetime
) -> LatencyQuery:
    """The request for the rows of a Describe response. ``now`` decides how fine the data still is.

    ``job`` and ``rows`` are in the canonical form of `recgate.dialect.document`.
    """
    names = recommendation_ids(rows)
    given = [_endpoint_name(row) for row in rows]
    shared = {name for name, times in Counter(filter(None, given)).items() if times > 1}
    endpoints: dict[str, str] = {}
    notes: dict[str, str] = {}
    asked: list[Mapping[str, Json]] = []
    for row, name, endpoint in zip(rows, names, given, strict=True):
        if not endpoint:
            notes[name] = "P99 was not measured: the recommendation names no endpoint"
        elif endpoint in shared:
            notes[name] = (
                f"P99 was not measured: several recommendations share endpoint {endpoint}, "
                "and CloudWatch cannot tell them apart"
            )
        else:
            endpoints[name] = endpoint
            asked.append(row)
    window = window_of(job, asked, now=now)
    if window is None:
        for name in endpoints:
            notes[name] = "P99 was not measured: the job does not say when it ran"
        return LatencyQuery(job_name, tuple(names), {}, notes, None, ())
    queries = [
        _query(f"{what}_{place}_{kind}", stat, dimensions, window.period_s)
        for place, name in enumerate(names)
        if name in endpoints
        for kind, dimensions in _dimensions(job_name, endpoints[name]).items()
        for what, stat in (("p99", "p99"), ("samples", "SampleCount"))
    ]
    return LatencyQuery(job_name, tuple(names), endpoints, notes, window, tuple(queries))


def window_of(
    job: Mapping[str, Json], rows: Sequence[Mapping[str, Json]], *, now: datetime
) -> Window | None:
    """The time in which the rows were measured: the union of their invocation times, or of the
    job's own where a row does not tell; None when neither is known.

    It is widened to whole minutes (5 minutes, hours for old data) and is one period if it can be.
    """
    ended = parse_time(job.get("CompletionTime")) or parse_time(job.get("LastModifiedTime"))
    whole_job = _span(parse_time(job.get("CreationTime")), ended)
    spans = [
        span
        for row in rows
        if (
            span := _span(
                parse_time(row.get("InvocationStartTime")), parse_time(row.get("InvocationEndTime"))
            )
            or whole_job
        )
    ]
    if not spans:
        return None
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    step = next((step for age, step in GRANULARITIES if now - first > age), 60)
    start = math.floor(first.timestamp() / step) * step
    end = max(math.ceil(last.timestamp() / step) * step, start + step)
    return Window(
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(end, UTC),
        min(end - start, MAX_PERIOD_S),
    )


def read_series(results: Iterable[Mapping[str, object]]) -> Series:
    """Put together the ``MetricDataResults`` of all pages; what is not a number ≥ 0 is dropped."""
    values: dict[str, list[float]] = {}
    statuses: dict[str, str] = {}
    for result in results:
        query = str(result.get("Id"))
        statuses[query] = str(result.get("StatusCode") or "Complete")
        found = result.get("Values")
        values.setdefault(query, []).extend(
            float(value)
            for value in (found if isinstance(found, Sequence) else ())
            if isinstance(value, int | float) and math.isfinite(value) and value >= 0
        )
    return Series(values, statuses)


def measured_latency(
    query: LatencyQuery, series: Series, *, minimum_samples: int
) -> dict[str, Json]:
    """The ``measured`` part of a snapshot's document, one row for each recommendation.

    Of several data points the largest P99 counts: that of a union is never above the largest
    of its parts.
    """
    return {
        "minimum_samples": minimum_samples,
        "rows": [_row(query, series, place, name) for place, name in enumerate(query.names)],
    }


def _row(query: LatencyQuery, series: Series, place: int, name: str) -> dict[str, Json]:
    row: dict[str, Json] = {
        "recommendation": name,
        "p99_ms": None,
        "samples": None,
        "source": Source.CLOUDWATCH.value,
        "note": query.notes.get(name, ""),
    }
    if name not in query.endpoints or query.window is None:
        return row
    kind = _kind_with_data(series, place)
    row["window"] = {"start": utc_text(query.window.start), "end": utc_text(query.window.end)}
    row["period_s"] = query.window.period_s
    if kind is None:
        row["note"] = f"CloudWatch has no {METRIC} of endpoint {query.endpoints[name]}"
        return row
    percentiles = series.values.get(f"p99_{place}_{kind}", ())
    counts = series.values.get(f"samples_{place}_{kind}", ())
    samples = round(sum(counts)) if counts else None
    row["p99_ms"] = max(percentiles, default=None)
    row["samples"] = samples
    row["datapoints"] = len(percentiles)
    row["dimensions"] = _dimensions(query.job_name, query.endpoints[name])[kind]
    if not percentiles:
        row["note"] = f"CloudWatch has {samples} samples of {METRIC} and no percentile of them"
    return row


def _kind_with_data(series: Series, place: int) -> str | None:
    """The dimensions to believe: the pair before the endpoint, a percentile before a count."""
    for what in ("p99", "samples"):
        for kind in (_PAIR, _ALONE):
            if series.values.get(f"{what}_{place}_{kind}"):
                return kind
    return None


def _query(
    identity: str, stat: str, dimensions: Mapping[str, str], period_s: int
) -> dict[str, Json]:
    return {
        "Id": identity,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": METRIC,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in dimensions.items()
                ],
            },
            "Period": period_s,
            "Stat": stat,
        },
    }


def _dimensions(job_name: str, endpoint: str) -> dict[str, dict[str, str]]:
    return {
        _PAIR: {"JobName": job_name, "EndpointName": endpoint},
        _ALONE: {"EndpointName": endpoint},
    }


def _endpoint_name(row: Mapping[str, Json]) -> str:
    configuration = row.get("EndpointConfiguration")
    name = configuration.get("EndpointName") if isinstance(configuration, Mapping) else None
    return name if isinstance(name, str) else ""


def _span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime] | None:
    return (start, end) if start and end and start <= end else None
