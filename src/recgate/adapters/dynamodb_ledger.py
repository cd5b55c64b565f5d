"""The ledger in one DynamoDB table: partition key ``stream``, sort key ``position``."""

import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recgate.dialect.dynamodb_answers import LEDGER
from recgate.dialect.ledger_entry import decoded, encoded
from recgate.dynamodb_asking import Item, item_in_the_way, reporting
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEM_BYTES_MAX = 400 * 1024
"""Names and values of an item together, in bytes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

STREAM_BYTES_MAX = 2048
"""The longest partition key in bytes (same page)."""

_NUMBER_BYTES_MAX = 21  # 38 digits, two to a byte, and one

_FREE = "attribute_not_exists(#stream)"
_THERE = "attribute_exists(#stream)"
_NAMES = {"#stream": "stream"}  # a reserved word


class DynamoDbLedger:
    """Streams in one table. The client is the caller's: its retries, timeouts and closing too.

    ``new_write_id`` gives a name that no other append has, of at most 36 characters.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        *,
        new_write_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._client = client
        self._table = table_name
        self._new_write_id = new_write_id

    def read(self, stream: str) -> Sequence[Entry]:
        """All entries of the stream in order. Raises LedgerUnavailable, LedgerRefused."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#stream = :stream",
            ExpressionAttributeNames=_NAMES,
            ExpressionAttributeValues={":stream": {"S": stream}},
            ConsistentRead=True,
        )
        failure = f"cannot read {stream!r} in the table {self._table}"
        with reporting(failure, LEDGER):
            answers = list(pages)
        if not all("Items" in answer for answer in answers):
            # botocore takes any page with status 200, a proxy's too; DynamoDB's always has them.
            raise LedgerUnavailable(f"{failure}: the answer is not DynamoDB's; try again")
        items = [item for answer in answers for item in answer["Items"]]
        return tuple(self._entry(stream, index, item) for index, item in enumerate(items))

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Write the entry at the end of the stream, which must be ``position``.

        After LedgerUnavailable for a timeout the entry may be there all the same: the answer
        was lost, not the write. Reading the stream tells.
        Raises PositionTaken, LedgerUnavailable; LedgerRefused for a gap and for an entry
        that is too large too.
        """
        from botocore.exceptions import ClientError

        where = f"entry {position} ({entry.kind}) of {stream!r} in the table {self._table}"
        write_id = self._new_write_id()
        item = _item(stream, position, entry, where) | {"write_id": {"S": write_id}}
        _refuse_too_large(item, where)
        with reporting(f"cannot write {where}", LEDGER):
            try:
                self._put(item, position, write_id)
            except ClientError as refusal:
                there = item_in_the_way(refusal, place=-1)
                if there is None:
                    raise
                # The client repeats a write whose answer was lost, and then meets itself.
                there = there or self._get(item)
                if there.get("write_id") != item["write_id"]:
                    taken = f"{where} is there already; read the stream again"
                    raise PositionTaken(taken) from refusal

    def _put(self, item: Item, position: int, write_id: str) -> None:
        """One call that writes the item if its place is free and the one before it is not."""
        put: Any = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": _FREE,
            "ExpressionAttributeNames": _NAMES,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if position == 0:
            self._client.put_item(**put)
            return
        before: Any = {
            "TableName": self._table,
            "Key": {"stream": item["stream"], "position": {"N": str(position - 1)}},
            "ConditionExpression": _THERE,
            "ExpressionAttributeNames": _NAMES,
        }
        self._client.transact_write_items(
            TransactItems=[{"ConditionCheck": before}, {"Put": put}], ClientRequestToken=write_id
        )

    def _get(self, item: Item) -> Item:
        key: Any = {"stream": item["stream"], "position": item["position"]}
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item", {})

    def _entry(self, stream: str, index: int, item: Item) -> Entry:
        where = f"entry {index} of {stream!r} in the table {self._table}"
        cure = "restore the table to a point in time before it was changed by hand"
        if item["position"].get("N") != str(index):
            raise LedgerRefused(f"{where} is missing: {cure}")
        try:
            packed = item["body"]["B"]
            return decoded(
                item["kind"]["S"],
                item["key"]["S"],
                item["recorded_at"]["S"],
                zlib.decompress(packed),
            )
        except (KeyError, ValueError, RecursionError, zlib.error) as error:
            raise LedgerRefused(f"{where} cannot be read ({error!r}): {cure}") from error


def _item(stream: str, position: int, entry: Entry, where: str) -> dict[str, Mapping[str, Any]]:
    recorded_at, body = encoded(stream, position, entry, where=where)
    return {
        "stream": {"S": stream},
        "position": {"N": str(position)},
        "kind": {"S": entry.kind},
        "key": {"S": entry.key},
        "recorded_at": {"S": recorded_at},
        "body": {"B": zlib.compress(body)},
        "body_bytes": {"N": str(len(body))},
    }


def _refuse_too_large(item: Item, where: str) -> None:
    size = sum(
        len(name.encode()) + _value_bytes(kind, value)
        for name, typed in item.items()
        for kind, value in typed.items()
    )
    if size > ITEM_BYTES_MAX:
        raise LedgerRefused(
            f"cannot write {where}: its body of {item['body_bytes']['N']} bytes makes an item of "
            f"{size} bytes compressed, and DynamoDB takes {ITEM_BYTES_MAX}; make it smaller"
        )
    if len(item["stream"]["S"].encode()) > STREAM_BYTES_MAX:
        raise LedgerRefused(
            f"cannot write {where}: the stream's name is longer than {STREAM_BYTES_MAX} bytes"
        )


def _value_bytes(kind: str, value: str | bytes) -> int:
    """The size of a value; for a number an upper bound."""
    if kind == "N":
        return _NUMBER_BYTES_MAX
    return len(value) if isinstance(value, bytes) else len(value.encode())
