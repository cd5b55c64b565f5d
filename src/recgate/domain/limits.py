"""What every limit is: a judge of all candidates at once, and an explanation of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import Direction
from recgate.domain.job import Snapshot
from recgate.domain.reading import Source
from recgate.domain.rows import Rows
from recgate.domain.verdict import Outcome


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
    waiver: str = ""
    """The id of the waiver that allows what would fail, under WAIVED only."""

    @property
    def is_miss(self) -> bool:
        """Whether this finding keeps the gate closed."""
        return self.outcome >= Outcome.UNKNOWN


Outcomes = Mapping[int, Outcome]
"""What one limit makes of the rows: every outcome other than a plain PASS, by the row's place.
Most rows pass most limits, and a pass leaves no trace.
"""


class Limit(Protocol):
    """One demand of a policy."""

    @property
    def name(self) -> str:
        """Its key under ``require``."""
        ...

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the rows."""
        ...

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        """The explanation of an outcome that `outcomes` gave this candidate."""
        ...
