"""The writer of SVG: whatever it is given, what it writes is well-formed."""

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.rendering.chart.svg import element, number, text_of


@given(st.text(), st.text())
def test_any_text_is_text_and_nothing_else(words: str, value: str) -> None:
    """Markup, quotes, control characters and lone surrogates do no harm."""
    read = ET.fromstring(element("text", {"fill": value}, text_of(words)))  # noqa: S314  # ours

    assert list(read) == []
    assert list(read.attrib) == ["fill"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    """No escape makes it legal."""
    assert text_of("a\x00b\x1bc\ud800d\uffffe<f>&") == "abcde&lt;f&gt;&amp;"


@given(st.floats(allow_nan=False))
def test_a_number_is_short_and_finite(value: float) -> None:
    """Two decimals, no exponent."""
    assert re.fullmatch(r"-?\d{1,7}(\.\d{1,2})?", number(value))
    assert number(value) != "-0"


def test_no_place_is_not_a_number() -> None:
    """A mistake of ours is told, and not drawn somewhere."""
    with pytest.raises(ValueError, match="NaN"):
        number(math.nan)
