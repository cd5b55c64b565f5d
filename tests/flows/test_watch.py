"""The sweep: every change at least once, at the cost of the changes."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.status_change import StatusChange
from recgate.domain.watch_memory import OVERLAP, Awaited
from recgate.flows.overdue import look_for_decisions
from recgate.flows.watch import Swept, WatchParts, sweep
from recgate.ports import Entry, JobSourceBusy, LedgerUnavailable, job_stream
from recgate.watch_ports import BusRefused
from tests.builders import NOW
from tests.flows.fakes import Clock
from tests.flows.watch_fakes import ARN, MINUTE, Bus, Memory, SageMaker, listed


class Desk:
    """A watcher and its surroundings; the watch began an hour ago."""

    def __init__(self, *, begun: bool = True) -> None:
        self.sagemaker, self.bus, self.memory = SageMaker(), Bus(), Memory()
        self.clock = Clock(NOW)
        self.ledger = SqliteLedger(":memory:")
        self.parts = WatchParts(
            jobs=self.sagemaker,
            bus=self.bus,
            memory=self.memory,
            ledger=self.ledger,
            clock=self.clock,
            verdict_within=30 * MINUTE,
        )
        if begun:
            sweep(self.parts)
            self.clock.advance(hours=1)

    def job(self, name: str, status: str, *, ago: timedelta = timedelta(0)) -> None:
        """A job that was modified some time ago."""
        self.sagemaker.put(listed(name, status, self.clock.now - ago))

    def sweep(self, *, minutes: int = 1) -> Swept:
        """The next sweep, some minutes later."""
        self.clock.advance(minutes=minutes)
        return sweep(self.parts)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_each_change_of_a_job_is_announced_once(desk: Desk) -> None:
    """From its creation to its end, with the status before."""
    for status in ("PENDING", "IN_PROGRESS", "IN_PROGRESS", "COMPLETED"):
        desk.job("a", status)
        desk.sweep()
        desk.sweep()

    assert desk.bus.told == [
        ("a", None, "PENDING"),
        ("a", "PENDING", "IN_PROGRESS"),
        ("a", "IN_PROGRESS", "COMPLETED"),
    ]


def test_the_first_sweep_announces_nothing_old() -> None:
    """An account with years of jobs: the watch begins when it is deployed."""
    desk = Desk(begun=False)
    for day in range(400):
        desk.job(f"old-{day}", "COMPLETED", ago=timedelta(days=day, seconds=1))

    assert desk.sweep(minutes=0).announced == ()
    assert [desk.sweep().announced for _ in range(20)] == [()] * 20

    assert desk.bus.told == []


def test_a_job_that_was_running_when_the_watch_began_is_announced_when_it_ends() -> None:
    """Only what was over then is old."""
    desk = Desk(begun=False)
    desk.job("a", "IN_PROGRESS", ago=30 * MINUTE)
    desk.sweep(minutes=0)

    desk.job("a", "COMPLETED")
    desk.sweep()

    assert desk.bus.told == [("a", None, "COMPLETED")]


def test_the_watch_begins_when_it_is_deployed_and_not_a_minute_later() -> None:
    """A job that ends between the deployment and the first sweep is news."""
    desk = Desk(begun=False)
    desk.memory.made = NOW
    desk.clock.advance(minutes=2)
    desk.job("before", "COMPLETED", ago=3 * MINUTE)
    desk.job("between", "COMPLETED", ago=MINUTE)

    desk.sweep(minutes=0)

    assert desk.bus.told == [("between", None, "COMPLETED")]


@pytest.mark.parametrize("made", [timedelta(days=-400), timedelta(days=-2), timedelta(hours=3)])
def test_a_place_that_is_added_later_is_watched_from_its_first_sweep(made: timedelta) -> None:
    """Its memory is as old as the deployment (or its clock is not ours): that is no beginning."""
    desk = Desk(begun=False)
    desk.memory.made = NOW + made
    desk.job("old", "COMPLETED", ago=timedelta(hours=25))

    desk.sweep(minutes=0)
    desk.job("new", "COMPLETED")
    desk.sweep()

    assert desk.bus.told == [("new", None, "COMPLETED")]


def test_a_sweep_without_news_writes_nothing(desk: Desk) -> None:
    """What it costs when nothing happens: one read, one list."""
    desk.job("a", "COMPLETED")
    desk.sweep()
    before, asked = desk.memory.revision, len(desk.sagemaker.asked)

    desk.sweep()

    assert desk.memory.revision == before
    assert len(desk.sagemaker.asked) == asked + 1


def test_what_the_bus_did_not_take_is_announced_by_the_next_sweep(desk: Desk) -> None:
    """A partial failure: the others are remembered, and the watermark stays."""
    for name in ("a", "b", "c"):
        desk.job(name, "COMPLETED")
    desk.bus.refuses = lambda change: change.job.name == "b"

    first = desk.sweep()
    desk.bus.refuses = lambda change: False
    second = desk.sweep()

    assert (first.left, first.behind) == (1, MINUTE)
    assert [change.job.name for change in second.announced] == ["b"]
    assert (second.left, second.behind) == (0, timedelta(0))
    assert sorted(name for name, _, _ in desk.bus.told) == ["a", "b", "c"]


def test_a_change_that_is_not_taken_for_hours_is_not_passed_by(desk: Desk) -> None:
    """Later changes are announced meanwhile, and the first is found again after the overlap."""
    desk.job("stuck", "COMPLETED")
    desk.bus.refuses = lambda change: change.job.name == "stuck"
    for hour in range(3):
        desk.job(f"job-{hour}", "COMPLETED")
        swept = desk.sweep(minutes=60)

    desk.bus.refuses = lambda change: False
    desk.sweep()

    assert swept.behind == timedelta(hours=3)
    assert [name for name, _, _ in desk.bus.told] == ["job-0", "job-1", "job-2", "stuck"]


def test_a_refusal_among_thousands_costs_no_more_than_their_number(desk: Desk) -> None:
    """Compared one with each other they would use up the sweep's time."""
    for number in range(3_000):
        desk.job(f"job-{number:04}", "IN_PROGRESS")
    desk.sweep()
    for number in range(3_000):
        desk.job(f"job-{number:04}", "COMPLETED")
    compared = []

    class Refused(list[StatusChange]):
        def __contains__(self, change: object) -> bool:
            compared.append(change)
            return super().__contains__(change)

    put = desk.bus.put
    desk.bus.put = lambda changes: Refused(put(changes))  # type: ignore[method-assign]
    desk.bus.refuses = lambda change: change.job.name.endswith("7")

    assert desk.sweep().left == 300
    assert compared == []


def test_touched_after_its_end_is_not_announced_again_beside_another_change(desk: Desk) -> None:
    """In the sweep that sees the touch, another change moves the watermark past the old time."""
    desk.job("a", "COMPLETED")
    desk.sweep()
    desk.clock.advance(minutes=14)
    desk.job("a", "COMPLETED")
    desk.clock.advance(minutes=2)
    desk.job("b", "COMPLETED")
    desk.sweep(minutes=0)
    desk.sweep()

    assert [name for name, _, _ in desk.bus.told] == ["a", "b"]


def test_no_more_is_announced_than_can_be_awaited(desk: Desk) -> None:
    """A memory that is full must not keep the sweep from emptying it."""
    for number in range(200):
        desk.job(f"job-{number:03}", "COMPLETED")
    desk.parts = replace(desk.parts, most_awaited=100)

    first = desk.sweep()
    waiting = desk.sweep()
    for number in range(100):
        decided(desk, f"job-{number:03}")
    desk.sweep(minutes=31)
    desk.sweep()

    assert (len(first.announced), first.left) == (100, 100)
    assert waiting.announced == ()
    assert waiting.behind > timedelta(0)
    assert len({name for name, _, _ in desk.bus.told}) == 200


def test_a_list_that_fails_loses_nothing(desk: Desk) -> None:
    """Throttled for an hour, then everything of that hour."""

    def throttled() -> None:
        raise JobSourceBusy("ThrottlingException")

    desk.sagemaker.before = throttled
    for minute in range(60):
        desk.job(f"job-{minute}", "COMPLETED")
        with pytest.raises(JobSourceBusy):
            desk.sweep()
    desk.sagemaker.before = lambda: None
    desk.sweep()

    assert len(desk.bus.told) == 60


def test_a_bus_that_refuses_is_told_and_nothing_is_remembered(desk: Desk) -> None:
    """The next sweep says it again, until somebody mends it."""

    def refused() -> None:
        raise BusRefused("AccessDenied")

    desk.job("a", "COMPLETED")
    desk.bus.before = refused
    with pytest.raises(BusRefused):
        desk.sweep()
    desk.bus.before = lambda: None
    desk.sweep()

    assert desk.bus.told == [("a", None, "COMPLETED")]


def test_two_sweeps_at_once_lose_nothing(desk: Desk) -> None:
    """The slower one stops when it sees that the other saved; what it alone saw comes again."""
    desk.job("a", "COMPLETED")

    def the_other_sweeps() -> None:
        desk.bus.before = lambda: None
        sweep(replace(desk.parts))
        desk.job("b", "COMPLETED")

    desk.bus.before = the_other_sweeps
    slower = desk.sweep()
    desk.sweep()

    assert slower.superseded
    assert {name for name, _, _ in desk.bus.told} == {"a", "b"}


def test_a_job_that_is_touched_after_its_end_is_not_announced_again(desk: Desk) -> None:
    """A tag that is set, say: another modification time, and the same status."""
    desk.job("a", "COMPLETED")
    desk.sweep()
    for number in range(5):
        desk.job("a", "COMPLETED")
        desk.sweep(minutes=10)
        desk.job(f"other-{number}", "IN_PROGRESS")
        desk.sweep(minutes=10)

    names = [name for name, _, _ in desk.bus.told]
    assert names == ["a", *(f"other-{number}" for number in range(5))]


def test_many_jobs_of_one_moment_are_all_announced(desk: Desk) -> None:
    """Equal timestamps, more than are saved together or listed at once."""
    for number in range(3_000):
        desk.job(f"job-{number:04}", "COMPLETED")

    swept = desk.sweep()
    again = desk.sweep()

    assert len({name for name, _, _ in desk.bus.told}) == len(desk.bus.told) == 3_000
    assert (swept.left, again.announced) == (0, ())


def test_a_large_backlog_is_not_saved_again_for_every_few_of_it(desk: Desk) -> None:
    """A save writes the whole memory: as many saves as changes would cost their square."""
    for number in range(5_000):
        desk.job(f"job-{number:04}", "COMPLETED")
    before = desk.memory.revision

    desk.sweep()

    assert len(desk.bus.told) == 5_000
    assert desk.memory.revision - before < 60


@pytest.mark.parametrize("most", [1, 2, 7, 50])
def test_a_backlog_is_listed_piece_by_piece_oldest_first(most: int) -> None:
    """After an outage nothing is left out at the seams, and progress is kept as it is made."""
    desk = Desk()
    desk.sagemaker.most = most
    # Clustered, so that some pieces are full and some are empty, with equal and adjacent times.
    for number in range(200):
        ago = timedelta(days=number % 9, seconds=number % 4, milliseconds=number % 3)
        desk.sagemaker.put(listed(f"job-{number:03}", "COMPLETED", NOW + timedelta(days=9) - ago))
    desk.clock.now = NOW + timedelta(days=9)

    desk.sweep()

    names = [event.job.name for event in desk.bus.events]
    assert sorted(names) == [f"job-{number:03}" for number in range(200)]
    times = [event.job.modified_at.replace(microsecond=0) for event in desk.bus.events]
    assert all(later - earlier >= timedelta(seconds=-3) for earlier, later in pairwise(times))


def test_a_job_that_a_page_boundary_hid_is_found_all_the_same() -> None:
    """In a backlog: one that changes while the pages are read pulls another over the boundary."""
    desk = Desk()
    desk.sagemaker.most = 250
    for number in range(400):
        at = NOW + timedelta(days=1, minutes=number)
        desk.sagemaker.put(listed(f"job-{number:03}", "COMPLETED", at))
    desk.clock.now = NOW + timedelta(days=2)
    changed, hidden = desk.sagemaker.changed, {ARN + "job-050", ARN + "job-170"}

    def hides_once(after: Any, before: Any, *, at_most: int | None) -> Any:
        found = changed(after, before, at_most=at_most)
        if found is None or before is None or len(found) <= 100:
            return found  # one page has no boundary inside
        now_hidden = hidden & {job.arn for job in found}
        hidden.difference_update(now_hidden)
        return [job for job in found if job.arn not in now_hidden]

    desk.sagemaker.changed = hides_once  # type: ignore[method-assign]

    desk.sweep()

    assert hidden == set()
    assert sorted(name for name, _, _ in desk.bus.told) == [f"job-{n:03}" for n in range(400)]


def test_a_sweep_that_runs_out_of_time_is_carried_on_by_the_next(desk: Desk) -> None:
    """Progress is kept; what is left is counted, with its age."""
    for number in range(120):
        desk.job(f"job-{number:03}", "COMPLETED", ago=(120 - number) * timedelta(seconds=1))
    turns = iter([True, True, False])

    short = sweep(replace(desk.parts, has_time=lambda: next(turns, False)))
    desk.sweep()

    assert (len(short.announced), short.left) == (50, 70)
    assert short.behind == timedelta(seconds=70)
    assert len(desk.bus.told) == len(set(desk.bus.told)) == 120


def test_a_sweep_without_time_to_list_says_how_far_behind_it_is(desk: Desk) -> None:
    """Not zero: nobody looked."""
    desk.clock.advance(minutes=30)

    swept = sweep(replace(desk.parts, has_time=lambda: False))

    assert swept.behind >= 30 * MINUTE


@pytest.mark.parametrize("jump", [timedelta(days=-2), timedelta(hours=-1), timedelta(days=30)])
def test_a_clock_that_jumps_and_comes_back_loses_nothing(desk: Desk, jump: timedelta) -> None:
    """Only SageMaker's times move the watermark."""
    desk.job("before", "COMPLETED")
    desk.sweep()
    true_time = desk.clock.now
    desk.clock.now = true_time + jump
    desk.sagemaker.put(listed("during", "COMPLETED", true_time + MINUTE))
    desk.sweep()
    desk.clock.now = true_time + 2 * MINUTE
    desk.job("after", "COMPLETED")
    desk.sweep()

    assert [name for name, _, _ in desk.bus.told] == ["before", "during", "after"]


def test_a_watch_that_began_with_a_clock_ahead_is_put_right() -> None:
    """Its beginning was a time to come; from the moment the clock is right, everything counts."""
    desk = Desk(begun=False)
    desk.clock.now = NOW + timedelta(days=2)
    desk.sweep(minutes=0)
    desk.clock.now = NOW
    desk.sweep(minutes=0)

    desk.job("a", "COMPLETED")
    desk.sweep()

    assert desk.bus.told == [("a", None, "COMPLETED")]


def test_a_job_from_the_future_does_not_carry_the_watermark_away(desk: Desk) -> None:
    """One wrong time at SageMaker's must not hide what comes after."""
    desk.sagemaker.put(listed("odd", "COMPLETED", desk.clock.now + timedelta(days=365)))
    desk.bus.refuses = lambda change: True
    assert desk.sweep().behind == timedelta(0)
    desk.bus.refuses = lambda change: False
    desk.sweep()

    desk.job("a", "COMPLETED")
    desk.sweep(minutes=60)
    desk.job("b", "COMPLETED")
    desk.sweep()

    assert [name for name, _, _ in desk.bus.told] == ["odd", "a", "b"]


def test_an_idle_watcher_looks_no_further_back_than_the_overlap(desk: Desk) -> None:
    """The cost does not grow with the jobs that are there."""
    for number in range(500):
        desk.job(f"old-{number}", "COMPLETED", ago=timedelta(minutes=59, seconds=-number / 10))
    desk.sweep()
    desk.job("last", "COMPLETED")
    desk.sweep()

    swept = desk.sweep()

    assert swept.listed == 1
    after, before = desk.sagemaker.asked[-1]
    assert desk.clock.now - after <= OVERLAP + 2 * MINUTE + timedelta(seconds=1)
    assert before is None


# --- a verdict or an alarm -------------------------------------------------------------------


def decided(desk: Desk, name: str) -> None:
    """Put a decision about the job into the ledger."""
    stream = job_stream(ARN + name)
    desk.ledger.append(stream, 0, Entry("snapshot", "s", desk.clock.now, {}))
    desk.ledger.append(stream, 1, Entry("decision", "d", desk.clock.now, {"verdict": "PASS"}))


def test_a_job_that_ended_without_a_decision_is_overdue_until_it_has_one(desk: Desk) -> None:
    """Not before its time, and then in every sweep."""
    desk.job("a", "COMPLETED")
    desk.sweep()

    early = desk.sweep(minutes=29)
    late = [desk.sweep(minutes=1), desk.sweep(minutes=1)]
    decided(desk, "a")
    settled = desk.sweep(minutes=1)

    assert early.overdue == ()
    assert [[job.job_name for job in swept.overdue] for swept in late] == [["a"], ["a"]]
    assert settled.overdue == ()
    assert desk.memory.remembered is not None
    assert desk.memory.remembered.awaited == {}


def test_a_snapshot_is_not_a_decision(desk: Desk) -> None:
    """A check that stops half-way has judged nothing."""
    desk.job("a", "COMPLETED")
    desk.sweep()
    desk.ledger.append(job_stream(ARN + "a"), 0, Entry("snapshot", "s", desk.clock.now, {}))

    assert [job.job_name for job in desk.sweep(minutes=31).overdue] == ["a"]


def test_a_decision_in_time_costs_one_look(desk: Desk) -> None:
    """Not one every minute."""
    looks: list[str] = []

    class CountingLedger(SqliteLedger):
        def read(self, stream: str) -> list[Entry]:
            looks.append(stream)
            return list(super().read(stream))

    desk.parts = replace(desk.parts, ledger=CountingLedger(":memory:"))
    desk.job("a", "COMPLETED")
    desk.sweep()
    desk.parts.ledger.append(job_stream(ARN + "a"), 0, Entry("decision", "d", NOW, {}))

    for _ in range(60):
        desk.sweep()

    assert looks == [job_stream(ARN + "a")]


def test_one_sweep_looks_for_the_longest_waiting_first(desk: Desk) -> None:
    """A thousand overdue jobs must not make a sweep last for ever."""
    waiting = {
        ARN + f"job-{number}": Awaited(f"job-{number}", NOW - number * MINUTE)
        for number in range(1_100)
    }

    looked = look_for_decisions(
        waiting, desk.ledger, now=NOW, within=timedelta(0), has_time=lambda: True
    )

    names = [job.job_name for job in looked.overdue]
    assert names == [f"job-{number}" for number in range(1_099, 99, -1)]
    assert not looked.complete


def test_nobody_waits_for_ever(desk: Desk) -> None:
    """After as long as a dead letter is kept, nothing can bring the decision by itself."""
    desk.job("a", "COMPLETED")
    desk.sweep()

    last = desk.sweep(minutes=14 * 24 * 60)

    assert [job.job_name for job in last.overdue] == ["a"]
    assert desk.sweep().overdue == ()


def test_a_ledger_that_is_away_does_not_cost_an_announcement(desk: Desk) -> None:
    """The sweep fails, and has announced and remembered by then."""

    class AwayLedger(SqliteLedger):
        def read(self, stream: str) -> list[Entry]:
            raise LedgerUnavailable("away")

    desk.job("a", "COMPLETED")
    desk.sweep()
    desk.parts = replace(desk.parts, ledger=AwayLedger(":memory:"))
    desk.clock.advance(minutes=31)
    desk.job("b", "COMPLETED")
    with pytest.raises(LedgerUnavailable):
        desk.sweep()

    assert [name for name, _, _ in desk.bus.told] == ["a", "b"]


def test_progress_is_told_as_it_is_made(desk: Desk) -> None:
    """For a bar at a desk: announced of found."""
    steps: list[tuple[int, int]] = []
    for number in range(120):
        desk.job(f"job-{number}", "COMPLETED")

    sweep(replace(desk.parts, progress=lambda announced, found: steps.append((announced, found))))

    assert steps == [(50, 120), (100, 120), (120, 120)]


def test_a_change_is_a_job_and_what_it_was() -> None:
    """Two changes are equal when they say the same."""
    job = listed("a", "COMPLETED", NOW)

    assert StatusChange(job, "IN_PROGRESS") == StatusChange(replace(job), "IN_PROGRESS")
