"""Writing a record: the entry, its link and the new head, in one transaction or not at all.

The head is read before the first link of a chain and remembered from then on. What is remembered
is a guess: the condition of the transaction decides whether the chain still ends there, and whoever
loses the race for the end goes on from the new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recgate.adapters.dynamodb_ledger.patience import Patience
from recgate.adapters.dynamodb_ledger.table import LedgerTable
from recgate.dialect.chain_item import Item, head_of, head_stream
from recgate.dialect.dynamodb_answers import LEDGER
from recgate.dialect.ledger_item import ITEM_BYTES_MAX, is_key, item_bytes
from recgate.dialect.ledger_link import NewLink, next_link
from recgate.dialect.ledger_transaction import (
    Action,
    Cancelled,
    Part,
    actions_for,
    cancelled_by,
    link_item,
)
from recgate.domain.link import FIRST, NOTHING_BEFORE, Head
from recgate.domain.record_id import ENTROPY_BYTES, record_id
from recgate.dynamodb_asking import refuse_foreign, reporting
from recgate.ports import Entry, LedgerRefused

_EARLIEST_ID = datetime(1970, 1, 1, tzinfo=UTC)
"""No record's id can be of a time before; the record itself can."""

_CROSSINGS = 3
"""How often in a row a link may be in the way of the next one, with the head where it was, before
that is no race: in a race the head has moved on a moment later, whatever DynamoDB said of it.
"""

_STILL_FRESH_S = 0.005
"""How long a head that DynamoDB has shown is worth a try, seconds: about what reading it takes."""

_CHANGED_BY_HAND = (
    "the ledger was restored from a backup or changed by hand. Nothing was written; "
    "`recgate audit verify` tells more"
)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An entry that is to be written with its link.

    ``action`` writes its item in a transaction and leaves in it the attribute ``mark`` with the
    value ``write_id``, by which the write is known as ours. ``before`` asks for the entry before
    it. ``where`` names the entry for people.
    """

    stream: str
    position: int
    entry: Entry
    recorded_at: str
    body: bytes
    chain: str
    action: Callable[[NewLink], Action]
    before: Action | None
    mark: str
    write_id: str
    where: str
    adopted_at: str = ""

    def link(self, head: Head | None, new_id: str) -> NewLink:
        """The link behind the head."""
        return next_link(
            self.stream,
            self.position,
            self.entry,
            recorded_at=self.recorded_at,
            body=self.body,
            chain=self.chain,
            head=head,
            new_id=new_id,
            adopted_at=self.adopted_at,
        )

    def is_written(self, there: Item) -> bool:
        """Whether this very write has made the item what it is."""
        return there.get(self.mark) == {"S": self.write_id}


class Chaining:
    """Puts entries at the end of their chains. Any number of threads may use one.

    ``new_token`` gives a name that no other try has, of at most 36 characters; ``pause`` waits so
    many seconds, and ``entropy`` gives so many random bytes.
    """

    def __init__(
        self,
        table: LedgerTable,
        *,
        new_token: Callable[[], str],
        pause: Callable[[float], None],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._table = table
        self._new_token = new_token
        self._pause = pause
        self._entropy = entropy
        self._heads: dict[str, Head] = {}

    def write(self, unlinked: Unlinked) -> Item | None:
        """Write the entry with its link. Gives None, or the item that is in the entry's way.

        Raises LedgerUnavailable, also when others were faster each time; LedgerRefused, also for
        a gap, and for a chain that does not end where it says.
        """
        chain, failure = unlinked.chain, f"cannot write {unlinked.where}"
        if not (chain and is_key(head_stream(chain))):
            raise LedgerRefused(f"{failure}: no chain can have the name {chain[:80]!r}")
        head = self._heads.get(chain) or self._end(chain, failure)
        made_at = max(unlinked.entry.recorded_at, _EARLIEST_ID)
        new_id = record_id(made_at, self._entropy(ENTROPY_BYTES))
        patience, token, crossings = Patience(self._pause, self._chance), unlinked.write_id, 0
        while True:
            new = unlinked.link(head, new_id)
            refused = self._try(unlinked, new, head, token=token)
            if refused is None:
                self._heads[chain] = new.head
                return None
            self._heads.pop(chain, None)
            shown = refused.in_the_way.get(Part.HEAD)
            if Part.ENTRY in refused.in_the_way:
                # The client repeats a write whose answer was lost, and then meets itself.
                there = refused.in_the_way[Part.ENTRY] or self._entry(unlinked)
                return None if unlinked.is_written(there) else there
            waited_s = patience.wait(failure, because=f"{refused.told}; chain {chain}")
            token = self._new_token()  # DynamoDB takes one token for one content
            is_fresh = shown and waited_s <= _STILL_FRESH_S
            before, head = head, self._end(chain, failure, shown if is_fresh else None)
            crossed = Part.LINK in refused.in_the_way and head == before
            crossings = crossings + 1 if crossed else 0
            if crossings == _CROSSINGS:
                raise LedgerRefused(
                    f"{failure}: chain {chain} has a link {new.link.sequence} already and ends at "
                    f"{new.link.sequence - 1}: {_CHANGED_BY_HAND}"
                )

    def _try(
        self, unlinked: Unlinked, new: NewLink, head: Head | None, *, token: str
    ) -> Cancelled | None:
        """Send the transaction once. None: it is written; otherwise it may be tried again."""
        from botocore.exceptions import ClientError

        failure = f"cannot write {unlinked.where}"
        size = item_bytes(link_item(new))
        if size > ITEM_BYTES_MAX:
            raise LedgerRefused(
                f"{failure}: its stream, kind and key make a link of {size} bytes, and DynamoDB "
                f"takes {ITEM_BYTES_MAX}; make them shorter"
            )
        actions = actions_for(
            self._table.name, new, entry=unlinked.action(new), before=unlinked.before, head=head
        )
        items: Any = list(actions.values())
        with reporting(failure, LEDGER):
            try:
                answer = self._table.client.transact_write_items(
                    TransactItems=items, ClientRequestToken=token
                )
            except ClientError as refusal:
                cancelled = cancelled_by(refusal.response, tuple(actions))
                if cancelled is None or not cancelled.is_a_race:
                    raise
                return cancelled
        refuse_foreign(answer, failure, LEDGER)
        return None

    def _chance(self) -> float:
        return int.from_bytes(self._entropy(4)) / 2**32

    def _entry(self, unlinked: Unlinked) -> Item:
        failure = f"cannot write {unlinked.where}"
        return self._table.item(unlinked.stream, unlinked.position, failure)

    def _end(self, chain: str, failure: str, shown: Item | None = None) -> Head | None:
        """Where the chain ends now, as was shown or is read. Raises LedgerRefused for a head that
        no version wrote.
        """
        item = shown or self._table.item(head_stream(chain), 0, failure)
        if not item:
            return None
        head = head_of(item)
        if head.sequence < FIRST or len(head.digest) != len(NOTHING_BEFORE):
            raise LedgerRefused(
                f"{failure}: the head of chain {chain} cannot be read: {_CHANGED_BY_HAND}"
            )
        return head
