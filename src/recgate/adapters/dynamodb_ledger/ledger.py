"""The ledger in one DynamoDB table: partition key ``stream``, sort key ``position``.

Three sparse indexes find decisions, by their day, their id and their model. What the table keeps of
chains stands beside the entries, in streams of its own (`recgate.dialect.chain_item`).
"""

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from recgate.adapters.dynamodb_ledger import decisions
from recgate.adapters.dynamodb_ledger.adoption import Adoption
from recgate.adapters.dynamodb_ledger.chaining import Chaining, Unlinked
from recgate.adapters.dynamodb_ledger.evidence import StoredChains
from recgate.adapters.dynamodb_ledger.table import LedgerTable
from recgate.dialect.chain_item import Item, is_reserved
from recgate.dialect.ledger_entry import encoded
from recgate.dialect.ledger_item import CURE, entry_of, item_of, refuse_too_large
from recgate.dialect.ledger_transaction import check_there, place_of_link, put_entry
from recgate.domain.chain import LOCAL, chain_of
from recgate.domain.link import Head
from recgate.domain.seal import Seal
from recgate.evidence_ports import Place, StoredEntry, StoredLink
from recgate.ports import Entry, LedgerRefused, PositionTaken, Recorded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDbLedger:
    """Streams in one table, each entry a link of its chain.

    The client is the caller's: its retries, timeouts and closing too. ``home`` is the chain of
    what belongs to no job (`recgate.domain.chain`). ``new_write_id`` gives a name that no other
    append has, of at most 36 characters; ``pause`` waits so many seconds for a turn at the end of a
    chain, ``entropy`` gives so many random bytes.
    Any number of threads may use one ledger.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        *,
        home: str = LOCAL,
        new_write_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        pause: Callable[[float], None] = time.sleep,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._table = LedgerTable(client, table_name)
        self._home = home
        self._new_write_id = new_write_id
        self._stored = StoredChains(self._table, home)
        self._chaining = Chaining(self._table, new_token=new_write_id, pause=pause, entropy=entropy)

    # --- Ledger ------------------------------------------------------------------------------

    def read(self, stream: str) -> Sequence[Entry]:
        """All entries of the stream in order. Raises LedgerUnavailable, LedgerRefused."""
        if is_reserved(stream):  # what the table has there are no entries
            return ()
        items = self._table.stream(
            stream, f"cannot read {stream!r} in the table {self._table.name}"
        )
        return tuple(self._entry(stream, index, item) for index, item in enumerate(items))

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Write the entry at the end of the stream, which must be ``position``, with its link.

        After LedgerUnavailable for a timeout the entry may be there all the same: the answer
        was lost, not the write. Reading the stream tells.
        Raises PositionTaken, LedgerUnavailable; LedgerRefused for a gap, for an entry that is
        too large, and for a chain that does not end where it says, too.
        """
        where = f"entry {position} ({entry.kind}) of {stream!r} in the table {self._table.name}"
        recorded_at, body = encoded(stream, position, entry, where=where)
        write_id, chain = self._new_write_id(), chain_of(stream, self._home)
        made = item_of(stream, position, entry, recorded_at=recorded_at, body=body)
        item = made | {"write_id": {"S": write_id}}
        refuse_too_large({**item, **place_of_link(chain, 0)}, where)
        before = check_there(self._table.name, stream, position - 1) if position else None
        there = self._chaining.write(
            Unlinked(
                stream,
                position,
                entry,
                recorded_at=recorded_at,
                body=body,
                chain=chain,
                action=partial(put_entry, self._table.name, item),
                before=before,
                mark="write_id",
                write_id=write_id,
                where=where,
            )
        )
        if there is not None:
            raise PositionTaken(f"{where} is there already; read the stream again")

    def adopt(self, at: datetime) -> int:
        """Link the entries that versions without a chain have recorded; gives how many.

        ``at`` is when that is, as their links say. Begin again after an interruption.
        Raises LedgerUnavailable, LedgerRefused; the latter at the end for those that cannot be
        read.
        """
        adoption = Adoption(
            self._table,
            self._chaining,
            home=self._home,
            new_write_id=self._new_write_id,
        )
        return adoption.adopt(at)

    def _entry(self, stream: str, index: int, item: Item) -> Entry:
        where = f"entry {index} of {stream!r} in the table {self._table.name}"
        if item["position"].get("N") != str(index):
            raise LedgerRefused(f"{where} is missing: {CURE}")
        return entry_of(item, where)

    # --- DecisionIndex: what was recorded a moment ago may not be found yet ---------------------

    def decided_on(self, day: date) -> Sequence[Recorded]:
        """The decisions recorded on a day in UTC. Raises LedgerUnavailable, LedgerRefused."""
        return decisions.decided_on(self._table, day)

    def find(self, decision: str) -> Sequence[Recorded]:
        """The decisions whose key begins so. Raises LedgerUnavailable, LedgerRefused."""
        return decisions.find(self._table, decision)

    def of_model(
        self, model: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Recorded]:
        """The decisions about a model, recorded from ``since`` on and before ``until``.

        Raises LedgerUnavailable, LedgerRefused.
        """
        return decisions.of_model(self._table, model, since=since, until=until)

    # --- Evidence: everything raises LedgerUnavailable, LedgerRefused ---------------------------

    def chains(self) -> Sequence[str]:
        """The names of the chains: those that are listed, and the home's."""
        return self._stored.chains()

    def head(self, chain: str) -> Head | None:
        """What the table keeps as the end of the chain."""
        return self._stored.head(chain)

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        """The links of a chain in order, read page by page."""
        return self._stored.links(chain, first)

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        """The entries at these places; what is not there is left out."""
        return self._stored.entries(places)

    def every_entry(self) -> Iterator[StoredEntry]:
        """Every entry of the table: a scan."""
        return self._stored.every_entry()

    def bent(self) -> Sequence[str]:
        """What is in an index of decisions and is none, as far as every entry was read."""
        return self._stored.bent()

    def links_all(self) -> bool:
        """Whether an entry without a link cannot be older than its chain: it may be."""
        return self._stored.links_all()

    def sealed_to(self, chain: str) -> Head | None:
        """Up to where every link was sealed."""
        return self._stored.sealed_to(chain)

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        """Keep the seal of a link. The first one stays; False: this is another one."""
        return self._stored.keep_seal(chain, sequence, seal)

    def move_sealed(self, chain: str, head: Head) -> None:
        """Every link up to this one is sealed. It never moves back."""
        self._stored.move_sealed(chain, head)
