"""What other policies would have decided: two answers about each job, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recgate.domain.limits import Finding
from recgate.domain.verdict import Verdict

HOURS_A_MONTH = 730
"""365 days of 24 hours in 12 months."""


class Direction(StrEnum):
    """How an answer differs from the one before, the gravest first."""

    OPENS = "gate opens"
    """What was stopped would be approved."""
    CLOSES = "gate closes"
    OTHER_VERDICT = "other verdict"
    """Another word, and the gate as it was."""
    OTHER_CONFIGURATION = "other configuration"
    """The same verdict, and another configuration to deploy."""
    SAME = "same"

    @property
    def moves_gate(self) -> bool:
        """Whether somebody may deploy now who could not before, or the reverse."""
        return self in (Direction.OPENS, Direction.CLOSES)


@dataclass(frozen=True, slots=True)
class Approval:
    """The configuration that an open gate lets through. The cost is None when it is missing."""

    recommendation_id: str
    cost_per_hour_usd: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What policies say of a job: the verdict, each policy's own, and what may be deployed.

    ``policies`` has those that judged the job. ``approved`` is None when the gate is closed.
    """

    verdict: Verdict
    policies: Mapping[str, Verdict]
    approved: Approval | None = None


def direction_of(before: Answer, after: Answer) -> Direction:
    """How the second answer differs from the first."""
    if before.verdict.opens_gate is not after.verdict.opens_gate:
        return Direction.OPENS if after.verdict.opens_gate else Direction.CLOSES
    if before.verdict is not after.verdict:
        return Direction.OTHER_VERDICT
    if _chosen(before) != _chosen(after):
        return Direction.OTHER_CONFIGURATION
    return Direction.SAME


def _chosen(answer: Answer) -> str | None:
    return answer.approved.recommendation_id if answer.approved else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that makes the difference, and the policy that it stands in."""

    policy: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Change:
    """A job about which the answers differ.

    ``place`` is where the job was found: its stream in the ledger, its file. ``broken`` are the
    limits that make the difference: under ``broken_before`` they closed the gate (or warned)
    before, else they do so now. Where no limit does, ``reason`` says why. Configurations are
    those that are approved, empty where none is. Names and reasons are untrusted.
    """

    place: str
    job_name: str
    model: str
    direction: Direction
    before: Answer
    after: Answer
    configuration_before: str = ""
    configuration_after: str = ""
    broken: tuple[Broken, ...] = ()
    broken_before: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A job that could not be judged again, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovedCost:
    """What the approved configurations cost together, as `recgate.domain.digest` counts it.

    Each model counts once, with its latest approval. ``unpriced`` are the models whose cost is
    not known and so not in the sum.
    """

    models: int
    cost_per_hour_usd: float
    unpriced: tuple[str, ...] = ()


Shift = tuple[Verdict | None, Verdict | None]
"""A verdict before and after; None: the policy did not judge the job."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """All jobs judged again.

    ``verdicts`` counts the overall verdicts before → after, ``policies`` those of each policy;
    without a comparison (``compared`` False) what was before is None everywhere. ``limits``
    counts for each policy and limit the changes that it is responsible for. ``changes`` has the
    gravest first. ``cost_before`` is None without a comparison.
    """

    judged: int
    compared: bool
    verdicts: Mapping[Shift, int]
    policies: Mapping[str, Mapping[Shift, int]]
    directions: Mapping[Direction, int]
    limits: Mapping[tuple[str, str], Mapping[Direction, int]]
    changes: tuple[Change, ...]
    not_judged: tuple[NotJudged, ...]
    cost_before: ApprovedCost | None
    cost_after: ApprovedCost

    @property
    def moves_gate(self) -> bool:
        """Whether some gate opens or closes."""
        return any(count for way, count in self.directions.items() if way.moves_gate)

    @property
    def changed(self) -> int:
        """How many answers differ."""
        return sum(count for way, count in self.directions.items() if way is not Direction.SAME)

    @property
    def cost_difference_usd(self) -> float | None:
        """By how much the approved cost an hour changes; None without a comparison."""
        if self.cost_before is None:
            return None
        # Exact: the difference of two binary fractions would show its errors.
        after, before = self.cost_after.cost_per_hour_usd, self.cost_before.cost_per_hour_usd
        return float(Decimal(repr(after)) - Decimal(repr(before)))
