"""AWS's JSON 1.1 protocol over HTTP on loopback: one operation in, one answer or error out."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Protocol
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call instead of an answer; ``kind`` error, drop or hang."""

    kind: Literal["error", "drop", "hang"]
    code: str = ""
    status: int = 400
    message: str = ""


class Refused(Exception):
    """An error answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class Faults:
    """The faults scripted for the next calls of each operation."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}

    def script(self, operation: str, fault: Fault, times: int) -> None:
        """Let the next so many calls meet this fault."""
        self._waiting.setdefault(operation, deque()).extend([fault] * times)

    def next(self, operation: str) -> Fault | None:
        """The fault for this call, if any."""
        try:
            return self._waiting[operation].popleft()
        except (KeyError, IndexError):
            return None


class Service(Protocol):
    """What is behind the protocol. ``closing`` is set when hanging calls are to end."""

    closing: threading.Event
    problems: list[str]

    def take(self, operation: str, request: Mapping[str, Any]) -> Fault | None:
        """Record a call; gives the fault that it meets, if any."""
        ...

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a call. Raises Refused."""
        ...


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 while the block lasts; gives the address."""
    server = _Server(("127.0.0.1", 0), _handler_of(service))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        service.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the answers that are under way
    request_queue_size = 128  # several functions ask at once


def _status_and_answer(
    service: Service, operation: str, request: Mapping[str, Any], fault: Fault | None
) -> tuple[int, dict[str, Any]]:
    if fault:
        return fault.status, {"__type": fault.code, "message": fault.message}
    try:
        return 200, service.answer(operation, request)
    except Refused as refused:
        return refused.status, {"__type": refused.code, "message": str(refused)}
    except Exception as mistake:  # our own: it must fail the test and not look like AWS's fault
        service.problems.append(f"{operation}: {mistake!r}")
        return 500, {"__type": "InternalFailure", "message": repr(mistake)}


def _handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0 closes after each answer, so no connection outlives its test.

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            # boto3 speaks AWS JSON with both services, though CloudWatch knows two more protocols.
            target = self.headers["X-Amz-Target"].split(".")[-1]
            request = json.loads(body)
            fault = service.take(target, request)
            if fault and fault.kind == "hang":
                service.closing.wait(30)
            if fault and fault.kind != "error":
                return
            status, answer = _status_and_answer(service, target, request, fault)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("x-amzn-RequestId", str(uuid4()))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
