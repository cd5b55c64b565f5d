"""A decision: what was judged, by what, with which answer, under a key of its own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from recgate.domain.canonical import Json, digest
from recgate.domain.evaluation import Evaluation
from recgate.domain.job import Snapshot
from recgate.domain.notice import Request, RequestedAction, Trigger
from recgate.domain.rules import Rules
from recgate.domain.verdict import Verdict

ENGINE = "1"
"""Version of the meaning of the policy language as this code implements it."""

OUR_FAULT = "recgate failed while judging"
"""How the problem of an ERROR begins in which the policies are not to blame."""


@dataclass(frozen=True, slots=True)
class SnapshotPlace:
    """Where the ledger keeps a snapshot: the stream, and the key of the entry in it."""

    stream: str
    key: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement of one job state.

    ``key`` is what makes it the same decision when the event comes again: the digest of the
    snapshot, of the policies, and of what the day makes of them.
    ``decided_at`` is UTC; ``judged_on`` is the day that waivers and ``enforce_from`` saw.
    ``requests`` are the calls about the job that were known when it was first decided. They
    are no part of the key: a trail that comes late does not make another decision.
    ``waiver_problems`` are the mistakes in waivers.yaml, whose entries counted as absent.
    ``rules`` are the files that it was judged by, and ``snapshot_at`` is where the snapshot lies:
    None where nobody knows them, as of records of earlier versions. They are no part of the key.
    """

    key: str
    snapshot: Snapshot
    evaluation: Evaluation
    policies_digest: str
    judged_on: date
    decided_at: datetime
    trigger: Trigger
    requests: tuple[Request, ...] = ()
    waiver_problems: tuple[str, ...] = ()
    rules: Rules | None = None
    snapshot_at: SnapshotPlace | None = None

    @property
    def verdict(self) -> Verdict:
        """The overall verdict."""
        return self.evaluation.verdict

    @property
    def created(self) -> Request | None:
        """The call that made the job, None when it is not known."""
        return self._first(RequestedAction.CREATED)

    @property
    def stopped(self) -> Request | None:
        """The first call to stop the job, None when it is not known."""
        return self._first(RequestedAction.STOPPED)

    def _first(self, action: RequestedAction) -> Request | None:
        made = [request for request in self.requests if request.action is action]
        return min(made, key=_when, default=None)


def _when(request: Request) -> datetime:
    """When the call was made; one without a time counts as the last."""
    return request.at or datetime.max.replace(tzinfo=UTC)


def decision_key(snapshot: Snapshot, evaluation: Evaluation, policies_digest: str) -> str:
    """The key of the decision that this evaluation of this snapshot is."""
    parts: dict[str, Json] = {
        "snapshot": snapshot.digest,
        "policies": policies_digest,
        "modes": {judgement.policy.name: judgement.mode for judgement in evaluation.judgements},
    }
    counting = {
        judgement.policy.name: {waiver.id: waiver.digest for waiver in judgement.waivers}
        for judgement in evaluation.judgements
        if judgement.waivers
    }
    if counting:
        parts["waivers"] = counting
    if evaluation.verdict is Verdict.ERROR:
        # A fault of ours may be mended by the next version, which must then decide afresh.
        parts["error"] = [ENGINE, *evaluation.problems]
    return digest(parts)
