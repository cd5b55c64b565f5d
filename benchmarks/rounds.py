"""Timing in rounds: every contender takes its turn at every block of jobs, over and over.

Other work on the machine slows all contenders of a turn alike, so what is reported is the ratio
of two times from the same round, and the median of that ratio over the rounds.
"""

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.peers import Contender, Work
from benchmarks.workload import Job

JOBS_PER_BLOCK = 20
"""Few enough that all contenders have had their turn at a block within a fraction of a second."""

MINIMUM_ROUNDS = 3
"""Fewer give no median worth the name: so many are run whatever the time limit."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the wall clock and of the processor, over all rows of one round."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the baseline's time a contender took, over the rounds."""

    median: float
    least: float
    most: float


def run_rounds(
    contenders: Sequence[Contender], jobs: Sequence[Job], *, rounds: int, within_s: float
) -> dict[str, list[Spent]]:
    """What each contender spent in each round, by its name.

    No further round is begun once ``within_s`` seconds have passed, but for the first three.
    """
    blocks = [
        [(each.name, each.prepare(jobs[start : start + JOBS_PER_BLOCK])) for each in contenders]
        for start in range(0, len(jobs), JOBS_PER_BLOCK)
    ]
    spent: dict[str, list[Spent]] = {each.name: [] for each in contenders}
    began = time.perf_counter()
    for number in range(rounds):
        if number >= MINIMUM_ROUNDS and time.perf_counter() - began > within_s:
            break
        for name, total in _one_round(blocks).items():
            spent[name].append(total)
    return spent


def _one_round(blocks: Sequence[Sequence[tuple[str, Work]]]) -> dict[str, Spent]:
    wall: dict[str, float] = {}
    cpu: dict[str, float] = {}
    for block in blocks:
        for name, work in block:
            one = _time(work)
            wall[name] = wall.get(name, 0.0) + one.wall_s
            cpu[name] = cpu.get(name, 0.0) + one.cpu_s
    return {name: Spent(wall[name], cpu[name]) for name in wall}


def _time(work: Work) -> Spent:
    # One pass that does not count: the contender before has filled the processor's caches with
    # its own rows, and in production a job is judged right after it was read.
    work()
    # As timeit does: a collection would be charged to whoever happens to trigger it.
    gc.disable()
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        return Spent(time.perf_counter() - wall, time.process_time() - cpu)
    finally:
        gc.enable()


def ratio(of: Sequence[float], to: Sequence[float]) -> Ratio:
    """The ratio of two contenders' times, round by round."""
    found = [one / other for one, other in zip(of, to, strict=True)]
    return Ratio(median(found), min(found), max(found))
