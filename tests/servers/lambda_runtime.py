"""A function run as Lambda runs it: AWS's own Python runtime client in a process of its own,
against a local Runtime API on 127.0.0.1.

    with lambda_function("recgate.functions.check.handler", env={...}, folder=SRC) as function:
        outcome = function.invoke(event)

As in Lambda, a process that ended is started anew by the next invocation, and one that takes too
long is killed. The protocol: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from recgate.domain.canonical import Json

REGION = "eu-west-1"
FUNCTION_NAME = "recgate-check"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:111122223333:function:{FUNCTION_NAME}"
_API = "/2018-06-01/runtime"
_POLL_S = 0.05
_STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class FunctionError:
    """How an invocation failed, in the words of Lambda's error document.

    ``type`` is the exception's name, ``Sandbox.Timedout`` or ``Runtime.ExitError``.
    """

    type: str
    message: str
    stack_trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to: the handler's ``payload``, or the ``error`` when it failed."""

    request_id: str
    payload: Any = None
    error: FunctionError | None = None


class LambdaFunction:
    """One execution environment: at most one invocation at a time."""

    def __init__(self, handler: str, *, env: Mapping[str, str], folder: Path, logs: Path) -> None:
        self._handler = handler
        self._env = env
        self._folder = folder
        self._logs = logs
        self._process: subprocess.Popen[bytes] | None = None
        self._api = _RuntimeApi()

    @property
    def stdout(self) -> str:
        """Everything the function's processes printed so far (the log, and metrics as EMF)."""
        return self._written("stdout")

    @property
    def stderr(self) -> str:
        """Everything the function's processes wrote to standard error so far."""
        return self._written("stderr")

    def invoke(self, event: Json, *, timeout_s: float = 30.0) -> Outcome:
        """Give the function one event and wait for its answer, at most ``timeout_s`` seconds."""
        process = self._running()
        request_id = self._api.offer(event, timeout_s)
        deadline = time.monotonic() + timeout_s
        while True:
            ended = process.poll() is not None  # before looking: an answer given, then the end
            outcome = self._api.wait(request_id, _POLL_S)
            if outcome is not None:
                return outcome
            if ended:
                self._api.withdraw()
                return Outcome(request_id, error=self._ended(process.returncode))
            if time.monotonic() > deadline:
                self._api.withdraw()
                self.end_process()
                message = f"Task timed out after {timeout_s:.2f} seconds"
                return Outcome(request_id, error=FunctionError("Sandbox.Timedout", message))

    def close(self) -> None:
        """End the process and the Runtime API."""
        self.end_process()
        self._api.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._api.forget_the_last_process()
            with (
                (self._logs / "stdout").open("ab") as out,
                (self._logs / "stderr").open("ab") as err,
            ):
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "awslambdaric", self._handler],
                    cwd=self._folder,  # first on sys.path, as /var/task is
                    env={
                        **_environment(self._handler, self._folder, self._api.address),
                        **self._env,
                    },
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                )
        return self._process

    def end_process(self) -> None:
        """End the process, if there is one; the next invocation starts another."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ended(self, code: int) -> FunctionError:
        message = f"The process of {self._handler} ended with code {code}: {self.stderr[-2000:]}"
        return self._api.init_error or FunctionError("Runtime.ExitError", message)

    def _written(self, name: str) -> str:
        log = self._logs / name
        return log.read_text("utf-8", errors="replace") if log.exists() else ""


@contextmanager
def lambda_function(
    handler: str, *, env: Mapping[str, str], folder: Path
) -> Iterator[LambdaFunction]:
    """The function whose code is in ``folder``, with these variables beside Lambda's own.

    Nothing else of this process's environment reaches it, and no credentials do.
    """
    with tempfile.TemporaryDirectory(prefix="recgate-lambda-") as logs:
        function = LambdaFunction(handler, env=env, folder=folder, logs=Path(logs))
        try:
            yield function
        finally:
            function.close()


def _environment(handler: str, folder: Path, address: str) -> dict[str, str]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION_NAME}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
    }


class _RuntimeApi:
    """The side of the Lambda service: hands out one invocation at a time, takes its answer."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._pending: tuple[str, bytes, float] | None = None
        self._outcome: Outcome | None = None
        self._process_number = 0
        self.init_error: FunctionError | None = None
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL_S})
        self._thread.start()

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def offer(self, event: Json, timeout_s: float) -> str:
        request_id = str(uuid.uuid4())
        with self._changed:
            self._pending = (request_id, json.dumps(event).encode(), time.time() + timeout_s)
            self._outcome = None
            self._changed.notify_all()
        return request_id

    def withdraw(self) -> None:
        """Forget the invocation that nobody took or answered."""
        with self._changed:
            self._pending = self._outcome = None

    def forget_the_last_process(self) -> None:
        """Its open question for work must not swallow what is meant for the next one."""
        with self._changed:
            self._process_number += 1
            self.init_error = None
            self._changed.notify_all()

    def wait(self, request_id: str, at_most_s: float) -> Outcome | None:
        def answered() -> bool:
            return self._outcome is not None and self._outcome.request_id == request_id

        with self._changed:
            return self._outcome if self._changed.wait_for(answered, at_most_s) else None

    def close(self) -> None:
        self.forget_the_last_process()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self) -> tuple[str, bytes, float] | None:
        """The next invocation, when there is one; None when its process is no more."""
        with self._changed:
            mine = self._process_number

            def due() -> bool:
                return self._pending is not None or self._process_number != mine

            self._changed.wait_for(due)
            if self._process_number != mine:
                return None
            taken, self._pending = self._pending, None
            return taken

    def answer(self, outcome: Outcome) -> None:
        with self._changed:
            self._outcome = outcome
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for the last answer instead of leaving it behind

    def __init__(self, api: _RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report faults of this server; a function that was killed just hangs up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_API}/invocation/next":
            return self._reply(404, b"{}")
        taken = self.server.api.next()
        if taken is None:
            self.close_connection = True
            return None
        request_id, event, deadline = taken
        trace = f"Root=1-5bef4de7-{request_id.replace('-', '')[:24]};Sampled=0"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
            "Lambda-Runtime-Trace-Id": trace,
        }
        return self._reply(200, event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request_id, _, what = self.path.removeprefix(f"{_API}/invocation/").partition("/")
        if self.path == f"{_API}/init/error":
            self.server.api.init_error = _error(body)
        elif what == "response":
            self.server.api.answer(Outcome(request_id, payload=json.loads(body)))
        elif what == "error":
            self.server.api.answer(Outcome(request_id, error=_error(body)))
        else:
            return self._reply(404, b"{}")
        return self._reply(202, b'{"status": "OK"}')

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is the function's."""


def _error(body: bytes) -> FunctionError:
    document = json.loads(body)
    return FunctionError(
        document["errorType"], document["errorMessage"], tuple(document.get("stackTrace", ()))
    )
