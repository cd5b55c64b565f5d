"""When somebody is reminded that a waiver ends."""

from datetime import date, timedelta

import pytest

from recgate.domain.waiver_end import ending_soon, ends_due
from tests.builders import waiver

LAST = date(2026, 12, 31)
LONG = waiver(up_to=3.5, expires=LAST)


def steps_over(days: int) -> list[int]:
    """The step of the reminder on each of the last days, 0 where there is none."""
    told = []
    for left in range(days, 0, -1):
        due = ends_due([LONG], LAST - timedelta(days=left - 1))
        told.append(due[0].step if due else 0)
    return told


def test_a_reminder_is_due_from_each_step_on() -> None:
    """14, 7, 3 and 1 days before, the last day included; nothing before and nothing after."""
    assert steps_over(16) == [0, 0, *[14] * 7, *[7] * 4, *[3] * 2, 1]
    assert ends_due([LONG], LAST + timedelta(days=1)) == ()


def test_a_missed_day_is_made_up_for_and_no_step_is_told_twice() -> None:
    """Two days within a step are one reminder; a waiver that was changed is another."""
    first, second = (ends_due([LONG], LAST - timedelta(days=left - 1))[0] for left in (13, 9))
    shorter = ends_due([waiver(up_to=3.4, expires=LAST)], LAST - timedelta(days=9))[0]
    nearer = ends_due([LONG], LAST)[0]

    assert first.key == second.key
    assert len({first.key, shorter.key, nearer.key}) == 3
    assert nearer.days_left == 1


@pytest.mark.parametrize(("life", "steps"), [(1, 0), (3, 1), (7, 3), (8, 7), (14, 7), (15, 14)])
def test_a_short_waiver_is_not_reminded_of_on_its_first_day(life: int, steps: int) -> None:
    """Whoever granted a week knows that it ends in a week."""
    short = waiver(up_to=3.5, starts=LAST - timedelta(days=life - 1), expires=LAST)
    days = [short.starts + timedelta(days=past) for past in range(life)]

    told = [end.step for day in days for end in ends_due([short], day)]

    assert max(told, default=0) == steps


def test_the_nearest_end_comes_first() -> None:
    """And what is to come or has ended is no end that is near."""
    today = date(2026, 12, 25)
    near = waiver(up_to=1, id="near", expires=date(2026, 12, 26))
    to_come = waiver(up_to=1, id="to-come", starts=date(2026, 12, 26), expires=LAST)
    ended = waiver(up_to=1, id="ended", expires=date(2026, 12, 24))
    far = waiver(up_to=1, id="far", expires=date(2027, 1, 8))

    waivers = [LONG, far, ended, to_come, near]

    assert [end.waiver.id for end in ends_due(waivers, today)] == ["near", "W-2026-014"]
    assert [each.id for each in ending_soon(waivers, today)] == ["near", "W-2026-014"]
