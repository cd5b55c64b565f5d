"""How long a writer stands in line for the end of a chain."""

from collections.abc import Callable
from dataclasses import dataclass

from recgate.ports import LedgerUnavailable

TRIES = 40
"""How often one entry is tried. With twenty writers at once most are in after ten."""

WAITED_MAX_S = 10.0
"""How long the waits of one entry may be together, seconds."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.01, 0.5


@dataclass(slots=True)
class Patience:
    """The tries of one write. Each wait is anything from nothing to its longest ("full jitter":
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).

    ``pause`` waits so many seconds, ``chance`` gives a number from 0 to 1.
    """

    pause: Callable[[float], None]
    chance: Callable[[], float]
    _tries: int = 0
    _waited_s: float = 0.0

    def wait(self, failure: str, *, because: str) -> float:
        """Wait before the next try; gives how long, in seconds.

        Raises LedgerUnavailable when there is to be none: ``failure`` says what is given up,
        ``because`` why it was tried again.
        """
        self._tries += 1
        wait_s = min(_FIRST_WAIT_S * 2.0 ** (self._tries - 1), _LONGEST_WAIT_S) * self.chance()
        if self._tries == TRIES or self._waited_s + wait_s > WAITED_MAX_S:
            raise LedgerUnavailable(
                f"{failure}: others were in the way of {self._tries} tries, with "
                f"{self._waited_s:.1f} s of waits between them (the last time: {because}); "
                "try again"
            )
        self._waited_s += wait_s
        self.pause(wait_s)
        return wait_s
