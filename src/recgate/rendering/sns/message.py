"""A decision as one SNS publish that serves every kind of subscriber."""

from typing import Any

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import told_headline
from recgate.rendering.plain_text import plain_text
from recgate.rendering.safe_text import clean
from recgate.rendering.sns.card import verdict_card
from recgate.rendering.sns.envelope import Contents, attributes_of, envelope
from recgate.rendering.verdict_document import SCHEMA, verdict_document
from recgate.rendering.words import verdict_word

_SEVERITIES = {
    Verdict.PASS: 1,
    Verdict.WARN: 2,
    Verdict.WAIVED: 2,
    Verdict.WOULD_FAIL: 2,
    Verdict.UNCOVERED: 2,
    Verdict.NO_RESULT: 3,
    Verdict.UNKNOWN: 3,
    Verdict.FAIL: 4,
    Verdict.ERROR: 4,
}

_ENVIRONMENT_TAGS = ("env", "environment", "Env", "Environment")

_ENDED_WITHOUT = {JobStatus.FAILED: "job_failed", JobStatus.STOPPED: "job_stopped"}

_TEST = "test"
"""The ``event`` of a message that is no verdict: filters on ``verdict`` leave it out."""


def publish_arguments(telling: Telling) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic."""
    return envelope(
        Contents(
            subject=subject_line(telling),
            line=told_headline(telling),
            email=plain_text(telling),
            document=lambda texts, items: verdict_document(telling, texts=texts, items=items),
            card=verdict_card(telling),
            attributes=_attributes(telling),
        )
    )


def subject_line(telling: Telling) -> str:
    """``[FAIL] support-summarizer v3: cost/hour $2.41 > limit $1.50 (+61%)``."""
    line, word = told_headline(telling), verdict_word(telling.decision)
    # The first word in brackets, as mail filters like it; a label or a change stays before it.
    return line.replace(word, f"[{word}]", 1)


def severity(decision: Decision) -> int:
    """How loud it is, from 1 (fine) to 4 (somebody has to act)."""
    if decision.snapshot.status is JobStatus.FAILED:
        return _SEVERITIES[Verdict.FAIL]
    return _SEVERITIES[decision.verdict]


def _attributes(telling: Telling) -> dict[str, dict[str, str]]:
    decision = telling.decision
    snapshot, deciding = decision.snapshot, decision.evaluation.deciding
    tags = snapshot.tags or {}
    environment = next((tags[name] for name in _ENVIRONMENT_TAGS if tags.get(name)), "")
    event = _TEST if telling.label else _ENDED_WITHOUT.get(snapshot.status, "verdict")
    texts = {
        "event": event,
        "verdict": decision.verdict.value,
        "policy": deciding.policy.name if deciding else "",
        "model": snapshot.model_package_group or snapshot.model,
        "environment": environment,
        "region": snapshot.region or "",
        "account": snapshot.account or "",
        "stands_in_for": clean(telling.stands_in_for[0].route, 64) if telling.stands_in_for else "",
        "schema": SCHEMA,
    }
    return attributes_of(texts, severity=severity(decision))
