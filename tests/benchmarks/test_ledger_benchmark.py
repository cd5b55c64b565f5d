"""The ledger's benchmark is right, on a few records and with no clock in any assertion."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks.agreement import ContendersDisagree
from benchmarks.bare_chain import BareChain
from benchmarks.ledger import report_lines
from benchmarks.ledger_rounds import CONTENDERS, Plan, measure, refuse_wrong
from benchmarks.ledger_workload import decisions, new_entries

from recgate.domain.canonical import canonical_json

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_written_is_decisions_as_the_ledger_gets_them() -> None:
    """Of every example, with all that a decision rests on; each of a job of its own."""
    made = decisions()

    written = list(new_entries(made, 20))

    assert len(made) == len(list((ROOT / "examples" / "jobs").glob("*[!a].json")))
    assert all("judgements" in entry.body for entry in made)
    assert len({stream for stream, _, _ in written}) == 20
    assert {position for _, position, _ in written} == {0}
    assert len({canonical_json(entry.body) for _, _, entry in written}) == len(made)


def test_every_contender_writes_every_record(tmp_path: Path) -> None:
    """As one chain, whatever a transaction holds; nothing is left behind."""
    plan = Plan(records=23, together=5, rounds=1, within_s=0)

    spent = measure(plan, decisions(), folder=tmp_path)

    assert [len(rounds) for rounds in spent.values()] == [1] * len(CONTENDERS)
    assert all(one.wall_s > 0 for rounds in spent.values() for one in rounds)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_contender_that_loses_or_bends_a_record_is_not_timed(tmp_path: Path, name: str) -> None:
    """A fast wrong chain says nothing."""
    path = tmp_path / "ledger.db"
    with closing(CONTENDERS[name](path)) as contender:
        contender.prepare(list(new_entries(decisions(), 4)))()
        refuse_wrong({name: contender}, 4)

        with pytest.raises(ContendersDisagree, match=f"{name}: 4 of 5 records are there"):
            refuse_wrong({name: contender}, 5)
        table = "entries" if name.startswith("recgate") else "records"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("DROP TRIGGER IF EXISTS entries_never_change")
            connection.execute(f"UPDATE {table} SET body = '{{}}' WHERE rowid = 2")  # noqa: S608
        with pytest.raises(ContendersDisagree, match=f"{name}: "):
            refuse_wrong({name: contender}, 4)


def test_the_bare_chain_is_as_durable_as_the_ledger(tmp_path: Path) -> None:
    """It writes ahead, and waits for the disk at every transaction."""
    with closing(BareChain(tmp_path / "chain.db")) as chain:
        pragmas = [
            chain._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]

    assert pragmas == ["wal", 3]


def test_the_script_reports_on_a_few_records() -> None:
    """As JSON, which makes the lines for a terminal."""
    few = ["--records", "50", "--singles", "3", "--rounds", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "benchmarks/ledger.py", *few],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    lines = "\n".join(report_lines(report))
    assert list(report["tables"]) == [
        "25 records in a transaction",
        "one record in a transaction",
    ]
    for question, table in report["tables"].items():
        assert question in lines
        assert list(table) == list(CONTENDERS)
        assert table["bare chain"]["speed"] == {"median": 1.0, "least": 1.0, "most": 1.0}
        assert all(name in lines for name in table)
