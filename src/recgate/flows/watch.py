"""The sweep: which jobs changed since the last one, told on the event bus, then remembered.

List → compare → put → remember, in this order, so that a sweep that ends anywhere is made up
for by the next one: a change may be announced twice and is never left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from recgate.domain.status_change import StatusChange
from recgate.domain.watch_memory import Remembered
from recgate.flows.listings import listings
from recgate.flows.overdue import Overdue, look_for_decisions
from recgate.ports import Clock, Ledger
from recgate.watch_ports import EventBus, JobList, MemorySuperseded, WatchMemory

_SAVED_TOGETHER = 50
"""Changes between two saves, at least: what a sweep that is cut off announces a second time."""

_MEMORY_SHARE = 10
"""A tenth of what is remembered: a save writes all of it, so a backlog is not saved too often."""

MOST_AWAITED = 20_000
"""Jobs whose decision is awaited before more are announced: the memory has an end, and a queue
that nobody works off is no place for more.
"""

_JUST_DEPLOYED = timedelta(days=1)
"""How long after the deployment the first sweep still begins the watch at the deployment."""


@dataclass(frozen=True, slots=True)
class WatchParts:
    """Everything that the watcher of one place needs from outside.

    ``verdict_within`` is how long after its announcement a job that ended may be without a
    decision. ``has_time`` says whether another piece of work may be begun; ``progress`` hears
    how many changes are announced of those found so far.
    """

    jobs: JobList
    bus: EventBus
    memory: WatchMemory
    ledger: Ledger
    clock: Clock
    verdict_within: timedelta
    has_time: Callable[[], bool] = lambda: True
    progress: Callable[[int, int], None] = lambda announced, found: None
    most_awaited: int = MOST_AWAITED


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did.

    ``left`` counts changes that were found and not announced: not taken by the bus, or out of
    time; the next sweep finds them again. ``behind`` is the age of what is not announced yet,
    zero when everything is. ``looked``: every decision that is due was looked for.
    ``superseded``: another sweep saved meanwhile, and this one stopped.
    """

    listed: int = 0
    announced: tuple[StatusChange, ...] = ()
    left: int = 0
    behind: timedelta = timedelta(0)
    overdue: tuple[Overdue, ...] = ()
    looked: bool = False
    superseded: bool = False


def sweep(parts: WatchParts) -> Swept:
    """Announce every change since the last sweep, and look for verdicts that are overdue.

    The first sweep of all begins the watch, at the time of the deployment: what was last
    modified before is never announced.
    Raises the errors of the ports: JobSourceBusy, JobSourceRefused, BusUnavailable, BusRefused,
    MemoryUnavailable, MemoryRefused, LedgerUnavailable, LedgerRefused.
    """
    now = parts.clock()
    round_ = _Round(parts, now)
    try:
        notebook = _Notebook.open(parts.memory, now)
        round_.announce_news(notebook)
        looked = look_for_decisions(
            notebook.remembered.awaited,
            parts.ledger,
            now=now,
            within=parts.verdict_within,
            has_time=parts.has_time,
        )
        notebook.keep(notebook.remembered.settled(looked.settled))
    except MemorySuperseded:
        # What was announced and not remembered is announced again: the other sweep, or the
        # next, does not know of it.
        return replace(round_.swept(), superseded=True)
    return replace(round_.swept(), overdue=looked.overdue, looked=looked.complete)


@dataclass(slots=True)
class _Notebook:
    """The memory while a sweep writes in it."""

    memory: WatchMemory
    remembered: Remembered
    revision: int
    saved: Remembered | None = None

    @classmethod
    def open(cls, memory: WatchMemory, now: datetime) -> "_Notebook":
        """What the last sweep left, or the beginning of the watch, kept before anything is done.

        Raises MemorySuperseded, MemoryUnavailable, MemoryRefused.
        """
        remembered, revision = memory.load()
        if remembered is None:
            begin = _beginning(memory, now)
            remembered = Remembered(started_at=begin, watermark=begin)
            return cls(memory, remembered, memory.save(remembered, revision=revision), remembered)
        notebook = cls(memory, remembered, revision, remembered)
        if now < remembered.started_at:
            # Our clock was ahead when the watch began: the beginning was a time to come.
            watermark = min(remembered.watermark, now)
            notebook.keep(replace(remembered, started_at=now, watermark=watermark))
        return notebook

    def keep(self, remembered: Remembered) -> None:
        """Save what is new; a sweep without news writes nothing."""
        self.remembered = remembered
        if remembered != self.saved:
            self.revision = self.memory.save(remembered, revision=self.revision)
            self.saved = remembered


def _beginning(memory: WatchMemory, now: datetime) -> datetime:
    """When the watch begins: at its deployment, if that was just now; else at its first sweep.

    The latter is a place that was added to a deployment of old, or a memory that was lost.
    """
    made_at = memory.made_at()
    if made_at is not None and timedelta(0) <= now - made_at <= _JUST_DEPLOYED:
        return made_at
    return now


@dataclass(slots=True)
class _Round:
    """One sweep's way through the listings, and what came of it."""

    parts: WatchParts
    now: datetime
    listed: int = 0
    found: int = 0
    announced: list[StatusChange] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    """The ARNs of what was found and is not announced; two listings may share a second."""
    open_from: datetime | None = None
    """When the oldest change was made that is not announced, or may be there unlisted."""

    def swept(self) -> Swept:
        behind = self.now - self.open_from if self.open_from else timedelta(0)
        return Swept(self.listed, tuple(self.announced), len(self.left), max(behind, timedelta(0)))

    def announce_news(self, notebook: _Notebook) -> None:
        """Listing by listing, the oldest changes first."""
        for after, jobs in listings(
            self.parts.jobs, notebook.remembered.look_after, self.now, self.parts.has_time
        ):
            if jobs is None:
                self._leave_from(after)
                return
            self.listed += len(jobs)
            # Before the watermark moves: it forgets by the times that are remembered.
            notebook.remembered = notebook.remembered.met(jobs)
            changes = notebook.remembered.news(jobs)
            self.found += len(changes)
            while changes:
                awaited = len(notebook.remembered.awaited)
                if awaited >= self.parts.most_awaited or not self.parts.has_time():
                    self.left |= {change.job.arn for change in changes}
                    self._leave_from(changes[0].job.modified_at)
                    return
                together = _saved_together(notebook.remembered)
                self._announce(changes[:together], notebook)
                changes = changes[together:]
            if jobs:
                latest = max(job.modified_at for job in jobs)
                notebook.keep(self._advanced(notebook.remembered, latest))

    def _announce(self, changes: Sequence[StatusChange], notebook: _Notebook) -> None:
        """Put them, and only then remember those that the bus took."""
        refused = frozenset(self.parts.bus.put(changes))
        taken = [change for change in changes if change not in refused]
        if refused:
            self.left |= {change.job.arn for change in refused}
            self._leave_from(min(change.job.modified_at for change in refused))
        self.left -= {change.job.arn for change in taken}
        self.announced += taken
        self.parts.progress(len(self.announced), self.found)
        remembered = notebook.remembered.announced(taken, self.now)
        notebook.keep(self._advanced(remembered, changes[-1].job.modified_at))

    def _leave_from(self, moment: datetime) -> None:
        self.open_from = min(self.open_from or moment, moment)

    def _advanced(self, remembered: Remembered, reached: datetime) -> Remembered:
        """With the watermark where everything is announced, and never in a time to come."""
        return remembered.advanced(min(reached, self.open_from or reached, self.now))


def _saved_together(remembered: Remembered) -> int:
    known = len(remembered.seen) + len(remembered.awaited)
    return max(_SAVED_TOGETHER, known // _MEMORY_SHARE)
