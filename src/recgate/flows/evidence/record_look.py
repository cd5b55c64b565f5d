"""One record looked at by itself: can its link be read, is its entry the one that was linked, and
is it signed?
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from recgate.domain.canonical import Json
from recgate.domain.link import Link, LinkTooNew, LinkUnreadable, link_bytes, link_from, sha256
from recgate.domain.record_id import made_at
from recgate.domain.seal import archive_name
from recgate.domain.statement import pae, statement_bytes
from recgate.evidence_ports import Place, SignatureCheck, StoredEntry, StoredLink
from recgate.flows.evidence.archived_look import Archived, Says, Testimony, testimony
from recgate.flows.evidence.continuation import named

_NUMBER_MAX = 2**53
"""What no ledger counts to; larger numbers do not fit into every one of them."""


class SealState(Enum):
    """What is known of the signature in the ledger."""

    ABSENT = auto()
    VALID = auto()
    """One of the keys signed exactly the stored link and body."""
    INVALID = auto()
    UNCHECKED = auto()
    """No public key was given."""
    UNMADE = auto()
    """There is no whole record that it could be the signature of."""


@dataclass(slots=True)
class Look:
    """A record as it is stored, and what is wrong with it by itself.

    ``digest`` is that of the link's stored bytes. ``link`` is None when these cannot be read,
    ``trouble`` says why, ``is_newer`` that a later version wrote them. ``blame`` says why the
    link is not what was chained, once that is known from its neighbours. ``signed_by`` is the
    key whose signature fits, as whoever checks knows it.
    """

    stored: StoredLink
    digest: str
    link: Link | None = None
    trouble: str = ""
    is_newer: bool = False
    entry: StoredEntry | None = None
    payload: bytes | None = None
    seal: SealState = SealState.ABSENT
    signed_by: str = ""
    archived: Archived | None = None
    testimony: Testimony | None = None
    blame: str = ""

    @property
    def sequence(self) -> int:
        """Where it stands."""
        return self.stored.sequence

    @property
    def object_name(self) -> str:
        """The name of its object in the archive."""
        return archive_name(self.stored.chain, self.stored.sequence)

    @property
    def place(self) -> Place | None:
        """Where its link says that its entry stands."""
        return (self.link.stream, self.link.position) if self.link else None

    @property
    def is_misplaced(self) -> bool:
        """Whether its link is that of another place in a chain."""
        return self.link is not None and (self.link.chain, self.link.sequence) != (
            self.stored.chain,
            self.stored.sequence,
        )

    @property
    def is_link_at_fault(self) -> bool:
        """Whether its link is no link, or not one of this place."""
        return self.is_misplaced or (self.link is None and not self.is_newer)

    @property
    def differences(self) -> tuple[str, ...]:
        """What of the entry is not as it was linked; empty also when there is no entry."""
        link, entry = self.link, self.entry
        if link is None or entry is None:
            return ()
        said = {
            "body": (link.body_digest, sha256(entry.body)),
            "kind": (link.kind, entry.kind),
            "key": (link.key, entry.key),
            "time": (link.recorded_at, entry.recorded_at),
        }
        return tuple(name for name, (linked, found) in said.items() if linked != found)

    @property
    def is_whole(self) -> bool:
        """Whether link and entry are there and fit each other and their place."""
        return (
            self.entry is not None
            and not self.is_link_at_fault
            and not self.blame
            and not self.differences
        )

    @property
    def is_vouched_for(self) -> bool:
        """Whether a signature says that the link is exactly this one."""
        if self.seal is SealState.VALID:
            return True
        said = self.testimony
        if said is None or not said.is_signed:
            return False
        if said.says is Says.SAME:
            return True
        return said.statement is not None and (
            sha256(link_bytes(said.statement.link)) == self.digest
        )

    @property
    def name(self) -> str:
        """Its id and what it is about, from the archive if its link does not say."""
        said = self.testimony
        if said is not None and said.is_signed and said.says is Says.ANOTHER and said.statement:
            return named(said.statement.link)
        return named(self.link)


def look_at(stored: StoredLink) -> Look:
    """The record of a stored link, without its entry."""
    look = Look(stored, sha256(stored.document))
    try:
        link = link_from(stored.document)
    except LinkTooNew as error:
        look.is_newer, look.trouble = True, str(error)
    except LinkUnreadable as error:
        look.trouble = str(error)
    else:
        look.trouble = _no_link(link)
        look.link = None if look.trouble else link
    return look


def add_entry(look: Look, entry: StoredEntry | None, check: SignatureCheck | None) -> None:
    """Put the entry to its link, and check the signature over both."""
    look.entry = entry
    seal = look.stored.seal
    if look.link is not None and entry is not None:
        look.payload = statement_bytes(look.stored.document, entry.body)
    if seal is None:
        look.seal = SealState.ABSENT
    elif look.payload is None:
        look.seal = SealState.UNMADE
    elif check is None:
        look.seal = SealState.UNCHECKED
    else:
        look.signed_by = check(pae(look.payload), seal.signature) or ""
        look.seal = SealState.VALID if look.signed_by else SealState.INVALID


def add_archived(look: Look, archived: Archived, check: SignatureCheck | None) -> None:
    """Put what the archive holds for the record's place beside it."""
    look.archived = archived
    if archived.content is not None:
        look.testimony = testimony(
            archived.content,
            look.payload,
            chain=look.stored.chain,
            sequence=look.sequence,
            check=check,
        )


def document_in(body: bytes) -> Mapping[str, Json]:
    """The body of an entry as an object; one that is none is empty."""
    try:
        document = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _no_link(link: Link) -> str:
    """Why it can be no link of recgate's, in whatever form it is; "" when it can."""
    names = (link.id, link.chain, link.previous, link.stream, link.kind, link.key)
    texts = (*names, link.recorded_at, link.body_digest, link.adopted_at)
    if not all(0 <= number < _NUMBER_MAX for number in (link.sequence, link.position)):
        return "its sequence or position is not a number that recgate counts with"
    try:
        "".join(texts).encode()
        made_at(link.id)
    except ValueError as error:
        return f"one of its texts was never written by recgate ({str(error)[:120]})"
    return ""
