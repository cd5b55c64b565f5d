"""A mistake in a document, by its path, and the words to tell it in."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]
"""The way to a value: keys of mappings and places (from 0) in lists."""

QUOTED_CHARACTERS = 60
"""Of a longer value only this much is repeated in a message."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SECRET = re.compile(
    r"xox[a-z]-[^\s\"']+|xapp-[^\s\"']+|https?://hooks\.[^\s\"']+|\bT[A-Z0-9]{6,}/B[A-Z0-9]{6,}/\w+"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a path. ``at_key``: the key itself is wrong, not its value."""

    path: Path
    message: str
    at_key: bool = False


def dotted(path: Path) -> str:
    """The path as a person writes it: ``require.job[0].path``, ``tags["a b"]``."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            written += f".{step}" if written else step
        else:
            written += f"[{quoted(step)}]"
    return without_secrets(written)


def quoted(value: object) -> str:
    """A value in a message: in quotes if it is text, on one line, and cut when it is long."""
    written = json.dumps(value, ensure_ascii=False, default=str)
    written = "".join(letter if letter.isprintable() else "�" for letter in written)
    if len(written) > QUOTED_CHARACTERS:
        written = f"{written[: QUOTED_CHARACTERS - 1]}…"
    return written


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, None when none is near. Case does not matter."""
    by_lower_case = {each.lower(): each for each in known}
    found = get_close_matches(word[:QUOTED_CHARACTERS].lower(), by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``, did you mean …?``, or nothing when no known word is near."""
    found = nearest(word, known)
    return f", did you mean {found}?" if found else ""


def without_secrets(text: str) -> str:
    """The text with anything that has the shape of a Slack token or webhook blotted out."""
    return _SECRET.sub("‹secret›", text)
