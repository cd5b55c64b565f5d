"""The evidence of a decision: what the ledger keeps, readable without this code.

Numbers are exact decimal strings; what is missing says why. No secret can be in it: nothing
here comes from a route's destination.
"""

from collections.abc import Mapping
from datetime import datetime

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.canonical import Json
from recgate.domain.configuration_record import rules_record
from recgate.domain.decision import ENGINE, Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.notice import Request
from recgate.domain.policy_record import plain, policy_record
from recgate.domain.reading import Reading
from recgate.domain.request_record import request_from, request_record
from recgate.domain.waiver_record import waiver_record

RECORD_SCHEMA = 1
"""A reader refuses what is newer. Fields that a reader may do without are added under the same
number; `recgate.dialect.decision_reader` reads both.
"""


def decision_record(
    decision: Decision, *, effects: tuple[str, ...] | None, silent_because: str = ""
) -> dict[str, Json]:
    """The body of a decision's ledger entry.

    ``effects`` are the routes that are to hear of it; when there are none,
    ``silent_because`` says why.
    """
    evaluation = decision.evaluation
    record: dict[str, Json] = {
        "schema": RECORD_SCHEMA,
        "engine": ENGINE,
        "verdict": decision.verdict,
        "gate": "open" if decision.verdict.opens_gate else "closed",
        "reason": evaluation.reason,
        "judged_on": decision.judged_on.isoformat(),
        "decided_at": decision.decided_at.isoformat(),
        "snapshot_digest": decision.snapshot.digest,
        "policies_digest": decision.policies_digest,
        "trigger": {
            "source": decision.trigger.source,
            "event_id": decision.trigger.event_id,
            "time": _time(decision.trigger.time),
            "redrive_of": decision.trigger.redrive_of,
        },
        "job": _job(decision),
        "warnings": list(decision.snapshot.warnings),
        "waiver_problems": list(decision.waiver_problems),
        "judgements": [_judgement(judgement) for judgement in evaluation.judgements],
        "unmatched": [
            {
                "policy": entry.policy.name,
                "policy_digest": entry.policy.digest,
                **policy_record(entry.policy),
                "reason": entry.reason,
                "in_doubt": entry.in_doubt,
            }
            for entry in evaluation.unmatched
        ],
        "problems": list(evaluation.problems),
        "effects": None if effects is None else list(effects),
        "silent_because": silent_because,
    }
    if decision.rules is not None:
        record["rules"] = rules_record(decision.rules)
    if decision.snapshot_at is not None:
        place = decision.snapshot_at
        record["snapshot"] = {"stream": place.stream, "key": place.key}
    return record


def recorded_requests(record: Mapping[str, Json]) -> tuple[Request, ...]:
    """The requests in a decision's record."""
    job = record.get("job")
    found = job.get("requests") if isinstance(job, Mapping) else None
    requests = map(request_from, found) if isinstance(found, list) else ()
    return tuple(request for request in requests if request is not None)


def _job(decision: Decision) -> Json:
    snapshot, created, stopped = decision.snapshot, decision.created, decision.stopped
    return {
        "name": snapshot.job_name,
        "arn": snapshot.job_arn,
        "status": snapshot.status,
        "type": snapshot.job_type,
        "account": snapshot.account,
        "region": snapshot.region,
        "created_at": _time(snapshot.created_at),
        "ended_at": _time(snapshot.ended_at),
        "model_package_arn": snapshot.model_package_arn,
        "model_name": snapshot.model_name,
        "failure_reason": snapshot.failure_reason,
        "tags": None if snapshot.tags is None else dict(snapshot.tags),
        "created_by": created.by if created else None,
        "stopped_by": stopped.by if stopped else None,
        "requests": [request_record(request) for request in decision.requests],
    }


def _judgement(judgement: Judgement) -> Json:
    policy = judgement.policy
    nearest = nearest_miss(judgement)
    rows = judgement.candidates
    needed, used = policy.candidates.at_least, judgement.used_waivers
    return {
        "policy": policy.name,
        "policy_digest": policy.digest,
        **policy_record(policy),
        "mode": judgement.mode,
        "on_pass": policy.on_pass,
        "on_fail": policy.on_fail,
        "candidates_needed": "all" if needed is None else needed,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "deciding": _id_at(judgement, judgement.deciding),
        "chosen": _id_at(judgement, judgement.chosen),
        "waivers": [waiver_record(each, used=each in used) for each in judgement.waivers],
        "verdict_without_waivers": judgement.verdict_without_waivers,
        "candidates": [_candidate(judgement, place) for place in range(len(rows))],
        "nearest_miss": None
        if nearest is None
        else {
            "recommendation_id": nearest.candidate.recommendation_id,
            "limits": [finding.limit for finding in nearest.missed],
        },
    }


def _id_at(judgement: Judgement, place: int | None) -> str | None:
    return None if place is None else judgement.candidates[place].recommendation_id


def _candidate(judgement: Judgement, place: int) -> Json:
    candidate = judgement.candidates[place]
    return {
        "recommendation_id": candidate.recommendation_id,
        "configuration": candidate.configuration,
        "kind": candidate.kind,
        "instance_type": candidate.instance_type,
        "instance_count": candidate.instance_count,
        "environment": dict(candidate.environment),
        "readings": readings_record(candidate),
        "verdict": judgement.verdict_on(place),
        "findings": [finding_record(finding) for finding in judgement.findings(place)],
    }


def readings_record(candidate: Candidate) -> dict[str, Json]:
    """The candidate's figures by their metrics; those that nobody reported are left out."""
    return {
        metric.name.lower(): _reading(candidate.readings[metric])
        for metric in Metric
        if candidate.readings[metric].raw is not None or candidate.values[metric] is not None
    }


def _reading(reading: Reading) -> Json:
    body: dict[str, Json] = {"raw": plain(reading.raw), "source": reading.source}
    if reading.value is None:
        body["missing"] = reading.missing
    else:
        body["value"] = plain(reading.value)
    if reading.samples is not None:
        body["samples"] = reading.samples
    return body


def finding_record(finding: Finding) -> dict[str, Json]:
    """The finding as JSON."""
    body: dict[str, Json] = {"limit": finding.limit, "outcome": finding.outcome.name}
    if finding.missing:
        body["missing"] = finding.missing
    optional = {
        "value": finding.observed,
        "warn": finding.warn,
        "fail": finding.fail,
        "excess": finding.excess,
    }
    body.update({name: plain(value) for name, value in optional.items() if value is not None})
    if finding.rule:
        body["rule"] = finding.rule
    if finding.waiver:
        body["waiver"] = finding.waiver
    return body


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
