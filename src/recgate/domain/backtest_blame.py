"""Which limits make the difference between two answers about one job."""

from collections.abc import Iterable
from typing import NamedTuple

from recgate.domain.backtest import Approval, Broken, Direction
from recgate.domain.backtest_approval import place_of
from recgate.domain.evaluation import Evaluation, Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import Mode
from recgate.domain.verdict import Outcome, Verdict

_CONCERNS = (Outcome.WARN, Outcome.WARN_MISSING, Outcome.WAIVED)
_UNTOLD = "its record does not say by which limit"


class Side(NamedTuple):
    """One of the two: the evaluation (None: it can no longer be rebuilt), and what it approves."""

    evaluation: Evaluation | None
    verdict: Verdict
    approved: Approval | None


class Blame(NamedTuple):
    """The limits, whether they stand in the policies of before, or else a reason in words."""

    broken: tuple[Broken, ...] = ()
    before: bool = False
    reason: str = ""


def blame(direction: Direction, before: Side, after: Side) -> Blame:
    """The limits that make the difference, or the reason where no limit does.

    What one side approves is held to the limits of the side that refuses it; between two closed
    gates, or two open ones, the limits of the worse verdict are told.
    """
    if direction is Direction.OTHER_CONFIGURATION:
        return _blame_for_choice(before, after)
    blames_before = before.verdict.rank > after.verdict.rank
    worse, better = (before, after) if blames_before else (after, before)
    if worse.evaluation is None:
        return Blame(before=blames_before, reason=_UNTOLD)
    broken: tuple[Broken, ...] = ()
    if better.approved is not None:
        broken = _of_candidate(worse.evaluation, better.approved.recommendation_id)
    broken = broken or _of_verdict(worse)
    if not broken or _is_switch(before, after):
        return Blame(before=blames_before, reason=_reason(worse, before, after))
    return Blame(broken, blames_before)


def _blame_for_choice(before: Side, after: Side) -> Blame:
    """Why the former choice is no longer the best, or what kept the new one from being it."""
    for side, other, is_before in ((after, before, False), (before, after, True)):
        if side.evaluation is not None and other.approved is not None:
            broken = _of_candidate(side.evaluation, other.approved.recommendation_id)
            if broken:
                return Blame(broken, is_before)
    return Blame(reason="the order of the configurations is another")


def _of_candidate(evaluation: Evaluation, recommendation_id: str) -> tuple[Broken, ...]:
    """What a recommendation misses, or if nothing, what it is warned of."""
    places = [
        (judgement, place)
        for judgement in evaluation.judgements
        if (place := place_of(judgement, recommendation_id)) is not None
    ]
    missed = [each for each in _findings(places) if each.finding.is_miss]
    return tuple(
        missed or [each for each in _findings(places) if each.finding.outcome in _CONCERNS]
    )


def _of_verdict(side: Side) -> tuple[Broken, ...]:
    """The limits that give a verdict: of the nearest configuration, else of the deciding one."""
    judgement = side.evaluation.deciding if side.evaluation else None
    if judgement is None or judgement.verdict is not side.verdict:
        return ()
    nearest = nearest_miss(judgement)
    if nearest is not None:
        name = judgement.policy.name
        return tuple(Broken(name, finding) for finding in nearest.missed)
    if judgement.deciding is None:
        return ()
    found = _findings([(judgement, judgement.deciding)])
    return tuple(
        each for each in found if each.finding.is_miss or each.finding.outcome in _CONCERNS
    )


def _findings(places: Iterable[tuple[Judgement, int]]) -> list[Broken]:
    return [
        Broken(judgement.policy.name, finding)
        for judgement, place in places
        for finding in judgement.findings(place)
    ]


def _is_switch(before: Side, after: Side) -> bool:
    """Whether the limits are met or missed as before, and only count otherwise."""
    return {before.verdict, after.verdict} == {Verdict.FAIL, Verdict.WOULD_FAIL}


def _reason(worse: Side, before: Side, after: Side) -> str:
    evaluation = worse.evaluation
    if evaluation is None:
        return _UNTOLD
    if _is_switch(before, after):
        modes = [_mode(side) for side in (before, after)]
        return f"the policy is in {modes[0]} mode before and in {modes[1]} mode after"
    said = [*evaluation.problems, evaluation.reason]
    said += [judged.reason for judged in evaluation.judgements if judged.verdict is worse.verdict]
    return next(filter(None, said), "no limit is responsible")


def _mode(side: Side) -> Mode:
    return Mode.OBSERVE if side.verdict is Verdict.WOULD_FAIL else Mode.ENFORCE
