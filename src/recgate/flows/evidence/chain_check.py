"""One chain checked, record by record, in the order of the chain and a few at a time."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from recgate.domain.chain import chain_of
from recgate.domain.link import Head
from recgate.domain.verification import ChainState, FlawKind
from recgate.evidence_ports import (
    ArchiveRefused,
    ArchiveUnavailable,
    Evidence,
    EvidenceArchive,
    SignatureCheck,
    StoredLink,
)
from recgate.flows.evidence.archive_check import ArchiveCheck
from recgate.flows.evidence.archive_reader import ArchiveReader
from recgate.flows.evidence.chain_walk import ChainWalk
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.index_check import IndexCheck
from recgate.flows.evidence.marks import Marks
from recgate.flows.evidence.record_judge import RecordJudge
from recgate.flows.evidence.record_look import Look, add_archived, add_entry, look_at
from recgate.flows.evidence.replay_check import Replay, ReplayCheck

TOGETHER = 100
"""Records that are read at once, and of which the archived objects are."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a verification works with; see `recgate.flows.evidence.verify.verify`.

    ``places`` and ``ids`` are the marks of every record's place and id, of all chains; ``index``
    is None where there is none to hold to them.
    """

    evidence: Evidence
    where: str
    check: SignatureCheck | None
    now: datetime
    stale_after: timedelta
    locks: bool
    pool: Executor
    replay: Replay | None
    places: Marks
    ids: Marks
    index: IndexCheck | None


class ChainCheck:
    """Looks at one chain, and keeps what it found."""

    def __init__(self, chain: str, ground: Ground, archive: EvidenceArchive | None) -> None:
        self.chain = chain
        self.judge = RecordJudge(chain, ground.evidence, ground.where)
        if ground.index is not None:
            self.judge.sound = ground.index.take
        self.reader: ArchiveReader | None = None
        self._ground = ground
        self._archive = archive
        judge = self.judge
        self._walk = ChainWalk(gap=judge.missing, settled=judge.settled, fork=judge.fork)
        self._replay = ReplayCheck(ground.replay, ground.evidence) if ground.replay else None
        self.is_home = False
        """Whether it holds what recgate did, and not only jobs of one account."""
        self.is_said_to_be_archived = False
        self.records = self.adopted = 0
        self.last = 0
        """The number of the last record."""
        self.digest = ""

    @property
    def flaws(self) -> FlawList:
        """What is wrong with the chain."""
        return self.judge.flaws

    @property
    def is_archive_lost(self) -> bool:
        """Whether the archive could not be read to the end."""
        return self._archive is not None and self.reader is None

    def run(self) -> Head | None:
        """Look at every link up to the head; gives the head, read after the links."""
        evidence, chain = self._ground.evidence, self.chain
        if self._archive is not None:
            self._open(self._archive)
        self._take_all(evidence.links(chain))
        head = evidence.head(chain)
        if head is not None and head.sequence > self.last:
            # Recorded while the others were read: each is there before the head tells of it.
            later = evidence.links(chain, self.last + 1)
            self._take_all(each for each in later if each.sequence <= head.sequence)
        if self._walk.end(head) and head is not None:
            what = (
                f"the head of the chain names {head.digest[:16]}… as the digest of record "
                f"#{head.sequence}, which is signed and has {self.digest[:16]}…: the head was "
                "changed"
            )
            self.flaws.tell(FlawKind.EDITED, None, what, where=self._ground.where)
        self.judge.end()
        return head

    @property
    def is_made_up(self) -> bool:
        """Whether it has nothing but links of other chains: then it never was one."""
        links = self.judge.moves.links
        return len(links) == self.records > 0 and all(each.of[0] != self.chain for each in links)

    def state(self) -> ChainState:
        """What was looked at."""
        judge = self.judge
        return ChainState(
            self.chain,
            self.records,
            judge.seals.valid,
            judge.archived.whole if judge.archived else None,
            self.digest,
            judge.first_at,
            judge.last_at,
            judge.checkpoints.newest_at,
            self._replay.judged if self._replay else None,
            self.adopted,
            judge.unchecked_seals,
        )

    def _take_all(self, links: Iterable[StoredLink]) -> None:
        for batch in in_batches(links, TOGETHER):
            looks = [look_at(stored) for stored in batch]
            places = [place for look in looks if (place := look.place) is not None]
            entries = self._ground.evidence.entries(places)
            for look in looks:
                entry = entries.get(look.place) if look.place else None
                add_entry(look, entry, self._ground.check)
            self._read_archive(looks)
            if self._replay is not None:
                self._replay.take(looks, self.judge.tell_of)
            for look in looks:
                self._take(look)

    def _open(self, archive: EvidenceArchive) -> None:
        ground = self._ground
        try:
            self.reader = ArchiveReader(archive, self.chain, ground.pool, ground.locks)
        except (ArchiveUnavailable, ArchiveRefused) as error:
            self._lose(error)
        else:
            check = ArchiveCheck(archive.where, ground.where, ground.locks, self.flaws)
            self.judge.archived, self.judge.held_by_archive = check, self.reader.passed

    def _read_archive(self, looks: Sequence[Look]) -> None:
        ours = [look for look in looks if look.sequence > self.last]
        if self.reader is None:
            return
        try:
            found = self.reader.archived(ours)
        except (ArchiveUnavailable, ArchiveRefused) as error:
            self._lose(error)
            return
        for look, archived in zip(ours, found, strict=True):
            add_archived(look, archived, self._ground.check)

    def _lose(self, error: Exception) -> None:
        where = self._archive.where if self._archive else ""
        what = f"the archive cannot be read: {error}"
        self.flaws.tell(FlawKind.UNCHECKED, None, what, where=where)
        self.reader = self.judge.archived = None

    def _take(self, look: Look) -> None:
        link = look.link
        self.records += 1
        seal = look.stored.seal
        self.is_said_to_be_archived |= seal is not None and bool(seal.archived_as)
        if link is not None:
            self._ground.places.add((link.stream, link.position))
            self._ground.ids.add(link.id)
            self.adopted += bool(link.adopted_at)
            self.is_home = self.is_home or not chain_of(link.stream, "")
        if look.sequence <= self.last:  # the store has no number for it, or one too small
            self.judge.moves.misplaced(look)
            return
        self.last, self.digest = look.sequence, look.digest
        self.judge.read(look)
        self._walk.take(look)


def in_batches(links: Iterable[StoredLink], size: int) -> Iterator[list[StoredLink]]:
    """The links, so many at once."""
    left = iter(links)
    while batch := list(islice(left, size)):
        yield batch
