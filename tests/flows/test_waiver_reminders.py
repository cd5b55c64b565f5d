"""Whoever hears of a policy is reminded before a waiver of it ends, once for each step."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.digest import DigestDue, Rhythm
from recgate.domain.policy_set import PolicySet
from recgate.domain.route import Console, Route
from recgate.domain.telling import DigestTelling, Message, WaiverEndTelling
from recgate.flows.digest import DigestTold, tell_digest
from recgate.flows.parts import CheckParts
from recgate.ports import DecisionIndex, Ledger
from tests.builders import at_most, policy, waiver
from tests.flows.fakes import Clock, Jobs, Policies

MORNING = datetime(2026, 12, 18, 7, 0, tzinfo=UTC)
"""14 days before the waiver of the builder ends, the last day included."""

PROD = policy(at_most("max_cost_per_hour_usd", 2.5), notify=("ml",))
ROUTES = {
    "ml": Route("ml", Console(), fallback="spare"),
    "passes": Route("passes", Console(), frozenset({"PASS"})),
    "default": Route("default", Console()),
    "spare": Route("spare", Console()),
}


@dataclass
class Channel:
    """Answers as scripted, then delivers; keeps the reminders and the digests that it was told."""

    answers: list[Delivery] = field(default_factory=list)
    told: list[WaiverEndTelling] = field(default_factory=list)

    digests: list[DigestTelling] = field(default_factory=list)

    def deliver(self, message: Message) -> Delivery:
        if isinstance(message, DigestTelling):
            self.digests.append(message)
            return Delivered("d")
        assert isinstance(message, WaiverEndTelling)
        self.told.append(message)
        return self.answers.pop(0) if self.answers else Delivered("r")


@dataclass
class World:
    ledger: Ledger
    policies: PolicySet
    index: DecisionIndex | None = None
    clock: Clock = field(default_factory=lambda: Clock(MORNING))
    channels: dict[str, Channel] = field(
        default_factory=lambda: {name: Channel() for name in ROUTES}
    )

    def tell(self, days: int = 0, *, due: datetime | None = None) -> DigestTold:
        """The schedule's message, so many days after the first; ``due`` then or on another day."""
        self.clock.now = MORNING + timedelta(days=days)
        parts = CheckParts(
            jobs=Jobs(None),
            policies=Policies(self.policies),
            ledger=self.ledger,
            read_snapshot=snapshot_from,
            channel_for=lambda route: self.channels[route.name],
            clock=self.clock,
            worker="one",
            index=self.index,
        )
        return tell_digest(DigestDue(due or self.clock.now, f"e{days}"), parts)

    @property
    def heard(self) -> dict[str, list[int]]:
        """The days left in every reminder that each route was told."""
        return {
            name: [message.end.days_left for message in channel.told]
            for name, channel in self.channels.items()
            if channel.told
        }


@pytest.fixture
def world() -> Iterator[World]:
    with SqliteLedger(":memory:") as ledger:
        yield World(ledger, PolicySet((PROD,), ROUTES, ("default",), waivers=(waiver(up_to=3.5),)))


def test_each_step_of_the_countdown_is_told_once(world: World) -> None:
    """Every day of the last two weeks and after: four reminders, no more."""
    for day in range(-2, 16):
        world.tell(day)

    assert world.heard == {"ml": [14, 7, 3, 1]}


def test_a_message_that_comes_twice_reminds_once(world: World) -> None:
    """At least once is the queue's promise, once is ours."""
    first, again = world.tell(), world.tell()

    assert [made.route for made in first.announcements] == ["ml"]
    assert again.wait_s is None
    assert world.heard == {"ml": [14]}


def test_a_day_that_was_missed_is_made_up_for(world: World) -> None:
    """The schedule was off for three days."""
    world.tell(3)

    assert world.heard == {"ml": [11]}


def test_a_busy_channel_is_tried_again_and_a_dead_one_hands_over(world: World) -> None:
    """A reminder is delivered like a verdict."""
    world.channels["ml"].answers = [TryAgain("busy", after_s=30.0)]
    waits = world.tell().wait_s
    world.channels["ml"].answers = [Refused("gone", "invite it", RefusalKind.DESTINATION)]
    world.tell()

    assert waits is not None
    assert world.heard == {"ml": [14, 14], "spare": [14]}
    assert world.channels["spare"].told[0].stands_in_for[0].route == "ml"


@pytest.mark.parametrize(
    ("notify", "heard"),
    [((), "default"), (("passes",), "default"), (("passes", "ml"), "ml")],
)
def test_the_default_routes_hear_it_where_nobody_else_would(
    world: World, notify: tuple[str, ...], heard: str
) -> None:
    """A route that wants passes only would not miss the waiver."""
    world.policies = replace(world.policies, policies=(replace(PROD, notify=notify),))

    world.tell()

    assert world.heard == {heard: [14]}


def test_without_a_waiver_nothing_is_told(world: World) -> None:
    """And no route that wants a digest means no digest."""
    world.policies = replace(world.policies, waivers=())

    told = world.tell()

    assert (told.announcements, told.refused_because, world.heard) == ((), "", {})


@pytest.mark.parametrize(
    ("wants", "hears"),
    [
        ({"WAIVED"}, True),
        ({"FAIL"}, True),
        ({"FAIL", "PASS"}, True),
        ({"PASS", "WARN"}, False),
        ({"FAILED"}, False),
        (set(), False),
    ],
)
def test_a_route_hears_it_that_wants_a_waived_verdict_or_a_failed_one(
    world: World, wants: set[str], hears: bool
) -> None:
    """WAIVED is what it hears now, FAIL what comes next; either is enough."""
    asked = {**ROUTES, "ml": Route("ml", Console(), frozenset(wants), fallback="spare")}
    world.policies = replace(world.policies, routes=asked)

    world.tell()

    assert world.heard == ({"ml": [14]} if hears else {"default": [14]})


def test_a_route_of_another_policy_hears_nothing(world: World) -> None:
    """Only those of the policy whose limit the waiver moves."""
    other = replace(PROD, name="another", notify=("default",))
    world.policies = replace(world.policies, policies=(other, PROD))

    world.tell()

    assert world.heard == {"ml": [14]}


def test_where_no_route_wants_it_nobody_is_told(world: World) -> None:
    """And that is no error."""
    world.policies = replace(
        world.policies, policies=(replace(PROD, notify=()),), default_routes=("passes", "gone")
    )

    told = world.tell()

    assert (told.reminders, world.heard) == ((), {})


def test_a_late_reminder_counts_from_the_day_on_which_it_is_told(world: World) -> None:
    """The queue may keep the schedule's message for two days: 12 are left then, not 14."""
    told = world.tell(2, due=MORNING)

    assert [made.route for made in told.reminders] == ["ml"]
    assert world.heard == {"ml": [12]}
    assert world.channels["ml"].told[0].end.today == (MORNING + timedelta(days=2)).date()
    assert world.channels["ml"].told[0].end.step == 14


def test_a_message_that_is_too_late_or_too_early_reminds_nobody(world: World) -> None:
    """The next one does."""
    late = world.tell(4, due=MORNING)
    early = world.tell(0, due=MORNING + timedelta(hours=2))

    assert "it was due at" in late.refused_because
    assert "not now" in early.refused_because
    assert (late.reminders, early.reminders, world.heard) == ((), (), {})


def test_a_reminder_and_a_digest_are_told_by_the_same_message(world: World) -> None:
    """Each to its own routes; the digest, too, names the waivers that end soon, on its own day."""
    assert isinstance(world.ledger, SqliteLedger)
    world.index = world.ledger
    far = waiver(up_to=3.5, id="W-far", expires=date(2027, 1, 1))
    nearer = waiver(up_to=3.5, id="W-nearer", expires=date(2026, 12, 26))
    weekly = Route("weekly", Console(), digest=Rhythm.WEEKLY)
    world.policies = replace(
        world.policies,
        routes={**ROUTES, "weekly": weekly},
        waivers=(far, waiver(up_to=3.5), nearer),
    )
    world.channels["weekly"] = Channel()
    monday = 3  # after the Friday on which 14 days are left

    told = world.tell(monday)

    assert world.heard == {"ml": [6, 11, 12]}
    (digest,) = world.channels["weekly"].digests
    assert [each.id for each in digest.digest.ending] == ["W-nearer", "W-2026-014", "W-far"]
    assert [made.route for made in told.reminders] == ["ml", "ml", "ml"]
    assert [made.route for made in told.announcements] == ["weekly", "ml", "ml", "ml"]
    assert not any(channel.digests for name, channel in world.channels.items() if name != "weekly")


def test_a_digest_lists_no_end_that_is_further_away(world: World) -> None:
    """15 days are not soon; the list is that of the day on which the digest is due."""
    assert isinstance(world.ledger, SqliteLedger)
    world.index = world.ledger
    fifteen = waiver(up_to=3.5, id="W-15", expires=date(2027, 1, 4))
    weekly = Route("weekly", Console(), digest=Rhythm.WEEKLY)
    world.policies = replace(
        world.policies, routes={**ROUTES, "weekly": weekly}, waivers=(fifteen,)
    )
    world.channels["weekly"] = Channel()
    monday = MORNING + timedelta(days=3)

    world.tell(4, due=monday)

    assert [each.digest.ending for each in world.channels["weekly"].digests] == [()]
    assert world.heard == {"ml": [14]}


def test_without_an_index_the_reminders_are_told_all_the_same(world: World) -> None:
    """Only the digest needs the decisions."""
    daily = Route("daily", Console(), digest=Rhythm.DAILY)
    world.policies = replace(world.policies, routes={**ROUTES, "daily": daily})
    world.channels["daily"] = Channel()

    told = world.tell()

    assert told.refused_because == "this ledger does not find decisions by their day"
    assert [made.route for made in told.announcements] == ["ml"]
    assert world.heard == {"ml": [14]}


def test_a_reminder_that_waits_makes_the_message_come_again(world: World) -> None:
    """The longest wait of all that was told."""
    world.policies = replace(
        world.policies, waivers=(waiver(up_to=3.5, id="W-1"), waiver(up_to=3.5, id="W-2"))
    )
    world.channels["ml"].answers = [TryAgain("busy", after_s=30.0), TryAgain("busy", after_s=90.0)]

    told = world.tell()

    assert told.wait_s is not None
    assert told.wait_s >= 90.0
    assert world.tell().wait_s is None
    assert world.heard == {"ml": [14, 14, 14, 14]}
