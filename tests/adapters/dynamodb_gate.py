"""Small servers between a client and DynamoDB, or in its place, on loopback."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run the handler on a free port of loopback; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def page(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """A server that answers every request with this page."""

    class Handler(_Silent):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(status, body, {"Content-Type": "text/html"} | headers)

    with serving(Handler) as url:
        yield url


@contextmanager
def forgetful_gate(
    target: str,
    *,
    forgets: Callable[[str], bool],
    meanwhile: Callable[[], None] = lambda: None,
    instead: bytes = b"",
) -> Iterator[tuple[str, list[str]]]:
    """Pass requests on and the answers back, but hang up instead where ``forgets`` says so of the
    operation, such as ``TransactWriteItems``; ``meanwhile`` is what happens before that, and
    ``instead`` a page of HTML to answer with.

    Gives its URL, and the operations it has seen.
    """
    seen: list[str] = []

    class Handler(_Silent):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            seen.append(operation)
            with closing(HTTPConnection(urlsplit(target).netloc, timeout=10)) as onward:
                onward.request("POST", "/", body, dict(self.headers))
                answer = onward.getresponse()
                content = answer.read()
            if forgets(operation):
                meanwhile()
                if instead:
                    self.answer(200, instead, {"Content-Type": "text/html"})
            else:
                self.answer(answer.status, content, {"Content-Type": "application/x-amz-json-1.0"})
            self.close_connection = True

    with serving(Handler) as url:
        yield url, seen


def first(count: int, operation: str) -> Callable[[str], bool]:
    """Whether it is one of the first so many of this operation."""
    seen = 0

    def is_first(asked: str) -> bool:
        nonlocal seen
        seen += asked == operation
        return asked == operation and seen <= count

    return is_first


class _Silent(BaseHTTPRequestHandler):
    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output to the test."""
