"""What Slack makes of a text in mrkdwn: an oracle for tests, written from Slack's documentation
and sharing nothing with the code that it judges.

Where the documentation leaves a doubt it finds more than Slack would: a shortcode right after a
letter, formatting beside any punctuation.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

CODE = re.compile(r"```.+?```|`[^`\n]+`", re.DOTALL)
CONTROL = re.compile(r"<([^<>]*)>")
SHORTCODE = re.compile(r":([\w+-]+):")
ENTITY = re.compile(r"&(amp|lt|gt);")
QUOTE = re.compile(r"^[ \t]*(?:>|&gt;)", re.MULTILINE)
MARKS = {"*": "bold", "_": "italic", "~": "strike"}


class Seen(NamedTuple):
    """Something that Slack would not print as it stands."""

    kind: str
    content: str


def seen(text: str) -> list[Seen]:
    """Everything in a text that Slack obeys, each kind in the order of the text."""
    found = [Seen("code", span) for span in CODE.findall(text)]
    outside = CODE.sub("\ue000", text)
    # Slack reads what stands in angle brackets wherever it is, in code as well.
    found += [Seen("control", inside) for inside in CONTROL.findall(text)]
    bare = CONTROL.sub("\ue000", outside)
    found += [Seen("tick", "`")] * bare.count("`")
    found += [Seen("quote", line) for line in QUOTE.findall(bare)]
    rest = ENTITY.sub("\ue000", CONTROL.sub("\ue000", text))
    found += [Seen("stray", each) for each in re.findall("[<>&]", rest)]
    found += [Seen("emoji", name) for name in SHORTCODE.findall(bare)]
    for line in bare.split("\n"):
        found += _formatted(line)
    return found


def _formatted(line: str) -> Iterator[Seen]:
    """Spans between two marks that touch what they enclose and no word outside."""
    for mark, kind in MARKS.items():
        opened: int | None = None
        for place, letter in enumerate(line):
            if letter != mark:
                continue
            before = line[place - 1 : place] if place else ""
            after = line[place + 1 : place + 2]
            closes = opened is not None and place > opened + 1 and not before.isspace()
            if closes and opened is not None and not _is_word(after):
                yield Seen(kind, line[opened + 1 : place])
                opened = None
            elif not _is_word(before) and after and not after.isspace():
                opened = place


def _is_word(letter: str) -> bool:
    return letter.isalnum()


def parsed(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a message that Slack reads as mrkdwn, and where it stands."""
    yield "text", message["text"]
    for block in message.get("blocks", ()):
        where = f"{block['type']} {str(block.get('block_id')).rsplit('_', 1)[0]}"
        for text in _of_type(block, "mrkdwn"):
            yield where, text


def unparsed(message: dict[str, Any]) -> Iterator[str]:
    """Every plain text of a message: headers, buttons."""
    for block in message.get("blocks", ()):
        yield from _of_type(block, "plain_text")


def _of_type(part: object, kind: str) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == kind:
            yield part["text"]
        for value in part.values():
            yield from _of_type(value, kind)
    elif isinstance(part, list):
        for value in part:
            yield from _of_type(value, kind)
