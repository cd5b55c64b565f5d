"""A recorded job's file read quickly: the parts of a document that a verdict is read from.

`recgate.dialect.recorded` reads such a file strictly and makes evidence of it. Here the same
file is read without that wherever it is plain: what `read_recording` would refuse or change is
left to it (None), so that nothing is taken that it would not take.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime

from recgate.dialect.document import SCHEMA, canonical_value, parse_time
from recgate.dialect.recorded_extras import (
    EXTRA_KEYS,
    extras_of,
    recorded_latencies,
    recorded_tags,
)
from recgate.dialect.recorded_json import MAX_BYTES, MAX_DEPTH, Recorded
from recgate.domain.canonical import Json
from recgate.ports import JobUnusable

_MEMBERS = frozenset(
    {
        *("JobName", "JobDescription", "JobType", "JobArn", "RoleArn", "Status", "FailureReason"),
        *("CreationTime", "CompletionTime", "LastModifiedTime", "InputConfig"),
        *("StoppingConditions", "InferenceRecommendations", "EndpointPerformances"),
        *("ResponseMetadata", *EXTRA_KEYS),
    }
)
"""The members of a Describe response, and what may be recorded beside it."""

_AFTER_A_KEY = re.compile(rb'"\s*:')


def quick_document(
    main: Recorded, companion: Recorded | None, *, minimum_samples: int
) -> dict[str, Json] | None:
    """The document for `recgate.dialect.backtest_reading`; None: read it strictly.

    Not canonical: no digest can be made of it, and no path be looked up in it.
    """
    try:
        document = _plain_object(main)
        beside = None if companion is None else _plain_object(companion)
        if document is None or not document.keys() <= _MEMBERS:
            return None
        if companion is not None and beside is None:
            return None
        extras = extras_of(document, main.label)
        if companion is not None and beside is not None:
            further = extras_of(beside, companion.label, only=True)
            if extras.keys() & further.keys():
                return None
            extras |= further
        steps = extras.get("Steps")
        rows = document.get("InferenceRecommendations")
        listed = rows if isinstance(rows, list) else []
        if not _are_objects(listed) or not (steps is None or _are_objects(steps.value)):
            return None
        latencies = recorded_latencies(extras.get("MeasuredLatency"), listed)
        measured: Json = None
        if latencies is not None:
            measured = {"minimum_samples": minimum_samples, "rows": latencies}
        return {
            "schema": SCHEMA,
            "job": document,
            "tags": recorded_tags(extras.get("Tags")),
            "measured": measured,
        }
    except (JobUnusable, ValueError, RecursionError):
        return None  # the strict reading says what is wrong


def modified_at(document: Mapping[str, Json]) -> datetime | None:
    """When the job of a quick document was modified; None when it does not say."""
    job = document["job"]
    said = job.get("LastModifiedTime") if isinstance(job, Mapping) else None
    return parse_time(canonical_value(said, "LastModifiedTime"))


def _plain_object(recorded: Recorded) -> dict[str, Json] | None:
    """The object in a file that holds no key twice; None when that is not sure."""
    data = recorded.data
    # Half a surrogate pair is repaired by the strict reading.
    if len(data) > MAX_BYTES or b"\\ud" in data or b"\\uD" in data:
        return None
    document = json.loads(data.decode())
    if type(document) is not dict:
        return None
    # A key that comes twice is one key in the object and two in the text. A string may hold what
    # looks like the end of a key, so that the text may have too many of them, but never too few.
    keys = _keys(document)
    return document if keys == len(_AFTER_A_KEY.findall(data)) else None


def _keys(document: dict[str, Json]) -> int:
    """How many keys there are on all levels; -1 where there are more levels than a job has."""
    count, level = 0, [document]
    lists: list[list[Json]] = []
    for _ in range(MAX_DEPTH):
        inner: list[Json] = []
        for each in level:
            count += len(each)
            inner += each.values()
        for items in lists:
            inner += items
        level = [each for each in inner if type(each) is dict]
        lists = [each for each in inner if type(each) is list]
        if not level and not lists:
            return count
    return -1


def _are_objects(value: object) -> bool:
    return type(value) is list and all(type(item) is dict for item in value)
