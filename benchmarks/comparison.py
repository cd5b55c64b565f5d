"""`evaluate` beside Cloud Custodian and jsonschema: same rows, same limits, one run.

Started by benchmarks/evaluate.py in an interpreter that has the peers.
"""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from benchmarks.agreement import ContendersDisagree, agreement
from benchmarks.peers import custodian, json_schema, recgate_itself
from benchmarks.report import make_report, report_lines
from benchmarks.rounds import run_rounds
from benchmarks.workload import Mix, make_jobs

CONTENDERS = (*recgate_itself.CONTENDERS, *custodian.CONTENDERS, *json_schema.CONTENDERS)
ANSWERS = (*recgate_itself.ANSWERS, *custodian.ANSWERS, *json_schema.ANSWERS)


def main(arguments: Sequence[str]) -> int:
    """Check that all contenders agree, time them, print the report.

    Gives 1 when they do not agree, 2 when a peer is not installed here.
    """
    options = _parser().parse_args(arguments)
    try:
        versions = {name: version(name) for name in ("c7n", "jsonschema")}
    except PackageNotFoundError as absent:
        print(
            f"benchmarks/evaluate.py: {sys.executable} has no {absent.name}. Run `make bench`, "
            "which sets up an interpreter with requirements/bench.txt.",
            file=sys.stderr,
        )
        return 2
    jobs = make_jobs(options.jobs, mix=Mix(options.mix))
    try:
        agreed = agreement(jobs, ANSWERS)
    except ContendersDisagree as disagreement:
        print(f"benchmarks/evaluate.py: nothing was timed. {disagreement}", file=sys.stderr)
        return 1
    report = make_report(
        CONTENDERS,
        run_rounds(CONTENDERS, jobs, rounds=options.rounds, within_s=options.seconds),
        agreed,
        jobs=options.jobs,
        mix=str(options.mix),
        versions={"python": platform.python_version(), **versions},
    )
    print(json.dumps(report, indent=2) if options.json else "\n".join(report_lines(report)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/evaluate.py", description=__doc__)
    parser.add_argument("--rounds", type=_at_least_one, default=7, help="at most so many (7)")
    parser.add_argument("--jobs", type=_at_least_one, default=500, help="of 10 rows each (500)")
    parser.add_argument(
        "--mix", choices=[*map(str, Mix)], default=str(Mix.MIXED), help="which rows (mixed)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=30,
        help="begin no further round after so many, once there are 3 (30)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
