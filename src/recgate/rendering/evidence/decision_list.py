"""Decisions as rows of a table for people, and as a document for programs."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from recgate.domain.canonical import Json
from recgate.domain.notice import Request
from recgate.domain.recorded_configuration import Configuration
from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.rendering.evidence.decision_words import (
    amount,
    configuration_words,
    decimal_text,
    gate_words,
    joined,
    key_words,
    model_words,
    verdict_words,
    when,
)
from recgate.rendering.safe_text import clean
from recgate.rendering.waivers.rows import waiver_document
from recgate.rendering.words import NAME_LIMIT

SCHEMA = "recgate-decisions/1"

HEADINGS = (
    *("When (UTC)", "Verdict", "Gate", "Job", "Model", "Configuration"),
    *("Cost/h", "P99", "Policies", "Decision"),
)
RIGHT = ("Cost/h", "P99")
"""The columns of numbers."""


def decision_cells(made: RecordedDecision) -> tuple[str, ...]:
    """One decision by `HEADINGS`. The configuration is the approved one, or with a closed gate
    the one that the verdict is told of.
    """
    chosen = made.configuration
    return (
        when(made.recorded_at),
        verdict_words(made),
        gate_words(made),
        clean(made.job_name, NAME_LIMIT),
        model_words(made) or "–",
        configuration_words(chosen) if chosen else "–",
        amount(chosen.cost_per_hour_usd, "USD") if chosen else "–",
        amount(chosen.latency_p99_ms, "ms") if chosen else "–",
        joined(map(_policy_cell, made.policies)) or "none",
        key_words(made),
    )


def _policy_cell(made: PolicyResult) -> str:
    """The policy, marked when a waiver allowed something under it."""
    name = clean(made.policy, NAME_LIMIT)
    waivers = joined(clean(waiver.id, NAME_LIMIT) for waiver in made.waivers)
    if made.lacks_waiver:
        waivers = joined((waivers, "not named"))
    return f"{name} (waiver {waivers})" if waivers else name


def decisions_document(
    decisions: Iterable[RecordedDecision],
    *,
    looked: dict[str, Json],
    is_cut: bool,
    today: date,
) -> dict[str, Json]:
    """The decisions as JSON. ``looked`` says what was looked through, ``is_cut`` that there are
    more. Names are as they were recorded, numbers exact decimal strings.
    """
    return {
        "schema": SCHEMA,
        "looked": looked,
        "is_cut": is_cut,
        "decisions": [decision_document(made, today) for made in decisions],
    }


def decision_document(made: RecordedDecision, today: date) -> dict[str, Json]:
    """One decision in brief; the record itself is in an export."""
    return {
        "decision": made.key,
        "recorded_at": iso(made.recorded_at),
        "verdict": made.verdict.value,
        "gate": gate_words(made),
        "reason": made.reason,
        "is_readable": made.readable,
        "job": {
            "name": made.job_name,
            "arn": made.job_arn,
            "account": made.account or None,
            "region": made.region or None,
            "stream": made.stream,
            "created_by": _request(made.created),
        },
        "model": {
            "name": made.model,
            "version": made.version,
            "package_arn": made.package_arn,
        },
        "configuration": configuration_document(made.configuration),
        "policies": [
            {
                "policy": each.policy,
                "digest": each.digest,
                "mode": each.mode,
                "verdict": each.verdict,
                "reason": each.reason,
                "broken": list(each.broken),
                "waivers": [waiver.id for waiver in each.waivers],
            }
            for each in made.policies
        ],
        "waivers": [waiver_document(waiver, today) for waiver in made.waivers],
    }


def configuration_document(found: Configuration | None) -> Json:
    """A configuration exactly; None where there is none."""
    if found is None:
        return None
    month = found.cost_per_month_usd
    return {
        "recommendation_id": found.recommendation_id,
        "configuration": found.words,
        "kind": found.kind,
        "instance_type": found.instance_type,
        "instance_count": found.instance_count,
        "environment": dict(found.environment),
        "figures": {name: decimal_text(value) for name, value in sorted(found.figures.items())},
        "cost_per_month_usd": None if month is None else decimal_text(month),
    }


def iso(moment: datetime) -> str:
    """The time exactly, in UTC."""
    return moment.astimezone(UTC).isoformat()


def _request(request: Request | None) -> Json:
    if request is None:
        return None
    return {"by": request.by, "person": request.person, "through": request.through}
