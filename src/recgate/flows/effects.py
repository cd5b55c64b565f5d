"""An effect happens once: claim, act, record, each step in the effect's own stream.

A worker that dies while it holds a claim leaves a lease that runs out: the effect may then
happen again, and is never lost. Who acts again is told since when an earlier try is in doubt.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.domain.delivery import Delivered, Delivery, Refused, TryAgain
from recgate.domain.effect import (
    EffectEntry,
    EffectEvent,
    EffectState,
    Held,
    Open,
    Settled,
    claim_entry,
    effect_state,
    effect_stream,
    notice_of,
    outcome_entry,
    recorded_refusal,
)
from recgate.flows.parts import CheckParts
from recgate.ports import Entry, PositionTaken

_HELD_EXTRA_S = 5.0
"""How long after another worker's lease to look again."""

_MOST_COURSES = 20
"""How many notices may try a route that keeps refusing the same thing."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """How one route fared this time.

    ``delivery`` None: nothing was sent now, because it was settled before (``wait_s`` None) or
    because another worker is at it. ``wait_s`` is when to come again, None when there is no
    need; 0 leaves the wait to the queue. ``fault`` is an error of ours, for the log.
    ``left_out`` is what belongs beside the message and could not be done, each with its reason.
    """

    route: str
    delivery: Delivery | None = None
    wait_s: float | None = None
    fault: Exception | None = None
    left_out: tuple[str, ...] = ()


Act = Callable[[datetime | None], Delivery]
"""Does the thing once. It is given since when an earlier try may have done it, None: none did."""


def perform(
    key: str, route: str, act: Act, parts: CheckParts, *, notice: str | None
) -> tuple[Announcement, Refused | None]:
    """Do the effect unless it is settled or somebody is at it.

    Gives the refusal, too, when it is refused for good, now or before. ``notice`` is the id of
    the event that asks for it. Raises LedgerUnavailable, LedgerRefused.
    """
    stream, entries = _course(key, route, parts, notice=notice)
    match _state(entries, parts):
        case Settled(event=EffectEvent.REFUSED, body=body):
            return Announcement(route), recorded_refusal(body)
        case Settled():
            return Announcement(route), None
        case Held(until=until):
            wait = (until - parts.clock()).total_seconds() + _HELD_EXTRA_S
            return Announcement(route, wait_s=max(wait, _HELD_EXTRA_S)), None
        case Open(next_position=position, attempts=attempts):
            claimed = _Claimed(route, stream, position, attempts + 1, notice)
            return _attempt(claimed, lambda: act(in_doubt_since(entries)), parts)


def delivered_before(key: str, route: str, parts: CheckParts) -> Delivered | None:
    """The delivery in which one of the courses of this effect ended, None if none did."""
    for course in range(_MOST_COURSES):
        entries = parts.ledger.read(effect_stream(key, route, course=course))
        match _state(entries, parts):
            case Settled(event=EffectEvent.REFUSED):
                continue
            case Settled(body=body):
                return Delivered(_text(body, "receipt"), _text(body, "note"), _text(body, "parent"))
            case _:
                return None
    return None


def in_doubt_since(entries: Sequence[Entry]) -> datetime | None:
    """When the first try was made that may have happened: it ended in a crash, or without an
    answer. None when every try is known to have failed.
    """
    open_claims: dict[Json, datetime] = {}
    doubts: list[datetime] = []
    for entry in entries:
        attempt = entry.body.get("attempt")
        if entry.kind == EffectEvent.CLAIMED:
            open_claims[attempt] = entry.recorded_at
        elif entry.kind == EffectEvent.RELEASED and attempt in open_claims:
            claimed_at = open_claims.pop(attempt)
            if entry.body.get("ambiguous") is not False:
                doubts.append(claimed_at)
    return min([*doubts, *open_claims.values()], default=None)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """The place at which this worker wants to act."""

    route: str
    stream: str
    position: int
    attempt: int
    notice: str | None


def _course(
    key: str, route: str, parts: CheckParts, *, notice: str | None
) -> tuple[str, Sequence[Entry]]:
    """The stream of the effect that is to be carried on, and what stands in it.

    What was refused for good stays refused for the notice that it was refused for, however
    often the queue hands that over. Another notice of the same thing tries anew: somebody
    has put the event again, perhaps after mending what was in the way.
    """
    for course in range(_MOST_COURSES):
        stream = effect_stream(key, route, course=course)
        entries = parts.ledger.read(stream)
        state = _state(entries, parts)
        refused = isinstance(state, Settled) and state.event is EffectEvent.REFUSED
        if not refused or notice is None or notice_of(_effect_entries(entries)) == notice:
            break
    return stream, entries


def _attempt(
    claimed: _Claimed, act: Callable[[], Delivery], parts: CheckParts
) -> tuple[Announcement, Refused | None]:
    route, attempt = claimed.route, claimed.attempt
    claim = claim_entry(
        worker=parts.worker,
        lease_until=parts.clock() + parts.lease,
        attempt=attempt,
        notice=claimed.notice,
    )
    try:
        _append(claimed.stream, claimed.position, claim, parts)
    except PositionTaken:
        # Somebody claimed first; what comes of it is looked at when the queue comes again.
        return Announcement(route, wait_s=_HELD_EXTRA_S), None
    delivery, fault = acted(act)
    try:
        outcome = outcome_entry(delivery, attempt=attempt)
        _append(claimed.stream, claimed.position + 1, outcome, parts)
    except PositionTaken:
        # Our lease ran out and another worker took over: its record is the one that counts.
        return Announcement(route, delivery, wait_s=_HELD_EXTRA_S, fault=fault), None
    match delivery:
        case TryAgain(after_s=after_s):
            return Announcement(route, delivery, after_s or 0.0, fault), None
        case Refused():
            return Announcement(route, delivery), delivery
        case Delivered():
            return Announcement(route, delivery), None


def acted(act: Callable[[], Delivery]) -> tuple[Delivery, Exception | None]:
    """What came of it, and the fault of ours if it was one: nobody knows then what was sent."""
    try:
        return act(), None
    except Exception as fault:  # one broken channel must not silence the others
        reason = f"recgate failed while sending ({type(fault).__name__})"
        return TryAgain(reason, ambiguous=True), fault


def _state(entries: Sequence[Entry], parts: CheckParts) -> EffectState:
    return effect_state(_effect_entries(entries), parts.clock())


def _effect_entries(entries: Sequence[Entry]) -> list[EffectEntry]:
    return [(entry.kind, entry.body) for entry in entries]


def _text(body: Mapping[str, Json], name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""


def _append(stream: str, position: int, effect: EffectEntry, parts: CheckParts) -> None:
    kind, body = effect
    parts.ledger.append(stream, position, Entry(kind, stream, parts.clock(), body))
