"""Checkpoints: what they say of a place in the chain, and what is there."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recgate.domain.chain import checkpoint_stream
from recgate.domain.link import NOTHING_BEFORE, sha256
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.checkpoint import CHECKPOINT, CHECKPOINT_SCHEMA
from recgate.flows.evidence.record_look import Look, SealState

_REMEMBERED = 64
"""Digests of the last records: a checkpoint mostly tells of the one before it."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody says that the record of this number has this digest."""

    sequence: int
    digest: str
    who: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``sequence`` is the record that is another one than was said, or the checkpoint itself;
    ``by`` is the checkpoint if it is a record of the chain.
    """

    kind: FlawKind
    sequence: int
    what: str
    record: str = ""
    by: int | None = None


class CheckpointCheck:
    """Holds a chain to its own checkpoints, and to what is known of it from elsewhere.

    ``newest_at`` is the time of the newest checkpoint of the chain that is signed.
    """

    def __init__(self, chain: str, evidence: Evidence) -> None:
        self._chain = chain
        self._evidence = evidence
        self._known: dict[int, list[Vouched]] = {}
        self._digests: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)
        self.contradictions: list[Contradiction] = []
        self.newest_at: datetime | None = None

    def expect(self, vouched: Vouched) -> None:
        """Hold the chain to what somebody says of it."""
        self._known.setdefault(vouched.sequence, []).append(vouched)

    def behind(self, last: int) -> Sequence[Vouched]:
        """What is known of records behind the last one that is there."""
        return [each for number, all_of in self._known.items() for each in all_of if number > last]

    def passed(self, look: Look) -> None:
        """A record was read."""
        self._digests.append((look.sequence, look.digest))
        for vouched in self._known.get(look.sequence, []):
            if vouched.digest != look.digest:
                what = (
                    f"{vouched.who} says that its digest is {vouched.digest[:16]}…, and it is "
                    f"{look.digest[:16]}…"
                )
                self.contradictions.append(
                    Contradiction(FlawKind.FORKED, look.sequence, what, look.name)
                )

    def recorded(self, look: Look) -> None:
        """A record is sound; it may be a checkpoint."""
        link, entry = look.link, look.entry
        if link is None or entry is None or link.kind != CHECKPOINT:
            return
        if link.stream != checkpoint_stream(self._chain):
            return
        try:
            body: Any = json.loads(entry.body)
            schema, sequence = body["schema"], body["sequence"]
            chain, digest = body["chain"], body["digest"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._say(FlawKind.UNCHECKED, look, "it is no checkpoint that this recgate can read")
            return
        if type(schema) is not int or schema > CHECKPOINT_SCHEMA:
            self._say(
                FlawKind.UNCHECKED, look, f"it is a checkpoint of schema {schema}, a newer one"
            )
            return
        if look.seal in (SealState.VALID, SealState.UNCHECKED):
            self.newest_at = link.at
        if chain != self._chain or type(sequence) is not int or not 0 <= sequence < look.sequence:
            what = f"it is a checkpoint of #{sequence} of {chain}, which is not before it"
            self._say(FlawKind.FORGED, look, what)
        elif (there := self._digest_of(sequence)) is not None and there != digest:
            what = (
                f"checkpoint #{look.sequence} says that its digest is {str(digest)[:16]}…, and it "
                f"is {there[:16]}…"
            )
            self.contradictions.append(
                Contradiction(FlawKind.FORKED, sequence, what, by=look.sequence)
            )

    def _digest_of(self, sequence: int) -> str | None:
        if sequence == 0:
            return NOTHING_BEFORE
        for number, digest in self._digests:
            if number == sequence:
                return digest
        link = next(self._evidence.links(self._chain, sequence), None)
        if link is None or link.sequence != sequence:
            return None  # that it is missing is told of by the chain
        return sha256(link.document)

    def _say(self, kind: FlawKind, look: Look, what: str) -> None:
        self.contradictions.append(Contradiction(kind, look.sequence, what, look.name))
