"""A link: what chains one record to the one before it.

A record is an entry of the ledger and its link. The link carries the digest of the entry's body
and of the link before, so that whoever changes, removes or moves a record breaks what follows.
Its canonical bytes are stored as they are, and its digest is that of those bytes: nothing depends
on writing JSON the same way twice.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recgate.domain.canonical import canonical_json

LINK_SCHEMA = 1
"""A reader refuses what is newer."""

NOTHING_BEFORE = "0" * 64
"""What the first link of a chain carries as the digest of the one before."""

FIRST = 1
"""The sequence number of the first link, so that the last one's is how many there are."""


_NUMBERS = {"sequence", "position"}


class LinkUnreadable(ValueError):
    """These bytes are no link that any version of recgate wrote."""


class LinkTooNew(ValueError):
    """The link was written by a later version of recgate."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain. ``digest`` is SHA-256 over its bytes, in hexadecimal."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Link:
    """The identity of a record, and its place in the chain and in the ledger.

    ``id`` is a ULID. ``stream`` and ``position`` say where the entry stands, ``kind``, ``key``
    and ``recorded_at`` (ISO 8601, UTC, microseconds) are those of the entry, ``body_digest`` is
    SHA-256 over its canonical bytes. ``adopted_at`` is set for an entry that was recorded by a
    version without a chain and linked at that time: nothing vouches for it before then.
    """

    id: str
    chain: str
    sequence: int
    previous: str
    stream: str
    position: int
    kind: str
    key: str
    recorded_at: str
    body_digest: str
    adopted_at: str = ""

    @property
    def at(self) -> datetime:
        """When the entry was recorded, by the clock of whoever did."""
        return datetime.fromisoformat(self.recorded_at)


def link_bytes(link: Link) -> bytes:
    """The link in its canonical form, as it is stored, digested and signed."""
    document: dict[str, str | int] = {
        "schema": LINK_SCHEMA,
        "id": link.id,
        "chain": link.chain,
        "sequence": link.sequence,
        "previous": link.previous,
        "stream": link.stream,
        "position": link.position,
        "kind": link.kind,
        "key": link.key,
        "recorded_at": link.recorded_at,
        "body_digest": link.body_digest,
    }
    if link.adopted_at:
        document["adopted_at"] = link.adopted_at
    return canonical_json(document)


def link_from(stored: bytes) -> Link:
    """The link that `link_bytes` wrote. Raises LinkUnreadable, LinkTooNew."""
    try:
        document: Any = json.loads(stored)
        schema = document.pop("schema")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise LinkUnreadable(f"it is no link ({type(error).__name__}: {error})") from error
    if type(schema) is int and schema > LINK_SCHEMA:
        raise LinkTooNew(
            f"the link has schema {schema} and this recgate reads {LINK_SCHEMA}: use a newer one"
        )
    try:
        link = Link(**document)
        is_exact = (
            link_bytes(link) == stored
            and all(type(document[name]) is int for name in _NUMBERS)
            and all(isinstance(document[name], str) for name in document.keys() - _NUMBERS)
            and link.at.utcoffset() is not None
        )
    except (TypeError, ValueError) as error:
        raise LinkUnreadable(f"it is no link ({type(error).__name__}: {error})") from error
    if not is_exact:
        raise LinkUnreadable("it is not in the canonical form in which recgate writes links")
    return link


def sha256(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
