"""Slack as HTML: channels, each message with its thread and its files. Every text is escaped."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from recgate.rendering.preview.blocks import message_html
from tests.playground.markup import time_html
from tests.playground.world import SlackFile, SlackMessage

MESSAGES_SHOWN = 60


def slack_html(messages: Sequence[SlackMessage]) -> str:
    """The messages of each channel as a person sees them, newest first; the newest thread of a
    channel is open.
    """
    if not messages:
        return '<p class="empty">Nobody has said anything yet.</p>'
    by_channel = sorted(messages[:MESSAGES_SHOWN], key=lambda each: each.channel)
    return "".join(
        f'<h2 class="channel"><i>#</i> {escape(channel)}</h2>{_channel(list(said))}'
        for channel, said in groupby(by_channel, key=lambda each: each.channel)
    )


def _channel(said: Sequence[SlackMessage]) -> str:
    newest = next((message for message in said if _answers(message)), None)
    return "".join(_message(message, is_open=message is newest) for message in said)


def _answers(message: SlackMessage) -> int:
    return len(message.replies) + len(message.files)


def _message(said: SlackMessage, *, is_open: bool = False) -> str:
    try:
        inside = message_html(said.message)
    # Anybody may post anything to the local Slack; the page shows the others all the same.
    except (ValueError, KeyError, TypeError, AttributeError) as strange:
        inside = f'<p class="broken">This message cannot be drawn: {escape(str(strange))}</p>'
    refused = f'<p class="refused">Slack refused it: {escape(said.refusal)}</p>'
    edited = '<div class="edited">(edited)</div>' if said.edited else ""
    return (
        f'<div class="message{" lost" if said.refusal else ""}"><div class="icon">r</div>'
        f'<div class="said"><div class="who"><b>recgate</b><span class="app">APP</span> '
        f"{time_html(said.at)}</div>{refused if said.refusal else ''}{inside}{edited}"
        f"{_thread(said, is_open=is_open)}</div></div>"
    )


def _thread(said: SlackMessage, *, is_open: bool) -> str:
    count = _answers(said)
    if not count:
        return ""
    inside = "".join(map(_message, said.replies)) + "".join(map(_file, said.files))
    words = "1 reply" if count == 1 else f"{count} replies"
    return (
        f'<details class="thread" data-key="{escape(said.channel)} {said.at.timestamp()}"'
        f"{' open' if is_open else ''}><summary>{words}</summary>{inside}</details>"
    )


def _file(file: SlackFile) -> str:
    return (
        f'<figure class="file"><figcaption>{escape(file.title)}</figcaption>'
        f'<img src="/file?id={escape(file.id)}" alt="{escape(file.alt_text)}"></figure>'
    )
