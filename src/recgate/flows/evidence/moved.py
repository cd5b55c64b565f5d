"""Records that stand where another one belongs: exchanged, copied, moved up or down.

Which of it happened is known when every chain was read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from recgate.domain.link import Link, LinkTooNew, LinkUnreadable, link_from, sha256
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence, StoredEntry, StoredLink
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.record_look import Look
from recgate.flows.evidence.recorded_changes import body_changes
from recgate.flows.evidence.twins import InChain, Twins, signature_at


@dataclass(frozen=True, slots=True)
class Misplaced:
    """The link that stands at ``sequence`` is that of ``of``."""

    sequence: int
    of: InChain
    digest: str
    name: str


@dataclass(frozen=True, slots=True)
class Differing:
    """The entry of the record is not the linked one. ``found`` is the digest of its body now,
    ``linked`` that of the body that it had; ``words`` say what differs.
    """

    sequence: int
    linked: str
    found: str
    words: str
    name: str


@dataclass
class Moves:
    """What of one chain stands at a wrong place."""

    chain: str
    links: list[Misplaced] = field(default_factory=list)
    entries: list[Differing] = field(default_factory=list)
    seals: list[int] = field(default_factory=list)

    def misplaced(self, look: Look) -> None:
        """The link is that of another place."""
        of = (look.link.chain, look.link.sequence) if look.link else (self.chain, -1)
        self.links.append(Misplaced(look.sequence, of, look.digest, look.name))

    def differs(self, look: Look) -> None:
        """The entry is not the one that was linked."""
        link, entry = look.link, look.entry
        if link is not None and entry is not None:
            words, found = _difference(look, link, entry), sha256(entry.body)
            self.entries.append(Differing(look.sequence, link.body_digest, found, words, look.name))

    def wrong_seal(self, sequence: int) -> None:
        """The signature is not by the key; it may be another record's."""
        self.seals.append(sequence)

    @property
    def shift(self) -> int:
        """By how many places the last links of the chain moved up."""
        runs = list(_runs(self.links))
        if not runs or len(runs[-1]) < 2:
            return 0
        last = runs[-1][-1]
        return max(last.of[1] - last.sequence, 0)


def tell_moves(
    moves: Sequence[tuple[Moves, FlawList]], twins: Twins, evidence: Evidence, where: str
) -> None:
    """Tell what stands at a wrong place, each chain in its own list."""
    for of_chain, flaws in moves:
        for run in _runs(of_chain.links):
            _tell_links(run, of_chain, flaws, evidence, where)
        _tell_entries(of_chain, flaws, twins, where)
        for sequence in of_chain.seals:
            signature = signature_at(evidence, of_chain.chain, sequence)
            other = twins.signatures.get(signature) if signature else None
            if other is not None and other != (of_chain.chain, sequence):
                flaws.add_to(sequence, f"it is that of {_record(other, of_chain.chain)}")


def _tell_links(
    run: Sequence[Misplaced], moves: Moves, flaws: FlawList, evidence: Evidence, where: str
) -> None:
    first, last = run[0], run[-1]
    offset = first.of[1] - first.sequence
    if first.sequence < 1:
        for each in run:
            what = f"the link of {_record(each.of, moves.chain)} stands at no number of the chain"
            flaws.tell(FlawKind.REORDERED, None, what, where=where, record=each.name)
        return
    if len(run) > 1 and offset > 0:
        behind = f"#{first.of[1]} to #{last.of[1]} stand {offset} too far up"
        flaws.tell(
            FlawKind.DELETED,
            first.sequence,
            f"it was taken out, and what was behind it moved up: {behind}",
            where=where,
            last=first.of[1] - 1 if offset > 1 else None,
        )
        return
    if len(run) > 1:
        behind = f"#{first.of[1]} to #{last.of[1]} stand {-offset} too far down"
        what = f"a record was put in here, and what was behind it moved down: {behind}"
        flaws.tell(FlawKind.FORGED, first.of[1], what, where=where)
        return
    here = (moves.chain, first.sequence)
    back = next((m for m in moves.links if (moves.chain, m.sequence) == first.of), None)
    if back is not None and back.of == here:
        if first.sequence < back.sequence:
            what = f"its place and that of #{back.sequence} were exchanged"
            flaws.tell(FlawKind.REORDERED, first.sequence, what, where=where, record=first.name)
        return
    there = next(iter(evidence.links(*first.of)), None) if first.of[1] > 0 else None
    is_copy = there is not None and (there.chain, there.sequence) == first.of
    is_copy = is_copy and there is not None and sha256(there.document) == first.digest
    other = _record(first.of, moves.chain)
    if there is None or (not is_copy and _is_at_home(there, first.of) and back is None):
        what = f"its link was changed: it says that it is that of {other}"
        flaws.tell(FlawKind.EDITED, first.sequence, what, where=where, record=first.name)
    elif is_copy:
        what = f"its place holds a copy of the link of {other}"
        flaws.tell(FlawKind.REPLAYED, first.sequence, what, where=where, record=first.name)
    else:
        what = f"its place holds the link of {other}"
        flaws.tell(FlawKind.REORDERED, first.sequence, what, where=where, record=first.name)


def _tell_entries(moves: Moves, flaws: FlawList, twins: Twins, where: str) -> None:
    by_linked = {each.linked: each for each in moves.entries}
    for differing in moves.entries:
        other = by_linked.get(differing.found)
        if other is not None and other is not differing:
            if other.found != differing.linked or differing.sequence < other.sequence:
                what = f"its entry is that of #{other.sequence}"
                if other.found == differing.linked:
                    what = f"its entry and that of #{other.sequence} were exchanged"
                flaws.tell(
                    FlawKind.REORDERED, differing.sequence, what, where=where, record=differing.name
                )
            continue
        twin = twins.bodies.get(differing.found)
        if twin is not None and differing.found != differing.linked:
            kind, what = (
                FlawKind.REPLAYED,
                f"its entry is a copy of that of {_record(twin, moves.chain)}",
            )
        else:
            kind, what = FlawKind.EDITED, f"its entry was changed: {differing.words}"
        flaws.tell(kind, differing.sequence, what, where=where, record=differing.name)


def _difference(look: Look, link: Link, entry: StoredEntry) -> str:
    """What of the entry differs, with the values where both are known."""
    said = look.testimony
    words = []
    for name in look.differences:
        match name:
            case "kind":
                words.append(f"its kind is {entry.kind!r} and was {link.kind!r}")
            case "key":
                words.append(f"its key is {entry.key!r} and was {link.key!r}")
            case "time":
                words.append(f"its time is {entry.recorded_at} and was {link.recorded_at}")
            case _:
                then = said.statement.body if said and said.is_signed and said.statement else None
                if then is not None and sha256(then) == link.body_digest:
                    words.append(body_changes(entry.body, then))
                else:
                    words.append(
                        f"its body has the digest {sha256(entry.body)[:16]}… and had "
                        f"{link.body_digest[:16]}…"
                    )
    return "; ".join(words)


def _runs(links: Sequence[Misplaced]) -> Iterator[Sequence[Misplaced]]:
    """Misplaced links in a row that are all as far off."""
    run: list[Misplaced] = []
    for link in sorted(links, key=lambda each: each.sequence):
        if run and not _goes_on(run[-1], link):
            yield run
            run = []
        run.append(link)
    if run:
        yield run


def _goes_on(before: Misplaced, link: Misplaced) -> bool:
    return (
        link.sequence == before.sequence + 1
        and link.of[0] == before.of[0]
        and link.of[1] == before.of[1] + 1
        and link.of[1] > 0
    )


def _is_at_home(stored: StoredLink, place: InChain) -> bool:
    """Whether the link at that place says that it is the one of that place."""
    try:
        link = link_from(stored.document)
    except (LinkUnreadable, LinkTooNew):
        return False
    return (stored.chain, stored.sequence) == place == (link.chain, link.sequence)


def _record(place: InChain, chain: str) -> str:
    return f"#{place[1]}" if place[0] == chain else f"#{place[1]} of {place[0]}"
