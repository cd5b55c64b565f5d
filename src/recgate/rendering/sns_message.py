"""A decision as one SNS publish that serves every kind of subscriber."""

import json
from collections.abc import Mapping
from typing import Any

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import headline, summary
from recgate.rendering.plain_text import plain_text
from recgate.rendering.safe_text import ascii_only, clean
from recgate.rendering.verdict_document import SCHEMA, verdict_document
from recgate.rendering.words import verdict_word

SUBJECT = 99
"""Characters of the subject: "less than 100", printable ASCII, no line break.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""
SMS = 140
"""Characters of the text for phones: one SMS."""
BYTES = 262_144
"""Bytes of message and attributes together (the same page)."""
_ATTRIBUTE = 256
"""Characters of an attribute's value: our own, so that attributes stay small."""
_EMAIL_BYTES = 60_000
_MODEL_LIMIT = 60

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

_DETAILS = ((1_200, 100), (200, 20), (60, 5), (20, 1))
"""Characters of a text and entries of a list in the document: the first that fits is taken."""


def publish_arguments(decision: Decision) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic."""
    attributes = _attributes(decision)
    room = BYTES - sum(_size(name, value) for name, value in attributes.items())
    message = ""
    for texts, items in _DETAILS:
        message = _message(decision, texts=texts, items=items)
        if len(message.encode()) <= room:
            break
    return {
        "Subject": subject_line(decision),
        "MessageStructure": "json",
        "Message": message,
        "MessageAttributes": attributes,
    }


def subject_line(decision: Decision) -> str:
    """``[FAIL] support-summarizer v3: cost/hour $2.41 > limit $1.50 (+61%)``."""
    model = clean(decision.snapshot.model, _MODEL_LIMIT)
    return ascii_only(f"[{verdict_word(decision)}] {model}: {summary(decision)}", SUBJECT)


def severity(decision: Decision) -> int:
    """How loud it is, from 1 (fine) to 4 (somebody has to act)."""
    if decision.snapshot.status is JobStatus.FAILED:
        return _SEVERITIES[Verdict.FAIL]
    return _SEVERITIES[decision.verdict]


def _message(decision: Decision, *, texts: int, items: int) -> str:
    line = headline(decision)
    document = _json(verdict_document(decision, texts=texts, items=items))
    email = plain_text(decision).encode()[:_EMAIL_BYTES].decode(errors="ignore")
    return _json(
        {
            "default": line,
            "email": email,
            "sms": ascii_only(line, SMS),
            "sqs": document,
            "lambda": document,
        }
    )


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _attributes(decision: Decision) -> dict[str, dict[str, str]]:
    """What filter policies of subscriptions read. SNS refuses an empty value: it is left out."""
    snapshot, evaluation = decision.snapshot, decision.evaluation
    tags = snapshot.tags or {}
    environment = next((tags[name] for name in _ENVIRONMENT_TAGS if tags.get(name)), "")
    deciding = evaluation.deciding
    ended_without = {JobStatus.FAILED: "job_failed", JobStatus.STOPPED: "job_stopped"}
    texts = {
        "event": ended_without.get(snapshot.status, "verdict"),
        "verdict": decision.verdict.value,
        "policy": deciding.policy.name if deciding else "",
        "model": snapshot.model,
        "environment": environment,
        "region": snapshot.region or "",
        "account": snapshot.account or "",
        "schema": SCHEMA,
    }
    attributes = {
        name: {"DataType": "String", "StringValue": cleaned}
        for name, text in texts.items()
        if (cleaned := clean(text, _ATTRIBUTE))
    }
    attributes["severity"] = {"DataType": "Number", "StringValue": str(severity(decision))}
    return attributes


def _size(name: str, attribute: Mapping[str, str]) -> int:
    return len(name.encode()) + sum(len(value.encode()) for value in attribute.values())
