"""What changed in whom a policy or a waiver concerns."""

import re
from collections.abc import Iterator, Mapping

from recgate.domain.policy_change_detail import Concern, Kind, Pattern
from recgate.domain.scope import Condition, Scope

_EXACT = re.compile(r"[^*?\[]*")


def scope_changes(old: Scope, new: Scope) -> Iterator[tuple[str, Concern | Kind]]:
    """The keys of ``applies_to`` that are not as they were, in the order of the newer scope."""
    before, after = _by_key(old), _by_key(new)
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and set(was.patterns) == set(now.patterns):
            continue
        yield key, _concern(was, now)
    if old.endpoint_kind is not new.endpoint_kind:
        yield "endpoint_kind", Kind(old.endpoint_kind, new.endpoint_kind)


def widens(change: Concern | Kind) -> bool:
    """Whether somebody is newly concerned."""
    return isinstance(change, Kind) or change.new is None or bool(change.joins)


def narrows(change: Concern | Kind) -> bool:
    """Whether somebody is concerned no longer."""
    return isinstance(change, Kind) or change.old is None or bool(change.leaves)


def _by_key(scope: Scope) -> Mapping[str, Condition]:
    return {condition.key: condition for condition in scope.conditions}


def _concern(was: Condition | None, now: Condition | None) -> Concern:
    old, new = was.patterns if was else None, now.patterns if now else None
    if old is None or new is None:
        return Concern(old, new)
    return Concern(old, new, joins=_only_in(new, old), leaves=_only_in(old, new))


def _only_in(these: tuple[str, ...], those: tuple[str, ...]) -> tuple[Pattern, ...]:
    """The patterns that none of the others covers, each with those of the others inside it."""
    return tuple(
        Pattern(each, tuple(other for other in those if _covers(each, other)))
        for each in these
        if not any(_covers(other, each) for other in those)
    )


def _covers(wide: str, narrow: str) -> bool:
    """Whether whatever matches the one matches the other. False where it is not certain."""
    if wide == narrow:
        return True
    if not _EXACT.fullmatch(narrow) and set("?[]") & set(wide + narrow):
        return False  # only * is sure to stretch over the text of another pattern
    return Condition("", (wide,)).accepts(narrow)
