"""What to do about a job that no policy applies to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Unmatched
from recgate.domain.job import Snapshot
from recgate.domain.scope import Applies, Condition
from recgate.rendering.safe_text import clean

_NAME = 40
_REASON = 120
_NEAREST = 2
"""So many policies are told why they do not apply: those with the fewest conditions unmet."""

_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class _Near:
    """A policy that does not apply, and the conditions of it that the job does not meet."""

    entry: Unmatched
    unmet: tuple[Condition, ...]


def coverage_steps(decision: Decision, check: str) -> tuple[str, ...]:
    """How to get the job covered; ``check`` is the command that judges it again at a desk."""
    near = _nearest(decision)
    steps = [_step(each, decision.snapshot) for each in near]
    if near:
        write = "Or write a policy whose applies_to fits this job."
    else:
        write = "Write a policy whose applies_to fits this job: there is none yet."
    return (*steps, write, f"Then judge the job again: {check}")


def _nearest(decision: Decision) -> Sequence[_Near]:
    found = []
    for entry in decision.evaluation.unmatched:
        answers = [
            (condition, condition.match(decision.snapshot).applies)
            for condition in entry.policy.scope.conditions
        ]
        unmet = tuple(condition for condition, applies in answers if applies is Applies.NO)
        found.append(_Near(entry, unmet))
    # None unmet: the kind of endpoint is another, which no tag can mend.
    return sorted(found, key=lambda near: len(near.unmet) or len(found) + 9)[:_NEAREST]


def _step(near: _Near, snapshot: Snapshot) -> str:
    policy = clean(near.entry.policy.name, _NAME)
    if near.unmet and all(condition.key.startswith("tags.") for condition in near.unmet):
        wanted = " and ".join(_tag(condition) for condition in near.unmet)
        has = ", ".join(_has(condition, snapshot) for condition in near.unmet)
        told = f"Tag such jobs with {wanted}, and policy {policy} applies to them: {has}."
        if len(told) <= 200:
            return told
    return f"Widen applies_to of policy {policy}: {clean(near.entry.reason, _REASON)}."


def _tag(condition: Condition) -> str:
    name, first = condition.key.removeprefix("tags."), condition.patterns[0]
    like = " (a pattern)" if _GLOB.search(first) else ""
    return f"{clean(name, _NAME)}={clean(first, _NAME)}{like}"


def _has(condition: Condition, snapshot: Snapshot) -> str:
    name = condition.key.removeprefix("tags.")
    value = (snapshot.tags or {}).get(name)
    told = f"has {clean(value, _NAME)}" if value else "has no such tag"
    return f"this one {told}"
