"""A chart read back from its SVG: what the tests see of it, by their own arithmetic."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from recgate.rendering.chart.text_width import WIDTHS

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_EM = 2048
_BOLD = 1.27
_ASCENT, _DESCENT = 0.93, 0.24
"""Of the font: the highest accent and the lowest tail."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the rectangle that it fills."""

    words: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    def overlaps(self, other: "Text") -> bool:
        """Whether the two rectangles have an area in common."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.01
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.01
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """A parsed chart."""

    root: ET.Element

    @property
    def texts(self) -> list[Text]:
        """Every text that is painted."""
        return [_text(element) for element in self.root.iter(f"{_NAMESPACE}text")]

    @property
    def words(self) -> list[str]:
        """What the texts say."""
        return [text.words for text in self.texts]

    @property
    def heading(self) -> str:
        """What a screen reader says first."""
        return self.root.findtext(f"{_NAMESPACE}title") or ""

    @property
    def description(self) -> str:
        """What a screen reader says then."""
        return self.root.findtext(f"{_NAMESPACE}desc") or ""

    @property
    def size(self) -> tuple[float, float]:
        """The width and the height of the picture."""
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        return width, height

    def shapes(self, name: str) -> list[ET.Element]:
        """The elements of a name."""
        return list(self.root.iter(f"{_NAMESPACE}{name}"))

    def marks(self, name: str) -> list[str]:
        """What the marks of a shape say under the pointer."""
        told = [element.findtext(f"{_NAMESPACE}title") for element in self.shapes(name)]
        return [each for each in told if each]

    @property
    def front(self) -> list[tuple[float, float]]:
        """The corners of the Pareto front."""
        lines = self.shapes("polyline")
        pairs = lines[0].attrib["points"].split() if lines else []
        return [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]


def read(svg: str) -> Chart:
    """The chart in an SVG. Raises ParseError when it is not well-formed."""
    return Chart(ET.fromstring(svg))  # noqa: S314  # our own


def _text(element: ET.Element) -> Text:
    words, size = element.text or "", float(element.attrib["font-size"])
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    width = sum(WIDTHS[character] for character in words) * size / _EM
    width *= _BOLD if element.get("font-weight") == "bold" else 1
    left = (
        x - {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")] * width
    )
    box = (left, y - _ASCENT * size, left + width, y + _DESCENT * size)
    turned = element.get("transform")
    if turned:
        assert re.fullmatch(r"rotate\(-90 [\d.]+ [\d.]+\)", turned)
        box = (x - _ASCENT * size, y - width / 2, x + _DESCENT * size, y + width / 2)
    return Text(words, *box, size)
