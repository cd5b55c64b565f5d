"""An explanation on the terminal: sections of lines, and grids whose columns stay aligned."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recgate.rendering.explanation.parts import Grid, Line, Section

_STYLES = {
    "PASS": "bold green",
    "pass": "green",
    "yes": "green",
    "WARN": "bold yellow",
    "WAIVED": "bold yellow",
    "WOULD FAIL": "bold yellow",
    "UNKNOWN": "bold magenta",
    "cannot tell": "magenta",
    "FAIL": "bold red",
    "no": "red",
    "ignored": "dim",
    "–": "dim",
}
_STEP, _GUTTER = 2, 2
_SHARE = 0.47
"""The most of the screen that a column other than the last takes; a longer cell goes on below.
Of 80 columns it is 37: the longest key of a limit.
"""

_LEAST, _NOTES = 8, 26
"""The last column is never narrower than the one; with less room than the other it goes under the
one before it.
"""


def print_sections(screen: Console, sections: Sequence[Section]) -> None:
    """Print the sections; columns of grids of one kind are as wide everywhere."""
    widths = _widths(sections, most=int(screen.width * _SHARE))
    for section in sections:
        screen.print()
        screen.print(Text(section.heading, style="bold"))
        for part in section.parts:
            if isinstance(part, Line):
                screen.print(_line(part))
            else:
                screen.print(_grid(part, widths[part.kind], screen.width))


def _line(line: Line) -> Padding:
    """The line; where it is broken, it goes on under its own beginning."""
    text = Text(
        line.text, overflow="fold", style="bold" if line.strong else "dim" if line.quiet else ""
    )
    left = line.indent * _STEP
    if not line.word:
        return Padding(text, (0, 0, 0, left), expand=False)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(line.word, style=_STYLES.get(line.word, "")), text)
    return Padding(table, (0, 0, 0, left), expand=False)


def _widths(sections: Sequence[Section], *, most: int) -> dict[str, list[int]]:
    """How wide each column but the last is, over all grids of a kind."""
    widths: dict[str, list[int]] = {}
    for section in sections:
        for part in section.parts:
            if isinstance(part, Grid):
                known = widths.setdefault(part.kind, [0] * (len(part.rows[0]) - 1))
                for row in part.rows:
                    for place, cell in enumerate(row[:-1]):
                        known[place] = max(known[place], cell_len(cell))
    return {kind: [min(wide, most) for wide in known] for kind, known in widths.items()}


def _grid(grid: Grid, widths: Sequence[int], width: int) -> Padding:
    left = grid.indent * _STEP
    room = width - left - sum(widths) - _GUTTER * len(widths)
    if len(widths) > 1 and room < _NOTES:  # the last column under the one before it
        widths = widths[:-1]
        room = width - left - sum(widths) - _GUTTER * len(widths)
    rows = [
        [*row[: len(widths)], "\n".join(cell for cell in row[len(widths) :] if cell)]
        for row in grid.rows
    ]
    longest = max(cell_len(line) for *_, last in rows for line in last.split("\n"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, _GUTTER, 0, 0))
    for wide in (*widths, max(min(room, longest), _LEAST)):
        table.add_column(width=wide, overflow="fold")
    for row in rows:
        word = Text(row[0], style=_STYLES.get(row[0], ""))
        table.add_row(word, *map(Text, row[1:]))
    return Padding(table, (0, 0, 0, left), expand=False)
