"""What stands around the marks of the chart: the grid, the axes, and what is not shown."""

from recgate.domain.candidate import Metric
from recgate.rendering.chart.marks import line
from recgate.rendering.chart.paper import (
    HEIGHT,
    LABEL_SIZE,
    SIDE,
    SMALL_SIZE,
    TICK_SIZE,
    WIDTH,
    Paper,
    ticks_of,
    words,
)
from recgate.rendering.chart.svg import element
from recgate.rendering.chart.text_width import fitted_list, width_of

_COST_LINE, _NOTE_LINE = 670.0, 706.0
_LATENCY_LINE = 32.0
_TICK_GAP = 12.0
_TO_MIDDLE = 0.36
"""Half the height of a digit, as a share of the font's size."""

LATENCY_NAMES = {
    Metric.LATENCY_P99_MS: "Latency P99",
    Metric.MODEL_LATENCY_MS: "Model latency",
}


def sheet(paper: Paper) -> str:
    """The paper itself."""
    colour = paper.colours.paper
    return element("rect", {"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "fill": colour})


def grid(paper: Paper) -> str:
    """A line for every tick, and the two axes."""
    area, colours = paper.area, paper.colours
    columns = [(paper.x(amount), colours.grid) for amount in paper.cost.ticks]
    levels = [(paper.y(amount), colours.grid) for amount in paper.latency.ticks]
    return "".join(
        [
            *(line((x, area.top), (x, area.bottom), colour) for x, colour in columns),
            *(line((area.left, y), (area.right, y), colour) for y, colour in levels),
            line((area.left, area.top), (area.left, area.bottom), colours.front),
            line((area.left, area.bottom), (area.right, area.bottom), colours.front),
        ]
    )


def axes(paper: Paper) -> str:
    """What the ticks stand for, and the titles of the axes with their units."""
    area, ink = paper.area, paper.colours.ink
    cost = f"Cost per hour (USD{_kind(paper.cost.is_log)})"
    latency = f"{LATENCY_NAMES[paper.plot.latency]} (ms{_kind(paper.latency.is_log)})"
    middle = ((area.left + area.right) / 2, _COST_LINE)
    side = (_LATENCY_LINE, (area.top + area.bottom) / 2)
    return "".join(
        [
            *_cost_ticks(paper),
            *_latency_ticks(paper),
            words(middle, cost, LABEL_SIZE, ink, anchor="middle"),
            words(side, latency, LABEL_SIZE, ink, anchor="middle", upwards=True),
        ]
    )


def note(paper: Paper, unlabelled: int) -> str:
    """What the chart does not show: labels without a place, configurations without a figure."""
    said = f"{unlabelled} marks have no label. " if unlabelled else ""
    if paper.plot.left_out:
        said += "Not shown: "
        room = WIDTH - 2 * SIDE - width_of(said, SMALL_SIZE)
        said += fitted_list(paper.plot.left_out, SMALL_SIZE, room)
    if not said:
        return ""
    return words((SIDE, _NOTE_LINE), said.strip(), SMALL_SIZE, paper.colours.muted)


def _kind(is_log: bool) -> str:  # noqa: FBT001  # of an axis
    return ", log scale" if is_log else ""


def _cost_ticks(paper: Paper) -> list[str]:
    """From the left, leaving out those that have no room."""
    drawn, taken_to = [], 0.0
    base_line = paper.area.bottom + TICK_SIZE + _TICK_GAP
    for tick in ticks_of(paper.cost, "USD"):
        half, x = width_of(tick.label, TICK_SIZE) / 2, paper.x(tick.amount)
        if x - half >= taken_to + _TICK_GAP and x + half <= WIDTH:
            taken_to, place = x + half, (x, base_line)
            drawn.append(words(place, tick.label, TICK_SIZE, paper.colours.muted, anchor="middle"))
    return drawn


def _latency_ticks(paper: Paper) -> list[str]:
    left, muted = paper.area.left - _TICK_GAP, paper.colours.muted
    return [
        words(
            (left, paper.y(tick.amount) + TICK_SIZE * _TO_MIDDLE),
            tick.label,
            TICK_SIZE,
            muted,
            anchor="end",
        )
        for tick in ticks_of(paper.latency, "ms")
    ]
