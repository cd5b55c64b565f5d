"""Adopting what versions without a chain have recorded: each entry gets its link, in its order.

Nothing vouches for such an entry before that. The work may be interrupted and begun again, and
others may write meanwhile: each entry is a transaction of its own, on condition that it has no
link and is as it was read. A linked decision whose attributes put it elsewhere into the indexes
than where it belongs (`recgate.dialect.ledger_item.found_by`) is put right on the way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recgate.adapters.dynamodb_ledger.chaining import Chaining, Unlinked
from recgate.adapters.dynamodb_ledger.index_mending import INDEXED, IndexMending
from recgate.adapters.dynamodb_ledger.table import LedgerTable, place_of
from recgate.dialect.chain_item import Item, is_reserved, text_in
from recgate.dialect.ledger_entry import is_as_written
from recgate.dialect.ledger_item import (
    CURE,
    entry_of,
    found_by,
    refuse_too_large,
    unpacked,
)
from recgate.dialect.ledger_transaction import adopt_entry, place_of_link
from recgate.domain.chain import chain_of
from recgate.evidence_ports import Place
from recgate.ports import LedgerRefused

_AT_ONCE = 25
"""Entries that are read together: whole ones, of up to 400 KB."""

_READ = ("stream", "position", "chain", "kind", "key", "recorded_at", "body", *INDEXED)

_LOOKED_FOR: Mapping[str, Any] = {
    # What has no link, and whatever is in an index or has to be.
    "FilterExpression": "attribute_not_exists(#chain) OR #kind = :decision"
    + "".join(f" OR attribute_exists(#{name})" for name in INDEXED),
    "ProjectionExpression": ", ".join(f"#{name}" for name in _READ),
    "ExpressionAttributeNames": {f"#{name}": name for name in _READ},
    "ExpressionAttributeValues": {":decision": {"S": "decision"}},
}


class Adoption:
    """Adopts entries of one table. ``new_write_id`` is the ledger's own."""

    def __init__(
        self,
        table: LedgerTable,
        chaining: Chaining,
        *,
        home: str,
        new_write_id: Callable[[], str],
    ) -> None:
        self._table = table
        self._chaining = chaining
        self._home = home
        self._new_write_id = new_write_id
        self._index = IndexMending(table)

    def adopt(self, at: datetime) -> int:
        """Link every entry that has no link; gives how many were linked by this call. What is
        linked and cannot be found as it should, can be afterwards.

        Raises LedgerUnavailable; LedgerRefused when entries had to be left out because they
        cannot be read or were changed meanwhile: all others are linked then.
        """
        if at.utcoffset() is None:
            raise LedgerRefused(f"cannot adopt entries at {at.isoformat()}: it has no time zone")
        adopted, left_out = 0, list[LedgerRefused]()
        for item in self._unlinked_items():
            try:
                unlinked = self._unlinked(item, at)
            except LedgerRefused as refusal:
                left_out.append(refusal)
                continue
            there = self._chaining.write(unlinked)
            adopted += there is None
            if there is not None and "chain" not in there:
                changed = f"{unlinked.where} was changed or taken away by hand just now: {CURE}"
                left_out.append(LedgerRefused(changed))
        if left_out:
            raise LedgerRefused(
                f"{adopted} entries were adopted, and {len(left_out)} could not be. "
                f"The first of them: {left_out[0]}"
            ) from left_out[0]
        return adopted

    def _unlinked_items(self) -> Iterator[Item]:
        places = self._unlinked_places()
        failure = f"cannot read entries in the table {self._table.name}"
        for start in range(0, len(places), _AT_ONCE):
            asked = places[start : start + _AT_ONCE]
            found = {place_of(item): item for item in self._table.items_at(asked, failure)}
            # Whatever was linked or taken away since the scan is left alone.
            yield from (found[place] for place in asked if place in found)

    def _unlinked_places(self) -> Sequence[Place]:
        """The entries without a link, in the order of their times, streams and positions.

        Linked ones that are in the wrong place of an index are put right as they come by.
        """
        found: list[tuple[str, Place]] = []
        failure = f"cannot look for entries without a link in the table {self._table.name}"
        for item in self._table.scan(failure, **_LOOKED_FOR):
            place = place_of(item)
            if is_reserved(place[0]):
                continue
            if "chain" in item:
                self._index.mend(item)
            else:
                found.append((text_in(item, "recorded_at"), place))
        return [place for _, place in sorted(found)]

    def _unlinked(self, item: Item, at: datetime) -> Unlinked:
        """What is to be written of an entry. Raises LedgerRefused if no version wrote it so."""
        stream, position = place_of(item)
        where = f"entry {position} of {stream!r} in the table {self._table.name}"
        entry, body = entry_of(item, where), unpacked(item["body"]["B"])
        recorded_at = item["recorded_at"]["S"]
        if not is_as_written(entry, body) or entry.recorded_at.utcoffset() is None:
            raise LedgerRefused(f"{where} is not as recgate writes entries: {CURE}")
        found, adoption_id = found_by(stream, entry, recorded_at), self._new_write_id()
        chain = chain_of(stream, self._home)
        told = {**place_of_link(chain, 0), "adoption_id": {"S": adoption_id}}
        refuse_too_large({**found, **item, **told}, where)
        return Unlinked(
            stream,
            position,
            entry,
            recorded_at=recorded_at,
            body=body,
            chain=chain,
            action=lambda new: adopt_entry(
                self._table.name, item, new, found_by=found, adoption_id=adoption_id
            ),
            before=None,
            mark="adoption_id",
            write_id=adoption_id,
            where=where,
            adopted_at=at.astimezone(UTC).isoformat(timespec="microseconds"),
        )
