"""`recgate audit adopt`: what older versions recorded is chained, once, and counted."""

import json
import sqlite3
from pathlib import Path

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.ledger_item import item_of
from recgate.dialect.ledger_tables import APPLICATION_ID
from recgate.domain.link import link_from
from recgate.ports import Entry
from tests.builders import JOB_ARN, NOW
from tests.cli.runner import recgate
from tests.cli.sealing_desk import CHAIN, sealing_desk
from tests.servers.aws import create_ledger_table, local_aws

STREAM = f"job:{JOB_ARN}"
VERSION_1 = """
    CREATE TABLE entries (
        stream      TEXT    NOT NULL,
        position    INTEGER NOT NULL,
        kind        TEXT    NOT NULL,
        key         TEXT    NOT NULL,
        recorded_at TEXT    NOT NULL,
        body        TEXT    NOT NULL,
        PRIMARY KEY (stream, position)
    )
"""
"""The table of ledgers before they had chains."""


@pytest.fixture
def old_ledger(tmp_path: Path) -> Path:
    """A file of version 1 with three entries of a job and one effect."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute(VERSION_1)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    at = NOW.isoformat(timespec="microseconds")
    for position in range(3):
        row = (STREAM, position, "request", f"r{position}", at, "{}")
        connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row)
    row = ("effect:k:slack", 0, "claimed", "k", at, "{}")
    connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    return path


def test_an_older_file_is_chained_and_the_records_are_counted(old_ledger: Path) -> None:
    """Also those that were linked when the file was opened; again does nothing."""
    first = recgate("audit", "adopt", "--ledger", old_ledger)
    again = recgate("audit", "adopt", "--ledger", old_ledger)

    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines() == [
        "4 records linked now.",
        f"{CHAIN}: 3 records, 3 of them adopted.",
        "local: 1 record, 1 of them adopted.",
    ]
    assert again.out.splitlines() == ["0 records linked now.", *first.out.splitlines()[1:]]


def test_adopted_records_are_sealed_with_the_time_of_their_adoption(
    old_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature vouches for them since then, and the link says so."""
    desk = sealing_desk(tmp_path, monkeypatch)
    recgate("audit", "adopt", "--ledger", old_ledger)

    answer = recgate("audit", "seal", "--ledger", old_ledger, "--key", desk.key)

    assert answer.code == 0
    assert f"{CHAIN}: 3 sealed now, none left." in answer.out
    with SqliteLedger(old_ledger) as opened:
        links = [link_from(stored.document) for stored in opened.links(CHAIN)]
    assert all(link.adopted_at > link.recorded_at for link in links)


def test_json_says_the_same_for_machines(old_ledger: Path) -> None:
    """Chain by chain."""
    answer = recgate("audit", "adopt", "--ledger", old_ledger, "--output", "json")

    assert json.loads(answer.out) == {
        "schema": "recgate-audit-adopted/1",
        "ledger": str(old_ledger),
        "linked": 4,
        "chains": [
            {"chain": CHAIN, "records": 3, "adopted": 3, "linked": 3},
            {"chain": "local", "records": 1, "adopted": 1, "linked": 1},
        ],
    }


def test_a_newer_record_beside_them_is_not_counted_as_adopted(old_ledger: Path) -> None:
    """It was chained when it was recorded."""
    with SqliteLedger(old_ledger) as opened:
        opened.append(STREAM, 3, Entry("request", "r3", NOW, {}))

    answer = recgate("audit", "adopt", "--ledger", old_ledger)

    assert f"{CHAIN}: 4 records, 3 of them adopted." in answer.out.splitlines()


def test_a_table_of_an_older_version_is_chained(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the deployment's own chain what is about no job, by the account that it says."""
    with local_aws() as aws:
        aws.reset()
        client = aws.client("dynamodb")
        create_ledger_table(client, "ledger")
        entry, at = Entry("claimed", "k", NOW, {}), NOW.isoformat(timespec="microseconds")
        item = item_of("effect:k:slack", 0, entry, recorded_at=at, body=b"{}")
        client.put_item(TableName="ledger", Item=item)
        for name, value in {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "NO_PROXY": "127.0.0.1",
            "RECGATE_ACCOUNT": "111122223333",
        }.items():
            monkeypatch.setenv(name, value)

        answer = recgate("audit", "adopt", "--ledger", "dynamodb:ledger", "--region", "eu-west-1")

        assert (answer.code, answer.err) == (0, "")
        assert answer.out.splitlines() == [
            "1 record linked now.",
            f"{CHAIN}: 1 record, 1 of them adopted.",
        ]
        assert DynamoDbLedger(client, "ledger").chains() == (CHAIN,)


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Nothing would be adopted, and a new file be left behind."""
    answer = recgate("audit", "adopt", "--ledger", tmp_path / "no.db")

    assert answer.code == 2
    assert not (tmp_path / "no.db").exists()
