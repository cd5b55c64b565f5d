"""The watcher's memory in one DynamoDB table: partition key ``place``, sort key ``part``.

One place is one partition, ``ACCOUNT/REGION``. The memory is compressed and cut into parts;
part 0 says how many belong to it and which revision they are, and each part says its revision:

    part 0   revision  parts  write_id  body        every save is conditional on this revision
    part 1   revision                   body        written in the same transaction
    part 2   (an older revision: left over from a larger memory, not read, removed by a save)
"""

import uuid
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recgate.dialect.dynamodb_answers import WATCH_MEMORY
from recgate.dialect.watch_memory_document import NotReadable, read, written
from recgate.domain.place import Place
from recgate.domain.watch_memory import Remembered
from recgate.dynamodb_asking import Item, item_in_the_way, reporting
from recgate.watch_ports import MemoryRefused, MemorySuperseded, MemoryUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PART_BYTES_MAX = 300 * 1024
"""Of an item's 400 KB, names and other values included.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

PARTS_MAX = 12
"""A transaction takes 100 items and 4 MB in all; twelve parts, old or new, are 3.7 MB.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

_READS = 3
"""How often a memory is read that is being saved: a page of the query may be of before."""

_FIRST_SAVE = "attribute_not_exists(#place)"
_SAME_REVISION = "#revision = :revision"


class DynamoDbWatchMemory:
    """Implements `recgate.watch_ports.WatchMemory` for one place.

    The client is the caller's: its retries, timeouts and closing too. ``new_write_id`` gives a
    name that no other save has, of at most 36 characters.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        place: Place,
        *,
        new_write_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._client = client
        self._table = table_name
        self._place = str(place)
        self._new_write_id = new_write_id
        self._where = f"the watcher's memory of {place} in the table {table_name}"
        self._parts_there = 0

    def made_at(self) -> datetime | None:
        """When the table was made. Raises MemoryUnavailable, MemoryRefused."""
        with reporting(f"cannot describe the table {self._table}", WATCH_MEMORY):
            table = self._client.describe_table(TableName=self._table).get("Table", {})
        made = table.get("CreationDateTime")
        return made.astimezone(UTC) if made else None

    def load(self) -> tuple[Remembered | None, int]:
        """What was saved last. Raises MemoryUnavailable, MemoryRefused."""
        for _ in range(_READS):
            items = self._query()
            self._parts_there = 1 + max((_number(item, "part") for item in items), default=-1)
            if not items or _number(items[0], "part") != 0:
                return None, 0
            revision, count = _number(items[0], "revision"), _number(items[0], "parts")
            whole = [(part, revision) for part in range(count)]
            parts = items[: len(whole)]
            if [(_number(item, "part"), _number(item, "revision")) for item in parts] == whole:
                return self._unpacked(parts), revision
        raise MemoryUnavailable(
            f"cannot read {self._where}: its parts are of different saves. A save is under way, "
            f"and trying again will do; if this stays, {self._cure()}"
        )

    def save(self, remembered: Remembered, *, revision: int) -> int:
        """Save it in the place of that revision, in one call.

        After MemoryUnavailable for a timeout it may be saved all the same: the answer was lost,
        not the write. Loading tells.
        Raises MemorySuperseded, MemoryUnavailable; MemoryRefused for what is too large too.
        """
        from botocore.exceptions import ClientError

        write_id = self._new_write_id()
        items = self._items(remembered, revision + 1, write_id)
        with reporting(f"cannot save {self._where}", WATCH_MEMORY):
            try:
                self._write(items, revision, write_id)
            except ClientError as refusal:
                there = item_in_the_way(refusal, place=0)
                if there is None:
                    raise
                # The client repeats a write whose answer was lost, and then meets itself.
                there = there or self._first_part()
                if there.get("write_id") != {"S": write_id}:
                    raise MemorySuperseded(
                        f"cannot save {self._where}: another sweep has saved since this one "
                        f"loaded revision {revision}"
                    ) from refusal
        self._parts_there = len(items)
        return revision + 1

    def _query(self) -> Sequence[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#place = :place",
            ExpressionAttributeNames={"#place": "place"},
            ExpressionAttributeValues={":place": {"S": self._place}},
            ConsistentRead=True,
        )
        failure = f"cannot read {self._where}"
        with reporting(failure, WATCH_MEMORY):
            answers = list(pages)
        if not all("Items" in answer for answer in answers):
            # botocore takes any page with status 200, a proxy's too; DynamoDB's always has them.
            raise MemoryUnavailable(f"{failure}: the answer is not DynamoDB's; try again")
        return [item for answer in answers for item in answer["Items"]]

    def _unpacked(self, parts: Sequence[Item]) -> Remembered:
        try:
            return read(zlib.decompress(b"".join(item["body"]["B"] for item in parts)))
        except NotReadable as why:
            raise MemoryRefused(f"cannot read {self._where}: {why}; {self._cure()}") from why
        except (KeyError, TypeError, zlib.error) as why:
            raise MemoryRefused(
                f"cannot read {self._where}: it was changed by hand ({why!r}); {self._cure()}"
            ) from why

    def _cure(self) -> str:
        return (
            "deploy the newer version of recgate if there was one, or delete the item with "
            f"place {self._place!r} and part 0, and announce with `recgate sweep --since` what "
            "changed meanwhile"
        )

    def _items(self, remembered: Remembered, revision: int, write_id: str) -> list[dict[str, Any]]:
        body = zlib.compress(written(remembered))
        chunks = [body[at : at + PART_BYTES_MAX] for at in range(0, len(body), PART_BYTES_MAX)]
        if len(chunks) > PARTS_MAX:
            raise MemoryRefused(
                f"cannot save {self._where}: {len(remembered.seen)} jobs seen and "
                f"{len(remembered.awaited)} awaited are {len(body)} bytes compressed, and one "
                f"transaction takes {PARTS_MAX * PART_BYTES_MAX}; report this as a fault of "
                "recgate"
            )
        items: list[dict[str, Any]] = [
            self._key(part) | {"revision": {"N": str(revision)}, "body": {"B": chunk}}
            for part, chunk in enumerate(chunks)
        ]
        items[0] |= {"parts": {"N": str(len(chunks))}, "write_id": {"S": write_id}}
        return items

    def _write(self, items: Sequence[dict[str, Any]], revision: int, write_id: str) -> None:
        """One call that writes all parts, if the revision is the expected one."""
        first: Any = {
            "TableName": self._table,
            "Item": items[0],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if revision == 0:
            first |= {
                "ConditionExpression": _FIRST_SAVE,
                "ExpressionAttributeNames": {"#place": "place"},
            }
        else:
            first |= {
                "ConditionExpression": _SAME_REVISION,
                "ExpressionAttributeNames": {"#revision": "revision"},
                "ExpressionAttributeValues": {":revision": {"N": str(revision)}},
            }
        more: list[Any] = [
            {"Put": {"TableName": self._table, "Item": item}} for item in items[1:]
        ] + [
            {"Delete": {"TableName": self._table, "Key": self._key(part)}}
            for part in range(len(items), min(self._parts_there, PARTS_MAX))
        ]
        if not more:
            self._client.put_item(**first)
            return
        self._client.transact_write_items(
            TransactItems=[{"Put": first}, *more], ClientRequestToken=write_id
        )

    def _first_part(self) -> Item:
        answer = self._client.get_item(TableName=self._table, Key=self._key(0), ConsistentRead=True)
        return answer.get("Item", {})

    def _key(self, part: int) -> dict[str, Any]:
        return {"place": {"S": self._place}, "part": {"N": str(part)}}


def _number(item: Item, attribute: str) -> int:
    """A whole number of an item; -1 when it is not there, which fits nothing."""
    try:
        return int(item[attribute]["N"])
    except (KeyError, ValueError):
        return -1
