"""What the chart shows of a decision, in amounts: its marks, its limits, what it cannot show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.verdict import Verdict
from recgate.rendering.chart.text_width import drawable
from recgate.rendering.headline import compliant

POINTS_LIMIT = 60
"""Marks in one chart. SageMaker gives 10 rows at most; a recorded file may hold any number."""

NAME_LIMIT = 40
ENDPOINTS_LIMIT = 3

_COST, _P99, _MODEL = Metric.COST_PER_HOUR_USD, Metric.LATENCY_P99_MS, Metric.MODEL_LATENCY_MS
_MISSING = {_COST: "no cost", _P99: "no P99", _MODEL: "no model latency"}


class Standing(StrEnum):
    """What the policies make of a configuration, in the words of the legend."""

    COMPLIES = "complies"
    FAILS = "does not comply"
    UNDECIDED = "not decided"


class Lead(StrEnum):
    """Why a configuration is the one that the message leads with."""

    CHOSEN = "chosen"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Point:
    """One configuration: USD per hour, milliseconds, and its name, which can be drawn.

    ``lead`` is set for the one that the message leads with.
    """

    cost: float
    latency: float
    name: str
    standing: Standing
    lead: Lead | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """The tightest limit on one axis. ``partial`` is the kind of row that alone it concerns."""

    amount: float
    is_warning: bool = False
    partial: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """What there is to draw. ``left_out`` holds names, each with the reason in brackets.

    ``standings`` are those of all configurations, the ones left out among them.
    """

    latency: Metric
    points: tuple[Point, ...]
    cost_bounds: tuple[Bound, ...]
    latency_bounds: tuple[Bound, ...]
    existing: tuple[tuple[str, float], ...]
    left_out: tuple[str, ...]
    standings: tuple[Standing, ...]


def plot_of(decision: Decision) -> Plot | None:
    """What the chart of the decision shows; None when no candidate has both figures."""
    metric = latency_metric(decision)
    rows = decision.snapshot.candidates
    leading, lead = _leading(decision)
    verdicts = _verdicts(decision.evaluation.judgements)
    points: list[Point] = []
    left_out: list[str] = []
    # The one that leads comes first: it is shown whatever else is.
    for row in sorted(rows, key=lambda each: each is not leading):
        cost, latency = row.values[_COST], row.values[metric]
        if cost is None or latency is None:
            left_out.append(f"{name_of(row)} ({_MISSING[_COST if cost is None else metric]})")
        elif len(points) == POINTS_LIMIT:
            left_out.append(f"{name_of(row)} (no room)")
        else:
            standing = _standing(verdicts.get(id(row)))
            is_lead = lead if row is leading else None
            points.append(Point(cost, latency, name_of(row), standing, is_lead))
    if not points:
        return None
    return Plot(
        latency=metric,
        points=tuple(points),
        cost_bounds=bounds_of(decision, _COST),
        latency_bounds=bounds_of(decision, metric),
        existing=_existing(decision) if metric is _MODEL else (),
        left_out=tuple(left_out),
        standings=tuple(_standing(verdicts.get(id(row))) for row in rows),
    )


def latency_metric(decision: Decision) -> Metric:
    """Which latency the chart shows: the measured P99, where any candidate has it and a cost.

    Model latency without that; and where only model latency can be compared, because a limit
    or an existing endpoint speaks of that and no limit speaks of the P99.
    """
    rows = [row for row in decision.snapshot.candidates if row.values[_COST] is not None]
    if all(row.values[_P99] is None for row in rows):
        return _MODEL
    if bounds_of(decision, _P99) or all(row.values[_MODEL] is None for row in rows):
        return _P99
    return _MODEL if bounds_of(decision, _MODEL) or _existing(decision) else _P99


def name_of(row: Candidate) -> str:
    """A configuration in the chart: ``c7g.xlarge``, ``c7g.xlarge × 2``."""
    words = row.configuration
    return drawable(words.removeprefix("ml.").removesuffix(" × 1"), NAME_LIMIT) or "no name"


def bounds_of(decision: Decision, metric: Metric) -> tuple[Bound, ...]:
    """The tightest failing and the tightest warning threshold on a figure, where there are any.

    A warning threshold that is not tighter than the failing one says nothing more.
    """
    fails, warns = [], []
    for judgement in decision.evaluation.judgements:
        for limit in judgement.policy.limits:
            if isinstance(limit, NumericLimit) and limit.spec.metric is metric:
                kind = _only_kind(judgement, decision)
                fails += [] if limit.fail is None else [Bound(limit.fail, partial=kind)]
                warns += (
                    [] if limit.warn is None else [Bound(limit.warn, is_warning=True, partial=kind)]
                )
    fail, warn = _tightest(fails), _tightest(warns)
    if fail is not None and warn is not None and warn.amount >= fail.amount:
        warn = None
    return tuple(bound for bound in (fail, warn) if bound is not None)


def pareto_front(points: Iterable[Point]) -> list[Point]:
    """The points that no other beats: none is as cheap and as fast, and cheaper or faster.

    From the cheapest to the fastest; equal points stand for one another.
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda each: (each.cost, each.latency)):
        if not front or point.latency < front[-1].latency:
            front.append(point)
    return front


def _leading(decision: Decision) -> tuple[Candidate | None, Lead]:
    best = compliant(decision.evaluation)
    if best is not None:
        return best, Lead.CHOSEN
    deciding = decision.evaluation.deciding
    nearest = nearest_miss(deciding) if deciding else None
    return nearest.candidate if nearest else None, Lead.NEAREST


def _tightest(bounds: Sequence[Bound]) -> Bound | None:
    return min(bounds, key=lambda bound: bound.amount, default=None)


def _only_kind(judgement: Judgement, decision: Decision) -> str:
    """The kind of row that a policy concerns, where the job has others, too."""
    kind = judgement.policy.scope.endpoint_kind
    if kind is None or len(judgement.candidates) == len(decision.snapshot.candidates):
        return ""
    return kind.value


def _verdicts(judgements: Iterable[Judgement]) -> dict[int, Verdict]:
    """The worst verdict on each candidate, by its identity: equal rows are two rows."""
    worst: dict[int, Verdict] = {}
    for judgement in judgements:
        if judgement.columns:
            for place, row in enumerate(judgement.candidates):
                verdict = judgement.verdict_on(place)
                worst[id(row)] = max(worst.get(id(row), verdict), verdict, key=_rank)
    return worst


def _rank(verdict: Verdict) -> int:
    return verdict.rank


def _standing(verdict: Verdict | None) -> Standing:
    if verdict is Verdict.FAIL:
        return Standing.FAILS
    return Standing.COMPLIES if verdict is not None and verdict.opens_gate else Standing.UNDECIDED


def _existing(decision: Decision) -> tuple[tuple[str, float], ...]:
    """The names of the endpoints that were there before, and their model latency."""
    known = [
        (drawable(endpoint.endpoint_name, NAME_LIMIT), endpoint.model_latency.value)
        for endpoint in decision.snapshot.existing_endpoints
    ]
    return tuple((name, value) for name, value in known if value is not None)[:ENDPOINTS_LIMIT]
