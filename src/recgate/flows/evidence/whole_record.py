"""A record read whole: the entry, its link and seal, who was told of it, what was decided later.

What the ledger says of an entry and what its link says of it are held side by side; nothing more
is verified here, which is for `recgate audit verify`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from recgate.domain.canonical import Json, canonical_json
from recgate.domain.effect import EffectEvent, effect_stream
from recgate.domain.link import Link, LinkTooNew, LinkUnreadable, link_from, sha256
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.recorded_decision import recorded_decision
from recgate.domain.whole_record import RecordedDelivery, WholeRecord
from recgate.evidence_ports import Evidence, StoredEntry, StoredLink
from recgate.flows.announce import effects_of
from recgate.flows.evidence.find import read
from recgate.flows.job_stream import AUDIENCE, DECISION
from recgate.ports import DecisionIndex, Entry, Ledger, Recorded, job_stream

VERIFY = "recgate audit verify says what else is wrong"

_ADOPT = "it was recorded by a version without chains: recgate audit adopt links it"

_MOST_COURSES = 20
"""How many courses a delivery has at most (`recgate.flows.effects`)."""


@dataclass(frozen=True, slots=True)
class Records:
    """A ledger and what finds records in it; ``name`` is what people call it.

    ``evidence`` None: this kind of ledger chains nothing.
    """

    name: str
    ledger: Ledger
    index: DecisionIndex
    evidence: Evidence | None


def whole_record(stream: str, position: int, entry: Entry, records: Records) -> WholeRecord:
    """The record of an entry that was read from its stream, without its story.

    Raises LedgerUnavailable, LedgerRefused.
    """
    where, evidence = (stream, position), records.evidence
    stored = evidence.entries([where]).get(where) if evidence is not None else None
    if evidence is None or stored is None:
        return WholeRecord(
            stream,
            position,
            entry.kind,
            entry.key,
            entry.recorded_at.isoformat(),
            canonical_json(entry.body),
            unchained_because=f"{records.name} is of a kind that has no chains",
        )
    if stored.chain is None or stored.sequence is None:
        return replace(linked(stored, None), unchained_because=_ADOPT)
    link = link_at(stored.chain, stored.sequence, evidence)
    if link is None:
        gone = f"its link {stored.chain}#{stored.sequence} is missing: {VERIFY}"
        return replace(linked(stored, None), unchained_because=gone, troubles=(gone,))
    return linked(stored, link)


def link_at(chain: str, sequence: int, evidence: Evidence) -> StoredLink | None:
    """The link at a place of a chain; None when it is not there."""
    found = next(iter(evidence.links(chain, sequence)), None)
    return found if found is not None and found.sequence == sequence else None


def linked(entry: StoredEntry, link: StoredLink | None) -> WholeRecord:
    """The record of a stored entry and its link, and what does not fit between them."""
    chained, trouble = (None, "") if link is None else link_in(link)
    return WholeRecord(
        entry.stream,
        entry.position,
        entry.kind,
        entry.key,
        entry.recorded_at,
        entry.body,
        link=link.document if link else None,
        chained=chained,
        seal=link.seal if link else None,
        troubles=tuple(_misfits(entry, chained)) if chained else ((trouble,) if trouble else ()),
    )


def link_in(stored: StoredLink) -> tuple[Link | None, str]:
    """What a stored link says, or why it cannot be read."""
    try:
        return link_from(stored.document), ""
    except (LinkUnreadable, LinkTooNew) as problem:
        return None, f"its link {stored.chain}#{stored.sequence} cannot be read: {problem}"


def _misfits(entry: StoredEntry, link: Link) -> Iterator[str]:
    """Where the entry is not the one that was chained."""
    if sha256(entry.body) != link.body_digest:
        yield f"its body is not the one that was chained: {VERIFY}"
    told = {
        "place": ((entry.stream, entry.position), (link.stream, link.position)),
        "kind": (entry.kind, link.kind),
        "key": (entry.key, link.key),
        "time": (entry.recorded_at, link.recorded_at),
    }
    for name, (here, there) in told.items():
        if here != there:
            yield f"its {name} is not the one that was chained ({there!r}): {VERIFY}"


def with_story(record: WholeRecord, records: Records) -> WholeRecord:
    """The record of a decision with what came of it; any other as it is.

    Raises LedgerUnavailable, LedgerRefused.
    """
    body = record.document
    if record.kind != DECISION or body is None or not record.stream.startswith(job_stream("")):
        return record
    stream = records.ledger.read(record.stream)
    at = datetime.fromisoformat(record.recorded_at)
    return replace(
        with_deliveries(record, stream, records),
        decision=recorded_decision(record.stream, record.key, at, body),
        later=tuple(
            read(Recorded(record.stream, entry))
            for entry in stream[record.position + 1 :]
            if entry.kind == DECISION
        ),
    )


def with_deliveries(record: WholeRecord, stream: Sequence[Entry], records: Records) -> WholeRecord:
    """The record of a decision with who was told of it; ``stream`` is what its stream holds.

    Raises LedgerUnavailable, LedgerRefused.
    """
    routes = _routes(record.key, record.document or {}, stream)
    return replace(record, deliveries=tuple(_deliveries(record.key, routes, records)))


def _routes(key: str, body: Mapping[str, Json], stream: Sequence[Entry]) -> list[str]:
    """The routes that may have been told: those that were to be, and those that a policy names,
    which may have stood in for one of them.
    """
    audiences = [each for each in stream if each.kind == AUDIENCE and each.key == key]
    told = [name for entry in audiences for name in effects_of(entry)]
    effects = body.get("effects")
    told += map(str, effects) if isinstance(effects, list) else ()
    for judgement in mappings_in(body.get("judgements")):
        notify = judgement.get("notify")
        told += map(str, notify) if isinstance(notify, list) else ()
    return list(dict.fromkeys(told))


def _deliveries(key: str, routes: Sequence[str], records: Records) -> Iterator[RecordedDelivery]:
    """How each route fared; one that was refused for good may have been tried in another course."""
    for route in routes:
        for course in range(_MOST_COURSES):
            name = effect_stream(key, route, course=course)
            entries = records.ledger.read(name)
            if not entries:
                break
            yield _delivery(route, name, entries, records.evidence)


def _delivery(
    route: str, stream: str, entries: Sequence[Entry], evidence: Evidence | None
) -> RecordedDelivery:
    last, body = entries[-1], mapping_in(entries[-1].body)
    where = (stream, len(entries) - 1)
    stored = evidence.entries([where]).get(where) if evidence is not None else None
    return RecordedDelivery(
        route=route,
        state=last.kind,
        at=last.recorded_at,
        attempts=sum(entry.kind == EffectEvent.CLAIMED for entry in entries),
        stream=stream,
        place=f"{stored.chain}#{stored.sequence}" if stored and stored.chain else "",
        receipt=str(body.get("receipt") or ""),
        note=str(body.get("note") or ""),
        reason=str(body.get("reason") or ""),
    )
