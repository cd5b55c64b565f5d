"""The chains as they are stored: read for whoever checks them, and their seals kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from recgate.adapters.dynamodb_ledger.table import BATCH, LedgerTable, place_of
from recgate.dialect.chain_item import (
    CHAINS,
    SEAL_SIGNATURE,
    Item,
    head_of,
    head_stream,
    is_reserved,
    key_of,
    link_of,
    links_stream,
    names_of,
    seal_attributes,
    sealed_stream,
)
from recgate.dialect.decision_index import is_of_job
from recgate.dialect.dynamodb_answers import CONDITION_FAILED, LEDGER, code_of
from recgate.dialect.ledger_item import FOUND_BY, is_key, stored_entry
from recgate.domain.link import Head
from recgate.domain.seal import Seal
from recgate.dynamodb_asking import reporting
from recgate.evidence_ports import Place, StoredEntry, StoredLink
from recgate.ports import LedgerRefused

_TOLD = 20

_POSITION_END = 10**38
"""DynamoDB's numbers have 38 digits: an entry can be at no greater position."""


def _is_place(place: Place) -> bool:
    """Whether an entry may stand there; a place that was read from a link may be anything."""
    stream, position = place
    if type(stream) is not str or type(position) is not int:
        return False
    return is_key(stream) and abs(position) < _POSITION_END


class _Packed(Mapping[Place, StoredEntry]):
    """Entries that are unpacked one by one, each time that they are asked for."""

    def __init__(self, items: Mapping[Place, Item]) -> None:
        self._items = items

    def __getitem__(self, place: Place) -> StoredEntry:
        return stored_entry(self._items[place])

    def __iter__(self) -> Iterator[Place]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class StoredChains:
    """What a table keeps of chains. Everything raises LedgerUnavailable, LedgerRefused."""

    def __init__(self, table: LedgerTable, home: str) -> None:
        self._table = table
        self._home = home
        self._indexed: dict[Place, None] = {}

    def chains(self) -> Sequence[str]:
        """The chains that are listed and the home's, as far as they have a link or a head."""
        failure = f"cannot read which chains there are in the table {self._table.name}"
        listed = names_of(self._table.item(CHAINS, 0, failure)) | {self._home}
        names = sorted(name for name in listed if is_key(sealed_stream(name)))
        with_head = {
            stream for stream, _ in self._present([(head_stream(each), 0) for each in names])
        }
        return tuple(
            name
            for name in names
            if head_stream(name) in with_head or next(self.links(name), None) is not None
        )

    def head(self, chain: str) -> Head | None:
        """The end of the chain, whatever stands there."""
        return self._head_at(head_stream(chain), f"cannot read the head of chain {chain}")

    def sealed_to(self, chain: str) -> Head | None:
        """Up to where the chain is sealed."""
        failure = f"cannot read up to where chain {chain} is sealed"
        return self._head_at(sealed_stream(chain), failure)

    def _head_at(self, stream: str, failure: str) -> Head | None:
        if not is_key(stream):
            return None
        item = self._table.item(stream, 0, f"{failure} in the table {self._table.name}")
        return head_of(item) if item else None

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        """The links of a chain in order, page by page."""
        if not is_key(links_stream(chain)):
            return
        failure = f"cannot read chain {chain} in the table {self._table.name}"
        for item in self._table.stream(links_stream(chain), failure, first=first):
            yield link_of(chain, item)

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        """The entries at these places, as far as there are any.

        Each is unpacked when it is asked for: together they may be more than a function's memory.
        """
        found = self._present(places)
        return _Packed({place: found[place] for place in found if not is_reserved(place[0])})

    def every_entry(self) -> Iterator[StoredEntry]:
        """Every entry, in the order in which the table is scanned.

        What stands where only chains do, and is in an index of decisions, is one, too.
        """
        failure = f"cannot read the entries in the table {self._table.name}"
        for item in self._table.scan(failure):
            stream, position = place_of(item)
            is_indexed = not item.keys().isdisjoint(FOUND_BY)
            if is_indexed and not is_of_job(stream) and len(self._indexed) < _TOLD:
                self._indexed[stream, position] = None
            if is_indexed or not is_reserved(stream):
                yield stored_entry(item)

    def bent(self) -> Sequence[str]:
        """What is in an index of decisions and in no job's stream, as far as every entry was
        read; some of it.
        """
        return [
            f"number {position} of {stream} is in an index of decisions, where only those about "
            "jobs are"
            for stream, position in self._indexed
            if not is_reserved(stream)  # told of as an entry without a link
        ]

    def links_all(self) -> bool:
        """A table gets chains with the next entry, and older ones their links when adopted."""
        return False

    def _present(self, places: Iterable[Place]) -> dict[Place, Item]:
        """The items at these places, those left out at which none can be."""
        failure = f"cannot read entries in the table {self._table.name}"
        asked = list(dict.fromkeys(place for place in places if _is_place(place)))
        return {
            place_of(item): item
            for start in range(0, len(asked), BATCH)
            for item in self._table.items_at(asked[start : start + BATCH], failure)
        }

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        """Keep the seal beside its link, unless there is one, which gives False.

        Raises LedgerRefused where there is no link, too.
        """
        where = f"the seal of link {sequence} of chain {chain} in the table {self._table.name}"
        stream, kept = links_stream(chain), seal_attributes(seal)
        is_kept = self._update(
            stream,
            sequence,
            kept,
            condition=f"attribute_exists(#stream) AND attribute_not_exists(#{SEAL_SIGNATURE})",
            names={"#stream": "stream"},
            failure=f"cannot keep {where}",
        )
        if not is_kept and not self._table.item(stream, sequence, f"cannot keep {where}"):
            raise LedgerRefused(f"cannot keep {where}: there is no such link")
        return is_kept

    def move_sealed(self, chain: str, head: Head) -> None:
        """Every link up to this one is sealed, unless more are already."""
        values = {"sequence": {"N": str(head.sequence)}, "digest": {"S": head.digest}}
        self._update(
            sealed_stream(chain),
            0,
            values,
            # What is no number at all says nothing, and must not stop the sealing for good.
            condition="attribute_not_exists(#sequence)"
            " OR NOT attribute_type(#sequence, :number) OR #sequence < :sequence",
            values={":number": {"S": "N"}},
            failure=f"cannot move up to where chain {chain} is sealed in the table "
            f"{self._table.name}",
        )

    def _update(
        self,
        stream: str,
        position: int,
        attributes: Mapping[str, Mapping[str, Any]],
        *,
        condition: str,
        failure: str,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> bool:
        """Set attributes of an item; False when the condition did not hold."""
        from botocore.exceptions import ClientError

        request: Any = {
            "TableName": self._table.name,
            "Key": key_of(stream, position),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {
                **{f"#{name}": name for name in attributes},
                **(names or {}),
            },
            "ExpressionAttributeValues": {
                **{f":{name}": value for name, value in attributes.items()},
                **(values or {}),
            },
        }
        with reporting(failure, LEDGER):
            try:
                self._table.client.update_item(**request)
            except ClientError as refusal:
                if code_of(refusal.response) not in CONDITION_FAILED:
                    raise
                return False
        return True
