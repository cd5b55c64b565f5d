"""The explanation of a decision as a document for programs: `recgate-explanation/1`.

Its contract is ``explanation.v1.schema.json``. Numbers are exact decimal strings, as in the
decision's record; None is what is not there. Texts from outside are cut, and cleaned of what
nobody can see.
"""

from recgate.domain.canonical import Json
from recgate.domain.decision import ENGINE, Decision
from recgate.domain.evaluation import Judgement
from recgate.rendering.callers import caller
from recgate.rendering.explanation.conditions import Asked, Concerned, asked_words
from recgate.rendering.explanation.document_limits import (
    candidate_document,
    placed_document,
    waiver_document,
)
from recgate.rendering.explanation.document_turning import turning_document
from recgate.rendering.explanation.order_words import placed, quantifier_words
from recgate.rendering.explanation.parts import Origin, Shown
from recgate.rendering.explanation.selection import is_shown, selected
from recgate.rendering.explanation.turning_words import turning_of
from recgate.rendering.explanation.why import deciding_judgement, why
from recgate.rendering.headline import compliant, headline
from recgate.rendering.safe_text import clean, clean_lines

SCHEMA = "recgate-explanation/1"

_TEXT = 1_200


def explanation_document(decision: Decision, shown: Shown, origin: Origin) -> dict[str, Json]:
    """The document."""
    evaluation, snapshot = decision.evaluation, decision.snapshot
    deciding, best = deciding_judgement(decision), compliant(evaluation)
    return {
        "schema": SCHEMA,
        "verdict": decision.verdict.value,
        "gate": "open" if decision.verdict.opens_gate else "closed",
        "headline": headline(decision),
        "why": why(decision),
        "reason": clean(evaluation.reason, _TEXT),
        "problems": [clean(problem, _TEXT) for problem in evaluation.problems],
        "warnings": [clean(warning, _TEXT) for warning in snapshot.warnings],
        "waiver_problems": [clean(problem, _TEXT) for problem in decision.waiver_problems],
        "decided_by": None if deciding is None else clean(deciding.policy.name, _TEXT),
        "to_deploy": None if best is None else clean(best.recommendation_id, _TEXT),
        "judged_on": decision.judged_on.isoformat(),
        "decided_at": decision.decided_at.isoformat(),
        "trigger": {
            "source": decision.trigger.source.value,
            "event_id": _said(decision.trigger.event_id),
            "time": None if decision.trigger.time is None else decision.trigger.time.isoformat(),
            "redrive_of": _said(decision.trigger.redrive_of),
        },
        "job": _job(decision),
        "shown": {"policy": shown.policy, "candidate": shown.candidate},
        "policies": [_policy(decision, each, shown) for each in selected(decision, shown)],
        "turning": turning_document(decision, turning_of(decision), shown),
        "evidence": {
            "decision": decision.key,
            "snapshot": snapshot.digest,
            "policies": decision.policies_digest,
            "engine": ENGINE,
            "recorded": origin.recorded,
            "page": origin.page,
        },
    }


def _said(text: str | None) -> str | None:
    return None if text is None else clean(text, _TEXT)


def _job(decision: Decision) -> Json:
    snapshot, created = decision.snapshot, decision.created
    return {
        "name": clean(snapshot.job_name, _TEXT),
        "arn": _said(snapshot.job_arn),
        "status": snapshot.status.value,
        "type": _said(snapshot.job_type),
        "account": _said(snapshot.account),
        "region": _said(snapshot.region),
        "model": clean(snapshot.model, _TEXT),
        "started_by": (caller(created) or None) if created else None,
        "failure_reason": clean_lines(snapshot.failure_reason, _TEXT)
        if snapshot.failure_reason
        else None,
        "recommendations": len(snapshot.candidates),
    }


def _policy(decision: Decision, each: Concerned, shown: Shown) -> Json:
    policy, judgement = each.policy, each.judgement
    said: dict[str, Json] = {
        "policy": clean(policy.name, _TEXT),
        "digest": policy.digest,
        "file": clean(policy.file, _TEXT),
        "owner": clean(policy.owner, _TEXT),
        "applies": each.applies.value,
        "reason": "" if each.unmatched is None else clean(each.unmatched.reason, _TEXT),
        "conditions": [_condition(asked) for asked in each.asked],
        "judgement": None if judgement is None else _judgement(decision, judgement, shown),
    }
    return said


def _condition(asked: Asked) -> Json:
    return {
        "key": clean(asked.key, _TEXT),
        "wanted": [clean(pattern, _TEXT) for pattern in asked.patterns],
        "value": _said(asked.value),
        "answer": asked.answer.value,
        "words": asked_words(asked),
    }


def _judgement(decision: Decision, judgement: Judgement, shown: Shown) -> Json:
    needed, policy = judgement.policy.candidates.at_least, judgement.policy
    asked = [each for each in placed(judgement) if is_shown(each.candidate, shown)]

    def named(place: int | None) -> str | None:
        return None if place is None else _said(judgement.candidates[place].recommendation_id)

    return {
        "verdict": judgement.verdict.value,
        "mode": judgement.mode.value,
        "mode_in_file": policy.mode.value,
        "enforce_from": None if policy.enforce_from is None else policy.enforce_from.isoformat(),
        "reason": clean(judgement.reason, _TEXT),
        "decides": judgement is deciding_judgement(decision),
        "candidates_needed": "all" if needed is None else needed,
        "quantifier": quantifier_words(judgement) if judgement.candidates else "",
        "deciding": named(judgement.deciding),
        "chosen": named(judgement.chosen),
        "order": [placed_document(each) for each in asked],
        "candidates": [candidate_document(judgement, each) for each in asked],
        "waivers": waiver_document(judgement),
    }
