"""One watcher in a fresh process, measured sweep by sweep."""

import gc
import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.call_counts import counting_calls
from benchmarks.sagemaker_process import PLACE, ROOT, SageMakerProcess, ask
from benchmarks.watchers import Contender, Watcher


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep. ``announced`` counts changes, ``calls`` the requests by service and operation.

    ``peak_bytes`` is the most that Python had allocated, above what it had after the first call
    of each client; 0 in a process that does not trace. ``resident_bytes`` is the most memory
    that the process has ever had.
    """

    announced: int
    calls: dict[str, int]
    wall_s: float
    cpu_s: float
    peak_bytes: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class WatchProcess:
    """The process, from outside."""

    process: "subprocess.Popen[str]"

    def sweep(self, now: float) -> Sweep:
        """Let it sweep at a time (epoch seconds)."""
        return Sweep(**ask(self.process, {"now": now}))


@contextmanager
def watch_process(
    contender: Contender, sagemaker: SageMakerProcess, which: int, *, traced: bool = False
) -> Iterator[WatchProcess]:
    """Run a watcher of one of the SageMakers, with a memory of its own.

    ``traced`` measures memory, which slows all else down: times are then not to be used.
    """
    table = f"watch-{contender.name}-{which}-{'traced' if traced else 'timed'}"
    sagemaker.create_table(table)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watch_process", contender, table]
        + (["--traced"] if traced else []),
        cwd=ROOT,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": sagemaker.aws_address,
            "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker.addresses[which],
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": PLACE[1],
            "AWS_DEFAULT_REGION": PLACE[1],
            "NO_PROXY": "127.0.0.1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield WatchProcess(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def main(arguments: Sequence[str]) -> int:
    """The process itself: a sweep for every line of input."""
    from recgate.adapters.aws_clients import Aws

    contender, table, *more = arguments
    with counting_calls() as calls:
        watcher = Contender(contender).made(Aws(), table=table)
        if "--traced" in more:
            tracemalloc.start()
        watcher.warm_up()
        gc.collect()
        floor, _ = tracemalloc.get_traced_memory()
        for line in sys.stdin:
            now = datetime.fromtimestamp(json.loads(line)["now"], UTC)
            print(json.dumps(_measured(watcher, now, calls, floor)), flush=True)
            watcher.rest()
        watcher.close()
    return 0


def _measured(watcher: Watcher, now: datetime, calls: Counter[str], floor: int) -> dict[str, Any]:
    calls.clear()
    if tracemalloc.is_tracing():
        gc.collect()  # what an earlier sweep has left is not this one's
        tracemalloc.reset_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    announced = watcher.sweep(now)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    _, peak = tracemalloc.get_traced_memory()
    return {
        "announced": announced,
        "calls": dict(sorted(calls.items())),
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "peak_bytes": max(peak - floor, 0),
        # Linux says kilobytes.
        "resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
