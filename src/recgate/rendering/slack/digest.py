"""A digest as Slack messages: three forms, from the richest to the simplest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recgate.domain.telling import DigestTelling
from recgate.rendering.digest.story import HEADINGS, DigestStory, digest_story
from recgate.rendering.safe_text import cut, first, mrkdwn
from recgate.rendering.slack.envelope import route_part
from recgate.rendering.slack.limits import CONTEXT, violations
from recgate.rendering.slack.limits import Message as SlackMessage
from recgate.rendering.slack.literal import literal
from recgate.rendering.slack.parts import (
    Block,
    code,
    context,
    escaped,
    header,
    identified,
    section,
)

EVENT_TYPE = "recgate_digest"
SCHEMA = 1
"""Version of the metadata's payload."""

_TEXT_LIMIT, _ALL_TEXT_LIMIT = 1_000, 4_000
_NAMES = 20
_STOOD_IN = 5
"""Routes for which a message stands in, at most: fallbacks of fallbacks."""


@dataclass(frozen=True, slots=True)
class _Room:
    """Rows of the table, and characters in one of its cells."""

    rows: int
    cell: int


_ROOMS = (_Room(60, 160), _Room(30, 160), _Room(15, 80), _Room(5, 40), _Room(1, 20))
"""The first that keeps Slack's limits is taken; the last does so for any digest."""


def digest_forms(telling: DigestTelling) -> Sequence[SlackMessage]:
    """The message with a table, with sections only, and as text only."""
    story = digest_story(telling)
    message = _message(telling, story)
    text = {**message, "text": mrkdwn(literal(_with_names(story)), _ALL_TEXT_LIMIT)}
    return _fitting(message, story, _rich), _fitting(message, story, _simple), text


def _with_names(story: DigestStory) -> str:
    """All that there is when Slack takes no block: the headline, and who waits."""
    rows = [f"{row.name} ({row.verdict})" for row in story.rows]
    waiting = f"{HEADINGS[0]}: {'; '.join(first(rows, _NAMES))}" if rows else ""
    return ". ".join(filter(None, (story.headline, waiting, *story.stood_in)))


def _message(telling: DigestTelling, story: DigestStory) -> SlackMessage:
    period = telling.digest.period
    payload = {
        "rhythm": period.rhythm.value,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "dedupe_key": f"{period.key}{route_part(telling.route)}",
        "schema": SCHEMA,
    }
    return {
        "text": mrkdwn(story.headline, _TEXT_LIMIT),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": payload},
    }


_Build = Callable[[DigestStory, _Room], list[Block]]


def _fitting(bare: SlackMessage, story: DigestStory, build: _Build) -> SlackMessage:
    for room in _ROOMS:
        blocks = identified(_blocks(story, room, build), "digest")
        message = {**bare, "blocks": blocks}
        if not violations(message):
            return message
    return bare


def _blocks(story: DigestStory, room: _Room, build: _Build) -> list[Block]:
    stood_in = _contexts("stood_in", story.stood_in)
    if story.nothing:
        return [section("sum", f"*{story.title}*: {story.nothing}. {story.about}."), *stood_in]
    return [
        header(story.title),
        section("sum", _summary(story)),
        *(build(story, room) if story.rows else []),
        *_contexts("note", story.notes),
        context("about", f"{story.about}."),
        *stood_in,
    ]


def _contexts(part: str, lines: Sequence[str]) -> list[Block]:
    return [
        context(f"{part}{place}", mrkdwn(literal(line), CONTEXT))
        for place, line in enumerate(lines[:_STOOD_IN])
    ]


def _summary(story: DigestStory) -> str:
    """``*11 passed*, *2 failed*. 5 approved configurations cost *$41.20/h*, …``."""
    said = ", ".join(f"*{count}*" for count in story.counts)
    cost = story.cost
    if cost is not None:
        amount = f"*{cost.amount}*" if cost.amount else ""
        said = f"{said}. {cost.lead}{amount}{cost.tail}"
    return said


def _rich(story: DigestStory, room: _Room) -> list[Block]:
    rows = [
        [_cell(cut(text, room.cell)) for text in (row.name, row.verdict, row.since)]
        for row in story.rows[: room.rows]
    ]
    table: Block = {
        "type": "table",
        "block_id": "table",
        "rows": [[_cell(heading) for heading in HEADINGS], *rows],
        "column_settings": [{"is_wrapped": True}, {"is_wrapped": True}, {"is_wrapped": False}],
    }
    left = len(story.rows) - room.rows
    return [table, *([context("left", f"{left} more need a decision")] if left > 0 else [])]


def _simple(story: DigestStory, room: _Room) -> list[Block]:
    lines = [
        f"• {code(row.name, room.cell)} {escaped(row.verdict, room.cell)}, since {row.since}"
        for row in story.rows[: room.rows]
    ]
    left = len(story.rows) - len(lines)
    more = [f"… {left} more"] if left else []
    return [section("waiting", "\n".join([f"*{HEADINGS[0]}*", *lines, *more]))]


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}
