"""Sealing: what is recorded and not sealed yet is signed and archived, in the order of the chain.

Check that it continues what was sealed → sign → archive → keep the seal → move the watermark. A
run that ends anywhere is made up for by the next one, and several at once do no harm. What does
not continue the sealed records is never signed: its chain stops there, and no other chain does.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from recgate.domain.verification import Flaw
from recgate.evidence_ports import Evidence, EvidenceArchive, Signer
from recgate.flows.evidence.archived_record import seal_record
from recgate.flows.evidence.continuation import NotContinued, payload_of
from recgate.flows.evidence.sealed import ChainSealed, Sealed, Stopped
from recgate.flows.evidence.unsealed import Unsealed
from recgate.ports import CannotTellYet, Clock, Ledger, RecgateError


@runtime_checkable
class ChainedLedger(Ledger, Evidence, Protocol):
    """A ledger that chains what is appended to it."""


@dataclass(frozen=True, slots=True)
class SealParts:
    """Everything that sealing and checkpoints need from outside.

    ``archive`` None: seals are kept in the ledger alone. ``has_time`` says whether another
    record may be begun.
    """

    ledger: ChainedLedger
    signer: Signer
    archive: EvidenceArchive | None
    clock: Clock
    has_time: Callable[[], bool] = lambda: True


LATE_LOOKS = 50
"""How many chains are still looked at when the time for sealing is over, to tell how old that is
which waits: a look is three calls.
"""


def seal(parts: SealParts, *, first: str = "") -> Sealed:
    """Seal every chain as far as there is time, some records of each in turn.

    The one of the name ``first``, or the next one by name, has the first turn.

    Raises LedgerUnavailable, LedgerRefused when the chains cannot even be listed; what goes
    wrong with one of them is told in the answer.
    """
    courses = [_Course(parts, Unsealed(name, parts.ledger)) for name in parts.ledger.chains()]
    # No chain with a backlog takes the time of the others, nor do many chains that of the last.
    turns = deque(courses)
    turns.rotate(-sum(course.unsealed.chain < first for course in courses))
    while turns and parts.has_time():
        course = turns.popleft()
        course.take_turn()
        if course.is_open:
            turns.append(course)
    next_first = turns[0].unsealed.chain if turns else ""
    late_looks = LATE_LOOKS
    for course in turns:
        late_looks -= not course.is_looked_at
        course.run_out(may_look=late_looks >= 0)
    now = parts.clock()
    return Sealed(tuple(course.result(now) for course in courses), next_first)


@dataclass(slots=True)
class _Course:
    """One chain on its way through a run."""

    parts: SealParts
    unsealed: Unsealed
    sealed: int = 0
    stopped: Stopped = Stopped.NOT
    why: str = ""
    broken: Flaw | None = None
    fault: Exception | None = None
    is_looked_at: bool = False

    @property
    def is_open(self) -> bool:
        """Whether there is more that could be sealed now."""
        return self.stopped is Stopped.NOT and self.unsealed.left > 0

    def go(self, step: Callable[[], None]) -> None:
        """Make a step, and note what stops the chain."""
        try:
            step()
        except NotContinued as found:
            self._stop(Stopped.BROKEN, found.flaw.what)
            self.broken = found.flaw
        except CannotTellYet as later:
            self._stop(Stopped.LATER, str(later))
        except RecgateError as refusal:
            self._stop(Stopped.REFUSED, str(refusal))
        except Exception as fault:  # one chain's fault must not leave the others unsealed
            self._stop(Stopped.FAULT, f"recgate failed ({type(fault).__name__})")
            self.fault = fault
        ahead = self.unsealed
        if self.stopped is Stopped.NOT and ahead.flaw is not None and not ahead.waiting:
            self._stop(Stopped.BROKEN, ahead.flaw.what)

    def take_turn(self) -> None:
        """Look at it at first, and seal some of what waits."""
        self._look()
        if self.is_open:
            self.go(self.seal_some)

    def seal_some(self) -> None:
        """Seal what was read, and move the watermark whatever stops it."""
        self.unsealed.read_on()
        before = self.unsealed.reached
        try:
            self._seal_waiting()
        except RecgateError:
            self._move_from(before)
            raise
        self._move_from(before)

    def run_out(self, *, may_look: bool) -> None:
        """There is no time left: only see, if that may take some, how old that is which waits."""
        if may_look or self.is_looked_at:
            self._look()
            if not self.is_open:
                return
            self.go(self.unsealed.read_on)
        if self.stopped is Stopped.NOT:
            self._stop(Stopped.TIME, "the run was out of time; the next one goes on")

    def result(self, now: datetime) -> ChainSealed:
        """What came of it."""
        ahead = self.unsealed
        is_known = ahead.head is not None
        return ChainSealed(
            ahead.chain,
            self.stopped,
            self.sealed,
            ahead.left if is_known else None,
            self._age(now),
            self.why,
            self.broken or ahead.flaw,
            self.fault,
        )

    def _age(self, now: datetime) -> timedelta | None:
        if self.stopped is Stopped.NOT:
            return timedelta(0)
        oldest = self.unsealed.oldest
        # A clock that went back makes nothing younger than new.
        return max(now - oldest, timedelta(0)) if oldest else None

    def _look(self) -> None:
        if not self.is_looked_at:
            self.is_looked_at = True
            self.go(self.unsealed.look)

    def _stop(self, stopped: Stopped, why: str) -> None:
        self.stopped, self.why = stopped, why

    def _seal_waiting(self) -> None:
        parts, ahead = self.parts, self.unsealed
        entries = parts.ledger.entries([record.place for record in ahead.waiting])
        while ahead.waiting and parts.has_time():
            record = ahead.waiting[0]
            payload = payload_of(record, entries.get(record.place))
            is_news = seal_record(
                record,
                payload,
                evidence=parts.ledger,
                signer=parts.signer,
                archive=parts.archive,
                now=parts.clock(),
            )
            ahead.took(record)
            self.sealed += is_news

    def _move_from(self, before: object) -> None:
        ahead = self.unsealed
        if ahead.reached != before:
            self.parts.ledger.move_sealed(ahead.chain, ahead.reached)
