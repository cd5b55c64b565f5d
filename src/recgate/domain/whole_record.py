"""One record of the ledger, whole: what was recorded, where it stands, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.domain.link import Link
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.seal import Seal


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """How a message about a decision fared on one route, as far as the ledger tells.

    ``state`` is the kind of the last entry: claimed, released, delivered, refused. ``receipt``
    names the message where it went. ``at`` is when that entry was recorded, ``stream`` where
    it stands, and ``place`` that in its chain (``CHAIN#SEQUENCE``), empty for one in none.
    """

    route: str
    state: str
    at: datetime
    attempts: int
    stream: str
    place: str = ""
    receipt: str = ""
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """One record.

    ``recorded_at`` is ISO 8601 (UTC); ``body`` the canonical bytes that are stored. ``link`` are
    the stored bytes of the link and ``chained`` what they say, both None for an entry that is in
    no chain (then ``unchained_because`` says why). ``troubles`` are what does not fit between the
    entry and its link, in words. Of a decision, ``decision`` is what its body says, ``later`` are
    the later ones about the same job, and ``deliveries`` who was told of it.
    """

    stream: str
    position: int
    kind: str
    key: str
    recorded_at: str
    body: bytes
    link: bytes | None = None
    chained: Link | None = None
    seal: Seal | None = None
    unchained_because: str = ""
    troubles: tuple[str, ...] = ()
    decision: RecordedDecision | None = None
    deliveries: tuple[RecordedDelivery, ...] = ()
    later: tuple[RecordedDecision, ...] = ()

    @property
    def document(self) -> Mapping[str, Json] | None:
        """The body as JSON; None when it is none."""
        try:
            text = self.body.decode("utf-8", "surrogatepass")
            read = json.loads(text, parse_constant=_refused)
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, Mapping) else None


def _refused(constant: str) -> Json:
    """NaN and infinity, which Python reads and JSON has not. Raises ValueError."""
    raise ValueError(f"{constant} is no JSON")
