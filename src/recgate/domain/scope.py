"""Which jobs a policy applies to: yes, no, or not to be told from what is known."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate

from recgate.domain.candidate import EndpointKind
from recgate.domain.job import Snapshot

_GLOB_CHARACTERS = re.compile(r"[*?\[]")


class Applies(StrEnum):
    """Whether a policy applies to a job."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class ScopeMatch:
    """The answer, and for every answer but yes the first condition that gave it."""

    applies: Applies
    reason: str = ""


_YES = ScopeMatch(Applies.YES)


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of ``applies_to``: the job's value must match one of the patterns.

    ``key`` is ``job_names``, ``regions``, … or ``tags.NAME``. Patterns are shell globs, and
    upper and lower case differ.
    """

    key: str
    patterns: tuple[str, ...]
    _exact: frozenset[str] = field(init=False, repr=False, compare=False)
    _globs: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        globs = [pattern for pattern in self.patterns if _GLOB_CHARACTERS.search(pattern)]
        object.__setattr__(self, "_exact", frozenset(self.patterns) - frozenset(globs))
        object.__setattr__(self, "_globs", tuple(re.compile(translate(glob)) for glob in globs))

    def accepts(self, value: str) -> bool:
        """Whether one of the patterns matches the value."""
        return value in self._exact or any(glob.match(value) for glob in self._globs)

    def match(self, snapshot: Snapshot) -> ScopeMatch:
        """Whether the job meets this condition."""
        known, value = _observe(self.key, snapshot)
        if not known:
            return ScopeMatch(Applies.CANNOT_TELL, f"{self.key}: not known for this job")
        if value is not None and self.accepts(value):
            return _YES
        return ScopeMatch(
            Applies.NO, f"{self.key}: {value or 'not set'} is none of {', '.join(self.patterns)}"
        )


def _observe(key: str, snapshot: Snapshot) -> tuple[bool, str | None]:
    """Whether the job's value for a key is known, and the value (None: known not to be set)."""
    if key.startswith("tags."):
        tags = snapshot.tags
        return tags is not None, None if tags is None else tags.get(key[len("tags.") :])
    if key == "job_names":
        return True, snapshot.job_name
    if key == "model_package_groups":
        return snapshot.model_known, snapshot.model_package_group
    value = {
        "regions": snapshot.region,
        "accounts": snapshot.account,
        "job_types": snapshot.job_type,
    }[key]
    return value is not None, value


@dataclass(frozen=True, slots=True)
class Scope:
    """All of ``applies_to``: every condition must match. An empty scope applies to every job.

    ``endpoint_kind`` None is ``any``.
    """

    conditions: tuple[Condition, ...] = ()
    endpoint_kind: EndpointKind | None = None

    def match(self, snapshot: Snapshot) -> ScopeMatch:
        """Whether the policy applies. One condition that says no outweighs what is not known."""
        doubt = _YES
        for condition in self.conditions:
            answer = condition.match(snapshot)
            if answer.applies is Applies.NO:
                return answer
            if answer.applies is Applies.CANNOT_TELL and doubt is _YES:
                doubt = answer
        kind = self.endpoint_kind
        rows = snapshot.candidates
        if kind is not None and rows and not any(row.kind is kind for row in rows):
            return ScopeMatch(Applies.NO, f"endpoint_kind: no {kind} recommendation in the job")
        return doubt


EVERY_JOB = Scope()
