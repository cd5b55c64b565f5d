"""Why one candidate stands before another: the first of rule 3's keys in which they differ."""

import math
import re
from enum import StrEnum

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.evaluation import Judgement
from recgate.domain.standings import verdict_of

_REPEATED = re.compile(r" #\d+$")
_NAMELESS = re.compile(r"row \d+")


class Criterion(StrEnum):
    """What puts a candidate before another, in the order in which it is asked."""

    VERDICT = "verdict"
    WARNINGS = "warnings"
    COST_PER_HOUR = "cost per hour"
    LATENCY_P99 = "latency P99"
    MODEL_LATENCY = "model latency"
    RECOMMENDATION_ID = "RecommendationId"
    SNAPSHOT = "order in the snapshot"
    """Alike in all of that: rows keep the snapshot's order, which rests on what else they hold."""


RANKED_BY = (
    (Criterion.COST_PER_HOUR, Metric.COST_PER_HOUR_USD),
    (Criterion.LATENCY_P99, Metric.LATENCY_P99_MS),
    (Criterion.MODEL_LATENCY, Metric.MODEL_LATENCY_MS),
)
"""The figures that settle a tie, the lower the better; what is missing comes last."""


def figures_key(candidate: Candidate) -> tuple[float, float, float]:
    """The candidate's place by its figures alone: what a snapshot's rows are sorted by first."""
    cost, p99, latency = (candidate.values[metric] for _, metric in RANKED_BY)
    return (
        math.inf if cost is None else cost,
        math.inf if p99 is None else p99,
        math.inf if latency is None else latency,
    )


def criterion(judgement: Judgement, better: int, worse: int) -> Criterion:
    """What puts the candidate at ``better`` before the one at ``worse``, the later in the order."""
    standings, columns = judgement.standings, judgement.columns
    if standings[better] != standings[worse]:
        verdicts = {verdict_of(standings[place], columns) for place in (better, worse)}
        return Criterion.VERDICT if len(verdicts) > 1 else Criterion.WARNINGS
    first, second = judgement.candidates[better], judgement.candidates[worse]
    keys = zip(RANKED_BY, figures_key(first), figures_key(second), strict=True)
    for (named, _), mine, others in keys:
        if mine != others:
            return named if mine < others else Criterion.SNAPSHOT
    by_name = _known_as(first) < _known_as(second)
    return Criterion.RECOMMENDATION_ID if by_name else Criterion.SNAPSHOT


def _known_as(candidate: Candidate) -> str:
    """The id that rows are sorted by: without the number that tells rows of one id apart."""
    name = _REPEATED.sub("", candidate.recommendation_id)
    return "" if candidate.endpoint_name is None and _NAMELESS.fullmatch(name) else name
