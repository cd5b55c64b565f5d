"""A decision as a document for programs: what the ``sqs`` and ``lambda`` subscribers of a topic
receive.
"""

import math
from datetime import UTC, datetime

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.canonical import Json
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.notice import Request
from recgate.domain.telling import Telling
from recgate.domain.waiver import Waiver
from recgate.rendering.callers import caller
from recgate.rendering.headline import compliant, told_candidate, told_headline
from recgate.rendering.safe_text import clean, clean_lines
from recgate.rendering.story import story_of
from recgate.rendering.story_rows import judged_candidates

SCHEMA = "recgate-verdict/1"


def verdict_document(telling: Telling, *, texts: int = 1_200, items: int = 100) -> Json:
    """The document; texts are cut to ``texts`` characters and lists to ``items`` entries.

    Figures are numbers in the unit that their key names, None where they are missing. A job's
    own words are cleaned of what nobody can see.
    """
    decision, story = telling.decision, story_of(telling)
    snapshot, evaluation = decision.snapshot, decision.evaluation
    best = compliant(evaluation)

    def said(text: str | None) -> str | None:
        return None if text is None else clean(text, texts)

    return {
        "schema": SCHEMA,
        "test": bool(telling.label),
        "verdict": decision.verdict.value,
        "opens_gate": decision.verdict.opens_gate,
        "headline": told_headline(telling),
        "decision": decision.key,
        "decided_at": _iso(decision.decided_at),
        "judged_on": decision.judged_on.isoformat(),
        "job": {
            "name": said(snapshot.job_name),
            "arn": said(snapshot.job_arn),
            "status": snapshot.status.value,
            "type": said(snapshot.job_type),
            "account": said(snapshot.account),
            "region": said(snapshot.region),
            "created_by": _request(decision.created, texts),
            "stopped_by": _request(decision.stopped, texts),
            "created_at": _iso(snapshot.created_at),
            "ended_at": _iso(snapshot.ended_at),
            "benchmarks": len(snapshot.steps) or None,
            "failure_reason": clean_lines(snapshot.failure_reason, texts)
            if snapshot.failure_reason
            else None,
            "snapshot": snapshot.digest,
        },
        "model": {
            "name": said(snapshot.model),
            "package_arn": said(snapshot.model_package_arn),
            "package_group": said(snapshot.model_package_group),
        },
        "chosen": None if best is None else _configuration(best, texts),
        "policies": [
            _policy(judgement, best, texts=texts, items=items)
            for judgement in evaluation.judgements[:items]
        ],
        "recommendations": [
            _configuration(judged.candidate, texts)
            | {
                "verdict": None if judged.verdict is None else judged.verdict.value,
                "misses": [clean(words, texts) for words in judged.misses[:items]],
            }
            for judged in judged_candidates(decision)[:items]
        ],
        "existing_endpoints": [
            {
                "name": clean(endpoint.endpoint_name, texts),
                "model_latency_ms": _number(endpoint.model_latency.value),
                "invocations_per_minute": _number(endpoint.invocations_per_minute.value),
            }
            for endpoint in snapshot.existing_endpoints[:items]
        ],
        "in_doubt": [
            {"policy": clean(entry.policy.name, texts), "reason": clean(entry.reason, texts)}
            for entry in evaluation.unmatched
            if entry.in_doubt
        ][:items],
        "reason": clean(evaluation.reason, texts),
        "problems": [clean(problem, texts) for problem in evaluation.problems[:items]],
        "warnings": [clean(warning, texts) for warning in snapshot.warnings[:items]],
        "likely_cause": story.cause.cause if story.cause else None,
        "next_steps": [clean(step, texts) for step in story.next_steps[:items]],
        "stands_in_for": [
            {"route": said(each.route), "reason": said(each.reason), "remedy": said(each.remedy)}
            for each in telling.stands_in_for[:items]
        ],
        "links": {
            "report": story.report_url or None,
            "job": story.job_url or None,
            "logs": story.logs_url or None,
        },
    }


def _request(request: Request | None, texts: int) -> Json:
    """Who made a call: CloudTrail's identity, its words for people, and when."""
    if request is None or not caller(request):
        return None
    return {
        "identity": None if request.by is None else clean(request.by, texts),
        "name": clean(caller(request), texts),
        "at": _iso(request.at),
    }


def _policy(judgement: Judgement, best: Candidate | None, *, texts: int, items: int) -> Json:
    place = told_candidate(judgement, best)
    findings = () if place is None else judgement.findings(place)[:items]
    return {
        "policy": clean(judgement.policy.name, texts),
        "digest": judgement.policy.digest,
        "mode": judgement.mode.value,
        "verdict": judgement.verdict.value,
        "reason": clean(judgement.reason, texts),
        "configuration": None
        if place is None
        else _configuration(judgement.candidates[place], texts),
        "findings": [_finding(finding, texts) for finding in findings],
        "waivers": [_waiver(waiver, texts) for waiver in judgement.used_waivers[:items]],
    }


def _configuration(candidate: Candidate, texts: int) -> dict[str, Json]:
    figures: dict[str, Json] = {
        metric.name.lower(): _number(candidate.values[metric]) for metric in Metric
    }
    return {
        "recommendation_id": clean(candidate.recommendation_id, texts),
        "kind": candidate.kind.value,
        "instance_type": None
        if candidate.instance_type is None
        else clean(candidate.instance_type, texts),
        **figures,
    }


def _waiver(waiver: Waiver, texts: int) -> Json:
    """A waiver that allowed something."""
    return {
        "id": clean(waiver.id, texts),
        "limit": waiver.limit,
        "up_to": waiver.up_to,
        "down_to": waiver.down_to,
        "allow": [clean(name, texts) for name in sorted(waiver.allow)],
        "expires": waiver.expires.isoformat(),
        "requested_by": clean(waiver.requested_by, texts),
        "approved_by": clean(waiver.approved_by, texts),
        "reason": clean(waiver.reason, texts),
    }


def _finding(finding: Finding, texts: int) -> Json:
    observed = finding.observed
    return {
        "limit": clean(finding.limit, texts),
        "outcome": finding.outcome.name,
        "observed": clean(observed, texts) if isinstance(observed, str) else _number(observed),
        "missing": clean(finding.missing, texts) if finding.observed is None else "",
        "warn": _number(finding.warn),
        "fail": _number(finding.fail),
        "excess": _number(finding.excess),
        "unit": finding.unit,
        "rule": clean(finding.rule, texts),
        "waiver": clean(finding.waiver, texts),
    }


def _number(value: float | None) -> float | None:
    """The number, None where JSON has no word for it (an excess without a number)."""
    return value if value is not None and math.isfinite(value) else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
