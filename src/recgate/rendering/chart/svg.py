"""A small writer of SVG: elements with escaped text, and numbers that are short and finite."""

import math
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

Attributes = Mapping[str, str | float]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not (https://www.w3.org/TR/xml/#charsets)."""

_FURTHEST = 1e6
"""Units from the origin: further out nothing can be seen, and renderers count in float32."""


def number(value: float) -> str:
    """A coordinate with two decimals at most: ``12``, ``0.25``; never NaN, an exponent or -0."""
    if math.isnan(value):
        raise ValueError("a coordinate of an SVG must be a number, and this one is NaN")
    text = f"{max(-_FURTHEST, min(value, _FURTHEST)):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_of(words: str) -> str:
    """Words as the text of an element: escaped, without what XML cannot hold."""
    return escape(_NOT_XML.sub("", words))


def element(name: str, attributes: Attributes, *content: str) -> str:
    """One element on a line of its own; ``content`` is markup already."""
    written = "".join(f" {key}={_value(value)}" for key, value in attributes.items())
    if not content:
        return f"<{name}{written}/>\n"
    inner = "".join(content)
    lead = "\n" if inner.startswith("<") else ""
    return f"<{name}{written}>{lead}{inner}</{name}>\n"


def points(places: list[tuple[float, float]]) -> str:
    """The value of ``points``: ``x,y x,y``."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in places)


def _value(value: str | float) -> str:
    return quoteattr(_NOT_XML.sub("", value) if isinstance(value, str) else number(value))
