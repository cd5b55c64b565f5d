"""What a page is made of, before anybody knows how wide the screen is. All text is cleaned."""

from dataclasses import dataclass

from recgate.domain.reading import Reading
from recgate.rendering.safe_text import clean

_REASON = 80


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what is to be said of it.

    ``is_copied`` is for what people copy (ARNs, addresses): it is never broken into lines.
    """

    label: str
    value: str
    is_copied: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: its words, which may stand one below the other, and its unit."""

    words: tuple[str, ...]
    unit: str = ""
    is_figure: bool = True

    @property
    def name(self) -> str:
        """The words on one line: ``Model latency``, ``Cost/hour``."""
        return " ".join(self.words).replace(" /", "/")


@dataclass(frozen=True, slots=True)
class Figures:
    """A table. Every row has a cell for each heading, the first of which is its name.

    ``asides`` has a text for each row that needs much room (empty: that row has none): a last
    column, or a line below the row. ``notes`` are what has to be known about the table and
    stands in no cell.
    """

    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    aside: Heading | None = None
    asides: tuple[str, ...] = ()


def missing_words(reading: Reading) -> str:
    """What stands in the place of a missing figure: ``n/a (NaN)``, ``n/a (not reported)``."""
    return missing(why_missing(reading))


def why_missing(reading: Reading) -> str:
    """The reason alone; that it is about the P99 is said by the column already."""
    return clean(reading.missing, _REASON).removeprefix("P99 was ") or "not reported"


def missing(why: str = "") -> str:
    """``n/a`` with the reason."""
    return f"n/a ({clean(why, _REASON) or 'not reported'})"
