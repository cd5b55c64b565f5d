"""A text is as wide as the font says, so what was found to fit does fit."""

import struct
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.rendering.chart.text_width import (
    BOLD,
    WIDTHS,
    drawable,
    fitted,
    fitted_list,
    width_of,
)

_UNITS_PER_EM = 2048


def advances(font: str) -> dict[str, int]:
    """The width of every character of a TrueType font: its ``cmap`` (format 4) and ``hmtx``."""
    data = (files("recgate") / "fonts" / font).read_bytes()
    (count,) = struct.unpack(">H", data[4:6])
    tables = {}
    for place in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * place)
        tables[tag] = data[offset : offset + length]
    assert struct.unpack_from(">H", tables[b"head"], 18) == (_UNITS_PER_EM,)
    (measured,) = struct.unpack_from(">H", tables[b"hhea"], 34)
    widths = [struct.unpack_from(">H", tables[b"hmtx"], 4 * glyph)[0] for glyph in range(measured)]
    return {chr(code): widths[min(g, measured - 1)] for code, g in _glyphs(tables[b"cmap"])}


def _glyphs(cmap: bytes) -> list[tuple[int, int]]:
    (subtables,) = struct.unpack_from(">H", cmap, 2)
    starts = [struct.unpack_from(">HHI", cmap, 4 + 8 * each)[2] for each in range(subtables)]
    start = next(each for each in starts if struct.unpack_from(">H", cmap, each) == (4,))
    (double,) = struct.unpack_from(">H", cmap, start + 6)
    found = []
    for segment in range(double // 2):
        at = start + 14 + 2 * segment
        (last,) = struct.unpack_from(">H", cmap, at)
        (first,) = struct.unpack_from(">H", cmap, at + double + 2)
        (delta,) = struct.unpack_from(">h", cmap, at + 2 * double + 2)
        place = at + 3 * double + 2
        (step,) = struct.unpack_from(">H", cmap, place)
        for code in range(first, min(last, 0xFFFE) + 1):
            if step:
                (glyph,) = struct.unpack_from(">H", cmap, place + step + 2 * (code - first))
            else:
                glyph = (code + delta) % 0x10000
            found.append((code, glyph))
    return found


def test_every_character_that_may_be_drawn_is_in_the_font_with_its_width() -> None:
    """The table in the code is that of the file."""
    font = advances("DejaVuSans-chart.ttf")

    assert {each: font.get(each) for each in WIDTHS} == WIDTHS
    assert set("×≤≥…–$µ←→↑↓") <= set(WIDTHS)


def test_bold_is_no_wider_than_we_say() -> None:
    """Titles fit, although they are measured by the regular font."""
    bold = advances("DejaVuSans-Bold-chart.ttf")

    assert max(bold[each] / width for each, width in WIDTHS.items()) <= BOLD


@pytest.mark.parametrize("font", ["DejaVuSans-chart.ttf", "DejaVuSans-Bold-chart.ttf"])
def test_the_fonts_are_small_and_come_with_their_licence(font: str) -> None:
    """They travel with every deployment."""
    folder = files("recgate") / "fonts"

    assert len((folder / font).read_bytes()) < 30_000
    assert "Bitstream Vera" in (folder / "LICENSE").read_text("utf-8")
    assert font.removesuffix("-chart.ttf") in (folder / "README.md").read_text("utf-8")


@given(st.text(max_size=300), st.integers(1, 100))
def test_any_text_can_be_drawn(text: str, limit: int) -> None:
    """On one line, in the characters of the font."""
    words = drawable(text, limit)

    assert len(words) <= limit
    assert set(words) <= set(WIDTHS)
    assert width_of(words, 20) >= 0


@given(st.text("abcWil…×. ", max_size=80), st.floats(40, 900))
def test_what_is_fitted_fits(text: str, room: float) -> None:
    """And is the beginning of what it was."""
    words = fitted(text, 20, room)

    assert width_of(words, 20) <= room
    assert words == text or text.startswith(words.removesuffix("…"))


@given(st.lists(st.text("abcWil", max_size=30), min_size=1, max_size=50), st.floats(300, 900))
def test_a_list_that_does_not_fit_says_how_much_is_left_out(names: list[str], room: float) -> None:
    """Nothing disappears silently."""
    words = fitted_list(names, 18, room)

    assert width_of(words, 18) <= room
    assert words == ", ".join(names) or words.endswith((" more", "configurations"))
