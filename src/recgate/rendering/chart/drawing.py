"""The chart of a decision: cost per hour against latency, as a self-contained SVG."""

from itertools import pairwise

from recgate.domain.candidate import Metric
from recgate.domain.decision import Decision
from recgate.rendering.amounts import scale_of
from recgate.rendering.chart.colours import THEMED, Colours
from recgate.rendering.chart.frame import LATENCY_NAMES, axes, grid, note, sheet
from recgate.rendering.chart.geometry import Segment
from recgate.rendering.chart.heading import legend, title, title_of
from recgate.rendering.chart.limits import (
    limit_words,
    region,
    ruler_labels,
    rulers_of,
    rules,
    segments_of,
)
from recgate.rendering.chart.marks import mark, ring
from recgate.rendering.chart.names import figures, groups_of, named, room_of
from recgate.rendering.chart.paper import FONTS, HEIGHT, WIDTH, Paper, paper_for
from recgate.rendering.chart.points import Lead, Point, Standing, pareto_front, plot_of
from recgate.rendering.chart.svg import element, points, text_of

_DESCRIBED_LIMIT = 12


def chart_svg(decision: Decision, colours: Colours = THEMED) -> str:
    """The chart, the same bytes for the same decision.

    Empty when no candidate has both a cost and a latency. Nothing in it is loaded or run, and
    it has no ids: several may stand in one page. With `THEMED` colours the page may set them
    (`chart_colours.custom_properties`).
    """
    plot = plot_of(decision)
    if plot is None:
        return ""
    paper = paper_for(plot, scale_of(decision), colours)
    heading = title_of(decision, plot.standings)
    front = [(paper.x(each.cost), paper.y(each.latency)) for each in pareto_front(plot.points)]
    rulers, allowed, groups = rulers_of(paper), region(paper), groups_of(paper)
    room = room_of(paper, groups)
    room.lines += [Segment(*start, *end) for start, end in pairwise(front)]
    room.lines += segments_of(paper, rulers)
    limits = ruler_labels(paper, rulers, room)
    names = named(paper, groups, room)
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}",
            "width": WIDTH,
            "height": HEIGHT,
            "role": "img",
            "font-family": FONTS,
        },
        element("title", {}, text_of(heading)),
        element("desc", {}, text_of(_described(paper))),
        sheet(paper),
        allowed,
        grid(paper),
        axes(paper),
        _front_line(paper, front),
        rules(paper, rulers),
        names.leaders,
        *_marks(paper),
        limits,
        names.labels,
        title(paper, heading),
        legend(paper, has_front=len(front) > 1, has_region=bool(allowed)),
        note(paper, names.missing),
    )


def _marks(paper: Paper) -> list[str]:
    """The marks; where two coincide, the filled circle lies inside the open square."""
    drawn = []
    for point in sorted(paper.plot.points, key=lambda each: each.standing is Standing.COMPLIES):
        x, y = paper.x(point.cost), paper.y(point.latency)
        if point.lead is Lead.CHOSEN:
            drawn.append(ring(paper.colours, x, y))
        drawn.append(mark(paper.colours, x, y, point.standing, _told(paper, point)))
    return drawn


def _front_line(paper: Paper, places: list[tuple[float, float]]) -> str:
    if len(places) == 1:
        return ""
    look = {"fill": "none", "stroke": paper.colours.front, "stroke-linejoin": "round"}
    return element("polyline", {"points": points(places), **look, "stroke-width": 3})


def _told(paper: Paper, point: Point) -> str:
    """``c7g.xlarge: $0.17/h, 84 ms, complies, chosen``."""
    lead = f", {point.lead}" if point.lead else ""
    return f"{point.name}: {figures(paper, point)}, {point.standing}{lead}"


def _described(paper: Paper) -> str:
    """The chart in words, for those who cannot see it."""
    plot = paper.plot
    name = LATENCY_NAMES[plot.latency]
    said = [f"Cost per hour in USD against {name[0].lower()}{name[1:]} in ms"]
    for metric, bounds in (
        (Metric.COST_PER_HOUR_USD, plot.cost_bounds),
        (plot.latency, plot.latency_bounds),
    ):
        said += [limit_words(paper, metric, bound) for bound in bounds]
    said += [
        f"existing endpoint {name} {paper.amount(plot.latency, amount)}"
        for name, amount in plot.existing
    ]
    said += [_told(paper, point) for point in plot.points[:_DESCRIBED_LIMIT]]
    more = len(plot.points) - _DESCRIBED_LIMIT
    said += [f"{more} more configurations"] if more > 0 else []
    said += [f"not shown: {name}" for name in plot.left_out[:_DESCRIBED_LIMIT]]
    return ". ".join(said) + "."
