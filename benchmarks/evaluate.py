"""Starts the comparison of `evaluate` with its peers, in the interpreter that has the peers.

Cloud Custodian wants an environment of its own. What recgate needs to judge a job is the
standard library only, so recgate goes there, and all contenders run in one process, by one
clock. The options are those of `benchmarks.comparison`; see docs/performance.md.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_VARIABLE = "RECGATE_BENCH_PYTHON"
"""Names another interpreter that has the packages of requirements/bench.txt."""


def bench_python() -> Path:
    """The interpreter to measure in: the one named in the environment, else `.venv-bench`."""
    named = os.environ.get(PYTHON_VARIABLE)
    return Path(named) if named else ROOT / ".venv-bench" / "bin" / "python"


def main() -> int:
    """Run the comparison and give its exit status."""
    python = bench_python()
    if not python.is_file():
        print(
            f"benchmarks/evaluate.py: there is no interpreter at {python}. Run `make bench`, which "
            f"sets one up, or let {PYTHON_VARIABLE} name one that has requirements/bench.txt.",
            file=sys.stderr,
        )
        return 2
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.run(
        [str(python), "-m", "benchmarks.comparison", *sys.argv[1:]],
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
