"""What the contract tests run over: every adapter of a port, the embedded one included."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Ledger
from tests.servers.aws import LocalAws, create_ledger_table, local_aws

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """A local AWS for all contract tests; what needs a clean one makes its own names."""
    with local_aws() as running:
        yield running


@pytest.fixture(params=["sqlite-memory", "sqlite-file", "dynamodb"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger, once over each adapter."""
    match request.param:
        case "sqlite-memory":
            with SqliteLedger(":memory:") as made:
                yield made
        case "sqlite-file":
            with SqliteLedger(tmp_path / "ledger.db") as made:
                yield made
        case _:
            client = request.getfixturevalue("aws").client("dynamodb")
            table = f"ledger-{next(_numbers)}"
            create_ledger_table(client, table)
            yield DynamoDbLedger(client, table)
            client.delete_table(TableName=table)
