"""Finding one record by the names that people have for it."""

import re
from datetime import datetime, timedelta

from recgate.domain.record_id import made_at
from recgate.domain.whole_record import WholeRecord
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.find import (
    LOOK_BACK_DAYS,
    Wanted,
    decisions_in,
    found_decisions,
    look_for,
)
from recgate.flows.evidence.whole_record import (
    VERIFY,
    Records,
    link_at,
    link_in,
    linked,
    whole_record,
    with_story,
)
from recgate.flows.job_stream import DECISION
from recgate.flows.recorded_decisions import several_are_named
from recgate.ports import RecgateError, Recorded, job_stream

_KEY = re.compile(r"[0-9a-f]{12,64}")
_PLACE = re.compile(r"(?P<chain>[^#\s]+)#(?P<sequence>\d{1,15})")
_ARN = "arn:"

_CLOCKS_APART = timedelta(minutes=10)
"""How far the time in a record's id may lie from the time of its entry."""


class RecordNotFound(RecgateError):
    """No record, or more than one, is what was asked for; the message says what to do."""


def record_at(named: str, records: Records, now: datetime) -> WholeRecord:
    """The record that a name means: a decision's key (12 digits of it or more), a job's ARN or
    name (its last decision), ``CHAIN#SEQUENCE``, or a decision's record id.

    Raises RecordNotFound, LedgerUnavailable, LedgerRefused.
    """
    return with_story(_record_at(named, records, now), records)


def _record_at(named: str, records: Records, now: datetime) -> WholeRecord:
    place = _PLACE.fullmatch(named)
    if place:
        return _chained_at(place["chain"], int(place["sequence"]), records)
    if _KEY.fullmatch(named.lower()):
        found = list(records.index.find(named.lower()))
        if found:
            return _of_decision(_only(found, named, records), records)
    stream = job_stream(named)
    decisions = decisions_in(stream, records.ledger)
    if decisions:
        return _of_decision(decisions[-1], records)
    if named.startswith(_ARN):
        raise RecordNotFound(f"There is no decision of job {named} in {records.name}.")
    return _by_id(named, records) or _of_decision(_lately(named, records, now), records)


def _chained_at(chain: str, sequence: int, records: Records) -> WholeRecord:
    """The record at a place of a chain."""
    evidence = _evidence(records)
    head = evidence.head(chain)
    if head is None:
        chains = ", ".join(evidence.chains()) or "none"
        raise RecordNotFound(f"{records.name} has no chain {chain}. It has: {chains}.")
    stored = link_at(chain, sequence, evidence)
    if stored is None:
        gone = f" That one is missing: {VERIFY}." if 1 <= sequence <= head.sequence else ""
        raise RecordNotFound(
            f"Chain {chain} of {records.name} has no record {sequence}; its records are 1 to "
            f"{head.sequence}.{gone}"
        )
    link, trouble = link_in(stored)
    if link is None:
        raise RecordNotFound(f"Record {chain}#{sequence}: {trouble}. {VERIFY}.")
    where = (link.stream, link.position)
    entry = evidence.entries([where]).get(where)
    if entry is None:
        raise RecordNotFound(
            f"Record {chain}#{sequence} is chained, and its entry is gone ({link.kind} "
            f"{link.key[:16]!r} of {link.stream!r}): {VERIFY}."
        )
    return linked(entry, stored)


def _evidence(records: Records) -> Evidence:
    if records.evidence is None:
        raise RecordNotFound(f"{records.name} is of a kind that has no chains.")
    return records.evidence


def _of_decision(found: Recorded, records: Records) -> WholeRecord:
    """The record of a decision that an index has found."""
    for position, entry in enumerate(records.ledger.read(found.stream)):
        if entry.kind == DECISION and entry.key == found.entry.key:
            return whole_record(found.stream, position, entry, records)
    raise RecordNotFound(
        f"Decision {found.entry.key[:16]} is in the index of {records.name} and not in "
        f"{found.stream!r}: {VERIFY}."
    )


def _by_id(named: str, records: Records) -> WholeRecord | None:
    """The decision's record that has this id. Ids are in no index, but tell when they were made."""
    at = _made_at(named)
    if at is None:
        return None
    for day in sorted({(at + apart).date() for apart in (-_CLOCKS_APART, _CLOCKS_APART)}):
        for found in records.index.decided_on(day):
            if abs(found.entry.recorded_at - at) <= _CLOCKS_APART:
                record = _of_decision(found, records)
                if record.chained is not None and record.chained.id == named:
                    return record
    return None


def _made_at(named: str) -> datetime | None:
    """When the record was made that is named by its id; None for what is no id."""
    try:
        return made_at(named)
    except ValueError:
        return None


def _lately(name: str, records: Records, now: datetime) -> Recorded:
    """The last decision of the job of that name, among those of the last days."""
    wanted = Wanted(job=name)
    look = look_for(wanted, now)
    last: dict[str, Recorded] = {}
    day = None
    for made in found_decisions(wanted, look, ledger=records.ledger, index=records.index, now=now):
        if day is not None and made.recorded_at.date() != day:
            break  # on the last day that has any, every job of that name counts
        day = made.recorded_at.date()
        if made.stream not in last:
            last[made.stream] = decisions_in(made.stream, records.ledger)[-1]
    if not last:
        at = _made_at(name)
        if at is not None:
            raise RecordNotFound(
                f"No decision of {at:%Y-%m-%d %H:%M} UTC, which is when record {name} was made, "
                f"has that id in {records.name}. Other records are named by their place, "
                "CHAIN#SEQUENCE."
            )
        raise RecordNotFound(
            f"There is no decision whose key begins with {name}, and none of a job of that name "
            f"in the last {LOOK_BACK_DAYS} days, in {records.name}. Give 12 digits of a key or "
            "more, or name the job by its ARN; recgate audit list --since DATE shows what there is."
        )
    return _only(list(last.values()), name, records)


def _only(found: list[Recorded], named: str, records: Records) -> Recorded:
    if len(found) == 1:
        return found[0]
    raise RecordNotFound(several_are_named(found, named, records.name))
