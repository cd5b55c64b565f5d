"""The archive verified by itself: what its envelopes prove when the ledger is not at hand, or gone.

An archive is read as if it were the ledger that it was made from, and then verified as one. Of
each object the oldest version is the one that was kept.
"""

import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Any

from recgate.domain.canonical import canonical_json
from recgate.domain.link import FIRST, Head, LinkTooNew, link_bytes, sha256
from recgate.domain.seal import Seal
from recgate.domain.statement import (
    Envelope,
    EnvelopeUnreadable,
    Signature,
    envelope_from,
    statement_from,
)
from recgate.domain.verification import Verification
from recgate.evidence_ports import (
    ArchivedVersion,
    DefaultLock,
    EvidenceArchive,
    Place,
    Retention,
    SignatureCheck,
    StoredEntry,
    StoredLink,
)
from recgate.flows.evidence.archive_reader import RECORDS, by_name, place_of
from recgate.flows.evidence.replay_check import Replay
from recgate.flows.evidence.verify import STALE_AFTER, verify

_TOGETHER = 100
_REMEMBERED = 4 * _TOGETHER
"""Objects that are in memory at once: a record is checked within two batches of its reading."""


def verify_archive(
    archive: EvidenceArchive,
    *,
    check: SignatureCheck | None,
    checkpoints: Sequence[Envelope] = (),
    now: datetime,
    replay: Replay | None = None,
    stale_after: timedelta = STALE_AFTER,
    locks: bool = False,
) -> Verification:
    """Look at every record in an archive, and name each flaw; see `verify`.

    Raises ArchiveUnavailable, ArchiveRefused.
    """
    once = _ReadOnce(archive)
    found = verify(
        _ArchivedChains(once),
        where=archive.where,
        archive=once,
        check=check,
        checkpoints=checkpoints,
        now=now,
        replay=replay,
        stale_after=stale_after,
        locks=locks,
    )
    return _told_once(found)


def _told_once(found: Verification) -> Verification:
    """An object that is no record is no link either: that is told as what the object is."""
    told: set[tuple[object, ...]] = set()
    kept = []
    for flaw in reversed(found.flaws):  # what is told of the object comes behind
        key = (flaw.chain, flaw.sequence, flaw.kind)
        if flaw.sequence is None or key not in told:
            kept.append(flaw)
        told.add(key)
    return replace(found, flaws=tuple(reversed(kept)))


class _ArchivedChains:
    """Reads an archive as a ledger (`recgate.evidence_ports.Evidence`)."""

    def __init__(self, archive: EvidenceArchive) -> None:
        self._archive = archive
        self._entries: OrderedDict[Place, StoredEntry] = OrderedDict()

    def chains(self) -> Sequence[str]:
        """The chains that there are objects of."""
        names = (place_of(name) for name, _ in by_name(self._archive.versions(RECORDS)))
        return sorted({place[0] for place in names if place is not None})

    def head(self, chain: str) -> Head | None:
        """What the last object says."""
        last = deque(self._objects(chain, FIRST), maxlen=1)
        if not last:
            return None
        link = self._link(chain, *last[0])
        return Head(link.sequence, sha256(link.document))

    def sealed_to(self, chain: str) -> Head | None:
        """Everything in an archive is sealed."""
        return self.head(chain)

    def links(self, chain: str, first: int = FIRST) -> Iterator[StoredLink]:
        """The links in the envelopes; of an object that is no envelope, bytes that are none."""
        objects = self._objects(chain, first)
        with ThreadPoolExecutor(16) as pool:
            while batch := list(islice(objects, _TOGETHER)):
                yield from pool.map(lambda each: self._link(chain, *each), batch)

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        """The entries in the envelopes that were read last."""
        return {place: self._entries[place] for place in places if place in self._entries}

    def every_entry(self) -> Iterator[StoredEntry]:
        """None beside those of the links: an envelope has both or neither."""
        return iter(())

    def bent(self) -> Sequence[str]:
        """Nothing: an archive is read by names alone."""
        return ()

    def links_all(self) -> bool:
        """Nothing is in an archive without its link."""
        return True

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        """Nothing is kept here."""
        raise NotImplementedError

    def move_sealed(self, chain: str, head: Head) -> None:
        """Nothing is kept here."""
        raise NotImplementedError

    def _objects(self, chain: str, first: int) -> Iterator[tuple[int, str, str]]:
        """The number, the name and the kept version of each object of a chain."""
        for name, versions in by_name(self._archive.versions(f"{RECORDS}{chain}/")):
            place = place_of(name)
            if place is not None and place[0] == chain and place[1] >= first:
                oldest = next((v.version for v in reversed(versions) if not v.is_marker), "")
                if oldest:
                    yield place[1], name, oldest

    def _link(self, chain: str, sequence: int, name: str, version: str) -> StoredLink:
        content = self._archive.content(name, version) or b""
        unknown = Seal(Signature("", b""), "", name, version)
        try:
            envelope = envelope_from(content)
            statement = statement_from(envelope.payload)
        except EnvelopeUnreadable:
            return StoredLink(chain, sequence, content[:_TOGETHER], unknown)
        except LinkTooNew:
            return StoredLink(chain, sequence, _newer_link(envelope), unknown)
        link = statement.link
        self._remember(
            StoredEntry(
                link.stream,
                link.position,
                link.kind,
                link.key,
                link.recorded_at,
                statement.body,
                link.chain,
                link.sequence,
            )
        )
        seal = Seal(envelope.signature, "", name, version)
        return StoredLink(chain, sequence, link_bytes(link), seal)

    def _remember(self, entry: StoredEntry) -> None:
        self._entries[entry.stream, entry.position] = entry
        while len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)


def _newer_link(envelope: Envelope) -> bytes:
    """The link in the payload of a later version, of which nothing but its digest is known."""
    document: Any = json.loads(envelope.payload)
    return canonical_json(document["predicate"]["link"])


class _ReadOnce:
    """An archive whose last objects are kept in memory: each is needed twice."""

    def __init__(self, archive: EvidenceArchive) -> None:
        self._archive = archive
        self._contents: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()
        self._lock = Lock()

    @property
    def where(self) -> str:
        """What people call the archive."""
        return self._archive.where

    def keep(self, name: str, content: bytes) -> str:
        """Nothing is kept here."""
        raise NotImplementedError

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        """As the archive has it."""
        return self._archive.versions(prefix)

    def content(self, name: str, version: str) -> bytes | None:
        """As the archive has it."""
        key = (name, version)
        with self._lock:
            if key in self._contents:
                return self._contents[key]
        content = self._archive.content(name, version)
        with self._lock:
            self._contents[key] = content
            while len(self._contents) > _REMEMBERED:
                self._contents.popitem(last=False)
        return content

    def retention(self, name: str, version: str) -> Retention | None:
        """As the archive has it."""
        return self._archive.retention(name, version)

    def default_lock(self) -> DefaultLock | None:
        """As the archive has it."""
        return self._archive.default_lock()
