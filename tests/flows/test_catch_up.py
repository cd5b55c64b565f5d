"""Catching up: what ended and was never judged, at least once, without disturbing the watcher."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from recgate.domain.status_change import StatusChange
from recgate.domain.watch_memory import Remembered
from recgate.flows.catch_up import announce_again, expect_verdicts, forget_job
from recgate.watch_ports import BusUnavailable, MemorySuperseded
from tests.builders import NOW
from tests.flows.test_watch import Desk
from tests.flows.watch_fakes import ARN, Bus, Memory, listed

MANY = tuple(StatusChange(listed(f"job-{number:03}", "COMPLETED", NOW)) for number in range(120))


def silent(done: int, total: int) -> None:
    """Nobody looks."""


def test_everything_is_announced_however_much_it_is() -> None:
    """Batch by batch, and told as it goes."""
    bus, steps = Bus(), list[tuple[int, int]]()

    taken = announce_again(MANY, bus, announced=lambda done, total: steps.append((done, total)))

    assert taken == MANY
    assert bus.events == list(MANY)
    assert steps == [(50, 120), (100, 120), (120, 120)]


def test_what_the_bus_does_not_take_is_not_called_announced() -> None:
    """The person is to know that something is left."""
    bus = Bus(refuses=lambda change: change.job.name == "job-007")

    taken = announce_again(MANY, bus, announced=silent)

    assert len(taken) == 119
    assert "job-007" not in {change.job.name for change in taken}


def test_what_was_announced_before_the_bus_went_away_is_known() -> None:
    """It has to be awaited; the same command again meets the error first."""
    bus = Bus()

    def goes_away() -> None:
        if bus.events:
            raise BusUnavailable("throttled")

    bus.before = goes_away

    taken = announce_again(MANY, bus, announced=silent)

    assert taken == MANY[:50]
    with pytest.raises(BusUnavailable):
        announce_again(MANY[50:], bus, announced=silent)


@dataclass
class BusyMemory(Memory):
    """A memory that the deployed watcher saves first, so many times."""

    faster: int = 0

    def save(self, remembered: Remembered, *, revision: int) -> int:
        if self.faster:
            self.faster -= 1
            self.revision += 1
            raise MemorySuperseded("the watcher was faster")
        return super().save(remembered, revision=revision)


def busy(faster: int) -> BusyMemory:
    return BusyMemory(Remembered(started_at=NOW, watermark=NOW), 1, faster=faster)


def test_a_watcher_that_saves_meanwhile_is_waited_for() -> None:
    """It saves once a minute, and not for ever."""
    memory = busy(3)

    assert expect_verdicts(MANY, memory, NOW)

    assert memory.remembered is not None
    assert len(memory.remembered.awaited) == 120


def test_a_watcher_that_always_saves_first_is_left_alone() -> None:
    """The person is told that nobody waits for these verdicts."""
    assert not expect_verdicts(MANY, busy(99), NOW)


@pytest.mark.parametrize("named", ["job-007", f"{ARN}job-007"])
def test_a_job_that_nobody_can_judge_is_forgotten_by_name_or_arn(named: str) -> None:
    """So that the alarm can ring for others; and only that job."""
    memory = busy(2)
    memory.remembered = Remembered(NOW, NOW).announced(MANY, NOW)

    assert forget_job(named, memory) == (f"{ARN}job-007",)

    assert len(memory.remembered.awaited) == 119
    assert forget_job(named, memory) == ()


def test_forgetting_gives_up_when_the_watcher_always_saves_first() -> None:
    """And says so."""
    memory = busy(99)
    memory.remembered = Remembered(NOW, NOW).announced(MANY, NOW)

    with pytest.raises(MemorySuperseded):
        forget_job("job-007", memory)


def test_the_next_sweep_goes_on_as_if_nothing_had_been() -> None:
    """Its own changes are announced once; the old ones are awaited, and not announced again."""
    desk = Desk()
    begun = desk.memory.remembered
    assert begun is not None
    old = StatusChange(listed("old", "COMPLETED", NOW - timedelta(days=3)))
    desk.job("new", "COMPLETED")

    expect_verdicts([old], desk.memory, desk.clock.now)
    watermark = desk.memory.remembered.watermark if desk.memory.remembered else None
    desk.sweep()
    late = desk.sweep(minutes=31)

    assert watermark == begun.watermark
    assert desk.bus.told == [("new", None, "COMPLETED")]
    assert sorted(job.job_name for job in late.overdue) == ["new", "old"]
