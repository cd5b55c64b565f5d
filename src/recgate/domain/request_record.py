"""A request as the ledger keeps it, and back."""

from collections.abc import Mapping
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.domain.notice import Request, RequestedAction, Trigger

RECORD_SCHEMA = 1


def request_key(request: Request, trigger: Trigger) -> str:
    """What the request is known by in its job's stream: one call is one entry, however often
    and under whatever id EventBridge delivers it.
    """
    when = request.at.isoformat() if request.at else "-"
    return f"{request.action}:{request.call_id or trigger.event_id or when}"


def request_record(request: Request) -> dict[str, Json]:
    """The request as JSON."""
    return {
        "schema": RECORD_SCHEMA,
        "action": request.action.value,
        "by": request.by,
        "person": request.person,
        "through": request.through,
        "at": None if request.at is None else request.at.isoformat(),
        "call_id": request.call_id,
    }


def request_from(record: Json) -> Request | None:
    """The request that was recorded; None for an action that this version does not know."""
    if not isinstance(record, Mapping):
        return None
    action = _text(record.get("action"))
    if action not in {each.value for each in RequestedAction}:
        return None
    return Request(
        RequestedAction(action),
        by=_text(record.get("by")),
        at=_moment(_text(record.get("at"))),
        person=_text(record.get("person")),
        through=_text(record.get("through")),
        call_id=_text(record.get("call_id")),
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
