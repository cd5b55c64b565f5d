"""How a message in Slack is named in our records: ``C0123456789:1795242725.000100``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CHANNEL = re.compile(r"[A-Z0-9]{1,32}")
_TIMESTAMP = re.compile(r"[0-9]{1,20}\.[0-9]{1,10}")
_A_CHANNELS_ID = re.compile(r"[CGD][A-Z0-9]{6,31}")

NAMELESS = "slack"
"""The receipt of a message that Slack took without naming it."""


@dataclass(frozen=True, slots=True)
class SlackReceipt:
    """A message: ``ts`` names it inside its channel, and is the time when it was posted."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.ts}"


def receipt_from(channel: object, ts: object) -> SlackReceipt | None:
    """The message that Slack's own words name; None when they are something else."""
    if not isinstance(channel, str) or not isinstance(ts, str):
        return None
    if not _CHANNEL.fullmatch(channel) or not _TIMESTAMP.fullmatch(ts):
        return None
    return SlackReceipt(channel, ts)


def read_receipt(receipt: str) -> SlackReceipt | None:
    """The message that a recorded receipt names; None for another channel's, or for `NAMELESS`."""
    channel, _, ts = receipt.partition(":")
    return receipt_from(channel, ts)


def thread_in(channel: str, parent: str) -> SlackReceipt | None:
    """The message to answer to, if it stands in the channel that the route leads to now."""
    found = read_receipt(parent)
    if found is None or (_A_CHANNELS_ID.fullmatch(channel) and found.channel != channel):
        return None
    return found


def root_of(message: Mapping[str, object], channel: str) -> SlackReceipt | None:
    """The message in whose thread this one stands, as Slack tells it; None if in none."""
    thread = message.get("thread_ts")
    return receipt_from(channel, thread) if thread != message.get("ts") else None
