"""What SNS sends to each kind of subscriber, as a person or a program gets it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from recgate.rendering.preview.markup import escaped, link_html
from recgate.rendering.preview.parts import Size, folded_html, part_html, sizes_html
from recgate.rendering.sns.envelope import BYTES, SMS, SUBJECT

_Q_TITLE, _Q_DESCRIPTION, _Q_STEP, _Q_KEYWORD = 250, 8_000, 350, 75
"""Characters of the parts of Amazon Q Developer's custom notification.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

_READ_BY_PROGRAMS = {"sqs": "SQS", "lambda": "Lambda", "http": "HTTP"}
"""Protocols whose messages are documents; SNS sends to each its own, or the default."""


def media_html(publish: Mapping[str, Any]) -> str:
    """One ``sns.publish``, for every audience that it serves."""
    messages: dict[str, str] = json.loads(publish["Message"])
    return (
        _email(str(publish.get("Subject", "")), messages.get("email", ""))
        + _sms(messages.get("sms", ""))
        + _amazon_q(messages.get("https", ""))
        + _programs(publish, messages)
    )


def _email(subject: str, body: str) -> str:
    inside = (
        '<div class="mail"><div class="envelope"><div><i>From</i> AWS Notifications '
        f"&lt;no-reply@sns.amazonaws.com&gt;</div><div><i>Subject</i> <b>{escaped(subject)}</b>"
        f'</div></div><div class="body">{_linked(body)}</div></div>'
    )
    sizes = sizes_html([Size("subject", len(subject), SUBJECT)])
    hint = "Proportional type, as mail clients show it. SNS adds its own footer."
    return part_html("mail", "E-mail", inside + sizes, hint)


def _sms(text: str) -> str:
    inside = f'<div class="sms">{escaped(text)}</div>'
    return part_html("sms", "SMS", inside + sizes_html([Size("characters", len(text), SMS)]), "")


def _amazon_q(text: str) -> str:
    """The card of a custom notification; nothing when the message has none."""
    card: Any = None
    with suppress(ValueError, RecursionError):
        card = json.loads(text)
    content = card.get("content") if isinstance(card, dict) else None
    if not isinstance(content, dict):
        return ""
    title, description = str(content.get("title", "")), str(content.get("description", ""))
    steps = [str(step) for step in content.get("nextSteps") or ()]
    keywords = [str(keyword) for keyword in content.get("keywords") or ()]
    listed = "".join(f"<li>{_linked(step)}</li>" for step in steps)
    inside = (
        f'<div class="card"><b class="title">{escaped(title)}</b>'
        f'<div class="body">{_linked(description)}</div>'
        f"{f'<b>Next steps</b><ul>{listed}</ul>' if listed else ''}"
        f'<div class="keywords">{escaped(" · ".join(keywords))}</div></div>'
    )
    sizes = [
        Size("title", len(title), _Q_TITLE),
        Size("description", len(description), _Q_DESCRIPTION),
        Size("longest next step", max(map(len, steps), default=0), _Q_STEP),
        Size("longest keyword", max(map(len, keywords), default=0), _Q_KEYWORD),
    ]
    hint = "As Amazon Q Developer shows it in Slack and in Teams. Their fonts and buttons differ."
    whole = folded_html("The JSON for Amazon Q and HTTPS", text)
    return part_html("amazon-q", "Amazon Q Developer", inside + sizes_html(sizes) + whole, hint)


def _programs(publish: Mapping[str, Any], messages: Mapping[str, str]) -> str:
    attributes: Mapping[str, Mapping[str, str]] = publish.get("MessageAttributes", {})
    rows = "".join(
        f"<tr><td><code>{escaped(name)}</code></td><td>{escaped(value.get('DataType', ''))}</td>"
        f"<td>{escaped(value.get('StringValue', ''))}</td></tr>"
        for name, value in sorted(attributes.items())
    )
    table = (
        '<div class="scrolls"><table><tr><th>Attribute</th><th>Type</th><th>Value</th></tr>'
        f"{rows}</table></div>"
    )
    readers: dict[str, list[str]] = {}
    for key, who in _READ_BY_PROGRAMS.items():
        if key in messages:
            readers.setdefault(messages[key], []).append(who)
    documents = "".join(
        folded_html(f"The JSON for {' and '.join(who)}", text) for text, who in readers.items()
    )
    line = folded_html("The line for everybody else", messages.get("default", ""))
    used = len(str(publish["Message"]).encode()) + sum(
        len(name.encode()) + sum(len(part.encode()) for part in value.values())
        for name, value in attributes.items()
    )
    sizes = sizes_html([Size("bytes of the whole publish", used, BYTES)])
    hint = "Filter policies of subscriptions read the attributes."
    return part_html("programs", "Programs", table + documents + line + sizes, hint)


def _linked(text: str) -> str:
    """The text, with the bare addresses in it as links, which is what its readers do."""
    words = text.split(" ")
    return " ".join(
        "\n".join(
            link_html(part, part) if part.startswith("https://") else escaped(part)
            for part in word.split("\n")
        )
        for word in words
    )
