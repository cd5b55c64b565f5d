"""Stands before local SageMakers of several places: each call goes to that of its own place.

A SageMaker plays one account and one region. Functions are given the router's address as that of
SageMaker and of CloudWatch; a call's signature says which region it is for and, by its access key,
who asks: with a role's temporary key, that of the role's account.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from recgate.domain.place import Place

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/")
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""

AccountOf = Callable[[str], str]
"""The account that an access key belongs to; empty for one that nobody gave out."""


@dataclass(frozen=True, slots=True)
class RoutedCall:
    """A call that reached the SageMaker or CloudWatch of its place.

    ``resource`` is the ARN of the job that it is about, as IAM has it; ``*`` where IAM knows no
    resource for the operation.
    """

    place: Place
    operation: str
    resource: str


class PlaceRouter:
    """A running router. ``calls`` holds every call that it passed on, oldest first.

    Functions learn its address when the emulator starts; until it is told what to stand before,
    it answers that it is not ready.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[RoutedCall] = []
        self._servers: Mapping[Place, str] = {}
        self._account_of: AccountOf = lambda key: ""
        self._opener = build_opener(ProxyHandler({}))

    def before(self, servers: Mapping[Place, str], account_of: AccountOf) -> None:
        """Stand before these addresses; ``account_of`` is asked for every call."""
        self._servers, self._account_of = servers, account_of

    def pass_on(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask the server of the call's place; gives its status and answer."""
        if not self._servers:
            return _refusal(503, "ServiceUnavailable", "nothing is behind the router yet")
        scope = _SCOPE.search(headers.get("Authorization", ""))
        if scope is None:
            return _refusal(403, "MissingAuthenticationTokenException", "the call is not signed")
        account = self._account_of(scope[1])
        if not account:
            return _refusal(403, "UnrecognizedClientException", "nobody has this access key")
        place = Place(account, scope[2])
        if place not in self._servers:
            return _refusal(503, "ServiceUnavailable", f"there is no SageMaker in {place}")
        self.calls.append(_routed(place, headers["X-Amz-Target"], body))
        # Headers are not passed on but these two: what is signed has been looked at.
        kept = {name: headers[name] for name in ("Content-Type", "X-Amz-Target")}
        request = Request(self._servers[place], data=body, headers=kept, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=20) as answer:
                return answer.status, answer.read()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except URLError as unreachable:
            return _refusal(503, "ServiceUnavailable", f"{place}: {unreachable.reason}")


def _routed(place: Place, target: str, body: bytes) -> RoutedCall:
    operation = target.split(".")[-1]
    request: dict[str, Any] = json.loads(body)
    resource = "*"
    if operation == "DescribeInferenceRecommendationsJob":
        where = f"arn:aws:sagemaker:{place.region}:{place.account}"
        resource = f"{where}:inference-recommendations-job/{request['JobName']}"
    elif operation == "ListTags":
        resource = request["ResourceArn"]
    return RoutedCall(place, operation, resource)


def _refusal(status: int, code: str, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"__type": code, "message": message}).encode()


@contextmanager
def place_router() -> Iterator[PlaceRouter]:
    """Run one on a free port of 127.0.0.1 while the block lasts."""
    router = PlaceRouter()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(router))
    server.daemon_threads = False  # server_close waits for the answers that are under way
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="place-router")
    thread.start()
    router.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield router
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler_of(router: PlaceRouter) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0 closes after each answer, so no connection outlives its test.

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = router.pass_on(dict(self.headers.items()), body)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
