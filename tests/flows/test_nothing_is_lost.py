"""The watcher and the checker, killed at every step of their work.

Three jobs live through their statuses while a sweep runs every minute and a worker takes what the
events brought. The process dies before or after any one call of any port (listing, putting,
remembering, describing, reading and writing the ledger, sending), and is started again a minute
later. Whatever the step: each change was announced, each job that ended has exactly one decision,
and each route heard it, a second time only where the death left no other way.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, Delivery
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.domain.status_change import ListedJob, StatusChange
from recgate.domain.telling import Message, Telling
from recgate.domain.watch_memory import Remembered
from recgate.flows.check import check
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.flows.watch import WatchParts, sweep
from recgate.ports import CannotTellYet, Entry, JobState, job_stream
from tests.builders import NOW, at_most, policy
from tests.flows.fakes import Clock, Crash, Policies
from tests.flows.watch_fakes import ARN, Bus, Memory, SageMaker, listed

# The minute, the job, its status from then on; three of them at the same moment. Each lasts longer
# than the sweeps can be dead for: a status that nobody listed while it lasted is nobody's news.
LIVES = (
    (12, "a", "PENDING"),
    (24, "a", "IN_PROGRESS"),
    (24, "b", "IN_PROGRESS"),
    (36, "a", "COMPLETED"),
    (36, "b", "FAILED"),
    (36, "c", "IN_PROGRESS"),
    (48, "c", "STOPPED"),
)
ENDED = {"a": "COMPLETED", "b": "FAILED", "c": "STOPPED"}
ROUTES = {name: Route(name, Console()) for name in ("slack", "sns")}
MINUTES = 70

T = TypeVar("T")


class Fate:
    """Counts every call of every port; ``deaths`` are calls, and whether they still happen."""

    def __init__(self, *deaths: tuple[int, bool]) -> None:
        self.calls = 0
        self.died = 0
        self._deaths = set(deaths)

    def around(self, act: Callable[[], T]) -> T:
        """What the call gives, unless the process dies before or after it."""
        self.calls += 1
        if (self.calls, False) in self._deaths:
            self._die()
        given = act()
        if (self.calls, True) in self._deaths:
            self._die()
        return given

    def _die(self) -> None:
        self.died += 1
        raise Crash


@dataclass
class Mortal:
    """The ports of one process: each call passes its fate."""

    fate: Fate
    world: "World"

    def changed(
        self, after: datetime, before: datetime | None, *, at_most: int | None
    ) -> Sequence[ListedJob] | None:
        jobs = self.world.sagemaker
        return self.fate.around(lambda: jobs.changed(after, before, at_most=at_most))

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        return self.fate.around(lambda: self.world.put(changes))

    def made_at(self) -> datetime | None:
        return self.fate.around(self.world.memory.made_at)

    def load(self) -> tuple[Remembered | None, int]:
        return self.fate.around(self.world.memory.load)

    def save(self, remembered: Remembered, *, revision: int) -> int:
        return self.fate.around(lambda: self.world.memory.save(remembered, revision=revision))

    def read(self, stream: str) -> Sequence[Entry]:
        return self.fate.around(lambda: self.world.ledger.read(stream))

    def append(self, stream: str, position: int, entry: Entry) -> None:
        self.fate.around(lambda: self.world.ledger.append(stream, position, entry))

    def state(self, notice: JobNotice) -> JobState:
        return self.fate.around(lambda: self.world.state(notice.job_name))

    def gather(self, state: JobState) -> Snapshot:
        return self.fate.around(lambda: self.world.gather(state))


@dataclass
class MortalChannel:
    """A channel that keeps what it delivered."""

    route: str
    fate: Fate
    world: "World"

    def deliver(self, message: Message) -> Delivery:
        assert isinstance(message, Telling)
        return self.fate.around(lambda: self._deliver(message.decision))

    def _deliver(self, decision: Decision) -> Delivery:
        self.world.heard[self.route, decision.snapshot.job_name, decision.key] += 1
        return Delivered("r")


class World:
    """What lasts when a process dies: SageMaker, the bus, the queue, the memory, the ledger."""

    def __init__(self, fate: Fate) -> None:
        self.clock = Clock(NOW)
        self.sagemaker, self.bus, self.memory = SageMaker(), Bus(), Memory(made=NOW)
        self.ledger = SqliteLedger(":memory:")
        self.queue: list[JobNotice] = []
        self.heard: Counter[tuple[str, str, str]] = Counter()
        self.gathered: Counter[str] = Counter()
        mortal = Mortal(fate, self)
        self.watch = WatchParts(mortal, mortal, mortal, mortal, self.clock, timedelta(minutes=10))
        limits = policy(at_most("max_cost_per_hour_usd", 2.5))
        self.check = CheckParts(
            jobs=mortal,
            policies=Policies(PolicySet((limits,), ROUTES, tuple(ROUTES))),
            ledger=mortal,
            read_snapshot=snapshot_from,
            channel_for=lambda route: MortalChannel(route.name, fate, self),
            clock=self.clock,
            worker="one",
        )

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        """On the bus, and by the rule in the queue."""
        for change in changes:
            self.bus.put([change])
            trigger = Trigger(TriggerSource.SWEEP, f"event-{len(self.bus.events)}")
            self.queue.append(JobNotice(change.job.name, trigger, change.job.arn))
        return ()

    def state(self, name: str) -> JobState:
        job = self.sagemaker.jobs[ARN + name]
        row: dict[str, Json] = {
            "RecommendationId": f"{name}/1",
            "Metrics": {"CostPerHour": 0.26},
            "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge"},
        }
        rows: list[Json] = [row] if job.status == "COMPLETED" else []
        response: dict[str, Json] = {
            "JobName": name,
            "JobArn": job.arn,
            "Status": job.status,
            "LastModifiedTime": job.modified_at.isoformat(),
            "InferenceRecommendations": rows,
        }
        return JobState(name, job.arn, JobStatus(job.status), job.modified_at, response)

    def gather(self, state: JobState) -> Snapshot:
        # As CloudWatch does, this gives other figures when it is asked again.
        self.gathered[state.job_name] += 1
        measured = {"asked": self.gathered[state.job_name]}
        return snapshot_from(snapshot_document(state.response, tags=[], measured=measured))

    def live(self) -> None:
        """Seventy minutes of it. A process that dies is started again in the next minute."""
        for minute in range(MINUTES):
            self.clock.now = NOW + timedelta(minutes=minute)
            for at, name, status in LIVES:
                if at == minute:
                    self.sagemaker.put(listed(name, status, self.clock.now))
            self._survive(lambda: sweep(self.watch))
            for notice in list(self.queue):
                self._survive(lambda notice=notice: self._take(notice))  # type: ignore[misc]

    def _survive(self, run: Callable[[], object]) -> None:
        try:
            run()
        except Crash:
            return

    def _take(self, notice: JobNotice) -> None:
        """As the queue does: what is done is deleted, everything else comes again."""
        try:
            result = check(notice, self.check)
        except CannotTellYet:
            return
        if not isinstance(result, Checked) or result.wait_s is None:
            self.queue.remove(notice)

    def decisions(self, name: str) -> list[Entry]:
        entries = self.ledger.read(job_stream(ARN + name))
        return [entry for entry in entries if entry.kind == "decision"]

    def close(self) -> None:
        self.ledger.close()


def lived(*deaths: tuple[int, bool]) -> tuple[World, Fate]:
    fate = Fate(*deaths)
    world = World(fate)
    world.live()
    return world, fate


def assert_nothing_is_lost(world: World, fate: Fate) -> None:
    """Every change announced, one decision for each job, every route told."""
    announced = {(event.job.name, event.job.status) for event in world.bus.events}
    assert announced == {(name, status) for _, name, status in LIVES}
    assert world.queue == []
    for name, status in ENDED.items():
        [decision] = world.decisions(name)
        assert isinstance(job := decision.body["job"], dict)
        assert job["status"] == status
        for route in ROUTES:
            times = world.heard[route, name, decision.key]
            assert 1 <= times <= 1 + fate.died
    assert sum(world.heard.values()) <= len(ENDED) * len(ROUTES) + fate.died
    assert world.memory.remembered is not None
    assert world.memory.remembered.awaited == {}


def steps() -> int:
    """How many calls of ports a life without deaths makes."""
    world, fate = lived()
    assert_nothing_is_lost(world, fate)
    assert max(world.heard.values()) == 1
    assert len(world.bus.events) == len(LIVES)
    world.close()
    return fate.calls


def test_a_death_at_any_step_loses_nothing() -> None:
    """Before and after each of the calls of a whole life."""
    for step in range(1, steps() + 1):
        for after in (False, True):
            world, fate = lived((step, after))

            assert fate.died == 1
            assert_nothing_is_lost(world, fate)
            world.close()


@pytest.mark.parametrize("seed", range(5))
def test_many_deaths_lose_nothing(seed: int) -> None:
    """Up to eight of them anywhere, so that the mending is killed, too."""
    chance = random.Random(seed)  # noqa: S311
    most = steps()
    for _ in range(40):
        deaths = [(chance.randrange(1, most), chance.random() < 0.5) for _ in range(8)]
        world, fate = lived(*deaths)

        assert_nothing_is_lost(world, fate)
        world.close()


def test_the_check_on_losses_can_fail() -> None:
    """A watcher that remembers before it announces loses what a death comes between."""

    class HastyWorld(World):
        def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
            now, memory = self.clock.now, self.memory
            assert memory.remembered is not None
            hasty = memory.remembered.announced(changes, now)
            memory.remembered = hasty.advanced(changes[-1].job.modified_at)
            if self.unlucky:
                self.unlucky = False
                raise Crash
            return super().put(changes)

        unlucky = True

    fate = Fate()
    world = HastyWorld(fate)
    world.live()

    with pytest.raises(AssertionError):
        assert_nothing_is_lost(world, fate)
    world.close()


def test_a_life_has_enough_steps_to_die_at() -> None:
    """So that the campaign above is one."""
    assert steps() > 150
