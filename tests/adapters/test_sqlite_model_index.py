"""The table that finds decisions by their models: made anew by adopting when it is not right."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Entry
from tests.builders import NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with more decisions than are read at once, of three models and none."""
    made = tmp_path / "ledger.db"
    with SqliteLedger(made) as ledger:
        entries = []
        for number in range(130):
            model = ("ranker", "tagger", "sum\ud800", None)[number % 4]
            at = NOW + timedelta(seconds=number)
            body: dict[str, Any] = {"n": number, "job": {"model_name": model}}
            kind = "snapshot" if number % 10 == 0 else "decision"
            entries.append((f"job:{number}", 0, Entry(kind, f"{number:064x}", at, body)))
        ledger.append_all(entries)
    return made


@contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    """The file in the hands of somebody who does not care for triggers."""
    with closing(sqlite3.connect(path)) as connection:
        for event in ("change", "go"):
            connection.execute(f"DROP TRIGGER IF EXISTS decisions_by_model_never_{event}")
        connection.execute("DROP TRIGGER IF EXISTS entries_never_change")
        yield connection
        connection.commit()


def table(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT CAST(model AS BLOB), recorded_at, stream, position FROM decisions_by_model"
        )
        return rows.fetchall()


def triggers(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'decisions%'"
        )
        return sorted(name for (name,) in rows)


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM decisions_by_model",
        "DELETE FROM decisions_by_model WHERE stream = 'job:77'",
        "UPDATE decisions_by_model SET model = 'other' WHERE stream = 'job:77'",
        "UPDATE decisions_by_model SET model = x'ff' WHERE stream = 'job:77'",
        "UPDATE decisions_by_model SET recorded_at = '2020' WHERE stream = 'job:77'",
        "UPDATE decisions_by_model SET stream = 'job:76' WHERE stream = 'job:77'",
        "UPDATE decisions_by_model SET position = 7 WHERE stream = 'job:77'",
        "INSERT INTO decisions_by_model VALUES ('more', '2026', 'job:77', 0)",
        "INSERT INTO decisions_by_model VALUES ('more', '2026', 'job:none', 0)",
        "DROP TABLE decisions_by_model",
    ],
)
def test_what_somebody_changed_is_made_right_by_adopting(path: Path, tampering: str) -> None:
    """Row by row as it was, and guarded again; nothing counts as linked."""
    before, guards = table(path), triggers(path)
    with by_hand(path) as connection:
        connection.execute(tampering)

    with SqliteLedger(path) as ledger:
        adopted = ledger.adopt(LATER)

    assert adopted == 0
    assert (len(before), table(path)) == (85, before)
    assert triggers(path) == guards


def test_a_table_that_is_right_is_left_alone(path: Path) -> None:
    """Looking takes no turn at writing longer than adopting does."""
    with SqliteLedger(path) as ledger, closing(sqlite3.connect(path)) as other:
        ledger.adopt(LATER)
        (before,) = other.execute("PRAGMA data_version").fetchone()

        ledger.adopt(LATER)

        assert other.execute("PRAGMA data_version").fetchone() == (before,)


def test_entries_that_cannot_be_read_are_under_no_model(path: Path) -> None:
    """They stop nothing. Nor does what stands at no place that a row could name."""
    with by_hand(path) as connection:
        connection.execute("UPDATE entries SET stream = x'6a6f623a39' WHERE stream = 'job:9'")
        connection.execute("UPDATE entries SET position = 'x' WHERE stream = 'job:13'")
        connection.execute("UPDATE entries SET body = 'no JSON' WHERE stream = 'job:77'")
        connection.execute("UPDATE entries SET recorded_at = 'noon' WHERE stream = 'job:78'")
        connection.execute("UPDATE entries SET key = CAST(x'ff' AS TEXT) WHERE stream = 'job:81'")
        connection.execute("UPDATE entries SET body = 7 WHERE stream = 'job:82'")

    with SqliteLedger(path) as ledger:
        ledger.adopt(LATER)

        found = {each.stream for each in ledger.of_model("tagger")}

    assert {"job:73", "job:85"} <= found
    assert found.isdisjoint({"job:9", "job:13", "job:77", "job:81"})
    assert len(table(path)) == 85 - 6
