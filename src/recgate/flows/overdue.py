"""A verdict or an alarm: which jobs that ended should have a decision by now, and have none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from recgate.domain.watch_memory import Awaited
from recgate.flows.job_stream import is_judged
from recgate.ports import Ledger

_MOST_LOOKED_FOR = 1_000
"""Jobs whose decision is looked for in one sweep, the longest waiting first: a read for each."""

_GIVEN_UP_AFTER = timedelta(days=14)
"""As long as a dead letter is kept: after that nothing can bring the decision by itself."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A job that ended, was announced, and has no decision in time."""

    job_arn: str
    job_name: str
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """What the look at the ledger found; ``settled`` are the jobs that need no more looking.

    ``complete``: every job whose time is up was looked for.
    """

    settled: tuple[str, ...]
    overdue: tuple[Overdue, ...]
    complete: bool = True


def look_for_decisions(
    awaited: Mapping[str, Awaited],
    ledger: Ledger,
    *,
    now: datetime,
    within: timedelta,
    has_time: Callable[[], bool],
) -> Looked:
    """Look for the decisions of the jobs whose time is up; each job that has one costs one read.

    Raises LedgerUnavailable, LedgerRefused.
    """
    due = [entry for entry in awaited.items() if now - entry[1].announced_at >= within]
    due.sort(key=lambda entry: (entry[1].announced_at, entry[0]))
    settled, late = [], []
    complete = len(due) <= _MOST_LOOKED_FOR
    for arn, job in due[:_MOST_LOOKED_FOR]:
        if not has_time():
            complete = False
            break
        if is_judged(arn, ledger):
            settled.append(arn)
            continue
        late.append(Overdue(arn, job.job_name, job.announced_at))
        if now - job.announced_at >= _GIVEN_UP_AFTER:
            settled.append(arn)
    return Looked(tuple(settled), tuple(late), complete)
