"""Prints what a month costs, for docs/operations.md, and what a record costs, for
docs/retention.md, from what was counted and the prices.

With --count it runs the deployed functions against local servers first, and keeps what it
counted beside this script; with --write it puts the sections into their pages.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTS = ROOT / "benchmarks" / "monthly_cost_counts.json"
MONTH = ROOT / "docs" / "operations.md", "cost table"
EVIDENCE = ROOT / "docs" / "retention.md", "evidence cost"
"""A page, and the name of the marks between which the section stands."""


def main(arguments: Sequence[str]) -> int:
    """Print the sections; the counts are made first if that is asked for."""
    from benchmarks.bill import PRICES, read_prices
    from benchmarks.bill_table import cost_section
    from benchmarks.evidence_cost_table import evidence_section

    options = _parser().parse_args(arguments)
    if options.count:
        from benchmarks.counted_lives import Lives, count

        COUNTS.write_text(json.dumps(count(Lives()), indent=2) + "\n", "utf-8")
    counts, prices = json.loads(COUNTS.read_text("utf-8")), read_prices()
    looked_up = json.loads(PRICES.read_text("utf-8"))["looked_up"]
    for place, section in (
        (MONTH, cost_section(counts, prices, looked_up=looked_up)),
        (EVIDENCE, evidence_section(counts, prices, looked_up=looked_up)),
    ):
        text = "\n".join(section) + "\n"
        print(text, end="")
        if options.write:
            _put(text, *place)
    return 0


def _put(text: str, page: Path, name: str) -> None:
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, rest = page.read_text("utf-8").split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}{text}{end}{after}", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/monthly_cost.py", description=__doc__)
    parser.add_argument("--count", action="store_true", help="count again (a minute)")
    parser.add_argument("--write", action="store_true", help="put the sections into their pages")
    return parser


if __name__ == "__main__":
    # A script's own folder is on the path, the checkout is not.
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(main(sys.argv[1:]))
