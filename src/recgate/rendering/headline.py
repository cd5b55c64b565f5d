"""The one line that everybody reads: verdict word and number first."""

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.job import JobStatus
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import Mode
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.amounts import Scale, scale_of
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.safe_text import clean, cut
from recgate.rendering.words import (
    NAME_LIMIT,
    finding_words,
    not_measured,
    spoken,
    verdict_word,
)

HEADLINE_LIMIT = 150
"""Characters: a Slack header holds no more."""

NO_VERDICT = "this is not a verdict"
"""What a labelled message says of itself, wherever it could be taken for one."""

_MODEL_LIMIT = 60
_LABEL_LIMIT = 20

_DECISIVE = {
    Verdict.WARN: (Outcome.WARN, Outcome.WARN_MISSING),
    Verdict.WAIVED: (Outcome.WAIVED,),
    Verdict.UNKNOWN: (Outcome.UNKNOWN,),
    Verdict.FAIL: (Outcome.FAIL,),
    Verdict.WOULD_FAIL: (Outcome.FAIL,),
}
"""Which outcomes give a verdict, and so are told first."""


def headline(decision: Decision) -> str:
    """One line: ``FAIL fraud-ranker v14: cost/hour $2.41 > limit $1.50 (+61%)``."""
    return _line(decision, f"{subject(decision)}: ")


def told_headline(telling: Telling) -> str:
    """The headline as one route is to hear it: a message in the thread of an earlier verdict
    says the change, ``PASS → FAIL fraud-ranker v14: …``; one with a label begins with it.
    """
    decision = telling.decision
    lead = f"{subject(decision)}: "
    former = telling.former
    if telling.parent and former is not None and former is not decision.verdict:
        lead = f"{spoken(former)} → {lead}"
    label = clean(telling.label, _LABEL_LIMIT)
    if label:
        return _line(decision, f"{label}: {lead}", end=f", {NO_VERDICT}")
    return _line(decision, lead)


def _line(decision: Decision, lead: str, *, end: str = "") -> str:
    body, tail = _said(decision)
    tail = f"{tail}{end}"
    lead = cut(lead, HEADLINE_LIMIT - len(tail) - 1)
    return lead + cut(body, HEADLINE_LIMIT - len(lead) - len(tail)) + tail


def subject(decision: Decision) -> str:
    """Verdict word and model: ``FAIL fraud-ranker v14``."""
    return f"{verdict_word(decision)} {clean(decision.snapshot.model, _MODEL_LIMIT)}"


def summary(decision: Decision) -> str:
    """The headline without its verdict word and model."""
    return headline(decision)[len(subject(decision)) + 2 :]


def compliant(evaluation: Evaluation) -> Candidate | None:
    """The best configuration that opens the gate under every policy that concerns it.

    None when the gate is closed.
    """
    if not evaluation.verdict.opens_gate:
        return None
    worst: dict[int, Verdict] = {}
    rows: dict[int, Candidate] = {}
    for judgement in evaluation.judgements:
        for place in judgement.order:
            row, verdict = judgement.candidates[place], judgement.verdict_on(place)
            rows.setdefault(id(row), row)
            worst[id(row)] = max(worst.get(id(row), verdict), verdict, key=_rank)
    return min(
        (row for key, row in rows.items() if worst[key].opens_gate),
        key=lambda row: worst[id(row)].rank,
        default=None,
    )


def _rank(verdict: Verdict) -> int:
    return verdict.rank


def told_candidate(judgement: Judgement, best: Candidate | None) -> int | None:
    """The place of the candidate whose limits are told; None when the reason is not in one.

    Where one is enough, that is the one to deploy, or when all fail the nearest to compliant:
    any of them would be true, and that one helps. Else it is the deciding one.
    """
    told = None
    if judgement.policy.candidates.at_least == 1:
        if judgement.verdict.opens_gate:
            told = best
        elif judgement.verdict in (Verdict.FAIL, Verdict.WOULD_FAIL):
            nearest = nearest_miss(judgement)
            told = nearest.candidate if nearest else None
    places = (place for place, row in enumerate(judgement.candidates) if row is told)
    return next(places, judgement.deciding)


def _said(decision: Decision) -> tuple[str, str]:
    """What the headline says, and what must stand at its end however long that is."""
    evaluation = decision.evaluation
    match decision.verdict:
        case Verdict.PASS:
            return _passed(decision, scale_of(decision)), _only_observed(evaluation)
        case Verdict.NO_RESULT:
            return _no_result(decision)
        case Verdict.ERROR:
            reason = evaluation.problems[0] if evaluation.problems else evaluation.reason
            return clean(reason, HEADLINE_LIMIT), ""
        case Verdict.UNKNOWN:
            return _decisive(decision), ". Not approved"
        case Verdict.WOULD_FAIL:
            return _decisive(decision), ", observed only"
        case _:
            return _decisive(decision), ""


def _passed(decision: Decision, scale: Scale) -> str:
    best = compliant(decision.evaluation)
    if best is None:
        return "every policy is met"
    name, price = clean(best.configuration, NAME_LIMIT), price_words(best, scale)
    if best.values[Metric.COST_PER_HOUR_USD] is not None:
        return f"cheapest compliant is {name} at {price}"
    at = f" at {price}" if price else ""
    return f"{name} complies{at}, its cost per hour is not reported"


def price_words(row: Candidate, scale: Scale) -> str:
    """What a configuration costs and how fast it is, as far as that was measured:
    ``$0.17/h, $0.40 per 1M, 84 ms P99``.
    """
    figures = (
        (Metric.COST_PER_HOUR_USD, "/h"),
        (Metric.COST_PER_MILLION_INFERENCES_USD, " per 1M"),
        (Metric.LATENCY_P99_MS, " P99"),
    )
    said = [
        f"{scale.amount(metric, value)}{unit}"
        for metric, unit in figures
        if (value := row.values[metric]) is not None
    ]
    return ", ".join(said)


def _only_observed(evaluation: Evaluation) -> str:
    """A pass says so when nobody would have enforced the opposite."""
    modes = {judgement.mode for judgement in evaluation.judgements}
    return ", observed only" if modes == {Mode.OBSERVE} else ""


def _no_result(decision: Decision) -> tuple[str, str]:
    snapshot = decision.snapshot
    if snapshot.status is JobStatus.FAILED:
        reason = clean(snapshot.failure_reason or "", HEADLINE_LIMIT)
        # What is known by a short name is told by it; the reason itself follows in the message.
        known = likely_cause(snapshot.failure_reason or "")
        said = known.title if known else reason
        return said or "SageMaker gave no reason", ", no verdict"
    if snapshot.status is JobStatus.STOPPED:
        request = told_requests(decision).get("stopped")
        by = f" by {caller(request)}" if request else ""
        return f"the job was stopped{by} before it ended", ", no verdict"
    return clean(decision.evaluation.reason, HEADLINE_LIMIT) or "nothing to judge", ""


def _decisive(decision: Decision) -> str:
    """The first limit that gives the verdict, where there is one."""
    evaluation = decision.evaluation
    judgement = evaluation.deciding
    if judgement is None or judgement.verdict is not decision.verdict:
        return clean(evaluation.reason, HEADLINE_LIMIT)
    place = told_candidate(judgement, compliant(evaluation))
    if place is None:
        return clean(judgement.reason, HEADLINE_LIMIT)
    outcomes = _DECISIVE.get(decision.verdict, ())
    found = [each for each in judgement.findings(place) if each.outcome in outcomes]
    if not found:
        return clean(judgement.reason or evaluation.reason, HEADLINE_LIMIT) or "no limit applies"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return _first_words(found[0], scale_of(decision)) + more


def _first_words(finding: Finding, scale: Scale) -> str:
    if finding.outcome is Outcome.UNKNOWN:
        return not_measured(finding, scale)
    return finding_words(finding, scale)
