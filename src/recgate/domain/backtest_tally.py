"""Counting answers, one job after the other."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from recgate.domain.backtest import (
    Answer,
    ApprovedCost,
    Backtest,
    Change,
    Direction,
    NotJudged,
    Shift,
    direction_of,
)
from recgate.domain.backtest_approval import family_of
from recgate.domain.job import Snapshot

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_WAYS = tuple(Direction)


@dataclass(frozen=True, slots=True)
class _Approved:
    at: datetime
    model: str
    cost_per_hour_usd: float | None


class _Approvals:
    """What each model's latest approval costs."""

    def __init__(self) -> None:
        self._latest: dict[str, _Approved] = {}

    def add(self, family: str, made: _Approved) -> None:
        known = self._latest.get(family)
        if known is None or made.at >= known.at:
            self._latest[family] = made

    def cost(self) -> ApprovedCost:
        every = self._latest.values()
        # Exact: a sum of binary fractions would show its errors.
        known = [
            Decimal(repr(made.cost_per_hour_usd))
            for made in every
            if made.cost_per_hour_usd is not None
        ]
        unpriced = sorted(made.model for made in every if made.cost_per_hour_usd is None)
        return ApprovedCost(len(every), float(sum(known, Decimal(0))), tuple(unpriced))


class Tally:
    """Takes what was found about each job, and gives the sum of it."""

    def __init__(self) -> None:
        self._judged = 0
        self._compared = False
        self._verdicts: Counter[Shift] = Counter()
        self._policies: defaultdict[str, Counter[Shift]] = defaultdict(Counter)
        self._directions: Counter[Direction] = Counter()
        self._limits: defaultdict[tuple[str, str], Counter[Direction]] = defaultdict(Counter)
        self._changes: list[Change] = []
        self._not_judged: list[NotJudged] = []
        self._before, self._after = _Approvals(), _Approvals()

    def leave_out(self, job: NotJudged) -> None:
        """Take note of a job that could not be judged."""
        self._not_judged.append(job)

    def count(
        self,
        place: str,
        at: datetime | None,
        snapshot: Snapshot,
        before: Answer | None,
        after: Answer,
    ) -> None:
        """Count a job. ``before`` None: there is nothing to compare with; ``at`` says which of
        two approvals of one model is the later one (None: the one that is counted later).
        """
        self._judged += 1
        moment = at or _LONG_AGO
        self._verdicts[(before.verdict if before else None, after.verdict)] += 1
        former = before.policies if before else {}
        for name in {**former, **after.policies}:
            self._policies[name][(former.get(name), after.policies.get(name))] += 1
        sides = [(self._after, after)]
        if before is not None:
            self._compared = True
            self._directions[direction_of(before, after)] += 1
            sides.append((self._before, before))
        for approvals, answer in sides:
            if answer.verdict.opens_gate:
                cost = answer.approved.cost_per_hour_usd if answer.approved else None
                approvals.add(family_of(snapshot, place), _Approved(moment, snapshot.model, cost))

    def change(self, change: Change) -> None:
        """Keep a change."""
        self._changes.append(change)
        for policy, limit in {(each.policy, each.finding.limit) for each in change.broken}:
            self._limits[(policy, limit)][change.direction] += 1

    def result(self) -> Backtest:
        """All of it."""
        return Backtest(
            judged=self._judged,
            compared=self._compared,
            verdicts=dict(self._verdicts),
            policies={name: dict(self._policies[name]) for name in sorted(self._policies)},
            directions={way: self._directions[way] for way in _WAYS if self._directions[way]},
            limits={
                place: dict(self._limits[place])
                for place in sorted(
                    self._limits, key=lambda each: (-self._limits[each].total(), each)
                )
            },
            changes=tuple(sorted(self._changes, key=_gravity)),
            not_judged=tuple(sorted(self._not_judged, key=lambda job: job.place)),
            cost_before=self._before.cost() if self._compared else None,
            cost_after=self._after.cost(),
        )


def _gravity(change: Change) -> tuple[int, int, str, str]:
    """The gravest first: the direction, the verdict after, the job."""
    way = _WAYS.index(change.direction)
    return way, -change.after.verdict.rank, change.job_name, change.place
