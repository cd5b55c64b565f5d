"""Entries that no link tells of, and what is used twice: looked for once every chain was read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.canonical import canonical_json
from recgate.domain.chain import LOCAL, chain_of
from recgate.domain.link import Link, LinkTooNew, LinkUnreadable, link_from, sha256
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence, StoredEntry
from recgate.flows.evidence.chain_check import ChainCheck, Ground
from recgate.flows.evidence.continuation import named
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.marks import is_one_of
from recgate.flows.evidence.twins import EntryDigests, Twins

_MOST = 10_000
"""Entries without a link that are kept apart; of what is more, the number is told."""

_TOLD = 20
"""Entries of one chain that are told of one by one."""

_FORGED = (
    "it has no link: somebody else than recgate put it there, or a recgate of before there were "
    "chains (recgate audit adopt links it, and says since when)"
)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An entry that no link names. ``body`` is the digest of its body; ``is_adoptable`` says
    that adopting, which leaves out what recgate never wrote, would have linked it.
    """

    stream: str
    position: int
    kind: str
    key: str
    recorded_at: str
    body: str
    is_adoptable: bool

    @property
    def digests(self) -> EntryDigests:
        """What it says, wherever it stands."""
        return self.kind, self.key, self.recorded_at, self.body

    @property
    def name(self) -> str:
        """What it is, and where it stands."""
        return f"{self.kind}, number {self.position} of {self.stream}"


class UnlinkedEntries:
    """The entries without a link. ``more`` is how many there are beyond those that are kept.

    ``hidden`` are chains that entries say they are of, and that the ledger does not name.
    """

    def __init__(self, ground: Ground, checks: Sequence[ChainCheck]) -> None:
        self._places = ground.places
        self._links_all = ground.evidence.links_all()
        self.found: list[Unlinked] = []
        self.more = 0
        self._of_hidden: list[tuple[str, Unlinked]] = []
        ends = {check.chain: check.last for check in checks}
        for entry in ground.evidence.every_entry():
            if (entry.stream, entry.position) in self._places:
                continue
            if entry.chain is None or entry.sequence is None:
                self._keep(_unlinked(entry))
            elif entry.chain not in ends:
                if len(self._of_hidden) < _MOST:
                    self._of_hidden.append((entry.chain, _unlinked(entry)))
                else:
                    self.more += 1
            elif entry.sequence <= ends[entry.chain] or not _is_linked(entry, ground.evidence):
                self._keep(_unlinked(entry))
        # One that came to be while the others were read is named by now.
        listed = set(ground.evidence.chains()) if self._of_hidden else set()
        self._of_hidden = [each for each in self._of_hidden if each[0] not in listed]
        self.hidden = sorted({chain for chain, _ in self._of_hidden})

    def settle_hidden(self) -> None:
        """The hidden chains were read, too: their own entries have a link."""
        for _, entry in self._of_hidden:
            if (entry.stream, entry.position) not in self._places:
                self._keep(entry)
        self._of_hidden = []

    def _keep(self, entry: Unlinked) -> None:
        if len(self.found) < _MOST:
            self.found.append(entry)
        else:
            self.more += 1

    @property
    def digests(self) -> set[EntryDigests]:
        """What they say, wherever they stand."""
        return {each.digests for each in self.found}

    def tell(
        self, checks: Sequence[ChainCheck], others: FlawList, twins: Twins, where: str
    ) -> None:
        """Tell of each, in the list of its chain; what belongs to no chain in ``others``."""
        by_chain = {check.chain: check for check in checks}
        home = next((check.chain for check in checks if check.is_home), LOCAL)
        begins = min(
            (check.judge.first_at for check in checks if check.judge.first_at), default=None
        )
        older: dict[str, list[Unlinked]] = {}
        told: dict[FlawList, int] = {}
        for each in self.found:
            check = by_chain.get(chain_of(each.stream, home))
            flaws = check.flaws if check else others
            if check is not None and check.judge.left_over.explains(each.recorded_at, each.body):
                continue
            twin = twins.entries.get(each.digests)
            is_left_out = not (self._links_all and each.is_adoptable)
            if twin is None and is_left_out and _is_older(each, check, begins):
                older.setdefault(check.chain if check else "", []).append(each)
                continue
            told[flaws] = told.get(flaws, 0) + 1
            if told[flaws] > _TOLD:
                continue
            if twin is not None:
                what = f"it is a copy of the entry of #{twin[1]} of {twin[0]}, and has no link"
                flaws.tell(FlawKind.REPLAYED, None, what, where=where, record=each.name)
            else:
                flaws.tell(FlawKind.FORGED, None, _FORGED, where=where, record=each.name)
        for flaws, count in told.items():
            if count > _TOLD:
                what = f"{count - _TOLD} more entries have no link"
                flaws.tell(FlawKind.FORGED, None, what, where=where)
        for chain, entries in older.items():
            check = by_chain.get(chain)
            many = f"{len(entries)} entries have" if len(entries) > 1 else "an entry has"
            what = (
                f"{many} no link and may be older than the chain (recgate audit adopt links them; "
                "nothing vouches for them until then)"
            )
            flaws = check.flaws if check else others
            flaws.tell(FlawKind.UNCHECKED, None, what, where=where, record=entries[0].name)
        if self.more:
            what = f"{self.more} more entries have no link"
            others.tell(FlawKind.FORGED, None, what, where=where)


def tell_twice(checks: Sequence[ChainCheck], ground: Ground) -> None:
    """Tell of each id that two records have, and of each entry that two links name."""
    ids, places = ground.ids.twice(), ground.places.twice()
    if not ids and not places:
        return
    seen: dict[object, tuple[ChainCheck, int]] = {}
    for check in checks:
        for sequence, link in _links(ground.evidence, check.chain):
            used: list[tuple[object, str]] = []
            if is_one_of(link.id, ids):
                used.append((link.id, "its id is that of"))
            place = (link.stream, link.position)
            if is_one_of(place, places):
                used.append((place, "its link names the entry of"))
            for thing, words in used:
                first = seen.setdefault(thing, (check, sequence))
                if first == (check, sequence):
                    continue
                if first[0].flaws.explain(first[1]) or check.flaws.explain(sequence):
                    continue
                other = f"#{first[1]}" + ("" if first[0] is check else f" of {first[0].chain}")
                check.flaws.tell(
                    FlawKind.REPLAYED,
                    sequence,
                    f"{words} {other}",
                    where=ground.where,
                    record=named(link),
                )


def _links(evidence: Evidence, chain: str) -> Iterator[tuple[int, Link]]:
    for stored in evidence.links(chain):
        try:
            yield stored.sequence, link_from(stored.document)
        except (LinkUnreadable, LinkTooNew):
            continue


def _unlinked(entry: StoredEntry) -> Unlinked:
    return Unlinked(
        entry.stream,
        entry.position,
        entry.kind,
        entry.key,
        entry.recorded_at,
        sha256(entry.body),
        _is_canonical(entry.body),
    )


def _is_canonical(body: bytes) -> bool:
    """Whether a body is as recgate writes one."""
    try:
        document = json.loads(body.decode("utf-8", "surrogatepass"))
        return isinstance(document, dict) and canonical_json(document) == body
    except (ValueError, RecursionError):
        return False


def _is_linked(entry: StoredEntry, evidence: Evidence) -> bool:
    """Whether its link, of after the chain was read, is there and names it."""
    if entry.chain is None or entry.sequence is None:
        return False
    stored = next(iter(evidence.links(entry.chain, entry.sequence)), None)
    if stored is None or stored.sequence != entry.sequence:
        return False
    try:
        link = link_from(stored.document)
    except (LinkUnreadable, LinkTooNew):
        return False
    return (link.stream, link.position) == (entry.stream, entry.position) and (
        (link.chain, link.sequence) == (entry.chain, entry.sequence)
    )


def _is_older(entry: Unlinked, check: ChainCheck | None, begins: datetime | None) -> bool:
    """Whether it may be of before its chain began, or any of them where it has none.

    Once entries were adopted, none is left.
    """
    if check is not None and check.judge.first_at is not None:
        begins = check.judge.first_at
    if begins is None:
        return True
    at = _time(entry)
    return at is not None and at < begins and not (check is not None and check.adopted)


def _time(entry: Unlinked) -> datetime | None:
    try:
        at = datetime.fromisoformat(entry.recorded_at)
    except ValueError:
        return None
    return at if at.utcoffset() is not None else None
