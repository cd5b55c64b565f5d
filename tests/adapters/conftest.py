"""What the tests of the ledger in DynamoDB stand on: a local table, and a client that only listens.

A module that needs something else has a fixture of its own under the same name.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.adapters.stubbed_ledger import TABLE
from tests.servers.aws import LocalAws, aws_client, create_ledger_table, local_aws


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def table(aws: LocalAws) -> Any:
    """A client for a local DynamoDB that holds one empty table."""
    aws.reset()
    client = aws.client("dynamodb")
    create_ledger_table(client, TABLE)
    return client


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """A client that sends nothing and answers what the test has queued."""
    client = aws_client("dynamodb", "http://127.0.0.1:9")
    with closing(client), Stubber(client) as made:
        yield made
        made.assert_no_pending_responses()
