"""What a plain (unquoted) YAML scalar means, and which are refused as easily misread."""

import re

from recgate.domain.canonical import Json

MAX_DIGITS = 15
"""A number with more digits would not survive a double."""

_CONSTANTS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}
"""``True``, ``yes``, ``on`` and their like are not here: they are text."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")

_REFUSED = (
    (
        re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9]+)?"),
        "a leading zero makes an octal number for some: quote it if it is text, "
        "else leave the zero out",
    ),
    (
        re.compile(r"[-+]?0[oOxXbB][0-9a-fA-F_]+"),
        "numbers are decimal here: quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "some read this as a number of base 60: quote it if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?|[-+]?[0-9]+\.[0-9]*_[0-9_]*"),
        "numbers have no underscores here: quote it if it is text",
    ),
    (re.compile(r"[-+]?\.(inf|Inf|INF)"), "infinity is no limit: leave the key out instead"),
    (re.compile(r"\.(nan|NaN|NAN)"), "not a number, so nothing could ever be compared with it"),
)


class Misreadable(Exception):
    """A plain scalar that people and parsers read in different ways."""


def plain_value(text: str) -> Json:
    """The value of a plain scalar; a day stays the text that it is. Raises Misreadable."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for pattern, message in _REFUSED:
        if pattern.fullmatch(text):
            raise Misreadable(message)
    if not _FLOAT.fullmatch(text):
        return text
    if sum(letter.isdigit() for letter in text) > MAX_DIGITS:
        raise Misreadable(f"a number has at most {MAX_DIGITS} digits: quote it if it is text")
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Misreadable("is too large for a number")
    return number
