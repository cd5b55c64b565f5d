"""Verdicts before and after as a picture: two columns, and a band for each way between them."""

from dataclasses import dataclass

from recgate.domain.backtest import Backtest
from recgate.domain.verdict import Verdict
from recgate.rendering.backtest.matrix import NOT_JUDGED
from recgate.rendering.chart.colours import THEMED
from recgate.rendering.chart.svg import element, number, text_of
from recgate.rendering.words import spoken

WIDTH, HEIGHT = 900.0, 420.0
_TOP, _BOTTOM = 44.0, 400.0
_LEFT, _RIGHT, _BAR = 190.0, 710.0, 22.0
_GAP = 10.0
_LEAST = 3.0
"""Units: whatever is there can be seen."""
_SIZE = 16.0
_FONTS = "'DejaVu Sans', Verdana, sans-serif"

_COLOURS = {
    Verdict.PASS: THEMED.good,
    Verdict.WARN: THEMED.undecided,
    Verdict.WAIVED: THEMED.undecided,
    Verdict.FAIL: THEMED.bad,
    Verdict.ERROR: THEMED.bad,
}


@dataclass(slots=True)
class _Bar:
    """A verdict in one column; ``used`` is how much of it has bands already."""

    verdict: Verdict | None
    jobs: int
    top: float
    height: float
    used: float = 0.0


def backtest_svg(found: Backtest) -> str:
    """The picture; empty where there is nothing to compare."""
    if not found.compared or not found.judged:
        return ""
    before: dict[Verdict | None, int] = {}
    after: dict[Verdict | None, int] = {}
    for (former, later), count in found.verdicts.items():
        before[former] = before.get(former, 0) + count
        after[later] = after.get(later, 0) + count
    left, right = _column(before, found.judged), _column(after, found.judged)
    bands: list[tuple[bool, str]] = []
    for one in left:
        for other in right:
            count = found.verdicts.get((one.verdict, other.verdict), 0)
            if count:
                bands.append((one.verdict is not other.verdict, _band(one, other, count)))
    titles = [
        _words("before", _LEFT + _BAR, 26.0, "end", bold=True),
        _words("after", _RIGHT, 26.0, "start", bold=True),
    ]
    bars = [_drawn(bar, is_left=True) for bar in left] + [
        _drawn(bar, is_left=False) for bar in right
    ]
    summary = "Verdicts before and after: " + ", ".join(
        f"{_name(former)} to {_name(later)} {count}"
        for (former, later), count in sorted(found.verdicts.items(), key=lambda way: -way[1])
    )
    attributes: dict[str, str | float] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {number(WIDTH)} {number(HEIGHT)}",
        "width": WIDTH,
        "height": HEIGHT,
        "font-family": _FONTS,
        "role": "img",
        "aria-label": summary,
    }
    # What moves lies on top of what does not.
    drawn = [band for _, band in sorted(bands, key=lambda each: each[0])]
    return element("svg", attributes, *drawn, *bars, *titles)


def _column(counts: dict[Verdict | None, int], judged: int) -> list[_Bar]:
    order = [verdict for verdict in (*Verdict, None) if counts.get(verdict)]
    room = _BOTTOM - _TOP - _GAP * (len(order) - 1)
    heights = [max(room * counts[verdict] / judged, _LEAST) for verdict in order]
    shrink = min(1.0, room / sum(heights))
    bars, top = [], _TOP
    for verdict, height in zip(order, heights, strict=True):
        bars.append(_Bar(verdict, counts[verdict], top, height * shrink))
        top += height * shrink + _GAP
    return bars


def _band(former: _Bar, later: _Bar, count: int) -> str:
    one, other = former.height * count / former.jobs, later.height * count / later.jobs
    start, end = former.top + former.used, later.top + later.used
    former.used += one
    later.used += other
    x0, x1 = _LEFT + _BAR, _RIGHT
    middle = number((x0 + x1) / 2)
    path = (
        f"M{number(x0)},{number(start)} C{middle},{number(start)} {middle},{number(end)} "
        f"{number(x1)},{number(end)} L{number(x1)},{number(end + other)} "
        f"C{middle},{number(end + other)} {middle},{number(start + one)} "
        f"{number(x0)},{number(start + one)} Z"
    )
    moves = former.verdict is not later.verdict
    attributes: dict[str, str | float] = {
        "d": path,
        "fill": _colour(later.verdict) if moves else THEMED.grid,
        "fill-opacity": 0.55 if moves else 1.0,
    }
    told = f"{_name(former.verdict)} → {_name(later.verdict)}: {count:,}"
    return element("path", attributes, element("title", {}, text_of(told)))


def _drawn(bar: _Bar, *, is_left: bool) -> str:
    x = _LEFT if is_left else _RIGHT
    box = element(
        "rect",
        {
            "x": x,
            "y": bar.top,
            "width": _BAR,
            "height": bar.height,
            "fill": _colour(bar.verdict),
        },
    )
    said = f"{_name(bar.verdict)} {bar.jobs:,}"
    middle = bar.top + bar.height / 2 + _SIZE * 0.35
    if is_left:
        return box + _words(said, x - 10, middle, "end")
    return box + _words(said, x + _BAR + 10, middle, "start")


def _words(said: str, x: float, y: float, anchor: str, *, bold: bool = False) -> str:
    attributes: dict[str, str | float] = {
        "x": x,
        "y": y,
        "font-size": _SIZE,
        "fill": THEMED.ink,
        "text-anchor": anchor,
    }
    if bold:
        attributes["font-weight"] = "bold"
    return element("text", attributes, text_of(said))


def _name(verdict: Verdict | None) -> str:
    return NOT_JUDGED if verdict is None else spoken(verdict)


def _colour(verdict: Verdict | None) -> str:
    return THEMED.front if verdict is None else _COLOURS.get(verdict, THEMED.front)
