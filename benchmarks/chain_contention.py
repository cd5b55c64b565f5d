"""Measures what it costs that all writers of a ledger go on from one head; docs/performance.md.

Writers append to streams of their own, at first all in one chain, then each in its own chain, over
and over. The DynamoDB is a local one (moto) in a process of its own, and every call takes a little
longer than it does there, as calls over a network do. moto does one thing at a time: with many
writers on chains of their own it is the limit, where DynamoDB would not be.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

Report = dict[str, Any]

_ONE, _OWN = "one chain", "chains of their own"
_TRY, _READ = "TransactWriteItems", "GetItem"
_NAME, _CELL = 34, 24


@dataclass(frozen=True, slots=True)
class Plan:
    """``writers`` at once, each of ``appends`` records, in so many rounds at most; no further
    round is begun after ``within_s`` seconds, but for the first. ``latency_ms`` is added to
    every call.
    """

    writers: Sequence[int] = (1, 5, 20)
    appends: int = 4
    rounds: int = 5
    latency_ms: float = 20.0
    within_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Run:
    """What so many writers did: ``records`` in ``seconds``, by the calls that were counted.

    ``given_up`` counts the appends that ended with LedgerUnavailable and were begun again.
    """

    records: int
    seconds: float
    tries: int
    reads: int
    given_up: int


class RecordsLost(Exception):
    """A chain does not have what was appended to it: a fast wrong answer is not timed."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print the report. Gives 1 when a record is not where it should be."""
    options = _parser().parse_args(arguments)
    if options.serve:
        return serve()
    plan = Plan(
        writers=options.writers,
        appends=options.appends,
        rounds=options.rounds,
        latency_ms=options.latency_ms,
        within_s=options.seconds,
    )
    try:
        report = make_report(plan, measure(plan))
    except RecordsLost as lost:
        print(f"benchmarks/chain_contention.py: {lost}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2) if options.json else "\n".join(report_lines(report)))
    return 0


# --- measuring -----------------------------------------------------------------------------

Measured = Mapping[tuple[int, str], Sequence[Run]]
"""The runs of each round, by the number of writers and by how they were chained."""


def measure(plan: Plan) -> Measured:
    """The runs of all rounds, those to be compared one after the other. Raises RecordsLost."""
    measured: dict[tuple[int, str], list[Run]] = {
        (writers, how): [] for writers in plan.writers for how in (_ONE, _OWN)
    }
    with _local_dynamodb() as server:
        began = time.perf_counter()
        for number in range(plan.rounds):
            if number and time.perf_counter() - began > plan.within_s:
                break
            for (writers, how), runs in measured.items():
                runs.append(_run(server, plan, writers, how))
    return measured


def _run(server: "subprocess.Popen[str]", plan: Plan, writers: int, how: str) -> Run:
    """So many writers on a table of their own."""
    from recgate.adapters.dynamodb_ledger import DynamoDbLedger
    from recgate.ports import LedgerUnavailable

    url, table = _ask(server)
    homes = ["local" if how == _ONE else f"{n:012}/eu-west-1" for n in range(writers)]
    start, count = threading.Barrier(writers + 1), Counter[str]()
    with closing(_client(url, plan.latency_ms / 1e3, count)) as client:

        def write(writer: int) -> None:
            ledger = DynamoDbLedger(client, table, home=homes[writer])
            ledger.head(homes[writer])  # a connection, which a warm function has already
            start.wait()
            for n in range(plan.appends):
                while True:
                    try:
                        ledger.append(f"effect:{writer}", n, _entry(n))
                    except LedgerUnavailable:
                        count["given up"] += 1
                    else:
                        break

        threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
        for thread in threads:
            thread.start()
        start.wait()
        count.clear()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds, counted = time.perf_counter() - began, Counter(count)
        ledger = DynamoDbLedger(client, table)
        heads = [ledger.head(home) for home in dict.fromkeys(homes)]
    records = sum(head.sequence for head in heads if head)
    if records != writers * plan.appends:
        raise RecordsLost(f"{how}: {records} records of {writers * plan.appends} are chained")
    return Run(records, seconds, counted[_TRY], counted[_READ], counted["given up"])


def _entry(n: int) -> Any:  # noqa: ANN401  imported late, as everything of recgate's
    from datetime import UTC, datetime

    from recgate.ports import Entry

    return Entry("claimed", "effect", datetime(2026, 11, 21, tzinfo=UTC), {"attempt": n})


def _client(url: str, latency_s: float, count: Counter[str]) -> Any:  # noqa: ANN401
    """A client whose calls are counted and take longer, on their way there and back."""
    from tests.servers.aws import aws_client

    client = aws_client("dynamodb", url, max_pool_connections=64, read_timeout=60)
    lock = threading.Lock()

    def there(**_: object) -> None:
        time.sleep(latency_s / 2)

    def back(model: Any, **_: object) -> None:  # noqa: ANN401  botocore's model of the operation
        with lock:
            count[model.name] += 1
        time.sleep(latency_s / 2)

    client.meta.events.register("before-send.dynamodb.*", there)
    client.meta.events.register("after-call.dynamodb.*", back)
    return client


# --- the DynamoDB --------------------------------------------------------------------------


@contextmanager
def _local_dynamodb() -> Iterator["subprocess.Popen[str]"]:
    """A process that makes a table for every line it is given, and ends when there are no more."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), "--serve"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _ask(server: "subprocess.Popen[str]") -> tuple[str, str]:
    """The URL, and the name of a new table."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    url, _, table = server.stdout.readline().strip().partition(" ")
    return url, table


def serve() -> int:
    """The process itself."""
    from tests.servers.aws import create_ledger_table, local_aws

    with local_aws() as aws:
        for number, _ in enumerate(sys.stdin):
            aws.reset()  # the tables of before would be copied with every transaction
            create_ledger_table(aws.client("dynamodb"), f"ledger-{number}")
            print(aws.endpoint_url, f"ledger-{number}", flush=True)
    return 0


# --- telling -------------------------------------------------------------------------------


def make_report(plan: Plan, measured: Measured) -> Report:
    """The report as JSON can say it; the ratios are those of each round."""
    from benchmarks.rounds import ratio

    def rates(runs: Sequence[Run]) -> list[float]:
        return [run.records / run.seconds for run in runs]

    return {
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} processor cores",
        "rounds": len(measured[plan.writers[0], _ONE]),
        "appends": plan.appends,
        "latency_ms": plan.latency_ms,
        "columns": list(plan.writers),
        **{
            how: [
                {
                    "records_per_s": median(rates(measured[writers, how])),
                    "tries": _per_record(measured[writers, how], "tries"),
                    "reads": _per_record(measured[writers, how], "reads"),
                    "given_up": sum(run.given_up for run in measured[writers, how]),
                }
                for writers in plan.writers
            ]
            for how in (_ONE, _OWN)
        },
        "ratios": [
            asdict(ratio(rates(measured[writers, _ONE]), rates(measured[writers, _OWN])))
            for writers in plan.writers
        ],
    }


def _per_record(runs: Sequence[Run], what: str) -> float:
    counted: list[int] = [getattr(run, what) for run in runs]
    return sum(counted) / sum(run.records for run in runs)


def report_lines(report: Report) -> list[str]:
    """The report for a terminal."""
    lines = [
        f"{report['rounds']} rounds, {report['appends']} records a writer, "
        f"{report['latency_ms']:g} ms added to a call; {report['machine']}",
        "",
        _row("Writers at once", [str(writers) for writers in report["columns"]]),
    ]
    for how in (_ONE, _OWN):
        cells = report[how]
        lines += [
            how,
            _row("  records a second, here and now", [f"{c['records_per_s']:.1f}" for c in cells]),
            _row("  tries for a record", [f"{cell['tries']:.2f}" for cell in cells]),
            _row("  questions for the head, a record", [f"{cell['reads']:.2f}" for cell in cells]),
            _row("  appends given up", [str(cell["given_up"]) for cell in cells]),
        ]
    ratios = [
        f"{each['median']:.2f} ({each['least']:.2f}–{each['most']:.2f})"
        for each in report["ratios"]
    ]
    return [*lines, _row(f"{_ONE} : {_OWN}", ratios), "  records a second, median (least–most)"]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:{_NAME}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/chain_contention.py", description=__doc__)
    parser.add_argument("--writers", type=_numbers, default=(1, 5, 20), help="at once (1,5,20)")
    parser.add_argument("--appends", type=int, default=4, help="records of each writer (4)")
    parser.add_argument("--rounds", type=int, default=5, help="at most so many (5)")
    parser.add_argument(
        "--latency-ms", type=float, default=20, help="what a call takes longer (20)"
    )
    parser.add_argument(
        "--seconds", type=float, default=90, help="begin no further round after so many (90)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


if __name__ == "__main__":
    # A script's own folder is on the path, the checkout is not.
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(main(sys.argv[1:]))
