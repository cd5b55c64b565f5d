"""An entry of the ledger as an item of its DynamoDB table, and back.

``stream`` and ``position`` are the table's key. A decision of a job has two attributes more,
``decision_day`` and ``decision_id``: only items that have them are in the indexes.
"""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recgate.dialect.decision_index import decision_id, is_decision
from recgate.dialect.dynamodb_answers import LEDGER
from recgate.dialect.ledger_entry import decoded, encoded
from recgate.ports import Entry, LedgerRefused

Item = Mapping[str, Mapping[str, Any]]
"""An item as the low-level client has it: attribute → {type: value}."""

BY_DAY, BY_ID = "decisions-by-day", "decisions-by-id"
"""The table's indexes: ``decision_day`` and ``decision_id``, each with ``recorded_at``."""

INDEXES = replace(
    LEDGER,
    actions="dynamodb:BatchGetItem on the table and dynamodb:Query on its indexes (/index/*)",
    keys=f"stream (S), position (N), with the indexes {BY_DAY} and {BY_ID}: deploy recgate's "
    "template.yaml again if they are not there",
)
"""What is needed of the table to find decisions in it."""

CURE = "restore the table to a point in time before it was changed by hand"

ITEM_BYTES_MAX = 400 * 1024
"""Names and values of an item together, in bytes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

STREAM_BYTES_MAX = 2048
"""The longest partition key in bytes (same page)."""

_NUMBER_BYTES_MAX = 21  # 38 digits, two to a byte, and one


def item_of(stream: str, position: int, entry: Entry, where: str) -> dict[str, Mapping[str, Any]]:
    """The entry as an item. ``where`` names its place for people.

    Raises LedgerRefused for an entry that could not be read back as it is.
    """
    recorded_at, body = encoded(stream, position, entry, where=where)
    item: dict[str, Mapping[str, Any]] = {
        "stream": {"S": stream},
        "position": {"N": str(position)},
        "kind": {"S": entry.kind},
        "key": {"S": entry.key},
        "recorded_at": {"S": recorded_at},
        "body": {"B": zlib.compress(body)},
        "body_bytes": {"N": str(len(body))},
    }
    if is_decision(stream, entry):
        item["decision_day"] = {"S": recorded_at.partition("T")[0]}
        digits = decision_id(entry.key)
        if digits is not None:
            item["decision_id"] = {"S": digits}
    return item


def entry_of(item: Item, where: str) -> Entry:
    """The entry that `item_of` wrote. Raises LedgerRefused for any other item."""
    try:
        packed = item["body"]["B"]
        return decoded(
            item["kind"]["S"], item["key"]["S"], item["recorded_at"]["S"], zlib.decompress(packed)
        )
    except (KeyError, ValueError, RecursionError, zlib.error) as error:
        raise LedgerRefused(f"{where} cannot be read ({error!r}): {CURE}") from error


def refuse_too_large(item: Item, where: str) -> None:
    """Raise LedgerRefused for an item that DynamoDB would not take."""
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
