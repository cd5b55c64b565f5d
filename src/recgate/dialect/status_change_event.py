"""From a status change to the entry of a PutEvents request that announces it.

The contract is docs/events.md and status-change.v1.schema.json.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TypedDict

from recgate.dialect.document import canonical_value
from recgate.dialect.events import STATUS_CHANGE
from recgate.domain.canonical import Json
from recgate.domain.status_change import StatusChange

SOURCE = "recgate"
SCHEMA_VERSION = "1"

ENTRIES_PER_CALL = 10
"""PutEvents: at most ten entries. https://docs.aws.amazon.com/eventbridge/latest/APIReference/"""

CALL_BYTES_MAX = 256 * 1024 - 1
"""All entries of one call together: "must be less than 256KB", as `entry_bytes` counts them.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
"""

ENTRY_BYTES_MAX = 240 * 1024
"""One entry: the event that EventBridge makes of it has an envelope around it (same page), and
whoever reads the event from a queue takes 256 KB in all.
"""

_CUT = "…"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class EventEntry(TypedDict):
    """An entry of a PutEvents request.

    It has no ``Time``: EventBridge stamps the put. A change that is announced late would
    otherwise come with a stamp of long ago, and that may count against the time for which
    EventBridge tries to deliver. When the job changed is ``LastModifiedTime`` in the detail.
    """

    Source: str
    DetailType: str
    Resources: list[str]
    Detail: str
    EventBusName: str


def event_entry(change: StatusChange, bus_name: str) -> EventEntry:
    """The entry that announces the change on a bus.

    A failure reason too long for an entry is cut, and the cut is marked with ``…``: SageMaker's
    own has 1,024 characters at most.
    """
    detail = _detail(change)
    entry = _entry(detail, bus_name)
    over = entry_bytes(entry) - ENTRY_BYTES_MAX
    if over <= 0 or "FailureReason" not in detail:
        return entry
    return _entry(detail | {"FailureReason": _cut(detail["FailureReason"], over)}, bus_name)


def entry_bytes(entry: EventEntry) -> int:
    """What EventBridge counts of an entry; ``Time``, which would be 14 more, is not there."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return sum(len(text.encode()) for text in texts)


def calls(entries: Iterable[EventEntry]) -> Iterator[list[EventEntry]]:
    """The entries in their order, in as many lists as PutEvents must be called."""
    call: list[EventEntry] = []
    size = 0
    for entry in entries:
        more = entry_bytes(entry)
        if call and (len(call) == ENTRIES_PER_CALL or size + more > CALL_BYTES_MAX):
            yield call
            call, size = [], 0
        call.append(entry)
        size += more
    if call:
        yield call


def _entry(detail: dict[str, Json], bus_name: str) -> EventEntry:
    return EventEntry(
        Source=SOURCE,
        DetailType=STATUS_CHANGE,
        Resources=[str(detail["JobArn"])],
        Detail=_json(detail),
        EventBusName=bus_name,
    )


def _detail(change: StatusChange) -> dict[str, Json]:
    job = change.job
    members = {
        "SchemaVersion": SCHEMA_VERSION,
        "JobName": job.name,
        "JobArn": job.arn,
        "JobType": job.job_type,
        "Status": job.status,
        "PreviousStatus": change.previous,
        "CreationTime": _milliseconds(job.created_at),
        "LastModifiedTime": _milliseconds(job.modified_at),
        "CompletionTime": job.completed_at and _milliseconds(job.completed_at),
        "ModelPackageVersionArn": job.model_package_arn,
        "ModelName": job.model_name,
        "FailureReason": job.failure_reason,
    }
    # Lone surrogates, which JSON can escape and UTF-8 cannot hold, become U+FFFD here.
    return {
        name: canonical_value(value) for name, value in members.items() if value not in (None, "")
    }


def _milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, as SageMaker's own events have their times."""
    return (moment - _EPOCH) // _MILLISECOND


def _cut(text: Json, over: int) -> str:
    """The text's beginning and the mark, shorter by at least so many bytes of JSON."""
    whole = str(text)
    ends = list(accumulate(len(_json(each).encode()) - 2 for each in whole))  # without the quotes
    kept = bisect_right(ends, ends[-1] - over - len(_CUT.encode()))
    return whole[:kept] + _CUT


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
