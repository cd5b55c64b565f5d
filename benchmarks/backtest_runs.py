"""One contender's whole way from what is on disk to an answer, in a process of its own.

``python -m benchmarks.backtest_runs WAY PATH`` prints JSON: the jobs that pass, seconds on the
clock and of the processor, and the most memory that the process held. Importing is not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.backtest_workload import POLICIES
from benchmarks.peers import columnar, custodian
from benchmarks.workload import TODAY
from recgate.adapters.job_folder import JobFolder
from recgate.adapters.sqlite_history import SqliteHistory
from recgate.dialect.backtest_figures import FiguresReader
from recgate.dialect.backtest_reading import quick_snapshot
from recgate.dialect.decision_reader import decision_from
from recgate.dialect.describe import snapshot_from
from recgate.domain.backtest import Backtest
from recgate.domain.evaluation import evaluate
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy_set import PolicySet
from recgate.domain.verdict import Verdict
from recgate.flows.backtest import BacktestParts, backtest
from recgate.flows.backtest_past import Pasts

READER = FiguresReader(
    frozenset(
        limit.spec.metric
        for policy in POLICIES
        for limit in policy.limits
        if isinstance(limit, NumericLimit)
    )
)


def ledger(path: Path) -> int:
    """`recgate backtest --ledger FILE`."""
    with SqliteHistory(path) as history:
        return _passes(_backtest(history))


def folder(path: Path) -> int:
    """`recgate backtest --jobs DIR`."""
    return _passes(_backtest(JobFolder(path, strictly=False)))


def quick_documents(path: Path) -> int:
    """recgate: JSON, the quick reading, `evaluate`; no ledger, no comparison."""
    passed = 0
    with path.open("rb") as lines:
        for line in lines:
            document = json.loads(line)
            snapshot = quick_snapshot(document, READER) or snapshot_from(document)
            passed += evaluate(snapshot, POLICIES, TODAY).verdict is Verdict.PASS
    return passed


def whole_documents(path: Path) -> int:
    """Recgate before: JSON, the whole snapshot, `evaluate`."""
    passed = 0
    with path.open("rb") as lines:
        for line in lines:
            passed += evaluate(snapshot_from(json.loads(line)), POLICIES, TODAY).verdict.opens_gate
    return passed


def parse_only(path: Path) -> int:
    """Python's JSON reader alone: what no Python program can be faster than."""
    with path.open("rb") as lines:
        return sum(1 for line in lines if json.loads(line))


def custodian_documents(path: Path) -> int:
    """Custodian: JSON, then ValueFilters, stopping at the first limit that fails."""
    filters = custodian._parse(custodian._demands())
    passed = 0
    with path.open("rb") as lines:
        for line in lines:
            passed += bool(custodian._kept(filters, json.loads(line)["rows"]))
    return passed


def _backtest(pasts: Pasts) -> Backtest:
    policies = PolicySet(tuple(POLICIES))
    parts = BacktestParts(
        new=policies,
        old=None,
        today=TODAY,
        on=None,
        quick=partial(quick_snapshot, reader=READER),
        read_snapshot=snapshot_from,
        read_decision=decision_from,
        watch=lambda seen: None,
    )
    return backtest(pasts, parts)


def _passes(found: Backtest) -> int:
    if found.not_judged or found.changed:
        raise AssertionError("the benchmark's own jobs were not judged as before")
    return sum(count for (_, after), count in found.verdicts.items() if after is Verdict.PASS)


WAYS: dict[str, Callable[[Path], int]] = {
    "ledger": ledger,
    "folder": folder,
    "quick": quick_documents,
    "whole": whole_documents,
    "json": parse_only,
    "custodian": custodian_documents,
    "polars": columnar.polars_documents,
    "duckdb": columnar.duckdb_documents,
}
_IMPORTS = {"polars": "polars", "duckdb": "duckdb", "custodian": "c7n.filters"}


def main(way: str, path: str) -> None:
    """Go one way and print how long it took."""
    if way in _IMPORTS:
        __import__(_IMPORTS[way])
    wall, cpu = time.perf_counter(), time.process_time()
    passed = WAYS[way](Path(path))
    spent = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"passed": passed, "wall_s": spent[0], "cpu_s": spent[1], "kb": _peak_kb()}))


def _peak_kb() -> int | None:
    """The most memory that this process held; None where the system does not say.

    Not `ru_maxrss`, which a process inherits from the one that started it.
    """
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
