"""The blocks that Slack messages are made of, and how much of a story there is room for.

Text that we did not write stands in ``rich_text`` text elements and ``raw_text`` cells, which
Slack never parses; everywhere else it is escaped, and in a code span where it can be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recgate.rendering.safe_text import clean, cut, first, mrkdwn, plain
from recgate.rendering.slack.limits import HEADER
from recgate.rendering.slack.literal import literal
from recgate.rendering.story import spoken_time
from recgate.rendering.words import Span, Style

Block = dict[str, Any]
Spans = tuple[Span, ...]

_NAMELESS = "(no name)"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a story fits.

    ``rows`` and ``columns`` are those of the table, ``columns`` with the configuration and the
    verdict; ``policies`` are those whose reasons are told, ``notes`` lines beside the verdict,
    ``lines`` those of any list. The others are characters: of a ``line``, of a reason for the
    verdict (``why``), of SageMaker's ``reason``, of an address.
    """

    rows: int
    columns: int
    policies: int
    notes: int
    lines: int
    line: int
    why: int
    reason: int
    address: int


def header(text: str) -> Block:
    """The headline; foreign text in it is made harmless here."""
    content = {"type": "plain_text", "text": plain(text, HEADER), "emoji": False}
    return {"type": "header", "block_id": "head", "text": content}


def section(part: str, text: str) -> Block:
    """A section of mrkdwn; the text is escaped already."""
    return {"type": "section", "block_id": part, "text": _mrkdwn(text)}


def fields(part: str, texts: Iterable[str]) -> Block:
    """A section of fields in two columns; the texts are escaped already."""
    return {"type": "section", "block_id": part, "fields": [_mrkdwn(text) for text in texts]}


def context(part: str, text: str) -> Block:
    """A small grey line of mrkdwn; the text is escaped already."""
    return {"type": "context", "block_id": part, "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def rich_text(part: str, *elements: Block) -> Block:
    """Rich text: nothing in it is ever parsed."""
    return {"type": "rich_text", "block_id": part, "elements": list(elements)}


def rich_line(spans: Iterable[Span]) -> Block:
    """One line of rich text: amounts as code, distances bold."""
    elements, gap = [], ""
    for text, style in spans:
        if text.strip():
            elements.append(_rich(Span(gap + text, style)))
            gap = ""
        else:
            # An element of nothing but space is one that Slack may call empty.
            gap += text
    return {"type": "rich_text_section", "elements": elements}


def rich_list(lines: Iterable[Spans]) -> Block:
    """Lines of rich text with bullets."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [*map(rich_line, lines)]}


def rich_preformatted(text: str) -> Block:
    """Text as it came, line breaks included."""
    return {"type": "rich_text_preformatted", "elements": [_rich(Span(text))]}


def _rich(span: Span) -> Block:
    element: Block = {"type": "text", "text": span.text}
    if span.style is not Style.PLAIN:
        element["style"] = {"code" if span.style is Style.AMOUNT else "bold": True}
    return element


def actions(part: str, buttons: Sequence[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": part, "elements": list(buttons)}


def link_button(action: str, text: str, url: str, *, style: str = "") -> Block:
    """A button that opens an address. Slack still tells the app of the click, by ``action``."""
    label = {"type": "plain_text", "text": text, "emoji": False}
    button: Block = {"type": "button", "action_id": action, "text": label, "url": url}
    return {**button, "style": style} if style else button


def identified(blocks: Iterable[Block], suffix: str) -> list[Block]:
    """The blocks with ids of their own: what was ``head`` becomes ``recgate_head_3f9c2a1``.

    Slack wants another id whenever the message is changed; the part in the middle is stable.
    https://docs.slack.dev/reference/block-kit/blocks/section-block
    """
    return [{**block, "block_id": f"recgate_{block['block_id']}_{suffix}"} for block in blocks]


# --- texts ---------------------------------------------------------------------------------


def code(text: str, limit: int) -> str:
    """Foreign text as mrkdwn that Slack prints as it is: a code span."""
    return f"`{mrkdwn(clean(text, limit), 6 * limit) or _NAMELESS}`"


def escaped(text: str, limit: int) -> str:
    """Foreign text on one line for mrkdwn: at most ``limit`` characters before the escaping."""
    return mrkdwn(literal(clean(text, limit)), 6 * limit)


def marked(spans: Iterable[Span]) -> str:
    """A line in mrkdwn: amounts as code, distances bold."""
    shapes = {Style.AMOUNT: "`{}`", Style.DISTANCE: "*{}*", Style.PLAIN: "{}"}
    return "".join(
        shapes[span.style].format(mrkdwn(_unformatted(span), 6 * len(span.text)))
        for span in spans
        if span.text
    )


def _unformatted(span: Span) -> str:
    return span.text if span.style is Style.AMOUNT else literal(span.text)


def fitted(spans: Iterable[Span], limit: int) -> Spans:
    """The line, or its beginning and ``…``. An amount is never cut: half of it is another one."""
    kept: list[Span] = []
    for span in spans:
        if len(span.text) > limit:
            beginning = cut(span.text, limit) if span.style is Style.PLAIN and limit > 1 else ""
            return (*kept, Span(beginning or _ELLIPSIS))
        kept.append(span)
        limit -= len(span.text)
    return tuple(kept)


def plain_lines(lines: Sequence[str], room: Room) -> list[str]:
    """As many of the lines as there is room for; the last one says how many are left out."""
    return [cut(line, room.line) for line in first(lines, room.lines)]


def reader_time(moment: datetime) -> str:
    """The moment in the reader's own time zone, with UTC for clients that cannot say it."""
    stamp = int(moment.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{spoken_time(moment)}>"
