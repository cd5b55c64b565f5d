"""Measures whether a sweep costs what changed, or what exists; see docs/performance.md.

`make bench` runs it. The local SageMakers are in a process of their own, and so is each watcher.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    """Measure and print the report.

    Gives 1 when a watcher did not announce what changed, 2 for a plan that has too few jobs.
    """
    from benchmarks.agreement import ContendersDisagree
    from benchmarks.sweep_report import make_report, report_lines
    from benchmarks.sweep_rounds import Plan, measure

    options = _parser().parse_args(arguments)
    try:
        plan = Plan(
            sizes=options.sizes,
            changed=options.changed,
            varied_at=options.varied_at,
            changes=options.changes,
            rounds=options.rounds,
            within_s=options.seconds,
        )
    except ValueError as unfit:
        print(
            f"benchmarks/sweep.py: {unfit}. Give more --sizes or fewer --rounds.", file=sys.stderr
        )
        return 2
    try:
        timed, traced = measure(plan)
    except ContendersDisagree as disagreement:
        print(f"benchmarks/sweep.py: a watcher missed something. {disagreement}", file=sys.stderr)
        return 1
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processor cores"
    report = make_report(plan, timed, traced, machine=machine)
    print(json.dumps(report, indent=2) if options.json else "\n".join(report_lines(report)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/sweep.py", description=__doc__)
    parser.add_argument(
        "--sizes", type=_numbers, default=(100, 10_000, 100_000), help="(100,10000,100000)"
    )
    parser.add_argument("--changed", type=int, default=10, help="jobs that change (10)")
    parser.add_argument(
        "--varied-at", type=int, default=10_000, help="the size at which --changes do (10000)"
    )
    parser.add_argument("--changes", type=_numbers, default=(1, 10, 100, 1_000), help="(1,…,1000)")
    parser.add_argument("--rounds", type=int, default=5, help="at most so many (5)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=100,
        help="begin no further round after so many, once there are 3 (100)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


if __name__ == "__main__":
    # A script's own folder is on the path, the checkout is not; for the processes it starts, too.
    paths = [str(ROOT), str(ROOT / "src")]
    sys.path[:0] = paths
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    sys.exit(main(sys.argv[1:]))
