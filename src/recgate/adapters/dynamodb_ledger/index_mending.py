"""What puts a linked decision into the table's indexes, put right where somebody changed it.

Nothing vouches for these attributes: they say nothing that the entry does not, and its link tells
of the entry. Without them, or with others, a decision is hidden from whoever looks for it.
"""

from typing import Any

from recgate.adapters.dynamodb_ledger.table import LedgerTable, place_of
from recgate.dialect.chain_item import Item, key_of
from recgate.dialect.dynamodb_answers import CONDITION_FAILED, LEDGER, code_of
from recgate.dialect.ledger_item import entry_of, found_by
from recgate.dynamodb_asking import reporting
from recgate.ports import LedgerRefused

INDEXED = ("decision_day", "decision_id", "decision_model")
"""The attributes of an item that the indexes are of."""

_SAME = ("kind", "key", "recorded_at", "body")


class IndexMending:
    """Mends items of one table. Raises LedgerUnavailable, LedgerRefused."""

    def __init__(self, table: LedgerTable) -> None:
        self._table = table

    def mend(self, item: Item) -> None:
        """Give an entry's item the attributes that belong to it, and no others.

        One that cannot be read, or is changed meanwhile, stays as it is: whoever verifies is
        told of it.
        """
        stream, position = place_of(item)
        where = f"entry {position} of {stream!r} in the table {self._table.name}"
        try:
            entry = entry_of(item, where)
        except LedgerRefused:
            return
        right = found_by(stream, entry, item["recorded_at"]["S"])
        if right != {name: item[name] for name in INDEXED if name in item}:
            self._put_right(item, right, f"cannot put {where} into the indexes")

    def _put_right(self, item: Item, right: Item, failure: str) -> None:
        from botocore.exceptions import ClientError

        sets = [f"#{name} = :new_{name}" for name in right]
        removes = [f"#{name}" for name in INDEXED if name not in right]
        update = f"SET {', '.join(sets)}" if sets else ""
        update += f" REMOVE {', '.join(removes)}" if removes else ""
        request: Any = {
            "TableName": self._table.name,
            "Key": key_of(*place_of(item)),
            "UpdateExpression": update.strip(),
            "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in _SAME),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*INDEXED, *_SAME)},
            "ExpressionAttributeValues": {
                **{f":new_{name}": value for name, value in right.items()},
                **{f":{name}": item[name] for name in _SAME},
            },
        }
        with reporting(failure, LEDGER):
            try:
                self._table.client.update_item(**request)
            except ClientError as refusal:
                if code_of(refusal.response) not in CONDITION_FAILED:
                    raise
