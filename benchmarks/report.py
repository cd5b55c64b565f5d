"""What a comparison found, as data and as lines to read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.agreement import Agreement
from benchmarks.peers import Contender
from benchmarks.rounds import Spent, ratio
from benchmarks.workload import POLICY, ROWS_PER_JOB

Report = dict[str, Any]


def make_report(
    contenders: Sequence[Contender],
    spent: Mapping[str, Sequence[Spent]],
    agreed: Agreement,
    *,
    jobs: int,
    mix: str,
    versions: Mapping[str, str],
) -> Report:
    """The report as JSON can say it. The first contender is the one that ratios refer to."""
    baseline = spent[contenders[0].name]
    return {
        "mix": mix,
        "jobs": jobs,
        "rows": jobs * ROWS_PER_JOB,
        "limits": len(POLICY["require"]),
        "rounds": len(baseline),
        "versions": dict(versions),
        "agreement": asdict(agreed),
        "contenders": [
            {"name": each.name, "what": each.what}
            | _figures(spent[each.name], baseline, rows=jobs * ROWS_PER_JOB)
            for each in contenders
        ],
    }


def _figures(own: Sequence[Spent], baseline: Sequence[Spent], *, rows: int) -> Report:
    wall, cpu = [one.wall_s for one in own], [one.cpu_s for one in own]
    return {
        "wall_us_per_row": median(wall) / rows * 1e6,
        "cpu_us_per_row": median(cpu) / rows * 1e6,
        "wall_ratio": asdict(ratio(wall, [one.wall_s for one in baseline])),
        "cpu_ratio": asdict(ratio(cpu, [one.cpu_s for one in baseline])),
    }


def report_lines(report: Report) -> list[str]:
    """The report for a terminal."""
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    contenders, agreed = report["contenders"], report["agreement"]
    width = max(len(each["name"]) for each in contenders)
    return [
        f"{report['jobs']:,} jobs × {ROWS_PER_JOB} rows ({report['mix']}), "
        f"{report['limits']} limits, {report['rounds']} rounds, interleaved; {versions}",
        "",
        f"Times the cost of {contenders[0]['name']!r} per row: median (least to most) over rounds",
        f"{'':{width}}   {'wall clock':>24}   {'processor':>24}   µs/row here and now",
        *(
            f"{each['name']:{width}}   {_cell(each['wall_ratio']):>24}   "
            f"{_cell(each['cpu_ratio']):>24}   {each['cpu_us_per_row']:6.2f}"
            for each in contenders
        ),
        "",
        *(f"{each['name']:{width}}   {each['what']}" for each in contenders),
        "",
        f"All timed forms agree on the {agreed['judged']:,} rows that have every figure.",
        f"Of the {agreed['unknown']:,} rows that recgate calls UNKNOWN for a missing figure, "
        "these pass:",
        *(f"  {passed:6,}   {name}" for name, passed in agreed["let_through"].items()),
    ]


def _cell(found: Mapping[str, float]) -> str:
    return f"{found['median']:.1f} ({found['least']:.1f} to {found['most']:.1f})"
