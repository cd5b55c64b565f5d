"""The Slack messages of a preview: every form, in light, in dark and on a phone, with its size."""

from collections.abc import Mapping, Sequence
from typing import Any

from recgate.rendering.preview.blocks import posted_html
from recgate.rendering.preview.markup import escaped, mrkdwn_html
from recgate.rendering.preview.parts import Size, part_html, sizes_html
from recgate.rendering.slack.limits import (
    BLOCKS,
    BLOCKS_JSON,
    METADATA,
    TABLE_CHARACTERS,
    TEXT,
    UPDATED_TEXT,
    size,
    violations,
)

Message = Mapping[str, Any]

DEGRADED = ("Without the table", "Text only")
"""What the forms after the first are, in their order."""


def forms_html(forms: Sequence[Message], *, when: str) -> str:
    """The first form in every look, and the simpler ones that are sent where Slack refuses it."""
    full, *simpler = forms
    looks = [
        pane_html("Light, 600 px", full, when=when),
        pane_html("Dark, 600 px", full, when=when, css="dark"),
        _phone(full, when),
        _phone(full, when, css="dark"),
    ]
    degraded = [
        pane_html(words, form, when=when) for words, form in zip(DEGRADED, simpler, strict=False)
    ]
    line = mrkdwn_html(str(full.get("text", "")))
    push = f'<div class="push"><b>recgate</b><span>now</span><div>{line}</div></div>'
    return (
        part_html(
            "push",
            "Push notification",
            f'<div class="panes">{push}</div>',
            "What a phone shows on its lock screen, four lines of it or so, and what a "
            "screen reader says.",
        )
        + part_html("slack", "Slack", f'<div class="panes">{"".join(looks)}</div>', "")
        + part_html(
            "degraded",
            "Slack, sent simpler",
            f'<div class="panes">{"".join(degraded)}</div>',
            "Where Slack refuses a form, the next one is sent at once.",
        )
    )


def pane_html(
    words: str, message: Message, *, when: str, css: str = "", edited: bool = False
) -> str:
    """One message as a channel shows it, with what it uses of Slack's limits. One that was
    ``edited`` went through ``chat.update``, which takes less.
    """
    inside = posted_html(message, when=when, edited=edited)
    return (
        f'<figure class="pane"><figcaption>{escaped(words)}</figcaption>'
        f'<div class="slack {css}">{inside}</div>{_sizes(message, edited=edited)}</figure>'
    )


def _sizes(message: Message, *, edited: bool) -> str:
    """What a message uses of Slack's limits, and what Slack would refuse."""
    blocks = message.get("blocks") or []
    cells = [
        str(cell.get("text", ""))
        for block in blocks
        if block.get("type") == "table"
        for row in block["rows"]
        for cell in row
    ]
    sizes = [Size("text", len(str(message.get("text", ""))), UPDATED_TEXT if edited else TEXT)]
    if blocks:
        sizes.append(Size("blocks", len(blocks), BLOCKS))
        sizes.append(Size("characters of blocks", size(blocks), BLOCKS_JSON))
    if cells:
        sizes.append(Size("characters in the table", sum(map(len, cells)), TABLE_CHARACTERS))
    if message.get("metadata"):
        sizes.append(Size("characters of metadata", size(message["metadata"]), METADATA))
    return sizes_html(sizes, violations(message))


def _phone(message: Message, when: str, css: str = "") -> str:
    inside = posted_html(message, when=when)
    look = "Dark" if css else "Light"
    return (
        f'<figure class="pane phone"><figcaption>{look}, phone, 340 px</figcaption>'
        f'<div class="slack {css}">{inside}</div></figure>'
    )
