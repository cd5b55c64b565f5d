"""Two bars beside each name, out of block characters: no cursor is moved, so a pipe can hold it."""

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from recgate.cli.describe.layout import PIPE, padded, say, say_heading
from recgate.rendering.job_page.chart import Bar, Bars

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_ASCII = "#"

_IN_A_PIPE = 80
_WIDEST = 110
_NAME = 26
_LEAST = 6
"""Columns of a bar below which it tells nothing: then the name stands on a line of its own."""

_GAP = 2
_STYLES = ("cyan", "magenta")
"""Of cost and of latency: two colours that judge nothing, as red and green would."""


def say_bars(screen: Console, bars: Bars) -> None:
    """The heading and the bars, with a line for each name."""
    say_heading(screen, bars.heading)
    width = _IN_A_PIPE if screen.width >= PIPE else min(screen.width, _WIDEST)
    for line in bar_lines(bars, width, ascii_only=screen.options.ascii_only):
        say(screen, line)
    if bars.more:
        say(screen, Text(f"{bars.more} more are not drawn.", style="dim"))


def bar_lines(bars: Bars, width: int, *, ascii_only: bool = False) -> Iterator[Text]:
    """The lines, of at most ``width`` columns; each kind of bar has a scale of its own from 0."""
    names = min(max(cell_len(row.name) for row in bars.rows), _NAME)
    figures = [max(cell_len(row.both[place].words) for row in bars.rows) for place in (0, 1)]
    room = (width - names - sum(figures) - 3 * _GAP) // 2 - 1
    is_below = room < _LEAST
    if is_below:
        names = 0
        room = max((width - sum(figures) - 3 * _GAP) // 2 - 1, 1)
    most = [max((row.both[place].value or 0.0) for row in bars.rows) for place in (0, 1)]
    for row in bars.rows:
        if is_below:
            yield Text(_name(row.name, width))
        line = Text(padded(_name(row.name, names), names) if names else "")
        for bar, figure, largest, style in zip(row.both, figures, most, _STYLES, strict=True):
            drawn = _drawn(bar, largest, room, ascii_only=ascii_only)
            line.append(" " * _GAP + padded(bar.words, figure, right=True) + " ")
            line.append(padded(drawn, room), style=style)
        line.rstrip()
        yield line


def _name(name: str, room: int) -> str:
    return name if cell_len(name) <= room else set_cell_size(name, room - 1).rstrip() + "…"


def _drawn(bar: Bar, largest: float, room: int, *, ascii_only: bool) -> str:
    """The bar; a figure that is not zero shows at least a trace."""
    if not bar.value or not largest:
        return ""
    eighths = max(round(bar.value / largest * room * 8), 1)
    whole, part = divmod(eighths, 8)
    if ascii_only:
        return _ASCII * max(round(eighths / 8), 1)
    return _FULL * whole + (_EIGHTHS[part] if part else "")
