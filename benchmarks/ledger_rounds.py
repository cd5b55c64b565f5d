"""Durable writes in rounds: every contender writes the same records, transaction by transaction.

They take turns at each transaction, on the same disk, so whatever else the machine and its disk
do slows all of them alike.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.agreement import ContendersDisagree
from benchmarks.bare_chain import BareChain
from benchmarks.ledger_workload import NewEntry, new_entries
from benchmarks.rounds import MINIMUM_ROUNDS, Spent
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.canonical import canonical_json
from recgate.domain.link import NOTHING_BEFORE, link_from, sha256
from recgate.ports import Entry

Batch = Sequence[NewEntry]
"""The records of one transaction."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to write records. ``prepare`` is off the clock; ``whole`` gives how many records
    there are at the end, and raises ValueError if they are no chain.
    """

    prepare: Callable[[Batch], Callable[[], None]]
    whole: Callable[[], int]
    close: Callable[[], None]


def bare_chain(path: Path) -> Contender:
    """The chain and nothing else."""
    chain = BareChain(path)

    def prepare(batch: Batch) -> Callable[[], None]:
        bodies = [entry.body for _, _, entry in batch]
        return lambda: chain.append_all(bodies)

    return Contender(prepare, chain.whole, chain.close)


def bare_chain_of_bytes(path: Path) -> Contender:
    """The chain of bytes that somebody else made of the records."""
    chain = BareChain(path)

    def prepare(batch: Batch) -> Callable[[], None]:
        bodies = [canonical_json(entry.body) for _, _, entry in batch]
        return lambda: chain.append_bytes(bodies)

    return Contender(prepare, chain.whole, chain.close)


def sqlite_ledger(path: Path) -> Contender:
    """The ledger of recgate: one call for one transaction."""
    ledger = SqliteLedger(path)

    def prepare(batch: Batch) -> Callable[[], None]:
        return lambda: ledger.append_all(batch)

    return Contender(prepare, lambda: _whole(ledger), ledger.close)


CONTENDERS: Mapping[str, Callable[[Path], Contender]] = {
    "bare chain": bare_chain,
    "bare chain, JSON made beforehand": bare_chain_of_bytes,
    "recgate: SqliteLedger": sqlite_ledger,
}
"""The first is the one that ratios refer to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``records`` in each round, ``together`` in one transaction; no further round is begun after
    ``within_s`` seconds, but for the first few.
    """

    records: int
    together: int
    rounds: int
    within_s: float


def measure(
    plan: Plan, decisions: Sequence[Entry], *, folder: Path | None = None
) -> dict[str, list[Spent]]:
    """What each contender spent in each round, by its name; every round begins with empty files.

    ``folder`` is where the files are made; None: where the system keeps temporary ones.
    Raises ContendersDisagree when a contender has not written a chain of every record.
    """
    entries = list(new_entries(decisions, plan.records))
    batches = [
        entries[start : start + plan.together] for start in range(0, plan.records, plan.together)
    ]
    spent: dict[str, list[Spent]] = {name: [] for name in CONTENDERS}
    began = time.perf_counter()
    for number in range(plan.rounds):
        if number >= MINIMUM_ROUNDS and time.perf_counter() - began > plan.within_s:
            break
        with TemporaryDirectory(prefix="recgate-ledger-", dir=folder) as made:
            for name, total in _one_round(Path(made), batches).items():
                spent[name].append(total)
    return spent


def _one_round(folder: Path, batches: Sequence[Batch]) -> dict[str, Spent]:
    with ExitStack() as stack:
        contenders = {
            name: stack.enter_context(closing(make(folder / f"{number}.db")))
            for number, (name, make) in enumerate(CONTENDERS.items())
        }
        wall, cpu = dict.fromkeys(contenders, 0.0), dict.fromkeys(contenders, 0.0)
        for batch in batches:
            for name, contender in contenders.items():
                one = _time(contender.prepare(batch))
                wall[name] += one.wall_s
                cpu[name] += one.cpu_s
        refuse_wrong(contenders, sum(map(len, batches)))
        return {name: Spent(wall[name], cpu[name]) for name in contenders}


def refuse_wrong(contenders: Mapping[str, Contender], records: int) -> None:
    """A chain that is none is not timed. Raises ContendersDisagree."""
    for name, contender in contenders.items():
        try:
            found = contender.whole()
        except ValueError as broken:
            raise ContendersDisagree(f"{name}: {broken}") from broken
        if found != records:
            raise ContendersDisagree(f"{name}: {found} of {records} records are there")


def _time(work: Callable[[], None]) -> Spent:
    # As timeit does: a collection would be charged to whoever happens to trigger it.
    gc.disable()
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        return Spent(time.perf_counter() - wall, time.process_time() - cpu)
    finally:
        gc.enable()


def _whole(ledger: SqliteLedger) -> int:
    count = 0
    for name in ledger.chains():
        previous = NOTHING_BEFORE
        for stored in ledger.links(name):
            link = link_from(stored.document)
            place = link.stream, link.position
            entry = ledger.entries([place]).get(place)
            is_whole = entry is not None and link.body_digest == sha256(entry.body)
            if not is_whole or link.previous != previous:
                raise ValueError(f"link {stored.sequence} of the chain {name} does not hold")
            previous, count = sha256(stored.document), count + 1
    return count
