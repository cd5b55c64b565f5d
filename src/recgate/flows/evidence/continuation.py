"""Whether a record continues what was sealed before it: looked at before anything is signed."""

from dataclasses import dataclass

from recgate.domain.link import (
    FIRST,
    NOTHING_BEFORE,
    Head,
    Link,
    LinkTooNew,
    LinkUnreadable,
    link_from,
    sha256,
)
from recgate.domain.statement import statement_bytes, statement_from
from recgate.domain.verification import Flaw, FlawKind
from recgate.evidence_ports import Place, StoredEntry, StoredLink
from recgate.ports import RecgateError

THE_LEDGER = "the ledger"

NOTHING = Head(FIRST - 1, NOTHING_BEFORE)
"""What the first record of a chain continues."""


class NotContinued(RecgateError):
    """The record is not what would come next; ``flaw`` says why. It must not be signed."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.what)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class NextRecord:
    """A link that continues its chain, as stored and as read, and the chain's end with it."""

    stored: StoredLink
    link: Link
    head: Head

    @property
    def place(self) -> Place:
        """Where its entry stands."""
        return self.link.stream, self.link.position

    def refused(self, kind: FlawKind, what: str, *, where: str = THE_LEDGER) -> NotContinued:
        """What is wrong with this very record."""
        link = self.link
        return NotContinued(Flaw(kind, link.chain, link.sequence, where, what, named(link)))


def next_record(stored: StoredLink, chain: str, before: Head) -> NextRecord:
    """The link that comes behind ``before``. Raises NotContinued."""
    expected = before.sequence + 1

    def refused(kind: FlawKind, what: str, link: Link | None = None) -> NotContinued:
        return NotContinued(Flaw(kind, chain, expected, THE_LEDGER, what, named(link)))

    if stored.sequence != expected:
        raise refused(
            FlawKind.DELETED, f"record {expected} is missing: the next one is {stored.sequence}"
        )
    try:
        link = link_from(stored.document)
    except LinkUnreadable as error:
        raise refused(FlawKind.EDITED, f"the link cannot be read: {error}") from error
    except LinkTooNew as error:
        raise refused(FlawKind.UNCHECKED, str(error)) from error
    if (link.chain, link.sequence) != (chain, expected):
        what = f"the link is that of record {link.sequence} of {link.chain}"
        raise refused(FlawKind.REPLAYED, what, link)
    if link.previous != before.digest:
        what = "the link does not continue the record before it"
        raise refused(FlawKind.EDITED, what, link)
    return NextRecord(stored, link, Head(expected, sha256(stored.document)))


def payload_of(record: NextRecord, entry: StoredEntry | None) -> bytes:
    """What is to be signed about the record: its link, and its entry as it is stored.

    Raises NotContinued for an entry that is not the one that was linked.
    """
    link = record.link
    if entry is None:
        what = f"there is no entry at position {link.position} of {link.stream}"
        raise record.refused(FlawKind.DELETED, what)
    if sha256(entry.body) != link.body_digest:
        raise record.refused(FlawKind.EDITED, "the entry's body is not the one that was chained")
    said = (link.stream, link.position, link.kind, link.key, link.recorded_at)
    if (entry.stream, entry.position, entry.kind, entry.key, entry.recorded_at) != said:
        what = "the entry's place, kind, key or time is not what was chained"
        raise record.refused(FlawKind.EDITED, what)
    if (entry.chain, entry.sequence) != (link.chain, link.sequence):
        what = f"the entry says that it is record {entry.sequence} of {entry.chain}"
        raise record.refused(FlawKind.REORDERED, what)
    payload = statement_bytes(record.stored.document, entry.body)
    try:
        statement_from(payload)
    except ValueError as error:  # a body that is not canonical JSON: nobody could read it back
        what = f"the record could not be read back: {error}"
        raise record.refused(FlawKind.EDITED, what) from error
    return payload


def check_last_sealed(stored: StoredLink | None, chain: str, reached: Head) -> None:
    """Raises NotContinued unless this is still the link up to which all was sealed."""
    if stored is None or stored.sequence != reached.sequence:
        kind, what = FlawKind.DELETED, "the last record that was sealed is not there"
    elif sha256(stored.document) != reached.digest:
        kind, what = FlawKind.EDITED, "the last record that was sealed was changed"
    elif stored.seal is None:
        kind, what = FlawKind.DELETED, "the mark says that it is sealed, and it has no seal"
    else:
        return
    raise NotContinued(Flaw(kind, chain, reached.sequence, THE_LEDGER, what))


def check_end(head: Head | None, chain: str, reached: Head) -> Head:
    """The head, if the sealed records can lie before it. Raises NotContinued."""
    if head is None:
        kind, what = FlawKind.TRUNCATED, "the head of the chain is not there"
    elif head.sequence < reached.sequence:
        kind = FlawKind.TRUNCATED
        what = f"its head is record {head.sequence}, and it was sealed to {reached.sequence}"
    elif head.sequence == reached.sequence and head != reached:
        kind, what = FlawKind.FORKED, "the head of the chain is not the record that was sealed"
    else:
        return head
    raise NotContinued(Flaw(kind, chain, None, THE_LEDGER, what))


def check_read_to(last: Head, chain: str, head: Head, *, is_all: bool) -> None:
    """Raises NotContinued for links that end before their head, or with another one.

    ``last`` is the last one that was read; ``is_all``: none came behind it.
    """
    if last.sequence == head.sequence and last != head:
        kind, what = FlawKind.FORKED, "the head names another record as the last one"
        raise NotContinued(Flaw(kind, chain, head.sequence, THE_LEDGER, what))
    if is_all and last.sequence < head.sequence:
        missing = last.sequence + 1
        what = f"record {missing} is missing: the head of the chain is record {head.sequence}"
        raise NotContinued(Flaw(FlawKind.DELETED, chain, missing, THE_LEDGER, what))


def named(link: Link | None) -> str:
    """A record as people know it: its id, and what it is about."""
    return f"{link.id} ({link.kind} in {link.stream})" if link else ""
