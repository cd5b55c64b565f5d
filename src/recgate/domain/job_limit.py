"""Limits on any field of Describe, by JMESPath."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recgate.domain.candidate import Candidate
from recgate.domain.canonical import Json
from recgate.domain.job import Snapshot
from recgate.domain.limits import Finding, OnMissing, Outcomes
from recgate.domain.reading import Source
from recgate.domain.rows import Rows
from recgate.domain.verdict import Outcome

_PASS, _FAIL = Outcome.PASS, Outcome.FAIL

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

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the rows."""
        outcome = self._outcome(self.read(snapshot.describe))
        return {} if outcome is _PASS else dict.fromkeys(range(len(rows.candidates)), outcome)

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
