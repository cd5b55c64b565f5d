"""What is wrong with each record of a chain once its neighbours are known, in words."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from recgate.domain.chain import chain_of
from recgate.domain.link import Link
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence, StoredEntry
from recgate.flows.evidence.archive_check import ArchiveCheck
from recgate.flows.evidence.archive_reader import place_of
from recgate.flows.evidence.chain_walk import Joint
from recgate.flows.evidence.checkpoint_check import CheckpointCheck
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.key_turns import KeyTurns
from recgate.flows.evidence.left_over import LeftOver
from recgate.flows.evidence.moved import Moves
from recgate.flows.evidence.record_look import Look, SealState
from recgate.flows.evidence.seal_runs import Run, SealRuns

_BACKWARDS = timedelta(minutes=1)
"""How far two clocks of the functions may be apart before it is told."""


class RecordJudge:
    """Takes the records of one chain in order, and tells what is wrong with each.

    What moved, what is left over and what checkpoints say is collected, and told when all of the
    chains are known. ``archived`` is set where there is an archive to look in, ``sound`` where
    somebody takes the records of which nothing is wrong in the ledger.
    """

    def __init__(self, chain: str, evidence: Evidence, where: str) -> None:
        self.chain = chain
        self._evidence = evidence
        self._where = where
        self.flaws = FlawList(chain)
        self.moves = Moves(chain)
        self.left_over = LeftOver()
        self.checkpoints = CheckpointCheck(chain, evidence)
        self.seals = SealRuns(changed=self._changed, wrong=self._wrong, gone=self._gone)
        self._keys = KeyTurns()
        self.archived: ArchiveCheck | None = None
        self.sound: Callable[[Look], None] | None = None
        self.held_by_archive: Sequence[int] = ()
        """Numbers of records that the archive has and the chain has not."""
        self.unchecked_seals = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self._backwards: list[tuple[Look, timedelta]] = []
        self._read: Look | None = None
        self._read_before: Look | None = None

    def read(self, look: Look) -> None:
        """A record comes next; it is settled when the ones behind it are known."""
        self.checkpoints.passed(look)
        self._read_before, self._read = self._read, look

    def settled(self, look: Look, joint: Joint) -> None:
        """Judge a record; ``joint`` is its own to the one before."""
        self.seals.take(look, joint)
        self.unchecked_seals += look.seal is SealState.UNCHECKED
        if look.seal is SealState.VALID and not look.is_misplaced:
            again = self._keys.take(look.signed_by, look.sequence)
            if again:
                self.tell_of(look, FlawKind.FORGED, again, cause="a key of before")
        if self._is_sound(look):
            self._judge_seal(look)
            self.checkpoints.recorded(look)
            if self.sound is not None:
                self.sound(look)
        if self.archived is not None and look.archived is not None:
            self.archived.judge(look)
        self._note_time(look)

    def _is_sound(self, look: Look) -> bool:
        """Whether the record fits itself, its place and its neighbours; tells what does not."""
        link = look.link
        if look.is_misplaced:
            self.moves.misplaced(look)
            self.left_over.lost(1, self.last_at, None)
        elif look.blame:
            self._blamed(look)
        elif look.is_newer and self.archived is not None and self.archived.contradicts(look):
            what = "its link was exchanged: the archive holds a signed one that can be read"
            self.tell_of(look, FlawKind.EDITED, what, cause="not newer")
            self.left_over.lost(1, None, None)
        elif look.is_newer:
            words = f"it cannot be checked: {look.trouble}"
            self.tell_of(look, FlawKind.UNCHECKED, words, cause="newer")
            self.left_over.lost(1, None, None)
        elif link is None:
            self.tell_of(look, FlawKind.EDITED, f"its link cannot be read: {look.trouble}")
            self.left_over.lost(1, self.last_at, None)
        elif look.entry is None:
            what = f"its entry, number {link.position} of {link.stream}, is not there"
            self.tell_of(look, FlawKind.DELETED, what)
        elif look.differences:
            self.moves.differs(look)
        else:
            return self._is_at_home(look, link, look.entry)
        return False

    def _blamed(self, look: Look) -> None:
        """Its link is not the one that was chained."""
        if look.link is None:
            self.left_over.lost(1, self.last_at, None)
        else:
            self.left_over.of(look.link)
        if self.seals.goes_on(look) and not look.differences and look.entry is not None:
            self.seals.is_wrong(look)  # the last of those that were chained anew
        else:
            self.tell_of(look, FlawKind.EDITED, _changed_link(look))

    def _is_at_home(self, look: Look, link: Link, entry: StoredEntry) -> bool:
        """Whether link and entry agree where they belong."""
        home = chain_of(link.stream, self.chain)
        if home != self.chain:
            what = f"its stream {link.stream} belongs to the chain {home}: recgate chained it there"
            self.tell_of(look, FlawKind.FORGED, what)
        elif (entry.chain, entry.sequence) != (self.chain, look.sequence):
            said = f"#{entry.sequence} of {entry.chain}" if entry.chain else "no record"
            what = f"its entry, number {link.position} of {link.stream}, is kept as that of {said}"
            self.tell_of(look, FlawKind.REPLAYED if entry.chain else FlawKind.EDITED, what)
        else:
            return True
        return False

    def _judge_seal(self, look: Look) -> None:
        seal = look.stored.seal
        if seal is not None and seal.archived_as not in ("", look.object_name):
            other = place_of(seal.archived_as)
            if other is None:
                kind, what = FlawKind.EDITED, f"its seal names {seal.archived_as} as its envelope"
            else:
                kind = FlawKind.REPLAYED
                what = f"its seal names the envelope of record #{other[1]} of {other[0]}"
            self.tell_of(look, kind, what)
        elif look.seal is SealState.INVALID and not (
            self.archived is not None and self.archived.contradicts(look)
        ):
            self.seals.is_wrong(look)

    def missing(self, first: int, last: int) -> None:
        """Tell of numbers that no record has, before the one that comes next."""
        held = [number for number in self.held_by_archive if first <= number <= last]
        what = "there is no link of it in the chain, which goes on behind it"
        if held:
            what += f"; the archive holds {_numbers(held)}"
        self._tell(FlawKind.DELETED, first, what, last=last if last > first else None)
        self.left_over.lost(last - first + 1, _time(self._read_before), _time(self._read))

    def _changed(self, run: Run) -> None:
        sealed_all = self.seals.all_bad and run.last >= self.seals.last_sealed
        if sealed_all and len(run) == self.seals.sealed:
            kind = FlawKind.FORGED
            what = (
                "no signature of the chain is by the public key that was given: it is not the "
                "signer's, or everything was recorded anew by somebody without the signer's key"
            )
        else:
            kind = FlawKind.EDITED
            what = "it was changed and chained anew after it was signed: the signature does not fit"
        self._tell(kind, run.first, what, record=run.name, last=_last(run))

    def _wrong(self, run: Run) -> None:
        what = "its signature is not by the public key; the record itself is what was chained"
        self._tell(FlawKind.FORGED, run.first, what, record=run.name, last=_last(run))
        self.moves.wrong_seal(run.first)

    def _gone(self, run: Run) -> None:
        now = next(self._evidence.links(self.chain, run.first), None)
        if now is not None and now.sequence == run.first and now.seal is not None:
            return  # it was sealed while the chain was read
        what = "its seal was taken away: records behind it are sealed, and sealing goes in order"
        self._tell(FlawKind.DELETED, run.first, what, record=run.name, last=_last(run))

    def fork(self, look: Look) -> None:
        """Tell of a record that is signed and does not continue a signed one."""
        what = (
            f"it is signed, as #{look.sequence - 1} is, and was chained to another record: two "
            "histories were put together, as from a backup"
        )
        self.tell_of(look, FlawKind.FORKED, what)

    def _note_time(self, look: Look) -> None:
        link = look.link
        if link is None or look.is_misplaced or look.blame:
            return
        before, self.last_at = self.last_at, link.at
        self.first_at = self.first_at or link.at
        if before is not None and before - link.at > _BACKWARDS and not link.adopted_at:
            self._backwards.append((look, before - link.at))
            del self._backwards[2:]

    def end(self) -> None:
        """The chain has ended."""
        self.seals.end()
        for look, by in self._backwards[:1]:
            more = "; it went back again later" if len(self._backwards) > 1 else ""
            what = f"it says a time {by} before that of the record before it{more}"
            self.tell_of(look, FlawKind.CLOCK, what)

    def tell_of(self, look: Look, kind: FlawKind, what: str, *, cause: str = "") -> None:
        """Tell what is wrong with a record."""
        self._tell(kind, look.sequence, what, record=look.name, cause=cause)

    def _tell(
        self,
        kind: FlawKind,
        sequence: int | None,
        what: str,
        *,
        record: str = "",
        last: int | None = None,
        cause: str = "",
    ) -> None:
        self.flaws.tell(
            kind, sequence, what, where=self._where, record=record, last=last, cause=cause
        )


def _time(look: Look | None) -> datetime | None:
    return look.link.at if look is not None and look.link is not None else None


def _changed_link(look: Look) -> str:
    more = ""
    if look.entry is None and look.link is not None:
        more = "; the entry that it names is not there"
    elif look.differences:
        more = f"; it does not fit its entry either ({', '.join(look.differences)})"
    return f"its link was changed: {look.blame}{more}"


def _last(run: Run) -> int | None:
    return run.last if run.last > run.first else None


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"#{n}" for n in numbers[:5])
    return shown + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
