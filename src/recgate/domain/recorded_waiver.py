"""A waiver as a decision's record tells it, of whatever shape that is."""

import math
from collections.abc import Mapping
from datetime import date

from recgate.domain.canonical import Json
from recgate.domain.loose_json import mappings_in
from recgate.domain.recorded_configuration import text_of
from recgate.domain.scope import Condition, Scope
from recgate.domain.waiver import Waiver

_NO_DAY = date.min
"""The last day of a waiver whose record does not say it: nothing is allowed by that."""


def waiver_in(record: Mapping[str, Json]) -> Waiver:
    """The waiver in a record, as far as people are told of it."""
    allow = record.get("allow")
    return Waiver(
        id=text_of(record.get("id")),
        policy=text_of(record.get("policy")),
        limit=text_of(record.get("limit")),
        scope=Scope(tuple(map(_condition, mappings_in(record.get("only_for"))))),
        reason=text_of(record.get("reason")),
        requested_by=text_of(record.get("requested_by")),
        approved_by=text_of(record.get("approved_by")),
        starts=_day(record.get("starts")),
        expires=_day(record.get("expires")),
        digest=text_of(record.get("digest")),
        up_to=_bound(record.get("up_to")),
        down_to=_bound(record.get("down_to")),
        allow=frozenset(map(text_of, allow)) if isinstance(allow, list) else frozenset(),
    )


def _condition(record: Mapping[str, Json]) -> Condition:
    patterns = record.get("patterns")
    return Condition(
        text_of(record.get("key")),
        tuple(map(text_of, patterns)) if isinstance(patterns, list) else (),
    )


def _day(value: Json) -> date:
    try:
        return date.fromisoformat(text_of(value))
    except ValueError:
        return _NO_DAY


def _bound(value: Json) -> float | None:
    try:
        bound = float(text_of(value))
    except ValueError:
        return None
    return bound if math.isfinite(bound) else None
