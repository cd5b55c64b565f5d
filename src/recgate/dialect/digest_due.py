"""The message that a schedule puts into the queue once a day: tell the digests that are due."""

import json
from collections.abc import Mapping

from recgate.dialect.document import parse_time
from recgate.dialect.events import LARGEST_EVENT_BYTES, NoticeNotUnderstood
from recgate.domain.canonical import Json
from recgate.domain.digest import DigestDue

DIGEST_DUE = "Digest Due"
"""The detail-type of the message (``source: recgate``): an event in shape, sent past the bus."""


def digest_due(body: str) -> DigestDue | None:
    """What is due by this message; None: it is of another kind, or no event at all.

    EventBridge Scheduler fills in ``id`` and ``time``
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html).
    Raises NoticeNotUnderstood when it does not say for which day.
    """
    if DIGEST_DUE not in body or len(body) > LARGEST_EVENT_BYTES:
        return None
    try:
        event: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, Mapping):
        return None
    if event.get("source") != "recgate" or event.get("detail-type") != DIGEST_DUE:
        return None
    at, event_id = parse_time(event.get("time")), event.get("id")
    if at is None:
        raise NoticeNotUnderstood(
            f"The event {DIGEST_DUE} has no time, so nobody knows which day it is about: its "
            "time is to be <aws.scheduler.scheduled-time>, as in template.yaml."
        )
    return DigestDue(at, event_id[:200] if isinstance(event_id, str) and event_id else None)
