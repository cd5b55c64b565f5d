"""Counts of many decisions, kept while they are read: verdicts, waivers, and policies."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.domain.waiver import Waiver

KEYS = 10
"""So many decisions are named of each waiver, those that were counted first."""


@dataclass(slots=True)
class WaiverTally:
    """A waiver that allowed something: in how many decisions, and the keys of some."""

    waiver: Waiver
    decisions: int = 0
    keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PolicyTally:
    """A revision of a policy that judged: in how many decisions, the first and the last (UTC)."""

    result: PolicyResult
    first: datetime
    last: datetime
    decisions: int = 0


@dataclass(slots=True)
class DecisionTally:
    """What was counted: ``decisions`` in all, by the word for how each went in ``verdicts``.

    ``waivers`` are by their digest, ``policies`` by name and digest.
    """

    decisions: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    waivers: dict[str, WaiverTally] = field(default_factory=dict)
    policies: dict[tuple[str, str], PolicyTally] = field(default_factory=dict)

    def count(self, made: RecordedDecision) -> None:
        """Count one decision more."""
        self.decisions += 1
        self.verdicts[made.word] += 1
        for waiver in made.waivers:
            used = self.waivers.setdefault(waiver.digest or waiver.id, WaiverTally(waiver))
            used.decisions += 1
            if len(used.keys) < KEYS:
                used.keys.append(made.key)
        at = made.recorded_at
        # A policy that stands twice in a record judged once.
        for name, result in {(each.policy, each.digest): each for each in made.policies}.items():
            judged = self.policies.setdefault(name, PolicyTally(result, at, at))
            judged.decisions += 1
            judged.first, judged.last = min(judged.first, at), max(judged.last, at)
