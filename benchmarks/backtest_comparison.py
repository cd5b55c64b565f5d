"""A backtest beside Custodian, Polars, DuckDB and NumPy: same rows, same limits, one run.

Started by benchmarks/backtest.py in an interpreter that has the peers.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import backtest_workload as workload
from benchmarks.backtest_runs import READER
from benchmarks.peers import columnar, custodian
from benchmarks.rounds import Spent, ratio
from benchmarks.workload import ROWS_PER_JOB, TODAY, Job
from recgate.dialect.backtest_reading import quick_snapshot
from recgate.domain.evaluation import evaluate

Work = Callable[[], int]
"""Judges every job, and gives how many pass."""

PEERS = ("c7n", "numpy", "polars", "duckdb")
SLOW = 20
"""A contender that takes a hundred times as long judges one row of so many, and its time is that
of a row.
"""


def main(arguments: Sequence[str]) -> int:
    """Check that all agree, time them, print the report; 1 when they do not agree."""
    options = _parser().parse_args(arguments)
    versions = {name: _version(name) for name in PEERS}
    jobs = workload.different_jobs(options.jobs)
    report: dict[str, Any] = {
        "python": platform.python_version(),
        "versions": versions,
        "judging": _judging(jobs, options.jobs, options.rounds, versions),
    }
    with TemporaryDirectory(prefix="recgate-backtest-") as made:
        folder = Path(made)
        report["ways"] = _ways(folder, jobs, options.stored, options.rounds, versions)
    disagreeing = [part for part in ("judging", "ways") if not _agree(report[part].values())]
    if disagreeing:
        print(f"benchmarks/backtest.py: {disagreeing} do not agree: {report}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2) if options.json else "\n".join(report_lines(report)))
    return 0


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


# --- judging alone -------------------------------------------------------------------------


def _judging(
    jobs: Sequence[Job], count: int, rounds: int, versions: Mapping[str, str | None]
) -> dict[str, Any]:
    """Every engine on what it likes best, in memory and ready."""
    snapshots = [quick_snapshot(each, READER) for each in workload.documents(jobs)]
    read = [snapshot for snapshot in snapshots if snapshot is not None]
    assert len(read) == len(jobs)
    columns = columnar.columns_of(jobs, count)

    def evaluated() -> int:
        found = 0
        for snapshot in workload.repeated(read, count):
            found += evaluate(snapshot, workload.POLICIES, TODAY).verdict.opens_gate
        return found

    works: dict[str, tuple[Work, int]] = {
        "recgate: evaluate": (evaluated, 1),
        "plain Python, by columns": (columnar.python_columns(columns), 1),
    }
    if versions["numpy"]:
        works["NumPy"] = columnar.numpy_columns(columns), 1
    if versions["polars"]:
        works["Polars"] = columnar.polars_columns(columns), 1
    if versions["duckdb"] and versions["polars"]:
        works["DuckDB"] = columnar.duckdb_columns(columns), 1
    if versions["c7n"]:
        works["Custodian, flattened rows"] = _custodian(jobs, count)
    return _timed(works, count, rounds)


def _custodian(jobs: Sequence[Job], count: int) -> tuple[Work, int]:
    share = SLOW if count >= SLOW * len(jobs) else 1
    filters = custodian._parse_without_notes(custodian._flat_demands())
    rows = [
        custodian._flat_row(row)
        for job in workload.repeated(jobs, count // share)
        for row in job.peer_rows()
    ]
    places = {id(row): at // ROWS_PER_JOB for at, row in enumerate(rows)}
    return (
        lambda: share * len({places[id(row)] for row in custodian._kept(filters, rows)}),
        share,
    )


def _timed(works: Mapping[str, tuple[Work, int]], count: int, rounds: int) -> dict[str, Any]:
    spent: dict[str, list[Spent]] = {name: [] for name in works}
    passed: dict[str, int] = {}
    for _ in range(rounds):
        for name, (work, share) in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            passed[name] = work()
            one = (time.perf_counter() - wall) * share, (time.process_time() - cpu) * share
            spent[name].append(Spent(*one))
    return _figures(spent, passed, count)


def _figures(
    spent: Mapping[str, Sequence[Spent]],
    passed: Mapping[str, int],
    count: int,
    memory: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    baseline = [one.cpu_s for one in next(iter(spent.values()))]
    found: dict[str, Any] = {}
    for name, own in spent.items():
        cpu = [one.cpu_s for one in own]
        times = ratio(cpu, baseline)
        found[name] = {
            "passed": passed[name],
            "us_per_row": median(cpu) / (count * ROWS_PER_JOB) * 1e6,
            "ratio": [times.median, times.least, times.most],
        }
        if memory is not None:
            found[name]["peak_mb"] = memory[name]
    return found


# --- from what is on disk ------------------------------------------------------------------


def _ways(
    folder: Path,
    jobs: Sequence[Job],
    count: int,
    rounds: int,
    versions: Mapping[str, str | None],
) -> dict[str, Any]:
    """Every contender from a file to an answer, each time in a process of its own."""
    workload.write_documents(folder / "documents", jobs, count)
    workload.write_rows(folder / "rows", jobs, count)
    workload.write_ledger(folder / "ledger.db", jobs, count)
    workload.write_folder(folder / "folder", jobs, count)
    few = max(count // SLOW, 1)
    workload.write_rows(folder / "few-rows", jobs, few)
    workload.write_documents(folder / "few-documents", jobs, few)
    share = count / few
    ways: dict[str, tuple[str, str, float]] = {
        "recgate, from documents": ("quick", "documents", 1),
        "of that, Python's json alone": ("json", "documents", 1),
        "recgate backtest --ledger": ("ledger", "ledger.db", 1),
        "recgate backtest --jobs": ("folder", "folder", 1),
        "recgate, whole snapshots": ("whole", "few-documents", share),
    }
    if versions["polars"]:
        ways["Polars, from documents"] = "polars", "rows", 1
    if versions["duckdb"]:
        ways["DuckDB, from documents"] = "duckdb", "rows", 1
    if versions["c7n"]:
        ways["Custodian, from documents"] = "custodian", "few-rows", share
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    passed: dict[str, int] = {}
    memory: dict[str, float] = {}
    for _ in range(rounds):
        for name, (way, file, times) in ways.items():
            ran = _run(way, folder / file)
            spent[name].append(Spent(ran["wall_s"] * times, ran["cpu_s"] * times))
            # A share of the jobs, or all lines that were read, are no count to compare.
            passed[name] = ran["passed"] if times == 1 and way != "json" else -1
            memory[name] = max(memory.get(name, 0.0), (ran["kb"] or 0) / 1024)
    return _figures(spent, passed, count, memory)


def _run(way: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.backtest_runs", way, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{way}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- the report ----------------------------------------------------------------------------


def _agree(figures: Any) -> bool:  # noqa: ANN401  JSON
    return len({each["passed"] for each in figures if each["passed"] >= 0}) == 1


def report_lines(report: Mapping[str, Any]) -> list[str]:
    """The report for a terminal."""
    versions = ", ".join(
        f"{name} {number or 'absent'}" for name, number in report["versions"].items()
    )
    lines = [f"Python {report['python']}, one core; {versions}"]
    for part, title in (
        ("judging", "Judging alone, everything in memory and ready"),
        ("ways", "From what is on disk to an answer, one process each"),
    ):
        figures = report[part]
        width = max(map(len, figures))
        lines += ["", title, f"{'':{width}}   {'times the first':>22}   s per million rows   MB"]
        for name, found in figures.items():
            middle, least, most = found["ratio"]
            times = f"{middle:.2f} ({least:.2f} to {most:.2f})"
            memory = f"{found['peak_mb']:6.0f}" if "peak_mb" in found else ""
            seconds = f"{found['us_per_row']:18.2f}"
            lines.append(f"{name:{width}}   {times:>22}   {seconds}   {memory}".rstrip())
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/backtest.py", description=__doc__)
    parser.add_argument("--jobs", type=_at_least_one, default=100_000, help="judged alone (100000)")
    parser.add_argument("--stored", type=_at_least_one, default=10_000, help="on disk (10000)")
    parser.add_argument("--rounds", type=_at_least_one, default=3, help="rounds (3)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
