"""A backtest as a document for programs. Its schema is ``backtest.v1.schema.json``."""

from collections.abc import Mapping

from recgate.domain.backtest import (
    HOURS_A_MONTH,
    Answer,
    ApprovedCost,
    Backtest,
    Broken,
    Change,
    Shift,
)
from recgate.domain.canonical import Json
from recgate.domain.decision_record import finding_record
from recgate.rendering.backtest.because import because
from recgate.rendering.backtest.story import REASON_LIMIT, About, title_of
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

SCHEMA = "recgate-backtest/1"
_PLACE_LIMIT = 400


def backtest_document(found: Backtest, about: About) -> dict[str, Json]:
    """The document, with every change. Amounts are US dollars an hour; names and reasons are
    cleaned and cut, and untrusted.
    """
    return {
        "schema": SCHEMA,
        "title": title_of(found),
        "policies": about.new,
        "against": about.old,
        "source": about.source,
        "day": about.day,
        "judged": found.judged,
        "compared": found.compared,
        "directions": {_key(way.value): count for way, count in found.directions.items()},
        "verdicts": _shifts(found.verdicts),
        "by_policy": {name: _shifts(shifts) for name, shifts in found.policies.items()},
        "limits": [
            {
                "policy": policy,
                "limit": limit,
                "directions": {_key(way.value): count for way, count in counts.items()},
            }
            for (policy, limit), counts in found.limits.items()
        ],
        "approved_cost": {
            "before": None if found.cost_before is None else _cost(found.cost_before),
            "after": _cost(found.cost_after),
            "difference_per_hour_usd": found.cost_difference_usd,
            "difference_per_month_usd": None
            if found.cost_difference_usd is None
            else round(found.cost_difference_usd * HOURS_A_MONTH, 6),
            "hours_per_month": HOURS_A_MONTH,
        },
        "changes": [_change(change) for change in found.changes],
        "not_judged": [
            {"place": clean(job.place, _PLACE_LIMIT), "reason": clean(job.reason, REASON_LIMIT)}
            for job in found.not_judged
        ],
    }


def _key(words: str) -> str:
    return words.replace(" ", "_")


def _shifts(shifts: Mapping[Shift, int]) -> Json:
    order = sorted(shifts.items(), key=lambda each: (-each[1], str(each[0])))
    return [{"before": before, "after": after, "jobs": count} for (before, after), count in order]


def _cost(cost: ApprovedCost) -> Json:
    return {
        "models": cost.models,
        "per_hour_usd": cost.cost_per_hour_usd,
        "unpriced": [clean(name, NAME_LIMIT) for name in cost.unpriced],
    }


def _change(change: Change) -> Json:
    return {
        "direction": _key(change.direction.value),
        "job": clean(change.job_name, NAME_LIMIT),
        "model": clean(change.model, NAME_LIMIT),
        "place": clean(change.place, _PLACE_LIMIT),
        "before": _answer(change.before, change.configuration_before),
        "after": _answer(change.after, change.configuration_after),
        "because": because(change),
        "responsible": [_broken(each, before=change.broken_before) for each in change.broken],
    }


def _answer(answer: Answer, configuration: str) -> Json:
    approved = answer.approved
    return {
        "verdict": answer.verdict,
        "gate": "open" if answer.verdict.opens_gate else "closed",
        "policies": dict(answer.policies),
        "approved": None
        if approved is None
        else {
            "recommendation_id": approved.recommendation_id,
            "configuration": clean(configuration, NAME_LIMIT),
            "cost_per_hour_usd": approved.cost_per_hour_usd,
        },
    }


def _broken(broken: Broken, *, before: bool) -> Json:
    return {
        "policy": broken.policy,
        "side": "before" if before else "after",
        **finding_record(broken.finding),
    }
