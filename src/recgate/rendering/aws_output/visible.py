"""Characters that nobody can see, or that move a terminal's cursor, made visible."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (bidirectional and zero-width among them), surrogates, separators of lines."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def is_unseen(character: str) -> bool:
    """Whether a terminal would obey or hide the character instead of showing it."""
    return unicodedata.category(character) in _UNSEEN


def visible(text: str, *, kept: str = "") -> str:
    """The text with each such character escaped as in JSON, but for those ``kept``."""
    if text.isprintable():  # most text is
        return text
    return "".join(escaped(each) if is_unseen(each) and each not in kept else each for each in text)


def escaped(character: str) -> str:
    """The character as JSON writes it when it is not to stand there itself."""
    if character in _SHORT:
        return _SHORT[character]
    number = ord(character)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
