"""A policy as a decision's record keeps it: whom it concerned and what it demanded then."""

from recgate.domain.canonical import Json
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.set_limit import SetLimit


def policy_record(policy: Policy) -> dict[str, Json]:
    """The policy as JSON, but for what the judgement says of it; what is not set is left out.

    ``recgate.dialect.recorded_policy`` reads it back.
    """
    said: dict[str, Json] = {
        "file": policy.file,
        "owner": policy.owner,
        "description": policy.description,
        "docs": policy.docs,
        "notify": list(policy.notify),
        "enforce_from": policy.enforce_from.isoformat() if policy.enforce_from else "",
        "mode_in_file": policy.mode,
        "applies_to": [
            {"key": condition.key, "patterns": list(condition.patterns)}
            for condition in policy.scope.conditions
        ],
        "endpoint_kind": policy.scope.endpoint_kind,
        "limits": [_limit(limit) for limit in policy.limits],
    }
    return {name: value for name, value in said.items() if value}


def plain(value: object) -> Json:
    """A figure as an exact decimal string; text, booleans and None as they are."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    return str(value)


def _limit(limit: Limit) -> Json:
    """The demand itself, whatever it found; of a kind that is not known here its name."""
    said: dict[str, Json] = {"limit": limit.name}
    match limit:
        case NumericLimit(warn=warn, fail=fail, on_missing=on_missing):
            bounds = {"warn": warn, "fail": fail}
            said |= {name: plain(bound) for name, bound in bounds.items() if bound is not None}
            said["on_missing"] = on_missing
        case SetLimit(allow=allow, deny=deny, on_missing=on_missing):
            said |= {} if allow is None else {"allow": sorted(allow)}
            said |= {"deny": sorted(deny), "on_missing": on_missing}
        case JobLimit(reason=reason, present=present, one_of=one_of, on_missing=on_missing):
            said |= {"reason": reason} if reason else {}
            said |= {"one_of": list(one_of)} if present is None else {"present": present}
            said["on_missing"] = on_missing
    return said
