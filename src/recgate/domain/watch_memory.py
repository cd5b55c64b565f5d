"""What the watcher remembers between two sweeps of one place, and what is news against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from recgate.domain.job import has_ended
from recgate.domain.status_change import ListedJob, StatusChange

OVERLAP = timedelta(minutes=15)
"""How far before its watermark the watcher looks again: lists may show a change late."""

_SECOND = timedelta(seconds=1)

_LONGEST_RUN = timedelta(days=8)
"""A job that was left unchanged for so long is not running any more (SageMaker: at most 5 h)."""


@dataclass(frozen=True, slots=True)
class SeenJob:
    """The last announced status of a job. ``created_at`` sets a new job of the same name apart."""

    status: str
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Awaited:
    """A job that ended and was announced, and whose decision nobody has looked for yet."""

    job_name: str
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything that one sweep hands to the next.

    ``started_at`` is when watching began: what was last modified before is never announced.
    ``watermark`` is the latest LastModifiedTime up to which all was announced, in SageMaker's
    time and never in ours, so a clock of ours that jumps skips nothing.
    ``seen`` and ``awaited`` are keyed by job ARN.
    """

    started_at: datetime
    watermark: datetime
    seen: Mapping[str, SeenJob] = field(default_factory=dict)
    awaited: Mapping[str, Awaited] = field(default_factory=dict)

    @property
    def look_after(self) -> datetime:
        """After when modified jobs are to be listed.

        In whole seconds, for the API has no finer, and one earlier: "after" may leave out its
        own second.
        """
        first = max(self.started_at, self.watermark - OVERLAP)
        return first.replace(microsecond=0) - _SECOND

    def news(self, listed: Iterable[ListedJob]) -> list[StatusChange]:
        """The changes among the listed jobs, the oldest modification first, each job once."""
        found = {job.arn: self._change(job) for job in sorted(listed, key=_by_modification)}
        return sorted(
            (change for change in found.values() if change is not None),
            key=lambda change: _by_modification(change.job),
        )

    def _change(self, job: ListedJob) -> StatusChange | None:
        if job.modified_at < self.look_after or job.modified_at < self.started_at:
            return None
        before = self.seen.get(job.arn)
        if before is None or before.created_at != job.created_at:
            return StatusChange(job)
        return None if before.status == job.status else StatusChange(job, before.status)

    def announced(self, changes: Sequence[StatusChange], now: datetime) -> "Remembered":
        """With these changes known to be on the bus."""
        seen, awaited = dict(self.seen), dict(self.awaited)
        for change in changes:
            job = change.job
            seen[job.arn] = SeenJob(job.status, job.created_at, job.modified_at)
            if job.has_ended:
                awaited[job.arn] = Awaited(job.name, now)
        return replace(self, seen=seen, awaited=awaited)

    def met(self, listed: Iterable[ListedJob]) -> "Remembered":
        """With the times of jobs that were modified and still have the status that was seen.

        Otherwise such a job would be forgotten by its old time, listed by its new one, and
        announced again.
        """
        seen = dict(self.seen)
        for job in listed:
            known = SeenJob(job.status, job.created_at, job.modified_at)
            before = seen.get(job.arn, known)
            if replace(before, modified_at=job.modified_at) == known and before != known:
                seen[job.arn] = known
        return replace(self, seen=seen)

    def advanced(self, watermark: datetime) -> "Remembered":
        """With a watermark that is not earlier than before, and without what it makes useless."""
        moved = replace(self, watermark=max(self.watermark, watermark))
        kept = {arn: job for arn, job in self.seen.items() if moved._is_needed(job)}
        return replace(moved, seen=kept)

    def _is_needed(self, job: SeenJob) -> bool:
        if job.modified_at >= self.look_after:
            return True
        return not has_ended(job.status) and job.modified_at >= self.watermark - _LONGEST_RUN

    def settled(self, arns: Iterable[str]) -> "Remembered":
        """Without waiting for the decisions about these jobs."""
        gone = set(arns)
        left = {arn: job for arn, job in self.awaited.items() if arn not in gone}
        return replace(self, awaited=left)


def _by_modification(job: ListedJob) -> tuple[datetime, str]:
    return job.modified_at, job.arn
