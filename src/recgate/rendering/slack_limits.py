"""Our own check of a finished Slack message against Slack's limits, which its SDK does not make.

Where no other source is named, a figure is from the block's page under
https://docs.slack.dev/reference/block-kit/blocks/.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Message = dict[str, Any]
"""A message as Slack's API takes it, without its channel."""

TEXT = 40_000
"""Characters of ``text``: https://docs.slack.dev/reference/methods/chat.postMessage."""
BLOCKS = 50
"""Blocks in a message."""
BLOCKS_JSON = 12_000
"""Characters of all blocks as JSON. Not documented: ``msg_blocks_too_long`` has been seen from
about 13,200 on (https://github.com/slackapi/bolt-js/issues/2509); this stays below.
"""
SECTION = 3_000
"""Characters of a section's text."""
HEADER = 150
"""Characters of a header."""
CONTEXT = 2_000
"""Characters of a text inside a context block; as for a section's fields."""
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
"""Rows, cells in a row, and characters in all cells, of the only table in a message."""
METADATA = 2_000
"""Characters of ``metadata`` as JSON. Slack names no figure (``metadata_too_large``): our own."""


def size(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Characters of the blocks as they are sent: JSON, with everything beyond ASCII escaped."""
    return len(json.dumps(blocks))


def violations(message: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in a message; empty when there is nothing."""
    return list(_violations(message))


def _violations(message: Mapping[str, Any]) -> Iterator[str]:
    yield from _too_long("text", message["text"], TEXT)
    if len(json.dumps(message.get("metadata", {}))) > METADATA:
        yield f"metadata has more than {METADATA} characters"
    blocks = message.get("blocks", [])
    if len(blocks) > BLOCKS:
        yield f"{len(blocks)} blocks, more than {BLOCKS}"
    if size(blocks) > BLOCKS_JSON:
        yield f"blocks have {size(blocks)} characters, more than {BLOCKS_JSON}"
    if sum(block["type"] == "table" for block in blocks) > 1:
        yield "more than one table"
    for block in blocks:
        yield from _in_block(block)
        if any(not text for text in _texts(block)):
            yield f"{block['type']} has an empty text"


def _in_block(block: Mapping[str, Any]) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield from _too_long("header", block["text"]["text"], HEADER)
        case "section":
            yield from _too_long("section", block["text"]["text"], SECTION)
        case "context":
            for element in block["elements"]:
                yield from _too_long("context", element["text"], CONTEXT)
        case "table":
            yield from _in_table(block["rows"])


def _in_table(rows: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    if len(rows) > TABLE_ROWS:
        yield f"table has {len(rows)} rows, more than {TABLE_ROWS}"
    if any(len(row) > TABLE_COLUMNS for row in rows):
        yield f"table has a row of more than {TABLE_COLUMNS} cells"
    if sum(len(cell["text"]) for row in rows for cell in row) > TABLE_CHARACTERS:
        yield f"table has more than {TABLE_CHARACTERS} characters"


def _too_long(name: str, text: str, limit: int) -> Iterator[str]:
    if not text:
        yield f"{name} is empty"
    if len(text) > limit:
        yield f"{name} has {len(text)} characters, more than {limit}"


def _texts(part: object) -> Iterator[str]:
    """Every text anywhere in a block."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for value in part:
            yield from _texts(value)
