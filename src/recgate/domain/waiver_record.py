"""A waiver as a decision's record keeps it: what it allowed, to whom, until when, by whose word."""

from recgate.domain.canonical import Json
from recgate.domain.policy_record import plain
from recgate.domain.waiver import Waiver


def waiver_record(waiver: Waiver, *, used: bool) -> dict[str, Json]:
    """The waiver as JSON; ``used``: without it some candidate would have failed the limit.

    ``recgate.dialect.recorded_waiver`` reads it back.
    """
    said: dict[str, Json] = {
        "id": waiver.id,
        "digest": waiver.digest,
        "policy": waiver.policy,
        "limit": waiver.limit,
        "used": used,
    }
    bounds = {"up_to": waiver.up_to, "down_to": waiver.down_to}
    said |= {name: plain(bound) for name, bound in bounds.items() if bound is not None}
    if waiver.allow:
        said["allow"] = sorted(waiver.allow)
    return said | {
        "only_for": [
            {"key": condition.key, "patterns": list(condition.patterns)}
            for condition in waiver.scope.conditions
        ],
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "starts": waiver.starts.isoformat(),
        "expires": waiver.expires.isoformat(),
    }
