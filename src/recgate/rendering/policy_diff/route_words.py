"""Who hears of verdicts, and what changed in that, in words. Secrets stand by name only."""

from recgate.domain.policy import RegistryAction
from recgate.domain.policy_change_detail import Hearing, Registry
from recgate.domain.route import Route
from recgate.rendering.policy_diff.limit_words import NAME, listed
from recgate.rendering.safe_text import clean

_EVERYTHING = "every verdict"


def route_words(route: Route) -> str:
    """Where it leads and what it hears."""
    told = [clean(route.destination.words, 2 * NAME), f"hears {_verdicts(route.on)}"]
    if route.digest is not None:
        told.append(f"a {route.digest} digest")
    return ", ".join(told)


def _verdicts(on: frozenset[str] | None) -> str:
    if on is None:
        return _EVERYTHING
    return listed(sorted(on)) if on else "no single verdict"


def notify_words(hearing: Hearing) -> str:
    """Which routes hear of a policy."""
    told = _named(hearing, "hears of it now", "hear of it now")
    return f"notify: {told or 'the same routes as before, named otherwise'}"


def default_words(hearing: Hearing) -> str:
    """Which routes hear what no policy names a route for."""
    return _named(hearing, "is one now", "are default routes now")


def _named(hearing: Hearing, one: str, many: str) -> str:
    told = []
    if hearing.joins:
        told.append(f"{listed(hearing.joins)} {one if len(hearing.joins) == 1 else many}")
    if hearing.leaves:
        told.append(f"{listed(hearing.leaves)} no longer")
    return "; ".join(told)


def wanted_words(hearing: Hearing) -> str:
    """Which verdicts a route hears: more, or less."""
    if hearing.old is None:
        wanted = frozenset(hearing.new or ())
        return f"on: hears less: {_verdicts(wanted)}, {_EVERYTHING} before"
    if hearing.new is None:
        return f"on: hears more: {_EVERYTHING}, {_verdicts(frozenset(hearing.old))} before"
    told = [f"hears {listed(hearing.joins)} now"] if hearing.joins else []
    told += [f"{listed(hearing.leaves)} no longer"] if hearing.leaves else []
    return f"on: {'; '.join(told)}"


def mention_words(hearing: Hearing) -> str:
    """Whom a route mentions when something fails."""
    told = [f"mentions {listed(hearing.joins)} on a failure now"] if hearing.joins else []
    told += [f"{listed(hearing.leaves)} no longer"] if hearing.leaves else []
    return "; ".join(told)


def registry_words(key: str, registry: Registry) -> str:
    """What follows in the model registry."""
    when = "an open gate" if key == "on_pass" else "a failure"
    told = {RegistryAction.APPROVE: "approves", RegistryAction.REJECT: "rejects"}
    verb, then = told.get(registry.new), "now"
    if verb is None:
        verb, then = told.get(registry.old, "changes"), "no longer"
    return f"{key}: {when} {then} {verb} the model package in the registry"
