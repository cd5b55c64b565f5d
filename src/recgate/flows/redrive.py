"""Moving dead letters back to the queue, after somebody has looked at them.

Each is sent first and deleted after: a crash between the two leaves it in both queues, and an
event that comes twice does no harm. Whatever is not moved is visible again at once, also when
somebody interrupts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from recgate.ports import CannotTellYet, Clock, RecgateError

_TIME_TO_MOVE = timedelta(seconds=15)
"""A letter that others will see so soon is not moved: they might be moving it too."""


class DeadLettersUnavailable(CannotTellYet):
    """A queue could not be reached or was throttled; what was asked may have been done."""


class DeadLettersRefused(RecgateError):
    """A queue will not do it however often it is asked: permissions, no such queue, too long."""


class Letter(Protocol):
    """One message of the dead-letter queue, hidden from everybody else for a while."""

    @property
    def message_id(self) -> str:
        """The same one each time the queue hands the message over."""
        ...

    @property
    def hidden_until(self) -> datetime:
        """When others may see it again (UTC)."""
        ...

    @property
    def is_understood(self) -> bool:
        """Whether recgate would act on it, if it came again."""
        ...

    def redriven(self, event_id: str) -> str:
        """The body to send, an event under a new id where it is one."""
        ...


L = TypeVar("L", bound=Letter)


class DeadLetters(Protocol[L]):
    """The dead-letter queue, and the queue that its letters came from."""

    def receive(self, at_most: int) -> Sequence[L]:
        """Some of what is there, hidden from others from now on; empty when nothing is.

        Raises DeadLettersUnavailable, DeadLettersRefused.
        """
        ...

    def send(self, body: str) -> None:
        """Put a message on the queue. Raises DeadLettersUnavailable, DeadLettersRefused."""
        ...

    def delete(self, letter: L) -> None:
        """Take it out of the dead letters. Raises DeadLettersUnavailable, DeadLettersRefused."""
        ...

    def show_again(self, letters: Sequence[L]) -> Sequence[L]:
        """Make them visible at once; gives those that stay hidden for their time. Never raises."""
        ...


class Fate(StrEnum):
    """What became of a letter. A copied one is in both queues, which does no harm."""

    MOVED = "moved"
    COPIED = "copied"
    LEFT = "left"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Redriven(Generic[L]):
    """A letter, what became of it, and what went wrong.

    Nothing went wrong with one that was left because nobody agreed to move it, or because it is
    not understood.
    """

    letter: L
    fate: Fate
    because: str = ""


@dataclass(frozen=True, slots=True)
class Redrive(Generic[L]):
    """What became of every letter. ``still_hidden`` are those of them that were not moved and
    that nobody sees before their time is over.
    """

    letters: tuple[Redriven[L], ...]
    still_hidden: tuple[L, ...] = ()


def redrive(
    dead_letters: DeadLetters[L],
    *,
    at_most: int,
    everything: bool,
    confirm: Callable[[Sequence[L], Sequence[L]], bool],
    new_id: Callable[[], str],
    clock: Clock,
) -> Redrive[L]:
    """Receive the letters, ask, and move those that are understood, or ``everything``.

    ``confirm`` is given all letters and those that would be moved; it is not called when there
    are none. Raises DeadLettersUnavailable and DeadLettersRefused when the letters cannot be
    received; what goes wrong with one of them is told as its fate.
    """
    held: dict[str, L] = {}
    done: dict[str, Redriven[L]] = {}
    hidden: Sequence[L] = ()
    try:
        _receive(dead_letters, held, at_most)
        movable = [each for each in held.values() if everything or each.is_understood]
        if held and confirm(tuple(held.values()), movable):
            for letter in movable:
                done[letter.message_id] = moved = _move(letter, dead_letters, new_id, clock)
                if moved.fate is Fate.COPIED:
                    break  # the others would be copied and stay, too
    finally:
        stay = [each for key, each in held.items() if not _is_gone(done.get(key))]
        hidden = dead_letters.show_again(stay) if stay else ()
    not_tried = "one before it could not be deleted" if done else ""
    return Redrive(
        tuple(
            done.get(key) or Redriven(each, Fate.LEFT, not_tried if each in movable else "")
            for key, each in held.items()
        ),
        tuple(hidden),
    )


def _receive(dead_letters: DeadLetters[L], held: dict[str, L], at_most: int) -> None:
    """Fill ``held`` until nothing new comes. A message that comes again has a newer receipt."""
    while len(held) < at_most:
        before = len(held)
        held.update(
            (letter.message_id, letter) for letter in dead_letters.receive(at_most - before)
        )
        if len(held) == before:
            return


def _move(
    letter: L, dead_letters: DeadLetters[L], new_id: Callable[[], str], clock: Clock
) -> Redriven[L]:
    if clock() > letter.hidden_until - _TIME_TO_MOVE:
        return Redriven(letter, Fate.LEFT, "others may see it again by now: look once more")
    try:
        dead_letters.send(letter.redriven(new_id()))
    except (DeadLettersUnavailable, DeadLettersRefused) as problem:
        return Redriven(letter, Fate.FAILED, str(problem))
    try:
        dead_letters.delete(letter)
    except (DeadLettersUnavailable, DeadLettersRefused) as problem:
        return Redriven(letter, Fate.COPIED, str(problem))
    return Redriven(letter, Fate.MOVED)


def _is_gone(done: Redriven[L] | None) -> bool:
    return done is not None and done.fate is Fate.MOVED
