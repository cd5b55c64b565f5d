"""The ledger's table as it is read: pages, batches and single items, every one consistent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recgate.dialect.chain_item import Item, key_of, number_in, text_in
from recgate.dialect.dynamodb_answers import LEDGER, Table
from recgate.dialect.ledger_item import INDEXES
from recgate.dynamodb_asking import refuse_foreign, reporting
from recgate.evidence_ports import Place
from recgate.ports import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 100
"""Keys in one BatchGetItem.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

_IDLE_ANSWERS = 3
"""How many answers without a single item are taken before giving up; the client waits between
tries of its own, and DynamoDB is asked anew by whoever comes next.
"""


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """The table, by its client and its name. Everything raises LedgerUnavailable, LedgerRefused.

    ``failure`` says in every question what cannot be done if it fails.
    """

    client: "DynamoDBClient"
    name: str

    def stream(self, stream: str, failure: str, *, first: int | None = None) -> Iterator[Item]:
        """The items of a stream in order, from the position ``first`` on."""
        request: Any = {
            "KeyConditionExpression": "#stream = :stream",
            "ExpressionAttributeNames": {"#stream": "stream"},  # a reserved word, as "position"
            "ExpressionAttributeValues": {":stream": {"S": stream}},
            "ConsistentRead": True,
        }
        if first is not None:
            request["KeyConditionExpression"] += " AND #position >= :first"
            request["ExpressionAttributeNames"]["#position"] = "position"
            request["ExpressionAttributeValues"][":first"] = {"N": str(first)}
        return self._pages("query", request, failure)

    def scan(self, failure: str, **request: Any) -> Iterator[Item]:  # noqa: ANN401  Scan's own
        """Every item of the table, as far as the request does not leave it out."""
        return self._pages("scan", {"ConsistentRead": True, **request}, failure)

    def indexed(self, index: str, failure: str, **request: Any) -> Sequence[Place]:  # noqa: ANN401
        """The places that an index gives."""
        found = self._pages("query", {"IndexName": index, **request}, failure, INDEXES)
        return [place_of(item) for item in found]

    def item(self, stream: str, position: int, failure: str) -> Item:
        """One item; {} when it is not there."""
        key: Any = key_of(stream, position)
        with reporting(failure, LEDGER):
            answer: Any = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        refuse_foreign(answer, failure, LEDGER)
        found: Item = answer.get("Item", {})
        return found

    def items_at(self, places: Iterable[Place], failure: str) -> Iterator[Item]:
        """The items at these places, at most `BATCH` of them, whole and as they are now."""
        left: Any = {
            "Keys": [key_of(stream, position) for stream, position in dict.fromkeys(places)],
            "ConsistentRead": True,
        }
        idle = 0
        while idle < _IDLE_ANSWERS:
            with reporting(failure, INDEXES):
                answer: Any = self.client.batch_get_item(RequestItems={self.name: left})
            refuse_foreign(answer, failure, INDEXES, member="Responses")
            items = answer["Responses"].get(self.name, [])
            yield from items
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.name)
            if not unprocessed:
                return
            # An answer holds 16 MB, and the rest is asked for again; one without any item is
            # DynamoDB's way to say that it is throttled.
            left, idle = unprocessed, 0 if items else idle + 1
        raise LedgerUnavailable(
            f"{failure}: DynamoDB left {len(left['Keys'])} entries out {idle} times; try again"
        )

    def _pages(
        self, operation: str, request: Mapping[str, Any], failure: str, needed: Table = LEDGER
    ) -> Iterator[Item]:
        ask = getattr(self.client, operation)
        behind: dict[str, Any] = {}
        while True:
            with reporting(failure, needed):
                answer = ask(TableName=self.name, **request, **behind)
            refuse_foreign(answer, failure, needed, member="Items")
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            behind = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def place_of(item: Item) -> Place:
    """Where an item stands."""
    return text_in(item, "stream"), number_in(item, "position") or 0
