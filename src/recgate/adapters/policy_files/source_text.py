"""From the bytes of a file to text that can be read as YAML, or the reason why not."""

import re

MAX_BYTES = 512 * 1024
"""Far more than a policy needs, and little enough to be read in no time."""

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
"""Control characters, line breaks that only YAML sees, and marks that turn the direction of
text round: a reviewer would not see them, and none has a place in a policy."""

_TAB_INDENT = re.compile(r"^ *\t[ \t]*[^\s#]", re.MULTILINE)


class Unreadable(Exception):
    """The file cannot be read as a whole. ``line`` and ``column`` from 1, 0 for no place."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def decoded(data: bytes) -> str:
    """The text in the bytes, its line breaks made alike. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"is larger than {MAX_BYTES // 1024} KB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("is not UTF-8 but UTF-16: save it as UTF-8", line=1, column=1)
    if data.startswith(b"\xef\xbb\xbf"):
        raise Unreadable(
            "begins with a byte order mark: save it as UTF-8 without BOM", line=1, column=1
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as refusal:
        line, column = _place(data[: refusal.start].decode("utf-8"), refusal.start)
        raise Unreadable("is not UTF-8: save it as UTF-8", line=line, column=column) from refusal
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if hidden := INVISIBLE.search(text):
        line, column = _place(text, hidden.start())
        raise Unreadable(
            f"holds the invisible character U+{ord(hidden.group()):04X}: remove it",
            line=line,
            column=column,
        )
    if tab := _TAB_INDENT.search(text):
        line, column = _place(text, text.index("\t", tab.start()))
        raise Unreadable("a tab cannot indent: use spaces", line=line, column=column)
    return text


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
