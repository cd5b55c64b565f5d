"""Routes from their checked document, and the mistakes that its schema cannot see."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from recgate.dialect.mistake import Mistake, Path
from recgate.dialect.policy_mistakes import no_such_route, unknown_routes
from recgate.domain.canonical import Json
from recgate.domain.digest import Rhythm
from recgate.domain.route import (
    Console,
    Destination,
    Route,
    SlackBot,
    SlackWebhook,
    SnsTopic,
)


def _slack(slack: Mapping[str, Any]) -> SlackBot | SlackWebhook:
    if "webhook_secret" in slack:
        return SlackWebhook(slack["webhook_secret"])
    return SlackBot(
        slack["channel"],
        slack["token_secret"],
        tuple(slack.get("mention_on_fail", ())),
        progress=slack.get("progress", False),
    )


DESTINATIONS: Mapping[str, Callable[[Mapping[str, Any]], Destination]] = {
    "slack": _slack,
    "sns": lambda sns: SnsTopic(sns["topic_arn"]),
    "console": lambda _: Console(),
}
"""The keys of a route that say where it goes, and how what stands under each is read; each route
has exactly one.
"""

_CHANNEL_IS_FIXED = (
    "belongs to a bot, and a webhook has its channel fixed: "
    "keep webhook_secret, or channel and token_secret"
)
_BOT_ONLY = {
    "channel": _CHANNEL_IS_FIXED,
    "token_secret": _CHANNEL_IS_FIXED,
    "mention_on_fail": _CHANNEL_IS_FIXED,
    "progress": "belongs to a bot, and a webhook cannot change what it has said: "
    "take it out, or use channel and token_secret",
}
"""The keys that a webhook cannot have, and why."""


def routes_from(document: Mapping[str, Json]) -> dict[str, Route]:
    """The routes in a checked document, by name."""
    written: Mapping[str, Any] = document
    return {name: _route(name, route) for name, route in written.get("routes", {}).items()}


def default_routes_from(document: Mapping[str, Json]) -> tuple[str, ...] | None:
    """The default routes that a checked document names, None if it names none."""
    written: Mapping[str, Any] = document
    return tuple(written["default"]) if "default" in written else None


def _route(name: str, route: Mapping[str, Any]) -> Route:
    return Route(
        name,
        _destination(route),
        on=frozenset(route["on"]) if "on" in route else None,
        fallback=route.get("fallback"),
        digest=Rhythm(route["digest"]) if "digest" in route else None,
    )


def _destination(route: Mapping[str, Any]) -> Destination:
    key = next(key for key in DESTINATIONS if key in route)
    return DESTINATIONS[key](route[key])


def route_names(document: Json) -> tuple[str, ...]:
    """The names of the routes in a document of any shape."""
    routes = document.get("routes") if isinstance(document, Mapping) else None
    return tuple(routes) if isinstance(routes, Mapping) else ()


def route_mistakes(document: Json, *, built_in: Mapping[str, Route]) -> Iterator[Mistake]:
    """The mistakes in the routes; ``built_in`` are those that the file may also name."""
    if not isinstance(document, Mapping):
        return
    known = {*route_names(document), *built_in}
    yield from unknown_routes(document.get("default"), ("default",), known=known)
    routes = document.get("routes")
    fallbacks = {name: route.fallback for name, route in built_in.items()}
    for name, route in routes.items() if isinstance(routes, Mapping) else ():
        if not isinstance(route, Mapping):
            continue
        path: Path = ("routes", name)
        yield from _destination_mistakes(route, path)
        fallback = route.get("fallback")
        fallbacks[name] = fallback if isinstance(fallback, str) else None
        if isinstance(fallback, str) and fallback not in known:
            yield Mistake((*path, "fallback"), no_such_route(fallback, known))
    for circle in _circles(fallbacks):
        # The first route of the circle that is in the file is where it can be mended.
        start = next((name for name in circle if name in route_names(document)), circle[0])
        at = circle.index(start)
        way = " → ".join((*circle[at:], *circle[:at], start))
        yield Mistake(("routes", start, "fallback"), f"goes round in a circle: {way}")


def _destination_mistakes(route: Mapping[str, Json], path: Path) -> Iterator[Mistake]:
    found = [key for key in DESTINATIONS if key in route]
    if len(found) != 1:
        has = f"has {' and '.join(found)}" if found else "has none"
        *others, last = DESTINATIONS
        yield Mistake(path, f"needs exactly one of {', '.join(others)} and {last}, and {has}")
    slack = route.get("slack")
    if isinstance(slack, Mapping):
        yield from _slack_mistakes(slack, (*path, "slack"))
    if route.get("on") == [] and not _wants_beside_verdicts(route):
        yield Mistake(
            (*path, "on"),
            "is empty, so this route would hear nothing: name a verdict, leave the key out for "
            "all of them, or add digest or slack.progress",
        )


def _wants_beside_verdicts(route: Mapping[str, Json]) -> bool:
    """Whether a route asks for something other than single verdicts."""
    slack = route.get("slack")
    return "digest" in route or (isinstance(slack, Mapping) and slack.get("progress") is True)


def _slack_mistakes(slack: Mapping[str, Json], path: Path) -> Iterator[Mistake]:
    if "webhook_secret" in slack:
        for key, why in _BOT_ONLY.items():
            if key in slack:
                yield Mistake((*path, key), why, at_key=True)
    elif "channel" not in slack or "token_secret" not in slack:
        yield Mistake(path, "needs channel and token_secret (a bot), or webhook_secret")


def _circles(fallbacks: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Each circle of fallbacks once, beginning at the route that comes first."""
    settled: set[str] = set()
    for start in fallbacks:
        way: list[str] = []
        at: str | None = start
        while at is not None and at not in settled and at not in way:
            way.append(at)
            at = fallbacks.get(at)
        if at is not None and at in way:
            yield tuple(way[way.index(at) :])
        settled.update(way)
