"""Routes from their checked document, and the mistakes that its schema cannot see."""

from collections.abc import Iterator, Mapping
from typing import Any

from recgate.dialect.mistake import Mistake, Path
from recgate.dialect.policy_mistakes import no_such_route, unknown_routes
from recgate.domain.canonical import Json
from recgate.domain.route import Console, Destination, Route, SlackBot, SlackWebhook, SnsTopic

DESTINATIONS = ("slack", "sns", "console")
"""The keys of a route that say where it goes; each route has exactly one."""


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
        name, _destination(route), on=frozenset(route.get("on", ())), fallback=route.get("fallback")
    )


def _destination(route: Mapping[str, Any]) -> Destination:
    if "slack" in route:
        slack = route["slack"]
        if "webhook_secret" in slack:
            return SlackWebhook(slack["webhook_secret"])
        mentions = tuple(slack.get("mention_on_fail", ()))
        return SlackBot(slack["channel"], slack["token_secret"], mentions)
    if "sns" in route:
        return SnsTopic(route["sns"]["topic_arn"])
    return Console()


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
        yield Mistake(path, f"needs exactly one of slack, sns and console, and {has}")
    slack = route.get("slack")
    if isinstance(slack, Mapping):
        yield from _slack_mistakes(slack, (*path, "slack"))


def _slack_mistakes(slack: Mapping[str, Json], path: Path) -> Iterator[Mistake]:
    bot_only = [key for key in ("channel", "token_secret", "mention_on_fail") if key in slack]
    if "webhook_secret" in slack:
        for key in bot_only:
            yield Mistake(
                (*path, key),
                "belongs to a bot, and a webhook has its channel fixed: "
                "keep webhook_secret, or channel and token_secret",
                at_key=True,
            )
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
