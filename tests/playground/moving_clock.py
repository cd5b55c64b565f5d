"""A clock that a test moves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import NOW


@dataclass
class MovingClock:
    """Stands still until `move` is called."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time that it shows."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let this many seconds pass."""
        self.now += timedelta(seconds=seconds)
