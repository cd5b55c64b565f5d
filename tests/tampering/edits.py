"""What somebody does to the evidence, and what a verification owes us about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tests.tampering.world import Scene


class Owed(Enum):
    """The least that must be said of an edit."""

    TAMPERED = auto()
    NOT_INTACT = auto()
    """Nobody can tell it from an interruption or from a record that is not sealed yet."""
    INTACT = auto()
    """It changes nothing that the evidence says."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. ``records`` are the numbers, one of which must be named as the first bad
    record; empty where it concerns no single record (a head, a mark).
    """

    chain: str
    records: tuple[int, ...] = ()


Act = Callable[[Scene], Done]


@dataclass(frozen=True, slots=True)
class Edit:
    """A way to tamper, under the name that the table has for it."""

    part: str
    name: str
    owed: Owed
    act: Act


EDITS: list[Edit] = []


def edit(part: str, name: str, owed: Owed = Owed.TAMPERED) -> Callable[[Act], Act]:
    """Add a way to tamper."""

    def add(act: Act) -> Act:
        EDITS.append(Edit(part, name, owed, act))
        return act

    return add
