"""The difference for a program: ``recgate-policy-diff/1``."""

from collections.abc import Mapping

from recgate.domain.canonical import Json
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy, Quantifier
from recgate.domain.policy_change import Bearing, Change
from recgate.domain.policy_change_detail import (
    Accepted,
    Added,
    Allowance,
    Candidates,
    Enforcement,
    Life,
    Removed,
    Renamed,
)
from recgate.domain.route import Route
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver
from recgate.rendering.policy_diff.diff import PolicyDiff, consequence, count_words
from recgate.rendering.policy_diff.words import change_words

SCHEMA = "recgate-policy-diff/1"


def diff_document(diff: PolicyDiff) -> dict[str, Json]:
    """The whole answer.

    ``direction`` of a change is looser, tighter, either or none; ``touches`` says what it reaches:
    gate, verdict, registry, telling, description or nothing. ``from`` and ``to`` are null where
    something was not there.
    """
    return {
        "schema": SCHEMA,
        "old": diff.old,
        "new": diff.new,
        "summary": {
            **{bearing.value: len(diff.with_bearing(bearing)) for bearing in Bearing},
            "can_open": any(change.bearing.can_open for change in diff.changes),
            "can_close": any(change.bearing.can_close for change in diff.changes),
            "text": f"{count_words(diff)}: {consequence(diff)}",
        },
        "changes": [_change(change) for change in diff.changes],
        "problems": list(diff.problems),
    }


def _change(change: Change) -> dict[str, Json]:
    old, new = _sides(change)
    return {
        "of": change.of.value,
        "name": change.name,
        "key": change.key,
        "direction": change.bearing.value,
        "touches": change.touches.value,
        "from": old,
        "to": new,
        "text": change_words(change),
    }


def _sides(change: Change) -> tuple[Json, Json]:
    match change.detail:
        case Added(what=what):
            return None, _thing(what)
        case Removed(what=what):
            return _thing(what), None
        case Renamed(before=before):
            return before, change.name
        case Accepted(old=old, new=new):
            return _thing(old), _thing(new)
        case Candidates(old=few, new=many):
            return _quantifier(few), _quantifier(many)
        case Enforcement(old=before_it, new=after_it):
            return _enforcement(before_it), _enforcement(after_it)
        case Life(old=was, new=now) | Allowance(old=was, new=now):
            return _waiver(was), _waiver(now)
        case detail:
            return _plain(detail.old), _plain(detail.new)


def _plain(side: object) -> Json:
    if isinstance(side, tuple):
        return [str(each) for each in side]
    return side if side is None or isinstance(side, float) else str(side)


def _thing(what: Policy | Limit | Waiver | Route) -> Json:
    match what:
        case Policy():
            return {"limits": [limit.name for limit in what.limits]}
        case Waiver():
            return _waiver(what)
        case Route():
            on = None if what.on is None else sorted(what.on)
            return {"destination": what.destination.words, "on": on, "digest": what.digest}
    return _limit(what)


def _limit(limit: Limit) -> Mapping[str, Json]:
    match limit:
        case NumericLimit():
            return {"warn": limit.warn, "fail": limit.fail, "on_missing": limit.on_missing.value}
        case SetLimit():
            allow: Json = None if limit.allow is None else sorted(limit.allow)
            deny: Json = sorted(limit.deny)
            return {"allow": allow, "deny": deny, "on_missing": limit.on_missing.value}
        case JobLimit(present=None):
            return {"one_of": list(limit.one_of), "on_missing": limit.on_missing.value}
        case JobLimit():
            return {"present": limit.present}
    return {}


def _waiver(waiver: Waiver) -> dict[str, Json]:
    return {
        "policy": waiver.policy,
        "limit": waiver.limit,
        "up_to": waiver.up_to,
        "down_to": waiver.down_to,
        "allow": sorted(waiver.allow) or None,
        "only_for": {each.key: list(each.patterns) for each in waiver.scope.conditions},
        "starts": waiver.starts.isoformat(),
        "expires": waiver.expires.isoformat(),
    }


def _quantifier(many: Quantifier) -> Json:
    if many.at_least is None:
        return "all"
    return "any" if many.at_least == 1 else {"at_least": many.at_least}


def _enforcement(policy: Policy) -> Json:
    day = policy.enforce_from
    return {"mode": policy.mode.value, "enforce_from": None if day is None else day.isoformat()}
