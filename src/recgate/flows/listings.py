"""What changed since a time, listed in pieces that a run can get through, the oldest first.

SageMaker lists by creation, not by modification: where too much has changed for one listing,
the time is cut in two, so that what is announced first is what changed first.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from recgate.domain.status_change import ListedJob
from recgate.watch_ports import JobList

_MOST_LISTED = 2_000
"""Jobs in one listing, twenty pages; where more have changed, the time is cut in two."""

_ONE_PAGE = 100
"""Jobs that are listed in one call, in which nothing can be skipped."""

_SECOND = timedelta(seconds=1)


def listings(
    jobs_of: JobList, after: datetime, now: datetime, has_time: Callable[[], bool]
) -> Iterator[tuple[datetime, Sequence[ListedJob] | None]]:
    """What changed after a time, in one listing or, where too much did, in several, oldest first.

    Each comes with the time that it begins at; None in the place of jobs means that there was
    no time left to list them. A job may come twice.
    Raises JobSourceBusy, JobSourceRefused.
    """
    spans: list[tuple[datetime, datetime | None]] = [(after, None)]
    while spans:
        start, end = spans.pop()
        if not has_time():
            yield start, None
            return
        middle = _middle(start, end or now)
        jobs = jobs_of.changed(start, end, at_most=None if middle is None else _MOST_LISTED)
        if jobs is None and middle is not None:
            # The bounds exclude their own second on one side or both: the spans share it.
            spans += [(middle - _SECOND, end), (start, middle + _SECOND)]
            continue
        if end is not None and jobs is not None and len(jobs) > _ONE_PAGE:
            # A job that is modified while the pages are read leaves the span, and may pull
            # another over a page boundary unseen: a second look finds that one.
            jobs = (*jobs, *(jobs_of.changed(start, end, at_most=None) or ()))
        yield start, jobs or ()


def _middle(start: datetime, end: datetime) -> datetime | None:
    """The whole second in the middle; None where there is nothing left to cut."""
    if end - start < 4 * _SECOND:
        return None
    return (start + (end - start) / 2).replace(microsecond=0)
