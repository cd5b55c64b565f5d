"""Where labels go: beside their own mark, off lines and marks, and inside the area."""

import pytest

from recgate.rendering.chart.geometry import Box, Mark, Segment
from recgate.rendering.chart.labels import Room

AREA = Box(0, 0, 1000, 500)
WIDTH, HEIGHT = 110.0, 25.0


def test_a_label_stands_to_the_right_of_its_mark() -> None:
    """Where one looks, when nothing is in the way."""
    mark = Mark(500, 250, 11)

    placed = Room(AREA, [mark], []).beside(mark, WIDTH, HEIGHT)

    assert placed is not None
    assert placed.leader is None
    assert placed.box.left > 511
    assert placed.box.top < 250 < placed.box.bottom


@pytest.mark.parametrize("apart", [(24, 2), (24, -2), (2, 26), (15, 20), (30, 0)])
def test_of_two_marks_side_by_side_each_keeps_its_own_label(apart: tuple[float, float]) -> None:
    """A label that is nearer to another mark, without a line to its own, would mislead."""
    for x in (100, 500, 960):
        marks = [Mark(x, 250, 11), Mark(x + apart[0], 250 + apart[1], 11)]
        room = Room(Box(0, 0, 1030, 500), marks, [])
        for mark in marks:
            placed = room.beside(mark, WIDTH, HEIGHT)

            assert placed is not None
            others = [each for each in marks if each is not mark]
            own, nearest = mark.gap(placed.box), min(each.gap(placed.box) for each in others)
            assert placed.leader is not None or own <= nearest + 1


def test_a_label_avoids_running_along_a_line() -> None:
    """A dashed limit through a word cannot be read."""
    mark, limit = Mark(500, 250, 11), Segment(0, 248, 1000, 248)

    placed = Room(AREA, [mark], [limit]).beside(mark, WIDTH, HEIGHT)

    assert placed is not None
    assert limit.within(placed.box) is None


def test_without_any_room_there_is_no_label() -> None:
    """Left out, and the caller counts it."""
    mark = Mark(50, 20, 11)

    assert Room(Box(0, 0, 100, 40), [mark], []).beside(mark, WIDTH, HEIGHT) is None


@pytest.mark.parametrize(
    ("line", "length"),
    [
        (Segment(-5, 5, 15, 5), 10),
        (Segment(5, 5, 5, 100), 5),
        (Segment(2, 2, 2, 2), 0),
        (Segment(0, 20, 20, 0), 0),
        (Segment(-5, 11, 15, 11), None),
        (Segment(11, -5, 11, 5), None),
    ],
)
def test_how_much_of_a_line_lies_in_a_box(line: Segment, length: float | None) -> None:
    """Level, upright, a point, a corner, and beside it."""
    assert line.within(Box(0, 0, 10, 10)) == length


def test_lines_cross_or_do_not() -> None:
    """Touching at an end is not crossing: leaders start at one mark."""
    line = Segment(0, 0, 10, 10)

    assert line.crosses(Segment(0, 10, 10, 0))
    assert not line.crosses(Segment(0, 0, 10, 0))
    assert not line.crosses(Segment(20, 0, 30, 10))
