"""`--output table`, second half: the sections drawn as boxes of one width."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from recgate.rendering.aws_output.table_sections import Section, sections_of

WIDTH_WITHOUT_TERMINAL = 80
"""What the AWS CLI takes for a terminal's width when there is none."""

_PADDING, _BORDERS = 4, 2
_Draw = Callable[[str, int, str], str]
_Paint = Callable[[str, str], str]
_CELL, _INDENT, _RESET = "\x1b[1m\x1b[34m", "\x1b[2m\x1b[33m", "\x1b[0m"
"""Bright blue for cells, dim yellow for what shows the depth; both end with a reset."""


def table_text(title: str, value: object, *, width: int, colours: bool) -> str:
    """The value as a table; empty for an empty one.

    Where a box would be wider than ``width``, objects stand upright: a member, a line.
    """
    sections = list(sections_of(title, value))
    if not sections:
        return ""
    paint = _coloured if colours else _plain
    whole = max(map(_wanted, sections))
    if whole > width:
        sections = [section.upright() for section in sections]
        whole = max(map(_wanted, sections))
    lines = ["-" * whole]
    for section in sections:
        edge = paint("|", _INDENT) * section.depth
        inner = whole - 2 * section.depth
        lines += [f"{edge}{line}{edge}" for line in _drawn(section, inner, paint)]
    return "".join(f"{line}\n" for line in lines)


def columns_of(text: str) -> int:
    """How many columns of a terminal the text takes, as the AWS CLI counts them."""
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in text)


def _wanted(section: Section) -> int:
    """The width of the whole table that this section needs."""
    cells = sum(_natural(section))
    return max(columns_of(section.title), cells) + _BORDERS + 2 * section.depth


def _natural(section: Section) -> list[int]:
    """The width of each column with its padding, before it is stretched."""
    return [max(map(columns_of, column)) + _PADDING for column in section.columns]


def _drawn(section: Section, inner: int, paint: _Paint) -> Iterator[str]:
    if section.title:
        yield _centred(section.title, inner, "|")
        if not section.headers and not section.rows:
            yield f"+{'-' * (inner - _BORDERS)}+"
    widths = _stretched(_natural(section), inner)
    if not widths:
        return
    if section.headers:
        yield _rule(widths)
        yield _line(section.headers, widths, _centred)
    yield _rule(widths)
    for row in section.rows:
        yield _line(row, widths, partial(_at_left, paint=paint))
    yield _rule(widths)


def _stretched(widths: Sequence[int], whole: int) -> list[int]:
    """The widths in their proportions, made to add up to the whole.

    What rounding took too much is taken from the first columns, what it left over goes to the
    last ones.
    """
    if not widths:
        return []
    factor = whole / float(sum(widths))
    found = [round(factor * each) for each in widths]
    over = sum(found) - whole
    places = range(len(found)) if over > 0 else range(len(found) - 1, -1, -1)
    for turn in range(abs(over)):
        found[places[turn % len(found)]] -= 1 if over > 0 else -1
    return found


def _rule(widths: Sequence[int]) -> str:
    first, *more = widths
    return f"+{'-' * (first - 2)}+" + "".join(f"{'-' * (width - 1)}+" for width in more)


def _line(cells: Sequence[str], widths: Sequence[int], drawn: _Draw) -> str:
    """The cells of a line: the first has an edge at both sides, each other one at its right."""
    return "".join(
        drawn(cell, width, "" if place else "|")
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )


def _centred(text: str, width: int, left: str) -> str:
    taken = columns_of(text)
    before = width // 2 - taken // 2 - 1
    after = width - 1 - len(left) - before - taken
    return f"{left}{' ' * before}{text}{' ' * after}|"


def _at_left(text: str, width: int, left: str, *, paint: _Paint) -> str:
    taken = columns_of(text)
    before = 2 if width >= taken + 2 + len(left) + 1 else 0
    after = width - len(left) - before - taken - 1
    return f"{left}{' ' * before}{paint(text, _CELL)}{' ' * after}|"


def _coloured(text: str, code: str) -> str:
    return f"{code}{text}{_RESET}"


def _plain(text: str, _code: str) -> str:
    return text
