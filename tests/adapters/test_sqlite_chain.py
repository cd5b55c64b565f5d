"""What the chain in the SQLite ledger promises beyond the contract: older files, crashes, hands."""

import itertools
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.sqlite_history import SqliteHistory
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.chain import LOCAL
from recgate.domain.link import NOTHING_BEFORE, Head, Link, link_from, sha256
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.evidence_ports import Evidence
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken
from tests.adapters.sqlite_version_1 import INSERT, raw, row_of, write_file
from tests.builders import NOW

STREAM = "job:fraud-ranker-v14"
OTHER = "effect:k:slack"
ARN = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/fraud-v14"
IRELAND = "111122223333/eu-west-1"
TODAY = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)
SEAL = Seal(Signature("key", b"\x30"), "2026-11-22T12:00:00.000000+00:00", "records/1", "v1")

PREAMBLE = """
import os, resource, signal, sys
from datetime import UTC, datetime
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Entry, PositionTaken, RecgateError
NOW = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)
path = sys.argv[1]
"""

# The child of each round dies just before its n-th statement; the parent says how far it came.
KILLED_BEFORE_EVERY_STATEMENT = """
import shutil, sqlite3
made = sys.argv[2]
def entries():
    return [
        ("job:x", 1, Entry("decision", "k", NOW, {"job": {"model_name": "m"}})),
        ("effect:y", 0, Entry("claimed", "k", NOW, {})),
        ("job:arn:aws:sagemaker:eu-west-1:111122223333:x", 0, Entry("snapshot", "k", NOW, {})),
    ]
class Dying(sqlite3.Connection):
    left = None
    def trace(self, statement):
        if Dying.left is not None:
            Dying.left -= 1
            if Dying.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
connect = sqlite3.connect
def dying(*args, **options):
    made = connect(*args, factory=Dying, **options)
    made.set_trace_callback(made.trace)
    return made
for n in range(1000):
    place = f"{made}/{n}.db"
    shutil.copy(path, place)
    pid = os.fork()
    if not pid:
        sqlite3.connect = dying
        if sys.argv[3] == "open":
            Dying.left = n
            SqliteLedger(place)
        else:
            ledger = SqliteLedger(place)
            Dying.left = n
            ledger.append_all(entries())
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        print(n + 1)
        break
"""

FIVE_APPENDS = """
print("ready", flush=True)
sys.stdin.readline()
mine = "effect:" + sys.argv[2]
with SqliteLedger(path, busy_timeout_s=60) as ledger:
    for n in range(5):
        ledger.append(mine, n, Entry("n", "k", NOW, {"n": n}))
        while True:
            try:
                ledger.append("job:x", len(ledger.read("job:x")), Entry("n", mine, NOW, {"n": n}))
            except PositionTaken:
                continue
            break
"""

READ_AND_APPEND = """
limit = sys.argv[2]
if limit == "nobody" and os.geteuid() == 0:
    os.setuid(65534)
elif limit != "nobody":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
with SqliteLedger(path) as ledger:
    stream = "job:fraud-ranker-v14"
    end = len(ledger.read(stream))
    print(end, len(ledger.of_model("m")), list(ledger.chains()), ledger.head("local"),
          list(ledger.links("local")), len(list(ledger.every_entry())),
          {each.chain for each in ledger.entries([(stream, 0)]).values()})
    for append in (ledger.append, ledger.append):
        try:
            append(stream, end, Entry("n", "k", NOW, {}))
        except RecgateError as error:
            print(type(error).__name__, error)
"""


def entry(*, kind: str = "decision", key: str = "k", at: datetime = NOW, **body: Any) -> Entry:
    return Entry(kind, key, at, body)


def about(model: str, *, at: datetime = NOW) -> Entry:
    return entry(at=at, job={"model_name": model})


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(script: str, *arguments: object) -> str:
    """What the script printed."""
    with start(script, *arguments) as running:
        printed, complaints = running.communicate(timeout=120)
    assert (running.returncode, complaints) == (0, "")
    return printed


def chain(ledger: Evidence, name: str = LOCAL) -> list[Link]:
    return [link_from(stored.document) for stored in ledger.links(name)]


def assert_whole(ledger: SqliteLedger) -> int:
    """Every entry is told of by the link that the ledger names, every link goes on from the one
    before, and every head is the last one; gives how many records there are.
    """
    linked = set()
    for name in ledger.chains():
        previous, sequence = NOTHING_BEFORE, 0
        for stored in ledger.links(name):
            link = link_from(stored.document)
            sequence += 1
            assert (
                (link.sequence, link.previous)
                == (stored.sequence, previous)
                == (sequence, previous)
            )
            linked.add((link.stream, link.position, link.chain, link.sequence, link.body_digest))
            previous = sha256(stored.document)
        assert ledger.head(name) == Head(sequence, previous)
    found = list(ledger.every_entry())
    told = {(e.stream, e.position, e.chain, e.sequence, sha256(e.body)) for e in found}
    assert told == linked
    assert len(found) == len(linked)
    return len(found)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger with five entries in three streams and two chains."""
    made = tmp_path / "ledger.db"
    with SqliteLedger(made) as ledger:
        for n in range(3):
            ledger.append(STREAM, n, about("m"))
        ledger.append(OTHER, 0, entry(kind="claimed"))
        ledger.append(ARN, 0, entry(kind="snapshot"))
    return made


# --- files of before -----------------------------------------------------------------------

BEFORE = [
    (STREAM, 0, entry(kind="snapshot", at=NOW + timedelta(seconds=2))),
    (STREAM, 1, about("m", at=NOW + timedelta(seconds=4))),
    (ARN, 0, about("m", at=NOW + timedelta(seconds=1))),
    (OTHER, 0, entry(kind="claimed", at=NOW + timedelta(seconds=4))),
    (OTHER, 1, entry(kind="delivered", at=NOW + timedelta(seconds=4), text="\ud800")),
]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A file of version 1 with the entries of `BEFORE`."""
    made = tmp_path / "older.db"
    write_file(made, BEFORE)
    return made


def version(path: Path) -> int:
    with raw(path) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def test_the_entries_of_an_older_file_are_adopted_in_the_order_of_their_times(
    older: Path,
) -> None:
    """Each in its chain; it is said when, because nothing vouches for them before then."""
    with SqliteLedger(older, clock=lambda: TODAY) as ledger:
        local, ireland = chain(ledger), chain(ledger, IRELAND)

        assert [(link.stream, link.position) for link in local] == [
            (STREAM, 0),
            (OTHER, 0),
            (OTHER, 1),
            (STREAM, 1),
        ]
        assert [(link.stream, link.position) for link in ireland] == [(ARN, 0)]
        assert {link.adopted_at for link in [*local, *ireland]} == {
            "2026-11-22T12:00:00.000005+00:00"
        }
        assert assert_whole(ledger) == 5
    assert version(older) == 2


def test_an_older_file_reads_as_it_did_and_goes_on(older: Path) -> None:
    """What is appended is no adopted record."""
    with SqliteLedger(older) as ledger:
        ledger.append(STREAM, 2, about("m"))

        assert list(ledger.read(STREAM)) == [BEFORE[0][2], BEFORE[1][2], about("m")]
        assert [bool(link.adopted_at) for link in chain(ledger)] == [True] * 4 + [False]
        assert assert_whole(ledger) == 6


def test_the_decisions_of_an_older_file_are_found_by_their_model(older: Path) -> None:
    """As those are that are written now."""
    with SqliteLedger(older) as ledger:
        found = ledger.of_model("m")

    assert [(each.stream, each.entry) for each in found] == [
        (ARN, BEFORE[2][2]),
        (STREAM, BEFORE[1][2]),
    ]


def test_the_home_of_a_ledger_is_where_its_other_records_go(older: Path, tmp_path: Path) -> None:
    """In an older file and in a new one."""
    home = "444455556666/us-east-1"
    with SqliteLedger(older, home=home) as old, SqliteLedger(tmp_path / "n", home=home) as new:
        new.append(OTHER, 0, entry())

        assert (old.chains(), new.chains()) == ([IRELAND, home], [home])


def test_a_home_that_is_no_chain_is_refused(tmp_path: Path) -> None:
    """Its records would be in a chain that has no checkpoints."""
    with pytest.raises(LedgerRefused, match="its home is 'desk', and must be ACCOUNT/REGION"):
        SqliteLedger(tmp_path / "ledger.db", home="desk")

    assert list(tmp_path.iterdir()) == []


def test_an_older_file_that_somebody_holds_is_read_and_adopted_later(older: Path) -> None:
    """An append says why it cannot; the next one adopts, without opening the file again."""
    with raw(older) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with SqliteLedger(older, busy_timeout_s=0.01, clock=lambda: TODAY) as ledger:
            with pytest.raises(LedgerUnavailable) as held:
                ledger.append(STREAM, 2, entry())
            with pytest.raises(LedgerUnavailable, match="cannot keep the seal of link 1"):
                ledger.keep_seal(LOCAL, 1, SEAL)
            with pytest.raises(LedgerUnavailable, match="cannot mark what is sealed"):
                ledger.move_sealed(LOCAL, Head(1, "1" * 64))
            before = len(ledger.read(STREAM)), ledger.chains(), len(ledger.of_model("m"))
            another = list(ledger.of_model("another"))
            unlinked = {each.chain for each in ledger.every_entry()}
            connection.execute("ROLLBACK")

            ledger.append(STREAM, 2, entry())

            assert (before, another) == ((2, [], 2), [])
            assert unlinked == {None}
            assert assert_whole(ledger) == 6
            assert chain(ledger)[0].adopted_at.startswith("2026-11-22T12")
    assert str(held.value) == (
        f"cannot write entry 2 (decision) of '{STREAM}' in the ledger {older}: it was written by "
        "a recgate without chains, and its entries could not be linked yet: database is locked; "
        "another process is writing; try again"
    )


def test_the_chains_that_another_process_made_are_seen(older: Path) -> None:
    """A ledger that was opened without them does not call everything unlinked."""
    with raw(older) as connection:
        connection.execute("BEGIN IMMEDIATE")
        ledger = SqliteLedger(older, busy_timeout_s=0.01)
        connection.execute("ROLLBACK")
    with ledger:
        before = ledger.chains()

        SqliteLedger(older).close()

        assert before == []
        assert assert_whole(ledger) == 5


def test_an_older_file_that_may_only_be_read_is_read() -> None:
    """An auditor's copy answers as before, has no chains, and says why nothing can be added."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.db")
        write_file(path, BEFORE)
        path.chmod(0o444)
        Path(folder).chmod(0o777)  # the write-ahead log is a file beside it

        printed = run(READ_AND_APPEND, path, "nobody")

        assert version(path) == 1
    lines = printed.splitlines()
    assert lines[0] == "2 2 [] None [] 5 {None}"
    assert lines[1] == lines[2]
    assert lines[1].startswith(f"LedgerRefused cannot write entry 2 (n) of '{STREAM}'")
    assert "its entries could not be linked yet: attempt to write a readonly database" in lines[1]


def test_an_older_file_on_a_full_disk_is_read(tmp_path: Path) -> None:
    """A quota stands in for the disk: the links have no room, and the file stays as it was."""
    path = tmp_path / "ledger.db"
    write_file(path, [(STREAM, n, about("m")) for n in range(1000)])

    printed = run(READ_AND_APPEND, path, 100_000)

    lines = printed.splitlines()
    assert lines[0] == "1000 1000 [] None [] 1000 {None}"
    assert lines[1].startswith("LedgerUnavailable cannot write entry 1000 (n)"), printed
    assert lines[1].endswith("try again")
    assert version(path) == 1
    with SqliteLedger(path) as ledger:
        assert assert_whole(ledger) == 1000


def test_two_that_open_an_older_file_at_once_adopt_it_once(older: Path) -> None:
    """The second one finds it done."""
    at_once = threading.Barrier(6)
    opened: list[SqliteLedger] = []

    def open_it() -> None:
        at_once.wait(timeout=30)
        opened.append(SqliteLedger(older))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [assert_whole(ledger) for ledger in opened] == [5] * 6
    for ledger in opened:
        ledger.close()


def test_a_crash_while_an_older_file_is_adopted_leaves_it_whole(
    older: Path, tmp_path: Path
) -> None:
    """Killed before any statement of the opening: either version, never half of one."""
    made = tmp_path / "made"
    made.mkdir()

    rounds = int(run(KILLED_BEFORE_EVERY_STATEMENT, older, made, "open"))

    assert rounds > 40
    versions = [version(made / f"{n}.db") for n in range(rounds)]
    assert versions == sorted(versions)
    assert set(versions) == {1, 2}
    for n in range(rounds):
        with raw(made / f"{n}.db") as connection:
            (tables,) = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
            ).fetchone()
        assert tables == {1: 1, 2: 6}[versions[n]]
        with SqliteLedger(made / f"{n}.db") as ledger:
            assert assert_whole(ledger) == 5


def test_a_recgate_of_before_that_has_the_file_open_cannot_write_past_the_chain(
    older: Path,
) -> None:
    """Its entry would have no link, and look forged for ever."""
    with raw(older) as theirs:
        theirs.execute("SELECT count(*) FROM entries").fetchone()
        with SqliteLedger(older) as ledger:
            with pytest.raises(sqlite3.IntegrityError, match="an entry has a link; use a newer"):
                theirs.execute(INSERT, row_of(STREAM, 2, entry()))

            assert assert_whole(ledger) == 5


def test_an_entry_that_somebody_bent_before_it_was_adopted_is_not_vouched_for(
    older: Path,
) -> None:
    """A time that is no time, text that is no text. The others are adopted."""
    bent = {
        (STREAM, 0): "recorded_at = 'noon'",
        (STREAM, 1): "recorded_at = '2026-11-21T06:32:00'",
        (OTHER, 0): "kind = CAST(x'ff' AS TEXT)",
        (OTHER, 1): "key = x'00'",
    }
    with raw(older) as connection:
        connection.execute("DROP TRIGGER entries_never_change")
        for place, change in bent.items():
            connection.execute(
                f"UPDATE entries SET {change} WHERE stream = ? AND position = ?",  # noqa: S608
                place,
            )

    with SqliteLedger(older) as ledger:
        unlinked = {(e.stream, e.position) for e in ledger.every_entry() if e.chain is None}

        assert unlinked == set(bent)
        assert [link.stream for link in chain(ledger, IRELAND)] == [ARN]


@pytest.mark.parametrize(
    "body", ['{"n":', "[]", '{"n": 1}', '{"n":NaN}', '{"n":' + "[" * 201 + "]" * 201 + "}"]
)
def test_a_body_that_somebody_bent_before_it_was_adopted_is_left_out(
    older: Path, body: str
) -> None:
    """It could be chained and never signed, nor anything behind it."""
    with raw(older) as connection:
        connection.execute("DROP TRIGGER entries_never_change")
        connection.execute("UPDATE entries SET body = ? WHERE stream = ?", (body, ARN))

    with SqliteLedger(older) as ledger:
        unlinked = [(e.stream, e.body) for e in ledger.every_entry() if e.chain is None]

        assert unlinked == [(ARN, body.encode())]
        assert chain(ledger, IRELAND) == []
        assert len(chain(ledger)) == 4


def test_saying_that_it_is_an_older_file_gets_nothing_adopted(path: Path) -> None:
    """Who adds an entry by force and sets the version back has not made it a record."""
    with raw(path) as connection:
        connection.execute("DROP TRIGGER entries_have_a_link")
        connection.execute(INSERT, row_of(STREAM, 3, entry(verdict="PASS")))
        connection.execute("PRAGMA user_version = 1")

    with SqliteLedger(path) as ledger:
        found = ledger.entries([(STREAM, 3)])[STREAM, 3]

        assert (found.chain, found.sequence) == (None, None)
        assert len(chain(ledger)) == 4


def test_a_file_whose_links_were_taken_away_is_given_no_new_ones(path: Path) -> None:
    """It says that it has chains: everything about them is refused, and nothing adopted."""
    with raw(path) as connection:
        connection.execute("DROP TABLE links")

    with SqliteLedger(path) as ledger:
        for ask in (ledger.chains, lambda: ledger.adopt(NOW), lambda: list(ledger.every_entry())):
            with pytest.raises(LedgerRefused, match="no such table: links"):
                ask()
        with pytest.raises(LedgerRefused, match="links"):
            ledger.append(STREAM, 3, entry())


def test_what_has_no_link_can_be_adopted_by_hand(path: Path) -> None:
    """Once, and as of that time; the chain goes on behind it."""
    with raw(path) as connection:
        connection.execute("DROP TRIGGER entries_have_a_link")
        connection.execute(INSERT, row_of(STREAM, 3, about("m")))

    with SqliteLedger(path) as ledger:
        adopted = ledger.adopt(TODAY), ledger.adopt(TODAY)
        ledger.append(STREAM, 4, entry())

        assert adopted == (1, 0)
        assert [bool(link.adopted_at) for link in chain(ledger)][-3:] == [False, True, False]
        assert assert_whole(ledger) == 7
        assert len(ledger.of_model("m")) == 4


def test_a_backtest_reads_files_of_both_versions(older: Path) -> None:
    """And changes neither: who only looks back adopts nothing."""
    with SqliteHistory(older) as history:
        before, found = history.jobs(), list(history)
    assert version(older) == 1

    SqliteLedger(older).close()

    with SqliteHistory(older) as history:
        assert (history.jobs(), list(history)) == (before, found)
    assert (before, len(found)) == (2, 2)


def test_a_backtest_refuses_a_file_of_a_later_version(older: Path) -> None:
    """It may say things otherwise."""
    with raw(older) as connection:
        connection.execute("PRAGMA user_version = 3")

    with pytest.raises(LedgerRefused, match="with schema version 1 or 2; name another file"):
        SqliteHistory(older)


# --- several at once -----------------------------------------------------------------------


def test_several_entries_are_written_in_one_transaction(path: Path) -> None:
    """In streams and chains of their own, each after the one before."""
    made = [
        (STREAM, 3, entry(n=1)),
        (ARN, 1, entry(n=2)),
        (STREAM, 4, entry(n=3)),
        (OTHER, 1, entry()),
    ]

    with SqliteLedger(path) as ledger:
        ledger.append_all(made)
        ledger.append_all([])

        assert [(link.stream, link.position) for link in chain(ledger)][-3:] == [
            (STREAM, 3),
            (STREAM, 4),
            (OTHER, 1),
        ]
        assert assert_whole(ledger) == 9


@pytest.mark.parametrize(
    ("wrong", "refusal", "said"),
    [
        ((STREAM, 3, entry(n=float("nan"))), LedgerRefused, "cannot write entry 3"),
        ((STREAM, 2, entry()), PositionTaken, "entry 2 .* is there already"),
        ((STREAM, 3, entry()), PositionTaken, "entry 3 .* is there already"),
        ((STREAM, 5, entry()), LedgerRefused, "entry 5 .* has only 4 entries"),
        (("chains", 0, entry()), LedgerRefused, "kept for chains"),
    ],
)
def test_of_several_entries_all_or_none_are_written(
    path: Path, wrong: tuple[str, int, Entry], refusal: type[Exception], said: str
) -> None:
    """Those before the one that cannot be written are not there either."""
    with SqliteLedger(path) as ledger:
        head = ledger.head(LOCAL)

        with pytest.raises(refusal, match=said):
            ledger.append_all([(STREAM, 3, entry()), (OTHER, 1, entry()), wrong, (ARN, 1, entry())])

        assert ledger.head(LOCAL) == head
        assert assert_whole(ledger) == 5


# --- crashes -------------------------------------------------------------------------------


def test_a_crash_between_any_two_statements_leaves_nothing_half_done(
    tmp_path: Path,
) -> None:
    """Killed before any statement of an append: all of its records are there, or none."""
    path, made = tmp_path / "ledger.db", tmp_path / "made"
    made.mkdir()
    with SqliteLedger(path) as ledger:
        ledger.append("job:x", 0, entry())

    rounds = int(run(KILLED_BEFORE_EVERY_STATEMENT, path, made, "append"))

    assert rounds > 10
    counts = []
    for n in range(rounds):
        with SqliteLedger(made / f"{n}.db") as ledger:
            counts.append(assert_whole(ledger))
            assert len(ledger.of_model("m")) == (1 if counts[-1] > 1 else 0)
            ledger.append("job:x", len(ledger.read("job:x")), entry())
            assert assert_whole(ledger) == counts[-1] + 1
    assert counts == [1] * (rounds - 1) + [4]


def test_an_append_that_is_interrupted_anywhere_leaves_nothing_half_done(path: Path) -> None:
    """At each of SQLite's own steps, as a signal may end it. At the last one it is written, and
    whole: who is told to try again finds it there.
    """
    made = [(STREAM, 3, about("m")), (OTHER, 1, entry()), (ARN, 1, entry())]
    refusals: list[str] = []
    with SqliteLedger(path) as ledger:
        before = ledger.head(LOCAL)
        while ledger.head(LOCAL) == before:
            refusals.append(_interrupted(ledger, made, at_step=len(refusals)))

        assert len(refusals) > 100
        assert all("interrupted; try again" in each for each in refusals[:-1])
        assert assert_whole(ledger) == 8


def _interrupted(
    ledger: SqliteLedger, entries: list[tuple[str, int, Entry]], *, at_step: int
) -> str:
    """What it says when appending is interrupted at that step; empty when it has fewer."""
    steps = itertools.count()
    connection = ledger._file.connection
    connection.set_progress_handler(lambda: next(steps) == at_step, 1)
    try:
        ledger.append_all(entries)
    except LedgerUnavailable as refusal:
        return str(refusal)
    finally:
        connection.set_progress_handler(None, 1)
    return ""


# --- many hands ----------------------------------------------------------------------------


def test_twenty_processes_on_one_file_lose_nothing(tmp_path: Path) -> None:
    """Each writes a stream of its own and one that all share; every record is there once."""
    path = tmp_path / "ledger.db"
    workers = [start(FIVE_APPENDS, path, worker) for worker in range(20)]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        complaints = [worker.communicate(timeout=120)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()

    assert complaints == [""] * 20
    with SqliteLedger(path) as ledger:
        shared = ledger.read("job:x")
        assert assert_whole(ledger) == 200
        for number in range(20):
            mine = f"effect:{number}"
            assert [each.body["n"] for each in ledger.read(mine)] == list(range(5))
            assert [each.body["n"] for each in shared if each.key == mine] == list(range(5))


def test_nobody_waits_for_whoever_reads_the_links(tmp_path: Path) -> None:
    """Between two links another thread and another process write; all is read, once."""
    path = tmp_path / "ledger.db"
    with SqliteLedger(path) as ledger, SqliteLedger(path, busy_timeout_s=0.01) as theirs:
        ledger.append_all([(STREAM, n, entry(n=n)) for n in range(600)])

        seen, links = [], ledger.links(LOCAL)
        for n, each in enumerate(links):
            seen.append(each.sequence)
            if n in (0, 249, 250, 599):
                theirs.append(OTHER, len(theirs.read(OTHER)), entry())
                writer = threading.Thread(
                    target=lambda: ledger.append(OTHER, len(ledger.read(OTHER)), entry())
                )
                writer.start()
                writer.join(timeout=30)
                assert not writer.is_alive()

        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) >= 606
        assert assert_whole(ledger) == 608


def test_a_restored_backup_goes_on_as_a_history_of_its_own(path: Path, tmp_path: Path) -> None:
    """It is whole by itself; that there were others is seen by the digest at the same place."""
    backup = tmp_path / "backup.db"
    with SqliteLedger(path) as ledger:
        with raw(backup) as copy:
            ledger._file.connection.backup(copy)
        ledger.append(OTHER, 1, entry(n="lost"))
        sealed = ledger.head(LOCAL)
        ledger.keep_seal(LOCAL, 5, SEAL)

    shutil.copy(backup, path)
    for beside in ("-wal", "-shm"):
        Path(f"{path}{beside}").unlink(missing_ok=True)
    with SqliteLedger(path) as restored:
        restored.append(OTHER, 1, entry(n="again"))

        assert assert_whole(restored) == 6
        assert sealed
        again = restored.head(LOCAL)
        assert again
        assert (again.sequence, again.digest != sealed.digest) == (sealed.sequence, True)
        assert [each.seal for each in restored.links(LOCAL)] == [None] * 5


# --- other hands ---------------------------------------------------------------------------

_LINK = "INTO links SELECT chain, {}, 'job:new', {}, link FROM links WHERE sequence = 1"


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE links SET link = '{}' WHERE sequence = 2", "links are never changed"),
        ("UPDATE links SET stream = 'job:x' WHERE sequence = 2", "links are never changed"),
        ("DELETE FROM links WHERE sequence = 4", "links are never deleted"),
        ("DELETE FROM links", "links are never deleted"),
        ("INSERT " + _LINK.format(9, 0), "end of its chain"),
        ("INSERT " + _LINK.format(0, 0), "end of its chain"),
        ("REPLACE " + _LINK.format(2, 0), "end of its chain"),
        (
            "REPLACE INTO links SELECT chain, 5, stream, position, link FROM links "
            "WHERE chain = 'local' AND sequence = 2",
            "one to an entry",
        ),
        ("UPDATE heads SET sequence = 3 WHERE chain = 'local'", "a head moves on"),
        ("UPDATE heads SET sequence = 5 WHERE chain = 'local'", "a head moves on"),
        ("UPDATE heads SET digest = '0'", "a head moves on"),
        ("UPDATE heads SET chain = 'x'", "a head moves on"),
        ("DELETE FROM heads", "heads are never deleted"),
        ("REPLACE INTO heads VALUES ('local', 4, '0')", "a head is made once"),
        ("INSERT INTO heads VALUES ('new', 1, '0')", "at the last link of its chain"),
        ("UPDATE seals SET signature = x'00'", "seals are never changed"),
        ("DELETE FROM seals", "seals are never deleted"),
        ("REPLACE INTO seals VALUES ('local', 1, '', x'', '', '', '')", "sealed once"),
        ("INSERT INTO seals VALUES ('local', 9, '', x'', '', '', '')", "sealed once"),
        ("UPDATE sealed_to SET sequence = 1", "never moves back"),
        ("UPDATE sealed_to SET digest = '0'", "never moves back"),
        ("UPDATE sealed_to SET chain = 'x', sequence = 9", "never moves back"),
        ("DELETE FROM sealed_to", "never deleted"),
        ("REPLACE INTO sealed_to VALUES ('local', 9, '0')", "is made once"),
        ("UPDATE decisions_by_model SET model = 'x'", "never changed"),
        ("DELETE FROM decisions_by_model", "never deleted"),
        ("INSERT INTO entries SELECT stream, 3, kind, key, '', body FROM entries", "has a link"),
    ],
)
def test_the_file_itself_refuses_to_change_its_chains(
    path: Path, statement: str, complaint: str
) -> None:
    """Also to another program with the file in its hands."""
    with SqliteLedger(path) as ledger:
        ledger.keep_seal(LOCAL, 1, SEAL)
        ledger.move_sealed(LOCAL, Head(2, "2" * 64))

    with raw(path) as connection, pytest.raises(sqlite3.IntegrityError, match=complaint):
        connection.execute(statement)

    with SqliteLedger(path) as ledger:
        assert assert_whole(ledger) == 5
        assert [each.seal for each in ledger.links(LOCAL)] == [SEAL, None, None, None]
        assert ledger.sealed_to(LOCAL) == Head(2, "2" * 64)
        assert len(ledger.of_model("m")) == 3


def by_force(path: Path, *statements: str) -> None:
    """What somebody does who means it: without triggers, checks, and the schema as it was."""
    with raw(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("value", ["7", "1.5", "''", "'Ω'", "x'ff00'", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("links", column) for column in ("chain", "sequence", "stream", "position", "link")),
        *(("heads", column) for column in ("chain", "sequence", "digest")),
        *(("sealed_to", column) for column in ("chain", "sequence", "digest")),
        *(("seals", column) for column in ("chain", "sequence", "key_id", "signature")),
        *(("seals", column) for column in ("sealed_at", "archived_as", "version")),
        *(("entries", column) for column in ("stream", "position", "kind", "key")),
        *(("entries", column) for column in ("recorded_at", "body")),
    ],
)
def test_whatever_somebody_put_there_is_handed_over(
    path: Path, table: str, column: str, value: str
) -> None:
    """Of any type and in any column: bytes, text and numbers of the port, and no crash."""
    with SqliteLedger(path) as ledger:
        ledger.keep_seal(LOCAL, 1, SEAL)
        ledger.move_sealed(LOCAL, Head(1, "1" * 64))
    last = "rowid = 3" if table == "entries" else "chain = 'local'"
    one = " AND sequence = 1" if table in ("links", "seals") else ""
    by_force(path, f"UPDATE {table} SET {column} = {value} WHERE {last}{one}")  # noqa: S608

    with SqliteLedger(path) as ledger:
        names = ledger.chains()
        heads = [ledger.head(name) for name in names] + [ledger.sealed_to(name) for name in names]
        stored = [link for name in names for link in ledger.links(name)]
        found = list(ledger.every_entry())
        at_places = ledger.entries([(each.stream, each.position) for each in found])

    for each in (*found, *at_places.values()):
        texts = (each.stream, each.kind, each.key, each.recorded_at)
        assert all(type(text) is str and text.encode() is not None for text in texts)
        assert (type(each.body), type(each.position)) == (bytes, int)
        assert each.chain is None or type(each.chain) is str
        assert each.sequence is None or type(each.sequence) is int
    for link in stored:
        assert (type(link.document), type(link.sequence)) == (bytes, int)
        if link.seal:
            assert type(link.seal.signature.value) is bytes
            assert type(link.seal.signature.key_id) is type(link.seal.version) is str
    for head in heads:
        assert head is None or (type(head.sequence), type(head.digest)) == (int, str)
    assert len(found) == 5
    assert len(stored) >= 4


def test_a_column_that_somebody_emptied_is_read_as_empty(path: Path) -> None:
    """NULL where the tables do not allow it: the table was made anew without saying so."""
    columns = "'' AS chain, 0 AS sequence, stream, position, link"
    by_force(
        path,
        "ALTER TABLE entries RENAME TO old",
        "CREATE TABLE entries (stream, position, kind, key, recorded_at, body)",
        "INSERT INTO entries SELECT stream, position, NULL, NULL, NULL, NULL FROM old",
        "INSERT INTO entries VALUES (NULL, NULL, NULL, NULL, NULL, NULL)",
        "ALTER TABLE links RENAME TO older",
        f"CREATE TABLE links AS SELECT {columns} FROM older LIMIT 0",  # noqa: S608
        "INSERT INTO links SELECT chain, sequence, stream, position, NULL FROM older",
        "INSERT INTO links VALUES (NULL, NULL, NULL, NULL, NULL)",
    )

    with SqliteLedger(path) as ledger:
        found = list(ledger.every_entry())
        stored = [each.document for name in ledger.chains() for each in ledger.links(name)]

    assert [(each.kind, each.recorded_at, each.body) for each in found] == [("", "", b"")] * 6
    assert (found[-1].stream, found[-1].position) == ("", -1)
    assert stored == [b""] * 5


def test_a_chain_whose_links_are_all_gone_is_named_by_its_head(path: Path) -> None:
    """And one whose head is gone by its links: taking a chain away does not hide it."""
    by_force(
        path,
        "DELETE FROM links WHERE chain = 'local'",
        "DELETE FROM heads WHERE chain <> 'local'",
    )

    with SqliteLedger(path) as ledger:
        assert ledger.chains() == [IRELAND, LOCAL]
        assert [ledger.head(IRELAND), list(ledger.links(LOCAL))] == [None, []]


def test_links_that_somebody_put_out_of_order_are_all_handed_over(path: Path) -> None:
    """More than fit in a page, at numbers that are none; those with a number come first."""
    by_force(
        path,
        "CREATE TABLE n AS WITH RECURSIVE n(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 700) SELECT n FROM n",
        "INSERT INTO links SELECT 'local', 'x' || n, 'text', n, n FROM n",
        "INSERT INTO links SELECT 'local', 4.0 + n / 1000.0, 'real', n, n FROM n",
        "INSERT INTO links SELECT 'local', CAST('y' || n AS BLOB), 'blob', n, n FROM n",
    )

    with SqliteLedger(path) as ledger:
        stored = list(ledger.links(LOCAL))

    assert [each.sequence for each in stored[:4]] == [1, 2, 3, 4]
    assert [each.sequence for each in stored[4:]] == [-1] * 2100
    assert len({each.document for each in stored}) == 704


def test_an_entry_at_an_odd_row_is_given_too(path: Path) -> None:
    """Rows may have any number, also the last that there is."""
    by_force(
        path,
        "INSERT INTO entries (rowid, stream, position, kind, key, recorded_at, body) "
        "VALUES (-9, 'job:least', 0, '', '', '', ''), "
        "(9223372036854775807, 'job:most', 0, '', '', '', '')",
    )

    with SqliteLedger(path) as ledger:
        streams = [each.stream for each in ledger.every_entry()]

    assert (streams[0], streams[-1], len(streams)) == ("job:least", "job:most", 7)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE heads SET sequence = 'x'", "the head of the chain 'local' was changed by hand"),
        ("UPDATE heads SET digest = x'00'", "the head of the chain 'local' was changed by hand"),
        ("UPDATE heads SET sequence = 2", "it was changed by hand: keep the file"),
        ("DELETE FROM heads", "it was changed by hand: keep the file"),
        ("DELETE FROM links WHERE chain = 'local' AND sequence = 4", "a link goes to the end"),
        ("DELETE FROM entries WHERE stream = 'effect:k:slack'", "one to an entry"),
    ],
)
def test_nothing_is_added_to_a_chain_whose_end_was_changed(
    path: Path, damage: str, said: str
) -> None:
    """Refused with what to do, and nothing is written; the other chain goes on."""
    with raw(path) as connection:
        for name in ("heads_move_on", "heads_never_go", "links_never_go", "entries_never_go"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(damage)

    with SqliteLedger(path) as ledger:
        before = len(list(ledger.every_entry()))
        with pytest.raises(LedgerRefused, match=said) as refusal:
            ledger.append(OTHER, len(ledger.read(OTHER)), entry())

        assert "recgate audit verify" in str(refusal.value)
        assert len(list(ledger.every_entry())) == before


# --- decisions by their model --------------------------------------------------------------


def test_a_model_that_utf_8_cannot_say_is_found(tmp_path: Path) -> None:
    """SQLite's JSON functions would stop at it."""
    with SqliteLedger(tmp_path / "ledger.db") as ledger:
        ledger.append(STREAM, 0, about("\ud800 \0 x"))

        assert [each.entry for each in ledger.of_model("\ud800 \0 x")] == [about("\ud800 \0 x")]
        assert list(ledger.of_model("\ud800")) == []


def test_a_decision_that_was_taken_out_by_force_is_missed(path: Path) -> None:
    """It is not left out in silence."""
    by_force(path, f"DELETE FROM entries WHERE stream = '{STREAM}' AND position = 1")  # noqa: S608

    with (
        SqliteLedger(path) as ledger,
        pytest.raises(LedgerRefused, match=f"entry 1 of '{STREAM}' .* is missing: keep the file"),
    ):
        ledger.of_model("m")


def test_the_links_are_json_to_every_reader_of_sqlite(path: Path) -> None:
    """An auditor may ask with the sqlite3 shell alone."""
    with raw(path) as connection:
        row = connection.execute(
            "SELECT typeof(link), json_extract(link, '$.stream'), json_extract(link, '$.sequence') "
            "FROM links WHERE chain = ?",
            (IRELAND,),
        ).fetchone()

    assert row == ("text", ARN, 1)
