"""Facts and tables on a screen of some width: aligned where there is room, below one another where
there is not.

Lines are made here, and not by rich's tables, because a cell of these pages has a short and a
long form and rich would break a price in two. Nothing is cut, and no line ends in spaces.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from recgate.rendering.job_page.parts import Fact, Figures, Heading

PIPE = 400
"""From this width on nobody looks: `recgate.cli.screen` gives it to a pipe. Lines stay whole."""

_GAP = 2
_FOLDED_ROOM = 11
"""Columns of a cell that is folded: ``n/a (not`` and ``reported)`` below it."""

_INDENT = "  "
_NARROWEST = 24
"""Less room than this for the text makes no lines that anybody can read: it is not kept to."""


def say(screen: Console, text: Text | str = "") -> None:
    """Print a line as it is, which the terminal may break and we do not."""
    screen.print(text if isinstance(text, Text) else Text(text), soft_wrap=True)


def say_heading(screen: Console, words: str) -> None:
    """An empty line and a heading."""
    say(screen)
    say_lines(screen, words, first="", style="bold")


def say_lines(screen: Console, words: str, *, first: str = _INDENT, style: str = "") -> None:
    """A text after ``first``, broken between words where the screen ends; below it indented."""
    rest = " " * cell_len(first)
    for place, line in enumerate(broken(words, screen.width - len(rest))):
        say(screen, Text((first if place == 0 else rest) + line, style=style))


def say_facts(screen: Console, facts: Sequence[Fact], *, indent: str = "") -> None:
    """Labels and what is said of them, aligned; a fact that people copy stays on one line."""
    room = max((cell_len(fact.label) for fact in facts), default=0) + _GAP
    for fact in facts:
        label = indent + padded(fact.label, room)
        below = " " * cell_len(label)
        whole = [fact.value] if fact.is_copied else broken(fact.value, screen.width - len(below))
        for place, line in enumerate(whole):
            lead = Text(label if place == 0 else below, style="dim")
            say(screen, lead.append(Text(line, style="not dim")))


def say_figures(
    screen: Console, figures: Figures, *, styles: Mapping[str, str] | None = None
) -> None:
    """The table, in the widest form that the screen has room for, and its notes below it.

    ``styles`` are those of cells that hold exactly such a word.
    """
    lines = table_lines(figures, screen.width, styles or {})
    for line in cards(figures, screen.width) if lines is None else lines:
        say(screen, line)
    for note in figures.notes:
        say_lines(screen, note, first="", style="dim")


def table_lines(
    figures: Figures, width: int, styles: Mapping[str, str] | None = None
) -> list[Text] | None:
    """The table with its heading; None when no form of it is as narrow as that."""
    styles, asides = styles or {}, figures.asides or ("",) * len(figures.rows)
    if figures.aside is not None:
        beside = _Table(_with_asides(figures, figures.aside), _ONE_LINE)
        if beside.width <= width:
            return list(beside.lines(styles, ("",) * len(asides), width))
    for shape in (_ONE_LINE, _STACKED, _FOLDED):
        table = _Table(figures, shape)
        if table.width <= width:
            return list(table.lines(styles, asides, width))
    return None


def _with_asides(figures: Figures, heading: Heading) -> Figures:
    """The table with its asides as the last column."""
    rows = zip(figures.rows, figures.asides, strict=True)
    return Figures((*figures.headings, heading), tuple((*row, aside) for row, aside in rows))


_ONE_LINE, _STACKED, _FOLDED = range(3)


class _Table:
    """A table in one of its shapes: the words of headings stacked, missing figures folded."""

    def __init__(self, figures: Figures, shape: int) -> None:
        self._left = [not heading.is_figure for heading in figures.headings]
        self._head = [_head(heading, stacked=shape != _ONE_LINE) for heading in figures.headings]
        self._rows = [[_cell(cell, shape) for cell in row] for row in figures.rows]
        self._rooms = [
            max(cell_len(line) for row in (self._head, *self._rows) for line in row[place])
            for place in range(len(self._head))
        ]

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return sum(self._rooms) + _GAP * (len(self._rooms) - 1)

    def lines(self, styles: Mapping[str, str], below: Sequence[str], width: int) -> Iterator[Text]:
        """The heading, then the rows, each with what stands below it, if anything does."""
        for line in self._aligned(self._head, {}, is_head=True):
            line.stylize("bold")
            yield line
        for row, aside in zip(self._rows, below, strict=True):
            yield from self._aligned(row, styles)
            if aside:
                for told in broken(aside, width - len(_INDENT)):
                    yield Text(_INDENT + told, style="dim")

    def _aligned(
        self, cells: Sequence[Sequence[str]], styles: Mapping[str, str], *, is_head: bool = False
    ) -> Iterator[Text]:
        """The lines of a row: figures to the right, headings at its foot, cells at its top."""
        height = max(map(len, cells))
        for place in range(height):
            line = Text()
            for cell, room, is_left in zip(cells, self._rooms, self._left, strict=True):
                at = place - (height - len(cell)) if is_head else place
                part = cell[at] if 0 <= at < len(cell) else ""
                line.append(" " * _GAP if line else "")
                line.append(padded(part, room, right=not is_left), style=styles.get(part, ""))
            line.rstrip()
            yield line


def cards(figures: Figures, width: int) -> Iterator[Text]:
    """Each row as its name and, below it, its figures with their units."""
    asides = figures.asides or ("",) * len(figures.rows)
    for (name, *cells), aside in zip(figures.rows, asides, strict=True):
        for line in broken(name, width):
            yield Text(line, style="bold")
        told = [
            f"{heading.name} {cell}{_unit(heading, cell)}"
            for heading, cell in zip(figures.headings[1:], cells, strict=True)
        ]
        for line in (*_filled(told, width - len(_INDENT)), *broken(aside, width - len(_INDENT))):
            if line:
                yield Text(_INDENT + line)


def broken(words: str, width: int) -> list[str]:
    """The text in lines of at most so many columns; whole where nobody looks."""
    if width >= PIPE - 2 * _NARROWEST or not words:
        return [words]
    room = max(width, _NARROWEST)
    lines = wrap(words, room, break_on_hyphens=False)
    # textwrap counts characters; where some are two columns wide, half as many fit.
    return lines if all(cell_len(line) <= room for line in lines) else wrap(words, room // 2)


def padded(text: str, room: int, *, right: bool = False) -> str:
    """The text filled up with spaces to so many columns."""
    spaces = " " * max(room - cell_len(text), 0)
    return spaces + text if right else text + spaces


def _head(heading: Heading, *, stacked: bool) -> list[str]:
    if stacked:
        return [*heading.words, heading.unit] if heading.unit else list(heading.words)
    return [f"{heading.name} {heading.unit}".rstrip()]


def _cell(cell: str, shape: int) -> list[str]:
    folds = shape == _FOLDED and cell.startswith("n/a")
    return wrap(cell, _FOLDED_ROOM) if folds else [cell]


def _unit(heading: Heading, cell: str) -> str:
    if not heading.unit or cell.startswith("n/a"):
        return ""
    return heading.unit if heading.unit == "%" else f" {heading.unit}"


def _filled(parts: Iterable[str], width: int) -> Iterator[str]:
    """The parts, joined by commas, as many on a line as there is room for."""
    line = ""
    for part in parts:
        joined = f"{line}, {part}" if line else part
        if line and cell_len(joined) + 1 > width:
            yield from broken(f"{line},", width)
            line = part
        else:
            line = joined
    if line:
        yield from broken(line, width)
