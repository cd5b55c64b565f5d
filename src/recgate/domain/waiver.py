"""A waiver: one limit of one policy, moved for some jobs and some days. Never "anything goes"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recgate.domain.job import Snapshot
from recgate.domain.limits import Limit, Outcomes
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.reading import comparable
from recgate.domain.rows import Rows
from recgate.domain.scope import Applies, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome

_FAIL, _WAIVED = Outcome.FAIL, Outcome.WAIVED


class WaiverPhase(StrEnum):
    """Where a day lies in the life of a waiver."""

    TO_COME = "to come"
    IN_FORCE = "in force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of waivers.yaml, checked: well formed, not too long, approved by somebody else.

    ``up_to`` is the new ceiling of a ``max_…`` limit, ``down_to`` the new floor of a ``min_…``
    limit, ``allow`` the instance families or types that are taken all the same; exactly one of
    them is set. ``starts`` and ``expires`` are days in UTC, both included. ``digest`` is that of
    the entry as it was written.
    """

    id: str
    policy: str
    limit: str
    scope: Scope
    reason: str
    requested_by: str
    approved_by: str
    starts: date
    expires: date
    digest: str
    up_to: float | None = None
    down_to: float | None = None
    allow: frozenset[str] = frozenset()

    def phase_on(self, today: date) -> WaiverPhase:
        """Whether the waiver is to come, in force or ended on a day."""
        if today < self.starts:
            return WaiverPhase.TO_COME
        return WaiverPhase.IN_FORCE if today <= self.expires else WaiverPhase.ENDED

    def days_left(self, today: date) -> int:
        """How many days it still holds, today included; 0 or less when it has ended."""
        return (self.expires - today).days + 1

    def covers(self, limit: Limit, rows: Rows, place: int) -> bool:
        """Whether what a row has lies within what is allowed; what is missing never does."""
        match limit:
            case NumericLimit(spec=spec):
                value = rows.columns[spec.metric][place]
                if value is None:
                    return False
                if self.up_to is not None:
                    return value <= comparable(self.up_to)
                return self.down_to is not None and value >= comparable(self.down_to)
            case SetLimit(name="instance_families"):
                return rows.families[place] in self.allow
            case SetLimit():
                return rows.instance_types[place] in self.allow
        return False


def waivers_for(
    policy: Policy, snapshot: Snapshot, waivers: Iterable[Waiver], today: date
) -> tuple[Waiver, ...]:
    """The waivers that count for a judgement: of a limit of this policy, for this job, today.

    One whose scope cannot be told to match does not count.
    """
    limits = {limit.name for limit in policy.limits}
    return tuple(
        waiver
        for waiver in waivers
        if waiver.policy == policy.name
        and waiver.limit in limits
        and waiver.phase_on(today) is WaiverPhase.IN_FORCE
        and waiver.scope.match(snapshot).applies is Applies.YES
    )


def covering(waivers: Iterable[Waiver], limit: Limit, rows: Rows, place: int) -> Waiver | None:
    """The first waiver, in the order in which they are written, that covers a row."""
    for waiver in waivers:
        if waiver.limit == limit.name and waiver.covers(limit, rows, place):
            return waiver
    return None


def with_waivers(
    outcomes: Outcomes, limit: Limit, rows: Rows, waivers: Iterable[Waiver]
) -> Outcomes:
    """What a limit makes of the rows once every failure that a waiver covers is waived.

    What is missing cannot be waived, and what passes needs no waiver.
    """
    mine = [waiver for waiver in waivers if waiver.limit == limit.name]
    if not mine or not outcomes:
        return outcomes
    return {
        place: _WAIVED
        if outcome is _FAIL and covering(mine, limit, rows, place) is not None
        else outcome
        for place, outcome in outcomes.items()
    }


def without_waivers(outcomes: Outcomes) -> Outcomes:
    """The outcomes as they were before `with_waivers`."""
    return {place: _FAIL if outcome is _WAIVED else outcome for place, outcome in outcomes.items()}
