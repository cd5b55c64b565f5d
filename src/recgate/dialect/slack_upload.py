"""A picture into a thread, in the three steps that Slack asks for. Pure.

Source: https://docs.slack.dev/messaging/working-with-files#uploading_files. slack_sdk's own
``files_upload_v2`` sends the file wherever Slack's answer says; here that address is looked at.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from recgate.dialect.secret import keeps_secrets
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import AnswerClass
from recgate.dialect.slack_lookup import Ask
from recgate.dialect.slack_receipt import SlackReceipt

ALT_TEXT = 1_000
"""Characters of ``alt_txt``: https://docs.slack.dev/reference/methods/files.getUploadURLExternal."""

_FILE = re.compile(r"F[A-Z0-9]{1,32}")
_SLACKS = (".slack.com", ".slack-gov.com")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, what it is called, and what it shows, in words for who cannot see it."""

    content: bytes
    name: str
    title: str
    alt_text: str


def upload(
    picture: Picture,
    *,
    thread: SlackReceipt,
    ask: Ask,
    put: Callable[[str, bytes], SlackAnswer],
    base_url: str,
) -> SlackAnswer:
    """Post the picture into the thread; gives Slack's first answer that is no consent.

    Slack shares it a little later than it says so. Nothing is sent to an address that is not
    Slack's.
    """
    wanted = {
        "filename": picture.name,
        "length": len(picture.content),
        "alt_txt": picture.alt_text[:ALT_TEXT],
    }
    answer, granted = ask("files.getUploadURLExternal", wanted)
    if answer.kind is not AnswerClass.POSTED:
        return answer
    url, file = granted.get("upload_url"), granted.get("file_id")
    if not isinstance(url, str) or not takes_files(url, base_url):
        return SlackAnswer(AnswerClass.DEGRADE_DROP_FILE, "an upload address that is not Slack's")
    if not isinstance(file, str) or not _FILE.fullmatch(file):
        return SlackAnswer(AnswerClass.DEGRADE_DROP_FILE, "a file without a name of Slack's")
    answer = put(url, picture.content)
    if answer.kind is not AnswerClass.POSTED:
        return answer
    shared = {
        "files": json.dumps([{"id": file, "title": picture.title}]),
        "channel_id": thread.channel,
        "thread_ts": thread.ts,
    }
    return ask("files.completeUploadExternal", shared)[0]


def takes_files(url: str, base_url: str) -> bool:
    """Whether a file may be sent to this address: Slack's over https, or beside a local Slack."""
    try:
        to, api = urlsplit(url), urlsplit(base_url)
        beside = (to.hostname, to.port) == (api.hostname, api.port)
    except ValueError:
        return False
    if not keeps_secrets(url) or to.username is not None:
        return False
    slacks = (to.hostname or "").endswith(_SLACKS) and to.port in (None, 443)
    return (to.scheme == "https" and slacks) or beside
