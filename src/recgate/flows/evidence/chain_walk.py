"""A chain walked from link to link: who is to blame where two of them do not fit each other.

A link that does not carry the digest of the one before tells that one of the two was changed, and
not which. A signature tells. Without one: a link that fits neither side was changed itself; one
that fits only the link before was changed after the next one had been chained to it.
"""

from collections.abc import Callable
from enum import Enum, auto

from recgate.domain.link import FIRST, NOTHING_BEFORE, Head
from recgate.domain.verification import FlawKind
from recgate.flows.evidence.record_look import Look


class Joint(Enum):
    """How a link stands to the one before it."""

    FITS = auto()
    BROKEN = auto()
    UNKNOWN = auto()
    """One of the two is not there, cannot be read, or belongs elsewhere."""


Tell = Callable[[FlawKind, int | None, str], None]


class ChainWalk:
    """Hands each record on once its neighbours are known.

    ``gap`` is called with the first and the last number of those that are missing; ``settled``
    with a record and its joint to the one before, in order; ``fork`` with a record that is
    signed as the one before it is, and does not continue that.
    """

    def __init__(
        self,
        *,
        gap: Callable[[int, int], None],
        settled: Callable[[Look, Joint], None],
        fork: Callable[[Look], None],
    ) -> None:
        self._gap = gap
        self._settled = settled
        self._fork = fork
        self._before: tuple[Look, Joint] | None = None
        self._last: tuple[Look, Joint] | None = None

    @property
    def last(self) -> int:
        """The number of the last record so far; 0 before the first."""
        return self._last[0].sequence if self._last else 0

    def take(self, look: Look) -> None:
        """Go on to the next record, whose number is higher than the last."""
        joint = self._joint(look)
        if look.sequence > self.last + 1:
            self._gap(self.last + 1, look.sequence - 1)
        if self._before is not None and self._last is not None:
            self._blame(self._before[0], *self._last, joint)
            self._settled(*self._before)
        self._before, self._last = self._last, (look, joint)
        if look.sequence == FIRST and joint is Joint.BROKEN:
            look.blame = "it does not begin the chain"

    def end(self, head: Head | None) -> bool:
        """Settle what is left; gives whether the head is at fault: the last record, which is
        signed, is not the one that it names.
        """
        if self._last is None:
            return False
        last, joint = self._last
        is_other = head is not None and head.sequence == last.sequence
        is_other = is_other and head is not None and head.digest != last.digest
        if self._before is not None:
            self._blame(self._before[0], last, joint, Joint.BROKEN if is_other else Joint.FITS)
            self._settled(*self._before)
        is_head_at_fault = is_other and last.is_vouched_for
        if is_other and not is_head_at_fault and not _is_explained(last):
            last.blame = "it is not the one that the head of the chain names, or the head was moved"
        self._settled(last, joint)
        self._before = self._last = None
        return is_head_at_fault

    def _joint(self, look: Look) -> Joint:
        if look.link is None or look.is_misplaced:
            return Joint.UNKNOWN
        if look.sequence == FIRST:
            return Joint.FITS if look.link.previous == NOTHING_BEFORE else Joint.BROKEN
        if self._last is None or self._last[0].sequence != look.sequence - 1:
            return Joint.UNKNOWN
        before = self._last[0]
        if before.is_link_at_fault:
            return Joint.UNKNOWN  # that it does not fit says nothing more
        return Joint.FITS if look.link.previous == before.digest else Joint.BROKEN

    def _blame(self, before: Look, look: Look, joint: Joint, behind: Joint) -> None:
        """Say which of two records was changed. ``behind``: the joint of ``look`` to the next."""
        if joint is not Joint.BROKEN:
            return
        continued = f"record #{look.sequence} was chained to another one"
        if before.is_vouched_for and look.is_vouched_for:
            self._fork(look)
        elif before.is_vouched_for:
            look.blame = f"it was not chained to record #{before.sequence}"
        elif look.is_vouched_for:
            before.blame = before.blame or continued
        elif _is_explained(before):
            return
        elif not before.is_newer and behind is Joint.BROKEN and not before.differences:
            look.blame = f"neither does it continue #{before.sequence} nor is it continued"
        else:
            before.blame = continued


def _is_explained(look: Look) -> bool:
    """Whether something is wrong with its link that breaks its joints, too."""
    return bool(look.blame) or look.is_link_at_fault
