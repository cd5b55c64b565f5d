"""The life of an effect: claimed by one at a time, over once it is settled, never lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum, auto

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.domain.canonical import Json, canonical_json
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.effect import (
    EffectEntry,
    EffectEvent,
    EffectUnreadable,
    Held,
    Open,
    Settled,
    claim_entry,
    effect_state,
    effect_stream,
    notice_of,
    outcome_entry,
)
from tests.builders import NOW

LEASE = timedelta(seconds=60)
LATER = NOW + LEASE

DELIVERED = Delivered("C0123:1763706720.000100", note="sent without the table: invalid_blocks")
TRY_AGAIN = TryAgain("Slack answered 429", after_s=30.0)
REFUSED = Refused("channel_not_found", "invite the app to #ml", RefusalKind.DESTINATION)


def claim(worker: str = "a", *, attempt: int = 1, until: datetime = LATER) -> EffectEntry:
    return claim_entry(worker=worker, lease_until=until, attempt=attempt)


def outcome(delivery: Delivery, *, attempt: int = 1) -> EffectEntry:
    return outcome_entry(delivery, attempt=attempt)


# --- what is written -----------------------------------------------------------------------


def test_each_route_of_a_decision_has_a_stream_of_its_own() -> None:
    """A dead channel neither blocks nor repeats the others."""
    assert effect_stream("9f2c", "ml-platform") == "effect:9f2c:ml-platform"


def test_a_claim_says_who_until_when_and_which_attempt() -> None:
    """In UTC, whatever zone the lease was given in."""
    until = datetime(2026, 11, 21, 9, 33, tzinfo=timezone(timedelta(hours=3)))

    kind, body = claim("lambda/7", attempt=2, until=until)

    assert kind == "claimed"
    assert body == {
        "worker": "lambda/7",
        "lease_until": "2026-11-21T06:33:00+00:00",
        "attempt": 2,
        "notice": None,
    }


def test_the_notice_of_an_effect_is_that_of_its_last_claim() -> None:
    """Nobody has claimed a new one; a claim made without an event has none."""
    first = claim_entry(worker="one", lease_until=LATER, attempt=1, notice="event-1")
    second = claim_entry(worker="two", lease_until=LATER, attempt=2, notice="event-2")

    assert notice_of([]) is None
    assert notice_of([claim()]) is None
    assert notice_of([first, outcome(REFUSED, attempt=1)]) == "event-1"
    assert notice_of([first, second, outcome(REFUSED, attempt=2)]) == "event-2"


def test_a_lease_without_a_time_zone_is_no_lease() -> None:
    """It would end at another moment on another machine."""
    with pytest.raises(ValueError, match="has no time zone"):
        claim(until=LATER.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("delivery", "kind", "body"),
    [
        (
            DELIVERED,
            "delivered",
            {
                "receipt": "C0123:1763706720.000100",
                "note": "sent without the table: invalid_blocks",
                "attempt": 3,
            },
        ),
        (
            TRY_AGAIN,
            "released",
            {"reason": "Slack answered 429", "after_s": 30.0, "ambiguous": False, "attempt": 3},
        ),
        (
            TryAgain("timed out", ambiguous=True),
            "released",
            {"reason": "timed out", "after_s": None, "ambiguous": True, "attempt": 3},
        ),
        (
            REFUSED,
            "refused",
            {
                "reason": "channel_not_found",
                "remedy": "invite the app to #ml",
                "kind": "destination",
                "attempt": 3,
            },
        ),
    ],
)
def test_every_answer_of_a_channel_becomes_an_entry(
    delivery: Delivery, kind: str, body: dict[str, Json]
) -> None:
    """With everything that the channel said, in JSON."""
    written = outcome(delivery, attempt=3)

    assert written == (kind, body)
    assert canonical_json(written[1]) == canonical_json(body)


# --- what it means -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "now", "state"),
    [
        ([], NOW, Open(0, 0)),
        ([claim()], NOW, Held(LATER, "a")),
        ([claim()], LATER - timedelta(microseconds=1), Held(LATER, "a")),
        ([claim()], LATER, Open(1, 1)),
        ([claim()], LATER + LEASE, Open(1, 1)),
        ([claim(), outcome(TRY_AGAIN)], NOW, Open(2, 1)),
        ([claim(), claim("b", attempt=2, until=LATER + LEASE)], LATER, Held(LATER + LEASE, "b")),
        ([claim(), outcome(TRY_AGAIN), claim("b", attempt=2)], NOW, Held(LATER, "b")),
        ([claim(), outcome(TRY_AGAIN), claim("b", attempt=2)], LATER, Open(3, 2)),
    ],
    ids=[
        "nobody has tried",
        "claimed",
        "the last moment of a lease",
        "the moment a lease ends",
        "after a crash",
        "released",
        "claimed again after a crash",
        "claimed again after a release",
        "crashed in the second attempt",
    ],
)
def test_the_stream_says_who_may_act(
    entries: list[EffectEntry], now: datetime, state: Open | Held
) -> None:
    """Open with its next position and the attempts so far, or held until when and by whom."""
    assert effect_state(entries, now) == state


@pytest.mark.parametrize("delivery", [DELIVERED, REFUSED])
def test_a_delivery_or_a_refusal_settles_it_for_ever(delivery: Delivery) -> None:
    """Whenever one looks, also long after the lease."""
    entries = [claim(), outcome(delivery)]

    states = [effect_state(entries, now) for now in (NOW, LATER, LATER + 1000 * LEASE)]

    kind, body = outcome(delivery)
    assert states == [Settled(EffectEvent(kind), body)] * 3


def test_the_first_settlement_counts_whatever_follows() -> None:
    """A worker who was slow, and wrote after the next had claimed."""
    entries = [
        claim(),
        claim("b", attempt=2, until=LATER + LEASE),
        outcome(DELIVERED),
        outcome(REFUSED, attempt=2),
    ]

    assert effect_state(entries, LATER) == Settled(EffectEvent.DELIVERED, outcome(DELIVERED)[1])


def test_a_late_release_takes_nothing_from_the_next_worker() -> None:
    """It ends the claim of its own attempt only."""
    entries = [claim(), claim("b", attempt=2, until=LATER + LEASE), outcome(TRY_AGAIN, attempt=1)]

    assert effect_state(entries, LATER) == Held(LATER + LEASE, "b")


def test_a_stream_that_came_back_from_a_store_means_the_same() -> None:
    """Kinds as plain text, and times in another zone."""
    stored: list[tuple[str, Mapping[str, Json]]] = [
        ("claimed", {"worker": "a", "lease_until": "2026-11-21T09:33:00+03:00", "attempt": 1})
    ]

    state = effect_state(stored, datetime(2026, 11, 21, 6, 32, 59, tzinfo=UTC))

    assert state == Held(datetime(2026, 11, 21, 6, 33, tzinfo=UTC), "a")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (("archived", {}), "entry 1 of an effect is of kind 'archived'.*a newer one"),
        (("claimed", {}), "entry 1 of an effect is a claim without"),
        (("claimed", {"worker": "a", "lease_until": "noon", "attempt": 1}), "without a readable"),
        (
            ("claimed", {"worker": "a", "lease_until": "2026-11-21T09:33:00", "attempt": 1}),
            "without a readable",
        ),
        (("claimed", {"worker": "a", "lease_until": None, "attempt": 1}), "without a readable"),
    ],
)
def test_what_cannot_be_read_is_never_taken_for_open(entry: EffectEntry, complaint: str) -> None:
    """A guess here would send a message twice."""
    with pytest.raises(EffectUnreadable, match=complaint):
        effect_state([claim(), entry], LATER)


# --- two workers, and crashes at any step --------------------------------------------------


class _Step(Enum):
    """What a worker will do when it is next given the processor."""

    READ = auto()
    CLAIM = auto()
    ACT = auto()
    RECORD = auto()


@dataclass
class _World:
    """One effect, its stream, and what has really happened to it."""

    now: datetime = NOW
    stream: list[EffectEntry] = field(default_factory=list)
    sent: int = 0
    unrecorded: int = 0
    """Sendings whose worker died, or was overtaken, before it could write them down."""

    def append(self, position: int, entry: EffectEntry) -> bool:
        """Write at the end of the stream; False when somebody has been there."""
        assert position <= len(self.stream), "a gap"
        if position < len(self.stream):
            return False
        self.stream.append(entry)
        return True

    @property
    def state(self) -> Open | Held | Settled:
        return effect_state(self.stream, self.now)


@dataclass
class _Worker:
    """A worker that follows the rules of `recgate.domain.effect`, one step at a time."""

    name: str
    step: _Step = _Step.READ
    position: int = 0
    attempt: int = 0
    until: datetime = NOW
    answer: Delivery | None = None

    def crash(self, world: _World) -> None:
        if self.step is _Step.RECORD and isinstance(self.answer, Delivered):
            world.unrecorded += 1
        self.step = _Step.READ

    def run(self, world: _World, answer: Delivery) -> None:
        """The next step; ``answer`` is what the channel says if it is asked now."""
        match self.step:
            case _Step.READ:
                state = world.state
                if isinstance(state, Open):
                    self.position, self.attempt = state.next_position, state.attempts + 1
                    self.until = world.now + LEASE
                    self.step = _Step.CLAIM
            case _Step.CLAIM:
                before = world.state
                entry = claim_entry(worker=self.name, lease_until=self.until, attempt=self.attempt)
                if world.append(self.position, entry):
                    assert isinstance(before, Open), f"claimed while {before}"
                    assert before.attempts + 1 == self.attempt
                    self.step = _Step.ACT
                else:
                    self.step = _Step.READ
            case _Step.ACT:
                if world.now < self.until:  # the holder acts only while its lease lasts
                    assert world.state == Held(self.until, self.name), "acted without a lease"
                    if isinstance(answer, Delivered):
                        world.sent += 1
                    self.answer = answer
                    self.step = _Step.RECORD
                else:
                    self.step = _Step.READ
            case _Step.RECORD:
                assert self.answer is not None
                entry = outcome_entry(self.answer, attempt=self.attempt)
                overtaken = not world.append(self.position + 1, entry)
                if overtaken and isinstance(self.answer, Delivered):
                    world.unrecorded += 1
                self.step = _Step.READ


_moves = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(0, 1), st.sampled_from([DELIVERED, TRY_AGAIN])),
        st.tuples(st.just("run"), st.integers(0, 1), st.sampled_from([DELIVERED, REFUSED])),
        st.tuples(st.just("crash"), st.integers(0, 1), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 59, 60, 61]), st.none()),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=400)
@given(moves=_moves)
def test_no_interleaving_of_two_workers_repeats_or_loses_an_effect(
    moves: list[tuple[str, int, Delivery | None]],
) -> None:
    """Whatever crashes and whenever: one holder at a time, nothing after the end, and an end.

    It may happen again only where a worker had acted and could not write it down.
    """
    world, workers = _World(), [_Worker("a"), _Worker("b")]
    settled_at: int | None = None

    for move, which, answer in moves:
        match move:
            case "wait":
                world.now += timedelta(seconds=which)
            case "crash":
                workers[which].crash(world)
            case _:
                assert answer is not None
                sent_before = world.sent
                workers[which].run(world, answer)
                if settled_at is not None:
                    assert len(world.stream) == settled_at, "written after the end"
                    assert world.sent == sent_before, "done after the end"
        if settled_at is None and isinstance(world.state, Settled):
            settled_at = len(world.stream)

    # Never lost: when every lease is over, anybody who follows the rules brings it to its end.
    world.now += 2 * LEASE
    for worker in workers:
        worker.crash(world)
    rescuer = _Worker("c")
    if not isinstance(world.state, Settled):
        assert isinstance(world.state, Open), "neither held nor open"
        for _ in _Step:
            rescuer.run(world, DELIVERED)
    state = world.state
    assert isinstance(state, Settled)
    recorded = 1 if state.event is EffectEvent.DELIVERED else 0
    assert world.sent == recorded + world.unrecorded


def test_without_crashes_and_delays_it_happens_exactly_once() -> None:
    """Two workers in step with each other, from the first read on."""
    world, workers = _World(), [_Worker("a"), _Worker("b")]

    for _ in range(10):
        for worker in workers:
            worker.run(world, DELIVERED)

    assert [kind for kind, _ in world.stream] == ["claimed", "delivered"]
    assert world.sent == 1
