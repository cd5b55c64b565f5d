"""Measures durable writes through the SQLite ledger beside a bare hash chain.

`make bench` runs it; see docs/performance.md.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

AIM = 0.35
"""Of the bare chain's records a second, 25 in a transaction."""

Report = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measure and print the report; 1 when a contender has not written what it was to write."""
    from benchmarks.agreement import ContendersDisagree
    from benchmarks.ledger_rounds import Plan, measure
    from benchmarks.ledger_workload import decisions
    from recgate.domain.canonical import canonical_json

    options = _parser().parse_args(arguments)
    entries = decisions()
    plans = {
        f"{options.together} records in a transaction": Plan(
            options.records, options.together, options.rounds, options.seconds
        ),
        "one record in a transaction": Plan(options.singles, 1, options.rounds, options.seconds),
    }
    try:
        tables = {
            name: _table(measure(plan, entries, folder=options.folder), plan.records)
            for name, plan in plans.items()
        }
    except ContendersDisagree as disagreement:
        print(f"benchmarks/ledger.py: nothing was timed. {disagreement}", file=sys.stderr)
        return 1
    report = {
        "machine": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} processor cores",
        "body_bytes": round(mean(len(canonical_json(entry.body)) for entry in entries)),
        "aim": AIM,
        "tables": tables,
    }
    print(json.dumps(report, indent=2) if options.json else "\n".join(report_lines(report)))
    return 0


def _table(spent: Mapping[str, Sequence[Any]], records: int) -> Report:
    """Ratios are of records a second: less than 1 is slower than the first contender."""
    from benchmarks.rounds import ratio

    first = next(iter(spent.values()))
    return {
        name: {
            "rounds": len(own),
            "records_a_second": records / median(one.wall_s for one in own),
            "cpu_us_a_record": median(one.cpu_s for one in own) / records * 1e6,
            "speed": asdict(ratio([one.wall_s for one in first], [one.wall_s for one in own])),
            "cpu_speed": asdict(ratio([one.cpu_s for one in first], [one.cpu_s for one in own])),
        }
        for name, own in spent.items()
    }


def report_lines(report: Report) -> list[str]:
    """The report for a terminal."""
    tables = report["tables"]
    width = max(len(name) for table in tables.values() for name in table)
    lines = [
        f"Decisions of {report['body_bytes']:,} bytes, each durable when it is counted; "
        f"{report['machine']}",
        "Records a second, as a part of the bare chain's in the same round: median (least to most)",
    ]
    for question, table in tables.items():
        rounds = next(iter(table.values()))["rounds"]
        lines += [
            "",
            f"{question}, {rounds} rounds, interleaved",
            f"{'':{width}}   {'wall clock':>22}   {'processor':>22}   records/s here and now",
            *(
                f"{name:{width}}   {_cell(each['speed']):>22}   {_cell(each['cpu_speed']):>22}   "
                f"{each['records_a_second']:10,.0f}"
                for name, each in table.items()
            ),
        ]
    return [*lines, "", f"The aim is {report['aim']} of the bare chain with 25 in a transaction."]


def _cell(found: Mapping[str, float]) -> str:
    return f"{found['median']:.2f} ({found['least']:.2f} to {found['most']:.2f})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/ledger.py", description=__doc__)
    parser.add_argument("--records", type=_at_least_one, default=2_000, help="in a round (2000)")
    parser.add_argument(
        "--together", type=_at_least_one, default=25, help="in one transaction (25)"
    )
    parser.add_argument(
        "--singles", type=_at_least_one, default=200, help="one by one, in a round (200)"
    )
    parser.add_argument("--rounds", type=_at_least_one, default=9, help="at most so many (9)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=60,
        help="begin no further round after so many, once there are 3 (60)",
    )
    parser.add_argument("--folder", type=Path, help="where the ledgers are made (temporary)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    # A script's own folder is on the path, the checkout is not.
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(main(sys.argv[1:]))
