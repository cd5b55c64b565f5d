"""The limits themselves: each judges a column of candidates, and explains one of them.

The loops over candidates are where the time of an evaluation goes. They count places by hand,
because with `enumerate` such a loop takes about a fifth longer (docs/performance.md).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from recgate.domain.canonical import Json
from recgate.domain.catalogue import SET_LIMITS, Direction, LimitSpec
from recgate.domain.job import Candidate, EndpointKind, Snapshot
from recgate.domain.reading import Source, comparable
from recgate.domain.verdict import Outcome

_REALTIME = EndpointKind.REALTIME
_NA, _PASS, _WARN, _FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL


class OnMissing(StrEnum):
    """What a limit makes of a value that is missing."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"

    @property
    def outcome(self) -> Outcome:
        """The outcome of a limit whose value is missing."""
        return _MISSING_OUTCOMES[self]


_MISSING_OUTCOMES = {
    OnMissing.FAIL: Outcome.UNKNOWN,
    OnMissing.WARN: Outcome.WARN_MISSING,
    OnMissing.IGNORE: Outcome.IGNORED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How one limit turned out for one candidate, with all that is needed to explain it.

    ``observed`` is the value that was compared (None: missing, and ``missing`` says why),
    ``raw`` what was reported. ``warn`` and ``fail`` are the thresholds of a numeric limit.
    ``excess`` is how far the value lies beyond the threshold it broke, as a share of it: 0.61
    for 61 %; infinite when that cannot be said in a number.
    """

    limit: str
    label: str
    outcome: Outcome
    unit: str = ""
    direction: Direction | None = None
    observed: float | str | None = None
    raw: object = None
    missing: str = ""
    source: Source | None = None
    samples: int | None = None
    warn: float | None = None
    fail: float | None = None
    excess: float | None = None
    rule: str = ""
    """The limit in words, where it is not a number: ``one of c7g, m7g``."""

    @property
    def is_miss(self) -> bool:
        """Whether this finding keeps the gate closed."""
        return self.outcome >= Outcome.UNKNOWN


Outcomes = Mapping[int, Outcome]
"""What one limit makes of a list of candidates: every outcome other than a plain PASS, by the
candidate's place in the list. Most candidates pass most limits, and a pass leaves no trace.
"""


class Limit(Protocol):
    """One demand of a policy."""

    @property
    def name(self) -> str:
        """Its key under ``require``."""
        ...

    def outcomes(self, candidates: Sequence[Candidate], snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the candidates."""
        ...

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """The explanation of an outcome that `outcomes` gave this candidate."""
        ...


@dataclass(frozen=True, slots=True)
class NumericLimit:
    """A bound on a figure. Boundaries are inclusive; at least one of warn and fail is set.

    Both sides of a comparison are rounded to 6 significant digits, so that a value equal to
    the threshold as written passes it.
    """

    spec: LimitSpec
    warn: float | None
    fail: float | None
    on_missing: OnMissing
    _place: int = field(init=False, repr=False, compare=False)
    """Where the metric lies in `Candidate.values`; an int is a faster index than an enum."""
    _is_ceiling: bool = field(init=False, repr=False, compare=False)
    """Whether the values above the limit are those that break it."""
    _fine: float = field(init=False, repr=False, compare=False)
    """The last value that passes."""
    _tolerated: float = field(init=False, repr=False, compare=False)
    """The last value that only warns."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", int(self.spec.metric))
        object.__setattr__(self, "_is_ceiling", self.spec.direction is Direction.AT_MOST)
        worst = math.inf if self._is_ceiling else -math.inf
        tolerated = worst if self.fail is None else comparable(self.fail)
        object.__setattr__(self, "_tolerated", tolerated)
        fine = tolerated if self.warn is None else comparable(self.warn)
        object.__setattr__(self, "_fine", fine)

    @property
    def name(self) -> str:
        """Its key under ``require``."""
        return self.spec.name

    def outcomes(self, candidates: Sequence[Candidate], snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the candidates."""
        metric, fine, tolerated = self._place, self._fine, self._tolerated
        found: dict[int, Outcome] = {}
        place = -1
        # `<=` for a pass rather than `>` for a failure: a NaN that slipped through compares
        # false, and so fails.
        if self._is_ceiling:
            for candidate in candidates:
                place += 1
                value = candidate.values[metric]
                if value is None:
                    found[place] = self.on_missing.outcome
                elif value <= fine:
                    continue
                else:
                    found[place] = _WARN if value <= tolerated else _FAIL
        else:
            for candidate in candidates:
                place += 1
                value = candidate.values[metric]
                if value is None:
                    found[place] = self.on_missing.outcome
                elif value >= fine:
                    continue
                else:
                    found[place] = _WARN if value >= tolerated else _FAIL
        only_for = self.spec.only_for
        if only_for is not None:
            for place, candidate in enumerate(candidates):
                if candidate.kind is not only_for:
                    found[place] = _NA
        return found

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """The explanation of an outcome that `outcomes` gave this candidate."""
        reading = candidate.readings[self.spec.metric]
        applies = outcome is not _NA
        return Finding(
            limit=self.name,
            label=self.spec.label,
            outcome=outcome,
            unit=self.spec.unit,
            direction=self.spec.direction,
            observed=reading.value if applies else None,
            raw=reading.raw,
            missing=reading.missing if applies else "",
            source=reading.source,
            samples=reading.samples,
            warn=self.warn,
            fail=self.fail,
            excess=self._excess(reading.value, outcome),
        )

    def _excess(self, value: float | None, outcome: Outcome) -> float | None:
        broken = self.fail if outcome is _FAIL else self.warn if outcome is _WARN else None
        if value is None or broken is None:
            return None
        return abs(value - broken) / abs(broken) if broken else math.inf


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Names that are allowed or denied: instance families or types. Deny beats allow.

    ``allow`` None allows every name that is not denied.
    """

    name: str
    allow: frozenset[str] | None
    deny: frozenset[str]
    on_missing: OnMissing

    def outcomes(self, candidates: Sequence[Candidate], snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the candidates."""
        allow, deny, by_family = self.allow, self.deny, self.name == "instance_families"
        found: dict[int, Outcome] = {}
        place = -1
        for candidate in candidates:
            place += 1
            name = candidate.family if by_family else candidate.instance_type
            if candidate.kind is not _REALTIME:
                found[place] = _NA
            elif name is None:
                found[place] = self.on_missing.outcome
            elif name in deny or (allow is not None and name not in allow):
                found[place] = _FAIL
        return found

    def _observe(self, candidate: Candidate) -> str | None:
        return candidate.family if self.name == "instance_families" else candidate.instance_type

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """The explanation of an outcome that `outcomes` gave this candidate."""
        name = None if outcome is _NA else self._observe(candidate)
        reported = candidate.instance_type
        reason = "" if name or outcome is _NA else "no instance type reported"
        if reported and reason:
            reason = f"cannot be read from {reported!r}"
        return Finding(
            limit=self.name,
            label=SET_LIMITS[self.name],
            outcome=outcome,
            observed=name,
            raw=reported,
            missing=reason,
            source=Source.DESCRIBE,
            excess=math.inf if outcome is _FAIL else None,
            rule=self._rule(name),
        )

    def _rule(self, name: str | None) -> str:
        if name in self.deny or self.allow is None:
            return f"none of {', '.join(sorted(self.deny))}"
        return f"one of {', '.join(sorted(self.allow))}"


JobReader = Callable[[Mapping[str, Json]], Json]
"""Reads one field out of a Describe response; None when it is not there."""


@dataclass(frozen=True, slots=True)
class JobLimit:
    """A demand on any field of Describe; it holds for every candidate alike.

    Either ``present`` (True: the field must be there) or ``one_of`` is set, never both.
    A field that ``present`` asks for is never "missing": whether it is there is the answer.
    """

    path: str
    reason: str
    on_missing: OnMissing
    read: JobReader = field(compare=False, repr=False)
    present: bool | None = None
    one_of: tuple[Json, ...] = ()

    @property
    def name(self) -> str:
        """Its place under ``require``: ``job.PATH``."""
        return f"job.{self.path}"

    def outcomes(self, candidates: Sequence[Candidate], snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the candidates."""
        outcome = self._outcome(self.read(snapshot.describe))
        return {} if outcome is _PASS else dict.fromkeys(range(len(candidates)), outcome)

    def _outcome(self, found: Json) -> Outcome:
        there = found is not None and not _is_missing(found)
        if self.present is not None:
            return _PASS if there is self.present else _FAIL
        if not there:
            return self.on_missing.outcome
        return _PASS if any(_same(found, wanted) for wanted in self.one_of) else _FAIL

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """The explanation of an outcome that `outcomes` gave this candidate."""
        found = self.read(snapshot.describe)
        there = found is not None and not _is_missing(found)
        if self.present is None:
            rule = f"one of {', '.join(map(str, self.one_of))}"
        else:
            rule = "present" if self.present else "not present"
        return Finding(
            limit=self.name,
            label=self.path,
            outcome=outcome,
            observed=_brief(found) if there else None,
            raw=found,
            missing="" if there else "not in the job",
            source=Source.DESCRIBE,
            excess=math.inf if outcome is _FAIL else None,
            rule=f"{rule} ({self.reason})" if self.reason else rule,
        )


def _is_missing(value: Json) -> bool:
    """Whether the dialect layer has marked the value as one that JSON cannot say (NaN)."""
    return isinstance(value, Mapping) and set(value) == {"missing"}


def _same(found: Json, wanted: Json) -> bool:
    """Equality that keeps ``true`` apart from 1."""
    return isinstance(found, bool) is isinstance(wanted, bool) and found == wanted


def _brief(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
