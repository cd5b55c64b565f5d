"""What the flows need from the world: ports of one or two methods, and the errors they raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice
from recgate.domain.policy_set import PolicySet


class RecgateError(Exception):
    """Anything recgate raises on purpose. The message says who, where, what and what next."""


class CannotTellYet(RecgateError):
    """The work could not be done now and may succeed later; ``after_s`` is how long to wait."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


# --- jobs ----------------------------------------------------------------------------------


class JobNotFound(RecgateError):
    """The source knows no such job."""


class JobSourceBusy(CannotTellYet):
    """Throttled, timed out or unavailable: the same question may be answered later."""


class JobSourceRefused(RecgateError):
    """The source will not answer however often it is asked: permissions, region, credentials."""


class JobUnusable(RecgateError):
    """What the source holds is not a job result that can be judged (not JSON, another API's
    response, figures in the microseconds of the 2021 preview).
    """


@dataclass(frozen=True, slots=True)
class JobState:
    """One state of one job: a new state is a new snapshot, the same state never is.

    ``response`` is the source's own answer, handed back to it by `JobSource.gather`.
    ``revision`` sets apart answers that SageMaker's own state does not: a recorded file may be
    edited without a new LastModifiedTime. Empty for SageMaker itself.
    """

    job_name: str
    job_arn: str | None
    status: JobStatus
    modified_at: datetime | None
    response: Mapping[str, Json]
    revision: str = ""

    @property
    def stream(self) -> str:
        """The ledger stream of the job."""
        return job_stream(self.job_arn or self.job_name)

    @property
    def key(self) -> str:
        """The state's key inside the job's stream."""
        modified = self.modified_at.isoformat() if self.modified_at else "-"
        return f"{self.status}@{modified}{'#' if self.revision else ''}{self.revision}"


def job_stream(job_arn_or_name: str) -> str:
    """The name of the ledger stream that holds a job's snapshots and decisions."""
    return f"job:{job_arn_or_name}"


class JobSource(Protocol):
    """Where jobs are described."""

    def state(self, notice: JobNotice) -> JobState:
        """What state the job is in now (one cheap call).

        Raises JobNotFound, JobSourceBusy, JobSourceRefused, JobUnusable.
        """
        ...

    def gather(self, state: JobState) -> Snapshot:
        """Everything there is to know about the job in that state.

        Raises JobSourceBusy, JobSourceRefused, JobUnusable.
        """
        ...


class SnapshotReader(Protocol):
    """Reads a recorded snapshot back."""

    def __call__(self, document: Mapping[str, Json]) -> Snapshot:
        """The snapshot whose ``document`` this is. Raises JobUnusable."""
        ...


# --- policies ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class PolicyProblem:
    """One mistake in one file. ``line`` and ``column`` count from 1; 0 when there is no place."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class PoliciesInvalid(RecgateError):
    """The policies folder has mistakes, all of them in ``problems``; it is refused whole."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class PolicySource(Protocol):
    """Where the policies in force come from."""

    def load(self) -> PolicySet:
        """The policies, whole. Raises PoliciesInvalid."""
        ...


# --- ledger --------------------------------------------------------------------------------


class LedgerUnavailable(CannotTellYet):
    """The ledger could not be reached or was throttled.

    An entry that was to be written may have been, after a time-out: read the stream again.
    """


class LedgerRefused(RecgateError):
    """The ledger will not take or give the entry however often it is asked."""


class PositionTaken(RecgateError):
    """Another worker has written at this position; read the stream again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a stream. ``kind`` says what the body is; ``key`` names it inside its stream."""

    kind: str
    key: str
    recorded_at: datetime
    body: Mapping[str, Json]


class Ledger(Protocol):
    """Streams of entries, append only. Position 0 is the first entry of a stream."""

    def read(self, stream: str) -> Sequence[Entry]:
        """All entries of the stream in order, with every write that has returned.

        Empty for a stream that nobody wrote to. Raises LedgerUnavailable, LedgerRefused.
        """
        ...

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Write the entry at a position that must be free; it is durable on return.

        Raises PositionTaken when it is not free, LedgerUnavailable, LedgerRefused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry and the stream that it stands in."""

    stream: str
    entry: Entry


@runtime_checkable
class DecisionIndex(Protocol):
    """Finds recorded decisions (entries of kind ``decision`` in the streams of jobs)."""

    def decided_on(self, day: date) -> Sequence[Recorded]:
        """The decisions recorded on a day in UTC, in the order of their times.

        One that was recorded a moment ago may not be there yet.
        Raises LedgerUnavailable, LedgerRefused.
        """
        ...

    def find(self, decision: str) -> Sequence[Recorded]:
        """The decisions whose key begins so, 12 hexadecimal digits of it or more.

        Raises LedgerUnavailable, LedgerRefused; the latter for a beginning that is too short.
        """
        ...

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        """The decisions about a model (`recgate.domain.model_name`) in the order of their times,
        recorded from ``since`` on and before ``until``; None: without that end.

        Raises LedgerUnavailable, LedgerRefused.
        """
        ...


# --- queue, clock ----------------------------------------------------------------


class Inbox(Protocol):
    """The queue that a message came from."""

    def postpone(self, receipt: str, after_s: float) -> bool:
        """Make the message visible again in ``after_s`` seconds, never earlier.

        False when the queue did not take the wait: its own visibility timeout holds then.
        """
        ...

    def park(self, body: str, reason: str) -> None:
        """Put the message where people look for what could not be handled, with the reason.

        Raises CannotTellYet if that was not possible; the message then stays in the queue.
        """
        ...

    def remind(self, body: str, after_s: float) -> bool:
        """Put a new message into the queue that becomes visible in ``after_s`` seconds, or
        earlier where the queue cannot wait so long. False when the queue did not take it.
        """
        ...


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> datetime:
        """Now, in UTC."""
        ...
