"""Whether a filter policy of an SNS subscription lets a message through. Pure.

Only policies that read the message's attributes (``FilterPolicyScope`` MessageAttributes).
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import json
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

Attributes = Mapping[str, Mapping[str, str]]
"""``MessageAttributes`` as ``sns.publish`` takes them."""

_SHOWN = 160


class Passage(StrEnum):
    """What a filter policy makes of a message."""

    THROUGH = "through"
    KEPT_OUT = "kept out"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Filtered:
    """The answer, and why a message is kept out or nobody can tell; empty for one that passes."""

    passage: Passage
    why: str = ""


_THROUGH = Filtered(Passage.THROUGH)

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: math.isclose(value, bound, rel_tol=0, abs_tol=5e-7),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_OPERATORS = (
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
)


class _Unknown(Exception):
    """An operator, or a use of one, that this module does not know."""


def filtered(policy: object, attributes: Attributes) -> Filtered:
    """What a filter policy, parsed from its JSON, makes of a message with these attributes."""
    if not isinstance(policy, Mapping):
        return Filtered(Passage.CANNOT_TELL, "its filter policy is no JSON object")
    doubt: Filtered | None = None
    for name, conditions in policy.items():
        found = _one(str(name), conditions, attributes)
        if found.passage is Passage.KEPT_OUT:
            return found  # every name must match: one that does not decides
        if found.passage is Passage.CANNOT_TELL:
            doubt = doubt or found
    return doubt or _THROUGH


def _one(name: str, conditions: object, attributes: Attributes) -> Filtered:
    if name == "$or" and _is_or(conditions):
        return _any_of([filtered(each, attributes) for each in conditions])  # type: ignore[attr-defined]
    if not isinstance(conditions, Sequence) or isinstance(conditions, str):
        return Filtered(Passage.CANNOT_TELL, f"{name} has no list of values in its filter policy")
    values = _values(attributes.get(name))
    answers = []
    for condition in conditions:
        try:
            answers.append(
                _THROUGH if _meets(condition, values) else _kept_out(name, conditions, values)
            )
        except _Unknown as unknown:
            why = f"its filter policy asks of {name} what recgate cannot judge: {unknown}"
            answers.append(Filtered(Passage.CANNOT_TELL, why))
    return _any_of(answers or [_kept_out(name, conditions, values)])


def _any_of(answers: Sequence[Filtered]) -> Filtered:
    for passage in (Passage.THROUGH, Passage.CANNOT_TELL):
        for answer in answers:
            if answer.passage is passage:
                return answer
    return Filtered(Passage.KEPT_OUT, "; or ".join(dict.fromkeys(each.why for each in answers)))


def _is_or(branches: object) -> bool:
    """Whether SNS reads ``$or`` as an operator; otherwise it is an attribute's name.

    https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html#or-operator
    """
    if not isinstance(branches, Sequence) or isinstance(branches, str) or len(branches) < 2:
        return False
    return all(
        isinstance(branch, Mapping) and not any(name in _OPERATORS for name in branch)
        for branch in branches
    )


def _values(attribute: Mapping[str, str] | None) -> list[object] | None:
    """The values of an attribute, None when the message has none that SNS compares."""
    if attribute is None:
        return None
    text, kind = attribute.get("StringValue", ""), attribute.get("DataType", "")
    if kind == "Number":
        with suppress(ValueError):
            return [float(text)]
        return []
    if kind == "String.Array":
        with suppress(ValueError, RecursionError):
            listed = json.loads(text)
            return listed if isinstance(listed, list) else [listed]
        return []
    return [text] if kind == "String" else None


def _meets(condition: object, values: list[object] | None) -> bool:
    """Whether one condition of a name's list is met. Raises _Unknown."""
    if isinstance(condition, Mapping):
        if len(condition) != 1:
            raise _Unknown(_shown(condition))
        ((name, wanted),) = condition.items()
        if name == "exists" and isinstance(wanted, bool):
            return (values is not None) is wanted
        return any(_operator(str(name), wanted, value) for value in values or ())
    if isinstance(condition, str | bool | int | float) or condition is None:
        return any(_equal(condition, value) for value in values or ())
    raise _Unknown(_shown(condition))


def _operator(name: str, wanted: object, value: object) -> bool:
    match name, wanted:
        case "prefix", str():
            return isinstance(value, str) and value.startswith(wanted)
        case "suffix", str():
            return isinstance(value, str) and value.endswith(wanted)
        case "equals-ignore-case", str():
            return isinstance(value, str) and value.casefold() == wanted.casefold()
        case "anything-but", str() | int() | float():
            return not _equal(wanted, value)
        case "anything-but", list():
            if any(isinstance(each, Mapping | list) for each in wanted):
                raise _Unknown(_shown({name: wanted}))
            return not any(_equal(each, value) for each in wanted)
        case "anything-but", {"prefix": str(text), **rest} if not rest:
            return not (isinstance(value, str) and value.startswith(text))
        case "anything-but", {"suffix": str(text), **rest} if not rest:
            return not (isinstance(value, str) and value.endswith(text))
        case "numeric", list():
            return _in_range(wanted, value)
    raise _Unknown(_shown({name: wanted}))


def _in_range(wanted: list[object], value: object) -> bool:
    pairs = list(zip(wanted[::2], wanted[1::2], strict=False))
    if not pairs or len(wanted) % 2:
        raise _Unknown(_shown({"numeric": wanted}))
    for sign, bound in pairs:
        if sign not in _COMPARISONS or not _is_number(bound):
            raise _Unknown(_shown({"numeric": wanted}))
    return _is_number(value) and all(
        _COMPARISONS[str(sign)](float(value), float(bound))  # type: ignore[arg-type]
        for sign, bound in pairs
    )


def _equal(wanted: object, value: object) -> bool:
    """Text equals text, a number a number: ``"4"`` is not 4."""
    if _is_number(wanted) and _is_number(value):
        return _COMPARISONS["="](float(wanted), float(value))  # type: ignore[arg-type]
    return type(wanted) is type(value) and wanted == value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kept_out(name: str, conditions: Iterable[object], values: list[object] | None) -> Filtered:
    wanted = _shown(list(conditions))
    if values is None:
        return Filtered(
            Passage.KEPT_OUT,
            f"its filter policy wants {name} to be {wanted}; this message has no {name}",
        )
    has = ", ".join(_shown(value) for value in values) or "nothing that can be read"
    return Filtered(
        Passage.KEPT_OUT, f"its filter policy wants {name} to be {wanted}; this message has {has}"
    )


def _shown(value: object) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    text = json.dumps(plain, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
