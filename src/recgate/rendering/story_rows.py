"""The recommendations as rows of figures, and the existing endpoint beside them."""

from dataclasses import dataclass

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.decision import Decision
from recgate.domain.job import ExistingEndpoint
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import distance
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import UNITS, Scale, number, with_unit
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, brief_words, spoken

_WHY_LIMIT = 400
_WARNINGS = (Outcome.WARN, Outcome.WARN_MISSING)


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the recommendations: its heading, and its metric with the unit."""

    heading: str
    metric: Metric
    suffix: str = ""


COST = Column("$/h", Metric.COST_PER_HOUR_USD, "/h")
COST_PER_MILLION = Column("$/1M inf.", Metric.COST_PER_MILLION_INFERENCES_USD, " per 1M")
P99 = Column("P99 (ms)", Metric.LATENCY_P99_MS, " P99")
MODEL_LATENCY = Column("Model latency (ms)", Metric.MODEL_LATENCY_MS, " model latency")
INVOCATIONS = Column("Max inv./min", Metric.INVOCATIONS_PER_MINUTE)

GAIN_HEADING = "Gain over endpoint"
EXISTING = "existing endpoint"
"""The verdict's place in the row of an endpoint that was there before: it was not judged."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recommendation. ``figures`` holds for each column the number and how it is written.

    ``gain`` is what it gains over the existing endpoint, empty where there is none.
    """

    configuration: str
    verdict: str
    why: str
    figures: tuple[tuple[float, str] | None, ...]
    gain: str = ""

    def with_units(self, columns: tuple[Column, ...]) -> list[str]:
        """The figures, and the gain, as they read in a line."""
        figures = [
            "n/a" if figure is None else with_unit(figure[1], UNITS[column.metric]) + column.suffix
            for column, figure in zip(columns, self.figures, strict=True)
        ]
        return [*figures, self.gain] if self.gain else figures


def columns_of(decision: Decision) -> tuple[Column, ...]:
    """The figures to show.

    Without any measured P99, what Describe reports is shown, under its own name. Beside an
    existing endpoint only what is known of that, too, can be compared: SageMaker measures its
    model latency and its invocations.
    """
    snapshot = decision.snapshot
    if snapshot.existing_endpoints:
        return COST, MODEL_LATENCY, INVOCATIONS
    measured = any(row.values[Metric.LATENCY_P99_MS] is not None for row in snapshot.candidates)
    return COST, COST_PER_MILLION, P99 if measured else MODEL_LATENCY, INVOCATIONS


@dataclass(frozen=True, slots=True)
class Judged:
    """A recommendation, its verdict over all policies (None: none judged it) and the limits it
    misses in a few words each.
    """

    candidate: Candidate
    verdict: Verdict | None
    misses: tuple[str, ...]


def judged_candidates(decision: Decision) -> tuple[Judged, ...]:
    """The recommendations, compliant first, then the nearest to compliant."""
    judged = [
        (judgement, {id(row): place for place, row in enumerate(judgement.candidates)})
        for judgement in decision.evaluation.judgements
        if judgement.columns
    ]
    found = []
    for row in decision.snapshot.candidates:
        verdicts: list[Verdict] = []
        told: list[str] = []
        found_here: list[Finding] = []
        for judgement, places in judged:
            place = places.get(id(row))
            if place is None:
                continue
            verdict = judgement.verdict_on(place)
            if judgement.verdict is Verdict.WOULD_FAIL and verdict is Verdict.FAIL:
                verdict = Verdict.WOULD_FAIL
            findings = judgement.findings(place)
            verdicts.append(verdict)
            told += [words for words in map(brief_words, findings) if words and words not in told]
            found_here += findings
        worst = max(verdicts, key=lambda verdict: verdict.rank, default=None)
        closed = worst is not None and not worst.opens_gate
        warnings = sum(finding.outcome in _WARNINGS for finding in found_here)
        order = (closed, *distance(found_here), warnings)
        found.append((order, Judged(row, worst, tuple(told))))
    found.sort(key=lambda entry: entry[0])
    return tuple(judged for _, judged in found)


def rows_of(decision: Decision, columns: tuple[Column, ...], scale: Scale) -> tuple[Row, ...]:
    """The recommendations as rows, compliant first, then the nearest to compliant."""
    return tuple(
        Row(
            configuration=clean(judged.candidate.configuration, NAME_LIMIT),
            verdict="not judged" if judged.verdict is None else spoken(judged.verdict),
            why=clean(", ".join(judged.misses), _WHY_LIMIT),
            figures=tuple(_figure(judged.candidate, column.metric, scale) for column in columns),
            gain=_gain(judged.candidate) if decision.snapshot.existing_endpoints else "",
        )
        for judged in judged_candidates(decision)
    )


def existing_rows(decision: Decision, columns: tuple[Column, ...], scale: Scale) -> tuple[Row, ...]:
    """The endpoints that were there before the job, with what was measured of them."""
    return tuple(
        Row(
            configuration=clean(endpoint.endpoint_name, NAME_LIMIT) or "endpoint without a name",
            verdict=EXISTING,
            why="",
            figures=tuple(_of_endpoint(endpoint, column.metric, scale) for column in columns),
        )
        for endpoint in decision.snapshot.existing_endpoints
    )


def _figure(row: Candidate, metric: Metric, scale: Scale) -> tuple[float, str] | None:
    value = row.values[metric]
    return None if value is None else (value, scale.number(metric, value))


def _of_endpoint(
    endpoint: ExistingEndpoint, metric: Metric, scale: Scale
) -> tuple[float, str] | None:
    readings = {
        Metric.MODEL_LATENCY_MS: endpoint.model_latency,
        Metric.INVOCATIONS_PER_MINUTE: endpoint.invocations_per_minute,
    }
    reading = readings.get(metric)
    if reading is None or reading.value is None:
        return None
    return reading.value, scale.number(metric, reading.value)


def _gain(row: Candidate) -> str:
    """``model latency 31% lower, invocations 40% higher``; what is not known is said so."""
    latency = row.values[Metric.LATENCY_GAIN_OVER_EXISTING_PCT]
    rate = row.values[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT]
    parts = [
        "" if latency is None else f"latency {_share(latency, 'lower', 'higher')}",
        "" if rate is None else f"invocations {_share(rate, 'higher', 'lower')}",
    ]
    return ", ".join(part for part in parts if part) or "gain not known"


def _share(percent: float, better: str, worse: str) -> str:
    if not percent:
        return "the same"
    size = number(abs(percent), "")
    return f"{size}% {better if percent > 0 else worse}"
