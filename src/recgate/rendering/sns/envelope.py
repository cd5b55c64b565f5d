"""The limits of SNS, and one publish for every kind of subscriber.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recgate.domain.canonical import Json
from recgate.rendering.safe_text import ascii_only, clean

SUBJECT = 99
"""Characters of the subject: "less than 100", printable ASCII, no line break."""
SMS = 140
"""Characters of the text for phones: one SMS."""
BYTES = 262_144
"""Bytes of message and attributes together."""
_ATTRIBUTE = 256
"""Characters of an attribute's value: our own, so that attributes stay small."""
EMAIL_BYTES = 60_000
ONE_WAY = "An answer to this mail reaches nobody: mail from SNS goes one way.\n"

_DETAILS = ((1_200, 100), (200, 20), (60, 5), (20, 1))
"""Characters of a text and entries of a list in the document: the first that fits is taken."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What each kind of subscriber receives. ``document`` is made for so many characters of a
    text and so many entries of a list.
    """

    subject: str
    line: str
    email: str
    document: Callable[[int, int], Json]
    card: Json
    attributes: Mapping[str, Mapping[str, str]]


def envelope(contents: Contents) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic, within its limits."""
    room = BYTES - sum(_size(name, value) for name, value in contents.attributes.items())
    message = ""
    for texts, items in _DETAILS:
        message = _message(contents, contents.document(texts, items))
        if len(message.encode()) <= room:
            break
    return {
        "Subject": ascii_only(contents.subject, SUBJECT),
        "MessageStructure": "json",
        "Message": message,
        "MessageAttributes": dict(contents.attributes),
    }


def attributes_of(texts: Mapping[str, str], *, severity: int) -> dict[str, dict[str, str]]:
    """What filter policies of subscriptions read. SNS refuses an empty value: it is left out."""
    made = {
        name: {"DataType": "String", "StringValue": cleaned}
        for name, text in texts.items()
        if (cleaned := clean(text, _ATTRIBUTE))
    }
    made["severity"] = {"DataType": "Number", "StringValue": str(severity)}
    return made


def _message(contents: Contents, document: Json) -> str:
    email = (contents.email + ONE_WAY).encode()[:EMAIL_BYTES].decode(errors="ignore")
    written = _json(document)
    return _json(
        {
            "default": contents.line,
            "email": email,
            "sms": ascii_only(contents.line, SMS),
            "sqs": written,
            "lambda": written,
            "https": _json(contents.card),
        }
    )


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _size(name: str, attribute: Mapping[str, str]) -> int:
    return len(name.encode()) + sum(len(value.encode()) for value in attribute.values())
