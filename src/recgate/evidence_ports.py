"""What evidence needs from the world: the chains of a ledger, an archive, a key to sign with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from recgate.domain.link import Head
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.ports import CannotTellYet, RecgateError

Place = tuple[str, int]
"""Where an entry stands: its stream, and its position there from 0."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry exactly as it is stored: nothing of it was parsed but what the store packs.

    ``recorded_at`` is the text, ``body`` the canonical bytes. ``chain`` and ``sequence`` are
    where the ledger says that its link is; None for an entry that was never linked.
    """

    stream: str
    position: int
    kind: str
    key: str
    recorded_at: str
    body: bytes
    chain: str | None
    sequence: int | None


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link exactly as it is stored, where it is stored, and its seal if it has one."""

    chain: str
    sequence: int
    document: bytes
    seal: Seal | None


@runtime_checkable
class Evidence(Protocol):
    """The chains that a ledger makes of what is appended to it.

    Everything here raises LedgerUnavailable and LedgerRefused as a ledger does. What is read
    here is not judged: bytes that nobody could have written are handed over as they are.
    """

    def chains(self) -> Sequence[str]:
        """The names of the chains, sorted: those with a link or a head."""
        ...

    def head(self, chain: str) -> Head | None:
        """What the ledger keeps as the end of the chain, from which the next link goes on."""
        ...

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        """The links of a chain in the order of their sequence numbers, read as they are asked
        for; those before ``first`` are left out.
        """
        ...

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        """The entries at these places; what is not there is left out."""
        ...

    def every_entry(self) -> Iterator[StoredEntry]:
        """Every entry of every stream, in any order: to find those that no link tells of."""
        ...

    def bent(self) -> Sequence[str]:
        """What of the ledger's own form is not as recgate makes it, in words: readers may be
        shown something else than what is looked at here.
        """
        ...

    def links_all(self) -> bool:
        """Whether every entry that was there when the ledger got chains was linked then: one
        without a link is not older.
        """
        ...

    def sealed_to(self, chain: str) -> Head | None:
        """Up to where every link was sealed, in order; None before the first."""
        ...

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        """Keep the seal of a link. The first one stays: another one changes nothing, and gives
        False.
        """
        ...

    def move_sealed(self, chain: str, head: Head) -> None:
        """Every link up to this one is sealed. It never moves back."""
        ...


# --- archive -------------------------------------------------------------------------------


class ArchiveUnavailable(CannotTellYet):
    """The archive could not be reached or was throttled; the object may be there all the same."""


class ArchiveRefused(RecgateError):
    """The archive will not take or give the object however often it is asked."""


class NameTaken(RecgateError):
    """There is an object of that name already: it stays, and nothing was written."""


@dataclass(frozen=True, slots=True)
class ArchivedVersion:
    """One version of an object in the archive. ``is_marker``: it marks the object as deleted."""

    name: str
    version: str
    is_latest: bool
    is_marker: bool
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Retention:
    """How an archived version is kept from being deleted: the mode and the end (UTC)."""

    mode: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DefaultLock:
    """How an archive locks every version that is put into it: the mode, and for how many days or
    years.
    """

    mode: str
    days: int = 0
    years: int = 0


class EvidenceArchive(Protocol):
    """Where signed envelopes are kept so that nobody can change them.

    Everything here raises ArchiveUnavailable and ArchiveRefused.
    """

    @property
    def where(self) -> str:
        """What people call it: ``s3://BUCKET``, or a folder."""
        ...

    def keep(self, name: str, content: bytes) -> str:
        """Write the object unless there is one of that name; gives its version.

        Raises NameTaken.
        """
        ...

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        """Every version and delete marker of every object whose name begins so, by name, each
        name's newest first.
        """
        ...

    def content(self, name: str, version: str) -> bytes | None:
        """What that very version holds; None if it is not there. ``version`` empty: the oldest
        one, which is the one that was kept.
        """
        ...

    def retention(self, name: str, version: str) -> Retention | None:
        """How that version is locked; None if it is not."""
        ...

    def default_lock(self) -> DefaultLock | None:
        """How it locks what is put there from now on; None if it does not."""
        ...


# --- keys ----------------------------------------------------------------------------------


class SignerUnavailable(CannotTellYet):
    """The key could not be used now: throttled, timed out, unavailable."""


class SignerRefused(RecgateError):
    """The key will not sign however often it is asked: permissions, disabled, another kind."""


class Signer(Protocol):
    """A private key: ECDSA with P-256 and SHA-256."""

    def sign(self, message: bytes) -> Signature:
        """The signature over the message. Raises SignerUnavailable, SignerRefused."""
        ...

    def made(self, message: bytes, signature: Signature) -> bool:
        """Whether this key made the signature over the message, whatever key it names.

        Raises SignerUnavailable, SignerRefused.
        """
        ...

    def public_key(self) -> bytes:
        """The public key that checks it, in PEM. Raises SignerUnavailable, SignerRefused."""
        ...


class SignatureCheck(Protocol):
    """The public keys that a reader trusts."""

    def __call__(self, message: bytes, signature: Signature) -> str | None:
        """What the key is known by that made the signature over the message; None: none did."""
        ...
