"""A digest is told once to each route that wants it, whatever dies on the way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.domain.decision_record import decision_record
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.digest import DigestDue, Rhythm
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.domain.telling import DigestTelling, Message
from recgate.flows.digest import DigestTold, NotDueYet, tell_digest
from recgate.flows.parts import CheckParts
from recgate.ports import (
    Entry,
    Ledger,
    LedgerUnavailable,
    PoliciesInvalid,
    PolicyProblem,
    Recorded,
)
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.flows.fakes import Clock, Crash, CrashingLedger, Jobs, Policies

SUNDAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MONDAY = SUNDAY + timedelta(days=1)
TUESDAY = SUNDAY + timedelta(days=2)
DAILY, WEEKLY = Rhythm.DAILY, Rhythm.WEEKLY
ROUTES = {
    "daily": Route("daily", Console(), digest=DAILY),
    "weekly": Route("weekly", Console(), digest=WEEKLY, fallback="spare"),
    "verdicts": Route("verdicts", Console()),
    "spare": Route("spare", Console()),
}
REFUSED = Refused("not_in_channel", "invite the bot", RefusalKind.DESTINATION)


@dataclass
class Index:
    """Decisions by their day; ``asked`` keeps every question."""

    decided: list[Recorded] = field(default_factory=list)
    asked: list[date] = field(default_factory=list)
    broken: bool = False

    def decided_on(self, day: date) -> Sequence[Recorded]:
        self.asked.append(day)
        if self.broken:
            raise LedgerUnavailable("the ledger does not answer", after_s=7)
        return [each for each in self.decided if each.entry.recorded_at.date() == day]

    def find(self, decision: str) -> Sequence[Recorded]:
        return [each for each in self.decided if each.entry.key.startswith(decision)]

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        raise AssertionError(f"nobody here looks for decisions about {model}")

    def add(self, name: str, at: datetime, *, cost: float = 0.2) -> None:
        job = snapshot(candidate(cost_per_hour_usd=cost), job_name=name, model_package_arn=None)
        made = decision(job, policy(at_most("max_cost_per_hour_usd", 2.5)))
        entry = Entry("decision", made.key, at, decision_record(made, effects=()))
        self.decided.append(Recorded(f"job:arn:aws:job/{name}", entry))


@dataclass
class Channel:
    """Answers as scripted, then delivers; keeps what it was told."""

    answers: list[Delivery] = field(default_factory=list)
    told: list[DigestTelling] = field(default_factory=list)

    def deliver(self, message: Message) -> Delivery:
        assert isinstance(message, DigestTelling)
        self.told.append(message)
        return self.answers.pop(0) if self.answers else Delivered(f"r{len(self.told)}")

    @property
    def keys(self) -> list[str]:
        return [message.digest.period.key for message in self.told]


@dataclass
class World:
    """Decisions, routes, a ledger, a clock, and a channel for every route."""

    ledger: Ledger
    index: Index = field(default_factory=Index)
    clock: Clock = field(default_factory=lambda: Clock(MONDAY))
    policies: Policies = field(default_factory=lambda: Policies(PolicySet((), ROUTES)))
    channels: dict[str, Channel] = field(
        default_factory=lambda: {name: Channel() for name in ROUTES}
    )

    def parts(self, ledger: Ledger | None = None) -> CheckParts:
        return CheckParts(
            jobs=Jobs(None),
            policies=self.policies,
            ledger=ledger or self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda route: self.channels[route.name],
            clock=self.clock,
            worker="one",
            index=self.index,
        )

    def tell(self, at: datetime | None = None, *, event_id: str | None = "e1") -> DigestTold:
        due = DigestDue(at or self.clock.now, event_id)
        return tell_digest(due, self.parts())

    @property
    def heard(self) -> dict[str, list[str]]:
        return {name: channel.keys for name, channel in self.channels.items() if channel.told}


@pytest.fixture
def world() -> Iterator[World]:
    with SqliteLedger(":memory:") as ledger:
        made = World(ledger)
        made.index.add("a", SUNDAY - timedelta(days=5))
        made.index.add("b", SUNDAY, cost=9.0)
        yield made


# --- who hears what, when ------------------------------------------------------------------


def test_on_mondays_the_week_and_on_every_day_the_day_before(world: World) -> None:
    """Each to the routes that want it, and to no other."""
    for day in (SUNDAY, MONDAY, TUESDAY):
        world.index.add(f"c{day.day}", day - timedelta(days=1))
        world.clock.now = day
        world.tell()

    assert world.heard == {
        "daily": ["digest:daily:2026-11-21", "digest:daily:2026-11-22", "digest:daily:2026-11-23"],
        "weekly": ["digest:weekly:2026-11-16"],
    }


def test_a_digest_says_what_was_decided_in_its_days(world: World) -> None:
    """And what it has to be compared with."""
    world.index.add("earlier", MONDAY - timedelta(days=9), cost=1.5)
    world.index.add("later", MONDAY)

    world.tell()

    daily, weekly = world.channels["daily"].told[0], world.channels["weekly"].told[0]
    assert daily.digest.counts == {"FAIL": 1}
    assert weekly.digest.counts == {"FAIL": 1, "PASS": 1}
    assert [waiting.job_name for waiting in weekly.digest.waiting] == ["b"]
    assert weekly.digest.before is not None
    assert weekly.digest.before.cost_per_hour_usd == 1.5


def test_the_day_is_counted_in_utc(world: World) -> None:
    """Seven o'clock on a Monday in Tokyo is a Sunday still: the week has not ended."""
    world.tell(datetime(2026, 11, 22, 22, 0, tzinfo=UTC))

    assert "weekly" not in world.heard


def test_each_day_is_read_once(world: World) -> None:
    """A day and a week that end together share what they read."""
    world.tell()

    assert Counter(world.index.asked).most_common(1)[0][1] == 1
    assert len(world.index.asked) == 14


def test_nothing_is_read_when_nobody_wants_it(world: World) -> None:
    """Nor is anything on a Tuesday, where only weeks are wanted."""
    world.policies.current = PolicySet((), {"verdicts": ROUTES["verdicts"]})
    nobody = world.tell()
    world.policies.current = PolicySet((), {"weekly": ROUTES["weekly"]})
    world.clock.now = TUESDAY
    only_weekly = world.tell()

    assert nobody.periods == only_weekly.periods == ()
    assert world.index.asked == []


def test_a_day_without_decisions_is_silent_and_a_week_without_them_is_not(world: World) -> None:
    """Silence for weeks would look like a schedule that is broken."""
    world.index.decided.clear()

    told = world.tell()

    assert world.heard == {"weekly": ["digest:weekly:2026-11-16"]}
    assert world.channels["weekly"].told[0].digest.jobs == 0
    assert [period.silent_because for period in told.periods] == [
        "nothing was decided on that day",
        "",
    ]


# --- once ----------------------------------------------------------------------------------


def test_the_same_day_again_tells_nobody_again(world: World) -> None:
    """The same message, another one for the same day, and a later look at the same week."""
    world.tell()
    world.tell()
    again = world.tell(event_id="e2")

    assert world.heard == {
        "daily": ["digest:daily:2026-11-22"],
        "weekly": ["digest:weekly:2026-11-16"],
    }
    assert again.wait_s is None


def test_what_could_not_be_delivered_is_tried_again_and_only_that(world: World) -> None:
    """With the wait that the destination asked for."""
    world.channels["weekly"].answers = [TryAgain("429", after_s=33.0)]

    first, second = world.tell(), world.tell()

    assert (first.wait_s, second.wait_s) == (33.0, None)
    assert len(world.channels["daily"].told) == 1
    assert len(world.channels["weekly"].told) == 2


def test_a_try_that_may_have_arrived_is_told_to_the_next_one(world: World) -> None:
    """So that a channel can look for it first."""
    world.channels["weekly"].answers = [TryAgain("no answer", ambiguous=True)]

    world.tell()
    world.clock.advance(minutes=5)
    world.tell(MONDAY)

    assert [message.in_doubt_since for message in world.channels["weekly"].told] == [None, MONDAY]


def test_a_route_that_refuses_hands_over_to_its_fallback(world: World) -> None:
    """Which says whom it stands in for."""
    world.channels["weekly"].answers = [REFUSED]

    world.tell()
    world.tell()

    assert len(world.channels["weekly"].told) == 1
    (message,) = world.channels["spare"].told
    assert [(each.route, each.remedy) for each in message.stands_in_for] == [
        ("weekly", "invite the bot")
    ]


def test_a_redriven_message_tries_a_route_that_refused_anew(world: World) -> None:
    """Somebody has mended it meanwhile."""
    world.channels["weekly"].answers = [REFUSED]

    world.tell()
    world.tell(event_id="e2")

    assert len(world.channels["weekly"].told) == 2
    assert len(world.channels["daily"].told) == 1


def test_a_late_message_is_told_and_one_too_late_is_reported(world: World) -> None:
    """Three days is what a weekend and its Monday take."""
    world.clock.now = MONDAY + timedelta(days=3)
    late = world.tell(MONDAY)
    world.clock.advance(seconds=1)
    too_late = world.tell(MONDAY - timedelta(days=7))

    assert late.refused_because == ""
    assert "more than 3 days ago" in too_late.refused_because
    assert too_late.periods == ()
    assert world.heard["weekly"] == ["digest:weekly:2026-11-16"]


def test_a_day_that_has_not_ended_is_never_told(world: World) -> None:
    """Its key would be used up by half of it. A clock that is a little behind waits."""
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    world.clock.now = midnight - timedelta(seconds=20)

    with pytest.raises(NotDueYet) as early:
        world.tell(midnight)
    far = world.tell(midnight + timedelta(days=7))

    assert early.value.after_s == 20
    assert "not now" in far.refused_because
    assert world.heard == {}


# --- when something is in the way ----------------------------------------------------------


def test_routes_that_cannot_be_read_are_an_error_and_no_silence(world: World) -> None:
    """The message is parked, and the alarm rings."""
    world.policies.current = PoliciesInvalid([PolicyProblem("routes.yaml", 1, 1, "", "broken")])

    with pytest.raises(PoliciesInvalid):
        world.tell()


def test_decisions_that_cannot_be_read_now_are_read_later(world: World) -> None:
    """Half a week is no week."""
    world.index.broken = True
    with pytest.raises(LedgerUnavailable):
        world.tell()
    world.index.broken = False

    world.tell()

    assert world.heard["weekly"] == ["digest:weekly:2026-11-16"]


def test_a_deployment_without_an_index_says_so(world: World) -> None:
    """It cannot know what was decided, and an empty digest would be a lie."""
    told = tell_digest(DigestDue(MONDAY), replace(world.parts(), index=None))

    assert "does not find decisions" in told.refused_because
    assert world.heard == {}


@pytest.mark.parametrize("after", [False, True])
def test_a_death_at_any_call_loses_no_digest(after: bool) -> None:
    """Before and after each call of the ledger: every route hears it, twice at the most."""
    step, calls = 1, 0
    while True:
        with SqliteLedger(":memory:") as ledger:
            world = World(ledger)
            world.index.add("b", SUNDAY, cost=9.0)
            crashing = CrashingLedger(ledger, dies_at=step, after=after)
            try:
                tell_digest(DigestDue(MONDAY, "e1"), world.parts(crashing))
            except Crash:
                calls += 1
            else:
                break
            world.clock.advance(minutes=10)

            told = tell_digest(DigestDue(MONDAY, "e1"), world.parts())

            assert told.wait_s is None
            heard = {name: len(keys) for name, keys in world.heard.items()}
            assert set(heard) == {"daily", "weekly"}
            assert sum(heard.values()) <= 3
            assert tell_digest(DigestDue(MONDAY, "e1"), world.parts()).wait_s is None
            assert {name: len(keys) for name, keys in world.heard.items()} == heard
        step += 1
    assert calls >= 6
