"""Finding one recorded decision, by its key or by its job, and rebuilding it from its evidence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from recgate.domain.canonical import digest
from recgate.domain.decision import Decision
from recgate.domain.job import Snapshot
from recgate.flows.job_stream import DECISION, SNAPSHOT
from recgate.ports import (
    DecisionIndex,
    Entry,
    Ledger,
    RecgateError,
    Recorded,
    SnapshotReader,
    job_stream,
)

_KEY = re.compile(r"[0-9a-f]{12,64}")
_SHORT_KEY = re.compile(r"[0-9a-f]{4,11}")
_ARN = "arn:"

_LOOK_BACK_DAYS = 31
"""How far back decisions are looked through for a job whose account and region nobody said."""

_TOLD = 10
"""How many decisions are listed for somebody who has to choose."""


class DecisionNotFound(RecgateError):
    """No decision, or more than one, is what was asked for; the message says where it was
    looked for and what to do.
    """


class EvidenceMissing(RecgateError):
    """A decision is in the ledger, and the snapshot that it was made from is not."""


class DecisionReader(Protocol):
    """Reads a recorded decision back."""

    def __call__(self, entry: Entry, snapshot: Snapshot) -> Decision:
        """The decision that the entry records. Raises RecgateError if it cannot be told as it
        was.
        """
        ...


@dataclass(frozen=True, slots=True)
class Archive:
    """A ledger and what finds and reads the decisions in it; ``name`` is what people call it."""

    name: str
    ledger: Ledger
    index: DecisionIndex
    read_snapshot: SnapshotReader
    read_decision: DecisionReader


def recorded_decision(
    named: str, archive: Archive, *, today: date, job_arns: Sequence[str] = ()
) -> Decision:
    """The decision of that key (12 digits of it or more), or the last one of that job.

    A job is named by its ARN or its name. A name is looked for among ``job_arns`` (what the ARN
    would be in each place that it may mean) and among jobs that have no ARN; then among the
    decisions of the last days up to ``today`` (UTC), the newest of which counts.
    Raises DecisionNotFound, EvidenceMissing, LedgerUnavailable, LedgerRefused, JobUnusable, and
    what ``archive.read_decision`` raises.
    """
    if _KEY.fullmatch(named.lower()):
        found = archive.index.find(named.lower())
        if found:
            return rebuilt(_only(found, named, archive), archive)
    if named.startswith(_ARN):
        decision = last_decision(job_stream(named), archive)
        if decision is None:
            raise DecisionNotFound(
                f"There is no decision of job {named} in {archive.name}. Check the ARN; "
                "recgate check JOB --record judges a job and records the decision."
            )
        return decision
    entries = [_last_in(job_stream(each), archive) for each in (*job_arns, named)]
    found = [entry for entry in entries if entry is not None] or _lately(named, archive, today)
    if not found:
        raise _not_found(named, archive)
    return rebuilt(_only(found, named, archive), archive)


def last_decision(stream: str, archive: Archive) -> Decision | None:
    """The last decision in a job's stream; None when there is none.

    Raises as `recorded_decision` does, but for DecisionNotFound.
    """
    found = _last_in(stream, archive)
    return None if found is None else rebuilt(found, archive)


def rebuilt(recorded: Recorded, archive: Archive) -> Decision:
    """The decision in an entry, from the snapshot that it was made from.

    Raises as `recorded_decision` does, but for DecisionNotFound.
    """
    wanted = recorded.entry.body.get("snapshot_digest")
    for entry in archive.ledger.read(recorded.stream):
        if entry.kind == SNAPSHOT and digest(entry.body) == wanted:
            return archive.read_decision(recorded.entry, archive.read_snapshot(entry.body))
    raise EvidenceMissing(
        f"Decision {recorded.entry.key[:12]} is in {archive.name}, and no snapshot of "
        f"{recorded.stream} has the digest {str(wanted)[:12]} that it was made from: the ledger "
        "was changed by hand. Restore a copy of it."
    )


def _last_in(stream: str, archive: Archive) -> Recorded | None:
    decisions = [entry for entry in archive.ledger.read(stream) if entry.kind == DECISION]
    return Recorded(stream, decisions[-1]) if decisions else None


def _lately(name: str, archive: Archive, today: date) -> Sequence[Recorded]:
    """The last decision of each job of that name, on the last day that has any."""
    for days in range(_LOOK_BACK_DAYS):
        decided = archive.index.decided_on(today - timedelta(days=days))
        last = {each.stream: each for each in decided if _job_name(each.stream) == name}
        if last:
            return tuple(last.values())
    return ()


def _job_name(stream: str) -> str:
    return stream.removeprefix(job_stream("")).rsplit("/", 1)[-1]


def _only(found: Sequence[Recorded], named: str, archive: Archive) -> Recorded:
    if len(found) == 1:
        return found[0]
    raise DecisionNotFound(several_are_named(found, named, archive.name))


def several_are_named(found: Sequence[Recorded], named: str, ledger: str) -> str:
    """What to tell somebody who named several decisions at once: which they are."""
    listed = "".join(f"\n  {_line(each)}" for each in found[:_TOLD])
    more = f"\n  and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
    return (
        f"{named} may be any of {len(found)} decisions in {ledger}; name one by its key or "
        f"its job's ARN:{listed}{more}"
    )


def _line(recorded: Recorded) -> str:
    entry = recorded.entry
    verdict = str(entry.body.get("verdict"))[:20]
    job = recorded.stream.removeprefix(job_stream(""))
    return f"{entry.key} {verdict} {entry.recorded_at:%Y-%m-%d %H:%M} UTC {job!r}"


def _not_found(named: str, archive: Archive) -> DecisionNotFound:
    looked = (
        f"no decision whose key begins with {named}, and none of a job of that name"
        if _KEY.fullmatch(named.lower())
        else f"no decision of a job named {named}"
    )
    short = (
        " If it is the beginning of a key: give 12 digits of it or more."
        if _SHORT_KEY.fullmatch(named.lower())
        else ""
    )
    return DecisionNotFound(
        f"There is {looked} in {archive.name} (without the job's ARN, the last {_LOOK_BACK_DAYS} "
        f"days were looked through).{short} Name the job by its ARN, or judge it and record the "
        "decision: recgate check JOB --record."
    )
