"""Sweeps in rounds: every watcher takes its turn at every size, over and over.

As in `benchmarks.rounds`, what is reported is the ratio of two times from the same round.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from benchmarks.agreement import ContendersDisagree
from benchmarks.rounds import MINIMUM_ROUNDS
from benchmarks.sagemaker_process import SageMakerProcess, sagemaker_process
from benchmarks.watch_process import Sweep, WatchProcess, watch_process
from benchmarks.watchers import VERDICT_WITHIN, Contender

BEGIN = 1_763_706_720.0  # 2025-11-21T06:32:00Z
"""Long before the tables are made, whose time is the machine's: a watch that finds a table of
today begins at its making (`recgate.flows.watch`), and would see what ended before.
"""

_APART_S = 1_200.0
"""Longer than the watcher's overlap (15 minutes): a sweep sees its own changes only."""

_LOOKED_FOR = 200
"""Verdicts that the watcher looks for in one sweep."""

_WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: this watcher, with so many jobs, so many of which have changed.

    ``varied``: in the place where the number of changes is what varies.
    """

    contender: Contender
    jobs: int
    changed: int
    varied: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """``sizes`` are the numbers of jobs, of which none change in a round and then ``changed``.

    In a place of its own, with ``varied_at`` jobs, as many as each of ``changes`` says change
    in turn. No further round is begun after ``within_s`` seconds, but for the first few.
    """

    sizes: Sequence[int] = (100, 10_000, 100_000)
    changed: int = 10
    varied_at: int = 10_000
    changes: Sequence[int] = (1, 10, 100, 1_000)
    rounds: int = 5
    within_s: float = 100.0

    def __post_init__(self) -> None:
        rounds = self.rounds + 1  # and one for the memory
        needed = [self.changed * rounds for _ in self.sizes]
        needed.append(sum(changed + 1 for changed in self.changes) * rounds)
        for size, ended in zip(self.places, needed, strict=True):
            if size < ended:
                raise ValueError(f"{size} jobs are too few: {self.rounds} rounds end {ended}")

    @property
    def places(self) -> Sequence[int]:
        """How many jobs there are in each place; the last is the one of ``changes``."""
        return (*self.sizes, self.varied_at)


Measured = Mapping[Case, Sequence[Sweep]]


def refuse_wrong(case: Case, made: Sweep) -> None:
    """A watcher that misses something is not timed. Raises ContendersDisagree."""
    if made.announced != case.changed:
        raise ContendersDisagree(
            f"{case.contender}, {case.jobs} jobs: {case.changed} changed, "
            f"{made.announced} announced"
        )


@dataclass(slots=True)
class _Bench:
    """The watchers of one kind (timed or traced), and the clock that they live by."""

    plan: Plan
    sagemaker: SageMakerProcess
    watchers: Mapping[tuple[Contender, int], WatchProcess]
    now: float
    ended: list[int]
    """How many jobs have ended already in each place."""
    measured: dict[Case, list[Sweep]] = field(default_factory=lambda: defaultdict(list))

    def begin(self) -> None:
        """The first sweep of each watcher, which begins its watch, and some more to warm up."""
        for (contender, _), watcher in self.watchers.items():
            watcher.sweep(self.now)
            # The other one has been through all its jobs by now: it is as warm as can be.
            for _ in range(_WARM_UPS if contender is Contender.RECGATE else 0):
                watcher.sweep(self.now)

    def one_round(self) -> None:
        """Every watcher in every place: when no job has changed, and after some did."""
        for place, size in enumerate(self.plan.sizes):
            self.now += _APART_S
            self._measure(place, Case(Contender.RECGATE, size, 0))
            self._change(place, self.plan.changed)
            self._measure(place, Case(Contender.RECGATE, size, self.plan.changed))
            self._settle(place, self.plan.changed)
        place = len(self.plan.sizes)
        for changed in self.plan.changes:
            # The watcher looks again at what changed before its watermark: one job moves that on,
            # away from what was changed last.
            self._change(place, 1)
            for contender in Contender:
                self.watchers[contender, place].sweep(self.now)
            self._change(place, changed)
            case = Case(Contender.RECGATE, self.plan.varied_at, changed, varied=True)
            self._measure(place, case)
            self._settle(place, changed)

    def _change(self, place: int, changed: int) -> None:
        self.now += _APART_S
        first = self.ended[place]
        self.sagemaker.end_jobs(place, first=first, count=changed, at=self.now - 30)
        self.ended[place] += changed

    def _measure(self, place: int, case: Case) -> None:
        for contender in Contender:
            its = replace(case, contender=contender)
            made = self.watchers[contender, place].sweep(self.now)
            refuse_wrong(its, made)
            self.measured[its].append(made)

    def _settle(self, place: int, changed: int) -> None:
        """Let recgate look for the verdicts, so that the next sweep has nothing else to do."""
        self.now += VERDICT_WITHIN.total_seconds() + 60
        for _ in range(0, changed + 1, _LOOKED_FOR):
            self.watchers[Contender.RECGATE, place].sweep(self.now)


def measure(plan: Plan) -> tuple[Measured, Measured]:
    """The sweeps of all rounds, timed, and those of one more round in which memory is traced.

    Raises ContendersDisagree when a watcher does not announce what changed.
    """
    ended = [0 for _ in plan.places]
    with sagemaker_process(plan.places, now=BEGIN) as sagemaker:
        with _bench(plan, sagemaker, BEGIN, ended, traced=False) as timed:
            began = time.perf_counter()
            for number in range(plan.rounds):
                if number >= MINIMUM_ROUNDS and time.perf_counter() - began > plan.within_s:
                    break
                timed.one_round()
        with _bench(plan, sagemaker, timed.now + _APART_S, ended, traced=True) as traced:
            traced.one_round()
    return timed.measured, traced.measured


@contextmanager
def _bench(
    plan: Plan, sagemaker: SageMakerProcess, now: float, ended: list[int], *, traced: bool
) -> Iterator[_Bench]:
    with ExitStack() as stack:
        watchers = {
            (contender, place): stack.enter_context(
                watch_process(contender, sagemaker, place, traced=traced)
            )
            for place in range(len(plan.places))
            for contender in Contender
        }
        bench = _Bench(plan, sagemaker, watchers, now, ended)
        bench.begin()
        yield bench
