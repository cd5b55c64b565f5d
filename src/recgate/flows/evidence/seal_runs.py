"""The signatures of a chain in a row: what a run of wrong or missing ones means.

A signature that does not fit says that the record was changed or that the signature was. A right
one further on, with no broken link between, vouches for every record before it: then it was the
signature. If none follows, the records were: they were chained anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from recgate.flows.evidence.chain_walk import Joint
from recgate.flows.evidence.record_look import Look, SealState


@dataclass(slots=True)
class Run:
    """Records in a row. ``name`` is that of the first, ``since`` when it was recorded."""

    first: int
    last: int
    name: str
    since: datetime | None

    def __len__(self) -> int:
        return self.last - self.first + 1


class SealRuns:
    """Follows the seals of a chain.

    ``changed`` is called with records that were chained anew, ``wrong`` with such whose
    signatures alone are wrong, ``gone`` with such that have no seal although later ones have.
    ``valid`` counts the signatures that fit.
    """

    def __init__(
        self,
        *,
        changed: Callable[[Run], None],
        wrong: Callable[[Run], None],
        gone: Callable[[Run], None],
    ) -> None:
        self._changed, self._wrong, self._gone = changed, wrong, gone
        self._bad: list[Run] = []
        self._bare: Run | None = None
        self.valid = 0
        self.sealed = 0
        self.last_sealed = 0
        self.all_bad = True
        """Whether no signature fits that could be checked."""

    @property
    def bare(self) -> Run | None:
        """The records behind the last seal, which have none."""
        return self._bare

    def take(self, look: Look, joint: Joint) -> None:
        """Go on to the next record. ``joint`` is its own to the one before."""
        if joint is not Joint.FITS:
            self._chained_anew()
        if look.stored.seal is None:
            self._bare = _extended(self._bare, look)
        else:
            if self._bare is not None:
                self._gone(self._bare)
                self._bare = None
            self.sealed += 1
            self.last_sealed = look.sequence
        if look.is_vouched_for:
            self.all_bad = False
            for run in self._bad:
                self._wrong(run)
            self._bad = []
        if look.seal is SealState.VALID:
            self.valid += 1

    def is_wrong(self, look: Look) -> None:
        """The record, taken just now, has a signature that does not fit, and nothing else is
        wrong with it that would explain that.
        """
        if self._bad and self._bad[-1].last == look.sequence - 1:
            self._bad[-1].last = look.sequence
        else:
            self._bad.append(Run(look.sequence, look.sequence, look.name, _since(look)))

    def goes_on(self, look: Look) -> bool:
        """Whether the record before has a wrong signature, too, of which this one is the end."""
        return bool(self._bad) and self._bad[-1].last == look.sequence - 1

    def end(self) -> None:
        """The chain has ended."""
        self._chained_anew()

    def _chained_anew(self) -> None:
        if self._bad:
            first, last = self._bad[0], self._bad[-1]
            self._changed(Run(first.first, last.last, first.name, first.since))
        self._bad = []


def _extended(run: Run | None, look: Look) -> Run:
    if run is None:
        return Run(look.sequence, look.sequence, look.name, _since(look))
    run.last = look.sequence
    return run


def _since(look: Look) -> datetime | None:
    return look.link.at if look.link else None
