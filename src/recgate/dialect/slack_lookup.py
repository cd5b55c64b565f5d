"""Looks for a message that may have arrived, by the key in its metadata. Pure.

``conversations.history`` and ``.replies`` take 50 calls a minute from an app that a company
made for itself (https://docs.slack.dev/reference/methods/conversations.history).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import LATER, AnswerClass
from recgate.dialect.slack_delivery import later
from recgate.dialect.slack_receipt import SlackReceipt, receipt_from, root_of
from recgate.dialect.slack_remedies import HISTORY_SCOPES, coded
from recgate.domain.delivery import Delivered, TryAgain

Ask = Callable[[str, Mapping[str, Any]], tuple[SlackAnswer, Mapping[str, Any]]]
"""Calls a method of the Web API with arguments: what the answer means, and its JSON."""

FOUND = "found after an answer that did not come"
"""The note of a message that had arrived after all."""

_MARGIN = timedelta(seconds=60)
"""How far Slack's clock may be behind ours."""
_PAGE = 100
_PAGES = 3


def look_for(
    key: str, since: datetime, *, channel: str, thread: SlackReceipt | None, ask: Ask
) -> Delivered | TryAgain | str:
    """The message with this dedupe key that was posted since then, in the thread or the channel.

    TryAgain: Slack did not answer, so nothing may be posted yet. Text: it is not known to be
    there; empty when everything was looked through, otherwise why not.
    """
    if not key:
        return "it carries no key to look for"
    window = {"oldest": f"{(since - _MARGIN).timestamp():.6f}", "limit": _PAGE}
    asked: list[tuple[str, dict[str, Any]]] = [("conversations.history", {"channel": channel})]
    if thread is not None:
        # The channel's history has no replies, except those that were shown there too.
        where = {"channel": thread.channel, "ts": thread.ts}
        asked.insert(0, ("conversations.replies", where))
    doubts = []
    for method, where in asked:
        found = _look(key, method, where | window, ask)
        if not isinstance(found, str):
            return found
        doubts += [found] if found else []
    return doubts[0] if doubts else ""


def dedupe_key(message: Mapping[str, Any]) -> str:
    """The key in a message's metadata; empty when it has none."""
    payload = _part(_part(message, "metadata"), "event_payload")
    key = payload.get("dedupe_key")
    return key if isinstance(key, str) else ""


def _look(
    key: str, method: str, arguments: Mapping[str, Any], ask: Ask
) -> Delivered | TryAgain | str:
    cursor = ""
    for _ in range(_PAGES):
        asked = {**arguments, "include_all_metadata": True}
        answer, page = ask(method, asked | ({"cursor": cursor} if cursor else {}))
        if answer.kind in LATER:
            return later(answer, doing=", while looking for a message that may have arrived")
        if answer.code == "thread_not_found":
            return ""
        if answer.kind is not AnswerClass.POSTED:
            return coded(answer, scopes=HISTORY_SCOPES)
        found = _found(key, page, str(arguments["channel"]))
        if found is not None:
            return found
        cursor = str(_part(page, "response_metadata").get("next_cursor") or "")
        if not cursor:
            return ""
    return f"more than {_PAGES * _PAGE} messages since"


def _found(key: str, page: Mapping[str, Any], channel: str) -> Delivered | None:
    messages = page.get("messages")
    for message in messages if isinstance(messages, Sequence) else ():
        if not isinstance(message, Mapping) or dedupe_key(message) != key:
            continue
        # Only apps can set metadata (metadata_must_be_sent_from_app), and a person's message
        # names none: what claims our key without one was not posted by us.
        posted_by_app = message.get("bot_id") or message.get("app_id")
        receipt = receipt_from(channel, message.get("ts"))
        if posted_by_app and receipt is not None:
            root = root_of(message, channel)
            return Delivered(str(receipt), FOUND, "" if root is None else str(root))
    return None


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}
