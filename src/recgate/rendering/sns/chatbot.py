"""The schema of Amazon Q Developer in chat applications, which shows a topic in Slack and Teams.

It drops anything else without a word. Its text is Markdown in the dialect of the chat, and the
two dialects differ, so nothing is used but line breaks, bullets, emoji and bare addresses.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recgate.domain.canonical import Json
from recgate.rendering.safe_text import ascii_only, clean, clean_lines, cut

TITLE, DESCRIPTION, NEXT_STEP, KEYWORD = 250, 8_000, 350, 75
"""Characters, by the page above."""

_SUMMARY, _NAME = 250, 256
_NEXT_STEPS, _KEYWORDS, _RESOURCES = 10, 10, 10
"""Entries of the lists. The page names no figure: our own."""

_LOOK_ALIKES = str.maketrans(
    {"<": "‹", ">": "›", "`": "'", "*": "∗", "~": "∼", "[": "(", "]": ")", "\\": "/", "#": "♯"}
)
_EMPHASIS = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MENTION = re.compile(r"(?<![A-Za-z0-9])@")
_SCHEME = re.compile(r"://")


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says. ``lines`` and the other texts may be untrusted; ``links`` are our own
    addresses by their names. ``context`` is for custom actions.
    """

    key: str
    title: str
    summary: str
    lines: Sequence[str]
    event_type: str
    thread: str
    next_steps: Sequence[str] = ()
    keywords: Sequence[str] = ()
    resources: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)


def chatbot_document(card: Card) -> Json:
    """The card in Amazon Q's schema, within its limits for any input."""
    addresses = "".join(f"\n{name}: {url}" for name, url in card.links.items() if url)
    room = DESCRIPTION - len(addresses)
    said = cut("\n".join(_lines(card.lines)), room) if room > 0 else ""
    return {
        "version": "1.0",
        "source": "custom",
        "id": ascii_only(card.key, _NAME),
        "content": {
            "textType": "client-markdown",
            "title": harmless(card.title, TITLE) or "recgate",
            "description": f"{said or harmless(card.summary, _SUMMARY) or '-'}{addresses}",
            "nextSteps": _texts(card.next_steps[:_NEXT_STEPS], NEXT_STEP),
            "keywords": _texts(card.keywords[:_KEYWORDS], KEYWORD),
        },
        "metadata": {
            "threadId": ascii_only(card.thread, _NAME),
            "summary": harmless(card.summary, _SUMMARY),
            "eventType": ascii_only(card.event_type, _NAME),
            "relatedResources": _texts(card.resources[:_RESOURCES], 2_048),
            "additionalContext": {
                name: ascii_only(value, _NAME) for name, value in card.context.items() if value
            },
        },
    }


def harmless(text: str, limit: int) -> str:
    """Text that neither chat reads as markup, a mention or a link."""
    return cut(_defused(clean(text, limit)), limit)


def _lines(lines: Sequence[str]) -> list[str]:
    return [_defused(part) for line in lines for part in clean_lines(line, DESCRIPTION).split("\n")]


def _defused(text: str) -> str:
    text = _EMPHASIS.sub("ˍ", text.translate(_LOOK_ALIKES))
    return _SCHEME.sub("：//", _MENTION.sub("＠", text))


def _texts(texts: Sequence[str], limit: int) -> list[str]:
    made = (harmless(text, limit) for text in texts)
    return [text for text in made if text]
