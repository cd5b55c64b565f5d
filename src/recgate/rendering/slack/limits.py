"""Our own check of a finished Slack message against Slack's limits, which its SDK does not make.

It fails closed: what it does not know is a violation, and so is what Slack would take and we
would not send (markup that is not ours, characters that nobody can see).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recgate.rendering.slack.limits_blocks import blocks
from recgate.rendering.slack.limits_figures import (
    BLOCKS,
    BLOCKS_JSON,
    CONTEXT,
    EVENT_TYPE,
    HEADER,
    METADATA,
    SECTION,
    TABLE_CHARACTERS,
    TABLE_COLUMNS,
    TABLE_ROWS,
    TEXT,
    UPDATED_TEXT,
)
from recgate.rendering.slack.limits_markup import mrkdwn
from recgate.rendering.slack.limits_shapes import (
    Check,
    boolean,
    exactly,
    false,
    matching,
    members,
    number,
    shape,
)

__all__ = [
    "BLOCKS",
    "BLOCKS_JSON",
    "CONTEXT",
    "HEADER",
    "METADATA",
    "SECTION",
    "TABLE_CHARACTERS",
    "TABLE_COLUMNS",
    "TABLE_ROWS",
    "TEXT",
    "UPDATED_TEXT",
    "Message",
    "size",
    "violations",
]

Message = dict[str, Any]
"""A message as Slack's API takes it, with or without its channel."""

_TIMESTAMP = matching(r"[0-9]{1,12}\.[0-9]{1,6}", "the ts of a message")
_PLACE = matching(r"[A-Za-z0-9_#@.-]{1,255}", "a channel or a person")


def size(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Characters of the blocks as they are sent: JSON, with everything beyond ASCII escaped."""
    return len(json.dumps(blocks))


def violations(message: Mapping[str, Any], *, update: bool = False) -> list[str]:
    """What Slack would refuse in a message, and what we would not send; empty when it is fine.

    ``update``: the message goes to ``chat.update``, which takes less text and keeps the blocks
    of the old message unless it is given others, even none.
    """
    return [*_shape(message, update=update)(message, "message"), *_sizes(message)]


def _shape(message: object, *, update: bool) -> Check:
    text = {"text": mrkdwn(UPDATED_TEXT if update else TEXT)}
    shown = {"blocks": blocks}
    quiet = {"unfurl_links": false, "unfurl_media": false}
    optional = {
        "channel": _PLACE,
        "metadata": _METADATA,
        "parse": exactly("none"),
        "link_names": false,
        "attachments": exactly([]),
    }
    if update:
        return shape({**text, **shown}, {**optional, **quiet, "ts": _TIMESTAMP})
    optional = {**optional, **shown, "thread_ts": _TIMESTAMP, "reply_broadcast": boolean}
    if "user" in members(message):  # chat.postEphemeral never unfurls, and takes no word on it
        return shape({**text, "user": _PLACE}, optional)
    return shape({**text, **quiet}, optional)


def _payload_value(value: object, where: str) -> Iterator[str]:
    """What Slack's SDK says a payload holds: words, numbers, and objects of them or lists of such.

    https://docs.slack.dev/tools/node-slack-sdk/reference/types/interfaces/MessageMetadata
    """
    inner = value if isinstance(value, list | tuple) else (value,)
    for each in inner:
        if isinstance(each, Mapping):
            for member, plain in each.items():
                yield from _plain_value(plain, f"{where}.{member}")
        elif inner is value:
            yield f"{where} is a list of something other than objects"
        else:
            yield from _plain_value(each, where)


def _plain_value(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, str | bool):
        yield from number(value, where)


def _payload(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where} is not an object"
    for member, inner in members(value).items():
        yield from _payload_value(inner, f"{where}.{member}")


_METADATA = shape(
    {
        "event_type": matching(rf"[A-Za-z0-9_]{{1,{EVENT_TYPE}}}", "an alphanumeric name"),
        "event_payload": _payload,
    }
)


def _sizes(message: Mapping[str, Any]) -> Iterator[str]:
    """How long the blocks and the metadata are as JSON."""
    for member, limit in (("blocks", BLOCKS_JSON), ("metadata", METADATA)):
        if member not in message:
            continue
        try:
            found = len(json.dumps(message[member], allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            yield f"message.{member} cannot be said in JSON"
            continue
        if found > limit:
            yield f"message.{member} has {found} characters as JSON, more than {limit}"
