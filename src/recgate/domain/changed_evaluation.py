"""A decision as it would have been under changed limits, all else as it was.

Nothing is judged by today's policies: every limit that does not change keeps the outcomes that
it gave, so that a decision read back from the ledger is asked in the same way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from recgate.domain.candidate import Candidate
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, Judgement, evaluate
from recgate.domain.job import Snapshot
from recgate.domain.limit_change import Change, changed
from recgate.domain.limits import Finding, Limit, Outcomes
from recgate.domain.policy import Policy
from recgate.domain.rows import Rows
from recgate.domain.scope import Scope
from recgate.domain.verdict import Outcome
from recgate.domain.waiver import Waiver, with_waivers


def can_be_tried(decision: Decision) -> bool:
    """Whether a change can be tried on the decision: all that was judged is there.

    It is not where a policy may apply and nobody can tell: no limit's change decides that; nor
    where a record of an earlier version leaves out which rows a policy concerned.
    """
    evaluation = decision.evaluation
    return (
        bool(evaluation.judgements)
        and not any(entry.in_doubt for entry in evaluation.unmatched)
        and all(map(_is_whole, evaluation.judgements))
    )


def _is_whole(judgement: Judgement) -> bool:
    rows = judgement.snapshot.rows(judgement.policy.scope.endpoint_kind).candidates
    return len(rows) == len(judgement.candidates) > 0 and all(
        row is judged for row, judged in zip(rows, judgement.candidates, strict=True)
    )


def with_changes(decision: Decision, changes: Sequence[Change]) -> Evaluation:
    """What the decision would have been under changed limits, all else as it was.

    Only for a decision of which `can_be_tried` says so.
    """
    policies = [_as_judged(judgement, changes) for judgement in decision.evaluation.judgements]
    return evaluate(decision.snapshot, policies, decision.judged_on)


@dataclass(frozen=True, slots=True)
class _Held:
    """A limit that stays as it is, with the outcomes it gave: it judges nothing again."""

    limit: Limit
    column: Outcomes

    @property
    def name(self) -> str:
        return self.limit.name

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        return self.column

    def finding(self, candidate: Candidate, snapshot: Snapshot, outcome: Outcome) -> Finding:
        return self.limit.finding(candidate, snapshot, outcome)


@dataclass(frozen=True, slots=True)
class _Moved(_Held):
    """A limit that is changed: it judges again, and the waivers that counted count again. What was
    waived is waived still, if it fails.
    """

    waivers: tuple[Waiver, ...]

    def outcomes(self, rows: Rows, snapshot: Snapshot) -> Outcomes:
        waived = {place for place, was in self.column.items() if was is Outcome.WAIVED}
        return {
            place: Outcome.WAIVED if outcome is Outcome.FAIL and place in waived else outcome
            for place, outcome in with_waivers(
                self.limit.outcomes(rows, snapshot), self.limit, rows, self.waivers
            ).items()
        }


def _as_judged(judgement: Judgement, changes: Iterable[Change]) -> Policy:
    """The policy as it judged, with some of its limits changed."""
    policy = judgement.policy
    mine = {change.limit: change for change in changes if change.policy == policy.name}
    limits = tuple(
        _Moved(changed(limit, mine[limit.name]), column, judgement.waivers)
        if limit.name in mine
        else _Held(limit, column)
        for limit, column in zip(policy.limits, judgement.columns, strict=True)
    )
    scope = Scope((), policy.scope.endpoint_kind)
    return replace(policy, limits=limits, scope=scope, mode=judgement.mode, enforce_from=None)
