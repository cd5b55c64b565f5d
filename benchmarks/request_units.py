"""What DynamoDB charges for a call: request units, by the sizes of the items in it.

A write unit is 1 KB, a read unit 4 KB of a strongly consistent read, and a transaction doubles
both. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.call_counts import Call

Item = Mapping[str, Mapping[str, Any]]
"""An item as the low-level client has it: attribute → {type: value}."""

WRITE_UNIT, READ_UNIT = 1024, 4096

STORED_OVERHEAD = 100
"""Bytes of storage that DynamoDB adds to every item (page as in `item_bytes`)."""


INDEXED = ("decision_day", "decision_id", "decision_model")
"""The attributes that put an item into a global secondary index (template.yaml, LedgerTable), one
index for each."""

_IN_AN_INDEX = ("recorded_at", "stream", "position")
"""What an index holds of an item beside that attribute: both keys."""


@dataclass(frozen=True, slots=True)
class Used:
    """What one call used.

    ``stored_bytes`` is by how much the table and its indexes grew, overhead included.
    """

    write_units: int = 0
    read_units: int = 0
    stored_bytes: int = 0


@dataclass(slots=True)
class Meter:
    """Reads what calls use. It has to hear of every write, for the sizes of what is there.

    ``key_names`` names the two attributes of each table's key.
    """

    key_names: Mapping[str, tuple[str, str]]
    _items: dict[Hashable, Item] = field(default_factory=dict)

    def used(self, call: Call) -> Used:
        """What a call of DynamoDB's used; a refused one changes nothing and is charged as if it
        had been taken, which is the most that it can be.

        Raises ValueError for a call that is not known here.
        """
        if "Error" in call.answer:
            before = dict(self._items)
            used = self.used(replace(call, answer={}))
            self._items = before
            return replace(used, stored_bytes=0)
        match call.operation:
            case "DescribeTable":
                return Used()  # not a request on data
            case "Query" | "Scan" | "GetItem":
                items = call.answer.get("Items", [])
                items = items or [item for item in [call.answer.get("Item")] if item]
                # A read that finds nothing is charged as the smallest one. One of an index is
                # eventually consistent, which is half of what is counted here.
                return Used(read_units=_units(sum(map(item_bytes, items)), READ_UNIT))
            case "BatchGetItem":
                found = [item for items in call.answer["Responses"].values() for item in items]
                asked = sum(len(each["Keys"]) for each in call.request["RequestItems"].values())
                units = sum(_units(item_bytes(item), READ_UNIT) for item in found)
                return Used(read_units=units + asked - len(found))
            case "PutItem":
                return self._written(call.request, call.request["Item"], times=1)
            case "UpdateItem":
                return self._updated(call.request, times=1)
            case "TransactWriteItems":
                parts = [
                    self._in_transaction(kind, action)
                    for item in call.request["TransactItems"]
                    for kind, action in item.items()
                ]
                return Used(
                    write_units=sum(part.write_units for part in parts),
                    stored_bytes=sum(part.stored_bytes for part in parts),
                )
        raise ValueError(f"it is not known what {call.name} costs")

    def _in_transaction(self, kind: str, action: Mapping[str, Any]) -> Used:
        if kind == "Put":
            return self._written(action, action["Item"], times=2)
        if kind == "Update":
            return self._updated(action, times=2)
        key = self._key(action["TableName"], action["Key"])
        there = self._size(key)
        if kind == "Delete":
            self._items.pop(key, None)
            gone = there + STORED_OVERHEAD if there else 0
            return Used(write_units=2 * _units(there, WRITE_UNIT), stored_bytes=-gone)
        # A check is charged like a write of the item that it looks at: measured for an item of
        # less than a kilobyte, and not documented.
        # https://martinhicks.dev/articles/what-a-conditional-dynamodb-transaction-costs
        return Used(write_units=2 * _units(there, WRITE_UNIT))

    def _updated(self, action: Mapping[str, Any], *, times: int) -> Used:
        """An update is charged as a put of the whole item that it makes."""
        key = self._key(action["TableName"], action["Key"])
        item = {**self._items.get(key, action["Key"]), **_changed(self._items.get(key, {}), action)}
        return self._written(action, item, times=times)

    def _written(self, action: Mapping[str, Any], item: Item, *, times: int) -> Used:
        """A write is charged by the larger of the item that was there and the new one."""
        key, size = self._key(action["TableName"], item), item_bytes(item)
        before = self._size(key)
        self._items[key] = item
        grown = size - before + (0 if before else STORED_OVERHEAD)
        copies = [] if before else index_bytes(item)
        return Used(
            # An index is written after the table, not in the transaction: nothing is doubled.
            times * _units(max(size, before), WRITE_UNIT)
            + sum(_units(copy, WRITE_UNIT) for copy in copies),
            stored_bytes=grown + sum(copy + STORED_OVERHEAD for copy in copies),
        )

    def _size(self, key: Hashable) -> int:
        return item_bytes(self._items[key]) if key in self._items else 0

    def _key(self, table: str, item: Item) -> Hashable:
        return table, *(str(item[name]) for name in self.key_names[table])


def _changed(before: Item, action: Mapping[str, Any]) -> Item:
    """The attributes that an update changes, as they are after it.

    Raises ValueError for an expression that recgate does not write, and for an attribute that an
    index has.
    """
    verb, _, assignments = action["UpdateExpression"].partition(" ")
    names, values = action["ExpressionAttributeNames"], action["ExpressionAttributeValues"]
    changed: dict[str, Mapping[str, Any]] = {}
    for assignment in assignments.split(", "):
        placeholder, _, value = assignment.replace(" = ", " ").partition(" ")
        name = names[placeholder]
        if value not in values or verb not in ("SET", "ADD") or name in INDEXED:
            raise ValueError(f"it is not known what {action['UpdateExpression']} costs")
        changed[name] = values[value]
        if verb == "ADD":
            members = {*before.get(name, {"SS": []})["SS"], *values[value]["SS"]}
            changed[name] = {"SS": sorted(members)}
    return changed


def index_bytes(item: Item) -> list[int]:
    """The size of what each index holds of a new item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    """
    return [
        item_bytes({name: item[name] for name in (attribute, *_IN_AN_INDEX) if name in item})
        for attribute in INDEXED
        if attribute in item
    ]


def item_bytes(item: Item) -> int:
    """The size of an item: its names and its values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    Raises ValueError for a type that recgate does not write.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            # "Approximately": a byte for two significant digits, and one.
            return math.ceil(len(content.strip("-0.") or "0") / 2) + 1
        case "B":
            return len(content)
        case "SS":
            return sum(len(text.encode()) for text in content)
    raise ValueError(f"the size of an attribute of type {kind} is not known here")


def _units(size: int, unit: int) -> int:
    return max(math.ceil(size / unit), 1)
