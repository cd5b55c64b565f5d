"""The limits on the chart: dashed lines with labels, and the ground of what they allow."""

from collections.abc import Iterator
from dataclasses import dataclass

from recgate.domain.candidate import Metric
from recgate.rendering.chart.geometry import Box, Segment
from recgate.rendering.chart.labels import Room
from recgate.rendering.chart.marks import line, tint
from recgate.rendering.chart.paper import ASCENT, LABEL_SIZE, Paper, box_of, words
from recgate.rendering.chart.points import Bound
from recgate.rendering.chart.scale import Axis
from recgate.rendering.chart.text_width import fitted

_DASHES, _DOTS = "11 7", "2 7"
_GAP = 7.0
_STEPS = 30.0
_ROOM = 420.0
"""Units that the label of a line may take: an endpoint's name is cut to that."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line across the chart at an amount on one of its axes, and what it says."""

    metric: Metric
    amount: float
    label: str
    colour: str
    dashes: str


def rulers_of(paper: Paper) -> list[Ruler]:
    """Every limit, and the existing endpoints."""
    plot, colours = paper.plot, paper.colours
    rulers = [
        Ruler(
            metric,
            bound.amount,
            limit_words(paper, metric, bound),
            colours.undecided if bound.is_warning else colours.good,
            _DASHES,
        )
        for metric, bounds in (
            (Metric.COST_PER_HOUR_USD, plot.cost_bounds),
            (plot.latency, plot.latency_bounds),
        )
        for bound in bounds
    ]
    several = len(plot.existing) > 1
    for name, amount in plot.existing:
        told = f"existing endpoint{f' {name}' if several else ''}"
        figure = paper.amount(plot.latency, amount)
        rulers.append(Ruler(plot.latency, amount, f"{told} {figure}", colours.existing, _DOTS))
    return rulers


def limit_words(paper: Paper, metric: Metric, bound: Bound) -> str:
    """``limit $1.50/h``, ``warning limit 100 ms (serverless)``."""
    kind = "warning limit" if bound.is_warning else "limit"
    only = f" ({bound.partial})" if bound.partial else ""
    return f"{kind} {paper.amount(metric, bound.amount)}{only}"


def region(paper: Paper) -> str:
    """The ground that the failing limits leave; empty where they leave none, or there are none."""
    area, box = paper.area, paper.area
    costs = [bound.amount for bound in paper.plot.cost_bounds if not bound.is_warning]
    latencies = [bound.amount for bound in paper.plot.latency_bounds if not bound.is_warning]
    if not costs and not latencies:
        return ""
    for amount in costs:
        box = box._replace(right=paper.x(amount))
    for amount in latencies:
        box = box._replace(top=paper.y(amount))
    return tint(paper.colours, box) if box.right > area.left and box.top < area.bottom else ""


def segments_of(paper: Paper, rulers: list[Ruler]) -> list[Segment]:
    """Where the rulers run, of those that lie on the axes."""
    return [_segment(paper, ruler) for ruler in rulers if _axis(paper, ruler).holds(ruler.amount)]


def rules(paper: Paper, rulers: list[Ruler]) -> str:
    """The lines."""
    return "".join(
        line((x1, y1), (x2, y2), ruler.colour, width=3, dashes=ruler.dashes)
        for ruler in rulers
        if _axis(paper, ruler).holds(ruler.amount)
        for x1, y1, x2, y2 in [_segment(paper, ruler)]
    )


def ruler_labels(paper: Paper, rulers: list[Ruler], room: Room) -> str:
    """Their labels; that of a line beyond the axis stands at its end, with an arrow."""
    drawn = []
    for ruler in rulers:
        label = fitted(_with_arrow(paper, ruler), LABEL_SIZE, _ROOM)
        width, height = box_of(label, LABEL_SIZE)
        box = room.along(_places(paper, ruler, width, height))
        if box is not None:
            base_line = (box.left, box.top + ASCENT * LABEL_SIZE)
            halo = paper.colours.paper
            drawn.append(words(base_line, label, LABEL_SIZE, ruler.colour, halo=halo))
    return "".join(drawn)


def _axis(paper: Paper, ruler: Ruler) -> Axis:
    return paper.cost if ruler.metric is Metric.COST_PER_HOUR_USD else paper.latency


def _segment(paper: Paper, ruler: Ruler) -> Segment:
    area = paper.area
    if ruler.metric is Metric.COST_PER_HOUR_USD:
        x = paper.x(ruler.amount)
        return Segment(x, area.top, x, area.bottom)
    y = paper.y(ruler.amount)
    return Segment(area.left, y, area.right, y)


def _with_arrow(paper: Paper, ruler: Ruler) -> str:
    axis = _axis(paper, ruler)
    if axis.holds(ruler.amount):
        return ruler.label
    below = axis.is_below(ruler.amount)
    if ruler.metric is Metric.COST_PER_HOUR_USD:
        return f"← {ruler.label}" if below else f"{ruler.label} →"
    return f"{ruler.label} {'↓' if below else '↑'}"


def _places(paper: Paper, ruler: Ruler, width: float, height: float) -> Iterator[Box]:
    """Along the line, the best first: at its upper or right end, on either side."""
    area, (x, y, _, _) = paper.area, _segment(paper, ruler)
    if ruler.metric is Metric.COST_PER_HOUR_USD:
        top = area.top + 4
        while top + height <= area.bottom:
            for left in (x - _GAP - width, x + _GAP):
                yield Box(left, top, left + width, top + height)
            top += _STEPS
        return
    right = area.right - 4
    while right - width >= area.left:
        for top in (y - 3 - height, y + 3):
            yield Box(right - width, top, right, top + height)
        right -= 2 * _STEPS
