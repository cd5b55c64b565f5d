"""What is left in the streams of records whose links are gone or were changed: their entries.

The cause is told at the place in the chain; its entry is then not told again as one without a
link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from recgate.domain.link import Link

_APART = timedelta(minutes=1)
"""How far the clocks of two writers may be apart."""


@dataclass(slots=True)
class _Lost:
    """So many records are not in the chain, recorded between these times where known."""

    left: int
    after: datetime | None
    before: datetime | None

    def may_be_of(self, at: datetime) -> bool:
        """Whether a record of that time may be one of them."""
        # By differences: a time that somebody bent may be the first or the last there is.
        is_after = self.after is None or self.after - at <= _APART
        return is_after and (self.before is None or at - self.before <= _APART)


class LeftOver:
    """Which entries without a link are explained by what is told of a chain."""

    def __init__(self) -> None:
        self._lost: list[_Lost] = []
        self._any = 0
        self._changed: set[tuple[str, str]] = set()

    def lost(self, count: int, after: datetime | None, before: datetime | None) -> None:
        """So many links are not there, between records of these times (None: not known)."""
        if after is None and before is None:
            self._any += count
        else:
            self._lost.append(_Lost(count, after, before))

    def of(self, link: Link | None) -> None:
        """A link was changed; what it says of its entry may still be true."""
        if link is not None:
            self._changed.add((link.recorded_at, link.body_digest))

    def explains(self, recorded_at: str, body: str) -> bool:
        """Whether an entry of that time and digest is left of one of them, each once."""
        if (recorded_at, body) in self._changed:
            return True
        at = _time(recorded_at)
        for lost in self._lost:
            if lost.left and at is not None and lost.may_be_of(at):
                lost.left -= 1
                return True
        if self._any:
            self._any -= 1
            return True
        return False


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.utcoffset() is not None else None
