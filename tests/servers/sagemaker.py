"""A local SageMaker and CloudWatch: what a recommendation job needs of them, over real HTTP.

Every answer is checked against botocore's own service model, so a test cannot be built on a
shape that AWS does not have. Binds to 127.0.0.1 on a free port.
"""

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from tests.builders import NOW
from tests.servers.latency_metrics import BadRequest, LatencyMetrics, PublishedAs
from tests.servers.shapes import mistakes, output_shape

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

REGION = "eu-west-1"
_LISTED = (
    "JobName",
    "JobDescription",
    "JobType",
    "JobArn",
    "Status",
    "CreationTime",
    "CompletionTime",
    "RoleArn",
    "LastModifiedTime",
    "FailureReason",
)


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


class LocalSageMaker:
    """The state of the server: put jobs and latencies in, script faults, read the calls."""

    def __init__(self, *, now: datetime = NOW) -> None:
        self.metrics = LatencyMetrics(now)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.page_size: int | None = None
        self.endpoint_url = ""
        self.problems: list[str] = []
        self.closing = threading.Event()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._steps: dict[str, list[dict[str, Any]]] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._clients: list[Any] = []

    def put_job(
        self,
        job: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        steps: Sequence[Mapping[str, Any]] = (),
        checked: bool = True,
    ) -> None:
        """Put a Describe response in (times as epoch seconds) with the job's tags and steps.

        ``checked`` False leaves the service model out of it: for members that SageMaker requires
        and published results do not have.
        """
        name = job["JobName"]
        if checked:
            found = list(
                mistakes(output_shape("sagemaker", "DescribeInferenceRecommendationsJob"), job)
            )
            assert not found, found
        self._jobs[name] = {**job, "checked": checked}
        self._tags[job["JobArn"]] = dict(tags or {})
        self._steps[name] = [dict(step) for step in steps]

    def put_latencies(
        self,
        endpoint: str,
        job: str,
        latencies: Sequence[tuple[float, float]],
        *,
        published_as: PublishedAs = "pair",
    ) -> None:
        """Publish invocations as (epoch seconds, milliseconds)."""
        self.metrics.put(endpoint, job, latencies, published_as)

    def fail(
        self, operation: str, code: str, *, times: int = 1, status: int = 400, message: str = ""
    ) -> None:
        """Answer the next calls with an error."""
        self._script(operation, Fault("error", code, status, message), times)

    def drop(self, operation: str, *, times: int = 1) -> None:
        """Close the connection of the next calls without an answer."""
        self._script(operation, Fault("drop"), times)

    def hang(self, operation: str, *, times: int = 1) -> None:
        """Never answer the next calls."""
        self._script(operation, Fault("hang"), times)

    def count(self, operation: str) -> int:
        """How many times an operation was called."""
        return Counter(name for name, _ in self.calls)[operation]

    @overload
    def client(self, service: Literal["sagemaker"], **config: Any) -> "SageMakerClient": ...

    @overload
    def client(self, service: Literal["cloudwatch"], **config: Any) -> "CloudWatchClient": ...

    def client(self, service: Literal["sagemaker", "cloudwatch"], **config: Any) -> Any:
        """A boto3 client of this server; without retries unless ``config`` says otherwise."""
        settings = {"retries": {"total_max_attempts": 1}, "proxies": {}, "read_timeout": 20}
        made = _session().client(
            service, endpoint_url=self.endpoint_url, config=Config(**{**settings, **config})
        )
        self._clients.append(made)
        return made

    def close_clients(self) -> None:
        """Close the connections of every client that was made here."""
        for client in self._clients:
            client.close()

    def next_fault(self, operation: str) -> Fault | None:
        """The fault scripted for this call, if any."""
        waiting = self._faults.get(operation)
        return waiting.popleft() if waiting else None

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a call, of the shape that the model says. Raises Refused."""
        operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "DescribeInferenceRecommendationsJob": self._describe,
            "ListInferenceRecommendationsJobs": self._list_jobs,
            "ListInferenceRecommendationsJobSteps": self._list_steps,
            "ListTags": self._list_tags,
            "GetMetricData": self._get_metric_data,
        }
        if operation not in operations:
            raise Refused("UnknownOperationException", f"{operation} is not played here")
        answer = operations[operation](request)
        service = "cloudwatch" if operation == "GetMetricData" else "sagemaker"
        if answer.pop("checked", True):
            self.problems += mistakes(output_shape(service, operation), answer, operation)
        return answer

    def _script(self, operation: str, fault: Fault, times: int) -> None:
        self._faults.setdefault(operation, deque()).extend([fault] * times)

    def _describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._job(request["JobName"]))

    def _job(self, name: str) -> dict[str, Any]:
        if name not in self._jobs:
            raise Refused("ResourceNotFound", f"Job {name} was not found.")
        return self._jobs[name]

    def _list_tags(self, request: Mapping[str, Any]) -> dict[str, Any]:
        arn = request["ResourceArn"]
        if arn not in self._tags:
            raise Refused("ValidationException", f"Could not find resource {arn}.")
        tags = [{"Key": key, "Value": value} for key, value in self._tags[arn].items()]
        return self._page("Tags", tags, request)

    def _list_steps(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._job(request["JobName"])
        status = request.get("Status")
        steps = [
            step for step in self._steps[request["JobName"]] if status in (None, step["Status"])
        ]
        return self._page("Steps", steps, request)

    def _list_jobs(self, request: Mapping[str, Any]) -> dict[str, Any]:
        jobs = [job for job in self._jobs.values() if _is_listed(job, request)]
        key = {"Name": "JobName", "Status": "Status"}.get(request.get("SortBy", ""), "CreationTime")
        jobs.sort(key=lambda job: job[key], reverse=request.get("SortOrder") == "Descending")
        return self._page(
            "InferenceRecommendationsJobs", [_in_a_list(job) for job in jobs], request
        )

    def _page(
        self, member: str, items: list[dict[str, Any]], request: Mapping[str, Any]
    ) -> dict[str, Any]:
        first = int(request.get("NextToken", 0))
        size = min(request.get("MaxResults", 100), self.page_size or 100)
        more = {"NextToken": str(first + size)} if first + size < len(items) else {}
        return {member: items[first : first + size], **more}

    def _get_metric_data(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.metrics.get_metric_data(request)
        except BadRequest as problem:
            raise Refused("ValidationError", str(problem)) from problem


def _is_listed(job: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    return (
        job["LastModifiedTime"] > request.get("LastModifiedTimeAfter", 0)
        and job["LastModifiedTime"] < request.get("LastModifiedTimeBefore", float("inf"))
        and job["CreationTime"] > request.get("CreationTimeAfter", 0)
        and job["CreationTime"] < request.get("CreationTimeBefore", float("inf"))
        and request.get("NameContains", "") in job["JobName"]
        and request.get("StatusEquals", job["Status"]) == job["Status"]
    )


def _in_a_list(job: Mapping[str, Any]) -> dict[str, Any]:
    config = job["InputConfig"]
    listed = {member: job[member] for member in _LISTED if job.get(member) is not None}
    for member in ("ModelName", "ModelPackageVersionArn"):
        if config.get(member):
            listed[member] = config[member]
    return {"JobDescription": "", **listed}


@cache
def _session() -> boto3.Session:
    # One for all tests: it keeps the parsed service model, which takes a second to load.
    return boto3.Session("test-id", "test-secret", region_name=REGION)


@contextmanager
def local_sagemaker(*, now: datetime = NOW) -> Iterator[LocalSageMaker]:
    """A running server; afterwards it fails the test if it gave an answer that AWS would not."""
    played = LocalSageMaker(now=now)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(played))
    server.daemon_threads = False  # server_close waits for the answers that are under way
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    played.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield played
    finally:
        played.closing.set()
        played.close_clients()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not played.problems, played.problems


def _status_and_answer(
    played: LocalSageMaker, operation: str, request: Mapping[str, Any], fault: Fault | None
) -> tuple[int, dict[str, Any]]:
    if fault:
        return fault.status, {"__type": fault.code, "message": fault.message}
    try:
        return 200, played.answer(operation, request)
    except Refused as refused:
        return refused.status, {"__type": refused.code, "message": str(refused)}
    except Exception as mistake:  # our own: it must fail the test and not look like AWS's fault
        played.problems.append(f"{operation}: {mistake!r}")
        return 500, {"__type": "InternalFailure", "message": repr(mistake)}


def _handler_of(played: LocalSageMaker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0 closes after each answer, so no connection outlives its test.

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            # boto3 speaks AWS JSON with both services, though CloudWatch knows two more protocols.
            target = self.headers["X-Amz-Target"].split(".")[-1]
            request = json.loads(body)
            played.calls.append((target, request))
            fault = played.next_fault(target)
            if fault and fault.kind == "hang":
                played.closing.wait(30)
            if fault and fault.kind != "error":
                return
            status, answer = _status_and_answer(played, target, request, fault)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
