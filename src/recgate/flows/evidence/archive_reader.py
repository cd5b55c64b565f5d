"""The archive read along a chain: its listing once, its objects many at a time."""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import groupby

from recgate.domain.seal import archive_name
from recgate.domain.statement import EnvelopeUnreadable, envelope_from
from recgate.evidence_ports import ArchivedVersion, ArchiveRefused, EvidenceArchive
from recgate.flows.evidence.archived_look import Archived
from recgate.flows.evidence.record_look import Look

RECORDS = "records/"
"""How the name of every archived record begins (`recgate.domain.seal.archive_name`)."""

_NAME = re.compile(r"records/(.+)/(\d{12,})\.json")


def place_of(name: str) -> tuple[str, int] | None:
    """The chain and the sequence number of the record that an object of that name is for."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    chain, sequence = found[1], int(found[2])
    return (chain, sequence) if sequence and archive_name(chain, sequence) == name else None


@dataclass
class ArchiveReader:
    """The objects of one chain, asked for in the order of the sequence numbers.

    ``locks`` says whether the archive can lock what it holds. ``foreign`` are the names that are
    no record's; ``passed`` the numbers of objects for which no record was asked.
    Everything raises ArchiveUnavailable and ArchiveRefused.
    """

    archive: EvidenceArchive
    chain: str
    pool: Executor
    locks: bool
    foreign: list[str] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    _listing: Iterator[tuple[int, tuple[ArchivedVersion, ...]]] = field(init=False)
    _ahead: tuple[int, tuple[ArchivedVersion, ...]] | None = field(init=False)

    def __post_init__(self) -> None:
        self._listing = self._listed()
        self._ahead = next(self._listing, None)

    def archived(self, looks: Sequence[Look]) -> Sequence[Archived]:
        """What is there for each of these records, which come in order."""
        asked = [(look, self._versions_of(look.sequence)) for look in looks]
        return list(self.pool.map(lambda each: self._read(*each), asked))

    def content(self, sequence: int) -> bytes | None:
        """What the oldest version of the object for that place holds."""
        return self.archive.content(archive_name(self.chain, sequence), "")

    def rest(self) -> Iterator[int]:
        """The numbers of the objects behind the last record that was asked for."""
        while self._ahead is not None:
            yield self._ahead[0]
            self._ahead = next(self._listing, None)

    def _versions_of(self, sequence: int) -> tuple[ArchivedVersion, ...]:
        while self._ahead is not None and self._ahead[0] < sequence:
            self.passed.append(self._ahead[0])
            self._ahead = next(self._listing, None)
        if self._ahead is None or self._ahead[0] != sequence:
            return ()
        versions = self._ahead[1]
        self._ahead = next(self._listing, None)
        return versions

    def _read(self, look: Look, versions: tuple[ArchivedVersion, ...]) -> Archived:
        seal, name = look.stored.seal, look.object_name
        oldest = next((each.version for each in reversed(versions) if not each.is_marker), "")
        version = oldest
        if seal is not None and seal.archived_as == name:
            version = seal.version
        elif not versions:
            return Archived((), "", None, None)
        try:
            content = self.archive.content(name, version) if version else None
        except ArchiveRefused as refusal:  # of this one object; the others may be fine
            return Archived(versions, version, None, None, trouble=str(refusal))
        other = None
        if content is None and oldest and oldest != version:
            held = self.archive.content(name, oldest)
            other = oldest if held is not None and _has(held, look.payload) else None
        locked = self.locks and content is not None
        retention = self.archive.retention(name, version) if locked else None
        return Archived(versions, version, content, retention, other=other)

    def _listed(self) -> Iterator[tuple[int, tuple[ArchivedVersion, ...]]]:
        """The objects of the chain, each with its versions, the newest first."""
        for name, versions in by_name(self.archive.versions(f"{RECORDS}{self.chain}/")):
            place = place_of(name)
            if place is not None and place[0] == self.chain:
                yield place[1], versions
            else:
                self.foreign.append(name)


def by_name(
    versions: Iterable[ArchivedVersion],
) -> Iterator[tuple[str, tuple[ArchivedVersion, ...]]]:
    """The versions of each object, the newest first."""
    for name, of_name in groupby(versions, key=lambda each: each.name):
        yield name, tuple(of_name)


def _has(content: bytes, payload: bytes | None) -> bool:
    """Whether it is the envelope of that payload."""
    try:
        return envelope_from(content).payload == payload
    except EnvelopeUnreadable:
        return False
