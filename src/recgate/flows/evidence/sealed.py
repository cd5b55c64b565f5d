"""What a run of the sealer did, and why it did not do more."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from recgate.domain.verification import Flaw


class Stopped(StrEnum):
    """Why a chain was not sealed to its end."""

    NOT = "no"
    """It was."""
    TIME = "out of time"
    LATER = "not now"
    """The key, the archive or the ledger could not be reached: the next run goes on."""
    REFUSED = "refused"
    """Permissions, a disabled key: it stays so until somebody mends it."""
    BROKEN = "broken"
    """The next record does not continue what was sealed."""
    FAULT = "a fault of recgate"


@dataclass(frozen=True, slots=True)
class ChainSealed:
    """What one run did about one chain.

    ``sealed`` counts the records that this run sealed, ``left`` those that are not sealed yet
    (None: it cannot be told), ``age`` is that of the oldest of them (None: it cannot be told;
    zero: none is left). ``why`` says for a person what stopped it; ``flaw`` is what is broken
    among the records that were looked at, ``fault`` an error of ours.
    """

    chain: str
    stopped: Stopped
    sealed: int
    left: int | None
    age: timedelta | None
    why: str = ""
    flaw: Flaw | None = None
    fault: Exception | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run did, chain by chain in the order of their names.

    ``next_first`` is the chain whose turn it was when the time was over; '' when it sufficed.
    """

    chains: tuple[ChainSealed, ...]
    next_first: str = ""

    @property
    def sealed(self) -> int:
        """How many records were sealed."""
        return sum(each.sealed for each in self.chains)

    @property
    def broken(self) -> tuple[Flaw, ...]:
        """What does not continue the sealed records: one flaw for each chain that has any."""
        return tuple(each.flaw for each in self.chains if each.flaw is not None)

    @property
    def refused(self) -> tuple[ChainSealed, ...]:
        """The chains for which something has to be mended before they can be sealed."""
        return tuple(each for each in self.chains if each.stopped is Stopped.REFUSED)

    @property
    def faults(self) -> tuple[Exception, ...]:
        """Errors of ours."""
        return tuple(each.fault for each in self.chains if each.fault is not None)

    @property
    def is_all(self) -> bool:
        """Whether every record of every chain is sealed."""
        return all(each.stopped is Stopped.NOT for each in self.chains)

    @property
    def age(self) -> timedelta | None:
        """The age of the oldest record that is not sealed, zero when all are; None: it cannot
        be told.
        """
        ages = [each.age for each in self.chains]
        known = [age for age in ages if age is not None]
        return max(known, default=timedelta(0)) if len(known) == len(ages) else None
