"""Decisions judged again from what was recorded with them."""

from collections.abc import Callable, Mapping, Sequence

from recgate.domain.canonical import Json
from recgate.domain.link import sha256
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import Evidence, Place
from recgate.flows.evidence.record_look import Look, document_in
from recgate.flows.job_stream import DECISION, SNAPSHOT
from recgate.ports import RecgateError

Replay = Callable[[Mapping[str, Json], Mapping[str, Json]], str]
"""Judges a decision's record by its snapshot again: "" when the same comes out, else what differs.

Raises RecgateError when it cannot be judged.
"""

Tell = Callable[[Look, FlawKind, str], None]


class ReplayCheck:
    """Judges the decisions of a chain again. ``judged`` counts them."""

    def __init__(self, replay: Replay, evidence: Evidence) -> None:
        self._replay = replay
        self._evidence = evidence
        self._snapshots: dict[int, int] = {}
        """The position of each snapshot by the mark of its stream and digest."""
        self.judged = 0

    def take(self, looks: Sequence[Look], tell: Tell) -> None:
        """The next records of the chain: snapshots are remembered, decisions judged again."""
        decisions: list[tuple[Look, Mapping[str, Json], Place | None]] = []
        for look in looks:
            link, entry = look.link, look.entry
            if link is None or look.is_misplaced:
                continue  # it is told of as what it is
            if link.kind == SNAPSHOT:
                self._snapshots[hash((link.stream, link.body_digest))] = link.position
            elif link.kind == DECISION and entry is not None and not look.differences:
                record = document_in(entry.body)
                digest = str(record.get("snapshot_digest"))
                position = self._snapshots.get(hash((link.stream, digest)))
                decisions.append(
                    (look, record, None if position is None else (link.stream, position))
                )
        entries = self._evidence.entries([place for *_, place in decisions if place is not None])
        for look, record, place in decisions:
            digest = str(record.get("snapshot_digest"))
            if place is None:
                what = f"the snapshot {digest[:16]}… that it was judged by is not in its stream"
                tell(look, FlawKind.DELETED, what)
            elif (entry := entries.get(place)) is not None and sha256(entry.body) == digest:
                self._judge(look, record, document_in(entry.body), tell)
            # else the snapshot is told of: its link is there, and its entry is not what it was

    def _judge(
        self, look: Look, record: Mapping[str, Json], snapshot: Mapping[str, Json], tell: Tell
    ) -> None:
        try:
            differs = self._replay(record, snapshot)
        except RecgateError as error:
            tell(look, FlawKind.UNCHECKED, f"it cannot be judged again: {error}")
            return
        self.judged += 1
        if differs:
            tell(look, FlawKind.DIFFERENT, f"judged again, it comes out differently: {differs}")
