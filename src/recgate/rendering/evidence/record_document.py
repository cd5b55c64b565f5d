"""One record whole, as JSON: exactly what is stored, and what is known about it."""

import json

from recgate.domain.canonical import Json
from recgate.domain.link import sha256
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.whole_record import RecordedDelivery, WholeRecord
from recgate.rendering.evidence.decision_list import iso

SCHEMA = "recgate-record/1"


def record_document(record: WholeRecord) -> dict[str, Json]:
    """The record. ``body`` is None where what is stored is no JSON object."""
    link: Json = None
    if record.chained is not None and record.link is not None:
        link = json.loads(record.link)
    return {
        "schema": SCHEMA,
        "stream": record.stream,
        "position": record.position,
        "kind": record.kind,
        "key": record.key,
        "recorded_at": record.recorded_at,
        "body_digest": sha256(record.body),
        "link": link,
        "link_digest": None if record.link is None else sha256(record.link),
        "unchained_because": record.unchained_because or None,
        "seal": _seal(record),
        "troubles": list(record.troubles),
        "deliveries": [_delivery(each) for each in record.deliveries],
        "later": [_later(each) for each in record.later],
        "body": record.document,
    }


def _seal(record: WholeRecord) -> Json:
    seal = record.seal
    if seal is None:
        return None
    return {
        "key_id": seal.signature.key_id,
        "sealed_at": seal.sealed_at,
        "archived_as": seal.archived_as or None,
        "version": seal.version or None,
    }


def _delivery(each: RecordedDelivery) -> Json:
    return {
        "route": each.route,
        "state": each.state,
        "at": iso(each.at),
        "attempts": each.attempts,
        "receipt": each.receipt or None,
        "note": each.note,
        "reason": each.reason,
        "stream": each.stream,
        "place": each.place or None,
    }


def _later(made: RecordedDecision) -> Json:
    return {
        "decision": made.key,
        "verdict": made.verdict.value,
        "gate": "open" if made.is_open else "closed",
        "recorded_at": iso(made.recorded_at),
    }
