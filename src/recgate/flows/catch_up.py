"""Catching up from a desk: what ended since some day and was never judged, announced once more.

Nothing of it touches the watermark of the deployed watcher. What is announced is remembered
there, so that the watcher waits for the verdicts as for those of its own announcements.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from recgate.domain.status_change import StatusChange
from recgate.flows.job_stream import is_judged
from recgate.flows.watch import WatchParts, sweep
from recgate.watch_ports import (
    BusRefused,
    BusUnavailable,
    EventBus,
    MemorySuperseded,
    WatchMemory,
)

_PUT_TOGETHER = 50
_RACES_TO_LOSE = 5
"""How often the deployed watcher may save first before its memory is left as it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """What changed in one place: ``running`` counts, ``judged`` counts, and the rest by name."""

    running: int
    judged: int
    unjudged: tuple[StatusChange, ...]


@dataclass
class _Collected:
    """A bus that only collects, and takes everything."""

    changes: list[StatusChange] = field(default_factory=list)

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        self.changes += changes
        return ()


def find(parts: WatchParts, *, looked_at: Callable[[int, int], None]) -> Found:
    """What changed since the beginning of the memory in ``parts``, and has no decision.

    ``looked_at`` hears how many of the jobs that ended have been looked up. Nothing is put.
    Raises the errors of the list, of that memory and of the ledger.
    """
    collected = _Collected()
    sweep(replace(parts, bus=collected, most_awaited=sys.maxsize))
    ended = [change for change in collected.changes if change.job.has_ended]
    unjudged = []
    for count, change in enumerate(ended, start=1):
        if not is_judged(change.job.arn, parts.ledger):
            unjudged.append(change)
        looked_at(count, len(ended))
    running = len(collected.changes) - len(ended)
    return Found(running, len(ended) - len(unjudged), tuple(unjudged))


def announce_again(
    changes: Sequence[StatusChange], bus: EventBus, *, announced: Callable[[int, int], None]
) -> tuple[StatusChange, ...]:
    """Put the changes on the bus; gives those that it took.

    Raises BusUnavailable and BusRefused when it took nothing of a batch.
    """
    taken: list[StatusChange] = []
    for start in range(0, len(changes), _PUT_TOGETHER):
        batch = changes[start : start + _PUT_TOGETHER]
        try:
            refused = frozenset(bus.put(batch))
        except (BusUnavailable, BusRefused):
            if not taken:
                raise
            # What was taken has to be awaited; the same command again meets the error first.
            break
        taken += [change for change in batch if change not in refused]
        announced(len(taken), len(changes))
    return tuple(taken)


def expect_verdicts(changes: Iterable[StatusChange], memory: WatchMemory, now: datetime) -> bool:
    """Have the deployed watcher wait for the decisions; False when it kept saving first, or has
    no memory yet.

    Raises MemoryUnavailable, MemoryRefused.
    """
    told = tuple(changes)
    for _ in range(_RACES_TO_LOSE):
        remembered, revision = memory.load()
        if remembered is None:
            return False
        try:
            memory.save(remembered.announced(told, now), revision=revision)
        except MemorySuperseded:
            continue
        return True
    return False


def forget_job(job: str, memory: WatchMemory) -> tuple[str, ...]:
    """Have the deployed watcher wait no longer for the decision about a job (its name or ARN);
    gives the ARNs of those that it waited for.

    Raises MemorySuperseded when it kept saving first, MemoryUnavailable, MemoryRefused.
    """
    for attempts_left in reversed(range(_RACES_TO_LOSE)):
        remembered, revision = memory.load()
        awaited = remembered.awaited if remembered else {}
        meant = tuple(arn for arn, each in awaited.items() if job in (arn, each.job_name))
        if remembered is None or not meant:
            return ()
        try:
            memory.save(remembered.settled(meant), revision=revision)
        except MemorySuperseded:
            if not attempts_left:
                raise
        else:
            return meant
    return ()
