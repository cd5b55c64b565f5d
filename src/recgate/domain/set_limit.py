"""Limits by name: which instance families or types are allowed."""

import math
from dataclasses import dataclass

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import SET_LIMITS
from recgate.domain.job import Snapshot
from recgate.domain.limits import Finding, OnMissing, Outcomes
from recgate.domain.reading import Source
from recgate.domain.rows import Rows
from recgate.domain.verdict import Outcome

_REALTIME = EndpointKind.REALTIME
_NA, _FAIL = Outcome.NOT_APPLICABLE, Outcome.FAIL


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Names that are allowed or denied: instance families or types. Deny beats allow.

    ``allow`` None allows every name that is not denied.
    """

    name: str
    allow: frozenset[str] | None
    deny: frozenset[str]
    on_missing: OnMissing

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        """What the limit makes of the rows."""
        names = rows.families if self.name == "instance_families" else rows.instance_types
        allow, deny = self.allow, self.deny
        found: dict[int, Outcome] = {}
        for place, name in enumerate(names):
            if name is None:
                found[place] = self.on_missing.outcome
            elif name in deny or (allow is not None and name not in allow):
                found[place] = _FAIL
        for place in rows.others[_REALTIME]:
            found[place] = _NA
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
