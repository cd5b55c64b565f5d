"""One change in one line: whose, what, and in which direction."""

from recgate.domain.policy import Policy
from recgate.domain.policy_change import Bearing, Change, Of, Touches
from recgate.domain.policy_change_detail import (
    Accepted,
    Added,
    Allowance,
    Bound,
    Candidates,
    Concern,
    Detail,
    Enforcement,
    Hearing,
    Kind,
    Life,
    Missing,
    Registry,
    Removed,
    Renamed,
    Said,
)
from recgate.domain.route import Route
from recgate.domain.waiver import Waiver
from recgate.rendering.policy_diff.concern_words import concern_words, kind_words, scope_words
from recgate.rendering.policy_diff.enforcement_words import enforcement_words
from recgate.rendering.policy_diff.limit_words import (
    NAME,
    accepted_words,
    bound_words,
    candidates_words,
    demand,
    listed,
    missing_words,
)
from recgate.rendering.policy_diff.route_words import (
    default_words,
    mention_words,
    notify_words,
    registry_words,
    route_words,
    wanted_words,
)
from recgate.rendering.policy_diff.waiver_words import allowance_words, life_words, waiver_words
from recgate.rendering.safe_text import clean

_TEXT = 200
_ENDED = "; it has ended, so nothing changes"
_NOT_JUDGED = "a recommendation that no limit is for is UNKNOWN"
_NO_CANDIDATE = "no candidate of this policy is of the kind that it is for"
_BEARING_WORDS = {
    Bearing.LOOSER: "looser",
    Bearing.TIGHTER: "tighter",
    Bearing.EITHER: "either way",
}


def change_words(change: Change) -> str:
    """``prod-realtime: max_cost_per_hour_usd fail 2.50 → 2.00 (tighter, -20%)``."""
    told, share = _told(change)
    marks = [_BEARING_WORDS.get(change.bearing, ""), share]
    inside = ", ".join(mark for mark in marks if mark)
    return f"{_whose(change)}: {told}{f' ({inside})' if inside else ''}"


def _whose(change: Change) -> str:
    name = clean(change.name, NAME)
    if change.of is Of.POLICY:
        return name
    if not name:
        return "default routes"
    return f"{change.of} {name}"


def _told(change: Change) -> tuple[str, str]:
    """The change in words, and by how much something moved, where that can be said."""
    match change.detail:
        case Bound() as bound:
            return bound_words(bound)
        case Allowance() as allowance:
            words, share = allowance_words(allowance)
            return words + _if_ended(change), share
        case detail:
            return _words(change, detail), ""


def _words(change: Change, detail: Detail) -> str:
    match detail:
        case Added(what=what):
            return _come(change, what)
        case Removed(what=what):
            return _gone(change, what)
        case Renamed(before=before):
            return f"renamed, was {clean(before, NAME)}; the content is the same"
        case Accepted():
            return accepted_words(detail)
        case Missing():
            return missing_words(detail)
        case Candidates():
            return candidates_words(detail)
        case Concern():
            verb = "covered" if change.of is Of.WAIVER else "concerned"
            words = concern_words(change.key.partition(".")[2], detail, verb=verb)
            return words + _if_ended(change)
        case Kind():
            return kind_words(detail)
        case Enforcement():
            return enforcement_words(detail)
        case Registry():
            return registry_words(change.key, detail)
        case Hearing():
            return _hearing(change, detail)
        case Life():
            return life_words(detail) + _if_ended(change)
        case Said():
            return _said(change, detail)
    return change.key


def _come(change: Change, what: object) -> str:
    match what:
        case Policy():
            return f"is new: judges {scope_words(what.scope)}; limits {_limits(what)}"
        case Waiver():
            return f"is new: {waiver_words(what)}{_if_ended(change)}"
        case Route():
            return f"is new: {route_words(what)}"
    return f"{_limit(change)} is new: {demand(what)}{_if_not_judged(change)}"  # type: ignore[arg-type]


def _gone(change: Change, what: object) -> str:
    match what:
        case Policy():
            return f"is gone: it judged {scope_words(what.scope)}; limits {_limits(what)}"
        case Waiver():
            return f"is gone: it was {waiver_words(what)}{_if_ended(change)}"
        case Route():
            return f"is gone: it was {route_words(what)}"
    return f"{_limit(change)} is gone, was {demand(what)}{_if_not_judged(change)}"  # type: ignore[arg-type]


def _limits(policy: Policy) -> str:
    return listed(limit.name for limit in policy.limits)


def _limit(change: Change) -> str:
    name = change.key.partition(".")[2]
    job, _, path = name.partition(".")
    return f"job {clean(path, NAME)}" if path else f"limit {job}"


def _if_not_judged(change: Change) -> str:
    """Why a limit that came opens a gate, one that went closes it, or neither does either."""
    if change.bearing is Bearing.NONE:
        return f"; {_NO_CANDIDATE}"
    came = isinstance(change.detail, Added)
    unexpected = change.bearing.can_open if came else change.bearing.can_close
    return f"; {_NOT_JUDGED}" if unexpected else ""


def _if_ended(change: Change) -> str:
    ended = change.of is Of.WAIVER and change.touches is Touches.NOTHING
    return _ENDED if ended else ""


def _hearing(change: Change, hearing: Hearing) -> str:
    match change.key:
        case "notify":
            return notify_words(hearing)
        case "default":
            return default_words(hearing)
        case "on":
            return wanted_words(hearing)
    return mention_words(hearing)


def _said(change: Change, said: Said) -> str:
    key = change.key.removeprefix("require.")
    old, new = clean(said.old, _TEXT), clean(said.new, _TEXT)
    if not old:
        return f"{key} is new: {new}"
    return f"{key}: {old} → {new}" if new else f"{key} is gone, was: {old}"
