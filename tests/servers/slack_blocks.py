"""What a local Slack refuses in a message: its own figures, and what our own check finds."""

import json
from collections.abc import Mapping
from typing import Any

from recgate.rendering.slack.limits import violations

_UPDATE_TEXT = 4_000
_TEXT = 40_000
_BLOCKS_JSON = 13_200


def refusal_of(message: Mapping[str, Any], *, update: bool = False) -> str:
    """Slack's word for what is wrong with a message, empty for nothing."""
    blocks = message.get("blocks") or []
    text = message.get("text") or ""
    if not text and not blocks:
        return "no_text"
    if len(text) > (_UPDATE_TEXT if update else _TEXT):
        return "msg_too_long"
    if len(json.dumps(blocks)) > _BLOCKS_JSON:
        return "msg_blocks_too_long"
    if len(blocks) > 50 or any(not _is_valid(block) for block in blocks):
        return "invalid_blocks"
    try:
        quiet = {"unfurl_links": False, "unfurl_media": False}
        wrong = violations({"text": "-", "blocks": blocks, **quiet}, update=update)
    except (KeyError, TypeError):  # blocks of a shape that we never make
        return "invalid_blocks"
    return "invalid_blocks" if wrong else ""


def _is_valid(block: Mapping[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return 0 < len(block["text"]["text"]) <= 150
        case "section":
            texts = [block["text"]] if "text" in block else []
            fields = block.get("fields", [])
            return (
                bool(texts or fields)
                and all(0 < len(each["text"]) <= 3_000 for each in texts)
                and len(fields) <= 10
                and all(0 < len(each["text"]) <= 2_000 for each in fields)
            )
        case "context":
            return 0 < len(block["elements"]) <= 10
        case "table":
            return _is_a_table(block["rows"], most=100, characters=10_000)
        case "data_table":
            captioned = bool(block.get("caption"))
            return captioned and _is_a_table(block["rows"], most=201, characters=20_000)
        case "rich_text":
            return bool(block["elements"])
        case "actions":
            return 0 < len(block["elements"]) <= 25
        case "divider":
            return True
    return False


def _is_a_table(rows: list[list[Mapping[str, Any]]], *, most: int, characters: int) -> bool:
    cells = [cell for row in rows for cell in row]
    return (
        0 < len(rows) <= most
        and all(len(row) <= 20 for row in rows)
        and sum(len(cell.get("text", "")) for cell in cells) <= characters
    )
