"""A statement of an IAM policy, with the reason for it, and the document made of several."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_ANOTHER = "another"
"""Meets a condition that only rules values out."""

Condition = Mapping[str, Mapping[str, str | tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One purpose: what is allowed, on what, and ``why`` (a sentence for people).

    ``is_tried``: a look of `recgate doctor` makes the very call, so that simulating it says less.
    """

    sid: str
    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)
    is_tried: bool = False

    def document(self) -> dict[str, Any]:
        """The statement as it stands in a policy."""
        written: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": _one_or_list(self.actions),
            "Resource": _one_or_list(self.resources),
        }
        if self.condition:
            written["Condition"] = {
                operator: {key: _one_or_list(values) for key, values in keys.items()}
                for operator, keys in self.condition.items()
            }
        return written


@dataclass(frozen=True, slots=True)
class Simulation:
    """One question to IAM's simulator: some actions on one resource under some condition keys."""

    actions: tuple[str, ...]
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def policy_document(statements: Iterable[Statement]) -> dict[str, Any]:
    """The whole policy."""
    return {"Version": "2012-10-17", "Statement": [each.document() for each in statements]}


def simulations(statements: Iterable[Statement]) -> Iterator[Simulation]:
    """The questions whose answers say whether all of this is allowed: the fewest there are.

    Of a condition with several values each is a question of its own: a call has one of them, and
    may be denied with one and allowed with another.
    """
    asked: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, None]] = {}
    for statement in statements:
        for context in _contexts(statement.condition):
            for resource in statement.resources:
                actions = asked.setdefault((_concrete(resource, dict(context)), context), {})
                actions.update(dict.fromkeys(statement.actions))
    for (resource, context), actions in asked.items():
        yield Simulation(tuple(actions), resource, {key: (value,) for key, value in context})


def _contexts(condition: Condition) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every way to meet it: one value for each key."""
    values = {
        key: _ANOTHER if "Not" in operator else found
        for operator, keys in condition.items()
        for key, found in keys.items()
    }
    each = ((found,) if isinstance(found, str) else found for found in values.values())
    for chosen in product(*each):
        yield tuple(zip(values, chosen, strict=True))


def _concrete(resource: str, context: Mapping[str, str]) -> str:
    """A role of one of several accounts, by the account that the condition names."""
    account = context.get("aws:ResourceAccount")
    return resource.replace(":iam::*:", f":iam::{account}:") if account else resource


def _one_or_list(values: str | tuple[str, ...]) -> str | list[str]:
    """IAM writes one of something without a list."""
    if isinstance(values, str):
        return values
    return values[0] if len(values) == 1 else list(values)
