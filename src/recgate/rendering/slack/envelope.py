"""What goes round the blocks of every Slack message: the text, and the metadata."""

from collections.abc import Mapping
from typing import Any

from recgate.domain.job import Snapshot
from recgate.rendering.safe_text import ascii_only, mrkdwn
from recgate.rendering.slack.limits import Message
from recgate.rendering.slack.literal import literal, literal_address

SCHEMA = 1
"""Version of the metadata's payload."""

_TEXT_LIMIT = 1_000
_LINKS_LIMIT = 2_500
"""Together below the 4,000 characters that ``chat.update`` takes.

https://docs.slack.dev/reference/methods/chat.update
"""
_ARN_LIMIT = 300
_VALUE_LIMIT = 200


def route_part(route: str) -> str:
    """What a dedupe key ends in: two routes may lead into one channel, each with its message."""
    return f":{route}" if route else ""


def message(text: str, event_type: str, snapshot: Snapshot, payload: Mapping[str, str]) -> Message:
    """A message without blocks. ``text`` is not escaped yet; empty values are left out."""
    told = {
        "job_arn": ascii_only(snapshot.job_arn or "", _ARN_LIMIT),
        **{key: ascii_only(value, _VALUE_LIMIT) for key, value in payload.items()},
    }
    kept: dict[str, Any] = {key: value for key, value in told.items() if value}
    return {
        "text": mrkdwn(literal(text), _TEXT_LIMIT),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": event_type, "event_payload": {**kept, "schema": SCHEMA}},
    }


def with_links(text: str, links: Mapping[str, str]) -> str:
    """The text with addresses on lines of their own: ``Job: https://…``."""
    lines = [f"{name}: {mrkdwn(literal_address(url), 6 * len(url))}" for name, url in links.items()]
    kept = [line for line in lines if len(line) <= _LINKS_LIMIT // max(len(lines), 1)]
    return "\n".join([text, *kept])
