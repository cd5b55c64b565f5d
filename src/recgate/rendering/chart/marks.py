"""The shapes of the chart. Shape carries the meaning; colour only supports it."""

from recgate.rendering.chart.colours import Colours
from recgate.rendering.chart.geometry import Box
from recgate.rendering.chart.points import Standing
from recgate.rendering.chart.svg import element, points, text_of

REACH = 11.0
"""Units from the centre of a mark to its edge."""

RING = 19.0
"""The radius of the ring around the chosen configuration."""

_STROKE = 4.0


def mark(colours: Colours, x: float, y: float, standing: Standing, told: str = "") -> str:
    """A configuration: a filled circle complies, an open square does not, an open diamond may.

    ``told`` is what a browser says of it under the pointer.
    """
    inside = [element("title", {}, text_of(told))] if told else []
    match standing:
        case Standing.COMPLIES:
            shape: dict[str, str | float] = {"cx": x, "cy": y, "r": REACH, "fill": colours.good}
            return element("circle", shape, *inside)
        case Standing.FAILS:
            half = REACH - _STROKE / 2
            corner = {"x": x - half, "y": y - half, "width": 2 * half, "height": 2 * half}
            return element("rect", {**corner, **_open(colours.bad, colours.paper)}, *inside)
        case _:
            far = REACH - 0.5
            corners = points([(x, y - far), (x + far, y), (x, y + far), (x - far, y)])
            paint = _open(colours.undecided, colours.paper)
            return element("polygon", {"points": corners, **paint}, *inside)


def ring(colours: Colours, x: float, y: float, radius: float = RING) -> str:
    """The ring around the chosen configuration."""
    return element(
        "circle",
        {"cx": x, "cy": y, "r": radius, "fill": "none", "stroke": colours.good, "stroke-width": 3},
    )


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    *,
    width: float = 1.5,
    dashes: str = "",
) -> str:
    """A straight line; ``dashes`` are those of SVG's ``stroke-dasharray``."""
    dashed = {"stroke-dasharray": dashes} if dashes else {}
    (x1, y1), (x2, y2) = start, end
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return element("line", {**ends, "stroke": colour, "stroke-width": width, **dashed})


def tint(colours: Colours, box: Box) -> str:
    """The ground of what the limits allow."""
    size = {"width": box.right - box.left, "height": box.bottom - box.top}
    paint: dict[str, str | float] = {"fill": colours.good, "fill-opacity": 0.11}
    return element("rect", {"x": box.left, "y": box.top, **size, **paint})


def _open(colour: str, paper: str) -> dict[str, str | float]:
    return {"fill": paper, "stroke": colour, "stroke-width": _STROKE}
