"""How wide a text is when it is drawn, and texts that can be drawn.

The font is DejaVu Sans (`recgate.fonts`); where a page has another one, Verdana and what follows
it are about as wide or narrower.
"""

import unicodedata
from collections.abc import Sequence

from recgate.rendering.safe_text import clean

_EM = 2048
BOLD = 1.27
"""How much wider a bold text is at most (the letter I; most are 1.1 times as wide)."""

_CHARACTERS = {
    563: "'",
    569: "ijlìíîï",
    604: "IJÌÍÎÏ",
    651: " ,.·‘’‚",
    690: "/:;\\|¦",
    721: "f",
    739: "-",
    799: "()[]",
    803: "t",
    819: "‹›",
    821: "!¡²³¹",
    842: "r",
    942: '"',
    965: "ªº",
    1024: "*_`§¨¯°´¸–",
    1061: "“”„",
    1067: "s",
    1075: "z",
    1087: "?¿",
    1126: "cç",
    1141: "L",
    1178: "F",
    1186: "k",
    1208: "•",
    1212: "vxyýÿ",
    1235: "P",
    1239: "Þ",
    1251: "TYÝ",
    1253: "o«»ðòóôõöø",
    1255: "aàáâãäå",
    1260: "eèéêë",
    1290: "ß",
    1294: "EÈÉÊË",
    1298: "hnuñùúûü",
    1300: "Sbdgpqþ",
    1303: "$0123456789{}¢£¤¥µ¶€",
    1343: "K",
    1401: "AVÀÁÂÃÄÅ",
    1403: "XZ",
    1405: "B",
    1423: "R",
    1430: "CÇ",
    1499: "UÙÚÛÜ",
    1532: "NÑ",
    1540: "H",
    1577: "D",
    1587: "GÐ",
    1597: "&",
    1612: "OQÒÓÔÕÖØ",
    1675: "w",
    1716: "#+<=>^~¬±×÷←↑→↓−≈≠≤≥",
    1767: "M",
    1946: "%",
    1985: "¼½¾",
    1995: "mÆ",
    2011: "æ",
    2025: "W",
    2048: "@©®—…",
}
"""The characters of the font, by their widths: its own ``hmtx`` table, in 1/2048 of its size."""

WIDTHS = {character: width for width, same in _CHARACTERS.items() for character in same}
_UNKNOWN = "?"
_LISTED = 30
"""Names in a line: more never fit, whatever the room."""


def drawable(text: object, limit: int) -> str:
    """Untrusted text on one line, cleaned, cut, and with ``?`` for what the font does not have."""
    composed = unicodedata.normalize("NFC", clean(text, limit))
    return "".join(each if each in WIDTHS else _UNKNOWN for each in composed)


def width_of(text: str, size: float) -> float:
    """How wide a drawable text is at a font size, in the unit of the size."""
    return sum(WIDTHS[character] for character in text) * size / _EM


def fitted(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning and ``…`` as fits into that width."""
    if width_of(text, size) <= room:
        return text
    room -= width_of("…", size)
    kept = 0
    for character in text:
        room -= width_of(character, size)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip(" .,;:") + "…"


def fitted_list(names: Sequence[str], size: float, room: float) -> str:
    """``a, b, c`` or, where there is no room for all, ``a, b and 7 more``."""
    for shown in range(min(len(names), _LISTED), 0, -1):
        rest = len(names) - shown
        text = ", ".join(names[:shown]) + (f" and {rest} more" if rest else "")
        if width_of(text, size) <= room:
            return text
    return fitted(f"{len(names)} configurations", size, room)
