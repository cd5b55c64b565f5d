"""Why a verdict is what it is: each limit that made it, on which configuration, and why there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import Scale, scale_of
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.safe_text import clean
from recgate.rendering.words import (
    NAME_LIMIT,
    Nearest,
    Span,
    Style,
    finding_spans,
    judgement_words,
    nearest_said,
)

_FEW = 2
"""So many configurations are named; of more, the number is told."""

_WARNED = (Outcome.WARN, Outcome.WARN_MISSING, Outcome.WAIVED)
_FAILS = (Verdict.FAIL, Verdict.WOULD_FAIL)


@dataclass(frozen=True, slots=True)
class PolicyReasons:
    """One policy's verdict in a line, what made it, and the nearest configuration."""

    heading: str
    lines: tuple[tuple[Span, ...], ...]
    nearest: Nearest | None = None


def reasons_of(decision: Decision) -> tuple[PolicyReasons, ...]:
    """The reasons of each policy; the one that decides leads. A policy that is met has none."""
    evaluation, scale = decision.evaluation, scale_of(decision)
    deciding, best = evaluation.deciding, compliant(evaluation)
    judgements = sorted(evaluation.judgements, key=lambda each: each is not deciding)
    return tuple(_of_policy(judgement, best, scale) for judgement in judgements)


def _of_policy(judgement: Judgement, best: Candidate | None, scale: Scale) -> PolicyReasons:
    nearest = nearest_miss(judgement)
    lines = tuple(_lines(judgement, best, scale))
    said = nearest_said(nearest) if nearest else None
    return PolicyReasons(judgement_words(judgement), lines, said)


def _lines(
    judgement: Judgement, best: Candidate | None, scale: Scale
) -> Iterator[tuple[Span, ...]]:
    one_is_enough = judgement.policy.candidates.at_least == 1
    if judgement.verdict is Verdict.UNKNOWN and one_is_enough:
        yield from _undecided(judgement, scale)
        return
    place = told_candidate(judgement, best)
    if place is None:
        return
    row, findings = judgement.candidates[place], judgement.findings(place)
    if judgement.verdict.opens_gate:
        warned = [finding for finding in findings if finding.outcome in _WARNED]
        yield from _on(row, warned, _open_because(judgement), scale)
        return
    missed = [finding for finding in findings if finding.is_miss]
    if not one_is_enough:
        yield from _on(row, missed, _counted_because(judgement), scale)
        return
    alone = len(judgement.candidates) == 1
    yield from _on(row, missed, "the only one" if alone else "the nearest to compliant", scale)
    other = _other_way(judgement, missed) if judgement.verdict in _FAILS else None
    if other is not None:
        where, broken = other
        labels = " and ".join(dict.fromkeys(clean(each.label, NAME_LIMIT) for each in missed))
        priced = where.values[Metric.COST_PER_HOUR_USD] is not None
        why = f"{'the cheapest' if priced else 'one'} that meets {labels}"
        yield from _on(where, broken, why, scale)


def _on(
    row: Candidate, findings: Sequence[Finding], why: str, scale: Scale
) -> Iterator[tuple[Span, ...]]:
    where = Span(clean(row.configuration, NAME_LIMIT), Style.AMOUNT)
    tail = (Span(f", {why}"),) if why else ()
    for finding in findings:
        yield (*finding_spans(finding, scale), Span(" on "), where, *tail)


def _other_way(
    judgement: Judgement, missed: Sequence[Finding]
) -> tuple[Candidate, list[Finding]] | None:
    """The first configuration (they come by cost) that meets every limit that the nearest
    misses, and what it breaks instead: why that way is closed, too.
    """
    names = {finding.limit for finding in missed}
    for place, row in enumerate(judgement.candidates):
        broken = [finding for finding in judgement.findings(place) if finding.is_miss]
        if broken and not names & {finding.limit for finding in broken}:
            return row, broken
    return None


def _undecided(judgement: Judgement, scale: Scale) -> Iterator[tuple[Span, ...]]:
    """What is missing on the configurations that could comply, and on how many of them."""
    found: dict[tuple[Span, ...], list[str]] = {}
    open_ones = [
        place
        for place in range(len(judgement.candidates))
        if judgement.verdict_on(place) is Verdict.UNKNOWN
    ]
    for place in open_ones:
        name = clean(judgement.candidates[place].configuration, NAME_LIMIT)
        for finding in judgement.findings(place):
            if finding.outcome is Outcome.UNKNOWN:
                found.setdefault(finding_spans(finding, scale), []).append(name)
    total = len(judgement.candidates)
    for spans, names in found.items():
        yield (*spans, Span(" on "), *_where(names, total))


def _where(names: Sequence[str], total: int) -> tuple[Span, ...]:
    if len(names) > _FEW:
        return (Span(f"{len(names)} of {total} configurations"),)
    joined = [span for name in names for span in (Span(" and "), Span(name, Style.AMOUNT))]
    return tuple(joined[1:])


def _open_because(judgement: Judgement) -> str:
    chosen = judgement.verdict is not Verdict.WAIVED and len(judgement.candidates) > 1
    return "the one to deploy" if chosen else ""


def _counted_because(judgement: Judgement) -> str:
    needed = judgement.policy.candidates.at_least
    if needed is None:
        return "the furthest from compliant, and all must comply"
    return f"number {needed} from the best, and {needed} must comply"


def nearest_misses(decision: Decision, nearest: Nearest) -> str:
    """What the nearest configuration misses; empty where the reasons have said just that."""
    return "" if decision.verdict is Verdict.UNKNOWN else f", {nearest.misses}"
