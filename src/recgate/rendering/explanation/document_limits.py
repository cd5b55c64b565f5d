"""Candidates, limits and waivers in the document of an explanation."""

import math

from recgate.domain.candidate import Candidate
from recgate.domain.canonical import Json
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.policy_record import plain
from recgate.domain.turning import needs
from recgate.rendering.explanation.comparison import comparison, derivation
from recgate.rendering.explanation.document_changes import change_document
from recgate.rendering.explanation.order_words import Placed, behind_words
from recgate.rendering.explanation.waivers import counted, counted_words, on_finding
from recgate.rendering.safe_text import clean

_TEXT = 1_200


def placed_document(each: Placed) -> Json:
    """A candidate in the order, and what put it after the one before."""
    return {
        "rank": each.rank,
        "recommendation_id": clean(each.candidate.recommendation_id, _TEXT),
        "configuration": clean(each.candidate.configuration, _TEXT),
        "verdict": each.verdict.value,
        "behind": None
        if each.behind is None
        else {
            "criterion": each.behind.value,
            "mine": each.mine,
            "one_before": each.others,
            "words": behind_words(each),
        },
    }


def candidate_document(judgement: Judgement, each: Placed) -> Json:
    """A candidate against every limit of a policy, and what would let it in."""
    row, needed = each.candidate, needs(judgement, each.place)
    return {
        "recommendation_id": clean(row.recommendation_id, _TEXT),
        "configuration": clean(row.configuration, _TEXT),
        "kind": row.kind.value,
        "instance_type": None if row.instance_type is None else clean(row.instance_type, _TEXT),
        "environment": {
            clean(name, _TEXT): clean(value, _TEXT) for name, value in row.environment.items()
        },
        "verdict": each.verdict.value,
        "limits": [_finding(finding, judgement, row) for finding in judgement.findings(each.place)],
        "needs": {
            "changes": [change_document(change) for change in needed.changes],
            "not_by_limits": [clean(finding.limit, _TEXT) for finding in needed.obstacles],
            "unjudged": needed.unjudged,
        },
    }


def _finding(finding: Finding, judgement: Judgement, row: Candidate) -> Json:
    excess = finding.excess
    observed = finding.observed
    return {
        "limit": clean(finding.limit, _TEXT),
        "label": clean(finding.label, _TEXT),
        "unit": finding.unit,
        "direction": None if finding.direction is None else finding.direction.value,
        "outcome": finding.outcome.name,
        "compared": clean(observed, _TEXT) if isinstance(observed, str) else plain(observed),
        "raw": _raw(finding.raw),
        "source": None if finding.source is None else finding.source.value,
        "samples": finding.samples,
        "derived": derivation(finding, row, judgement.snapshot),
        "missing": clean(finding.missing, _TEXT),
        "warn": plain(finding.warn),
        "fail": plain(finding.fail),
        "rule": clean(finding.rule, _TEXT),
        "comparison": comparison(finding),
        "excess": plain(excess) if excess is not None and math.isfinite(excess) else None,
        "waiver": clean(finding.waiver, _TEXT) or None,
        "waiver_words": on_finding(finding, judgement),
    }


def _raw(raw: object) -> str | None:
    """What was reported, as text: a number with all its digits, anything else in few words."""
    return None if raw is None else clean(plain(raw), _TEXT)


def waiver_document(judgement: Judgement) -> Json:
    """The waivers that counted, used or not."""
    return [
        {
            "id": clean(each.waiver.id, _TEXT),
            "limit": clean(each.waiver.limit, _TEXT),
            "up_to": plain(each.waiver.up_to),
            "down_to": plain(each.waiver.down_to),
            "allow": [clean(name, _TEXT) for name in sorted(each.waiver.allow)],
            "starts": each.waiver.starts.isoformat(),
            "expires": each.waiver.expires.isoformat(),
            "approved_by": clean(each.waiver.approved_by, _TEXT),
            "requested_by": clean(each.waiver.requested_by, _TEXT),
            "reason": clean(each.waiver.reason, _TEXT),
            "used_for": [clean(row.recommendation_id, _TEXT) for row in each.used_for],
            "does_not_reach": [clean(row.recommendation_id, _TEXT) for row in each.not_for],
            "words": counted_words(each),
        }
        for each in counted(judgement)
    ]
