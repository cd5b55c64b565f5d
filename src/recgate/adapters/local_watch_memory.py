"""The watcher's memory of a desk: kept while the process lives."""

from threading import Lock

from recgate.domain.watch_memory import Remembered
from recgate.watch_ports import MemorySuperseded


class LocalWatchMemory:
    """Implements `recgate.watch_ports.WatchMemory`. ``remembered`` is what it begins with."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        self._remembered = remembered
        self._revision = 0 if remembered is None else 1
        self._lock = Lock()

    def made_at(self) -> None:
        """Nobody deployed it."""

    def load(self) -> tuple[Remembered | None, int]:
        """What was saved last, and its revision."""
        with self._lock:
            return self._remembered, self._revision

    def save(self, remembered: Remembered, *, revision: int) -> int:
        """Save it in the place of that revision. Raises MemorySuperseded."""
        with self._lock:
            if revision != self._revision:
                raise MemorySuperseded(
                    "cannot save the watcher's memory: another sweep has saved since this one "
                    f"loaded (revision {self._revision} is there, not {revision})"
                )
            self._remembered, self._revision = remembered, revision + 1
            return self._revision
