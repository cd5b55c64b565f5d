"""The digest: what was decided in a day or a week, told once to every route that wants it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from recgate.domain.delivery import Delivered
from recgate.domain.digest import (
    Digest,
    DigestDue,
    Period,
    Rhythm,
    digest_of,
    periods_due,
)
from recgate.domain.policy_set import PolicySet
from recgate.domain.recorded_verdict import RecordedVerdict, recorded_verdict
from recgate.domain.route import Route
from recgate.domain.telling import DigestTelling, Message
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_end import ending_soon
from recgate.flows.announce import Announcement, Occasion, announce
from recgate.flows.parts import CheckParts
from recgate.flows.waiver_reminders import tell_waiver_ends
from recgate.ports import CannotTellYet, DecisionIndex

TOLD_WITHIN = timedelta(days=3)
"""How late a digest may be told: the queue itself keeps a message for four days."""

_EARLY = timedelta(hours=1)
"""How far in the future a digest may be due: two clocks may differ, but not by more."""


class NotDueYet(CannotTellYet):
    """The day that a digest is about has not ended."""


@dataclass(frozen=True, slots=True)
class PeriodTold:
    """What became of one period's digest. ``silent_because`` says why nobody was to hear it."""

    period: Period
    announcements: tuple[Announcement, ...] = ()
    silent_because: str = ""


@dataclass(frozen=True, slots=True)
class DigestTold:
    """What became of the digests that were due, and of the reminders that waivers end.

    ``refused_because``: none was even looked at.
    """

    due: DigestDue
    periods: tuple[PeriodTold, ...] = ()
    refused_because: str = ""
    reminders: tuple[Announcement, ...] = ()

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """How each route fared, for all periods and reminders."""
        return tuple(made for told in self.periods for made in told.announcements) + self.reminders

    @property
    def wait_s(self) -> float | None:
        """Seconds after which to come again for what could not be delivered; None: all settled.

        The longest wait that was asked for, so that nobody's Retry-After is cut short.
        """
        waits = [made.wait_s for made in self.announcements if made.wait_s is not None]
        return max(waits, default=None)


def tell_digest(due: DigestDue, parts: CheckParts) -> DigestTold:
    """Tell every digest that is due to every route that wants it and has not heard it, and remind
    of the waivers that end.

    A day without any decision is not told, a week without any is: silence would look like a
    schedule that is broken.
    Raises PoliciesInvalid when the routes cannot be read, CannotTellYet (NotDueYet and
    LedgerUnavailable among it) when it should be tried again later, LedgerRefused.
    """
    now = parts.clock()
    if now - due.at > TOLD_WITHIN:
        return DigestTold(
            due,
            refused_because=f"it was due at {due.at.isoformat()}, more than {TOLD_WITHIN.days} "
            "days ago: `recgate digest` prints it",
        )
    if due.at - now > _EARLY:
        return DigestTold(due, refused_because=f"it is due at {due.at.isoformat()}, not now")
    if due.at.date() > now.date():
        raise NotDueYet(
            f"A digest is due at {due.at.isoformat()}, and that day has not begun.",
            after_s=(due.at - now).total_seconds(),
        )
    policies = parts.policies.load()
    reminders = tell_waiver_ends(now.date(), due.event_id, policies, parts)
    periods = [period for period in periods_due(due.at.date()) if _wanting(policies, period)]
    if not periods:
        return DigestTold(due, reminders=reminders)
    if parts.index is None:
        why = "this ledger does not find decisions by their day"
        return DigestTold(due, refused_because=why, reminders=reminders)
    day = _DayReader(parts.index)
    ending = ending_soon(policies.waivers, due.at.date())
    digests = [read_digest(period, day, ending) for period in periods]
    told = tuple(_tell(digest, due, policies, parts) for digest in digests)
    return DigestTold(due, told, reminders=reminders)


def read_digest(
    period: Period,
    decided_on: Callable[[date], Sequence[RecordedVerdict]],
    ending: tuple[Waiver, ...] = (),
) -> Digest:
    """The digest of a period. ``decided_on`` gives the decisions of one day, in UTC; ``ending``
    are the waivers whose end is near on the day that it is told.
    """
    during = [made for day in period.days for made in decided_on(day)]
    before = [made for day in period.before.days for made in decided_on(day)]
    return replace(digest_of(period, during, before), ending=ending)


class _DayReader:
    """Reads each day once: a day and a week may end together."""

    def __init__(self, index: DecisionIndex) -> None:
        self._index = index
        self._read: dict[date, Sequence[RecordedVerdict]] = {}

    def __call__(self, day: date) -> Sequence[RecordedVerdict]:
        if day not in self._read:
            self._read[day] = verdicts_on(day, self._index)
        return self._read[day]


def verdicts_on(day: date, index: DecisionIndex) -> Sequence[RecordedVerdict]:
    """The verdicts recorded on a day in UTC. Raises LedgerUnavailable, LedgerRefused."""
    return [
        recorded_verdict(found.stream, found.entry.recorded_at, found.entry.body)
        for found in index.decided_on(day)
    ]


def _wanting(policies: PolicySet, period: Period) -> tuple[str, ...]:
    return tuple(name for name, route in policies.routes.items() if route.digest is period.rhythm)


def _tell(digest: Digest, due: DigestDue, policies: PolicySet, parts: CheckParts) -> PeriodTold:
    if not digest.jobs and digest.period.rhythm is Rhythm.DAILY:
        return PeriodTold(digest.period, silent_because="nothing was decided on that day")
    errand = _DigestErrand(digest, due.event_id)
    names = _wanting(policies, digest.period)
    return PeriodTold(digest.period, announce(errand, names, policies.routes, parts))


@dataclass(frozen=True, slots=True)
class _DigestErrand:
    """Implements `recgate.flows.announce.Errand` for one digest."""

    digest: Digest
    notice: str | None

    @property
    def key(self) -> str:
        """The period's key: a digest that is read again is the same one."""
        return self.digest.period.key

    def compose(self, occasion: Occasion) -> Message:
        """The digest, the same for every route."""
        return DigestTelling(
            self.digest, occasion.in_doubt_since, occasion.stands_in_for, occasion.route.name
        )

    def after(self, route: Route, message: Message, delivered: Delivered) -> Sequence[str]:
        """Nothing belongs beside a digest."""
        del route, message, delivered
        return ()
