"""What of one chain is not sealed yet: read some records at a time, and checked to continue."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from recgate.domain.chain import is_chain
from recgate.domain.link import Head
from recgate.domain.verification import Flaw, FlawKind
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.continuation import (
    NOTHING,
    THE_LEDGER,
    NextRecord,
    NotContinued,
    check_end,
    check_last_sealed,
    check_read_to,
    next_record,
)

READ_TOGETHER = 25
"""Records of one chain that are read and sealed before its watermark is moved: what a run that
is cut off looks at again.
"""


@dataclass(slots=True)
class Unsealed:
    """The records of a chain behind its watermark, in their order.

    ``reached`` is the last record up to which all are sealed. ``waiting`` were read and continue
    it; ``flaw`` is why the one behind them does not.
    """

    chain: str
    evidence: Evidence
    head: Head | None = None
    reached: Head = NOTHING
    waiting: deque[NextRecord] = field(default_factory=deque)
    flaw: Flaw | None = None

    @property
    def left(self) -> int:
        """How many records are not sealed."""
        return max(self.head.sequence - self.reached.sequence, 0) if self.head else 0

    @property
    def oldest(self) -> datetime | None:
        """The earliest time that one of those that were read says; None: none was read.

        Not that of the first one: the clock of who recorded it may have been ahead.
        """
        return min((record.link.at for record in self.waiting), default=None)

    def look(self) -> None:
        """See how far the chain is sealed, and read on from there.

        Raises NotContinued, LedgerUnavailable, LedgerRefused.
        """
        if not is_chain(self.chain):
            what = "no chain of recgate has such a name"
            raise NotContinued(Flaw(FlawKind.FORGED, self.chain, None, THE_LEDGER, what))
        # In this order: another sealer may be at work, and the head is never behind it.
        self.reached = self.evidence.sealed_to(self.chain) or NOTHING
        self.head = self.evidence.head(self.chain)
        check_end(self.head, self.chain, self.reached)
        if self.left:
            self._read(with_last=self.reached != NOTHING)

    def read_on(self) -> None:
        """Read more when nothing is waiting. Raises LedgerUnavailable, LedgerRefused."""
        if not self.waiting:
            self._read()

    def took(self, record: NextRecord) -> None:
        """The first of those that wait is sealed."""
        self.waiting.popleft()
        self.reached = record.head

    def _read(self, *, with_last: bool = False) -> None:
        """Read up to the first record that does not continue the chain.

        ``with_last``: begin with the last one that was sealed, to see that it is the same.
        """
        links = self.evidence.links(self.chain, self.reached.sequence + (not with_last))
        if with_last:
            check_last_sealed(next(links, None), self.chain, self.reached)
        wanted, last = min(READ_TOGETHER, self.left), self.reached
        try:
            for stored in islice(links, wanted):
                record = next_record(stored, self.chain, last)
                if self.head is not None:
                    check_read_to(record.head, self.chain, self.head, is_all=False)
                self.waiting.append(record)
                last = record.head
            if self.head is not None:
                check_read_to(last, self.chain, self.head, is_all=len(self.waiting) < wanted)
        except NotContinued as broken:
            self.flaw = broken.flaw  # those before it are sealed first
