"""What the page for an auditor is about: what was approved, every decision, and the chains."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from recgate.domain.approval import Approval, ModelApprovals
from recgate.domain.decision_tally import DecisionTally
from recgate.domain.model_wanted import ModelWanted
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.verification import Verification
from recgate.domain.whole_record import WholeRecord


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The evidence of a time, from ``since`` (None: from the beginning) until before ``until``.

    ``ledger`` is what people call it, ``about`` says which models are looked at and ``wanted`` the
    one that was asked for, ``command`` makes the report again. ``decisions`` are those of that
    time, the newest first, as many as a page lists; ``tally`` counts them all. ``records`` are
    those of the approvals, by the decision's stream and key, as far as they were read: of every
    one in force, and of so many former ones. ``verification`` is of the whole ledger, however
    short the time.
    """

    ledger: str
    about: str
    command: str
    made_at: datetime
    since: datetime | None
    until: datetime
    models: tuple[ModelApprovals, ...]
    decisions: tuple[RecordedDecision, ...]
    tally: DecisionTally
    records: Mapping[tuple[str, str], WholeRecord]
    verification: Verification
    wanted: ModelWanted | None = None

    @property
    def left_out(self) -> int:
        """How many decisions there are that are not listed."""
        return self.tally.decisions - len(self.decisions)

    @property
    def is_past(self) -> bool:
        """Whether the time ended before the report was made: it tells what was approved then."""
        return self.until < self.made_at

    @property
    def day(self) -> date:
        """The last day of the time (UTC), which waivers are held to."""
        return ((self.until - timedelta.resolution) if self.is_past else self.made_at).date()

    @property
    def in_force(self) -> tuple[Approval, ...]:
        """The approvals that hold, of the version that was asked for, by the models' names."""
        return tuple(each for each in self._holding if self._is_wanted(each))

    @property
    def in_force_instead(self) -> tuple[Approval, ...]:
        """The approvals that hold of other versions than the one that was asked for."""
        return tuple(each for each in self._holding if not self._is_wanted(each))

    @property
    def _holding(self) -> tuple[Approval, ...]:
        return tuple(each.in_force for each in self.models if each.in_force is not None)

    def _is_wanted(self, approval: Approval) -> bool:
        return self.wanted is None or self.wanted.is_exactly(approval.decision)

    @property
    def former(self) -> tuple[Approval, ...]:
        """The approvals that ended in that time, the latest end first, of the version that was
        asked for.
        """
        ended = [
            (approval.until, approval)
            for model in self.models
            for approval in model.before
            if approval.until is not None
            and (self.since is None or approval.until >= self.since)
            and self._is_wanted(approval)
        ]
        return tuple(approval for _, approval in sorted(ended, key=lambda each: each[0])[::-1])

    def record_of(self, decision: RecordedDecision) -> WholeRecord | None:
        """The record of a decision, where it was read."""
        return self.records.get((decision.stream, decision.key))
