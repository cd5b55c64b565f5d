"""A local Slack on loopback: the Web API as far as recgate uses it, and an incoming webhook.

Without a script it answers like Slack, and refuses what Slack is known to refuse; answers can be
scripted for whatever comes next, or for the next calls of one method.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from tests.servers.slack_blocks import refusal_of
from tests.servers.slack_workspace import SlackWorkspace

WEBHOOK_PATH = "/services/T0LOCAL/B0LOCAL/local-webhook-secret"
_API = "/api/"
_UPLOAD = "/upload/v1/"
_POST_MESSAGE = "chat.postMessage"
_LONGEST_HANG_S = 20


class Fault(StrEnum):
    """A way to give no answer."""

    HANG = "hang"
    """The connection stays open and silent until the client or the server ends."""
    DROP = "drop"
    """The connection is closed after the request was read."""
    LOSE = "lose"
    """The request is carried out, and then the connection is closed without an answer."""


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
    raw: bytes = b""

    @property
    def method(self) -> str:
        """The Web API method; ``upload`` for a file; empty for a webhook."""
        if self.path.startswith(_UPLOAD):
            return "upload"
        return self.path.removeprefix(_API) if self.path.startswith(_API) else ""


class SlackServer:
    """A running local Slack.

    ``posted`` holds every request to post a new message, refused ones too; ``asked`` every
    request of any kind. ``workspace`` is what Slack remembers. ``clock`` gives the time of a
    message, so that it can be looked up by the time that its sender knows.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.posted: list[Posted] = []
        self.asked: list[Posted] = []
        self.workspace = SlackWorkspace(lambda: int(clock().timestamp()), lambda: self.url)
        self._script: deque[Answer] = deque()
        self._scripts: dict[str, deque[Answer]] = {}
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

    def answer_to(self, method: str, *answers: Answer) -> None:
        """Give these answers to the next calls of a method (``upload``: of a file), one each."""
        self._scripts.setdefault(method, deque()).extend(answers)

    def calls(self, method: str) -> list[Mapping[str, Any]]:
        """The arguments of every call of a method so far."""
        return [asked.message for asked in self.asked if asked.method == method]

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
        self.asked.append(posted)
        if posted.method in ("", _POST_MESSAGE):
            self.posted.append(posted)
        scripts = [self._scripts.get(posted.method), self._script]
        answer = next((script.popleft() for script in scripts if script), None)
        if answer is None:
            return self._judged(posted)
        if answer.fault is Fault.LOSE:
            self._judged(posted)
        if answer.fault is Fault.HANG:
            self._ended.wait(_LONGEST_HANG_S)
        return answer

    def _judged(self, posted: Posted) -> Answer:
        if posted.path == WEBHOOK_PATH:
            refusal = refusal_of(posted.message)
            return Answer(400, refusal) if refusal else Answer(200, "ok")
        if posted.path.startswith("/services/"):
            return Answer(404, "no_service")
        if posted.method == "upload":
            taken = self.workspace.put(posted.path.removeprefix(_UPLOAD), posted.raw)
            return Answer(200, f"OK - {len(posted.raw)}") if taken else Answer(404, "not found")
        if not posted.headers.get("Authorization", "").startswith("Bearer xox"):
            return error("not_authed")
        said = self.workspace.call(posted.method, posted.message, number=len(self.posted))
        return Answer(200, said, {"X-OAuth-Scopes": ",".join(sorted(self.workspace.scopes))})


@contextmanager
def local_slack(
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[SlackServer]:
    """Run a local Slack on a free port of 127.0.0.1 while the block lasts."""
    slack = SlackServer(clock)
    slack.start()
    try:
        yield slack
    finally:
        slack.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    slack: SlackServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gave up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:  # the name is http.server's
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sent = {} if self.path.startswith(_UPLOAD) else self._parsed(raw)
        posted = Posted(self.path, dict(self.headers.items()), sent, raw)
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
        if not raw:
            return {}
        if self.headers.get_content_type() == "application/json":
            message: Mapping[str, Any] = json.loads(raw or b"{}")  # slack_sdk sends no body then
            return message
        form = dict(parse_qsl(raw.decode()))
        return {key: json.loads(text) if key == "blocks" else text for key, text in form.items()}

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output to the test."""
