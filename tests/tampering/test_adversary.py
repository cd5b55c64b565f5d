"""What somebody found who set out to show readers something else than what is verified."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.verification import FlawKind
from recgate.ports import LedgerRefused
from tests.builders import NOW
from tests.servers.aws import LocalAws, create_ledger_table, local_aws
from tests.tampering.test_dynamodb import JOB
from tests.tampering.test_dynamodb import Scene as TableScene
from tests.tampering.world import SHOP, Pristine, Scene, make_pristine, scene

K = FlawKind


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The evidence as it was recorded."""
    return make_pristine(tmp_path_factory.mktemp("adversary") / "pristine")


@pytest.fixture
def copy(pristine: Pristine, tmp_path: Path) -> Iterator[Scene]:
    with scene(pristine, tmp_path / "copy", "adversary") as made:
        yield made


def kinds(copy: Scene) -> set[FlawKind]:
    return {flaw.kind for flaw in copy.verify().flaws}


@pytest.mark.parametrize("column", ["kind", "key", "recorded_at"])
def test_a_name_that_is_no_text_is_not_the_name(copy: Scene, column: str) -> None:
    """The bytes are the same, and no reader finds them."""
    where = "WHERE kind = 'decision'"
    copy.run(f"UPDATE entries SET {column} = CAST({column} AS BLOB) {where}")  # noqa: S608

    assert K.EDITED in kinds(copy)


def test_a_copy_of_a_stream_whose_name_is_no_text_is_told(copy: Scene) -> None:
    """It stands beside the entry that it was made from."""
    copy.run(
        "INSERT INTO entries SELECT CAST(stream AS BLOB), position, kind, key, recorded_at, "
        "replace(body, 'PASS', 'FAIL') FROM entries WHERE kind = 'decision'"
    )

    assert copy.verify().is_tampered


def test_entries_in_a_table_that_is_not_recgate_s_are_told(copy: Scene) -> None:
    """A column that is called rowid hides from whoever reads on by it."""
    copy.run("ALTER TABLE entries RENAME TO old")
    copy.run("CREATE TABLE entries (stream, position, kind, key, recorded_at, body, rowid)")
    copy.run("INSERT INTO entries SELECT *, rowid FROM old")
    copy.run("DROP TABLE old")

    told = [flaw.what for flaw in copy.verify().flaws if flaw.kind is K.EDITED]

    assert "its table entries is not one that recgate makes" in told


def test_an_index_that_is_not_recgate_s_is_told(copy: Scene) -> None:
    """It may have been made to give something else than the table."""
    copy.run("CREATE INDEX mine ON entries (stream, position, body)")

    [flaw] = copy.verify().flaws

    assert (flaw.kind, flaw.what) == (K.EDITED, "its index mine is not one that recgate makes")


def test_an_old_decision_put_into_a_chained_file_is_forged(copy: Scene) -> None:
    """The file got links for all that was older when it got its chains."""
    copy.run(
        "INSERT INTO entries SELECT stream || '-x', 0, kind, 'k', "
        "'2020-01-01T00:00:00.000000+00:00', body FROM entries WHERE kind = 'decision' LIMIT 1"
    )

    assert (K.FORGED, SHOP) in {(flaw.kind, flaw.chain) for flaw in copy.verify().flaws}


def test_a_file_without_one_of_its_tables_is_said_to_be_damaged(copy: Scene) -> None:
    """Nobody is told that it is a fault of recgate."""
    copy.run("DROP TABLE seals")

    with pytest.raises(LedgerRefused, match="no such table: seals; it is damaged, or was changed"):
        copy.verify()


def test_a_schema_that_is_no_text_is_said_to_be_damaged(copy: Scene) -> None:
    """What SQLite says of it cannot be read by Python."""
    copy.run("PRAGMA writable_schema = ON")
    copy.run("UPDATE sqlite_master SET sql = CAST(x'ff2028' AS TEXT) WHERE name = 'seals'")
    copy.run("UPDATE sqlite_master SET name = CAST(x'ffc3' AS TEXT) WHERE name = 'seals'")
    copy.connection.commit()

    with pytest.raises(LedgerRefused, match="keep"), SqliteLedger(copy.folder / "ledger.db"):
        pass


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def table(aws: LocalAws, tmp_path: Path) -> Iterator[TableScene]:
    client = aws.client("dynamodb")
    create_ledger_table(client, "adversary")
    yield TableScene(client, "adversary", tmp_path / "archive")
    client.delete_table(TableName="adversary")


FORGED_BODY = {"B": zlib.compress(b'{"n":2,"verdict":"PASS"}')}


def test_an_entry_between_two_positions_is_none_of_them(table: TableScene) -> None:
    """DynamoDB has numbers with something behind their point."""
    table.put(table.item(JOB, 2) | {"position": {"N": "2.5"}, "body": FORGED_BODY})

    assert K.FORGED in {flaw.kind for flaw in table.verify().flaws}


def test_a_decision_among_the_links_is_told_and_shown_to_nobody(table: TableScene) -> None:
    """The indexes take any item of the table."""
    item = table.item(JOB, 2) | {"stream": {"S": "chain:zzz"}, "key": {"S": "f" * 64}}
    table.put(item | {"body": FORGED_BODY})

    assert {each.stream for each in table.ledger.decided_on(NOW.date())} == {JOB}
    assert K.FORGED in {flaw.kind for flaw in table.verify().flaws}


def test_an_effect_among_the_decisions_is_told_and_shown_to_nobody(table: TableScene) -> None:
    """It has a link, and an index that is not its own."""
    table.change("effect:2:slack", 0, decision_day={"S": NOW.date().isoformat()})

    assert {each.stream for each in table.ledger.decided_on(NOW.date())} == {JOB}
    assert [flaw.kind for flaw in table.verify().flaws] == [K.EDITED]
