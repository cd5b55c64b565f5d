"""Stands before an emulator's SNS and reads along: what an e-mail subscriber would get.

Emulators deliver to queues and drop e-mails. Give its address to the functions as
``AWS_ENDPOINT_URL_SNS``: each call is passed on as it is, and what a Publish says to e-mail
subscribers is kept.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from tests.playground.world import Mail

_OF_THE_CONNECTION = ("connection", "content-length", "accept-encoding")
"""Headers that are not passed on. All others are: the call is signed, its Host included."""


class SnsRelay:
    """A running relay. ``mails`` holds every message that the emulator took, oldest first.

    Functions learn its address when the emulator starts, so it may be told the emulator's
    afterwards: see `before`.
    """

    def __init__(self, upstream: str, clock: Callable[[], datetime]) -> None:
        self.mails: list[Mail] = []
        self.url = ""
        self._clock = clock
        self.before(upstream)

    def before(self, upstream: str, *, trusting: str | None = None) -> None:
        """Stand before this emulator; ``trusting`` is the file of its certificate, if any."""
        self._upstream = upstream
        context = ssl.create_default_context(cafile=trusting)
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    def pass_on(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask the emulator; gives its status and answer."""
        request = Request(self._upstream, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=20) as answer:
                self._read_along(dict(parse_qsl(body.decode())))
                return answer.status, answer.read()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except URLError as unreachable:
            return 503, f"the emulator cannot be reached: {unreachable.reason}".encode()

    def _read_along(self, call: dict[str, str]) -> None:
        if call.get("Action") != "Publish":
            return
        text = call.get("Message", "")
        if call.get("MessageStructure") == "json":
            forms = json.loads(text)
            text = forms.get("email", forms["default"])
        topic = call.get("TopicArn", "").rsplit(":", 1)[-1]
        self.mails.append(Mail(self._clock(), topic, call.get("Subject", ""), text))


@contextmanager
def sns_relay(
    upstream: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[SnsRelay]:
    """Run one on a free port of 127.0.0.1 while the block lasts."""
    relay = SnsRelay(upstream, clock)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(relay))
    server.daemon_threads = False  # server_close waits for the answers that are under way
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="sns-relay")
    thread.start()
    relay.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield relay
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_of(relay: SnsRelay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in _OF_THE_CONNECTION
            }
            status, answer = relay.pass_on(headers, body)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
