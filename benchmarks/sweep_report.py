"""What the sweeps came to, as data and as lines to read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks.rounds import ratio
from benchmarks.sweep_rounds import Case, Measured, Plan
from benchmarks.watch_process import Sweep
from benchmarks.watchers import Contender

Report = dict[str, Any]
Figures = dict[str, Any]

_NAME, _CELL = 36, 26


def make_report(plan: Plan, timed: Measured, traced: Measured, *, machine: str) -> Report:
    """The report as JSON can say it: a table for each question.

    Ratios in a table's rows refer to its first column; those of ``lists everything : recgate``
    compare the two in the same column.
    """
    largest = max(plan.sizes)
    return {
        "machine": machine,
        "rounds": len(timed[Case(Contender.RECGATE, largest, 0)]),
        "tables": [
            _table(
                f"{plan.changed} jobs have changed, of so many:",
                {size: (size, plan.changed, False) for size in plan.sizes},
                timed,
                traced,
            ),
            _table(
                "No job has changed, of so many:",
                {size: (size, 0, False) for size in plan.sizes},
                timed,
                traced,
            ),
            _table(
                f"Of {plan.varied_at:,} jobs, so many have changed:",
                {count: (plan.varied_at, count, True) for count in plan.changes},
                timed,
                traced,
            ),
        ],
    }


def _table(
    question: str,
    columns: Mapping[int, tuple[int, int, bool]],
    timed: Measured,
    traced: Measured,
) -> Report:
    """``columns`` says for each column's heading how many jobs there are, and how many change."""
    found = {
        contender: [
            _Cell(timed[Case(contender, *case)], traced[Case(contender, *case)][0])
            for case in columns.values()
        ]
        for contender in Contender
    }
    ours, theirs = found[Contender.RECGATE], found[Contender.LISTS_EVERYTHING]
    return {
        "question": question,
        "columns": list(columns),
        **{
            str(contender): [cell.figures() | cell.times(cells[0]) for cell in cells]
            for contender, cells in found.items()
        },
        "lists everything : recgate": [
            one.times(other) for one, other in zip(theirs, ours, strict=True)
        ],
    }


class _Cell:
    """One watcher in one case: its sweeps in the rounds, and the one whose memory was traced."""

    def __init__(self, sweeps: Sequence[Sweep], traced: Sweep) -> None:
        self.sweeps, self.traced = sweeps, traced

    def figures(self) -> Figures:
        """What was measured here and now; the calls are the same on every machine."""
        last = self.sweeps[-1]
        return {
            "calls": last.calls,
            "calls_in_all": sum(last.calls.values()),
            "cpu_ms": 1000 * median(one.cpu_s for one in self.sweeps),
            "wall_ms": 1000 * median(one.wall_s for one in self.sweeps),
            "peak_bytes": self.traced.peak_bytes,
            "resident_bytes": last.resident_bytes,
        }

    def times(self, other: "_Cell") -> Figures:
        """How many times the other's figures these are."""

        def of(figure: Callable[[Sweep], float]) -> dict[str, float]:
            own, its = map(figure, self.sweeps), map(figure, other.sweeps)
            return asdict(ratio(list(own), list(its)))

        return {
            "calls_ratio": of(lambda one: float(sum(one.calls.values())))["median"],
            "cpu_ratio": of(lambda one: one.cpu_s),
            "wall_ratio": of(lambda one: one.wall_s),
            "peak_ratio": self.traced.peak_bytes / other.traced.peak_bytes,
            "resident_ratio": self.sweeps[-1].resident_bytes / other.sweeps[-1].resident_bytes,
        }


def report_lines(report: Report) -> list[str]:
    """The report for a terminal."""
    return [
        f"{report['rounds']} rounds, interleaved; {report['machine']}",
        "Ratios to the first column: median (least to most) over rounds",
        *(line for table in report["tables"] for line in _table_lines(table)),
    ]


def _table_lines(table: Report) -> Iterator[str]:
    yield ""
    yield _row(table["question"], [f"{column:,}" for column in table["columns"]])
    for contender in map(str, Contender):
        cells = table[contender]
        yield contender
        yield _row("  calls", [f"{cell['calls_in_all']:,}" for cell in cells])
        yield from _ratio_lines(cells)
        yield _row("  processor here and now", [f"{cell['cpu_ms']:,.1f} ms" for cell in cells])
        yield _row("  memory here and now", [_megabytes(cell["peak_bytes"]) for cell in cells])
        yield _row("  whole process", [_megabytes(cell["resident_bytes"]) for cell in cells])
    cells = table["lists everything : recgate"]
    yield "lists everything : recgate, in the same column"
    yield _row("  calls", [f"{cell['calls_ratio']:,.2f}" for cell in cells])
    yield from _ratio_lines(cells)


def _ratio_lines(cells: Sequence[Figures]) -> Iterator[str]:
    yield _row("  processor", [_spread(cell["cpu_ratio"]) for cell in cells])
    yield _row("  wall clock", [_spread(cell["wall_ratio"]) for cell in cells])
    yield _row("  memory of the sweep", [f"{cell['peak_ratio']:,.2f}" for cell in cells])


def _row(name: str, cells: Sequence[str]) -> str:
    # A question is longer than a name and stands before the headings of the columns.
    return f"{name:{_NAME}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _spread(found: Mapping[str, float]) -> str:
    return f"{found['median']:,.2f} ({found['least']:,.2f}–{found['most']:,.2f})"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
