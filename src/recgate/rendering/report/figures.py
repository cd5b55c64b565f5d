"""The figures of a report page as they were reported, and where each comes from."""

from collections.abc import Mapping, Sequence

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.job import ExistingEndpoint
from recgate.domain.policy_record import plain
from recgate.domain.reading import Reading, Source
from recgate.rendering.report.html import Content, Markup, element, table
from recgate.rendering.report.parts import not_shown, numeric_heading, section
from recgate.rendering.safe_text import clean, first
from recgate.rendering.words import NAME_LIMIT

CANDIDATES = 50
"""The most rows of a table. SageMaker returns at most 10 recommendations; a recorded file may
hold any number.
"""

WIDE = 7
"""Columns, beyond which the table is printed in smaller letters."""

_DIGITS = 60
"""Characters of a figure as it was reported; a float's shortest exact form has 24."""

_ENVIRONMENT = 16
"""Variables of a configuration: the most that Describe returns is 10."""

_SOURCES = {
    Source.DESCRIBE: "SageMaker",
    Source.CLOUDWATCH: "CloudWatch",
    Source.RECORDED: "recorded by hand",
    Source.DERIVED: "computed",
}
_OF_EXISTING = (Metric.MODEL_LATENCY_MS, Metric.INVOCATIONS_PER_MINUTE)
_SPECS = {spec.metric: spec for spec in NUMERIC_LIMITS.values()}


def origin(source: Source | None, samples: int | None) -> str:
    """Where a figure comes from, and of how many samples it is: ``CloudWatch, 5,000 samples``."""
    counted = "" if samples is None else f"{samples:,} samples"
    return ", ".join(part for part in (_SOURCES[source] if source else "", counted) if part)


def as_reported(decision: Decision) -> Markup | None:
    """Every figure with all its digits, and everything that makes a configuration."""
    rows = decision.snapshot.candidates[:CANDIDATES]
    existing = decision.snapshot.existing_endpoints[:CANDIDATES]
    if not rows and not existing:
        return None
    reported = [
        metric
        for metric in Metric
        if any(_is_reported(row.readings[metric]) for row in rows)
        or (existing and metric in _OF_EXISTING)
    ]
    headings: list[Content] = [
        "Configuration",
        *(numeric_heading(_label(metric)) for metric in reported),
    ]
    told: list[list[Content]] = [
        [_configuration(row), *(_figure(row.readings[each]) for each in reported)] for row in rows
    ]
    told += [_existing(endpoint, reported) for endpoint in existing]
    kind = "wide" if len(reported) > WIDE else ""
    return section(
        "figures",
        "Figures as they were reported",
        table("Before any rounding, each with its source", headings, told, kind=kind),
        not_shown(len(decision.snapshot.candidates) - len(rows), "configurations"),
        not_shown(len(decision.snapshot.existing_endpoints) - len(existing), "endpoints"),
    )


def _is_reported(reading: Reading) -> bool:
    return reading.value is not None or reading.raw is not None


def _label(metric: Metric) -> str:
    spec = _SPECS[metric]
    label = spec.label[:1].upper() + spec.label[1:]
    return f"{label} ({spec.unit})" if spec.unit else label


def _configuration(row: Candidate) -> Markup:
    environment = [f"{key}={value}" for key, value in sorted(row.environment.items())]
    return element(
        "th",
        clean(row.configuration, NAME_LIMIT),
        element("small", clean(row.recommendation_id, NAME_LIMIT)),
        *(element("small", clean(each, NAME_LIMIT)) for each in first(environment, _ENVIRONMENT)),
        scope="row",
    )


def _existing(endpoint: ExistingEndpoint, reported: Sequence[Metric]) -> list[Content]:
    readings = dict(
        zip(_OF_EXISTING, (endpoint.model_latency, endpoint.invocations_per_minute), strict=True)
    )
    name = clean(endpoint.endpoint_name, NAME_LIMIT) or "endpoint without a name"
    head = element("th", name, element("small", "existing endpoint"), scope="row")
    return [head, *(_figure(readings.get(metric)) for metric in reported)]


def _figure(reading: Reading | None) -> Markup:
    if reading is None:
        return element("td", "not measured", class_="number")
    raw, missing = _written(reading.raw), clean(reading.missing, NAME_LIMIT)
    if reading.value is None and missing != raw:
        return element("td", raw, element("small", missing or "not reported"), class_="number")
    return element(
        "td", raw, element("small", origin(reading.source, reading.samples)), class_="number"
    )


def _written(raw: object) -> str:
    """A figure with all its digits; the word for what JSON has no number for."""
    if isinstance(raw, Mapping):
        raw = raw.get("missing", "not a number")
    return "" if raw is None else clean(plain(raw), _DIGITS)
