"""What a page of explanation is made of, before anybody decides how it looks.

Every text in it is cleaned and cut, and is still untrusted.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``word`` stands before it and carries its colour; ``indent`` is in steps.

    ``quiet``: what is there to be looked up.
    """

    text: str
    word: str = ""
    indent: int = 0
    strong: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells whose columns stand under one another, also across grids of one ``kind``.

    The first cell of a row carries its colour; the last two may take several lines.
    """

    kind: str
    rows: tuple[tuple[str, ...], ...]
    indent: int = 1


Part = Line | Grid


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a decision comes from: read back from a ledger, or judged now and recorded nowhere.

    ``page`` is the command that writes the page about it; empty where none can.
    """

    recorded: bool
    page: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a decision is shown: one policy, some candidates, every limit of each.

    None and False leave nothing out but what the page counts.
    """

    policy: str | None = None
    candidate: str | None = None
    every_limit: bool = False
