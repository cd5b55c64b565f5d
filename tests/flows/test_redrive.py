"""Dead letters, back to the queue: what is lost never, moved twice at worst, and left alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from recgate.flows.redrive import (
    DeadLettersRefused,
    DeadLettersUnavailable,
    Fate,
    Redrive,
    redrive,
)
from tests.builders import NOW
from tests.flows.fakes import Clock, Crash


@dataclass(frozen=True)
class ALetter:
    """A letter whose body is its id."""

    message_id: str
    is_understood: bool = True
    hidden_until: datetime = NOW + timedelta(hours=2)
    receipt: int = 0

    def redriven(self, event_id: str) -> str:
        return f"{self.message_id} as {event_id}"


@dataclass
class Queues:
    """Both queues. ``fails`` raises at a step ("receive", "send m-1", …); 3 at a time are read."""

    dead: list[ALetter]
    sent: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    fails: dict[str, BaseException] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    stuck: bool = False

    def receive(self, at_most: int) -> Sequence[ALetter]:
        self._step("receive")
        seen = [each for each in self.dead if each.message_id not in self.hidden]
        found = seen[: min(at_most, 3)]
        self.hidden |= {each.message_id for each in found}
        return found

    def send(self, body: str) -> None:
        self._step(f"send {body.split()[0]}")
        self.sent.append(body)

    def delete(self, letter: ALetter) -> None:
        self._step(f"delete {letter.message_id}")
        self.dead = [each for each in self.dead if each.message_id != letter.message_id]

    def show_again(self, letters: Sequence[ALetter]) -> Sequence[ALetter]:
        self.steps.append("show again")
        if self.stuck:
            return letters
        self.hidden -= {each.message_id for each in letters}
        return ()

    def visible(self) -> list[str]:
        return [each.message_id for each in self.dead if each.message_id not in self.hidden]

    def _step(self, step: str) -> None:
        self.steps.append(step)
        if step in self.fails:
            raise self.fails[step]


def queues(count: int, *, not_understood: Sequence[int] = ()) -> Queues:
    return Queues([ALetter(f"m-{n}", n not in not_understood) for n in range(1, count + 1)])


Confirm = Callable[[Sequence[ALetter], Sequence[ALetter]], bool]


def agree(letters: Sequence[ALetter], movable: Sequence[ALetter]) -> bool:
    return True


def run(
    there: Queues,
    *,
    confirm: Confirm = agree,
    at_most: int = 100,
    everything: bool = False,
    clock: Clock | None = None,
) -> Redrive[ALetter]:
    ids = iter(f"new-{n}" for n in range(1, 1000))
    return redrive(
        there,
        at_most=at_most,
        everything=everything,
        confirm=confirm,
        new_id=lambda: next(ids),
        clock=clock or Clock(),
    )


def fates(done: Redrive[ALetter]) -> dict[str, Fate]:
    return {each.letter.message_id: each.fate for each in done.letters}


def test_everything_that_is_there_is_moved_each_under_an_id_of_its_own() -> None:
    """Receives go on until nothing new comes."""
    there = queues(7)

    done = run(there)

    assert there.sent == [f"m-{n} as new-{n}" for n in range(1, 8)]
    assert there.dead == []
    assert set(fates(done).values()) == {Fate.MOVED}
    assert done.still_hidden == ()


def test_each_is_sent_before_it_is_deleted() -> None:
    """The other way round, a crash would lose it."""
    there = queues(2)

    run(there)

    assert there.steps == ["receive", "receive", "send m-1", "delete m-1", "send m-2", "delete m-2"]


@pytest.mark.parametrize("step", ["send m-2", "delete m-2"])
def test_a_crash_at_any_step_loses_nothing(step: str) -> None:
    """Every letter is in one of the queues, or in both."""
    there = queues(3)
    there.fails[step] = Crash()

    with pytest.raises(Crash):
        run(there)

    kept = {each.message_id for each in there.dead} | {body.split()[0] for body in there.sent}
    assert kept == {"m-1", "m-2", "m-3"}
    assert "m-2" in there.visible()
    assert "m-3" in there.visible()


def test_nothing_is_asked_when_nothing_is_there() -> None:
    """And nothing is made visible."""
    there = queues(0)

    done = run(there, confirm=lambda *_: pytest.fail("asked"))

    assert done.letters == ()
    assert there.steps == ["receive"]


def test_what_is_declined_stays_and_is_visible_at_once() -> None:
    """Not after five minutes."""
    there = queues(4)

    done = run(there, confirm=lambda letters, movable: False)

    assert set(fates(done).values()) == {Fate.LEFT}
    assert there.sent == []
    assert there.visible() == ["m-1", "m-2", "m-3", "m-4"]


def test_an_interrupted_question_leaves_everything_visible() -> None:
    """Ctrl-C while reading."""
    there = queues(4)

    def interrupt(letters: Sequence[ALetter], movable: Sequence[ALetter]) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(there, confirm=interrupt)

    assert there.visible() == ["m-1", "m-2", "m-3", "m-4"]


def test_what_is_not_understood_is_shown_and_left_unless_all_is_said() -> None:
    """It would only come back."""
    there, asked = queues(3, not_understood=[2]), []

    def note(letters: Sequence[ALetter], movable: Sequence[ALetter]) -> bool:
        asked.append(([each.message_id for each in letters], [each.message_id for each in movable]))
        return True

    first = run(there, confirm=note)
    after = there.visible()
    second = run(there, everything=True)

    assert asked == [(["m-1", "m-2", "m-3"], ["m-1", "m-3"])]
    assert fates(first) == {"m-1": Fate.MOVED, "m-2": Fate.LEFT, "m-3": Fate.MOVED}
    assert after == ["m-2"]
    assert fates(second) == {"m-2": Fate.MOVED}


def test_the_limit_is_kept_and_the_rest_not_even_hidden() -> None:
    """Of a thousand, the first two."""
    there = queues(5)

    done = run(there, at_most=2)

    assert list(fates(done)) == ["m-1", "m-2"]
    assert there.visible() == ["m-3", "m-4", "m-5"]


@dataclass
class Repeating(Queues):
    """Queues whose receives give these, one after the other."""

    answers: list[list[ALetter]] = field(default_factory=list)
    deleted: list[ALetter] = field(default_factory=list)

    def receive(self, at_most: int) -> Sequence[ALetter]:
        return self.answers.pop(0)

    def delete(self, letter: ALetter) -> None:
        self.deleted.append(letter)


def test_a_message_that_is_handed_over_twice_counts_once_with_its_newer_receipt() -> None:
    """SQS delivers at least once, and only the last receipt is sure to delete."""
    old, new, second, third = (
        ALetter(f"m-{n}", receipt=r) for n, r in [(1, 1), (1, 2), (2, 1), (3, 1)]
    )
    there = Repeating([], answers=[[old, second], [new, third], [new]])

    done = run(there)

    assert list(fates(done)) == ["m-1", "m-2", "m-3"]
    assert [body.split()[0] for body in there.sent] == ["m-1", "m-2", "m-3"]
    assert there.deleted == [new, second, third]


@pytest.mark.parametrize("error", [DeadLettersRefused("too long"), DeadLettersUnavailable("503")])
def test_one_that_cannot_be_sent_does_not_keep_the_others(error: Exception) -> None:
    """It stays, visible, with its reason."""
    there = queues(3)
    there.fails["send m-2"] = error

    done = run(there)

    assert fates(done) == {"m-1": Fate.MOVED, "m-2": Fate.FAILED, "m-3": Fate.MOVED}
    assert done.letters[1].because == str(error)
    assert there.visible() == ["m-2"]


def test_one_that_was_sent_and_cannot_be_deleted_is_copied_and_the_rest_is_left() -> None:
    """Without the permission to delete, the others would be doubled, too."""
    there = queues(3)
    there.fails["delete m-2"] = DeadLettersRefused("allow sqs:DeleteMessage")

    done = run(there)

    assert fates(done) == {"m-1": Fate.MOVED, "m-2": Fate.COPIED, "m-3": Fate.LEFT}
    assert [body.split()[0] for body in there.sent] == ["m-1", "m-2"]
    assert there.visible() == ["m-2", "m-3"]


def test_a_receive_that_fails_shows_again_what_was_received() -> None:
    """Half a look is no look."""
    there = queues(6)

    class OnceMore(Queues):
        def receive(self, at_most: int) -> Sequence[ALetter]:
            if self.hidden:
                raise DeadLettersUnavailable("throttled")
            return super().receive(at_most)

    there = OnceMore(there.dead)

    with pytest.raises(DeadLettersUnavailable):
        run(there)

    assert len(there.visible()) == 6


@pytest.mark.parametrize(("minutes", "fate"), [(4, Fate.MOVED), (4.9, Fate.LEFT), (6, Fate.LEFT)])
def test_who_reads_too_long_moves_nothing_that_others_may_be_moving(
    minutes: float, fate: Fate
) -> None:
    """After five minutes the messages are everybody's."""
    clock = Clock()
    there = queues(1)
    there.dead = [replace(there.dead[0], hidden_until=clock.now + timedelta(minutes=5))]

    def read(letters: Sequence[ALetter], movable: Sequence[ALetter]) -> bool:
        clock.advance(minutes=minutes)
        return True

    done = run(there, confirm=read, clock=clock)

    assert fates(done) == {"m-1": fate}
    assert len(there.sent) == (fate is Fate.MOVED)


def test_what_could_not_be_shown_again_is_told() -> None:
    """Somebody who looks at the queue would miss it."""
    there = queues(2)
    there.stuck = True

    done = run(there, confirm=lambda *_: False)

    assert [each.message_id for each in done.still_hidden] == ["m-1", "m-2"]
