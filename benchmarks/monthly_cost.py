"""Prints what a month costs, for docs/operations.md, from what was counted and the prices.

With --count it runs the deployed functions against local servers first, and keeps what it
counted beside this script; with --write it puts the section into the page.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTS = ROOT / "benchmarks" / "monthly_cost_counts.json"
PAGE = ROOT / "docs" / "operations.md"
MARKS = "<!-- cost table -->\n", "<!-- /cost table -->"


def main(arguments: Sequence[str]) -> int:
    """Print the section; the counts are made first if that is asked for."""
    from benchmarks.bill import PRICES, read_prices
    from benchmarks.bill_table import cost_section

    options = _parser().parse_args(arguments)
    if options.count:
        from benchmarks.counted_lives import Lives, count

        COUNTS.write_text(json.dumps(count(Lives()), indent=2) + "\n", "utf-8")
    counts = json.loads(COUNTS.read_text("utf-8"))
    looked_up = json.loads(PRICES.read_text("utf-8"))["looked_up"]
    section = "\n".join(cost_section(counts, read_prices(), looked_up=looked_up)) + "\n"
    print(section, end="")
    if options.write:
        before, rest = PAGE.read_text("utf-8").split(MARKS[0])
        _, after = rest.split(MARKS[1])
        PAGE.write_text(f"{before}{MARKS[0]}{section}{MARKS[1]}{after}", "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/monthly_cost.py", description=__doc__)
    parser.add_argument("--count", action="store_true", help="count again (half a minute)")
    parser.add_argument("--write", action="store_true", help="put the section into the page")
    return parser


if __name__ == "__main__":
    # A script's own folder is on the path, the checkout is not.
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(main(sys.argv[1:]))
