"""The chart as a PNG: a picture of the right size, or none at all, and never an error."""

import struct
import subprocess
import sys
import zlib
from types import ModuleType

import pytest

from recgate.adapters.chart_png import chart_png
from tests.builders import decision, snapshot
from tests.rendering.chart_decisions import chart_decisions

_DECISIONS = chart_decisions()


def pixels(png: bytes, *, rows: int) -> tuple[int, int, list[bytes]]:
    """Width, height and the first rows of a PNG with 8 bits each of red, green, blue, opacity."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, packed, head = 8, b"", b""
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        body = png[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", png, place + 8 + length)
        assert check == zlib.crc32(kind + body)
        head = body if kind == b"IHDR" else head
        packed += body if kind == b"IDAT" else b""
        place += 12 + length
    width, height, depth, colours, *_ = struct.unpack(">IIBBBBB", head)
    assert (depth, colours) == (8, 6)
    return width, height, _rows(zlib.decompress(packed)[: rows * (4 * width + 1)], 4 * width)


def _rows(data: bytes, stride: int) -> list[bytes]:
    """Undoes the filters of PNG (https://www.w3.org/TR/png-3/#9Filters)."""
    rows, above = [], bytes(stride)
    for start in range(0, len(data), stride + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for place in range(stride):
            left = line[place - 4] if place >= 4 else 0
            corner = above[place - 4] if place >= 4 else 0
            line[place] = (line[place] + _predicted(kind, left, above[place], corner)) & 255
        above = bytes(line)
        rows.append(above)
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    distances = abs(guess - left), abs(guess - up), abs(guess - corner)
    return (left, up, corner)[distances.index(min(distances))]


def colours(rows: list[bytes], top: int, bottom: int) -> set[bytes]:
    """The colours between two rows."""
    return {row[x : x + 4] for row in rows[top:bottom] for x in range(0, len(row), 4)}


def test_the_picture_has_its_size_and_something_on_it() -> None:
    """White paper, green, red, and letters (their edges are shades of grey) in the title."""
    png = chart_png(_DECISIONS["pass"])

    assert png is not None
    width, height, rows = pixels(png, rows=200)
    assert (width, height) == (1200, 720)
    painted = colours(rows, 0, 200)
    assert {
        bytes.fromhex("ffffffff"),
        bytes.fromhex("0b7a5aff"),
        bytes.fromhex("c2410cff"),
    } <= painted
    assert len(colours(rows, 20, 50)) > 20
    assert {colour[3] for colour in painted} == {255}


def test_the_title_is_written_in_our_font() -> None:
    """As wide as DejaVu Sans Bold makes it: no font of the machine stands in for ours."""
    png = chart_png(_DECISIONS["one"])

    assert png is not None
    _, _, rows = pixels(png, rows=50)
    ink = [
        x // 4
        for row in rows[16:50]
        for x in range(0, len(row), 4)
        if row[x : x + 3] == bytes.fromhex("1a1a2e")
    ]
    assert (min(ink), max(ink)) == (27, 832)


@pytest.mark.parametrize("name", _DECISIONS)
def test_every_chart_can_be_drawn(name: str) -> None:
    """Whatever the SVG holds, resvg reads it; a picture is far smaller than Slack's limit."""
    png = chart_png(_DECISIONS[name])

    assert png is not None
    assert png[12:24] == b"IHDR" + struct.pack(">II", 1200, 720)
    assert 10_000 < len(png) < 400_000


def test_the_same_decision_is_the_same_picture() -> None:
    """Byte by byte."""
    assert chart_png(_DECISIONS["ten"]) == chart_png(_DECISIONS["ten"])


def test_nothing_to_draw_is_no_picture() -> None:
    """An empty job has no chart."""
    assert chart_png(decision(snapshot())) is None


WITHOUT_RESVG = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "resvg_py":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, NotInstalled())
from recgate.adapters.chart_png import chart_png
from tests.rendering.chart_decisions import chart_decisions
assert chart_png(chart_decisions()["pass"]) is None
assert "resvg_py" not in sys.modules
print("no picture")
"""


def test_without_resvg_there_is_no_picture_and_no_error() -> None:
    """The extra is optional: an interpreter that cannot find it."""
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_RESVG], capture_output=True, text=True, check=False
    )

    assert answer.stdout == "no picture\n", answer.stderr


class Panic(BaseException):
    """What pyo3 raises when Rust code panics: no Exception."""


def failing(trouble: BaseException) -> ModuleType:
    """A resvg_py that raises whatever it is given to draw."""

    class Failing(ModuleType):
        def svg_to_bytes(self, **_: object) -> bytes:
            raise trouble

    return Failing("resvg_py")


@pytest.mark.parametrize("trouble", [ValueError("not an SVG"), MemoryError(), Panic("unreachable")])
def test_a_failure_of_the_renderer_is_no_picture(
    trouble: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No chart never means no verdict."""
    monkeypatch.setitem(sys.modules, "resvg_py", failing(trouble))

    assert chart_png(_DECISIONS["pass"]) is None


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), SystemExit(1)])
def test_a_person_who_stops_the_program_stops_it(
    trouble: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no failure of the renderer."""
    monkeypatch.setitem(sys.modules, "resvg_py", failing(trouble))

    with pytest.raises(type(trouble)):
        chart_png(_DECISIONS["pass"])
