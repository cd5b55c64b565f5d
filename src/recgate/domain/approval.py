"""Which configuration is approved for each model, since when, and what was before it.

An approval is one decision with an open gate, about one exact configuration. It holds as long as
that decision is the last one about its job: a later one about the same job takes its place, or,
with a closed gate, takes it away. Of several that hold for one model the latest is in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Approval:
    """A time in which one decision was the approval in force for its model.

    ``until`` is when another one took its place, or when it was taken away, by ``ended_by``; both
    are None while it is in force. Times are in UTC, and ``until`` is excluded.
    """

    decision: RecordedDecision
    since: datetime
    until: datetime | None = None
    ended_by: RecordedDecision | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether nothing has ended it."""
        return self.until is None

    @property
    def was_taken_away(self) -> bool:
        """Whether a later decision about the same job closed the gate."""
        ended = self.ended_by
        return ended is not None and ended.stream == self.decision.stream and not ended.is_open

    def ended_waivers(self, today: date) -> tuple[Waiver, ...]:
        """The waivers that it rests on and that have ended since: it would not be given today."""
        return tuple(each for each in self.decision.rests_on if each.expires < today)


@dataclass(frozen=True, slots=True)
class ModelApprovals:
    """What was and is approved for one model in one account and region.

    ``history`` is in the order of time: each approval begins where the one before ended, or after
    a time without any. ``last`` is the last decision about the model, whatever it said.
    """

    family: str
    history: tuple[Approval, ...]
    last: RecordedDecision

    @property
    def in_force(self) -> Approval | None:
        """The approval that holds; None when nothing is approved."""
        latest = self.history[-1] if self.history else None
        return latest if latest is not None and latest.is_in_force else None

    @property
    def before(self) -> tuple[Approval, ...]:
        """The approvals that hold no more, the latest first."""
        return tuple(each for each in reversed(self.history) if not each.is_in_force)

    @property
    def unchanged_since(self) -> datetime | None:
        """Since when this very configuration is approved without a break, by whichever decisions;
        None when nothing is approved.
        """
        now = self.in_force
        if now is None:
            return None
        since = now.since
        for earlier in self.before:
            if earlier.until != since or _identity(earlier) != _identity(now):
                break
            since = earlier.since
        return since


def approvals(decisions: Iterable[RecordedDecision]) -> tuple[ModelApprovals, ...]:
    """The approvals of every model that the decisions are about, by the models' names.

    The decisions of one job come in the order in which its stream has them: it says which is the
    last one, also where a clock went back. Those of different jobs come in any order.
    """
    last: dict[str, RecordedDecision] = {}
    told: dict[str, RecordedDecision] = {}
    standing: dict[str, dict[str, RecordedDecision]] = {}
    history: dict[str, list[Approval]] = {}
    for at, made in _in_time(decisions):
        former = last.get(made.stream)
        last[made.stream] = told[made.family] = made
        if former is not None:
            standing[former.family].pop(made.stream, None)
        # What was put in last is the latest: the order of a dict is that of its keys' coming.
        open_now = standing.setdefault(made.family, {})
        if made.is_open:
            open_now[made.stream] = made
        for family in {former.family if former else made.family, made.family}:
            _follow(history.setdefault(family, []), standing[family], at, made)
    found = (ModelApprovals(family, tuple(history[family]), told[family]) for family in told)
    return tuple(sorted(found, key=lambda each: (each.last.model or "", each.family)))


def _follow(
    history: list[Approval],
    standing: dict[str, RecordedDecision],
    at: datetime,
    made: RecordedDecision,
) -> None:
    """End the approval in force, and begin another, if a decision changed which one it is."""
    now = next(reversed(standing.values()), None)
    held = history[-1] if history and history[-1].is_in_force else None
    if now is (held.decision if held else None):
        return
    if held is not None:
        history[-1] = replace(held, until=at, ended_by=made)
    if now is not None:
        history.append(Approval(now, at))


def _in_time(decisions: Iterable[RecordedDecision]) -> list[tuple[datetime, RecordedDecision]]:
    """The decisions in the order of their times; no decision counts as earlier than the one that
    its stream has before it.
    """
    reached: dict[str, datetime] = {}
    timed: list[tuple[datetime, RecordedDecision]] = []
    for made in decisions:
        at = max(made.recorded_at, reached.get(made.stream, made.recorded_at))
        reached[made.stream] = at
        timed.append((at, made))
    return sorted(timed, key=lambda each: each[0])


def _identity(approval: Approval) -> tuple[object, ...]:
    made = approval.decision
    chosen = made.configuration
    return made.model, made.package_arn, chosen.identity if chosen else made.key
