"""What the ledger's decisions say of waivers, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest

from recgate.domain.canonical import Json
from recgate.domain.decision_record import decision_record
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_use import Counted, use_of
from recgate.flows.waiver_use import MOST_DAYS, counted_decisions
from recgate.ports import Entry, Recorded
from tests.builders import at_most, candidate, decision, policy, snapshot, waiver

TODAY = date(2026, 11, 22)
HELD = policy(at_most("max_cost_per_hour_usd", 2.5))


@dataclass
class Index:
    """Decisions by their day; ``asked`` keeps every day that was asked for."""

    made: list[Recorded] = field(default_factory=list)
    asked: list[date] = field(default_factory=list)

    def decided_on(self, day: date) -> Sequence[Recorded]:
        self.asked.append(day)
        return [each for each in self.made if each.entry.recorded_at.date() == day]

    def find(self, decision: str) -> Sequence[Recorded]:
        return [each for each in self.made if each.entry.key.startswith(decision)]

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        raise AssertionError(f"nobody here looks for decisions about {model}")

    def add(self, day: date, job: str, body: dict[str, Json]) -> None:
        at = datetime.combine(day, time(9), UTC)
        self.made.append(Recorded(f"job:{job}", Entry("decision", f"{job}/{day}", at, body)))

    def judge(self, day: date, job: str, cost: float, *waivers: Waiver) -> None:
        made = decision(snapshot(candidate(cost_per_hour_usd=cost)), HELD, waivers=waivers)
        self.add(day, job, decision_record(made, effects=()))


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=past) for past in range((last - first).days + 1)]


def test_what_counted_is_told_with_its_job_its_day_and_its_use() -> None:
    """One that counted and was not needed, too; one that did not count is not there."""
    near, wide = waiver(up_to=3, id="W-near"), waiver(up_to=9, id="W-wide")
    index = Index()
    index.judge(date(2026, 11, 3), "a", 5.0, near, wide)
    index.judge(date(2026, 11, 20), "b", 1.0, near)
    index.judge(date(2026, 11, 20), "c", 1.0)

    counted = counted_decisions([near, wide], index, TODAY)

    assert counted == (
        Counted("W-near", "job:a", date(2026, 11, 3), used=False),
        Counted("W-wide", "job:a", date(2026, 11, 3), used=True),
        Counted("W-near", "job:b", date(2026, 11, 20), used=False),
    )


def test_every_day_since_the_first_of_them_began_is_read_once() -> None:
    """The earliest start counts, whatever the order; the first day and today are included."""
    late = waiver(up_to=3, id="W-late", starts=date(2026, 11, 15))
    early = waiver(up_to=3, id="W-early", starts=date(2026, 11, 5))
    index = Index()
    for day in (4, 5, 22, 23):
        index.judge(date(2026, 11, day), f"j{day}", 5.0, waiver(up_to=9, id="W-early"))

    for order in ([late, early], [early, late]):
        index.asked.clear()
        counted = counted_decisions(order, index, TODAY)

        assert index.asked == days(date(2026, 11, 5), TODAY)
        assert [each.job for each in counted] == ["job:j5", "job:j22"]


def test_one_that_is_to_come_asks_for_nothing() -> None:
    """And does not move the first day of the others."""
    tomorrow = waiver(up_to=3, id="W-next", starts=TODAY + timedelta(days=1))
    since_today = waiver(up_to=3, starts=TODAY)
    index = Index()

    assert counted_decisions([tomorrow], index, TODAY) == ()
    assert counted_decisions([], index, TODAY) == ()
    assert index.asked == []
    counted_decisions([tomorrow, since_today], index, TODAY)
    assert index.asked == [TODAY]


def test_the_ledger_is_not_read_further_back_than_a_waiver_can_live() -> None:
    """One that somebody left in the file for years does not read years."""
    old = waiver(up_to=3, starts=date(2015, 1, 1))
    index = Index()

    counted_decisions([old], index, TODAY)

    assert index.asked == days(TODAY - timedelta(days=MOST_DAYS), TODAY)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"judgements": None},
        {"judgements": "x"},
        {"judgements": ["x", None, 3]},
        {"judgements": [{}]},
        {"judgements": [{"waivers": {"id": "W-1"}}]},
        {"judgements": [{"waivers": ["W-1", None, {}, {"id": 5, "used": True}]}]},
    ],
)
def test_a_record_of_another_shape_says_nothing(body: dict[str, Json]) -> None:
    """Of before there were waivers, or of another version: no crash, and no use."""
    index = Index()
    index.add(TODAY, "a", body)

    assert counted_decisions([waiver(up_to=3)], index, TODAY) == ()


@pytest.mark.parametrize("used", [False, None, "yes", 1, "true"])
def test_only_true_is_use(used: Json) -> None:
    """What is not known to be used is not called needed."""
    index = Index()
    index.add(TODAY, "a", {"judgements": [{"waivers": [{"id": "W-1", "used": used}]}]})

    (counted,) = counted_decisions([waiver(up_to=3)], index, TODAY)

    assert (counted.waiver, counted.used) == ("W-1", False)


def test_two_waivers_of_different_starts_have_each_their_own_use() -> None:
    """The days before the second began say nothing of it."""
    first = waiver(up_to=9, id="W-first", starts=date(2026, 11, 1))
    second = waiver(up_to=9, id="W-second", starts=date(2026, 11, 10))
    index = Index()
    index.judge(date(2026, 11, 2), "a", 5.0, first)
    index.judge(date(2026, 11, 12), "b", 5.0, second, first)

    counted = counted_decisions([first, second], index, TODAY)
    uses = [use_of(each, counted) for each in (first, second)]

    assert [(use.decisions, use.used, use.jobs, use.needed_by) for use in uses] == [
        (2, 1, 2, 1),
        (1, 1, 1, 1),
    ]
    assert [use.last_used for use in uses] == [date(2026, 11, 2), date(2026, 11, 12)]
