"""What the SQLite ledger promises beyond the contract: one file, many hands, and bad days."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.adapters.sqlite_ledger.decisions import BY_DAY, BY_KEY, BY_MODEL
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable
from tests.adapters.sqlite_version_1 import raw, write_file
from tests.builders import NOW

STREAM = "job:fraud-ranker-v14"

PREAMBLE = """
import os, resource, signal, sys
from datetime import UTC, datetime
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Entry, PositionTaken, RecgateError
NOW = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)
path = sys.argv[1]
"""

KILLED_AFTER_AN_APPEND = """
ledger = SqliteLedger(path)
ledger.append("job:fraud-ranker-v14", 0, Entry("decision", "k", NOW, {"verdict": "PASS"}))
os.kill(os.getpid(), signal.SIGKILL)
"""

TWENTY_APPENDS = """
print("ready", flush=True)
sys.stdin.readline()
with SqliteLedger(path) as ledger:
    for n in range(20):
        while True:
            end = len(ledger.read("job:fraud-ranker-v14"))
            try:
                ledger.append(
                    "job:fraud-ranker-v14", end, Entry("n", "k", NOW, {"by": sys.argv[2], "n": n})
                )
            except PositionTaken:
                continue
            break
"""

UNTIL_THE_DISK_IS_FULL = """
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
with SqliteLedger(path) as ledger:
    for n in range(1000):
        try:
            ledger.append("job:fraud-ranker-v14", n, Entry("n", "k", NOW, {"text": "x" * 5000}))
        except RecgateError as error:
            print(type(error).__name__, n, len(ledger.read("job:fraud-ranker-v14")), error)
            break
"""

WITHOUT_WRITE_PERMISSION = """
if os.geteuid() == 0:
    os.setuid(65534)
try:
    with SqliteLedger(path) as ledger:
        print("read", len(ledger.read("job:fraud-ranker-v14")))
        ledger.append("job:fraud-ranker-v14", 1, Entry("n", "k", NOW, {}))
except RecgateError as error:
    print(type(error).__name__, error)
"""


FIND_WITHOUT_WRITE_PERMISSION = """
if os.geteuid() == 0:
    os.setuid(65534)
with SqliteLedger(path) as ledger:
    print("found", len(ledger.find("ab" * 6)), len(ledger.decided_on(NOW.date())))
"""


def entry(**body: str | int) -> Entry:
    return Entry("decision", "k", NOW, body)


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + script, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger with three entries in one stream."""
    made = tmp_path / "ledger.db"
    with SqliteLedger(made) as ledger:
        for n in range(3):
            ledger.append(STREAM, n, entry(n=n))
    return made


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    """The ledger of yesterday is read today, and goes on."""
    with SqliteLedger(path) as ledger:
        ledger.append(STREAM, 3, entry(n=3))

    with SqliteLedger(str(path)) as ledger:
        assert list(ledger.read(STREAM)) == [entry(n=n) for n in range(4)]


def test_an_entry_survives_the_death_of_its_writer(tmp_path: Path) -> None:
    """Once append has returned, killing the process loses nothing."""
    path = tmp_path / "ledger.db"

    died = run(KILLED_AFTER_AN_APPEND, path)

    assert died.returncode == -signal.SIGKILL, died.stderr
    with SqliteLedger(path) as ledger:
        assert [read.body for read in ledger.read(STREAM)] == [{"verdict": "PASS"}]


def test_processes_that_start_at_once_on_a_new_file_lose_nothing(tmp_path: Path) -> None:
    """Three make the tables and race for every position."""
    path = tmp_path / "ledger.db"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + TWENTY_APPENDS, str(path), str(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for worker in range(3)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        complaints = [worker.communicate(timeout=60)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()

    assert complaints == ["", "", ""]
    with SqliteLedger(path) as ledger:
        bodies = [read.body for read in ledger.read(STREAM)]
    for name in "012":
        assert [body["n"] for body in bodies if body["by"] == name] == list(range(20))
    assert len(bodies) == 60


def test_a_gap_is_refused_with_the_length_of_the_stream(path: Path) -> None:
    """So that the caller's mistake can be seen in the log."""
    with SqliteLedger(path) as ledger, pytest.raises(LedgerRefused) as refusal:
        ledger.append(STREAM, 5, entry())

    assert str(refusal.value) == (
        f"cannot write entry 5 (decision) of '{STREAM}' in the ledger {path}: "
        "the stream has only 3 entries"
    )


def test_a_write_is_durable_before_it_is_told(tmp_path: Path) -> None:
    """EXTRA (3): with a rollback journal, too. https://www.sqlite.org/pragma.html"""
    with SqliteLedger(tmp_path / "l.db") as ledger:
        ((level,),) = ledger._file.rows("PRAGMA synchronous", (), failure="")

    assert level == 3


def test_two_ledgers_on_one_file_see_each_other_at_once(path: Path) -> None:
    """Every write that has returned is read, whoever wrote it."""
    with SqliteLedger(path) as one, SqliteLedger(path) as other:
        one.append(STREAM, 3, entry(n=3))
        seen = len(other.read(STREAM))
        other.append(STREAM, 4, entry(n=4))

        assert (seen, len(one.read(STREAM))) == (4, 5)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE entries SET body = '{}' WHERE position = 1", "never changed"),
        ("UPDATE entries SET position = 7 WHERE position = 2", "never changed"),
        ("DELETE FROM entries WHERE position = 2", "never deleted"),
        ("DELETE FROM entries", "never deleted"),
        (
            "REPLACE INTO entries SELECT stream, 1, 'x', key, recorded_at, '{}' "
            "FROM entries WHERE position = 1",
            "goes to the end",
        ),
        (
            "INSERT INTO entries SELECT stream, 9, kind, key, recorded_at, body "
            "FROM entries WHERE position = 1",
            "goes to the end|has a link",  # SQLite does not say which trigger comes first
        ),
    ],
)
def test_the_file_itself_refuses_to_change_what_is_written(
    path: Path, statement: str, complaint: str
) -> None:
    """Also to another program with the file in its hands."""
    with raw(path) as connection, pytest.raises(sqlite3.IntegrityError, match=complaint):
        connection.execute(statement)

    with SqliteLedger(path) as ledger:
        assert list(ledger.read(STREAM)) == [entry(n=n) for n in range(3)]


def test_the_body_is_json_to_every_reader_of_sqlite(tmp_path: Path) -> None:
    """An auditor may ask with the sqlite3 shell alone."""
    path = tmp_path / "ledger.db"
    with SqliteLedger(path) as ledger:
        ledger.append(STREAM, 0, entry(verdict="FAIL", by="Ωmega"))

    with raw(path) as connection:
        row = connection.execute(
            "SELECT typeof(body), body, json_extract(body, '$.verdict') FROM entries"
        ).fetchone()

    assert row == ("text", '{"by":"Ωmega","verdict":"FAIL"}', "FAIL")


def test_memory_is_forgotten_and_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ``:memory:`` is its own."""
    monkeypatch.chdir(tmp_path)

    with SqliteLedger(":memory:") as one, SqliteLedger(":memory:") as other:
        one.append(STREAM, 0, entry())

        assert list(other.read(STREAM)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema_is_refused_with_what_to_do(path: Path) -> None:
    """Yesterday's recgate leaves tomorrow's file alone."""
    with raw(path) as connection:
        connection.execute("PRAGMA user_version = 3")

    with pytest.raises(LedgerRefused) as refusal:
        SqliteLedger(path)

    assert str(refusal.value) == (
        f"cannot open the ledger {path}: it has schema version 3 and this recgate knows "
        "version 2; use the recgate that wrote it or a newer one"
    )


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A typo in a path must not cost anybody a file."""
    path = tmp_path / "policy.yaml"
    path.write_text("policies: []\n" * 200)

    with pytest.raises(LedgerRefused, match="file is not a database; it is not a ledger: name"):
        SqliteLedger(path)

    assert path.read_text() == "policies: []\n" * 200


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """It gets no table of ours."""
    path = tmp_path / "bookmarks.db"
    with raw(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")

    with pytest.raises(LedgerRefused, match="SQLite file of another program; name another file"):
        SqliteLedger(path)

    with raw(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert names == [("bookmarks",)]


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """What `mktemp` and a crash before the first write leave behind."""
    path = tmp_path / "ledger.db"
    path.touch()

    with SqliteLedger(path) as ledger:
        ledger.append(STREAM, 0, entry())

        assert list(ledger.read(STREAM)) == [entry()]


@pytest.mark.parametrize("name", ["missing/ledger.db", "."])
def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """A folder, or a file in a folder that is not there."""
    with pytest.raises(LedgerRefused, match="check that the folder exists"):
        SqliteLedger(tmp_path / name)


def test_an_empty_path_is_refused() -> None:
    """SQLite takes it for a file that is deleted on closing."""
    with pytest.raises(LedgerRefused, match="empty path: name a file"):
        SqliteLedger("")


def test_a_locked_file_may_be_written_later(path: Path) -> None:
    """While another program holds it: readable, not writable; then both."""
    with SqliteLedger(path, busy_timeout_s=0.01) as ledger, raw(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="another process is writing; try again"):
            ledger.append(STREAM, 3, entry(n=3))
        readable = len(ledger.read(STREAM))
        connection.execute("ROLLBACK")

        ledger.append(STREAM, 3, entry(n=3))

        assert (readable, len(ledger.read(STREAM))) == (3, 4)


def test_a_full_disk_is_told_and_costs_nothing_that_was_written(tmp_path: Path) -> None:
    """A quota stands in for the disk. The entry is refused whole; the others stay."""
    path = tmp_path / "ledger.db"

    ended = run(UNTIL_THE_DISK_IS_FULL, path)

    kind, refused_at, readable, message = ended.stdout.split(" ", 3)
    assert kind == "LedgerUnavailable", ended.stdout
    assert int(refused_at) == int(readable) > 5
    assert "try again" in message
    with SqliteLedger(path) as ledger:
        assert len(ledger.read(STREAM)) == int(readable)


def test_a_file_that_may_only_be_read_is_read_and_not_written() -> None:
    """An auditor without write permission sees everything, and changes nothing."""
    # Not in tmp_path: the tests of root run this as nobody, who cannot look in there.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.db")
        with SqliteLedger(path) as ledger:
            ledger.append(STREAM, 0, entry())
        path.chmod(0o444)
        Path(folder).chmod(0o777)  # the write-ahead log is a file beside it

        ended = run(WITHOUT_WRITE_PERMISSION, path)

        assert ended.stdout.startswith("read 1\nLedgerRefused cannot write entry 1"), ended
        assert "it may only be read: give write permission" in ended.stdout


def test_a_folder_that_may_only_be_read_is_refused_with_the_cure() -> None:
    """Where even reading needs a file beside the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.db")
        SqliteLedger(path).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)

        ended = run(WITHOUT_WRITE_PERMISSION, path)
        Path(folder).chmod(0o700)

        assert ended.stdout.startswith("LedgerRefused cannot open the ledger"), ended
        assert re.search("write (permission )?to (it|the file and its folder)", ended.stdout)


def index_names(path: Path) -> set[str]:
    with raw(path) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%INDEX%'")
        return {name for (name,) in rows.fetchall()}


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A file as the first recgate wrote it, with decisions on the day of `NOW`."""
    made = tmp_path / "older.db"
    entries = [(STREAM, n, entry(n=n)) for n in range(3)]
    write_file(made, [*entries, (STREAM, 3, Entry("decision", "ab" * 32, NOW, {}))], indexes=False)
    return made


def test_a_file_of_before_gets_its_indexes_when_it_is_opened(older: Path) -> None:
    """What is asked for often is found at once from then on."""
    assert index_names(older) == set()

    with SqliteLedger(older) as ledger:
        found = ledger.find("ab" * 6)

    assert [each.entry.key for each in found] == ["ab" * 32]
    assert index_names(older) == {"decisions_by_day", "decisions_by_key"}


def test_a_file_of_before_that_somebody_holds_is_opened_without_indexes(older: Path) -> None:
    """Nobody waits for what only makes it faster: the answers are the same."""
    with raw(older) as connection:
        connection.execute("BEGIN IMMEDIATE")

        with SqliteLedger(older, busy_timeout_s=0.01) as ledger:
            found = len(ledger.find("ab" * 6)), len(ledger.decided_on(NOW.date()))
        connection.execute("ROLLBACK")

    assert found == (1, 4)
    assert index_names(older) == set()


def test_a_file_of_before_that_may_only_be_read_still_finds_decisions() -> None:
    """An auditor's copy, by `WITHOUT_WRITE_PERMISSION`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.db")
        write_file(path, [(STREAM, 0, Entry("decision", "ab" * 32, NOW, {}))], indexes=False)
        path.chmod(0o444)
        Path(folder).chmod(0o777)  # the write-ahead log is a file beside it

        ended = run(FIND_WITHOUT_WRITE_PERMISSION, path)

        assert ended.stdout == "found 1 1\n", ended


def test_decisions_are_looked_up_and_not_searched_for(path: Path) -> None:
    """A ledger of years answers for a day, a key or a model as fast as one of a day."""
    with raw(path) as connection:
        plans = [
            [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", asked)]
            for query, asked in ((BY_DAY, "ab"), (BY_KEY, "ab"), (BY_MODEL, ("m", "a", "b")))
        ]

    assert "USING INDEX decisions_by_day" in plans[0][0]
    assert "USING INDEX decisions_by_key" in plans[1][0]
    by_model = "SEARCH found USING PRIMARY KEY (model=? AND recorded_at>? AND recorded_at<?)"
    assert plans[2][0] == by_model
    assert "SEARCH entries USING INDEX" in plans[2][1]
    assert len(plans[2]) == 2  # nothing is sorted


def test_an_entry_taken_out_by_force_is_noticed(path: Path) -> None:
    """Somebody dropped the trigger first; the entries behind it must not move up."""
    with raw(path) as connection:
        connection.execute("DROP TRIGGER entries_never_go")
        connection.execute("DELETE FROM entries WHERE position = 1")

    with (
        SqliteLedger(path) as ledger,
        pytest.raises(LedgerRefused, match=f"entry 1 of '{STREAM}' .* is missing: keep the file"),
    ):
        ledger.read(STREAM)


@pytest.mark.parametrize(
    "change",
    [
        "body = '{\"n\":'",
        "body = '[]'",
        "body = x'ff'",
        "recorded_at = 'noon'",
        "recorded_at = x'00'",
        "kind = x'ff'",
        "key = CAST(x'ff' AS TEXT)",
    ],
)
def test_an_entry_bent_by_force_is_noticed(path: Path, change: str) -> None:
    """It is an answer of its own, not a crash and not an empty stream."""
    with raw(path) as connection:
        connection.execute("DROP TRIGGER entries_never_change")
        connection.execute(f"UPDATE entries SET {change} WHERE position = 2")  # noqa: S608

    with (
        SqliteLedger(path) as ledger,
        pytest.raises(LedgerRefused, match=f"entry 2 of '{STREAM}' .* cannot be read|not decode"),
    ):
        ledger.read(STREAM)


def test_a_damaged_file_is_refused_with_what_to_do(path: Path) -> None:
    """The page with the entries is overwritten."""
    with raw(path) as connection:
        ((page, size),) = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master "
            "WHERE name = 'entries'"
        )
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)

    with (
        SqliteLedger(path) as ledger,
        pytest.raises(LedgerRefused, match="it is damaged: keep it, and restore a copy"),
    ):
        ledger.read(STREAM)


def test_a_file_whose_tables_are_damaged_is_not_opened(path: Path) -> None:
    """The pages after the first are overwritten, where the rest of its tables is."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))

    with pytest.raises(LedgerRefused, match="it is damaged: keep it, and restore a copy"):
        SqliteLedger(path)


def test_a_closed_ledger_says_so(path: Path) -> None:
    """And closing twice is no error."""
    ledger = SqliteLedger(path)
    ledger.close()
    ledger.close()

    with pytest.raises(LedgerRefused, match="closed database"):
        ledger.read(STREAM)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists open files as Linux does")
def test_nothing_is_left_open_after_a_refusal(tmp_path: Path) -> None:
    """A constructor that refuses has closed its file."""
    path = tmp_path / "policy.yaml"
    path.write_text("policies: []\n" * 200)

    with pytest.raises(LedgerRefused) as refusal:
        SqliteLedger(path)

    links = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    assert str(path) not in links
    assert refusal.tb is not None  # as long as it lives, Python closes nothing by itself
