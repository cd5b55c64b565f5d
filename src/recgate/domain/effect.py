"""The life of one effect, told by its own stream: claimed, then released, delivered or refused.

One effect is one delivery of one decision to one route. Whoever wants to do it first writes a
claim at the next free position; the store lets only one worker have that position, so only
one holds the claim. The holder acts while its lease lasts, then writes how it went. After a
crash the lease runs out and somebody else claims: the effect may happen again, and is never
lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import assert_never

from recgate.domain.canonical import Json
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain

EffectEntry = tuple[str, Mapping[str, Json]]
"""The kind and the body of one entry of an effect's stream."""


class EffectUnreadable(ValueError):
    """An effect's stream holds an entry that this version of recgate cannot read."""


class EffectEvent(StrEnum):
    """What can happen to an effect: the kinds of the entries in its stream."""

    CLAIMED = "claimed"
    RELEASED = "released"
    DELIVERED = "delivered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Open:
    """Nobody holds it: it may be claimed at ``next_position``.

    ``attempts`` counts the claims so far, those that ended in a crash included.
    """

    next_position: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Held:
    """``worker`` is at it, and has until then (UTC)."""

    until: datetime
    worker: str


@dataclass(frozen=True, slots=True)
class Settled:
    """It is over, delivered or refused for good; ``body`` is the entry that says so."""

    event: EffectEvent
    body: Mapping[str, Json]


EffectState = Open | Held | Settled


@dataclass(frozen=True, slots=True)
class _Claim:
    attempt: int
    until: datetime
    worker: str


def effect_stream(decision_key: str, route: str, *, course: int = 0) -> str:
    """The name of the ledger stream of the delivery of this decision to this route.

    A refusal ends a course for good; a later notice may begin the next one (0, 1, 2…).
    """
    return f"effect:{decision_key}:{route}{f'#{course}' if course else ''}"


def claim_entry(
    *, worker: str, lease_until: datetime, attempt: int, notice: str | None = None
) -> EffectEntry:
    """The entry by which ``worker`` takes the effect until ``lease_until`` (an aware time).

    ``attempt`` counts from 1: one more than `Open.attempts`. ``notice`` is the id of the event
    that made the worker act, as far as it has one.
    Raises ValueError for a time without a zone: it would mean another moment elsewhere.
    """
    if lease_until.utcoffset() is None:
        raise ValueError(f"the lease of {worker} ends at {lease_until}, which has no time zone")
    return EffectEvent.CLAIMED, {
        "worker": worker,
        "lease_until": lease_until.astimezone(UTC).isoformat(),
        "attempt": attempt,
        "notice": notice,
    }


def notice_of(entries: Sequence[EffectEntry]) -> Json:
    """The id of the event for which the effect was last claimed; None when it had none."""
    claims = [body for kind, body in entries if kind == EffectEvent.CLAIMED]
    return claims[-1].get("notice") if claims else None


def outcome_entry(delivery: Delivery, *, attempt: int) -> EffectEntry:
    """The entry that says how the claim with this attempt number went.

    It belongs at the position right after that claim. If the position is taken, the lease was
    over and somebody else has claimed since: read the stream again.
    """
    match delivery:
        case Delivered(receipt=receipt, note=note, parent=parent):
            said: dict[str, Json] = {"receipt": receipt, "note": note, "attempt": attempt}
            return EffectEvent.DELIVERED, said | ({"parent": parent} if parent else {})
        case TryAgain(reason=reason, after_s=after_s, ambiguous=ambiguous):
            return EffectEvent.RELEASED, {
                "reason": reason,
                "after_s": after_s,
                "ambiguous": ambiguous,
                "attempt": attempt,
            }
        case Refused(reason=reason, remedy=remedy, kind=kind):
            return EffectEvent.REFUSED, {
                "reason": reason,
                "remedy": remedy,
                "kind": kind.value,
                "attempt": attempt,
            }
        case _:  # pragma: no cover
            assert_never(delivery)


def recorded_refusal(body: Mapping[str, Json]) -> Refused:
    """The refusal that an entry of the kind ``refused`` records."""
    kind = next((each for each in RefusalKind if each == body.get("kind")), RefusalKind.PAYLOAD)
    return Refused(str(body.get("reason") or "refused"), str(body.get("remedy") or ""), kind)


def effect_state(entries: Sequence[EffectEntry], now: datetime) -> EffectState:
    """What the effect's whole stream, in order, means at ``now`` (an aware time).

    A lease holds until its last moment, that moment excluded. The first delivery or refusal
    settles the effect, whatever stands after it. A release ends the claim of its own attempt
    only: one that comes late takes nothing away from the worker who claimed since.
    Raises EffectUnreadable for an entry of an unknown kind or without what its kind needs.
    """
    claim: _Claim | None = None
    attempts = 0
    for position, (kind, body) in enumerate(entries):
        match _event(kind, position):
            case EffectEvent.CLAIMED:
                claim = _claim(body, position)
                attempts += 1
            case EffectEvent.RELEASED:
                if claim and claim.attempt == body.get("attempt"):
                    claim = None
            case (EffectEvent.DELIVERED | EffectEvent.REFUSED) as event:
                return Settled(event, body)
    if claim and now < claim.until:
        return Held(claim.until, claim.worker)
    return Open(len(entries), attempts)


def _event(kind: str, position: int) -> EffectEvent:
    try:
        return EffectEvent(kind)
    except ValueError as unknown:
        raise EffectUnreadable(
            f"entry {position} of an effect is of kind {kind!r}, which this version of recgate "
            "does not know; was it written by a newer one?"
        ) from unknown


def _claim(body: Mapping[str, Json], position: int) -> _Claim:
    match body:
        case {"worker": str(worker), "lease_until": str(lease), "attempt": int(attempt)}:
            until = _moment(lease)
            if until is not None:
                return _Claim(attempt, until, worker)
    raise EffectUnreadable(
        f"entry {position} of an effect is a claim without a readable worker, lease_until "
        "and attempt"
    )


def _moment(text: str) -> datetime | None:
    """The aware time that the text says, None if it says none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None
