"""The ledger in one DynamoDB table: partition key ``stream``, sort key ``position``.

Two sparse indexes find decisions: ``decisions-by-day`` and ``decisions-by-id``. They give the
places, and the entries are then read from the table itself.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from recgate.dialect.decision_index import ID_DIGITS, checked_beginning
from recgate.dialect.dynamodb_answers import LEDGER
from recgate.dialect.ledger_item import (
    BY_DAY,
    BY_ID,
    CURE,
    INDEXES,
    entry_of,
    item_of,
    refuse_too_large,
)
from recgate.dynamodb_asking import Item, item_in_the_way, reporting
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken, Recorded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FREE = "attribute_not_exists(#stream)"
_THERE = "attribute_exists(#stream)"
_NAMES = {"#stream": "stream"}  # a reserved word

_BATCH = 100
"""Keys in one BatchGetItem.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

_IDLE_ANSWERS = 3
"""How many answers without a single item are taken before giving up; the client waits between
tries of its own, and DynamoDB is asked anew by whoever comes next.
"""


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
        _refuse_foreign(answers, "Items", failure)
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
        item = item_of(stream, position, entry, where) | {"write_id": {"S": write_id}}
        refuse_too_large(item, where)
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

    def decided_on(self, day: date) -> Sequence[Recorded]:
        """The decisions recorded on a day in UTC, in the order of their times.

        The index follows the table mostly within a second: a decision of this moment may be
        missing. Those that were recorded before the table had indexes are not found.
        Raises LedgerUnavailable, LedgerRefused.
        """
        return self._decisions(BY_DAY, "decision_day", day.isoformat())

    def find(self, decision: str) -> Sequence[Recorded]:
        """The decisions whose key begins so; what `decided_on` misses is missing here, too.

        Raises LedgerUnavailable, LedgerRefused.
        """
        beginning = checked_beginning(decision)
        found = self._decisions(BY_ID, "decision_id", beginning[:ID_DIGITS])
        return tuple(each for each in found if each.entry.key.startswith(beginning))

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
        if item["position"].get("N") != str(index):
            raise LedgerRefused(f"{where} is missing: {CURE}")
        return entry_of(item, where)

    def _decisions(self, index: str, attribute: str, value: str) -> Sequence[Recorded]:
        """The decisions at one value of an index, in the order of their times."""
        failure = f"cannot look for decisions of {attribute} {value} in the table {self._table}"
        request: Any = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": f"{attribute} = :value",
            "ExpressionAttributeValues": {":value": {"S": value}},
        }
        with reporting(failure, INDEXES):
            pages = list(self._client.get_paginator("query").paginate(**request))
        _refuse_foreign(pages, "Items", failure)
        places = [_place(item) for page in pages for item in page["Items"]]
        found: dict[_Place, Recorded] = {}
        for start in range(0, len(places), _BATCH):
            for item in self._items_at(places[start : start + _BATCH], failure):
                stream, position = place = _place(item)
                where = f"entry {position} of {stream!r} in the table {self._table}"
                found[place] = Recorded(stream, entry_of(item, where))
        if gone := [place for place in places if place not in found]:
            raise LedgerRefused(
                f"{failure}: entry {gone[0][1]} of {gone[0][0]!r} is in the index {index} and not "
                f"in the table: {CURE}"
            )
        order = sorted(found, key=lambda place: (found[place].entry.recorded_at, place))
        return tuple(found[place] for place in order)

    def _items_at(self, places: Iterable["_Place"], failure: str) -> Iterable[Item]:
        """The items at these places, at most `_BATCH` of them, whole and as they are now."""
        left: Any = {
            "Keys": [
                {"stream": {"S": s}, "position": {"N": str(n)}} for s, n in dict.fromkeys(places)
            ],
            "ConsistentRead": True,
        }
        idle = 0
        while idle < _IDLE_ANSWERS:
            with reporting(failure, INDEXES):
                answer: Any = self._client.batch_get_item(RequestItems={self._table: left})
            _refuse_foreign([answer], "Responses", failure)
            items = answer["Responses"].get(self._table, [])
            yield from items
            unprocessed = answer.get("UnprocessedKeys", {}).get(self._table)
            if not unprocessed:
                return
            # An answer holds 16 MB, and the rest is asked for again; one without any item is
            # DynamoDB's way to say that it is throttled.
            left, idle = unprocessed, 0 if items else idle + 1
        raise LedgerUnavailable(
            f"{failure}: DynamoDB left {len(left['Keys'])} entries out {idle} times; try again"
        )


_Place = tuple[str, int]
"""Stream and position."""


def _place(item: Item) -> _Place:
    return item["stream"]["S"], int(item["position"]["N"])


def _refuse_foreign(answers: Sequence[Any], member: str, failure: str) -> None:
    """Botocore takes any answer with status 200, a proxy's too; DynamoDB's has the member."""
    if not all(member in answer for answer in answers):
        raise LedgerUnavailable(f"{failure}: the answer is not DynamoDB's; try again")
