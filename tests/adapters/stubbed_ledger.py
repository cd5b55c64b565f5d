"""A DynamoDB ledger over a client that sends nothing: what it asks, and what it is answered."""

import zlib
from collections.abc import Mapping
from typing import Any

from botocore.stub import Stubber

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.ports import Entry
from tests.builders import NOW

TABLE = "recgate-ledger"
STREAM = "job:fraud-ranker-v14"
OURS = "11111111-2222-4333-8444-555555555555"
THEIRS = "99999999-2222-4333-8444-555555555555"
ENTRY = Entry("decision", "k1", NOW, {"verdict": "PASS"})

ITEM: dict[str, Any] = {
    "stream": {"S": STREAM},
    "position": {"N": "0"},
    "kind": {"S": "decision"},
    "key": {"S": "k1"},
    "recorded_at": {"S": "2026-11-21T06:32:00.000000+00:00"},
    "body": {"B": zlib.compress(b'{"verdict":"PASS"}')},
    "body_bytes": {"N": "18"},
    "decision_day": {"S": "2026-11-21"},
    "write_id": {"S": OURS},
    "chain": {"S": "local"},
    "sequence": {"N": "1"},
}
LINK = (
    b'{"body_digest":"32e3c0215358a1f45d846a4a2d924cf7901caa608db81c166e70fc4ac2fecd9a",'
    b'"chain":"local","id":"01M7YCVYR00000000000000000","key":"k1","kind":"decision",'
    b'"position":0,"previous":"%s","recorded_at":"2026-11-21T06:32:00.000000+00:00",'
    b'"schema":1,"sequence":1,"stream":"job:fraud-ranker-v14"}'
) % (b"0" * 64)
DIGEST = "7f2a7220e358c9f20e511e3aab100470a7822c4f07f4450b62d2f34d57eba091"
"""Of that link."""

BEFORE, PUT, LINKED, HEAD, NAME = "before", "entry", "link", "head", "name"
"""The actions of a transaction, in their order."""


def ledger_of(stub: Stubber, **parts: Any) -> DynamoDbLedger:
    """The ledger whose ids and waits are always the same: its waits are none."""
    client: Any = stub.client
    told: dict[str, Any] = {
        "new_write_id": lambda: OURS,
        "pause": lambda seconds: None,
        "entropy": bytes,
    }
    return DynamoDbLedger(client, TABLE, **(told | parts))


def key(stream: str, position: int) -> dict[str, Any]:
    return {"stream": {"S": stream}, "position": {"N": str(position)}}


def get(stream: str, position: int = 0) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": key(stream, position), "ConsistentRead": True}


def the_head(stub: Stubber, sequence: int = 0, digest: str = "d" * 64) -> None:
    """Queue the answer to the question where the chain ends; 0: it has not begun."""
    item = head_item(sequence, digest) if sequence else None
    stub.add_response("get_item", {"Item": item} if item else {}, get("chain-head:local"))


def head_item(sequence: int, digest: str = "d" * 64) -> dict[str, Any]:
    end = {"sequence": {"N": str(sequence)}, "digest": {"S": digest}}
    return key("chain-head:local", 0) | end


def put(item: Mapping[str, Any]) -> dict[str, Any]:
    """A put that needs its place free."""
    return {
        "Put": {
            "TableName": TABLE,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#stream)",
            "ExpressionAttributeNames": {"#stream": "stream"},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def cancelled(
    stub: Stubber,
    parts: str | tuple[str, ...],
    codes: Mapping[str, str],
    items: Mapping[str, Any] | None = None,
    expected: Any = None,
) -> None:
    """Queue a cancelled transaction: for each of its parts its code, "None" where none is said,
    and the item that was in the way.
    """
    asked = parts.split() if isinstance(parts, str) else parts
    assert set(codes) <= set(asked)
    shown = items or {}
    reasons = [
        {"Code": codes.get(part, "None")} | ({"Item": shown[part]} if part in shown else {})
        for part in asked
    ]
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons",
        http_status_code=400,
        modeled_fields={"CancellationReasons": reasons},
        expected_params=expected,
    )


FAILED = "ConditionalCheckFailed"
FIRST_OF_ALL = (PUT, LINKED, HEAD, NAME)
"""The parts for the first entry of a stream and of a chain."""

FIRST = (PUT, LINKED, HEAD)
"""The parts for the first entry of a stream, in a chain that has begun."""

LATER = (BEFORE, PUT, LINKED, HEAD)
"""The parts for a later entry of a stream."""
