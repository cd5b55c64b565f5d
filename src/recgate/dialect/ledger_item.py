"""An entry of the ledger as an item of its DynamoDB table, and back.

``stream`` and ``position`` are the table's key; ``chain`` and ``sequence`` say where its link is
(`recgate.dialect.chain_item`). A decision of a job has up to three attributes more,
``decision_day``, ``decision_id`` and ``decision_model``: only items that have them are in the
indexes.
"""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recgate.dialect.chain_item import Item, bytes_in, number_in, text_in, whole_in
from recgate.dialect.decision_index import decision_id, is_decision
from recgate.dialect.dynamodb_answers import LEDGER
from recgate.dialect.ledger_entry import decoded
from recgate.domain.link import sha256
from recgate.domain.model_name import model_name
from recgate.evidence_ports import StoredEntry
from recgate.ports import Entry, LedgerRefused

BY_DAY, BY_ID, BY_MODEL = "decisions-by-day", "decisions-by-id", "decisions-by-model"
"""The table's indexes: ``decision_day``, ``decision_id`` and ``decision_model``, each with
``recorded_at``.
"""

INDEXES = replace(
    LEDGER,
    actions="dynamodb:BatchGetItem on the table and dynamodb:Query on its indexes (/index/*)",
    keys=f"stream (S), position (N), with the indexes {BY_DAY}, {BY_ID} and {BY_MODEL}: deploy "
    "recgate's template.yaml again if they are not there",
)
"""What is needed of the table to find decisions in it."""

FOUND_BY = ("decision_day", "decision_id", "decision_model")
"""The attributes that put an item into an index."""

CURE = "restore the table to a point in time before it was changed by hand"

ITEM_BYTES_MAX = 400 * 1024
"""Names and values of an item together, in bytes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

KEY_BYTES_MAX = 2048
"""The longest partition key of a table or an index, in bytes (same page)."""

READ_BYTES_MAX = 32 * 1024 * 1024
"""What a body may be before it is compressed, to be read: earlier versions wrote as much. An item
could hold a thousand times its own size; reading one is not to take the memory that a function has.
"""

_NUMBER_BYTES_MAX = 21  # 38 digits, two to a byte, and one


class NotUnpacked(ValueError):
    """The bytes are not what a body was packed to."""


def item_of(
    stream: str, position: int, entry: Entry, *, recorded_at: str, body: bytes
) -> dict[str, Mapping[str, Any]]:
    """The entry as an item, with its time and body as `ledger_entry.encoded` gives them."""
    return {
        "stream": {"S": stream},
        "position": {"N": str(position)},
        "kind": {"S": entry.kind},
        "key": {"S": entry.key},
        "recorded_at": {"S": recorded_at},
        "body": {"B": zlib.compress(body)},
        "body_bytes": {"N": str(len(body))},
        **found_by(stream, entry, recorded_at),
    }


def found_by(stream: str, entry: Entry, recorded_at: str) -> dict[str, Mapping[str, Any]]:
    """The attributes that put a decision into the indexes; none for another entry."""
    if not is_decision(stream, entry):
        return {}
    digits, model = decision_id(entry.key), model_name(entry.body)
    found = {"decision_day": recorded_at.partition("T")[0]}
    if digits is not None:
        found["decision_id"] = digits
    if model is not None:
        found["decision_model"] = model_key(model)
    return {name: {"S": text} for name, text in found.items()}


def model_key(model: str) -> str:
    """What a model is found by: its name, or a digest of one that no index could have as a key.

    Whoever looks has to compare the names, too.
    """
    return model if is_key(model) else f"sha256:{sha256(model.encode('utf-8', 'surrogatepass'))}"


def entry_of(item: Item, where: str) -> Entry:
    """The entry that `item_of` wrote. Raises LedgerRefused for any other item."""
    try:
        body = unpacked(item["body"]["B"])
        return decoded(item["kind"]["S"], item["key"]["S"], item["recorded_at"]["S"], body)
    except (KeyError, ValueError, RecursionError) as error:
        raise LedgerRefused(f"{where} cannot be read ({error!r}): {CURE}") from error


def unpacked(packed: bytes) -> bytes:
    """The body that was compressed to these bytes. Raises NotUnpacked, also for a larger one
    than recgate writes, of which no more than that is ever in memory.
    """
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(packed, READ_BYTES_MAX)
    except zlib.error as error:
        raise NotUnpacked(str(error)) from error
    if not unpacking.eof or unpacking.unused_data:
        raise NotUnpacked("there is more, or less, than one compressed body")
    return body


def stored_entry(item: Item) -> StoredEntry:
    """The entry as it is stored, whatever somebody did to it.

    A body that cannot be unpacked is given as it is.
    """
    packed = bytes_in(item, "body")
    try:
        body = unpacked(packed)
    except NotUnpacked:
        body = packed
    return StoredEntry(
        stream=text_in(item, "stream"),
        position=whole_in(item, "position"),
        kind=text_in(item, "kind"),
        key=text_in(item, "key"),
        recorded_at=text_in(item, "recorded_at"),
        body=body,
        chain=text_in(item, "chain") if "chain" in item else None,
        sequence=None if number_in(item, "sequence") is None else whole_in(item, "sequence"),
    )


# --- what DynamoDB takes -------------------------------------------------------------------


def refuse_too_large(item: Item, where: str) -> None:
    """Raise LedgerRefused for an entry's item that DynamoDB would not take."""
    size = item_bytes(item)
    if size > ITEM_BYTES_MAX:
        raise LedgerRefused(
            f"cannot write {where}: its body of {item['body_bytes']['N']} bytes makes an item of "
            f"{size} bytes compressed, and DynamoDB takes {ITEM_BYTES_MAX}; make it smaller"
        )
    if not is_key(item["stream"]["S"]):
        raise LedgerRefused(
            f"cannot write {where}: the stream's name is longer than {KEY_BYTES_MAX} bytes"
        )


def is_key(text: str) -> bool:
    """Whether a text can be a partition key."""
    try:
        return 0 < len(text.encode()) <= KEY_BYTES_MAX
    except UnicodeEncodeError:
        return False


def item_bytes(item: Item) -> int:
    """The size of an item; for its numbers an upper bound."""
    return sum(
        len(name.encode()) + _value_bytes(kind, value)
        for name, typed in item.items()
        for kind, value in typed.items()
    )


def _value_bytes(kind: str, value: str | bytes) -> int:
    if kind == "N":
        return _NUMBER_BYTES_MAX
    return len(value) if isinstance(value, bytes) else len(value.encode())
