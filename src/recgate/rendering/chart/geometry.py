"""Rectangles, lines and marks on the paper, in its units."""

import math
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle, from its upper left to its lower right corner."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> "Box":
        """The rectangle with so much more on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: "Box") -> bool:
        """Whether the two have a point in common."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )

    def within(self, other: "Box") -> bool:
        """Whether it lies inside the other wholly."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the rectangle that is nearest to another."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


class Segment(NamedTuple):
    """A line from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float

    def within(self, box: Box) -> float | None:
        """How much of the line lies in the rectangle; None when it does not even touch it.

        Liang and Barsky's clipping.
        """
        dx, dy = self.x2 - self.x1, self.y2 - self.y1
        enters, leaves = 0.0, 1.0
        for step, room in (
            (-dx, self.x1 - box.left),
            (dx, box.right - self.x1),
            (-dy, self.y1 - box.top),
            (dy, box.bottom - self.y1),
        ):
            if step == 0.0:
                if room < 0.0:
                    return None
            elif step < 0.0:
                enters = max(enters, room / step)
            else:
                leaves = min(leaves, room / step)
        if enters > leaves:
            return None
        return (leaves - enters) * math.hypot(dx, dy)

    def crosses(self, other: "Segment") -> bool:
        """Whether the two lines cross."""
        return (
            self._side(other.x1, other.y1) * self._side(other.x2, other.y2) < 0
            and other._side(self.x1, self.y1) * other._side(self.x2, self.y2) < 0
        )

    def _side(self, x: float, y: float) -> float:
        return (self.x2 - self.x1) * (y - self.y1) - (self.y2 - self.y1) * (x - self.x1)


class Mark(NamedTuple):
    """A mark on the chart: its centre, and how far it reaches."""

    x: float
    y: float
    reach: float

    @property
    def box(self) -> Box:
        """The square around the mark."""
        return Box(
            self.x - self.reach, self.y - self.reach, self.x + self.reach, self.y + self.reach
        )

    def gap(self, box: Box) -> float:
        """How far a rectangle is from the edge of the mark."""
        x, y = box.nearest(self.x, self.y)
        return math.hypot(x - self.x, y - self.y) - self.reach
