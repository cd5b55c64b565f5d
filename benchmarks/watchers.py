"""The contenders of the sweep: recgate's watcher, and the one that everybody writes first."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from recgate.adapters.aws_clients import Aws
from recgate.adapters.dynamodb_watch_memory import DynamoDbWatchMemory
from recgate.adapters.eventbridge_bus import DEFAULT_BUS, EventBridgeBus
from recgate.adapters.sagemaker_job_list import PAGE_SIZE, SageMakerJobList
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.listed_jobs import listed_job
from recgate.domain.place import Place
from recgate.domain.status_change import StatusChange
from recgate.flows.job_stream import DECISION
from recgate.flows.watch import WatchParts, sweep
from recgate.ports import Entry, job_stream

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

PLACE = Place("111122223333", "eu-west-1")
VERDICT_WITHIN = timedelta(minutes=30)


class Watcher(Protocol):
    """One way to watch jobs."""

    def warm_up(self) -> None:
        """Make the first call of each client, whose price a long-lived process pays once."""
        ...

    def sweep(self, now: datetime) -> int:
        """Announce what changed since the last sweep; gives how many changes that were."""
        ...

    def rest(self) -> None:
        """What others do between two sweeps: it is not the watcher's work, and not measured."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


class RecgateWatcher:
    """`recgate.flows.watch.sweep` over the deployed adapters, with a ledger in memory."""

    def __init__(self, aws: Aws, *, table: str) -> None:
        self._aws = aws
        self._now = datetime.now(UTC)
        self._ledger = SqliteLedger(":memory:")
        self._announced: list[str] = []
        self._parts = WatchParts(
            jobs=SageMakerJobList(aws.client("sagemaker")),
            bus=EventBridgeBus(aws.client("events"), DEFAULT_BUS),
            memory=DynamoDbWatchMemory(aws.client("dynamodb"), table, PLACE),
            ledger=self._ledger,
            clock=lambda: self._now,
            verdict_within=VERDICT_WITHIN,
        )

    def warm_up(self) -> None:
        """See `Watcher.warm_up`."""
        self._parts.memory.load()
        self._aws.client("events").describe_event_bus()
        self._aws.client("sagemaker").list_inference_recommendations_jobs(MaxResults=1)

    def sweep(self, now: datetime) -> int:
        """See `Watcher.sweep`. The first sweep begins the watch and announces nothing."""
        self._now = now
        self._announced = [change.job.arn for change in sweep(self._parts).announced]
        return len(self._announced)

    def rest(self) -> None:
        """Record a decision for each job that was announced, as the check function does."""
        for arn in self._announced:
            self._ledger.append(job_stream(arn), 0, Entry(DECISION, "key", self._now, {}))

    def close(self) -> None:
        """See `Watcher.close`."""
        self._ledger.close()
        self._aws.close()


@dataclass(slots=True)
class ListsEverything:
    """The straightforward one: all jobs, page by page, every time, compared with a dict.

    In its favour: it keeps no memory that outlives its process, compares before it reads a job
    any further, and its first sweep, in which everything is new, announces nothing.
    """

    aws: Aws
    _seen: dict[str, str] = field(default_factory=dict)
    _has_begun: bool = False

    def warm_up(self) -> None:
        """See `Watcher.warm_up`."""
        self.aws.client("events").describe_event_bus()
        self._sagemaker.list_inference_recommendations_jobs(MaxResults=1)

    def sweep(self, now: datetime) -> int:
        """See `Watcher.sweep`; the time is of no use to it."""
        paginator = self._sagemaker.get_paginator("list_inference_recommendations_jobs")
        changed: list[StatusChange] = []
        for page in paginator.paginate(PaginationConfig={"PageSize": PAGE_SIZE}):
            for job in page["InferenceRecommendationsJobs"]:
                arn, status = job["JobArn"], job["Status"]
                before = self._seen.get(arn)
                if before != status:
                    self._seen[arn] = status
                    if self._has_begun:
                        changed.append(StatusChange(listed_job(job), before))
        self._has_begun = True
        if changed:
            EventBridgeBus(self.aws.client("events"), DEFAULT_BUS).put(changed)
        return len(changed)

    def rest(self) -> None:
        """See `Watcher.rest`; it looks for no decisions."""

    def close(self) -> None:
        """See `Watcher.close`."""
        self.aws.close()

    @property
    def _sagemaker(self) -> "SageMakerClient":
        client: SageMakerClient = self.aws.client("sagemaker")
        return client


class Contender(StrEnum):
    """Which watcher."""

    RECGATE = "recgate"
    LISTS_EVERYTHING = "lists everything"

    def made(self, aws: Aws, *, table: str) -> Watcher:
        """The watcher; ``table`` is for the memory of one that has any."""
        if self is Contender.RECGATE:
            return RecgateWatcher(aws, table=table)
        return ListsEverything(aws)
