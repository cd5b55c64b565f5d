"""Each route hears a message once, and a route that refuses for good hands over to its fallback.

A dead channel neither blocks nor repeats the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from recgate.domain.delivery import Delivered, Delivery, Refused, TryAgain
from recgate.domain.route import Route
from recgate.domain.telling import Message, StandIn
from recgate.flows.effects import Announcement, delivered_before, perform
from recgate.flows.parts import CheckParts
from recgate.ports import Entry, RecgateError

__all__ = ["Announcement", "Errand", "Occasion", "announce", "effects_of", "heard"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """To whom a message goes, and why it is not for the first time or not to the route meant.

    ``in_doubt_since``: an earlier try of this message may have arrived.
    """

    route: Route
    in_doubt_since: datetime | None
    stands_in_for: tuple[StandIn, ...]


class Errand(Protocol):
    """What is to be told."""

    @property
    def key(self) -> str:
        """What makes it the same when it comes again: a decision's key, a digest's."""
        ...

    @property
    def notice(self) -> str | None:
        """The id of the event that it is told for, as far as that has one."""
        ...

    def compose(self, occasion: Occasion) -> Message:
        """The message. Raises LedgerUnavailable, LedgerRefused."""
        ...

    def after(self, route: Route, message: Message, delivered: Delivered) -> Sequence[str]:
        """Do what belongs beside a delivered message; what was left out, and why."""
        ...


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
        if delivered_before(entry.key, route, parts) is not None
    )


def announce(
    errand: Errand, route_names: Sequence[str], routes: Mapping[str, Route], parts: CheckParts
) -> tuple[Announcement, ...]:
    """Tell it to every route that has not heard it.

    Raises LedgerUnavailable and LedgerRefused; nothing that a channel does is raised.
    """
    todo, told = _fallbacks_last(route_names, routes), list[_Told]()
    refusals: dict[str, tuple[StandIn, ...]] = {}
    for name in todo:  # grows while it is walked: a fallback joins at the end
        route = routes.get(name)
        if route is None:
            # The routes were edited since the decision was recorded.
            continue
        one = _tell(errand, route, refusals.get(name, ()), parts)
        told.append(one)
        if one.refused and route.fallback:
            stand_in = StandIn(name, one.refused.reason, one.refused.remedy)
            passed_on = (*refusals.get(name, ()), stand_in)
            refusals[route.fallback] = (*refusals.get(route.fallback, ()), *passed_on)
            if route.fallback not in todo:
                todo.append(route.fallback)
    # Every verdict first: what belongs beside one may take its time, and the next must not wait.
    return tuple(replace(one.made, left_out=_after(errand, one)) for one in told)


def _fallbacks_last(names: Sequence[str], routes: Mapping[str, Route]) -> list[str]:
    """The names in their order, but a fallback after the routes that it stands in for, so that it
    knows what they answered.
    """

    def stands_behind(name: str, depth: int = 0) -> int:
        """How many routes in a row may hand over to this one; a circle ends somewhere."""
        before = [each for each in names if each in routes and routes[each].fallback == name]
        if depth > len(names):
            return depth
        return max((1 + stands_behind(each, depth + 1) for each in before), default=0)

    return sorted(dict.fromkeys(names), key=stands_behind)


@dataclass(frozen=True, slots=True)
class _Told:
    """How one route fared, and with which message."""

    route: Route
    made: Announcement
    refused: Refused | None
    message: Message | None


def _tell(
    errand: Errand, route: Route, stands_in_for: tuple[StandIn, ...], parts: CheckParts
) -> _Told:
    sent: list[Message] = []

    def send(in_doubt_since: datetime | None) -> Delivery:
        try:
            message = errand.compose(Occasion(route, in_doubt_since, stands_in_for))
        except RecgateError as trouble:
            return TryAgain(f"the message could not be put together: {trouble}")
        sent.append(message)
        return parts.channel_for(route).deliver(message)

    made, refused = perform(errand.key, route.name, send, parts, notice=errand.notice)
    return _Told(route, made, refused, sent[0] if sent else None)


def _after(errand: Errand, told: _Told) -> tuple[str, ...]:
    """What was left out beside a message that is out and recorded: nothing of it is tried again."""
    delivered = told.made.delivery
    if not isinstance(delivered, Delivered) or told.made.wait_s is not None or not told.message:
        return ()
    try:
        return tuple(errand.after(told.route, told.message, delivered))
    except Exception as fault:  # decoration must not turn a delivered verdict into an error
        return (f"everything beside the message: recgate failed ({type(fault).__name__}: {fault})",)
