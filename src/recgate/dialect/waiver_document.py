"""Waivers from a checked document: those of its entries that have no mistake."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from recgate.dialect.policy_document import scope_from
from recgate.domain.canonical import Json, digest
from recgate.domain.waiver import Waiver

Document = Mapping[str, Any]


def waivers_from(document: Document, *, without: Collection[int] = ()) -> tuple[Waiver, ...]:
    """The waivers in waivers.yaml, in the order in which they are written.

    ``without`` are the places (from 0) of those entries in which a mistake was found: they count
    as absent. The others have passed the schema and `recgate.dialect.waiver_mistakes`.
    Raises ValueError or KeyError for one that was not checked.
    """
    entries: list[Document] = document["waivers"]
    return tuple(waiver_from(entry) for at, entry in enumerate(entries) if at not in without)


def waiver_from(entry: Document) -> Waiver:
    """One waiver. Raises ValueError or KeyError for an entry that was not checked."""
    up_to, down_to = entry.get("up_to"), entry.get("down_to")
    allow = frozenset(entry.get("allow", ()))
    if sum((up_to is not None, down_to is not None, bool(allow))) != 1:
        raise ValueError(f"waiver {entry['id']}: needs exactly one of up_to, down_to and allow")
    written: Mapping[str, Json] = entry
    return Waiver(
        id=entry["id"],
        policy=entry["policy"],
        limit=entry["limit"],
        scope=scope_from(entry["only_for"]),
        reason=entry["reason"],
        requested_by=entry["requested_by"],
        approved_by=entry["approved_by"],
        starts=date.fromisoformat(entry["starts"]),
        expires=date.fromisoformat(entry["expires"]),
        digest=digest(written),
        up_to=None if up_to is None else float(up_to),
        down_to=None if down_to is None else float(down_to),
        allow=allow,
    )
