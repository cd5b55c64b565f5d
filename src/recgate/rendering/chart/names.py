"""What the marks of the chart are called: one label for all configurations in one place."""

from collections.abc import Sequence
from dataclasses import dataclass

from recgate.domain.candidate import Metric
from recgate.rendering.chart.geometry import Box, Mark
from recgate.rendering.chart.labels import Placed, Room
from recgate.rendering.chart.marks import REACH, RING, line
from recgate.rendering.chart.paper import ASCENT, DESCENT, LABEL_SIZE, WIDTH, Paper, words
from recgate.rendering.chart.points import Lead, Point
from recgate.rendering.chart.text_width import BOLD, fitted, width_of

LABELS_LIMIT = 24
"""Labels in one chart: more would not be read."""

_LINES_LIMIT = 6
_LINE = 1.2 * LABEL_SIZE
_NAME_ROOM = 320.0
_SAME_PLACE = 4.0
"""Units between marks that look like one."""

_BESIDE_AREA = 36.0
"""Units that a label may reach beyond the area of the marks on its right."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a label."""

    text: str
    is_bold: bool = False

    @property
    def width(self) -> float:
        """How wide it is."""
        return width_of(self.text, LABEL_SIZE) * (BOLD if self.is_bold else 1.0)


@dataclass(frozen=True, slots=True)
class Group:
    """Configurations whose marks lie in one place, the leading one first."""

    mark: Mark
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """The labels as they are drawn; ``leaders`` go below the marks. ``missing`` marks have none."""

    leaders: str
    labels: str
    missing: int


def groups_of(paper: Paper) -> list[Group]:
    """The marks, each with its configurations, in the order of the plot."""
    groups: list[Group] = []
    for point in paper.plot.points:
        x, y = paper.x(point.cost), paper.y(point.latency)
        for place, group in enumerate(groups):
            if max(abs(group.mark.x - x), abs(group.mark.y - y)) < _SAME_PLACE:
                groups[place] = Group(group.mark, (*group.points, point))
                break
        else:
            reach = RING + 2 if point.lead is Lead.CHOSEN else REACH
            groups.append(Group(Mark(x, y, reach), (point,)))
    return groups


def room_of(paper: Paper, groups: Sequence[Group]) -> Room:
    """The room for labels, with the marks in it."""
    right = min(paper.area.right + _BESIDE_AREA, WIDTH - 4)
    area = Box(*paper.area[:2], right, paper.area.bottom)
    return Room(area, [group.mark for group in groups], [])


def named(paper: Paper, groups: Sequence[Group], room: Room) -> Naming:
    """Labels for the groups, as far as there is room for them."""
    leaders, labels, missing = [], [], 0
    for place, group in enumerate(groups):
        lines = lines_of(paper, group.points)
        width, height = max(each.width for each in lines), _LINE * (len(lines) - 1)
        height += (ASCENT + DESCENT) * LABEL_SIZE
        placed = room.beside(group.mark, width, height) if place < LABELS_LIMIT else None
        if placed is None:
            missing += len(group.points)
            continue
        if placed.leader is not None:
            x1, y1, x2, y2 = placed.leader
            leaders.append(line((x1, y1), (x2, y2), paper.colours.muted))
        labels += _drawn(paper, lines, placed)
    return Naming("".join(leaders), "".join(labels), missing)


def lines_of(paper: Paper, points: Sequence[Point]) -> list[Line]:
    """The names, one on a line; of the configuration that leads, its figures, too.

    Where marks of several kinds coincide, each name says which one is its own.
    """
    mixed = len({point.standing for point in points}) > 1
    lines = [
        Line(_text(paper, point, mixed=mixed), point.lead is Lead.CHOSEN)
        for point in points[:_LINES_LIMIT]
    ]
    more = len(points) - _LINES_LIMIT
    return [*lines, Line(f"and {more} more")] if more > 0 else lines


def figures(paper: Paper, point: Point) -> str:
    """``$0.17/h, 84 ms``."""
    cost = paper.amount(Metric.COST_PER_HOUR_USD, point.cost)
    return f"{cost}, {paper.amount(paper.plot.latency, point.latency)}"


def _text(paper: Paper, point: Point, *, mixed: bool) -> str:
    name = fitted(point.name, LABEL_SIZE, _NAME_ROOM)
    if point.lead is None:
        return f"{name} ({point.standing})" if mixed else name
    lead = "nearest: " if point.lead is Lead.NEAREST else ""
    return f"{lead}{name}, {figures(paper, point)}"


def _drawn(paper: Paper, lines: Sequence[Line], placed: Placed) -> list[str]:
    left, base_line = placed.box.left, placed.box.top + ASCENT * LABEL_SIZE
    return [
        words(
            (left, base_line + _LINE * place),
            each.text,
            LABEL_SIZE,
            paper.colours.ink,
            bold=each.is_bold,
            halo=paper.colours.paper,
        )
        for place, each in enumerate(lines)
    ]
