"""A ledger in memory that is recorded in, sealed and verified, and that tests tamper with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from recgate.domain.canonical import canonical_json
from recgate.domain.link import NOTHING_BEFORE, Head, Link, link_bytes, link_from, sha256
from recgate.domain.seal import Seal
from recgate.domain.statement import Envelope, statement_bytes
from recgate.domain.verification import Flaw, FlawKind, Verification
from recgate.evidence_ports import EvidenceArchive, Place, SignatureCheck
from recgate.flows.evidence.checkpoint import checkpoint
from recgate.flows.evidence.replay_check import Replay
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.verify import verify
from tests.flows.evidence_fakes import FakeKey, MemoryArchive, MemoryChains
from tests.flows.fakes import Clock

SHOP = "111122223333/eu-west-1"
JOB = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
RECORDS = 8
"""How many records `a_desk` has; the last one is a checkpoint."""


@dataclass
class Desk:
    """A ledger, an archive that locks, a key, and a clock."""

    clock: Clock = field(default_factory=Clock)
    ledger: MemoryChains = field(default_factory=MemoryChains)
    key: FakeKey = field(default_factory=FakeKey)

    def __post_init__(self) -> None:
        self.archive = MemoryArchive(clock=self.clock)

    @property
    def parts(self) -> SealParts:
        return SealParts(self.ledger, self.key, self.archive, self.clock)

    def record(
        self, count: int = 1, *, kind: str = "decision", stream: str = "", **body: Any
    ) -> None:
        """Record so many entries, a second apart."""
        for _ in range(count):
            number = len(self.ledger.stored)
            self.clock.advance(seconds=1)
            self.ledger.add(
                stream or f"{JOB}job-{number // 3}",
                kind,
                f"key-{number}",
                {"number": number, "verdict": "FAIL", **body},
                self.clock(),
            )

    def seal(self) -> None:
        """Sign and archive what is not yet; all of it can be."""
        assert seal(self.parts).is_all

    def checkpoint(self) -> None:
        """Make the checkpoint of the day."""
        checkpoint(self.parts, self.clock())

    def verify(
        self,
        *,
        archive: EvidenceArchive | None = None,
        is_archived: bool = True,
        check: SignatureCheck | None = None,
        has_key: bool = True,
        checkpoints: Sequence[Envelope] = (),
        replay: Replay | None = None,
        after: timedelta = timedelta(hours=1),
    ) -> Verification:
        return verify(
            self.ledger,
            where="the ledger",
            archive=(archive or self.archive) if is_archived else None,
            check=(check or self.key.check) if has_key else None,
            checkpoints=checkpoints,
            now=self.clock() + after,
            replay=replay,
            locks=True,
        )

    # What somebody does who may write to the ledger.

    def link(self, sequence: int, chain: str = SHOP) -> Link:
        """The link at that place."""
        return link_from(self.ledger.linked[chain][sequence].document)

    def place(self, sequence: int, chain: str = SHOP) -> Place:
        """Where the entry of that record stands."""
        link = self.link(sequence, chain)
        return link.stream, link.position

    def edit_body(self, sequence: int, **changes: Any) -> None:
        """Change what the entry of a record says."""
        place = self.place(sequence)
        body = json.loads(self.ledger.stored[place].body) | changes
        self.ledger.edit(place, body=canonical_json(body))

    def edit_link(self, number: int, /, **changes: Any) -> None:
        """Change a link, and nothing with it."""
        self.ledger.edit_link(SHOP, number, link_bytes(replace(self.link(number), **changes)))

    def edit_seal(self, sequence: int, **changes: Any) -> None:
        """Change a seal."""
        stored = self.ledger.linked[SHOP][sequence]
        assert stored.seal is not None
        self.ledger.linked[SHOP][sequence] = replace(stored, seal=replace(stored.seal, **changes))

    def take_seal(self, sequence: int) -> Seal | None:
        """Remove a seal; gives it."""
        stored = self.ledger.linked[SHOP][sequence]
        self.ledger.linked[SHOP][sequence] = replace(stored, seal=None)
        return stored.seal

    def delete(self, sequence: int, *, link: bool = True, entry: bool = True) -> None:
        """Remove a record, or one half of it."""
        place = self.place(sequence)
        if entry:
            del self.ledger.stored[place]
        if link:
            del self.ledger.linked[SHOP][sequence]

    def rechain(self, first: int) -> None:
        """Chain everything from a record on anew, to what its entry says now, and move the head
        and the mark of what is sealed: all that can be done without the key.
        """
        links = self.ledger.linked[SHOP]
        previous = sha256(links[first - 1].document) if first > 1 else NOTHING_BEFORE
        for sequence in range(first, max(links) + 1):
            link = self.link(sequence)
            entry = self.ledger.stored[link.stream, link.position]
            document = link_bytes(
                replace(
                    link,
                    previous=previous,
                    body_digest=sha256(entry.body),
                    kind=entry.kind,
                    key=entry.key,
                    recorded_at=entry.recorded_at,
                )
            )
            self.ledger.edit_link(SHOP, sequence, document)
            previous = sha256(document)
        self.ledger.heads[SHOP] = Head(max(links), previous)
        mark = self.ledger.sealed.get(SHOP)
        if mark is not None and mark.sequence >= first:
            there = links[mark.sequence].document
            self.ledger.sealed[SHOP] = Head(mark.sequence, sha256(there))

    def cut(self, last: int, *, head: bool, entries: bool = True) -> None:
        """Cut off what is behind a record, and set head and mark back."""
        for sequence in range(max(self.ledger.linked[SHOP]), last, -1):
            self.delete(sequence, entry=entries)
        if head:
            there = Head(last, sha256(self.ledger.linked[SHOP][last].document))
            self.ledger.heads[SHOP] = self.ledger.sealed[SHOP] = there

    def envelope(self, sequence: int, chain: str = SHOP) -> Envelope:
        """The envelope of a record, as somebody would keep it elsewhere."""
        stored = self.ledger.linked[chain][sequence]
        assert stored.seal is not None
        body = self.ledger.stored[self.place(sequence, chain)].body
        return Envelope(statement_bytes(stored.document, body), stored.seal.signature)

    def object_name(self, sequence: int) -> str:
        return f"records/{SHOP}/{sequence:012d}.json"


def a_desk(records: int = RECORDS - 1) -> Desk:
    """So many records of decisions and a checkpoint, all of them sealed."""
    desk = Desk()
    desk.record(records)
    desk.checkpoint()
    desk.seal()
    return desk


def told(found: Verification) -> list[tuple[FlawKind, int | None]]:
    """Each flaw in short."""
    return [(flaw.kind, flaw.sequence) for flaw in found.flaws]


def only(found: Verification) -> Flaw:
    """The one flaw that there is."""
    assert len(found.flaws) == 1, [str(flaw) for flaw in found.flaws]
    return found.flaws[0]
