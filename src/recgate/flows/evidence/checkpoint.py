"""Checkpoints: once a day every chain records its own end, also when nothing else happened.

A checkpoint is a record as every other: chained, signed, archived. Whoever cuts off the end of a
chain has to take the checkpoints behind the cut away, too, and their absence shows by the day.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from recgate.domain.canonical import Json
from recgate.domain.chain import checkpoint_stream, is_chain
from recgate.domain.link import Head
from recgate.domain.statement import Envelope, statement_bytes
from recgate.flows.evidence.seal import ChainedLedger, SealParts
from recgate.ports import CannotTellYet, Entry, PositionTaken, RecgateError

CHECKPOINT = "checkpoint"
"""The kind of the entry; its key is the day (ISO 8601, UTC)."""

CHECKPOINT_SCHEMA = 1

_ZONES_APART = timedelta(days=1)
"""How far ahead of this clock another's may be, around midnight."""

_NONE_KNOWN: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """What came of the checkpoint of one chain.

    ``last`` is the day of its newest one, None when there is none or it cannot be told.
    ``made``: this call recorded it. ``trouble`` says why there is none for today; with
    ``can_wait`` the next call may make it.
    """

    chain: str
    last: date | None
    made: bool = False
    trouble: str = ""
    can_wait: bool = True


def checkpoint(
    parts: SealParts, now: datetime, *, known: Mapping[str, date] = _NONE_KNOWN
) -> Sequence[Checkpointed]:
    """Record the end of every chain that has no checkpoint of today (UTC) yet.

    A day has one, and none comes before the last one's day: a clock that goes back makes no
    checkpoint until it is past that day again. ``known`` says of chains what their last
    checkpoint's day is, so that their streams need not be read.

    A checkpoint tells of the head as it was read. Records that others append in between come
    behind that head and before the checkpoint; what it says of the head stays true.

    What there is no time for is left out, and made by a later call.

    Raises LedgerUnavailable, LedgerRefused when the chains cannot even be listed; what goes
    wrong with one of them is told in the answer.
    """
    day = now.astimezone(UTC).date()
    made = []
    for chain in parts.ledger.chains():
        last = known.get(chain)
        if not (last and last >= day) and not parts.has_time():
            break  # what is recorded already is sealed first; the next run goes on from here
        try:
            if is_chain(chain) and not (last and last >= day):
                made.append(_checkpoint(chain, day, now, parts.ledger))
            elif last:
                made.append(_made_before(chain, last, day))
        except CannotTellYet as later:
            made.append(Checkpointed(chain, None, trouble=str(later)))
        except RecgateError as refusal:
            made.append(Checkpointed(chain, None, trouble=str(refusal), can_wait=False))
    return made


def _checkpoint(chain: str, day: date, now: datetime, ledger: ChainedLedger) -> Checkpointed:
    stream = checkpoint_stream(chain)
    entries = ledger.read(stream)
    last = max(_days(entries), default=None)
    if last is not None and last >= day:
        return _made_before(chain, last, day)
    head = ledger.head(chain)
    if head is None:
        # To go on from nothing would be a second beginning; the sealer calls such a chain broken.
        return Checkpointed(chain, last, trouble="the head of the chain is not there")
    entry = Entry(CHECKPOINT, day.isoformat(), now, checkpoint_body(chain, day, head))
    try:
        ledger.append(stream, len(entries), entry)
    except PositionTaken:
        return Checkpointed(chain, None)  # another one made it just now
    return Checkpointed(chain, day, made=True)


def _made_before(chain: str, last: date, day: date) -> Checkpointed:
    """There is one of today, or of a later day: then a clock is wrong, and there will be none."""
    if last - day <= _ZONES_APART:
        return Checkpointed(chain, last)
    told = f"the last checkpoint is of {last}, which has not come: none is made until then"
    return Checkpointed(chain, last, trouble=told, can_wait=False)


def checkpoint_body(chain: str, day: date, head: Head) -> dict[str, Json]:
    """What a checkpoint records: the end of its chain before it."""
    return {
        "schema": CHECKPOINT_SCHEMA,
        "chain": chain,
        "day": day.isoformat(),
        "sequence": head.sequence,
        "digest": head.digest,
    }


def newest_checkpoint(chain: str, ledger: ChainedLedger) -> tuple[date, Envelope] | None:
    """The last checkpoint of a chain as it was signed, to be kept elsewhere, and its day.

    None when there is none, or it is not sealed yet. Raises LedgerUnavailable, LedgerRefused.
    """
    stream = checkpoint_stream(chain)
    days = _days(ledger.read(stream))
    if not days:
        return None
    newest = max(days)
    place = stream, days[newest]
    entry = ledger.entries([place]).get(place)
    if entry is None or entry.sequence is None:
        return None
    link = next(iter(ledger.links(chain, entry.sequence)), None)
    if link is None or link.sequence != entry.sequence or link.seal is None:
        return None
    return newest, Envelope(statement_bytes(link.document, entry.body), link.seal.signature)


def _days(entries: Sequence[Entry]) -> Mapping[date, int]:
    """The days that have a checkpoint, and the position of each."""
    days: dict[date, int] = {}
    for position, entry in enumerate(entries):
        if entry.kind == CHECKPOINT:
            with suppress(ValueError):  # a key that no version of ours wrote says no day
                days.setdefault(date.fromisoformat(entry.key), position)
    return days
