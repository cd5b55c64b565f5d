"""Limits on figures."""

import math
from dataclasses import dataclass, field

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import Direction, LimitSpec
from recgate.domain.job import Snapshot
from recgate.domain.limits import Finding, OnMissing, Outcomes
from recgate.domain.reading import comparable
from recgate.domain.rows import Rows
from recgate.domain.verdict import Outcome

_NA, _WARN, _FAIL = Outcome.NOT_APPLICABLE, Outcome.WARN, Outcome.FAIL
_WAIVED = Outcome.WAIVED


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
    """Where the metric lies in `Rows.columns`; an int is a faster index than an enum."""
    _only_for: EndpointKind | None = field(init=False, repr=False, compare=False)
    _is_ceiling: bool = field(init=False, repr=False, compare=False)
    """Whether the values above the limit are those that break it."""
    _fine: float = field(init=False, repr=False, compare=False)
    """The last value that passes."""
    _tolerated: float = field(init=False, repr=False, compare=False)
    """The last value that only warns."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", int(self.spec.metric))
        object.__setattr__(self, "_only_for", self.spec.only_for)
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

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the rows."""
        column, fine, tolerated = rows.columns[self._place], self._fine, self._tolerated
        found: dict[int, Outcome] = {}
        place = -1  # counted by hand: `enumerate` makes such a short loop a fifth slower
        # `<=` for a pass rather than `>` for a failure: a NaN that slipped through compares
        # false, and so fails.
        if self._is_ceiling:
            for value in column:
                place += 1
                if value is None:
                    found[place] = self.on_missing.outcome
                elif value <= fine:
                    continue
                else:
                    found[place] = _WARN if value <= tolerated else _FAIL
        else:
            for value in column:
                place += 1
                if value is None:
                    found[place] = self.on_missing.outcome
                elif value >= fine:
                    continue
                else:
                    found[place] = _WARN if value >= tolerated else _FAIL
        if self._only_for is not None:
            found.update(dict.fromkeys(rows.others[self._only_for], _NA))
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
        failed = outcome is _FAIL or outcome is _WAIVED
        broken = self.fail if failed else self.warn if outcome is _WARN else None
        if value is None or broken is None:
            return None
        return abs(value - broken) / abs(broken) if broken else math.inf
