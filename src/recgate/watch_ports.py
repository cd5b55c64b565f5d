"""What the watcher needs from the world: its ports, and the errors they raise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from recgate.domain.status_change import ListedJob, StatusChange
from recgate.domain.watch_memory import Remembered
from recgate.ports import CannotTellYet, RecgateError


class JobList(Protocol):
    """Where changed jobs are listed: one account and region."""

    def changed(
        self, after: datetime, before: datetime | None, *, at_most: int | None
    ) -> Sequence[ListedJob] | None:
        """The jobs that were last modified after, and if it is said, before a time.

        Both bounds count in whole seconds, so a job at a bound may be there or not. None when
        there are more than ``at_most`` (None: no limit), which a page or two have told.
        Raises JobSourceBusy, JobSourceRefused.
        """
        ...


class BusUnavailable(CannotTellYet):
    """The event bus could not be reached or was throttled; what was put may be on it."""


class BusRefused(RecgateError):
    """The event bus will not take events however often it is asked (permissions, no such bus)."""


class EventBus(Protocol):
    """Where status changes are announced."""

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        """Put one event for each change; gives those that the bus did not take.

        Raises BusUnavailable and BusRefused when nobody can say which it took.
        """
        ...


class MemorySuperseded(RecgateError):
    """Another sweep has saved since this one loaded."""


class MemoryUnavailable(CannotTellYet):
    """The watcher's memory could not be reached or was throttled; a save may have happened."""


class MemoryRefused(RecgateError):
    """The watcher's memory cannot be read or kept however often it is tried."""


class WatchMemory(Protocol):
    """What one place's watcher remembers: a whole, replaced as a whole."""

    def made_at(self) -> datetime | None:
        """When the memory was made, the deployment with it; None when nobody can say.

        Raises MemoryUnavailable, MemoryRefused.
        """
        ...

    def load(self) -> tuple[Remembered | None, int]:
        """What was saved last, and its revision; None and 0 when nothing was.

        Raises MemoryUnavailable, MemoryRefused.
        """
        ...

    def save(self, remembered: Remembered, *, revision: int) -> int:
        """Save it in the place of that revision; gives the new revision. Durable on return.

        Raises MemorySuperseded when that is not the revision that is there, MemoryUnavailable,
        MemoryRefused.
        """
        ...
