"""A job's own stream in the ledger: its requests, snapshots and decisions, each recorded once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.ports import CannotTellYet, Entry, Ledger, PositionTaken, job_stream

REQUEST = "request"
SNAPSHOT = "snapshot"
DECISION = "decision"
AUDIENCE = "audience"
"""Who hears of a decision that was recorded by somebody who told nobody."""

_RACES_TO_LOSE = 8
"""How often other workers may write first before this one gives the job back to the queue."""


def is_judged(job_arn: str, ledger: Ledger) -> bool:
    """Whether there is a decision about the job. Raises LedgerUnavailable, LedgerRefused."""
    return any(entry.kind == DECISION for entry in ledger.read(job_stream(job_arn)))


class JobStream:
    """One job's entries, read once and kept up with as this worker writes."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger = ledger
        self._name = name
        self._entries: list[Entry] = list(ledger.read(name))

    @property
    def name(self) -> str:
        """The name of the stream."""
        return self._name

    def find(self, kind: str, key: str) -> Entry | None:
        """The entry of this kind with this key."""
        return next(
            (entry for entry in self._entries if entry.kind == kind and entry.key == key), None
        )

    def every(self, kind: str) -> Sequence[Entry]:
        """The entries of this kind, in the order in which they were recorded."""
        return [entry for entry in self._entries if entry.kind == kind]

    def last(self, kind: str) -> Entry | None:
        """The latest entry of this kind."""
        return next((entry for entry in reversed(self._entries) if entry.kind == kind), None)

    def same_verdict_since(self, verdict: str) -> Sequence[Entry]:
        """The latest decisions, newest first, as far back as they all have this verdict."""
        same: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.kind == DECISION:
                if entry.body.get("verdict") != verdict:
                    break
                same.append(self.find(AUDIENCE, entry.key) or entry)
        return same

    def record(
        self, kind: str, key: str, body: Mapping[str, Json], now: datetime
    ) -> tuple[Entry, bool]:
        """Write an entry unless there is one with its kind and key, by whichever worker.

        Gives the entry that is in the ledger, and whether it is the one written just now.
        Raises CannotTellYet when other workers keep writing first, LedgerUnavailable,
        LedgerRefused.
        """
        for _ in range(_RACES_TO_LOSE):
            found = self.find(kind, key)
            if found is not None:
                return found, False
            entry = Entry(kind, key, now, body)
            try:
                self._ledger.append(self._name, len(self._entries), entry)
            except PositionTaken:
                self._entries = list(self._ledger.read(self._name))
            else:
                self._entries.append(entry)
                return entry, True
        raise CannotTellYet(f"{self._name}: other workers keep writing first; try again.")
