"""The end of a waiver, told before it comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from recgate.domain.waiver import Waiver, WaiverPhase

REMINDED_DAYS = (14, 7, 3, 1)
"""With so many days left, the last day included, somebody is reminded."""

SOON_DAYS = max(REMINDED_DAYS)
"""An end that is no further away is near: lists and messages count the days."""


@dataclass(frozen=True, slots=True)
class WaiverEnd:
    """A reminder that a waiver ends. ``today`` is the day (UTC) that it is told for, ``step`` the
    one of `REMINDED_DAYS` that has come: of two days within the same step only the first tells.
    """

    waiver: Waiver
    today: date
    step: int

    @property
    def key(self) -> str:
        """What makes it the same reminder: the waiver as it was written (its digest has its id in
        it), and the step.
        """
        return f"waiver-end:{self.waiver.digest[:32]}:{self.step}"

    @property
    def days_left(self) -> int:
        """The last day included: 1 on the last day itself."""
        return self.waiver.days_left(self.today)


def ends_due(waivers: Iterable[Waiver], today: date) -> tuple[WaiverEnd, ...]:
    """The reminders that are due on a day, the nearest end first.

    A step that a waiver never had more days than is no news to whoever granted it.
    """
    due = [
        WaiverEnd(waiver, today, step)
        for waiver in waivers
        if waiver.phase_on(today) is WaiverPhase.IN_FORCE
        and (step := _step(waiver.days_left(today))) is not None
        and waiver.days_left(waiver.starts) > step
    ]
    return tuple(sorted(due, key=lambda end: (end.days_left, end.waiver.id)))


def ending_soon(waivers: Iterable[Waiver], today: date) -> tuple[Waiver, ...]:
    """The waivers in force whose end is near, the nearest first."""
    near = [
        waiver
        for waiver in waivers
        if waiver.phase_on(today) is WaiverPhase.IN_FORCE and waiver.days_left(today) <= SOON_DAYS
    ]
    return tuple(sorted(near, key=lambda waiver: (waiver.expires, waiver.id)))


def _step(days_left: int) -> int | None:
    return min((step for step in REMINDED_DAYS if step >= days_left), default=None)
