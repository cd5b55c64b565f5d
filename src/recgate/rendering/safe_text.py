"""Untrusted text made fit to print: cleaned, cut, escaped, folded to ASCII."""

import unicodedata
from collections.abc import Sequence

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Control, format (bidirectional and zero-width among them), surrogate, private, unassigned."""

_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_ELLIPSIS = "…"

_MRKDWN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"}
"""The three characters that Slack asks to escape, and the one that ends a code span.

https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

_LOOK_ALIKES = str.maketrans({"<": "‹", ">": "›"})

_ASCII = str.maketrans(
    {"×": "x", "≤": "<=", "≥": ">=", "‹": "<", "›": ">", "…": "...", "·": "|", "–": "-", "—": "-"}
)


def clean(text: object, limit: int) -> str:
    """The text on one line, without characters that nobody can see, cut to ``limit``."""
    # Cutting first keeps the work small: what is beyond this could not be printed anyway.
    head = str(text)[: limit * 8]
    if head.isprintable():  # most text is, and then there is nothing to take out
        return cut(" ".join(head.split()), limit)
    visible = (
        " " if character in _LINE_BREAKS else character
        for character in head
        if character.isspace() or unicodedata.category(character) not in _UNPRINTABLE
    )
    return cut(" ".join("".join(visible).split()), limit)


def clean_lines(text: object, limit: int) -> str:
    """The text with its line breaks kept, cleaned like `clean`, cut to ``limit`` in all."""
    lines = (clean(line, limit) for line in str(text)[: limit * 8].splitlines())
    return cut("\n".join(line for line in lines if line), limit)


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and ``…`` when it has more than ``limit`` characters."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip(" .,;:") + _ELLIPSIS


def first(lines: Sequence[str], limit: int, *, thing: str = "") -> list[str]:
    """At most ``limit`` lines, the last of which says how many more ``thing`` there are."""
    if len(lines) <= limit:
        return list(lines)
    kept = list(lines[: max(limit - 1, 0)])
    more = f"… {len(lines) - len(kept)} more"
    return [*kept, f"{more} {thing}".rstrip()]


def mrkdwn(text: str, limit: int) -> str:
    """Text that Slack will print in ``mrkdwn`` and never obey, of at most ``limit`` characters.

    It is cut between characters, so that no entity is torn apart.
    """
    escaped = [_MRKDWN.get(character, character) for character in text]
    if sum(map(len, escaped)) <= limit:
        return "".join(escaped)
    kept, room = [], limit - len(_ELLIPSIS)
    for piece in escaped:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + _ELLIPSIS


def plain(text: str, limit: int) -> str:
    """Text for a ``plain_text`` object: angle brackets become look-alikes, cut to ``limit``.

    Slack does not say whether it undoes entities there, so there must be nothing to undo.
    """
    return cut(text.translate(_LOOK_ALIKES), limit)


def ascii_only(text: str, limit: int) -> str:
    """The text in printable ASCII on one line, for e-mail subjects and SMS."""
    folded = unicodedata.normalize("NFKD", clean(text, limit * 4).translate(_ASCII))
    letters = (each for each in folded if not unicodedata.combining(each))
    printable = "".join(each if " " <= each <= "~" else "?" for each in letters)
    return printable if len(printable) <= limit else printable[: limit - 3].rstrip(" .,;:") + "..."
