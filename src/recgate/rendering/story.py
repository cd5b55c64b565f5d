"""What a message about a decision says, before anybody decides how it looks.

Every string in a story is cleaned and cut, and is still untrusted: a medium that reads markup
escapes it.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import distance, nearest_miss
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import UNITS, Scale, scale_of, with_unit
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.safe_text import clean, clean_lines, first
from recgate.rendering.words import (
    NAME_LIMIT,
    brief_words,
    finding_words,
    is_told,
    judgement_words,
    nearest_words,
    spoken,
)

LINE_LIMIT = 400
LINES_LIMIT = 30
REASON_LIMIT = 1200
"""Characters of a line, lines of a list, characters of SageMaker's reason (the service model
allows 1,024): a recorded file may hold anything.
"""

_WARNINGS = (Outcome.WARN, Outcome.WARN_MISSING)
_FAILED_STEP = "FAILED"
_REGION = re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d")
"""Regions of the commercial partition: the others have a console of their own."""


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


@dataclass(frozen=True, slots=True)
class Row:
    """One recommendation. ``figures`` holds for each column the number and how it is written."""

    configuration: str
    verdict: str
    why: str
    figures: tuple[tuple[float, str] | None, ...]

    def with_units(self, columns: tuple[Column, ...]) -> list[str]:
        """The figures as they read in a line."""
        return [
            "n/a" if figure is None else with_unit(figure[1], UNITS[column.metric]) + column.suffix
            for column, figure in zip(columns, self.figures, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Reasons:
    """A policy's verdict in a line, the limits that made it, and the nearest configuration."""

    heading: str
    lines: tuple[str, ...] = ()
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a message says, in the order in which it says it."""

    reasons: tuple[Reasons, ...]
    problems: tuple[str, ...]
    unmatched: tuple[str, ...]
    failure_reason: str
    failed_steps: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    job_url: str


def story_of(decision: Decision) -> Story:
    """The story of a decision."""
    snapshot, evaluation = decision.snapshot, decision.evaluation
    scale, best = scale_of(decision), compliant(evaluation)
    # The judgement that decides leads; the others follow in the order of the policies.
    deciding = evaluation.deciding
    judgements = sorted(evaluation.judgements, key=lambda each: each is not deciding)
    steps = [
        f"{step.instance_type or step.endpoint_name or 'benchmark'}: "
        f"{step.failure_reason or 'SageMaker gave no reason'}"
        for step in snapshot.steps
        if step.status == _FAILED_STEP
    ]
    columns = _columns(snapshot.candidates)
    return Story(
        reasons=tuple(_reasons(each, best, scale) for each in judgements),
        problems=_lines(_problems(evaluation)),
        unmatched=_unmatched(evaluation),
        failure_reason=clean_lines(snapshot.failure_reason or "", REASON_LIMIT),
        failed_steps=_lines(steps),
        columns=columns,
        rows=_rows(decision, columns, scale),
        notes=_lines(list(snapshot.warnings)),
        job_url=_job_url(decision),
    )


def spoken_time(moment: datetime) -> str:
    """``21 Nov 2026, 06:32 UTC``."""
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _lines(texts: list[str]) -> tuple[str, ...]:
    cleaned = [clean(text, LINE_LIMIT) for text in texts]
    return tuple(first([line for line in cleaned if line], LINES_LIMIT))


def _problems(evaluation: Evaluation) -> list[str]:
    """What went wrong, and why it failed where no single policy did."""
    verdicts = [judgement.verdict for judgement in evaluation.judgements]
    if evaluation.verdict is Verdict.FAIL and Verdict.FAIL not in verdicts:
        return [evaluation.reason]
    return list(evaluation.problems)


def _unmatched(evaluation: Evaluation) -> tuple[str, ...]:
    """The policies that may apply and cannot be told to; with no verdict at all, every policy."""
    return _lines(
        [
            f"{clean(entry.policy.name, NAME_LIMIT)} "
            f"{'may apply' if entry.in_doubt else 'does not apply'}: {entry.reason}"
            for entry in evaluation.unmatched
            if entry.in_doubt or evaluation.verdict is Verdict.UNCOVERED
        ]
    )


def _reasons(judgement: Judgement, best: Candidate | None, scale: Scale) -> Reasons:
    place = told_candidate(judgement, best)
    lines = []
    if place is not None:
        where = clean(judgement.candidates[place].configuration, NAME_LIMIT)
        for finding in judgement.findings(place):
            if finding.outcome is Outcome.NOT_APPLICABLE:
                continue
            if judgement.verdict.opens_gate or is_told(finding):
                lines.append(f"{finding_words(finding, scale)} on {where}")
    nearest = nearest_miss(judgement)
    return Reasons(
        heading=clean(judgement_words(judgement), LINE_LIMIT),
        lines=_lines(lines),
        nearest=clean(nearest_words(nearest), LINE_LIMIT) if nearest else "",
    )


def _columns(candidates: tuple[Candidate, ...]) -> tuple[Column, ...]:
    """Without any measured P99, what Describe reports is shown, under its own name."""
    measured = any(row.values[Metric.LATENCY_P99_MS] is not None for row in candidates)
    return COST, COST_PER_MILLION, P99 if measured else MODEL_LATENCY, INVOCATIONS


def _rows(decision: Decision, columns: tuple[Column, ...], scale: Scale) -> tuple[Row, ...]:
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
        found.append(((closed, *distance(found_here), warnings), row, worst, told))
    found.sort(key=lambda entry: entry[0])
    return tuple(
        Row(
            configuration=clean(row.configuration, NAME_LIMIT),
            verdict=spoken(worst) if worst is not None else "not judged",
            why=clean(", ".join(told), LINE_LIMIT),
            figures=tuple(_figure(row, column.metric, scale) for column in columns),
        )
        for _, row, worst, told in found
    )


def _figure(row: Candidate, metric: Metric, scale: Scale) -> tuple[float, str] | None:
    value = row.values[metric]
    return None if value is None else (value, scale.number(metric, value))


def _job_url(decision: Decision) -> str:
    """The job in the console; empty when the region is not known to have one."""
    region = decision.snapshot.region or ""
    if not _REGION.fullmatch(region):
        return ""
    name = quote(clean(decision.snapshot.job_name, NAME_LIMIT), safe="")
    if not name:
        return ""
    home = f"https://{region}.console.aws.amazon.com/sagemaker/home?region={region}"
    return f"{home}#/inference-recommender-jobs/{name}"
