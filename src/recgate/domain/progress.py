"""How far a running job is, and how long jobs like it usually take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from recgate.domain.job import JobStatus, Snapshot, Step, has_ended

MOST_DURATIONS = 20
"""How many of the last jobs the usual duration is made from."""

_FEWEST_DURATIONS = 3
"""With fewer jobs of one's own, their median says less than AWS's documentation does."""


class Basis(StrEnum):
    """What a usual duration rests on."""

    MEDIAN = "the median of the account's own jobs"
    DOCUMENTED_MOST = "the most that AWS documents"
    DOCUMENTED_AVERAGE = "the average that AWS documents"


_DOCUMENTED = {
    "Default": (timedelta(minutes=45), Basis.DOCUMENTED_MOST),
    "Advanced": (timedelta(hours=2), Basis.DOCUMENTED_AVERAGE),
}
"""By job type: "complete within 45 minutes", "an average of 2 hours".

https://docs.aws.amazon.com/sagemaker/latest/dg/inference-recommender-recommendation-jobs.html
"""


@dataclass(frozen=True, slots=True)
class Usual:
    """How long jobs of a type usually take; ``jobs`` is how many a median is of, otherwise 0."""

    duration: timedelta
    basis: Basis
    job_type: str
    jobs: int = 0


def usual_duration(job_type: str | None, durations: Sequence[timedelta]) -> Usual | None:
    """The usual duration of a type, from jobs of that type, the newest first.

    None for a type of which nothing is known.
    """
    lately = durations[:MOST_DURATIONS]
    if job_type is not None and len(lately) >= _FEWEST_DURATIONS:
        middle = median(duration.total_seconds() for duration in lately)
        return Usual(timedelta(seconds=middle), Basis.MEDIAN, job_type, len(lately))
    if job_type not in _DOCUMENTED:
        return None
    return Usual(*_DOCUMENTED[job_type], job_type)


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """Counts of the benchmarks that SageMaker lists: more may come while the job runs.

    ``done`` are those of the ``started`` that completed, failed or were stopped; ``waiting`` are
    listed and not started. ``failed`` are those of the done that failed.
    """

    started: int
    done: int
    waiting: int
    failed: tuple[Step, ...]


def benchmarks_of(steps: Sequence[Step]) -> Benchmarks:
    """The benchmarks counted."""
    waiting = sum(step.status == JobStatus.PENDING for step in steps)
    return Benchmarks(
        started=len(steps) - waiting,
        done=sum(has_ended(step.status) for step in steps),
        waiting=waiting,
        failed=tuple(step for step in steps if step.status == JobStatus.FAILED),
    )


@dataclass(frozen=True, slots=True)
class Silence:
    """A time without answers: since when, after how many attempts, and why the last one failed."""

    since: datetime
    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a job that is being followed.

    ``job`` is the job as it was last described, with all its benchmarks; None until the first
    answer, which came, as the latest, at ``answered_at``. ``durations`` are those of the account's
    last completed jobs of the type; None: not known yet. ``settled_at`` is when CloudWatch has
    its samples at the latest, None unless they are waited for. After ``pause_s`` from
    ``looked_at`` the next look is due; None: there is no pause, something is being asked.
    """

    job_name: str
    job: Snapshot | None = None
    answered_at: datetime | None = None
    durations: tuple[timedelta, ...] | None = None
    silence: Silence | None = None
    settled_at: datetime | None = None
    looked_at: datetime | None = None
    pause_s: float | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the job was seen in a state that it never leaves."""
        return self.job is not None and self.job.status.is_terminal

    @property
    def next_look_at(self) -> datetime | None:
        """When the next look is due; None: it is under way."""
        if self.looked_at is None or self.pause_s is None:
            return None
        return self.looked_at + timedelta(seconds=self.pause_s)

    @property
    def benchmarks(self) -> Benchmarks | None:
        """The job's benchmarks; None until the first answer."""
        return None if self.job is None else benchmarks_of(self.job.steps)

    @property
    def usual(self) -> Usual | None:
        """How long jobs like this one usually take."""
        return None if self.job is None else usual_duration(self.job.job_type, self.durations or ())

    def elapsed(self, now: datetime) -> timedelta | None:
        """How long the job has run, or ran; never negative. None while that is not known."""
        if self.job is None or self.job.created_at is None:
            return None
        until = self.job.ended_at if self.has_ended else now
        return None if until is None else max(until - self.job.created_at, timedelta(0))

    def over(self, now: datetime) -> timedelta:
        """By how much the job exceeds the usual duration; zero when it does not."""
        elapsed, usual = self.elapsed(now), self.usual
        if elapsed is None or usual is None:
            return timedelta(0)
        return max(elapsed - usual.duration, timedelta(0))
