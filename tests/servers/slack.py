"""A local Slack: ``chat.postMessage`` and an incoming webhook on loopback, with scripted answers.

Without a script it answers like Slack, and refuses what Slack is known to refuse.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

WEBHOOK_PATH = "/services/T0LOCAL/B0LOCAL/local-webhook-secret"
_POST_MESSAGE = "/api/chat.postMessage"
_LONGEST_HANG_S = 20


class Fault(StrEnum):
    """A way to give no answer."""

    HANG = "hang"
    """The connection stays open and silent until the client or the server ends."""
    DROP = "drop"
    """The connection is closed after the request was read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer; a ``body`` that is no text is sent as JSON."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None


def error(code: str, *, status: int = 200, **headers: str) -> Answer:
    """An error of the Web API; headers by their names with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"ok": False, "error": code}, named)


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    message: Mapping[str, Any]


class SlackServer:
    """A running local Slack. ``posted`` holds every request, refused ones too."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self._script: deque[Answer] = deque()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.slack = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="local-slack"
        )

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        """What `slack_sdk.WebClient` takes."""
        return f"{self.url}/api/"

    @property
    def webhook_url(self) -> str:
        """The incoming webhook."""
        return f"{self.url}{WEBHOOK_PATH}"

    def answer_with(self, *answers: Answer) -> None:
        """Give these answers to the next requests, one each."""
        self._script.extend(answers)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End every hanging answer and the server; returns when all threads have ended."""
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, posted: Posted) -> Answer:
        """Record a request and say what to answer."""
        self.posted.append(posted)
        answer = self._script.popleft() if self._script else self._judged(posted)
        if answer.fault is Fault.HANG:
            self._ended.wait(_LONGEST_HANG_S)
        return answer

    def _judged(self, posted: Posted) -> Answer:
        refusal = _refusal(posted.message)
        if posted.path == WEBHOOK_PATH:
            return Answer(400, refusal) if refusal else Answer(200, "ok")
        if posted.path != _POST_MESSAGE:
            missing = posted.path.startswith("/services/")
            return Answer(404, "no_service") if missing else error("unknown_method")
        if not posted.headers.get("Authorization", "").startswith("Bearer xox"):
            return error("not_authed")
        channel = posted.message.get("channel")
        if not channel:
            return error("channel_not_found")
        if refusal:
            return error(refusal)
        timestamp = f"1795242725.{len(self.posted):06d}"
        return Answer(200, {"ok": True, "channel": channel, "ts": timestamp})


@contextmanager
def local_slack() -> Iterator[SlackServer]:
    """Run a local Slack on a free port of 127.0.0.1 while the block lasts."""
    slack = SlackServer()
    slack.start()
    try:
        yield slack
    finally:
        slack.stop()


def _refusal(message: Mapping[str, Any]) -> str:
    """Slack's word for what is wrong with a message, empty for nothing."""
    blocks = message.get("blocks") or []
    if not message.get("text") and not blocks:
        return "no_text"
    if len(message.get("text", "")) > 40_000:
        return "msg_too_long"
    if len(json.dumps(blocks)) > 13_200:
        return "msg_blocks_too_long"
    if len(blocks) > 50 or any(not _is_valid(block) for block in blocks):
        return "invalid_blocks"
    return ""


def _is_valid(block: Mapping[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return 0 < len(block["text"]["text"]) <= 150
        case "section":
            return 0 < len(block["text"]["text"]) <= 3_000
        case "context":
            return 0 < len(block["elements"]) <= 10
        case "table":
            rows = block["rows"]
            cells = [cell for row in rows for cell in row]
            return (
                0 < len(rows) <= 100
                and all(len(row) <= 20 for row in rows)
                and sum(len(cell["text"]) for cell in cells) <= 10_000
            )
        case "rich_text":
            return bool(block["elements"])
    return False


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    slack: SlackServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gave up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:  # the name is http.server's
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        posted = Posted(self.path, dict(self.headers.items()), self._parsed(raw))
        answer = self.server.slack.take(posted)
        self.close_connection = True
        if answer.fault is not None:
            return
        is_text = isinstance(answer.body, str)
        body = answer.body.encode() if is_text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _parsed(self, raw: bytes) -> Mapping[str, Any]:
        if self.headers.get_content_type() == "application/json":
            message: Mapping[str, Any] = json.loads(raw)
            return message
        form = dict(parse_qsl(raw.decode()))
        return {key: json.loads(text) if key == "blocks" else text for key, text in form.items()}

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output to the test."""
