"""Finds places for the labels of the chart: none on another, on a mark, or beyond the picture.

Greedy and deterministic: the first label takes the best free place, the next one the best of
what is left. A label without any place is left out, and the caller says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from recgate.rendering.chart.geometry import Box, Mark, Segment

_GAP = 3.0
"""Units between a label and whatever it must not touch."""

_CROSSED, _COVERED = 10.0, 0.25
_LEADER, _LEADER_CROSSED, _LEADERS_CROSS = 10.0, 70.0, 40.0
"""What a place costs, beside its distance: a line that runs through the label, and every unit of
it there; a leader, one that runs through a mark or a label, and one that crosses another.
"""

_MISTAKEN = 90.0
_LEVEL, _ASLANT = -1.0, 5.0
"""What a place costs that seems to belong to another mark, a quarter of it with a leader; and how
much nearer to its own mark it must be for that, on a level with it or above, below and aslant.
"""

_RINGS = (0.0, 26.0, 52.0, 80.0, 112.0, 150.0)
_GRID = 18.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A label's place, and the line from its mark where the label stands apart from it."""

    box: Box
    leader: Segment | None = None


@dataclass(slots=True)
class Room:
    """The area that labels may stand in, and what stands there already."""

    area: Box
    marks: Sequence[Mark]
    lines: list[Segment]
    taken: list[Box] = field(default_factory=list)
    leaders: list[Segment] = field(default_factory=list)

    def beside(self, mark: Mark, width: float, height: float) -> Placed | None:
        """Take the best place for a label of a mark; None when there is none anywhere."""
        best: tuple[float, Placed] | None = None
        for cost, box in _around(mark, width, height, self.area):
            if best is not None and best[0] <= cost:
                continue
            # Places around a mark keep clear of it: it would forbid those at its corners.
            if self._is_free(box, but=mark):
                placed = Placed(box, _leader(mark, box))
                cost += self._clutter(placed, mark)
                if best is None or cost < best[0]:
                    best = cost, placed
        found = best[1] if best is not None else self._anywhere(mark, width, height)
        if found is not None:
            self.taken.append(found.box)
            self.leaders += [found.leader] if found.leader else []
        return found

    def along(self, places: Iterable[Box]) -> Box | None:
        """Take the best of the places for the label of a line; the earlier, the better."""
        best: tuple[float, Box] | None = None
        for cost, box in enumerate(places):
            if (best is None or cost < best[0]) and self._is_free(box):
                whole = cost + _covered(box, self.lines)
                if best is None or whole < best[0]:
                    best = whole, box
        if best is None:
            return None
        self.taken.append(best[1])
        return best[1]

    def _is_free(self, box: Box, *, but: Mark | None = None) -> bool:
        wide = box.grown(_GAP)
        return (
            box.within(self.area)
            and not any(wide.meets(other) for other in self.taken)
            and not any(wide.meets(mark.box) for mark in self.marks if mark is not but)
        )

    def _clutter(self, placed: Placed, mark: Mark) -> float:
        """What stands in the way without forbidding the place."""
        cost = _covered(placed.box, self.lines) + 2 * _covered(placed.box, self.leaders)
        leader = placed.leader
        is_level = placed.box.top < mark.y < placed.box.bottom
        own = mark.gap(placed.box) + (_LEVEL if is_level else _ASLANT)
        nearer = sum(other.gap(placed.box) <= own for other in self.marks if other is not mark)
        cost += (_MISTAKEN if leader is None else _MISTAKEN / 4) * nearer
        if leader is None:
            return cost
        others = [other.box for other in self.marks if other != mark]
        through = [box for box in (*others, *self.taken) if leader.within(box) is not None]
        crossed = [other for other in self.leaders if other.crosses(leader)]
        return cost + _LEADER + _LEADER_CROSSED * len(through) + _LEADERS_CROSS * len(crossed)

    def _anywhere(self, mark: Mark, width: float, height: float) -> Placed | None:
        """The free place of the whole area that is nearest to the mark."""
        best: tuple[float, Box] | None = None
        rows = int((self.area.bottom - self.area.top) / _GRID)
        columns = int((self.area.right - self.area.left) / _GRID)
        for row in range(rows):
            for column in range(columns):
                left, top = self.area.left + _GRID * column, self.area.top + _GRID * row
                box = Box(left, top, left + width, top + height)
                near = box.nearest(mark.x, mark.y)
                distance = (near[0] - mark.x) ** 2 + (near[1] - mark.y) ** 2
                if (best is None or distance < best[0]) and self._is_free(box):
                    best = distance, box
        return None if best is None else Placed(best[1], _leader(mark, best[1]))


def _covered(box: Box, lines: Iterable[Segment]) -> float:
    """What it costs to cover these lines with a label."""
    parts = [part for line in lines if (part := line.within(box)) is not None]
    return _CROSSED * len(parts) + _COVERED * sum(parts)


def _around(mark: Mark, width: float, height: float, area: Box) -> Iterator[tuple[float, Box]]:
    """Places around a mark with what each costs by itself: to the right is where one looks."""
    x, y = mark.x, mark.y
    middle = min(max(x - width / 2, area.left), area.right - width)
    for ring in _RINGS:
        far = mark.reach + _GAP + 2 + ring
        slant = far * 0.75
        lefts = {"right": x + far, "middle": middle, "left": x - far - width}
        corner = {"right": x + slant, "left": x - slant - width}
        level, above, below = y - height / 2, y - far - height, y + far
        up, down = y - slant - height, y + slant
        for extra, left, top in (
            (0, lefts["right"], level),
            (5, lefts["left"], level),
            (7, corner["right"], up),
            (7, corner["right"], down),
            (9, lefts["middle"], above),
            (9, lefts["middle"], below),
            (11, corner["left"], up),
            (11, corner["left"], down),
        ):
            yield ring + extra, Box(left, top, left + width, top + height)


def _leader(mark: Mark, box: Box) -> Segment | None:
    """The line from a mark to a label that does not stand right beside it."""
    x, y = box.nearest(mark.x, mark.y)
    dx, dy = x - mark.x, y - mark.y
    length = (dx * dx + dy * dy) ** 0.5
    if length <= mark.reach + _RINGS[1] / 2:
        return None
    start, end = (mark.reach + 1) / length, (length - 2) / length
    return Segment(mark.x + dx * start, mark.y + dy * start, mark.x + dx * end, mark.y + dy * end)
