"""The head of the chart: a title in words, and the legend of the marks that occur."""

from collections.abc import Callable

from recgate.domain.decision import Decision
from recgate.rendering.chart.geometry import Box
from recgate.rendering.chart.marks import REACH, line, mark, ring, tint
from recgate.rendering.chart.paper import SIDE, SMALL_SIZE, TITLE_SIZE, WIDTH, Paper, words
from recgate.rendering.chart.points import Lead, Standing
from recgate.rendering.chart.text_width import BOLD, drawable, fitted, width_of
from recgate.rendering.headline import subject

_TITLE_LINE, _LEGEND_LINE = 42.0, 80.0
_TITLE_LIMIT = 150
_SWATCH = 34.0


def title_of(decision: Decision, standings: tuple[Standing, ...]) -> str:
    """``PASS fraud-ranker v14: 5 of 7 configurations comply``."""
    return drawable(f"{subject(decision)}: {_counted(standings)}", _TITLE_LIMIT)


def title(paper: Paper, text: str) -> str:
    """The title, as much of it as fits."""
    fits = fitted(text, TITLE_SIZE * BOLD, WIDTH - 2 * SIDE)
    return words((SIDE, _TITLE_LINE), fits, TITLE_SIZE, paper.colours.ink, bold=True)


def legend(paper: Paper, *, has_front: bool, has_region: bool) -> str:
    """The meaning of every mark that occurs."""
    drawn, x = [], SIDE
    for draw, wide, meaning in _entries(paper, has_front=has_front, has_region=has_region):
        drawn.append(draw(x, _LEGEND_LINE - SMALL_SIZE * 0.36))
        x += wide + 8
        drawn.append(words((x, _LEGEND_LINE), meaning, SMALL_SIZE, paper.colours.muted))
        x += width_of(meaning, SMALL_SIZE) + 26
    return "".join(drawn)


def _counted(standings: tuple[Standing, ...]) -> str:
    complying, many = standings.count(Standing.COMPLIES), len(standings)
    if many == 1:
        is_ = "is " if Standing.UNDECIDED in standings else ""
        return f"the one configuration {is_}{standings[0]}"
    if all(standing is Standing.UNDECIDED for standing in standings):
        return f"none of {many} configurations is decided"
    if complying == many:
        return f"all {many} configurations comply"
    verb = "complies" if complying < 2 else "comply"
    return f"{complying or 'none'} of {many} configurations {verb}"


_Entry = tuple[Callable[[float, float], str], float, str]


def _entries(paper: Paper, *, has_front: bool, has_region: bool) -> list[_Entry]:
    """How each sign is drawn, its left edge and middle given; its width; its meaning."""
    colours, points = paper.colours, paper.plot.points

    def of(standing: Standing) -> _Entry:
        return lambda x, y: mark(colours, x + REACH, y, standing), 2 * REACH, standing.value

    entries = [of(each) for each in Standing if any(each is point.standing for point in points)]
    if any(point.lead is Lead.CHOSEN for point in points):
        entries.append(
            (lambda x, y: ring(colours, x + REACH, y, REACH), 2 * REACH, Lead.CHOSEN.value)
        )
    if has_front:
        entries.append(
            (
                lambda x, y: line((x, y), (x + _SWATCH, y), colours.front, width=3),
                _SWATCH,
                "Pareto front",
            )
        )
    if has_region:
        entries.append(
            (
                lambda x, y: tint(colours, Box(x, y - 10, x + _SWATCH, y + 10)),
                _SWATCH,
                "within the limits shown",
            )
        )
    return entries
