"""The candidate that came closest to passing, and what kept it out."""

import math
from dataclasses import dataclass

from recgate.domain.candidate import Candidate
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The nearest candidate and the limits that it misses."""

    candidate: Candidate
    missed: tuple[Finding, ...]


def nearest_miss(judgement: Judgement) -> NearestMiss | None:
    """The candidate with the fewest limits missed, then the smallest relative excess.

    None unless the judgement's verdict is FAIL, WOULD_FAIL or UNKNOWN, and when no candidate
    missed a limit (all of them comply, and more were asked for).
    A limit without a number, such as a denied family, counts as an infinite excess; a value
    that is missing counts as none, but after every value that is known to comply.
    """
    if judgement.verdict not in (Verdict.FAIL, Verdict.WOULD_FAIL, Verdict.UNKNOWN):
        return None
    misses = []
    for place in judgement.order:
        missed = tuple(finding for finding in judgement.findings(place) if finding.is_miss)
        if missed:
            misses.append((place, missed))
    if not misses:
        return None
    place, missed = min(misses, key=lambda miss: _distance(miss[1]))
    return NearestMiss(judgement.candidates[place], missed)


def _distance(missed: tuple[Finding, ...]) -> tuple[int, int, float]:
    broken = [finding for finding in missed if finding.outcome is Outcome.FAIL]
    excess = math.fsum(finding.excess if finding.excess is not None else 0.0 for finding in broken)
    return len(missed), len(broken), excess
