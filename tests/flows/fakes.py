"""Ports with a state that tests can look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, Delivery
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Message, Telling
from recgate.ports import Entry, JobNotFound, JobState, Ledger
from tests.builders import JOB_ARN, NOW

NOTICE = JobNotice("fraud-ranker-v14", Trigger(TriggerSource.SWEEP), job_arn=JOB_ARN)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class Jobs:
    """A job source with one job; ``snapshots`` keeps every snapshot that was handed out."""

    snapshot: Snapshot | None
    gathered: int = 0
    lock: Lock = field(default_factory=Lock)

    def state(self, notice: JobNotice) -> JobState:
        if self.snapshot is None:
            raise JobNotFound(f"no job {notice.job_name}")
        return JobState(
            self.snapshot.job_name,
            self.snapshot.job_arn,
            self.snapshot.status,
            self.snapshot.modified_at,
            {},
        )

    def gather(self, state: JobState) -> Snapshot:
        with self.lock:
            self.gathered += 1
            assert self.snapshot is not None
            return self.snapshot


@dataclass
class Policies:
    """A policy source that a test edits; an exception is raised instead of a set."""

    current: PolicySet | Exception

    def load(self) -> PolicySet:
        if isinstance(self.current, Exception):
            raise self.current
        return self.current


@dataclass
class RecordingChannel:
    """A channel that remembers what it was told, and answers as scripted.

    ``answers`` are used up in order; after the last one everything is delivered.
    """

    answers: list[Delivery | Exception] = field(default_factory=list)
    heard: list[Decision] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    delivered: list[Decision] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def deliver(self, message: Message) -> Delivery:
        self.before()
        assert isinstance(message, Telling)
        self.tellings.append(message)
        decision = message.decision
        self.heard.append(decision)
        answer = self.answers.pop(0) if self.answers else Delivered(f"r{len(self.heard)}")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Delivered):
            self.delivered.append(decision)
        return answer


@dataclass
class TalkingChannel(RecordingChannel):
    """A channel that also remembers what it showed and followed up.

    ``shown`` holds each progress note with the receipt of the message that it was to change.
    """

    shown: list[tuple[ProgressNote, str]] = field(default_factory=list)
    show_answers: list[Delivery] = field(default_factory=list)
    followed: list[tuple[Telling, Delivered]] = field(default_factory=list)
    closed: list[Telling] = field(default_factory=list)
    left_out: tuple[str, ...] = ()

    def show(self, note: ProgressNote, receipt: str) -> Delivery:
        self.shown.append((note, receipt))
        if self.show_answers:
            return self.show_answers.pop(0)
        return Delivered(receipt or f"p{len(self.shown)}")

    def close_progress(self, telling: Telling) -> Sequence[str]:
        self.closed.append(telling)
        return ()

    def follow_up(self, telling: Telling, delivered: Delivered) -> Sequence[str]:
        self.followed.append((telling, delivered))
        return self.left_out


class Crash(BaseException):
    """The worker is gone: nothing catches this."""


@dataclass
class CrashingLedger:
    """A ledger whose worker dies at the n-th call, before or after the call takes effect."""

    inner: Ledger
    dies_at: int
    after: bool
    calls: int = 0

    def read(self, stream: str) -> Sequence[Entry]:
        self._step(before=True)
        entries = self.inner.read(stream)
        self._step(before=False)
        return entries

    def append(self, stream: str, position: int, entry: Entry) -> None:
        self._step(before=True)
        self.inner.append(stream, position, entry)
        self._step(before=False)

    def _step(self, *, before: bool) -> None:
        self.calls += before
        if self.calls == self.dies_at and before is not self.after:
            raise Crash


TERMINAL = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED)
