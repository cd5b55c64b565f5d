"""Limits, and what changed in them, in words."""

import re
from collections.abc import Iterable

from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Quantifier
from recgate.domain.policy_change_detail import Accepted, Bound, Candidates, Missing
from recgate.domain.reading import comparable
from recgate.domain.set_limit import SetLimit
from recgate.rendering.amounts import exact, relative
from recgate.rendering.safe_text import clean

NAME = 80
"""Characters of a name or value; longer ones are cut."""

_MANY_NAMES = 12
_NOT_TEXT = re.compile(r"[-+]?[0-9.][0-9._eE+-]*|true|false|null", re.IGNORECASE)
"""Text that stands in quotes, lest it be taken for a number or a truth value."""

_SAID_OF_MISSING = {
    OnMissing.FAIL: ("kept the gate closed (UNKNOWN)", "it keeps the gate closed (UNKNOWN)"),
    OnMissing.WARN: ("only warned", "it only warns"),
    OnMissing.IGNORE: ("counted as a pass", "it counts as a pass"),
}


def listed(names: Iterable[object], last: str = "and") -> str:
    """``c7g, m7g and p5``; of very many the first ones."""
    shown = [clean(name, NAME) or '""' for name in names]
    if len(shown) > _MANY_NAMES:
        shown = [*shown[: _MANY_NAMES - 1], f"{len(shown) - _MANY_NAMES + 1} more"]
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def figure(value: float, limit: str) -> str:
    """The number as a policy file has it, money with its cents: ``2.50``, ``120``."""
    unit = NUMERIC_LIMITS[limit].unit if limit in NUMERIC_LIMITS else ""
    money = unit == "USD"
    return exact(value, unit if money else "").replace("$", "").replace(",", "")


def moved(old: float, new: float) -> str:
    """By how much a figure moved: ``-20%``; empty where no share can be given."""
    share = relative(comparable(new), comparable(old))
    return "" if "times" in share else share


def demand(limit: Limit) -> str:
    """What a limit asks for: ``fail 120, warn 100``; ``only c7g and m7g``."""
    match limit:
        case NumericLimit():
            told = [
                f"{side} {figure(value, limit.name)}"
                for side, value in (("fail", limit.fail), ("warn", limit.warn))
                if value is not None
            ]
        case SetLimit():
            told = [] if limit.allow is None else [f"only {listed(sorted(limit.allow))}"]
            told += [f"not {listed(sorted(limit.deny), 'or')}"] if limit.deny else []
        case JobLimit():
            told = [_rule(limit)]
        case _:
            told = []
    asks_presence = isinstance(limit, JobLimit) and limit.present is not None
    on_missing = getattr(limit, "on_missing", OnMissing.FAIL)
    if on_missing is not OnMissing.FAIL and not asks_presence:
        told.append(f"on_missing {on_missing}")
    return ", ".join(told)


def _rule(limit: JobLimit) -> str:
    if limit.present is not None:
        return "must be there" if limit.present else "must not be there"
    return f"must be {listed(map(value_words, limit.one_of), 'or')}"


def value_words(value: Json) -> str:
    """A value of a field as YAML writes it."""
    if isinstance(value, str) and _NOT_TEXT.fullmatch(value):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else clean(value, NAME)


def bound_words(bound: Bound) -> tuple[str, str]:
    """A bound that moved, came or went; and by how much."""
    name, side = bound.limit.name, bound.side
    if bound.old is not None and bound.new is not None:
        told = f"{name} {side} {figure(bound.old, name)} → {figure(bound.new, name)}"
        share = moved(bound.old, bound.new)
        if side == "fail":
            return told, share
        more = (bound.new > bound.old) is (bound.limit.spec.direction is Direction.AT_MOST)
        return told, f"warns {'later' if more else 'sooner'}"
    if bound.new is not None:
        told = f"{name} {side} {figure(bound.new, name)} is new"
        return told + (": it only warned before" if side == "fail" else _warns(bound)), ""
    old = 0.0 if bound.old is None else bound.old
    tail = ": it only warns now" if side == "fail" else ""
    return f"{name} {side} {figure(old, name)} is gone{tail}", ""


def _warns(bound: Bound) -> str:
    at_most = bound.limit.spec.direction is Direction.AT_MOST
    return f": {'beyond' if at_most else 'below'} it the verdict is WARN, and the gate stays open"


def accepted_words(accepted: Accepted) -> str:
    """What is newly accepted and what no longer."""
    match accepted.old, accepted.new:
        case SetLimit() as old, SetLimit() as new:
            return f"{new.name}: {_names(accepted, old, new)}"
        case JobLimit() as old, JobLimit() as new:
            head = f"job {clean(new.path, NAME)}"
            if old.present != new.present:
                return f"{head}: {_rule(old)} → {_rule(new)}"
            return f"{head}: {_joins_and_leaves(accepted, 'accepted') or 'the same values'}"
    return accepted.new.name


def _names(accepted: Accepted, old: SetLimit, new: SetLimit) -> str:
    if accepted.others_join:
        denied = f" but {listed(sorted(new.deny), 'and')}" if new.deny else ""
        return f"every name{denied} is allowed now, {_only(old)} before"
    if accepted.others_leave:
        denied = f" but {listed(sorted(old.deny), 'and')}" if old.deny else ""
        return f"{_only(new)} now, every name{denied} before"
    return _joins_and_leaves(accepted, "allowed") or _without_effect(old, new)


def _only(limit: SetLimit) -> str:
    taken = sorted((limit.allow or frozenset()) - limit.deny)
    return f"only {listed(taken)}" if taken else "none"


def _joins_and_leaves(accepted: Accepted, verb: str) -> str:
    told = []
    for values, words in ((accepted.joins, f"newly {verb}"), (accepted.leaves, "no longer")):
        if values:
            are = "is" if len(values) == 1 else "are"
            told.append(f"{listed(map(value_words, values))} {are} {words}")
    if accepted.leaves and not accepted.joins:
        told[-1] += f" {verb}"
    return "; ".join(told)


def _without_effect(old: SetLimit, new: SetLimit) -> str:
    moved_names = sorted(
        (old.deny ^ new.deny) | ((old.allow or frozenset()) ^ (new.allow or frozenset()))
    )
    return f"written otherwise ({listed(moved_names)}), and the same names are allowed"


def missing_words(missing: Missing) -> str:
    """What a value that was not measured counted as, and what it counts as now."""
    head = f"on_missing {missing.old} → {missing.new}"
    if not missing.limits:
        return f"{head}: every limit has its own, so no verdict changes"
    if missing.by_policy:
        head += f" (for {listed(missing.limits)})"
    else:
        head = f"{clean(missing.limits[0], NAME)} {head}"
    was, now = _SAID_OF_MISSING[missing.old][0], _SAID_OF_MISSING[missing.new][1]
    return f"{head}: a value that was not measured {was}, now {now}"


def candidates_words(candidates: Candidates) -> str:
    """How many recommendations must meet every limit, and how many had to."""
    old, new = candidates.old, candidates.new
    return f"candidates {quantifier(old)} → {quantifier(new)}: {_how_many(new)}, {_had_to(old)}"


def quantifier(many: Quantifier) -> str:
    """As a policy file says it."""
    if many.at_least is None:
        return "all"
    return "any" if many.at_least == 1 else f"{{at_least: {many.at_least}}}"


def _how_many(many: Quantifier) -> str:
    if many.at_least == 1:
        return "one recommendation that meets every limit is enough"
    count = "every recommendation" if many.at_least is None else f"{many.at_least} recommendations"
    return f"{count} must meet every limit"


def _had_to(many: Quantifier) -> str:
    if many.at_least == 1:
        return "one was enough"
    return "all had to" if many.at_least is None else f"{many.at_least} had to"
