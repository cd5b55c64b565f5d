"""The jobs of an account since a day, gathered one after the other, without haste."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.backtest import NotJudged
from recgate.domain.job import has_ended
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.status_change import ListedJob
from recgate.flows.backtest_past import Past
from recgate.ports import JobSource, JobSourceBusy, JobSourceRefused, RecgateError
from recgate.watch_ports import JobList

BETWEEN_JOBS_S = 0.25
"""Seconds between two jobs. Each is four calls; what SageMaker bears is not documented, and the
account's own work comes first.
"""

_WAITS_S = (2.0, 4.0, 8.0, 16.0)
"""After a refusal for too many calls, so many seconds; the client has tried again by itself."""


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """The jobs that ended, of those modified since a time (UTC), and before ``until``.

    ``pause`` waits so many seconds.
    """

    listed: Sequence[ListedJob]
    source: JobSource
    pause: Callable[[float], None]

    def jobs(self) -> int:
        """How many there are."""
        return len(self.listed)

    def __iter__(self) -> Iterator[Past | NotJudged]:
        """Every one of them. Raises JobSourceRefused: what is denied for one is for all."""
        for place, job in enumerate(self.listed):
            if place:
                self.pause(BETWEEN_JOBS_S)
            yield self._past(job)

    def _past(self, job: ListedJob) -> Past | NotJudged:
        notice = JobNotice(job.name, Trigger(TriggerSource.COMMAND_LINE), job_arn=job.arn)
        for wait in (*_WAITS_S, None):
            try:
                snapshot = self.source.gather(self.source.state(notice))
                return Past(job.arn, snapshot.document, snapshot.ended_at)
            except JobSourceBusy as busy:
                if wait is None:
                    return NotJudged(job.arn, str(busy))
                self.pause(max(wait, busy.after_s or 0.0))
            except JobSourceRefused:
                raise
            except RecgateError as problem:
                return NotJudged(job.arn, str(problem))
        raise AssertionError("the last wait is None")


class TooManyJobs(RecgateError):
    """More jobs than were allowed were modified in that time."""


def ended_since(
    jobs: JobList, since: datetime, until: datetime | None, *, at_most: int
) -> tuple[ListedJob, ...]:
    """The jobs that ended, modified from ``since`` up to before ``until``, oldest creation first.

    Raises TooManyJobs, JobSourceBusy, JobSourceRefused.
    """
    listed = jobs.changed(since, until, at_most=at_most)
    if listed is None:
        raise TooManyJobs(
            f"More than {at_most} jobs were modified since {since:%Y-%m-%d %H:%M} UTC: say a later "
            "--since, an earlier --until, or --at-most with more (each job is four calls)."
        )
    return tuple(
        job
        for job in listed
        if has_ended(job.status)
        and job.modified_at >= since
        and (until is None or job.modified_at < until)
    )
