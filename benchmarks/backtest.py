"""Starts the benchmark of backtests, in the interpreter that has the peers.

The options are those of `benchmarks.backtest_comparison`; see docs/performance.md.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def bench_python() -> Path:
    """The interpreter to measure in: as `benchmarks/evaluate.py` finds it."""
    named = os.environ.get("RECGATE_BENCH_PYTHON")
    return Path(named) if named else ROOT / ".venv-bench" / "bin" / "python"


def main() -> int:
    """Run it and give its exit status."""
    python = bench_python()
    if not python.is_file():
        print(
            f"benchmarks/backtest.py: there is no interpreter at {python}. Run `make bench`, which "
            "sets one up, or let RECGATE_BENCH_PYTHON name one that has requirements/bench.txt.",
            file=sys.stderr,
        )
        return 2
    return subprocess.run(
        [str(python), "-m", "benchmarks.backtest_comparison", *sys.argv[1:]],
        check=False,
        # Whoever would use both cores would not be compared on one.
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            "POLARS_MAX_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        },
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
