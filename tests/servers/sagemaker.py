"""A local SageMaker and CloudWatch: what a recommendation job needs of them, over real HTTP.

Every answer is checked against botocore's own service model, so a test cannot be built on a
shape that AWS does not have; so is every request. Binds to 127.0.0.1 on a free port. Several
functions may ask at once.

Jobs are put in as they are, or created by a call and then live (see `tests.servers.job_lives`):
time comes from a clock, and what has changed since the last call is worked out when one comes.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from tests.builders import NOW
from tests.servers.aws_json import Fault, Faults, Refused, serving
from tests.servers.job_lives import Pace
from tests.servers.job_store import JobNow, JobStore
from tests.servers.latency_metrics import LatencyMetrics, PublishedAs
from tests.servers.request_check import check_request
from tests.servers.sagemaker_calls import SageMakerCalls
from tests.servers.shapes import mistakes, service_model
from tests.servers.trail import Call

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

ACCOUNT, REGION = "111122223333", "eu-west-1"


class LocalSageMaker:
    """The state of the server: put jobs and latencies in, script faults, read the calls.

    ``account`` and ``region`` are those of the ARNs that it makes. ``clock`` says how old the
    jobs are that calls created; without one the time is ``now`` and nothing moves.
    """

    def __init__(
        self,
        *,
        now: datetime = NOW,
        clock: Callable[[], datetime] | None = None,
        account: str = ACCOUNT,
        region: str = REGION,
        pace: Pace | None = None,
    ) -> None:
        self.metrics = LatencyMetrics(now)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.endpoint_url = ""
        self.problems: list[str] = []
        self.closing = threading.Event()
        self.account, self.region = account, region
        time = clock or (lambda: self.metrics.now)
        self._store = JobStore(self.metrics, time, pace or Pace())
        self._operations = SageMakerCalls(self._store, account=account, region=region)
        self._faults = Faults()
        self._clients: list[Any] = []

    @property
    def page_size(self) -> int | None:
        """How much a page of a list holds; None: as much as SageMaker's."""
        return self._operations.page_size

    @page_size.setter
    def page_size(self, size: int | None) -> None:
        self._operations.page_size = size

    @property
    def trail(self) -> list[Call]:
        """The calls that change something, with their answers; see `tests.servers.trail`."""
        return self._operations.trail

    def put_job(
        self,
        job: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        steps: Sequence[Mapping[str, Any]] = (),
        checked: bool = True,
    ) -> None:
        """Put a Describe response in. See `JobStore.put_job`."""
        self._store.put_job(job, tags=tags, steps=steps, checked=checked)

    def put_latencies(
        self,
        endpoint: str,
        job: str,
        latencies: Sequence[tuple[float, float]],
        *,
        published_as: PublishedAs = "pair",
    ) -> None:
        """Publish invocations as (epoch seconds, milliseconds)."""
        self._store.put_latencies(endpoint, job, latencies, published_as=published_as)

    def newest(self, count: int) -> list[JobNow]:
        """The jobs that were created last, the newest first; this is no call and not counted."""
        return self._store.newest(count)

    def fail(
        self, operation: str, code: str, *, times: int = 1, status: int = 400, message: str = ""
    ) -> None:
        """Answer the next calls with an error."""
        self._faults.script(operation, Fault("error", code, status, message), times)

    def drop(self, operation: str, *, times: int = 1) -> None:
        """Close the connection of the next calls without an answer."""
        self._faults.script(operation, Fault("drop"), times)

    def hang(self, operation: str, *, times: int = 1) -> None:
        """Never answer the next calls."""
        self._faults.script(operation, Fault("hang"), times)

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
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            config=Config(**{**settings, **config}),
        )
        self._clients.append(made)
        return made

    def close_clients(self) -> None:
        """Close the connections of every client that was made here."""
        for client in self._clients:
            client.close()

    def take(self, operation: str, request: Mapping[str, Any]) -> Fault | None:
        """Record a call; gives the fault that was scripted for it, if any."""
        self.calls.append((operation, dict(request)))
        return self._faults.next(operation)

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a call, of the shape that the model says. Raises Refused."""
        if operation not in self._operations:
            raise Refused("UnknownOperationException", f"{operation} is not played here")
        service = "cloudwatch" if operation == "GetMetricData" else "sagemaker"
        check_request(service, operation, request)
        with self._store.lock:
            now = self._store.catch_up()
            answer = self._operations.answer(operation, request, now)
            if answer.get("JobName") not in self._store.unchecked:
                self.problems += _mistakes(service, operation, answer)
        return answer


def _mistakes(service: str, operation: str, answer: Mapping[str, Any]) -> list[str]:
    shape = service_model(service).operation_model(operation).output_shape
    if shape is None:
        return [f"{operation} answers nothing: {answer}"] if answer else []
    return list(mistakes(shape, answer, operation))


@cache
def _session() -> boto3.Session:
    # One for all tests: it keeps the parsed service model, which takes a second to load.
    return boto3.Session("test-id", "test-secret", region_name=REGION)


@contextmanager
def local_sagemaker(
    *,
    now: datetime = NOW,
    clock: Callable[[], datetime] | None = None,
    account: str = ACCOUNT,
    region: str = REGION,
    pace: Pace | None = None,
) -> Iterator[LocalSageMaker]:
    """A running server; afterwards it fails the test if it gave an answer that AWS would not."""
    played = LocalSageMaker(now=now, clock=clock, account=account, region=region, pace=pace)
    with serving(played) as address:
        played.endpoint_url = address
        try:
            yield played
        finally:
            played.closing.set()
            played.close_clients()
    assert not played.problems, played.problems
