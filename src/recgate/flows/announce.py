"""Each route hears a decision once: claim, deliver, record, each under the effect's own stream.

A dead channel neither blocks nor repeats the others. A worker that dies while it holds a claim
leaves a lease that runs out: the message may then be sent again, and is never lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from recgate.domain.decision import Decision
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
)
from recgate.domain.route import Route
from recgate.flows.parts import CheckParts
from recgate.ports import Entry, PositionTaken

_HELD_EXTRA_S = 5.0
"""How long after another worker's lease to look again."""

_MOST_COURSES = 20
"""How many notices may try a route that keeps refusing the same decision."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """How one route fared this time.

    ``delivery`` None: nothing was sent now, because it was settled before (``wait_s`` None) or
    because another worker is at it. ``wait_s`` is when to come again, None when there is no
    need; 0 leaves the wait to the queue. ``fault`` is an error of ours, for the log.
    """

    route: str
    delivery: Delivery | None = None
    wait_s: float | None = None
    fault: Exception | None = None


def effects_of(decision_entry: Entry) -> tuple[str, ...]:
    """The routes that a recorded decision is to be told to."""
    effects = decision_entry.body.get("effects")
    return tuple(map(str, effects)) if isinstance(effects, Sequence) else ()


def heard(decision_entries: Iterable[Entry], parts: CheckParts) -> frozenset[str]:
    """The routes that one of these recorded decisions was delivered to."""
    return frozenset(
        route
        for entry in decision_entries
        for route in effects_of(entry)
        if _was_delivered(entry.key, route, parts)
    )


def _was_delivered(key: str, route: str, parts: CheckParts) -> bool:
    """Whether one of the courses of this effect ended in a delivery."""
    for course in range(_MOST_COURSES):
        match effect_state(
            _entries(effect_stream(key, route, course=course), parts), parts.clock()
        ):
            case Settled(event=EffectEvent.REFUSED):
                continue
            case Settled():
                return True
            case _:
                return False
    return False


def announce(
    decision: Decision,
    route_names: Sequence[str],
    routes: Mapping[str, Route],
    parts: CheckParts,
) -> tuple[Announcement, ...]:
    """Tell the decision to every route that has not heard it.

    A route that refuses for good hands over to its fallback. Raises LedgerUnavailable and
    LedgerRefused; nothing that a channel does is raised.
    """
    todo, made = list(route_names), []
    for name in todo:  # grows while it is walked: a fallback joins at the end
        route = routes.get(name)
        if route is None:
            # The routes were edited since the decision was recorded.
            continue
        announcement, refused = _announce(decision, route, parts)
        made.append(announcement)
        if refused and route.fallback and route.fallback not in todo:
            todo.append(route.fallback)
    return tuple(made)


def _announce(decision: Decision, route: Route, parts: CheckParts) -> tuple[Announcement, bool]:
    """Do one effect unless it is settled or somebody is at it; True if it is refused for good."""
    stream, state = _course(decision, route, parts)
    match state:
        case Settled(event=event):
            return Announcement(route.name), event is EffectEvent.REFUSED
        case Held(until=until):
            wait = (until - parts.clock()).total_seconds() + _HELD_EXTRA_S
            return Announcement(route.name, wait_s=max(wait, _HELD_EXTRA_S)), False
        case Open(next_position=position, attempts=attempts):
            return _attempt(decision, route, stream, position, attempts + 1, parts)


def _course(decision: Decision, route: Route, parts: CheckParts) -> tuple[str, EffectState]:
    """The stream of the effect that is to be carried on, and how it stands.

    What was refused for good stays refused for the notice that it was refused for, however
    often the queue hands that over. Another notice of the same decision tries anew: somebody
    has put the event again, perhaps after mending what was in the way.
    """
    notice = decision.trigger.event_id
    for course in range(_MOST_COURSES):
        stream = effect_stream(decision.key, route.name, course=course)
        entries = _entries(stream, parts)
        state = effect_state(entries, parts.clock())
        refused = isinstance(state, Settled) and state.event is EffectEvent.REFUSED
        if not refused or notice is None or notice_of(entries) == notice:
            break
    return stream, state


def _attempt(
    decision: Decision, route: Route, stream: str, position: int, attempt: int, parts: CheckParts
) -> tuple[Announcement, bool]:
    claim = claim_entry(
        worker=parts.worker,
        lease_until=parts.clock() + parts.lease,
        attempt=attempt,
        notice=decision.trigger.event_id,
    )
    try:
        _append(stream, position, claim, parts)
    except PositionTaken:
        # Somebody claimed first; what comes of it is looked at when the queue comes again.
        return Announcement(route.name, wait_s=_HELD_EXTRA_S), False
    delivery, fault = _deliver(decision, route, parts)
    try:
        _append(stream, position + 1, outcome_entry(delivery, attempt=attempt), parts)
    except PositionTaken:
        # Our lease ran out and another worker took over: its record is the one that counts.
        return Announcement(route.name, delivery, wait_s=_HELD_EXTRA_S, fault=fault), False
    match delivery:
        case TryAgain(after_s=after_s):
            return Announcement(route.name, delivery, after_s or 0.0, fault), False
        case Refused():
            return Announcement(route.name, delivery), True
        case Delivered():
            return Announcement(route.name, delivery), False


def _deliver(
    decision: Decision, route: Route, parts: CheckParts
) -> tuple[Delivery, Exception | None]:
    try:
        return parts.channel_for(route).deliver(decision), None
    except Exception as fault:  # one broken channel must not silence the others
        return TryAgain(f"recgate failed while sending ({type(fault).__name__})"), fault


def _entries(stream: str, parts: CheckParts) -> list[EffectEntry]:
    return [(entry.kind, entry.body) for entry in parts.ledger.read(stream)]


def _append(stream: str, position: int, effect: EffectEntry, parts: CheckParts) -> None:
    kind, body = effect
    parts.ledger.append(stream, position, Entry(kind, stream, parts.clock(), body))
