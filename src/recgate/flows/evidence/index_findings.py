"""What came of asking the index of decisions for every decision of the chains."""

from dataclasses import dataclass, field
from enum import Flag, auto


class Way(Flag):
    """By what a decision is looked for."""

    DAY = auto()
    MODEL = auto()
    TIME = auto()
    """By its model and the very time of it."""
    KEY = auto()


@dataclass(frozen=True, slots=True)
class Extra:
    """An index gave something that was not to be found there: ``name`` says what, ``asked``
    where. ``number`` is that of the decision, None for what is none of the chains'; ``is_again``:
    it is to be found so, and was given more than once, or at another time, too.
    """

    name: str
    asked: str
    number: int | None
    is_again: bool


@dataclass(slots=True)
class Found:
    """What came of it. ``hidden`` says of decisions, by their numbers, in which ways they were
    not found; ``refused`` are questions that were not answered, with the reasons; ``silent``
    the reason why a whole index does not answer.
    """

    hidden: dict[int, Way] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
