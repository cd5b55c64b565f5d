"""A local AWS that looks at signatures: who asks, of which service, in which region."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""

_GRANTED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token of {key}</SessionToken>
<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""

_REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"""


@dataclass(frozen=True, slots=True)
class SignedCall:
    """One request as its signature tells it; ``token`` is that of temporary credentials."""

    operation: str
    service: str
    region: str
    access_key: str
    token: str
    parameters: dict[str, Any] = field(compare=False)


@dataclass
class SignedCalls:
    """What was asked, and what STS is to answer: the access key is ``ASIA`` and the account.

    ``refusal`` is an error of STS as (HTTP status, code, message). ``jobs`` are the answers to
    Describe, by the job's name; ``answers`` those to other calls, by operation.
    """

    endpoint_url: str = ""
    calls: list[SignedCall] = field(default_factory=list)
    lasts: timedelta = timedelta(hours=1)
    refusal: tuple[int, str, str] | None = None
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, service: str) -> list[SignedCall]:
        """The calls of one service."""
        return [call for call in self.calls if call.service == service]

    def answer(self, call: SignedCall) -> tuple[int, str]:
        """HTTP status and body."""
        if call.service == "sts":
            return self._sts(call)
        if call.operation == "DescribeInferenceRecommendationsJob":
            return 200, json.dumps(self.jobs[call.parameters["JobName"]])
        return 200, json.dumps(self.answers.get(call.operation, {}))

    def _sts(self, call: SignedCall) -> tuple[int, str]:
        if self.refusal:
            status, code, message = self.refusal
            return status, _REFUSED.format(code=code, message=message)
        account = call.parameters["RoleArn"].split(":")[4]
        expires = (datetime.now(UTC) + self.lasts).strftime("%Y-%m-%dT%H:%M:%SZ")
        return 200, _GRANTED.format(key=f"ASIA{account}", expires=expires)


@contextmanager
def signed_calls() -> Iterator[SignedCalls]:
    """The server on a free port of 127.0.0.1 while the block lasts."""
    played = SignedCalls()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(played))
    server.daemon_threads = False  # server_close waits for the answers that are under way
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    played.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_of(played: SignedCalls) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0 closes after each answer, so no connection outlives its test.

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scope = _SCOPE.search(self.headers["Authorization"])
            assert scope, self.headers["Authorization"]
            access_key, region, service = scope.groups()
            target = self.headers.get("X-Amz-Target")
            if target:
                operation, parameters = target.split(".")[-1], json.loads(body)
            else:
                parameters = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                operation = parameters["Action"]
            token = self.headers.get("X-Amz-Security-Token", "")
            call = SignedCall(operation, service, region, access_key, token, parameters)
            played.calls.append(call)
            status, answer = played.answer(call)
            content = answer.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1" if target else "text/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
