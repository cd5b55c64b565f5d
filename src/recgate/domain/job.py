"""A recommendation job as it ended: one immutable snapshot, whatever shape it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.reading import Reading
from recgate.domain.rows import Rows, rows_of


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


def has_ended(status: str) -> bool:
    """Whether SageMaker's word for a status is one that is never left; tomorrow's are not."""
    return status in JobStatus.__members__ and JobStatus(status).is_terminal


_TERMINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.DELETED})


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
    _rows: Rows = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", rows_of(self.candidates))

    def rows(self, kind: EndpointKind | None) -> Rows:
        """The candidates of a kind (None: of every kind), read into columns."""
        if kind is None or not self._rows.others[kind]:
            return self._rows
        return rows_of([row for row in self.candidates if row.kind is kind])

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
