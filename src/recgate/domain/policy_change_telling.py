"""What changed in who hears of verdicts: the routes, and what each of them wants."""

from collections.abc import Iterable, Iterator

from recgate.domain.policy_change import Change, Of, Touches, other_change
from recgate.domain.policy_change_detail import Added, Hearing, Removed, Said
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Route, SlackBot


def route_changes(old: PolicySet, new: PolicySet) -> Iterator[Change]:
    """Routes added, removed and changed, and other default routes."""
    if set(old.default_routes) != set(new.default_routes):
        yield _change("", "default", hearing(old.default_routes, new.default_routes))
    for name, route in new.routes.items():
        if name not in old.routes:
            yield _change(name, "", Added(route))
        else:
            yield from _differences(old.routes[name], route)
    for name, route in old.routes.items():
        if name not in new.routes:
            yield _change(name, "", Removed(route))


def hearing(old: Iterable[str] | None, new: Iterable[str] | None) -> Hearing:
    """Two lists of names, and what is in one of them only; None: no list."""
    was, now = (None if each is None else tuple(each) for each in (old, new))
    if was is None or now is None:
        return Hearing(was, now)
    return Hearing(
        was,
        now,
        joins=tuple(name for name in now if name not in was),
        leaves=tuple(name for name in was if name not in now),
    )


def _change(name: str, key: str, detail: Added | Removed | Hearing | Said) -> Change:
    return other_change(Of.ROUTE, name, key, detail, Touches.TELLING)


def _differences(old: Route, new: Route) -> Iterator[Change]:
    if old.destination.words != new.destination.words:
        yield _change(new.name, "destination", Said(old.destination.words, new.destination.words))
    if old.on != new.on:
        wants = [None if each.on is None else sorted(each.on) for each in (old, new)]
        yield _change(new.name, "on", hearing(*wants))
    if old.digest is not new.digest:
        yield _change(new.name, "digest", Said(old.digest or "", new.digest or ""))
    if old.fallback != new.fallback:
        yield _change(new.name, "fallback", Said(old.fallback or "", new.fallback or ""))
    if old.wants_progress is not new.wants_progress:
        told = [str(each.wants_progress).lower() for each in (old, new)]
        yield _change(new.name, "slack.progress", Said(*told))
    if set(_mentioned(old)) != set(_mentioned(new)):
        yield _change(new.name, "slack.mention_on_fail", hearing(_mentioned(old), _mentioned(new)))
    yield from _secret(old, new)


def _mentioned(route: Route) -> tuple[str, ...]:
    destination = route.destination
    return destination.mention_on_fail if isinstance(destination, SlackBot) else ()


def _secret(old: Route, new: Route) -> Iterator[Change]:
    """The name of a bot's secret, which the words of its destination leave out."""
    was, now = _token(old), _token(new)
    if was and now and was != now:
        yield _change(new.name, "slack.token_secret", Said(was, now))


def _token(route: Route) -> str:
    destination = route.destination
    return destination.token_secret if isinstance(destination, SlackBot) else ""
