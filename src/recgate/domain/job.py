"""A recommendation job as it ended: one immutable snapshot, whatever shape it came in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from recgate.domain.canonical import Json
from recgate.domain.reading import Reading


class JobStatus(StrEnum):
    """SageMaker's words for the state of a job."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    DELETED = "DELETED"

    @property
    def is_terminal(self) -> bool:
        """Whether a job in this state will never change again."""
        return self in _TERMINAL


_TERMINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.DELETED})


class EndpointKind(StrEnum):
    """What a recommendation would be deployed as."""

    REALTIME = "realtime"
    SERVERLESS = "serverless"


class Metric(IntEnum):
    """The figures of a candidate that a limit can be set on; the number is its place in
    `Candidate.values`.
    """

    COST_PER_HOUR_USD = 0
    COST_PER_MILLION_INFERENCES_USD = 1
    LATENCY_P99_MS = 2
    MODEL_LATENCY_MS = 3
    INVOCATIONS_PER_MINUTE = 4
    CPU_UTILIZATION_PCT = 5
    MEMORY_UTILIZATION_PCT = 6
    INSTANCE_COUNT = 7
    SERVERLESS_MEMORY_MB = 8
    SERVERLESS_CONCURRENCY = 9
    LATENCY_GAIN_OVER_EXISTING_PCT = 10
    THROUGHPUT_GAIN_OVER_EXISTING_PCT = 11


_INSTANCE_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.[a-z0-9-]+")


def instance_family(instance_type: str | None) -> str | None:
    """The family in an instance type (``ml.c7g.xlarge`` → ``c7g``), None if it has none."""
    parsed = _INSTANCE_TYPE.fullmatch(instance_type or "")
    return parsed.group(1) if parsed else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recommendation: a configuration that could be deployed, and what was measured on it.

    ``readings`` follows the order of `Metric`; ``values`` holds their numbers alone, which is
    what the evaluation reads.
    """

    recommendation_id: str
    kind: EndpointKind
    readings: tuple[Reading, ...]
    instance_type: str | None = None
    family: str | None = None
    instance_count: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    endpoint_name: str | None = None
    values: tuple[float | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(reading.value for reading in self.readings))

    @property
    def configuration(self) -> str:
        """The configuration in a few words: ``ml.c7g.xlarge × 2``, ``serverless 2048 MB × 5``."""
        if self.kind is EndpointKind.SERVERLESS:
            memory = self.values[Metric.SERVERLESS_MEMORY_MB]
            concurrency = self.values[Metric.SERVERLESS_CONCURRENCY]
            size = "?" if memory is None else f"{memory:.0f}"
            return f"serverless {size} MB × {'?' if concurrency is None else f'{concurrency:.0f}'}"
        count = self.values[Metric.INSTANCE_COUNT]
        return f"{self.instance_type or 'unknown type'} × {'?' if count is None else f'{count:g}'}"


@dataclass(frozen=True, slots=True)
class ExistingEndpoint:
    """An endpoint that was there before the job, measured beside the recommendations."""

    endpoint_name: str
    model_latency: Reading
    invocations_per_minute: Reading


@dataclass(frozen=True, slots=True)
class Step:
    """One benchmark of the job."""

    status: str
    instance_type: str | None = None
    endpoint_name: str | None = None
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a decision is made from, gathered once for one state of one job.

    ``document`` is the evidence as it was gathered (the whole Describe response, tags, steps,
    measured percentiles) in its canonical form; every other field is read out of it.
    None means "not known": of ``tags`` that nobody asked for them, of ``account`` and
    ``region`` that the job's ARN does not tell them.
    ``candidates`` are in the total order of the policy language's rule 3, so the first of
    several equals is always the same one.
    """

    job_name: str
    job_arn: str | None
    status: JobStatus
    document: Mapping[str, Json]
    digest: str
    account: str | None = None
    region: str | None = None
    job_type: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    ended_at: datetime | None = None
    failure_reason: str | None = None
    model_known: bool = False
    model_package_arn: str | None = None
    model_package_group: str | None = None
    model_name: str | None = None
    tags: Mapping[str, str] | None = None
    candidates: tuple[Candidate, ...] = ()
    existing_endpoints: tuple[ExistingEndpoint, ...] = ()
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def describe(self) -> Mapping[str, Json]:
        """The Describe response inside the document."""
        job = self.document.get("job")
        return job if isinstance(job, Mapping) else {}

    @property
    def model(self) -> str:
        """The model in a few words: package group and version, model name, or the job's name."""
        if self.model_package_arn and self.model_package_group:
            version = self.model_package_arn.rsplit("/", 1)[-1]
            return f"{self.model_package_group} {'v' if version.isdigit() else ''}{version}"
        return self.model_name or self.job_name
