"""The paper of the chart: its size, where an amount lies on it, and how words are put there."""

from dataclasses import dataclass
from decimal import Decimal

from recgate.domain.candidate import Metric
from recgate.rendering.amounts import Scale, with_unit
from recgate.rendering.chart.colours import Colours
from recgate.rendering.chart.geometry import Box
from recgate.rendering.chart.points import Plot
from recgate.rendering.chart.scale import Axis, axis_of
from recgate.rendering.chart.svg import element, number, text_of
from recgate.rendering.chart.text_width import width_of

WIDTH, HEIGHT = 1200.0, 720.0

TITLE_SIZE, LABEL_SIZE, TICK_SIZE, SMALL_SIZE = 26.0, 21.0, 20.0, 18.0
"""Font sizes. Slack shows the picture at a third of its size on a phone: no smaller than this."""

ASCENT, DESCENT = 0.93, 0.24
"""Shares of its size that the font reaches above and below the base line."""

SIDE = 24.0
"""Units left free beside the title and the note."""

FONTS = "'DejaVu Sans', Verdana, sans-serif"

_LATENCY_LOG_FROM = 25.0
"""Latencies are compared by their difference as long as all of them can be told apart."""

_WITHOUT_CENTS = 100
_MOST_DECIMALS, _LARGEST_WRITTEN_OUT = 9, 1e12
"""Beyond these a tick is written with an exponent."""

_TOP, _RIGHT, _BOTTOM, _LEFT = 106.0, 1156.0, 606.0, 104.0
_BESIDE_TICKS = 62.0
"""Room to the left of the tick labels: the gap, and the title of the axis."""


@dataclass(frozen=True, slots=True)
class Tick:
    """An amount on an axis and how it is written."""

    amount: float
    label: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A plot on its axes. ``area`` is where marks are, inside the whole picture."""

    plot: Plot
    scale: Scale
    colours: Colours
    cost: Axis
    latency: Axis
    area: Box

    def x(self, cost: float) -> float:
        """How far to the right a cost lies."""
        return self.area.left + self.cost.share(cost) * (self.area.right - self.area.left)

    def y(self, latency: float) -> float:
        """How far down a latency lies."""
        return self.area.bottom - self.latency.share(latency) * (self.area.bottom - self.area.top)

    def amount(self, metric: Metric, value: float) -> str:
        """An amount as it is written everywhere in this chart: ``$0.17/h``, ``84 ms``."""
        per_hour = "/h" if metric is Metric.COST_PER_HOUR_USD else ""
        return self.scale.amount(metric, value) + per_hour


def paper_for(plot: Plot, scale: Scale, colours: Colours) -> Paper:
    """The paper on which all points of the plot lie."""
    cost = axis_of(
        [point.cost for point in plot.points], [bound.amount for bound in plot.cost_bounds]
    )
    latency = axis_of(
        [point.latency for point in plot.points],
        [
            *(bound.amount for bound in plot.latency_bounds),
            *(amount for _, amount in plot.existing),
        ],
        log_from=_LATENCY_LOG_FROM,
    )
    widest = max((width_of(tick.label, TICK_SIZE) for tick in ticks_of(latency, "ms")), default=0.0)
    area = Box(max(_LEFT, widest + _BESIDE_TICKS), _TOP, _RIGHT, _BOTTOM)
    return Paper(plot, scale, colours, cost, latency, area)


def ticks_of(axis: Axis, unit: str) -> list[Tick]:
    """The ticks of an axis. On a linear one all have as many decimals as one of them needs."""
    needed = [_decimals(amount, unit) for amount in axis.ticks]
    if not axis.is_log:
        cents = _decimals(max(axis.ticks, default=0.0), unit)
        needed = [max([cents, *(_decimals(amount, "") for amount in axis.ticks)])] * len(needed)
    return [
        Tick(amount, with_unit(_written(amount, decimals), "USD" if unit == "USD" else ""))
        for amount, decimals in zip(axis.ticks, needed, strict=True)
    ]


def _decimals(amount: float, unit: str) -> int:
    """How many decimals a round amount needs: 3 for 0.005, 2 for a dollar, none for hundreds."""
    cents = 2 if unit == "USD" and amount < _WITHOUT_CENTS else 0
    exponent = Decimal(f"{amount:.12g}").normalize().as_tuple().exponent
    return max(-exponent, cents) if isinstance(exponent, int) else cents


def _written(amount: float, decimals: int) -> str:
    if decimals > _MOST_DECIMALS or amount >= _LARGEST_WRITTEN_OUT:
        return f"{amount:.12g}"
    return f"{amount:,.{decimals}f}"


def words(
    place: tuple[float, float],
    text: str,
    size: float,
    colour: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    halo: str = "",
    upwards: bool = False,
) -> str:
    """A text on its base line; ``anchor`` is SVG's, ``halo`` the colour around the letters."""
    x, y = place
    extra: dict[str, str | float] = {}
    if anchor != "start":
        extra["text-anchor"] = anchor
    if bold:
        extra["font-weight"] = "bold"
    if halo:
        extra |= {"stroke": halo, "stroke-width": 5, "stroke-linejoin": "round"}
        extra["paint-order"] = "stroke"
    if upwards:
        extra["transform"] = f"rotate(-90 {number(x)} {number(y)})"
    attributes = {"x": x, "y": y, "font-size": size, "fill": colour, **extra}
    return element("text", attributes, text_of(text))


def box_of(text: str, size: float) -> tuple[float, float]:
    """The width and the height of a text."""
    return width_of(text, size), (ASCENT + DESCENT) * size
