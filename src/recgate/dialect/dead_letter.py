"""A message of the dead-letter queue: what event it is, why it is there, and how it goes back.

Three kinds come there: from the function, which parks what it cannot handle with a ``reason``;
from EventBridge, which could not deliver to the queue; and from SQS, after the queue's
maxReceiveCount.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from recgate.dialect.digest_due import digest_due
from recgate.dialect.events import REDRIVE_OF, NoticeNotUnderstood, notice_from
from recgate.domain.canonical import Json
from recgate.domain.notice import JobNotice, TriggerSource

_REASON = "reason"
_RULE, _SCHEDULE, _TARGET = "RULE_ARN", "SCHEDULE_ARN", "TARGET_ARN"
_ERROR_CODE, _ERROR_MESSAGE = "ERROR_CODE", "ERROR_MESSAGE"
_RETRIES = "RETRY_ATTEMPTS"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message, hidden from everybody else until ``hidden_until``.

    ``event`` and ``reason`` are for people, and hold whatever the sender wrote: clean them
    before printing. ``job`` is a job's name, or the digest that was due; None: recgate does not
    understand the message, and ``event`` says why. ``tries`` and ``since`` (UTC) are None when
    nobody tells them.
    """

    message_id: str
    receipt: str
    body: str
    event: str
    reason: str
    hidden_until: datetime
    job: str | None = None
    tries: int | None = None
    since: datetime | None = None

    @property
    def is_understood(self) -> bool:
        """Whether recgate would act on it, if it came again."""
        return self.job is not None

    def redriven(self, event_id: str) -> str:
        """The event under a new id, with its old one as ``redrive-of``.

        A route that has refused a decision for good is tried again only by an event with another
        id. What is no JSON object goes back byte for byte.
        """
        event = _object(self.body)
        if event is None:
            return self.body
        renewed = {**event, "id": event_id}
        if isinstance(event.get("id"), str):
            renewed[REDRIVE_OF] = event["id"]
        # ASCII: SQS refuses some characters, and a lone surrogate cannot be sent at all.
        return json.dumps(renewed, separators=(",", ":"))


def dead_letter(
    message: Mapping[str, object], *, hidden_until: datetime, most_receives: int = 0
) -> DeadLetter:
    """The letter in a message of SQS's ReceiveMessage.

    ``most_receives`` is the maxReceiveCount of the queue that it came from, 0 if not known.
    """
    body = str(message.get("Body", ""))
    job, event = _understood(body)
    attributes = _texts(message.get("Attributes"))
    reason, tries = _reason(_values(message.get("MessageAttributes")), attributes, most_receives)
    return DeadLetter(
        message_id=str(message.get("MessageId", "")),
        receipt=str(message.get("ReceiptHandle", "")),
        body=body,
        event=event,
        reason=reason,
        hidden_until=hidden_until,
        job=job,
        tries=tries,
        since=_moment(attributes.get("SentTimestamp")),
    )


def _understood(body: str) -> tuple[str | None, str]:
    """The job's name and what happened to it; or None and why nobody can tell."""
    try:
        due = digest_due(body)
        if due is not None:
            return f"digest of {due.at.date().isoformat()}", "a digest is due"
        notice = notice_from(body)
    except NoticeNotUnderstood as problem:
        return None, f"not understood: {problem}"
    return notice.job_name, _event_words(notice, _object(body) or {})


def _event_words(notice: JobNotice, event: Mapping[str, Json]) -> str:
    detail = event.get("detail")
    detail = detail if isinstance(detail, Mapping) else {}
    request = notice.trigger.request
    if request is not None:
        call = str(detail.get("eventName")).removesuffix("InferenceRecommendationsJob")
        return f"{call} by {request.by or 'somebody'}"
    status = detail.get("Status")
    change = f"status change{f' to {status}' if isinstance(status, str) else ''}"
    native = notice.trigger.source is TriggerSource.NATIVE_EVENT
    return f"SageMaker's own {change}" if native else change


def _reason(
    said: Mapping[str, str], attributes: Mapping[str, str], most_receives: int
) -> tuple[str, int | None]:
    """Why the message is there, and how often it was tried."""
    if _REASON in said:
        return said[_REASON], None
    if any(name in said for name in (_ERROR_CODE, _ERROR_MESSAGE, _RULE, _TARGET)):
        code, message = said.get(_ERROR_CODE, "no code"), said.get(_ERROR_MESSAGE, "no message")
        way = "rule" if _SCHEDULE not in said else "schedule"
        name = said.get(_SCHEDULE, said.get(_RULE, "?")).rsplit("/", 1)[-1]
        target = said.get(_TARGET, "?").rsplit(":", 1)[-1]
        words = f"EventBridge could not deliver it from {way} {name} to {target}: {code}: {message}"
        return words, _count(said.get(_RETRIES))
    # SQS counts the receives across all queues, this one and those of earlier looks included.
    received = (_count(attributes.get("ApproximateReceiveCount")) or 1) - 1
    tries = most_receives or received or None
    after = f"after {tries} tries" if tries and tries != 1 else "after its tries"
    return (
        f"moved by SQS {after}: the function ended without an answer each time (an outage, a "
        "time-out, a crash); see its log"
    ), tries


def _object(body: str) -> dict[str, Json] | None:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _values(attributes: object) -> dict[str, str]:
    """SQS's message attributes, as far as they are text."""
    if not isinstance(attributes, Mapping):
        return {}
    values = {str(name): _texts(value).get("StringValue") for name, value in attributes.items()}
    return {name: value for name, value in values.items() if value is not None}


def _texts(attributes: object) -> dict[str, str]:
    if not isinstance(attributes, Mapping):
        return {}
    return {str(name): value for name, value in attributes.items() if isinstance(value, str)}


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _moment(milliseconds: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(milliseconds or "") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
