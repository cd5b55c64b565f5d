"""What is not as it was between two folders of policies: by meaning, never by text.

Pure: two policy sets and a day in, changes out. Comments, the order of keys and the way in which
a number is written are no change, because no verdict can tell them apart.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from recgate.domain.policy import Mode, Policy
from recgate.domain.policy_change import (
    Bearing,
    Change,
    Of,
    Touches,
    bearing_of,
    gate_change,
    in_order,
    other_change,
)
from recgate.domain.policy_change_detail import (
    Added,
    Candidates,
    Enforcement,
    Registry,
    Removed,
    Renamed,
    Said,
)
from recgate.domain.policy_change_limits import fewer_or_more, limit_changes
from recgate.domain.policy_change_scopes import narrows, scope_changes, widens
from recgate.domain.policy_change_telling import hearing, route_changes
from recgate.domain.policy_change_waivers import waiver_changes
from recgate.domain.policy_set import PolicySet


def changes_between(old: PolicySet, new: PolicySet, today: date) -> tuple[Change, ...]:
    """Everything that changed, what can open a gate first.

    ``today`` (UTC) is the day from which on it counts: a waiver that has ended allows nothing.
    """
    before = {policy.name: policy for policy in old.policies}
    after = {policy.name: policy for policy in new.policies}
    renamed = _renamed(before, after)
    changes: list[Change] = []
    for name, policy in after.items():
        if name in before:
            changes += _differences(before[name], policy)
            changes += _notify(before[name], policy, old, new)
        elif name in renamed.values():
            earlier = next(was for was, now in renamed.items() if now == name)
            changes.append(
                other_change(Of.POLICY, name, "policy", Renamed(earlier), Touches.DESCRIPTION)
            )
        else:
            changes.append(gate_change(Of.POLICY, name, "", Added(policy), Bearing.EITHER))
    changes += [
        gate_change(Of.POLICY, name, "", Removed(policy), Bearing.EITHER)
        for name, policy in before.items()
        if name not in after and name not in renamed
    ]
    changes += waiver_changes(old, new, today, renamed=renamed)
    changes += route_changes(old, new)
    return in_order(changes)


def _renamed(before: dict[str, Policy], after: dict[str, Policy]) -> dict[str, str]:
    """The old name → the new one, of policies that have the same content under another name."""
    added = [policy for name, policy in after.items() if name not in before]
    renamed: dict[str, str] = {}
    for name, policy in before.items():
        if name in after:
            continue
        for other in added:
            if other.name not in renamed.values() and _same_content(policy, other):
                renamed[name] = other.name
                break
    return renamed


def _same_content(old: Policy, new: Policy) -> bool:
    same_name = replace(old, name=new.name)
    return not any(_differences(same_name, new)) and set(old.notify) == set(new.notify)


def _differences(old: Policy, new: Policy) -> Iterator[Change]:
    """All of one policy but whom it tells."""
    for key, concern in scope_changes(old.scope, new.scope):
        # A job that no policy judges is UNCOVERED, and its gate closed; one that another policy
        # judges as well has one demand more or less. So a scope works either way.
        moves = widens(concern) or narrows(concern)
        bearing = bearing_of(opens=moves, closes=moves)
        yield gate_change(Of.POLICY, new.name, f"applies_to.{key}", concern, bearing)
    yield from limit_changes(old, new)
    if old.candidates != new.candidates:
        yield gate_change(
            Of.POLICY,
            new.name,
            "candidates",
            Candidates(old.candidates, new.candidates),
            fewer_or_more(old.candidates, new.candidates),
        )
    if (old.mode, old.enforce_from) != (new.mode, new.enforce_from):
        # WOULD_FAIL closes the gate as FAIL does: no mode opens one.
        key = "mode" if old.mode is not new.mode else "enforce_from"
        observed = old.mode is Mode.OBSERVE and new.mode is Mode.OBSERVE
        touches = Touches.NOTHING if observed else Touches.VERDICT
        yield other_change(Of.POLICY, new.name, key, Enforcement(old, new), touches)
    for key, was, now in (
        ("on_pass", old.on_pass, new.on_pass),
        ("on_fail", old.on_fail, new.on_fail),
    ):
        if was is not now:
            yield other_change(Of.POLICY, new.name, key, Registry(was, now), Touches.REGISTRY)
    for key, text, text_now in (
        ("owner", old.owner, new.owner),
        ("description", old.description, new.description),
        ("docs", old.docs, new.docs),
    ):
        if text != text_now:
            said = Said(text, text_now)
            yield other_change(Of.POLICY, new.name, key, said, Touches.DESCRIPTION)


def _notify(old: Policy, new: Policy, before: PolicySet, after: PolicySet) -> Iterator[Change]:
    """Who hears of a policy; one that names no route is told to the default routes."""
    if set(old.notify) == set(new.notify):
        return  # other default routes are told once, as what they are
    detail = hearing(old.notify or before.default_routes, new.notify or after.default_routes)
    yield other_change(Of.POLICY, new.name, "notify", detail, Touches.TELLING)
