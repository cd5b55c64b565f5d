"""The order of a policy's candidates, and what put each one where it stands."""

from dataclasses import dataclass

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.evaluation import Judgement
from recgate.domain.ranking import RANKED_BY, Criterion, criterion
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import UNITS, exact
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, spoken

_WARNINGS = (Outcome.WARN, Outcome.WARN_MISSING)
_METRICS = dict(RANKED_BY)
_ALIKE = {
    Criterion.COST_PER_HOUR: "",
    Criterion.LATENCY_P99: "costs the same; ",
    Criterion.MODEL_LATENCY: "the same cost and P99; ",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate in the order, the ``rank``-th ``of`` so many.

    ``place`` is that among the judgement's candidates. ``behind`` is what put it after the one
    before it, None for the first; ``mine`` and ``others`` are what was compared, in words.
    """

    rank: int
    of: int
    place: int
    candidate: Candidate
    verdict: Verdict
    behind: Criterion | None = None
    mine: str = ""
    others: str = ""


def placed(judgement: Judgement) -> tuple[Placed, ...]:
    """The candidates from the best to the worst."""
    order = judgement.order
    made: list[Placed] = []
    for rank, place in enumerate(order, start=1):
        candidate, verdict = judgement.candidates[place], verdict_of_row(judgement, place)
        if rank == 1:
            made.append(Placed(rank, len(order), place, candidate, verdict))
            continue
        before = order[rank - 2]
        behind = criterion(judgement, before, place)
        mine, others = (_compared(judgement, each, behind) for each in (place, before))
        made.append(Placed(rank, len(order), place, candidate, verdict, behind, mine, others))
    return tuple(made)


def verdict_of_row(judgement: Judgement, place: int) -> Verdict:
    """The verdict on one candidate alone, as the policy's mode has it told."""
    verdict = judgement.verdict_on(place)
    observed = judgement.verdict is Verdict.WOULD_FAIL and verdict is Verdict.FAIL
    return Verdict.WOULD_FAIL if observed else verdict


def _compared(judgement: Judgement, place: int, by: Criterion) -> str:
    candidate = judgement.candidates[place]
    if by is Criterion.VERDICT:
        return spoken(verdict_of_row(judgement, place))
    if by is Criterion.WARNINGS:
        warned = sum(each.outcome in _WARNINGS for each in judgement.findings(place))
        return f"{warned} warning{'' if warned == 1 else 's'}"
    if by in _METRICS:
        return _figure(candidate, _METRICS[by])
    return clean(candidate.recommendation_id, NAME_LIMIT)


def _figure(candidate: Candidate, metric: Metric) -> str:
    value = candidate.values[metric]
    return "not known" if value is None else exact(value, UNITS[metric])


def behind_words(each: Placed) -> str:
    """Why it stands after the one before: ``cost per hour $2.812, the one before $1.222``."""
    match each.behind:
        case None:
            return "the best of them" if each.of > 1 else "the only one"
        case Criterion.VERDICT:
            return f"{each.mine} is worse than {each.others}"
        case Criterion.WARNINGS:
            return f"{each.mine}, the one before has {each.others}"
        case Criterion.RECOMMENDATION_ID:
            return f"the same cost and latency; RecommendationId {each.mine} comes later"
        case Criterion.SNAPSHOT:
            return "alike in cost, latency and RecommendationId; in the snapshot's own order"
        case _:
            alike = _ALIKE[each.behind]
            return f"{alike}{each.behind} {each.mine}, the one before {each.others}"


def quantifier_words(judgement: Judgement) -> str:
    """Which candidate of the order decides, and why that one."""
    needed, rows = judgement.policy.candidates.at_least, len(judgement.candidates)
    deciding, order = judgement.deciding, judgement.order
    if deciding is None:
        return f"No candidate decides: {clean(judgement.reason, NAME_LIMIT * 3)}."
    name = clean(judgement.candidates[deciding].configuration, NAME_LIMIT)
    if needed is None:
        return f"candidates: all, so the last of the {rows} decides: {name}."
    if needed > 1:
        return f"candidates: at_least {needed}, so number {needed} of the {rows} decides: {name}."
    one = "candidates: any, one that meets every limit is enough, so the first decides"
    if deciding == order[0]:
        return f"{one}: {name}."
    first = clean(judgement.candidates[order[0]].configuration, NAME_LIMIT)
    return (
        f"{one}. {name} passes without any remark, and so the policy is met; {first}, as good by "
        "its verdict, stands before it and is the one to deploy."
    )
