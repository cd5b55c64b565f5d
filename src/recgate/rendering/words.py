"""Verdicts and findings in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.job import JobStatus
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import NearestMiss
from recgate.domain.policy import Mode
from recgate.domain.reading import comparable
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import Scale, exact, relative
from recgate.rendering.safe_text import clean

NAME_LIMIT = 80
"""Characters of a name (model, policy, configuration) in a line; longer ones are cut."""

_TEXT_LIMIT = 200
_P99 = "max_latency_p99_ms"
_MISSING = (Outcome.UNKNOWN, Outcome.WARN_MISSING, Outcome.IGNORED)
_QUIET = (Outcome.NOT_APPLICABLE, Outcome.PASS)


def verdict_word(decision: Decision) -> str:
    """The first word of every message: the verdict, or how the job ended without any."""
    if decision.verdict is Verdict.NO_RESULT:
        status = decision.snapshot.status
        if status in (JobStatus.FAILED, JobStatus.STOPPED):
            return status.value
    return spoken(decision.verdict)


def spoken(verdict: Verdict) -> str:
    """The verdict as a person says it."""
    return verdict.value.replace("_", " ")


def job_failed(decision: Decision) -> bool:
    """Whether SageMaker itself failed the job."""
    return decision.snapshot.status is JobStatus.FAILED


def calls_for_people(decision: Decision) -> bool:
    """Whether somebody has to look at it now: a failed verdict or a failed job."""
    return decision.verdict is Verdict.FAIL or job_failed(decision)


class Style(StrEnum):
    """How a piece of a sentence stands out where a medium can show it."""

    PLAIN = "plain"
    AMOUNT = "amount"
    DISTANCE = "distance"


class Span(NamedTuple):
    """A piece of a sentence in one style."""

    text: str
    style: Style = Style.PLAIN


def finding_words(finding: Finding, scale: Scale) -> str:
    """One limit and how it turned out: ``cost/hour $2.41 > limit $1.50 (+61%)``."""
    return "".join(span.text for span in finding_spans(finding, scale))


def finding_spans(finding: Finding, scale: Scale) -> tuple[Span, ...]:
    """What `finding_words` says, with the amounts and the distance set apart."""
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return (Span(f"{_label(finding)} does not apply to this kind of configuration"),)
    if finding.outcome in _MISSING:
        spans = _missing_spans(finding, scale)
    elif finding.limit in NUMERIC_LIMITS and isinstance(finding.observed, float | int):
        spans = _numeric_spans(finding, finding.observed, scale)
    else:
        spans = (Span(_rule_words(finding)),)
    mark = _mark(finding)
    return (*spans, Span(mark)) if mark else spans


def _mark(finding: Finding) -> str:
    if finding.outcome is Outcome.WARN_MISSING:
        return " (a warning only)"
    if finding.outcome is Outcome.WAIVED:
        by = f" by {clean(finding.waiver, NAME_LIMIT)}" if finding.waiver else ""
        return f", waived{by}"
    return ""


def not_measured(finding: Finding, scale: Scale) -> str:
    """A missing value for a headline: ``latency P99 was not measured: too few samples``."""
    if finding.limit == _P99:
        return f"{_label(finding)} was not measured: {clean(finding.missing, _TEXT_LIMIT)}"
    return finding_words(finding, scale)


def _label(finding: Finding) -> str:
    return clean(finding.label, NAME_LIMIT)


def threshold_of(finding: Finding) -> tuple[float | None, str]:
    """The bound that a finding is told against, and its name: what is broken, else what fails."""
    kind = "minimum" if finding.direction is Direction.AT_LEAST else "limit"
    if finding.outcome is Outcome.WARN or finding.fail is None:
        return finding.warn, f"warning {kind}"
    return finding.fail, kind


def _numeric_spans(finding: Finding, value: float, scale: Scale) -> tuple[Span, ...]:
    metric = NUMERIC_LIMITS[finding.limit].metric
    head = Span(f"{_label(finding)} "), Span(scale.amount(metric, value), Style.AMOUNT)
    threshold, bound = threshold_of(finding)
    if threshold is None:
        return head
    at_most = finding.direction is Direction.AT_MOST
    if finding.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.WAIVED):
        sign = ">" if at_most else "<"
    else:
        sign = "≤" if at_most else "≥"
    distance = relative(comparable(value), comparable(threshold))
    told = *head, Span(f" {sign} {bound} "), Span(scale.amount(metric, threshold), Style.AMOUNT)
    return (*told, Span(" "), Span(f"({distance})", Style.DISTANCE)) if distance else told


def _missing_spans(finding: Finding, scale: Scale) -> tuple[Span, ...]:
    why = clean(finding.missing, _TEXT_LIMIT) or "not reported"
    if finding.outcome is Outcome.IGNORED:
        return (Span(f"{_label(finding)} not checked: {why} (the policy ignores that)"),)
    demand = demand_words(finding, scale)
    if not demand:
        told = f"{_label(finding)} cannot be decided: {why}; must be {_rule(finding)}"
        return (Span(told),)
    return Span(demand, Style.AMOUNT), Span(f" cannot be decided: {why}")


def demand_words(finding: Finding, scale: Scale) -> str:
    """What a limit with a number asks for: ``latency P99 ≤ 120 ms``; empty for another limit."""
    spec, (threshold, _) = NUMERIC_LIMITS.get(finding.limit), threshold_of(finding)
    if spec is None or threshold is None:
        return ""
    sign = "≤" if finding.direction is Direction.AT_MOST else "≥"
    return f"{_label(finding)} {sign} {scale.amount(spec.metric, threshold)}"


def _rule(finding: Finding) -> str:
    return clean(finding.rule, _TEXT_LIMIT)


def _rule_words(finding: Finding) -> str:
    """A limit that is not a number: ``instance family p4d is not one of c7g, m7g``."""
    observed = "" if finding.observed is None else f" {clean(finding.observed, NAME_LIMIT)}"
    head, rule = f"{_label(finding)}{observed}", _rule(finding)
    if finding.outcome not in (Outcome.FAIL, Outcome.WAIVED):
        return f"{head} is {rule}"
    if rule.startswith("none of "):
        return f"{head} is denied: {rule}"
    if rule.startswith("not "):
        return f"{head} is {rule.removeprefix('not ')}, and must not be"
    return f"{head} is not {rule}"


def brief_words(finding: Finding) -> str:
    """One limit in two or three words, for a column: ``cost/hour +61%``; empty when it is met."""
    label = _label(finding)
    if finding.outcome in _QUIET or finding.outcome is Outcome.IGNORED:
        return ""
    mark = " (warning)" if finding.outcome in (Outcome.WARN, Outcome.WARN_MISSING) else ""
    if finding.outcome in _MISSING:
        return f"{label} missing{mark}"
    (threshold, _), value = threshold_of(finding), finding.observed
    if finding.limit in NUMERIC_LIMITS and isinstance(value, float | int) and threshold is not None:
        off = relative(comparable(value), comparable(threshold))
        return f"{label} {off or 'off'}{mark}"
    return f"{label} not allowed"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest configuration, what it misses, and with which limits it would pass."""

    configuration: str
    misses: str
    cures: str


def nearest_said(nearest: NearestMiss) -> Nearest:
    """The nearest configuration in words."""
    alone = len(nearest.missed) == 1
    parts = [_miss_and_cure(finding, alone=alone) for finding in nearest.missed]
    return Nearest(
        clean(nearest.candidate.configuration, NAME_LIMIT),
        ", and ".join(miss for miss, _ in parts),
        " and ".join(cure for _, cure in parts),
    )


def nearest_words(nearest: NearestMiss) -> str:
    """The nearest configuration in one sentence."""
    said = nearest_said(nearest)
    return f"nearest: {said.configuration}, {said.misses}; passes {said.cures}"


def _miss_and_cure(finding: Finding, *, alone: bool) -> tuple[str, str]:
    """How far off a limit is, in digits that are true: a limit set to them would be met."""
    label, why = _label(finding), clean(finding.missing, _TEXT_LIMIT) or "not reported"
    spec, (bound, _), value = (
        NUMERIC_LIMITS.get(finding.limit),
        threshold_of(finding),
        finding.observed,
    )
    if spec is None or bound is None:
        miss = f"{label} missing: {why}" if finding.outcome in _MISSING else _rule_words(finding)
        return miss, f"once {label} is {_rule(finding)}"
    at_most = finding.direction is Direction.AT_MOST
    if not isinstance(value, float | int):
        wanted = f"{exact(bound, spec.unit)} or {'less' if at_most else 'more'}"
        return f"{label} missing: {why}", f"once {label} is measured at {wanted}"
    told = exact(value, spec.unit)
    off = exact(abs(comparable(value) - comparable(bound)), spec.unit)
    kind = "limit" if at_most else "minimum"
    named = kind if alone else f"{label} {kind}"
    return f"{label} {told}, {off} {'over' if at_most else 'short'}", f"at a {named} of {told}"


def judgement_words(judgement: Judgement) -> str:
    """A policy's verdict and on how many configurations it rests."""
    name = clean(judgement.policy.name, NAME_LIMIT)
    observed = " (observe mode)" if judgement.mode is Mode.OBSERVE else ""
    reason = clean(judgement.reason, _TEXT_LIMIT)
    return f"{name}: {spoken(judgement.verdict)}{observed}, {reason or _count_words(judgement)}"


def _count_words(judgement: Judgement) -> str:
    total = len(judgement.candidates)
    comply = sum(judgement.verdict_on(row).opens_gate for row in range(total))
    needed = judgement.policy.candidates.at_least
    if needed is None:
        return f"all {total} configurations must comply, {comply} do"
    if needed > 1:
        return f"at least {needed} configurations must comply, {comply} of {total} do"
    unknown = judgement.verdict is Verdict.UNKNOWN
    if total == 1:
        told = "complies" if comply else "is not known to comply" if unknown else "does not comply"
        return f"the only configuration {told}"
    if comply:
        return f"{comply} of {total} configurations {'complies' if comply == 1 else 'comply'}"
    return f"none of {total} configurations {'is known to comply' if unknown else 'complies'}"


def is_told(finding: Finding) -> bool:
    """Whether a finding belongs among the reasons of a verdict that is not a pass."""
    return finding.outcome not in _QUIET
