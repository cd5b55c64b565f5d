"""Records of versions without chains get their links, and say since when nothing vouches for them
before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from recgate.domain.link import Link, link_from
from recgate.flows.evidence.seal import ChainedLedger


@runtime_checkable
class AdoptingLedger(ChainedLedger, Protocol):
    """A ledger that may hold entries without a link."""

    def adopt(self, at: datetime) -> int:
        """Link every entry that has no link, as adopted at that time; gives how many.

        Raises LedgerUnavailable; LedgerRefused for entries that cannot be read, when all others
        are linked.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChainAdopted:
    """One chain: how many records it has, how many of them were adopted, how many just now."""

    chain: str
    records: int
    adopted: int
    now: int


def adopt(ledger: AdoptingLedger, *, at: datetime, since: datetime) -> tuple[ChainAdopted, ...]:
    """Link what has no link, and count what was adopted, chain by chain.

    ``since`` is when this began: a file is adopted when it is opened, which counts as now.
    Raises LedgerUnavailable, LedgerRefused.
    """
    ledger.adopt(at)
    return tuple(_counted(chain, ledger, since) for chain in ledger.chains())


def _counted(chain: str, ledger: AdoptingLedger, since: datetime) -> ChainAdopted:
    head = ledger.head(chain)
    moment = since.astimezone(UTC).isoformat(timespec="microseconds")
    adopted = [link.adopted_at for link in _readable(chain, ledger) if link.adopted_at]
    return ChainAdopted(
        chain,
        head.sequence if head else 0,
        len(adopted),
        sum(each >= moment for each in adopted),
    )


def _readable(chain: str, ledger: AdoptingLedger) -> Iterator[Link]:
    for stored in ledger.links(chain):
        try:
            yield link_from(stored.document)
        except ValueError:  # who verifies is told of it
            continue
