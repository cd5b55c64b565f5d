"""What changed in the limits of a policy, and what it can do to its gate."""

from collections.abc import Iterator, Mapping, Sequence

from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.catalogue import Direction
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy, Quantifier
from recgate.domain.policy_change import (
    Bearing,
    Change,
    Of,
    Touches,
    bearing_of,
    gate_change,
    other_change,
)
from recgate.domain.policy_change_detail import Accepted, Added, Bound, Missing, Removed, Said
from recgate.domain.reading import comparable
from recgate.domain.set_limit import SetLimit

_EVERY_KIND = frozenset(EndpointKind)


def limit_changes(old: Policy, new: Policy) -> Iterator[Change]:
    """The changes under ``require``, and of ``on_missing``, which they share."""
    before, after = _by_name(old), _by_name(new)
    for name, limit in after.items():
        if name not in before:
            kinds, judged = _kinds(limit, new), _judged(old)
            bearing = bearing_of(opens=not kinds <= judged, closes=bool(kinds & judged))
            yield _gate(new, name, Added(limit), bearing)
    for name, limit in before.items():
        if name not in after:
            kinds, judged = _kinds(limit, old), _judged(new)
            bearing = bearing_of(opens=bool(kinds & judged), closes=not kinds <= judged)
            yield _gate(new, name, Removed(limit), bearing)
    for name, limit in after.items():
        if name in before:
            yield from _changes(new, before[name], limit)
    yield from _missing_changes(old, new, before, after)


def fewer_or_more(old: Quantifier, new: Quantifier) -> Bearing:
    """What another number of recommendations that must comply can do to a gate.

    ``all`` of the rows is more than one of them; whether it is more than two depends on the job.
    """
    if old == new:
        return Bearing.NONE
    few, many = old.at_least, new.at_least
    if few is not None and many is not None:
        return bearing_of(opens=many < few, closes=many > few)
    return bearing_of(opens=few != 1, closes=many != 1)


def _by_name(policy: Policy) -> Mapping[str, Limit]:
    return {limit.name: limit for limit in policy.limits}


def _gate(policy: Policy, limit: str, detail: Added | Removed | Bound | Accepted,
          bearing: Bearing, side: str = "") -> Change:  # fmt: skip
    key = f"require.{limit}.{side}" if side else f"require.{limit}"
    return gate_change(Of.POLICY, policy.name, key, detail, bearing)


def _kinds(limit: Limit, policy: Policy) -> frozenset[EndpointKind]:
    """The kinds of the policy's candidates for which a limit exists."""
    kinds = _EVERY_KIND
    if isinstance(limit, NumericLimit) and limit.spec.only_for is not None:
        kinds = frozenset({limit.spec.only_for})
    elif isinstance(limit, SetLimit):
        kinds = frozenset({EndpointKind.REALTIME})
    asked = policy.scope.endpoint_kind
    return kinds if asked is None else kinds & {asked}


def _judged(policy: Policy) -> frozenset[EndpointKind]:
    """The kinds of candidates for which some limit exists.

    A candidate of another kind is UNKNOWN: the first limit for it can open a gate and close none,
    and with the last one gone the gate is closed.
    """
    return frozenset().union(*(_kinds(limit, policy) for limit in policy.limits))


def _changes(policy: Policy, old: Limit, new: Limit) -> Iterator[Change]:
    match old, new:
        case NumericLimit(), NumericLimit():
            yield from _bounds(policy, old, new)
        case SetLimit(), SetLimit():
            if (old.allow, old.deny) != (new.allow, new.deny):
                yield _accepted(policy, _names_accepted(old, new))
        case JobLimit(), JobLimit():
            yield from _rule(policy, old, new)


def _bounds(policy: Policy, old: NumericLimit, new: NumericLimit) -> Iterator[Change]:
    ceiling = new.spec.direction is Direction.AT_MOST
    was, now = _rounded(old.fail), _rounded(new.fail)
    if was != now:
        moved_out = was is not None and now is not None and (now > was) is ceiling
        opens = now is None or moved_out
        bearing = bearing_of(opens=opens, closes=not opens)
        yield _gate(policy, new.name, Bound(old.fail, new.fail, "fail", new), bearing, "fail")
    if _rounded(old.warn) != _rounded(new.warn):
        warned = Bound(old.warn, new.warn, "warn", new)
        key = f"require.{new.name}.warn"
        yield other_change(Of.POLICY, policy.name, key, warned, Touches.VERDICT)


def _rounded(bound: float | None) -> float | None:
    """The bound as it is compared: 2.5 and 2.50000001 are the same one."""
    return None if bound is None else comparable(bound)


def _accepted(policy: Policy, accepted: Accepted) -> Change:
    bearing = bearing_of(
        opens=bool(accepted.joins) or accepted.others_join or accepted.absence_joins,
        closes=bool(accepted.leaves) or accepted.others_leave or accepted.absence_leaves,
    )
    return _gate(policy, accepted.new.name, accepted, bearing)


def _names_accepted(old: SetLimit, new: SetLimit) -> Accepted:
    named = old.deny | new.deny | (old.allow or frozenset()) | (new.allow or frozenset())
    was, now = ({name for name in named if _takes(each, name)} for each in (old, new))
    return Accepted(
        old,
        new,
        joins=tuple(sorted(now - was)),
        leaves=tuple(sorted(was - now)),
        others_join=new.allow is None and old.allow is not None,
        others_leave=old.allow is None and new.allow is not None,
    )


def _takes(limit: SetLimit, name: str) -> bool:
    """Whether a name is accepted: deny beats allow."""
    return name not in limit.deny and (limit.allow is None or name in limit.allow)


def _rule(policy: Policy, old: JobLimit, new: JobLimit) -> Iterator[Change]:
    if old.present != new.present or _values(old) != _values(new):
        yield _accepted(policy, _values_accepted(old, new))
    if old.reason != new.reason:
        key = f"require.{new.name}.reason"
        said = Said(old.reason, new.reason)
        yield other_change(Of.POLICY, policy.name, key, said, Touches.DESCRIPTION)


def _values(rule: JobLimit) -> Mapping[tuple[bool, Json], Json]:
    """The values of ``one_of``; a boolean is never the number it equals in Python."""
    return {(isinstance(value, bool), value): value for value in rule.one_of}


def _values_accepted(old: JobLimit, new: JobLimit) -> Accepted:
    """What a field may be: one of the values named, another one, or not there at all."""
    was, now = _values(old), _values(new)
    named = {**was, **now}
    fits_old = {key for key in named if old.present or key in was}
    fits_new = {key for key in named if new.present or key in now}
    asks_otherwise = old.present != new.present
    return Accepted(
        old,
        new,
        joins=tuple(named[key] for key in named if key in fits_new - fits_old),
        leaves=tuple(named[key] for key in named if key in fits_old - fits_new),
        others_join=bool(new.present) and not old.present,
        others_leave=bool(old.present) and not new.present,
        absence_joins=asks_otherwise and _absence_passes(new) and not _absence_passes(old),
        absence_leaves=asks_otherwise and _absence_passes(old) and not _absence_passes(new),
    )


def _absence_passes(rule: JobLimit) -> bool:
    if rule.present is not None:
        return not rule.present
    return rule.on_missing is not OnMissing.FAIL


def _missing_changes(
    old: Policy, new: Policy, before: Mapping[str, Limit], after: Mapping[str, Limit]
) -> Iterator[Change]:
    """Limits that follow the policy's own word are told together, the others one by one."""
    changed: dict[tuple[OnMissing, OnMissing], list[str]] = {}
    for name in [name for name in after if name in before]:
        was, now = _on_missing(before[name]), _on_missing(after[name])
        if was is not None and now is not None and was is not now:
            changed.setdefault((was, now), []).append(name)
    default = (old.on_missing, new.on_missing)
    if old.on_missing is not new.on_missing:
        yield _missing(new, *default, changed.pop(default, ()), by_policy=True)
    for (was, now), names in changed.items():
        for name in names:
            yield _missing(new, was, now, [name], by_policy=False)


def _on_missing(limit: Limit) -> OnMissing | None:
    """What a missing value counts as; None where absence is itself the answer."""
    match limit:
        case NumericLimit() | SetLimit():
            return limit.on_missing
        case JobLimit():
            return limit.on_missing if limit.present is None else None
    return None


def _missing(
    policy: Policy, old: OnMissing, new: OnMissing, limits: Sequence[str], *, by_policy: bool
) -> Change:
    bearing = bearing_of(
        opens=bool(limits) and old is OnMissing.FAIL, closes=bool(limits) and new is OnMissing.FAIL
    )
    key = "on_missing" if by_policy else f"require.{limits[0]}.on_missing"
    detail = Missing(old, new, tuple(limits), by_policy)
    touches = Touches.VERDICT if limits else Touches.NOTHING
    return gate_change(Of.POLICY, policy.name, key, detail, bearing, else_touches=touches)
