"""What a local Slack remembers: the messages of its channels, and the files that were uploaded.

It keeps the parts of Slack's behaviour that a channel of recgate relies on:

- ``chat.update`` keeps blocks and attachments that are left out;
- an answer to a message that is gone stands alone in the channel, without an error;
- the history of a channel has no replies but those that were shown there too;
- metadata is given only to who asks for it, and only an app can set it;
- a page may be shorter than was asked for.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.slack_blocks import refusal_of

Json = dict[str, Any]

BOT_ID, APP_ID, BOT_USER = "B0RECGATE", "A0RECGATE", "U0RECGATE"

ALL_SCOPES = frozenset({"chat:write", "channels:history", "groups:history", "files:write"})

_NEEDED = {
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
}


@dataclass
class UploadedFile:
    """A file on its way: granted, then put, then shared (``thread_ts`` may be empty)."""

    id: str
    name: str
    length: int
    alt_txt: str = ""
    title: str = ""
    content: bytes = b""
    channel: str = ""
    thread_ts: str = ""


@dataclass
class SlackWorkspace:
    """Channels and files. ``now_s`` is the time of a message, ``url`` where files are put."""

    now_s: Callable[[], int]
    url: Callable[[], str]
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    messages: dict[str, list[Json]] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    page: int = 100

    def call(self, method: str, sent: Mapping[str, Any], *, number: int) -> Json:
        """The answer to a call of a Web API method; ``number`` goes into a new message's ts."""
        methods: dict[str, Callable[[Mapping[str, Any]], Json]] = {
            "chat.postMessage": lambda sent: self._post(sent, number),
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "files.getUploadURLExternal": self._grant,
            "files.completeUploadExternal": self._share,
            "auth.test": lambda _: _ok(
                bot_id=BOT_ID, user_id=BOT_USER, user="recgate", team="Local"
            ),
            "blocks.validate": _validate,
        }
        if method not in methods:
            return _error("unknown_method")
        needed = _NEEDED.get(method, ())
        if needed and not self.scopes & set(needed):
            provided = ",".join(sorted(self.scopes))
            return {**_error("missing_scope"), "needed": ",".join(needed), "provided": provided}
        return methods[method](sent)

    def in_channel(self, channel: str) -> list[Json]:
        """What a person sees in the channel itself: no replies but those shown there too."""
        return [each for each in self.messages.get(channel, []) if _is_in_channel(each)]

    def in_thread(self, channel: str, ts: str) -> list[Json]:
        """The answers to a message."""
        return [
            each
            for each in self.messages.get(channel, [])
            if each.get("thread_ts") == ts and each["ts"] != ts
        ]

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message, as a person may."""
        self.messages[channel] = [each for each in self.messages[channel] if each["ts"] != ts]

    def put(self, file: str, content: bytes) -> bool:
        """Take a file's content; False when nobody asked for a place for it."""
        if file not in self.files:
            return False
        self.files[file].content = content
        return True

    def _post(self, sent: Mapping[str, Any], number: int) -> Json:
        channel = sent.get("channel")
        if not channel:
            return _error("channel_not_found")
        if refusal := refusal_of(sent):
            return _error(refusal)
        kept = ("text", "blocks", "attachments", "metadata")
        message: Json = {
            "type": "message",
            "ts": f"{self.now_s()}.{number:06d}",
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            **{key: sent[key] for key in kept if key in sent},
        }
        if self._find(channel, sent.get("thread_ts")) is not None:
            message["thread_ts"] = sent["thread_ts"]
            if sent.get("reply_broadcast"):
                message["subtype"] = "thread_broadcast"
        self.messages.setdefault(channel, []).append(message)
        return _ok(channel=channel, ts=message["ts"], message=message)

    def _update(self, sent: Mapping[str, Any]) -> Json:
        found = self._find(sent.get("channel"), sent.get("ts"))
        if found is None:
            return _error("message_not_found")
        if found.get("bot_id") != BOT_ID:
            return _error("cant_update_message")
        if refusal := refusal_of(sent, update=True):
            return _error(refusal)
        for key in ("text", "blocks", "attachments", "metadata"):
            if key in sent:
                found[key] = sent[key]
        found["edited"] = {"user": BOT_USER, "ts": f"{self.now_s()}.000000"}
        return _ok(channel=sent["channel"], ts=sent["ts"], message=found)

    def _history(self, sent: Mapping[str, Any]) -> Json:
        return self._paged(self.in_channel(str(sent.get("channel")))[::-1], sent)

    def _replies(self, sent: Mapping[str, Any]) -> Json:
        channel, ts = str(sent.get("channel")), str(sent.get("ts"))
        parent = self._find(channel, ts)
        if parent is None:
            return _error("thread_not_found")
        return self._paged([parent, *self.in_thread(channel, ts)], sent)

    def _paged(self, messages: list[Json], sent: Mapping[str, Any]) -> Json:
        since = float(sent.get("oldest", 0))
        messages = [each for each in messages if float(each["ts"]) > since]
        start = int(sent.get("cursor", 0))
        end = start + min(int(sent.get("limit", 100)), self.page)
        shown = [_shown(each, metadata=_is_true(sent)) for each in messages[start:end]]
        cursor = str(end) if end < len(messages) else ""
        return _ok(messages=shown, has_more=bool(cursor), response_metadata={"next_cursor": cursor})

    def _grant(self, sent: Mapping[str, Any]) -> Json:
        if not sent.get("filename") or not int(sent.get("length", 0)):
            return _error("missing_argument")
        if len(sent.get("alt_txt", "")) > 1_000:
            return _error("alt_txt_too_large")
        file = UploadedFile(
            f"F{len(self.files):08d}",
            sent["filename"],
            int(sent["length"]),
            sent.get("alt_txt", ""),
        )
        self.files[file.id] = file
        return _ok(upload_url=f"{self.url()}/upload/v1/{file.id}", file_id=file.id)

    def _share(self, sent: Mapping[str, Any]) -> Json:
        shared = json.loads(sent["files"])
        for each in shared:
            file = self.files.get(each["id"])
            if file is None or len(file.content) != file.length:
                return _error("file_not_found")
            file.title, file.channel = each.get("title", ""), sent.get("channel_id", "")
            file.thread_ts = sent.get("thread_ts", "")
        return _ok(files=[{"id": each["id"]} for each in shared])

    def _find(self, channel: object, ts: object) -> Json | None:
        messages = self.messages.get(str(channel), [])
        return next((each for each in messages if each["ts"] == ts), None)


def _validate(sent: Mapping[str, Any]) -> Json:
    message = sent.get("message")
    blocks = sent.get("blocks") or (json.loads(message).get("blocks") if message else None)
    if blocks is None:
        return _error("invalid_arguments")
    parsed = json.loads(blocks) if isinstance(blocks, str) else blocks
    refusal = refusal_of({"text": "-", "blocks": parsed})
    return {**_error("invalid_blocks"), "errors": [{"code": refusal}]} if refusal else _ok()


def _is_in_channel(message: Json) -> bool:
    root = message.get("thread_ts", message["ts"]) == message["ts"]
    return root or message.get("subtype") == "thread_broadcast"


def _is_true(sent: Mapping[str, Any]) -> bool:
    return str(sent.get("include_all_metadata")).lower() in ("1", "true")


def _shown(message: Json, *, metadata: bool) -> Json:
    return {key: value for key, value in message.items() if metadata or key != "metadata"}


def _ok(**said: object) -> Json:
    return {"ok": True, **said}


def _error(code: str) -> Json:
    return {"ok": False, "error": code}
