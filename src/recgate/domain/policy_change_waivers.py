"""What changed in the waivers: who is newly allowed what, until when, and who no longer."""

from collections.abc import Iterator, Mapping
from datetime import date

from recgate.domain.policy_change import (
    Bearing,
    Change,
    Of,
    Touches,
    bearing_of,
    gate_change,
    other_change,
)
from recgate.domain.policy_change_detail import Added, Allowance, Detail, Life, Removed, Said
from recgate.domain.policy_change_scopes import narrows, scope_changes, widens
from recgate.domain.policy_set import PolicySet
from recgate.domain.reading import comparable
from recgate.domain.waiver import Waiver, WaiverPhase


def waiver_changes(
    old: PolicySet, new: PolicySet, today: date, *, renamed: Mapping[str, str]
) -> Iterator[Change]:
    """Waivers by their ids. One that has ended allows nothing, whatever changed in it.

    ``renamed`` gives for the old name of a policy the one that it has now.
    """
    before = {waiver.id: waiver for waiver in old.waivers}
    after = {waiver.id: waiver for waiver in new.waivers}
    for name, waiver in after.items():
        if name not in before:
            yield _change(name, "", Added(waiver), opens=_may_hold(waiver, today), closes=False)
        else:
            yield from _differences(before[name], waiver, today, renamed)
    for name, waiver in before.items():
        if name not in after:
            yield _change(name, "", Removed(waiver), opens=False, closes=_may_hold(waiver, today))


def _may_hold(waiver: Waiver, today: date) -> bool:
    """Whether it holds on this day or a later one."""
    return waiver.phase_on(today) is not WaiverPhase.ENDED


def _change(name: str, key: str, detail: Detail, *, opens: bool, closes: bool) -> Change:
    return gate_change(Of.WAIVER, name, key, detail, bearing_of(opens=opens, closes=closes))


def _differences(
    old: Waiver, new: Waiver, today: date, renamed: Mapping[str, str]
) -> Iterator[Change]:
    held, holds = _may_hold(old, today), _may_hold(new, today)
    policy = renamed.get(old.policy, old.policy)
    for key, was, now in (("policy", policy, new.policy), ("limit", old.limit, new.limit)):
        if was != now:
            yield _change(new.id, key, Said(was, now), opens=holds, closes=held)
    if _allowed(old) != _allowed(new):
        bearing = _allowance(old, new) if held and holds else Bearing.NONE
        yield gate_change(Of.WAIVER, new.id, _form(new), Allowance(old, new), bearing)
    if (old.starts, old.expires) != (new.starts, new.expires):
        yield _change(
            new.id,
            "expires" if old.expires != new.expires else "starts",
            Life(old, new),
            opens=holds and (new.starts < old.starts or new.expires > old.expires),
            closes=held and (new.starts > old.starts or new.expires < old.expires),
        )
    for key, change in scope_changes(old.scope, new.scope):
        yield _change(
            new.id,
            f"only_for.{key}",
            change,
            opens=holds and widens(change),
            closes=held and narrows(change),
        )
    for key, was, now in (
        ("reason", old.reason, new.reason),
        ("requested_by", old.requested_by, new.requested_by),
        ("approved_by", old.approved_by, new.approved_by),
    ):
        if was != now:
            yield other_change(Of.WAIVER, new.id, key, Said(was, now), Touches.DESCRIPTION)


def _form(waiver: Waiver) -> str:
    if waiver.up_to is not None:
        return "up_to"
    return "allow" if waiver.down_to is None else "down_to"


def _allowed(waiver: Waiver) -> tuple[str, float | None, frozenset[str]]:
    bound = waiver.down_to if waiver.up_to is None else waiver.up_to
    return _form(waiver), None if bound is None else comparable(bound), waiver.allow


def _allowance(old: Waiver, new: Waiver) -> Bearing:
    if _form(old) != _form(new):
        return Bearing.EITHER
    if old.up_to is not None and new.up_to is not None:
        opens = new.up_to > old.up_to
        return bearing_of(opens=opens, closes=not opens)
    if old.down_to is not None and new.down_to is not None:
        opens = new.down_to < old.down_to
        return bearing_of(opens=opens, closes=not opens)
    return bearing_of(opens=bool(new.allow - old.allow), closes=bool(old.allow - new.allow))
