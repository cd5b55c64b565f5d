"""The ports of the evidence with a state that tests can look at, and faults by plan.

`MemoryChains` is a ledger with chains in memory that a test may edit as no adapter would let it;
`MemoryArchive` and `FakeKey` are an archive and a key. All of them step through one `Plan`, which
says which call fails, and how: before it took effect, after it, or with the whole worker.
"""

import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from recgate.dialect.ledger_entry import decoded, encoded
from recgate.dialect.ledger_link import next_link
from recgate.domain.chain import LOCAL, chain_of
from recgate.domain.link import Head
from recgate.domain.record_id import ENTROPY_BYTES, record_id
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.evidence_ports import (
    ArchivedVersion,
    DefaultLock,
    NameTaken,
    Place,
    Retention,
    StoredEntry,
    StoredLink,
)
from recgate.ports import Entry, LedgerRefused, PositionTaken
from tests.flows.fakes import Clock, Crash


@dataclass
class Plan:
    """What goes wrong at which call to any of the fakes that share it.

    ``calls`` are the names of the calls made so far (``ledger.keep_seal``, ``archive.keep``,
    ``key.sign``, …); the first one is number 1. ``faults`` says what a call raises by its number,
    and whether after it took effect. ``outages`` says what every call whose name begins so
    raises before it takes effect. ``before`` is called with the name of each call.

    After a Crash every call raises it, because the worker is gone; `revive` starts another one.
    """

    calls: list[str] = field(default_factory=list)
    faults: dict[int, tuple[BaseException, bool]] = field(default_factory=dict)
    outages: dict[str, Exception] = field(default_factory=dict)
    before: Callable[[str], None] = lambda name: None
    dead: bool = False

    def fail(self, number: int, error: BaseException, *, after: bool = False) -> None:
        """Let the call of that number raise ``error``."""
        self.faults[number] = (error, after)

    def revive(self) -> None:
        """Start another worker in the place of one that crashed; no fault is left."""
        self.dead = False
        self.faults.clear()
        self.outages.clear()

    def count(self, name: str) -> int:
        """How many calls have that name."""
        return self.calls.count(name)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One call: its effect goes into the block."""
        if self.dead:
            raise Crash
        self.calls.append(name)
        self.before(name)
        for beginning, error in self.outages.items():
            if name.startswith(beginning):
                raise error
        fault, after = self.faults.pop(len(self.calls), (None, False))
        if fault is not None and not after:
            self._raise(fault)
        yield
        if fault is not None:
            self._raise(fault)

    def _raise(self, fault: BaseException) -> None:
        self.dead = isinstance(fault, Crash)
        raise fault


@dataclass
class MemoryChains:
    """A ledger and its chains. Edit ``stored``, ``linked``, ``heads`` and ``sealed`` to tamper."""

    home: str = LOCAL
    plan: Plan = field(default_factory=Plan)
    stored: dict[Place, StoredEntry] = field(default_factory=dict)
    linked: dict[str, dict[int, StoredLink]] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    sealed: dict[str, Head] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=itertools.count)
    is_all_linked: bool = False

    # The ledger.

    def read(self, stream: str) -> Sequence[Entry]:
        with self.plan.step("ledger.read"):
            found = sorted(place for place in self.stored if place[0] == stream)
            entries = [self.stored[place] for place in found]
            return tuple(decoded(e.kind, e.key, e.recorded_at, e.body) for e in entries)

    def append(self, stream: str, position: int, entry: Entry) -> None:
        with self.plan.step("ledger.append"):
            self._append(stream, position, entry, adopted_at="")

    def add(
        self, stream: str, kind: str, key: str, body: Mapping[str, object], at: datetime
    ) -> int:
        """Append behind the end of the stream, outside of the plan; gives the position."""
        position = sum(place[0] == stream for place in self.stored)
        self._append(stream, position, Entry(kind, key, at, body), adopted_at="")  # type: ignore[arg-type]
        return position

    def _append(self, stream: str, position: int, entry: Entry, *, adopted_at: str) -> None:
        end = sum(place[0] == stream for place in self.stored)
        if position < end:
            raise PositionTaken(f"{stream} {position}")
        if position > end:
            raise LedgerRefused(f"{stream} has only {end} entries")
        recorded_at, body = encoded(stream, position, entry, where=stream)
        chain = chain_of(stream, self.home)
        entropy = next(self._ids).to_bytes(ENTROPY_BYTES)
        new = next_link(
            stream,
            position,
            entry,
            recorded_at=recorded_at,
            body=body,
            chain=chain,
            head=self.heads.get(chain),
            new_id=record_id(entry.recorded_at, entropy),
            adopted_at=adopted_at,
        )
        self.stored[stream, position] = StoredEntry(
            stream, position, entry.kind, entry.key, recorded_at, body, chain, new.link.sequence
        )
        links = self.linked.setdefault(chain, {})
        links[new.link.sequence] = StoredLink(chain, new.link.sequence, new.document, None)
        self.heads[chain] = new.head

    # Its chains.

    def chains(self) -> Sequence[str]:
        with self.plan.step("ledger.chains"):
            return sorted({*self.linked, *self.heads})

    def head(self, chain: str) -> Head | None:
        with self.plan.step("ledger.head"):
            return self.heads.get(chain)

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        with self.plan.step("ledger.links"):
            links = self.linked.get(chain, {})
            found = [links[number] for number in sorted(links) if number >= first]
        yield from found

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        with self.plan.step("ledger.entries"):
            return {place: self.stored[place] for place in places if place in self.stored}

    def every_entry(self) -> Iterator[StoredEntry]:
        with self.plan.step("ledger.every_entry"):
            found = list(self.stored.values())
        yield from found

    def bent(self) -> Sequence[str]:
        return ()

    def links_all(self) -> bool:
        return self.is_all_linked

    def sealed_to(self, chain: str) -> Head | None:
        with self.plan.step("ledger.sealed_to"):
            return self.sealed.get(chain)

    def keep_seal(self, chain: str, sequence: int, seal: Seal) -> bool:
        with self.plan.step("ledger.keep_seal"):
            link = self.linked[chain][sequence]
            self.linked[chain][sequence] = replace(link, seal=link.seal or seal)
            return link.seal is None

    def move_sealed(self, chain: str, head: Head) -> None:
        with self.plan.step("ledger.move_sealed"):
            before = self.sealed.get(chain)
            if before is None or before.sequence < head.sequence:
                self.sealed[chain] = head

    # What a test does to it.

    def edit(self, place: Place, **changes: object) -> None:
        """Change an entry where it stands."""
        self.stored[place] = replace(self.stored[place], **changes)  # type: ignore[arg-type]

    def edit_link(self, chain: str, sequence: int, document: bytes) -> None:
        """Change the bytes of a link where it stands."""
        self.linked[chain][sequence] = replace(self.linked[chain][sequence], document=document)

    def seal_of(self, chain: str, sequence: int) -> Seal | None:
        """The seal that is kept of a record, outside of the plan."""
        return self.linked[chain][sequence].seal

    def copied(self) -> "MemoryChains":
        """A backup: what is there now, under the same plan."""
        links = {chain: dict(of_chain) for chain, of_chain in self.linked.items()}
        return MemoryChains(
            self.home,
            self.plan,
            dict(self.stored),
            links,
            dict(self.heads),
            dict(self.sealed),
            itertools.count(1_000_000),
        )


@dataclass
class MemoryArchive:
    """An archive with versions. ``put_on_top`` and ``mark_deleted`` are what others may do.

    ``locks`` None: versions are not locked. ``default`` None: it locks nothing by itself.
    """

    plan: Plan = field(default_factory=Plan)
    clock: Callable[[], datetime] = field(default_factory=Clock)
    locks: Retention | None = field(
        default_factory=lambda: Retention("GOVERNANCE", datetime(2036, 1, 1, tzinfo=UTC))
    )
    default: DefaultLock | None = field(
        default_factory=lambda: DefaultLock("GOVERNANCE", days=3_650)
    )
    objects: dict[str, list[tuple[str, bytes | None, datetime]]] = field(default_factory=dict)
    """For each name its versions, the oldest first: id, content (None: a marker), time."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def where(self) -> str:
        return "memory:archive"

    def keep(self, name: str, content: bytes) -> str:
        with self.plan.step("archive.keep"):
            versions = self.objects.get(name, [])
            if versions and versions[-1][1] is not None:
                raise NameTaken(f"{name} is in {self.where} already")
            return self.put_on_top(name, content)

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        with self.plan.step("archive.versions"):
            found = [
                ArchivedVersion(name, version, version == kept[-1][0], content is None, at)
                for name, kept in sorted(self.objects.items())
                if name.startswith(prefix)
                for version, content, at in reversed(kept)
            ]
        yield from found

    def content(self, name: str, version: str) -> bytes | None:
        with self.plan.step("archive.content"):
            kept = self.objects.get(name, [])
            if not version:
                return kept[0][1] if kept else None
            return next((content for each, content, _ in kept if each == version), None)

    def retention(self, name: str, version: str) -> Retention | None:
        with self.plan.step("archive.retention"):
            return self.locks

    def default_lock(self) -> DefaultLock | None:
        with self.plan.step("archive.default_lock"):
            return self.default

    def put_on_top(self, name: str, content: bytes) -> str:
        """Write a version whatever there is, outside of the plan; gives its id."""
        version = f"v{next(self._ids)}"
        self.objects.setdefault(name, []).append((version, content, self.clock()))
        return version

    def mark_deleted(self, name: str) -> str:
        """Put a delete marker on top, outside of the plan; gives its id."""
        version = f"m{next(self._ids)}"
        self.objects.setdefault(name, []).append((version, None, self.clock()))
        return version


@dataclass
class FakeKey:
    """A key that signs and checks: no two signatures of it are the same, as with ECDSA.

    It is a `Signer`, and its `check` a `SignatureCheck`. ``signed`` are the messages.
    """

    key_id: str = "arn:aws:kms:eu-west-1:111122223333:key/fake"
    secret: bytes = b"secret"
    plan: Plan = field(default_factory=Plan)
    signed: list[bytes] = field(default_factory=list)

    def sign(self, message: bytes) -> Signature:
        with self.plan.step("key.sign"):
            self.signed.append(message)
            salt = len(self.signed).to_bytes(8)
            return Signature(self.key_id, salt + self._code(salt + message))

    def made(self, message: bytes, signature: Signature) -> bool:
        with self.plan.step("key.made"):
            return self.check(message, signature) is not None

    def public_key(self) -> bytes:
        with self.plan.step("key.public_key"):
            digits = hashlib.sha256(self.secret).hexdigest()
            return f"-----BEGIN PUBLIC KEY-----\n{digits}\n-----END PUBLIC KEY-----\n".encode()

    def check(self, message: bytes, signature: Signature) -> str | None:
        """The key's id, if this key made the signature over the message."""
        salt, code = signature.value[:8], signature.value[8:]
        return self.key_id if hmac.compare_digest(code, self._code(salt + message)) else None

    def _code(self, message: bytes) -> bytes:
        return hmac.digest(self.secret, message, "sha256")
