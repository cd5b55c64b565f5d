"""A change of a job's status, as the watcher sees it by comparing lists."""

from dataclasses import dataclass
from datetime import datetime

from recgate.domain.job import has_ended


@dataclass(frozen=True, slots=True)
class ListedJob:
    """What a list of jobs says about one of them; times are UTC.

    ``status`` is SageMaker's own word, known to `JobStatus` or not: tomorrow's status is told
    as faithfully as today's.
    """

    name: str
    arn: str
    status: str
    created_at: datetime
    modified_at: datetime
    job_type: str | None = None
    completed_at: datetime | None = None
    failure_reason: str | None = None
    model_package_arn: str | None = None
    model_name: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the job is in a state that it never leaves."""
        return has_ended(self.status)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A job and the status that it had before; ``previous`` None: it was not seen before."""

    job: ListedJob
    previous: str | None = None
