"""The candidate that came closest to passing, and what kept it out."""

import math
from collections.abc import Iterable
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
    `distance` says what is near.
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
    place, missed = min(misses, key=lambda miss: distance(miss[1]))
    return NearestMiss(judgement.candidates[place], missed)


def distance(findings: Iterable[Finding]) -> tuple[int, int, int, float]:
    """How far findings are from complying; the smaller, the nearer.

    Limits missed, of them those broken rather than missing, of them those without a number to
    say by how much (a family that is not allowed), and the relative excess of the rest in all.
    """
    missed = [finding for finding in findings if finding.is_miss]
    excess = [
        math.inf if finding.excess is None else finding.excess
        for finding in missed
        if finding.outcome is Outcome.FAIL
    ]
    finite = [share for share in excess if math.isfinite(share)]
    return len(missed), len(excess), len(excess) - len(finite), sum(finite)
