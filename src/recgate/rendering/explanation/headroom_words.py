"""How far limits may be tightened before an open gate closes, in words."""

from recgate.domain.catalogue import Direction
from recgate.domain.decision import Decision
from recgate.domain.limits import Finding
from recgate.domain.reading import comparable
from recgate.domain.turning import Headroom
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import exact, number
from recgate.rendering.headline import compliant
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

_MANY_TIMES = 10_000.0
"""A share beyond which a percentage says nothing."""


def headroom_row(room: Headroom, *, several: bool) -> tuple[str, str]:
    """The limit, and how far it may be tightened: ``from 120 ms to 84 ms (by 30%)``."""
    spec = room.limit.spec
    where = f"{spec.name} in {clean(room.policy, NAME_LIMIT)}" if several else spec.name
    if comparable(room.now) == comparable(room.last):
        return where, f"not at all: it is {exact(room.now, spec.unit)}, and that is what it takes"
    share = f" (by {number(room.share * 100, '')}%)" if room.share < _MANY_TIMES else ""
    return where, f"from {exact(room.now, spec.unit)} to {exact(room.last, spec.unit)}{share}"


def closest_words(decision: Decision) -> str:
    """Which limit the configuration to deploy is nearest to; empty where no number says it."""
    best = compliant(decision.evaluation)
    found = [
        finding
        for judgement in decision.evaluation.judgements
        for place, row in enumerate(judgement.candidates)
        if row is best
        for finding in judgement.findings(place)
        if finding.outcome in (Outcome.PASS, Outcome.WARN)
        and finding.fail
        and isinstance(finding.observed, float | int)
    ]
    if best is None or not found:
        return ""
    nearest = min(found, key=_share_left)
    bound = f"{'at least' if nearest.direction is Direction.AT_LEAST else 'at most'} "
    bound += exact(nearest.fail or 0.0, nearest.unit)
    value = exact(float(nearest.observed or 0.0), nearest.unit)
    return (
        f"{clean(best.configuration, NAME_LIMIT)} itself is nearest to {nearest.limit}: {value} of "
        f"{bound}, {number(_share_left(nearest) * 100, '')}% is left."
    )


def _share_left(finding: Finding) -> float:
    fail, value = finding.fail or 0.0, finding.observed
    if not fail or not isinstance(value, float | int):
        return 0.0
    return abs(comparable(value) - comparable(fail)) / abs(fail)
