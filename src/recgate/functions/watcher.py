"""One run of the watch function: a sweep of each place, told in the log and in metrics."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recgate.domain.place import Place
from recgate.flows.watch import Swept, WatchParts, sweep
from recgate.functions.metrics import SERVICE, measure
from recgate.ports import RecgateError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_KEPT_BACK_S = 45.0
"""What a piece of work that is under way may still take, and the end of the run with it."""

_WITHOUT_A_LIMIT_S = 3600.0


class WatchFailed(RecgateError):
    """One place or more could not be swept. The next run makes up for it."""


class Watcher:
    """Sweeps every place, one after the other; one that fails does not stop the others.

    ``places`` makes the parts of each place when its turn has come.
    """

    def __init__(
        self,
        places: Mapping[Place, Callable[[], WatchParts]],
        *,
        metrics: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        logger: "Logger | None" = None,
    ) -> None:
        from aws_lambda_powertools import Logger

        self._places = places
        self._metrics = metrics
        self._monotonic = monotonic
        self._logger = logger or Logger(service=SERVICE)

    def handle(self, context: object) -> dict[str, Any]:
        """Sweep, and say what came of it. Raises WatchFailed after the last place."""
        swept: dict[Place, Swept] = {}
        failed: dict[Place, RecgateError] = {}
        ends_at = self._monotonic() + _seconds_left(context) - _KEPT_BACK_S
        for done, (place, make_parts) in enumerate(self._places.items()):
            now = self._monotonic()
            # Nobody's backlog takes the time of the places that come after it.
            share_ends = now + (ends_at - now) / (len(self._places) - done)
            try:
                parts = replace(make_parts(), has_time=self._until(share_ends))
                swept[place] = sweep(parts)
            except RecgateError as problem:
                failed[place] = problem
                self._logger.error(  # noqa: TRY400  the message says it all
                    "A place could not be swept",
                    extra={"place": str(place), "reason": str(problem)},
                )
            except Exception as fault:  # one place's fault must not leave the others unwatched
                failed[place] = RecgateError(f"recgate failed ({type(fault).__name__})")
                self._logger.exception("A fault of recgate", extra={"place": str(place)})
            else:
                self._tell(place, swept[place])
        self._count(swept, complete=not failed)
        if failed:
            named = "; ".join(f"{place}: {problem}" for place, problem in failed.items())
            raise WatchFailed(f"{len(failed)} of {len(self._places)} not swept. {named}")
        return {
            "announced": sum(len(each.announced) for each in swept.values()),
            "left": sum(each.left for each in swept.values()),
            "without_verdict": sum(len(each.overdue) for each in swept.values()),
        }

    def _until(self, moment: float) -> Callable[[], bool]:
        return lambda: self._monotonic() < moment

    def _tell(self, place: Place, swept: Swept) -> None:
        where = {"place": str(place)}
        for change in swept.announced:
            status = {"job_name": change.job.name, "status": change.job.status}
            self._logger.info("Status change announced", extra={**where, **status})
        if swept.left or swept.behind:
            left = {"left": swept.left, "behind_s": swept.behind.total_seconds()}
            self._logger.warning("Changes left for the next sweep", extra={**where, **left})
        if swept.superseded:
            self._logger.warning("Another sweep was faster; this one stopped", extra=where)
        for job in swept.overdue:
            since = {"job_name": job.job_name, "announced_at": job.announced_at.isoformat()}
            self._logger.error("A job that ended has no verdict", extra={**where, **since})

    def _count(self, swept: Mapping[Place, Swept], *, complete: bool) -> None:
        """Print the metrics. The age is told only by a run that knows it of every place: where
        it is not told, its alarm rings.
        """
        if not self._metrics:
            return
        sweeps = swept.values()
        measure("StatusChanges", "Count", sum(len(each.announced) for each in sweeps))
        overdue = sum(len(each.overdue) for each in sweeps)
        # None is an answer only of a run that looked everywhere: it ends the alarm.
        if overdue or (complete and all(each.looked for each in sweeps)):
            measure("JobsWithoutVerdict", "Count", overdue)
        # A sweep that another one stopped knows nothing of what it has not come to.
        if complete and not any(each.superseded for each in sweeps):
            age = max((each.behind.total_seconds() for each in sweeps), default=0.0)
            measure("WatermarkAge", "Seconds", age)


def _seconds_left(context: object) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if callable(remaining) else _WITHOUT_A_LIMIT_S
