"""Block Kit as HTML: a Slack message as a person would see it, with `message_style` on its page.

Only the blocks that recgate sends are drawn. Every text is escaped: a message may quote anything.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, repeat
from typing import Any

from recgate.rendering.preview.markup import escaped, link_html, mrkdwn_html

_PAGE_SIZE = 5
"""Rows of a data_table that are seen first, unless it says otherwise.

https://docs.slack.dev/reference/block-kit/blocks/data-table-block
"""

_STYLES = (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code"))

Part = Mapping[str, Any]


class NotDrawn(ValueError):
    """A block or element that recgate does not send."""


@cache
def message_style() -> str:
    """The style sheet of a message. Its colours are Slack's in light, in dark inside of an
    element with the class ``dark``; or those of the variables that the page sets.
    """
    return files(__package__).joinpath("message.css").read_text("utf-8")


def posted_html(message: Part, *, when: str = "", edited: bool = False) -> str:
    """The message with who posted it, as it stands in a channel. ``when`` is text.

    A block that is not drawn stands there as such, with all that it holds.
    """
    time = f'<span class="when">{escaped(when)}</span>' if when else ""
    mark = '<div class="edited">(edited)</div>' if edited else ""
    return (
        '<div class="message"><div class="icon">r</div><div class="said"><div class="who">'
        f'<b>recgate</b><span class="app">APP</span>{time}</div>'
        f"{loud_message_html(message)}{mark}</div></div>"
    )


def loud_message_html(message: Part) -> str:
    """What is inside a message; what is not drawn is shown as it was sent, and loudly."""
    blocks = message.get("blocks") or []
    return "".join(map(_drawn_or_loud, blocks)) if blocks else _text_only(message)


def message_html(message: Part) -> str:
    """What is inside a message: its blocks, else its text. Raises NotDrawn."""
    blocks = message.get("blocks") or []
    return "".join(map(_block, blocks)) if blocks else _text_only(message)


def _text_only(message: Part) -> str:
    text = mrkdwn_html(str(message.get("text", "")), verbatim=message.get("parse") == "none")
    return f'<div class="section">{text}</div>'


def _drawn_or_loud(block: object) -> str:
    try:
        return _block(block)  # type: ignore[arg-type]  # what is no block fails below
    except (ValueError, LookupError, TypeError, AttributeError) as strange:
        why = str(strange) if isinstance(strange, NotDrawn) else "a block that recgate cannot read"
        shown = escaped(json.dumps(block, ensure_ascii=False, indent=1, default=str))
        return f'<div class="undrawn"><b>Not drawn: {escaped(why)}</b><pre>{shown}</pre></div>'


def _block(block: Part) -> str:
    match block.get("type"):
        case "header":
            return f"<h3>{escaped(block['text']['text'])}</h3>"
        case "section":
            return _section(block)
        case "context":
            inside = " ".join(map(_context_element, block["elements"]))
            return f'<div class="context">{inside}</div>'
        case "rich_text":
            return f'<div class="rich">{"".join(map(_rich, block["elements"]))}</div>'
        case "actions":
            return f'<div class="actions">{"".join(map(_button, block["elements"]))}</div>'
        case "table":
            return _table(block["rows"], block.get("column_settings") or ())
        case "data_table":
            return _data_table(block)
        case "divider":
            return "<hr>"
        case "image":
            return _image(block)
        case other:
            raise NotDrawn(f"a block of type {other!r} is not drawn here")


def _section(block: Part) -> str:
    text = f"<div>{_text_object(block['text'])}</div>" if "text" in block else ""
    fields = "".join(f"<div>{_text_object(field)}</div>" for field in block.get("fields", ()))
    grid = f'<div class="fields">{fields}</div>' if fields else ""
    accessory = block.get("accessory")
    if accessory is None:
        return f'<div class="section">{text}{grid}</div>'
    beside = _image(accessory) if accessory.get("type") == "image" else _button(accessory)
    return f'<div class="section with-accessory"><div>{text}{grid}</div>{beside}</div>'


def _text_object(text: Part) -> str:
    if text["type"] != "mrkdwn":
        return escaped(text["text"])
    return mrkdwn_html(text["text"], verbatim=bool(text.get("verbatim")))


def _context_element(element: Part) -> str:
    return _image(element) if element["type"] == "image" else f"<div>{_text_object(element)}</div>"


def _button(button: Part) -> str:
    if button.get("type") != "button":
        raise NotDrawn(f"an element of type {button.get('type')!r} is not drawn here")
    style = button.get("style")
    css = f"button {style}" if style in ("primary", "danger") else "button"
    words = str(button["text"]["text"])
    if button.get("url"):
        return link_html(button["url"], words, css=css)
    return f'<span class="{css}">{escaped(words)}</span>'


def _image(image: Part) -> str:
    """A box with the alternative text: the page asks nobody for a picture."""
    title = image.get("title", {}).get("text", "")
    words = " · ".join(text for text in (title, image["alt_text"]) if text)
    return f'<div class="image">picture: {escaped(words)}</div>'


def _rich(element: Part) -> str:
    match element.get("type"):
        case "rich_text_section":
            return f"<div>{_rich_texts(element)}</div>"
        case "rich_text_preformatted":
            return f"<pre>{_rich_texts(element)}</pre>"
        case "rich_text_quote":
            return f'<div class="quote">{_rich_texts(element)}</div>'
        case "rich_text_list":
            items = "".join(f"<li>{_rich(item)}</li>" for item in element["elements"])
            tag = "ol" if element.get("style") == "ordered" else "ul"
            indent = min(int(element.get("indent", 0)), 8)
            return f'<{tag} class="indent{indent}">{items}</{tag}>'
        case other:
            raise NotDrawn(f"an element of type {other!r} is not drawn here")


def _rich_texts(element: Part) -> str:
    return "".join(map(_rich_text, element["elements"]))


def _rich_text(element: Part) -> str:
    match element.get("type"):
        case "text":
            inside = escaped(element["text"])
        case "link":
            inside = link_html(element["url"], element.get("text") or element["url"])
        case other:
            raise NotDrawn(f"an element of type {other!r} is not drawn here")
    style = element.get("style") or {}
    for name, tag in _STYLES:
        inside = f"<{tag}>{inside}</{tag}>" if style.get(name) else inside
    return inside


def _table(rows: Sequence[Sequence[Part]], settings: Sequence[Part]) -> str:
    lines = "".join(
        _row(row, settings, "th" if place == 0 else "td") for place, row in enumerate(rows)
    )
    return f'<div class="table"><table>{lines}</table></div>'


def _row(row: Sequence[Part], settings: Sequence[Part], tag: str) -> str:
    # A column that says nothing is null, and a short list says nothing about the rest.
    told = chain(((each or {}) for each in settings), repeat({}))
    return (
        f"<tr>{''.join(_cell(cell, each, tag) for cell, each in zip(row, told, strict=False))}</tr>"
    )


def _cell(cell: Part, settings: Part, tag: str) -> str:
    align = settings.get("align")
    classes = [align] if align in ("center", "right") else []
    classes += ["wrapped"] if settings.get("is_wrapped") else []
    named = f' class="{" ".join(classes)}"' if classes else ""
    match cell.get("type"):
        case "raw_text" | "raw_number":
            inside = escaped(cell["text"])
        case "rich_text":
            inside = "".join(map(_rich, cell["elements"]))
        case other:
            raise NotDrawn(f"a cell of type {other!r} is not drawn here")
    return f"<{tag}{named}>{inside}</{tag}>"


def _data_table(block: Part) -> str:
    head, *rows = block["rows"]
    size = int(block.get("page_size", _PAGE_SIZE))
    figures = [
        {"align": "right"} if cell["type"] == "raw_number" else {}
        for cell in (rows[0] if rows else head)
    ]
    rest = ""
    if len(rows) > size:
        more = _table([head, *rows[size:]], figures)
        rest = (
            f"<details><summary>Rows 1 to {size} of {len(rows)}; the others are on the next "
            f"pages</summary>{more}</details>"
        )
    return (
        f'<div class="data-table"><div class="caption">{escaped(block["caption"])}</div>'
        f"{_table([head, *rows[:size]], figures)}{rest}</div>"
    )
