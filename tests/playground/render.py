"""Block Kit as HTML: a Slack message as a person would see it.

Only the blocks that recgate sends are drawn; another one is an error, so that a picture never
leaves out what a person would see. Every text is escaped: a message may quote anything.
"""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STYLE = (Path(__file__).parent / "message.css").read_text("utf-8")
"""Needs nothing around it; colours come from variables that a page may set."""

_EMOJI = {
    "red_circle": "🔴",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "white_circle": "⚪",
    "black_square_for_stop": "⏹️",
    "x": "❌",
    "warning": "⚠️",
}

_CONTROL = re.compile(r"<([^<>]*)>")
_SPECIALS = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
"""What Slack's mrkdwn escapes, and nothing else.
https://docs.slack.dev/messaging/formatting-message-text#escaping
"""


class NotDrawn(ValueError):
    """A block or element that recgate does not send."""


def message_html(message: Mapping[str, Any]) -> str:
    """What is inside a message: its blocks, else its text. Raises NotDrawn."""
    blocks = message.get("blocks") or []
    if not blocks:
        return f'<div class="section">{mrkdwn_html(str(message.get("text", "")))}</div>'
    return "".join(_block(block) for block in blocks)


def mrkdwn_html(text: str) -> str:
    """Slack's mrkdwn as far as recgate uses it: bold, code, links, mentions, dates, emoji."""
    parts = _CONTROL.split(text)
    # The odd parts are what stood between < and >; everything else is text.
    return "".join(
        _control(part) if place % 2 else _marked(part) for place, part in enumerate(parts)
    )


def _block(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "header":
            return f"<h3>{_escaped(block['text']['text'])}</h3>"
        case "section":
            return f'<div class="section">{_text_object(block["text"])}</div>'
        case "context":
            texts = " ".join(_text_object(element) for element in block["elements"])
            return f'<div class="context">{texts}</div>'
        case "rich_text":
            return f'<div class="rich">{"".join(map(_rich, block["elements"]))}</div>'
        case "table":
            return f"<table>{''.join(_row(block, row) for row in block['rows'])}</table>"
        case other:
            raise NotDrawn(f"a block of type {other!r} is not drawn here")


def _text_object(text: Mapping[str, Any]) -> str:
    return mrkdwn_html(text["text"]) if text["type"] == "mrkdwn" else _escaped(text["text"])


def _rich(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "rich_text_section":
            return f"<div>{''.join(map(_rich_text, element['elements']))}</div>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(map(_rich_text, element['elements']))}</pre>"
        case "rich_text_list":
            items = "".join(f"<li>{_rich(item)}</li>" for item in element["elements"])
            return f"<ul>{items}</ul>"
        case other:
            raise NotDrawn(f"an element of type {other!r} is not drawn here")


def _rich_text(element: Mapping[str, Any]) -> str:
    if element.get("type") != "text":
        raise NotDrawn(f"an element of type {element.get('type')!r} is not drawn here")
    text = _escaped(element["text"])
    return f"<b>{text}</b>" if element.get("style", {}).get("bold") else text


def _row(table: Mapping[str, Any], row: list[Mapping[str, Any]]) -> str:
    settings = table.get("column_settings", [])
    padded = [*settings, *[{}] * (len(row) - len(settings))]
    cells = (
        f"<td{' class=right' if setting.get('align') == 'right' else ''}>"
        f"{_escaped(cell['text'])}</td>"
        for cell, setting in zip(row, padded, strict=False)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _marked(text: str) -> str:
    """Text outside of < and >, with its bold and code parts."""
    pieces = re.split(r"`([^`\n]+)`", _unescaped(text))
    return "".join(
        f"<code>{_escaped(piece)}</code>" if place % 2 else _emphasised(piece)
        for place, piece in enumerate(pieces)
    )


def _emphasised(text: str) -> str:
    bold = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"<b>\1</b>", _escaped(text))
    named = re.sub(r":([a-z_]+):", lambda found: _EMOJI.get(found[1], found[0]), bold)
    return named.replace("\n", "<br>")


def _control(inside: str) -> str:
    """What stood between < and >: a date, a mention or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return _escaped(_unescaped(label or target))
    if target.startswith(("!", "@", "#")):
        name = label or re.sub(r"^(!subteam\^|!|@|#)", "", target)
        sign = "#" if target.startswith("#") else "@"
        return f'<span class="mention">{_escaped(sign + _unescaped(name).lstrip("@#"))}</span>'
    if target.startswith(("https://", "http://", "mailto:")):
        shown = _escaped(_unescaped(label or target))
        address = _escaped(_unescaped(target))
        return f'<a href="{address}" rel="noreferrer noopener" target="_blank">{shown}</a>'
    return _escaped(f"<{_unescaped(inside)}>")


def _unescaped(text: str) -> str:
    return re.sub("&lt;|&gt;|&amp;", lambda found: _SPECIALS[found[0]], text)


def _escaped(text: Any) -> str:
    return html.escape(str(text))
