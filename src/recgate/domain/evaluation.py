"""The one decision in the middle: what the policies in force make of a job.

Pure: no clock, no client, no log. The same snapshot, policies and day give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from recgate.domain.candidate import Candidate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limits import Finding, Outcomes
from recgate.domain.policy import Mode, Policy
from recgate.domain.quantify import quantify
from recgate.domain.rows import rows_of
from recgate.domain.scope import Applies
from recgate.domain.standings import order_of, standings_of, verdict_of
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver, covering, waivers_for, with_waivers, without_waivers

_COMPLETED, _YES = JobStatus.COMPLETED, Applies.YES


class Judgement(NamedTuple):
    """What one policy makes of a job.

    ``candidates`` are the rows that the policy concerns; ``columns`` holds what each of its
    limits makes of them. ``deciding`` is the candidate on which the verdict rests:
    the best under ``any``, the worst under ``all``, the n-th best under ``at_least: n``.
    ``waivers`` are those that counted for this job on this day, used or not.

    A named tuple because it is made for every job and policy: a frozen dataclass of so many
    fields takes three times as long to make, a tenth of an evaluation.
    """

    policy: Policy
    mode: Mode
    verdict: Verdict
    snapshot: Snapshot
    candidates: tuple[Candidate, ...] = ()
    columns: tuple[Outcomes, ...] = ()
    deciding: int | None = None
    reason: str = ""
    waivers: tuple[Waiver, ...] = ()

    @property
    def standings(self) -> tuple[int, ...]:
        """What orders the candidates: one number for each, the lowest being the best."""
        return standings_of(self.columns, len(self.candidates))

    def verdict_on(self, candidate: int) -> Verdict:
        """The verdict on one candidate alone."""
        return verdict_of(self.standings[candidate], self.columns)

    def findings(self, candidate: int) -> tuple[Finding, ...]:
        """Every limit of the policy for one candidate, in the order of the policy."""
        row = self.candidates[candidate]
        found = tuple(
            limit.finding(row, self.snapshot, column.get(candidate, Outcome.PASS))
            for limit, column in zip(self.policy.limits, self.columns, strict=True)
        )
        if not self.waivers:
            return found
        rows = rows_of([row])
        return tuple(
            replace(finding, waiver=waiver.id)
            if finding.outcome is Outcome.WAIVED
            and (waiver := covering(self.waivers, limit, rows, 0)) is not None
            else finding
            for finding, limit in zip(found, self.policy.limits, strict=True)
        )

    @property
    def used_waivers(self) -> tuple[Waiver, ...]:
        """The waivers without which some candidate would have failed a limit."""
        used = {
            finding.waiver
            for place in range(len(self.candidates) if self.waivers else 0)
            for finding in self.findings(place)
            if finding.waiver
        }
        return tuple(waiver for waiver in self.waivers if waiver.id in used)

    @property
    def verdict_without_waivers(self) -> Verdict:
        """What the verdict would be if no waiver counted."""
        if not self.waivers or not self.candidates:
            return self.verdict
        columns = tuple(without_waivers(column) for column in self.columns)
        verdict, _, _ = quantify(self.policy.candidates, columns, len(self.candidates))
        return verdict_in(self.mode, verdict)

    @property
    def order(self) -> tuple[int, ...]:
        """The candidates from the best to the worst (rule 3's total order)."""
        return order_of(self.standings)

    @property
    def chosen(self) -> int | None:
        """The candidate to deploy: the best one, if the verdict opens the gate."""
        return self.order[0] if self.verdict.opens_gate and self.candidates else None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A policy that did not judge the job, and why. ``in_doubt``: it may apply all the same."""

    policy: Policy
    reason: str
    in_doubt: bool = False


class Evaluation(NamedTuple):
    """What all policies make of a job. ``problems`` are ours, under ERROR only."""

    verdict: Verdict
    judgements: tuple[Judgement, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    reason: str = ""
    problems: tuple[str, ...] = ()

    @property
    def deciding(self) -> Judgement | None:
        """The judgement that the overall verdict comes from: the first of the worst."""
        return max(self.judgements, key=lambda judgement: judgement.verdict.rank, default=None)


def evaluate(
    snapshot: Snapshot,
    policies: Sequence[Policy],
    today: date,
    waivers: Sequence[Waiver] = (),
) -> Evaluation:
    """Judge a job by every policy that applies to it; the overall verdict is the worst.

    ``today`` is the day in UTC that ``enforce_from`` and the ``waivers`` are compared with.
    """
    judgements: list[Judgement] = []
    unmatched: list[Unmatched] = []
    for policy in policies:
        match = policy.scope.match(snapshot)
        if match.applies is _YES:
            judgements.append(judge(snapshot, policy, today, waivers))
        else:
            in_doubt = match.applies is Applies.CANNOT_TELL
            unmatched.append(Unmatched(policy, match.reason, in_doubt))
    verdict, reason = _overall(snapshot, judgements, unmatched)
    return Evaluation(verdict, tuple(judgements), tuple(unmatched), reason)


def failed_evaluation(problems: Sequence[str]) -> Evaluation:
    """The ERROR that stands for a judgement that could not be made: it approves nothing."""
    return Evaluation(
        Verdict.ERROR, reason="the policies could not be applied", problems=tuple(problems)
    )


def _overall(
    snapshot: Snapshot, judgements: Sequence[Judgement], unmatched: Sequence[Unmatched]
) -> tuple[Verdict, str]:
    nothing = no_result_reason(snapshot)
    if nothing:
        return Verdict.NO_RESULT, nothing
    doubts = [entry for entry in unmatched if entry.in_doubt]
    if len(judgements) == 1 and not doubts:
        return judgements[0].verdict, ""
    verdicts = [judgement.verdict for judgement in judgements]
    if doubts:
        verdicts.append(Verdict.UNKNOWN)
    if not verdicts:
        return Verdict.UNCOVERED, "no policy applies to this job"
    worst = max(verdicts, key=_rank)
    if doubts and worst is Verdict.UNKNOWN:
        names = ", ".join(f"{entry.policy.name} ({entry.reason})" for entry in doubts)
        return worst, f"cannot tell whether a policy applies: {names}"
    if worst.opens_gate and len(judgements) > 1 and not _has_joint_witness(snapshot, judgements):
        return Verdict.FAIL, "every policy is met, but no one configuration meets them all"
    return worst, ""


def _has_joint_witness(snapshot: Snapshot, judgements: Sequence[Judgement]) -> bool:
    """Whether some candidate opens the gate under every policy that concerns it."""
    for candidate in snapshot.candidates:
        verdicts = [
            judgement.verdict_on(place)
            for judgement in judgements
            for place, row in enumerate(judgement.candidates)
            if row is candidate
        ]
        if verdicts and all(verdict.opens_gate for verdict in verdicts):
            return True
    return False


def _rank(verdict: Verdict) -> int:
    return verdict.rank


def no_result_reason(snapshot: Snapshot) -> str:
    """Why the job gives nothing to judge; empty when it does."""
    if snapshot.status is _COMPLETED:
        return "" if snapshot.candidates else "the job returned no recommendation"
    if snapshot.status is JobStatus.DELETED:
        return "the job no longer exists"
    return f"the job ended {snapshot.status}"


def judge(
    snapshot: Snapshot, policy: Policy, today: date, waivers: Sequence[Waiver] = ()
) -> Judgement:
    """Judge a job by one policy that applies to it."""
    mode = policy.mode_on(today)
    kind = policy.scope.endpoint_kind
    rows = snapshot.rows(kind)
    candidates = rows.candidates
    if snapshot.status is not _COMPLETED or not candidates:
        reason = no_result_reason(snapshot)
        return Judgement(policy, mode, Verdict.NO_RESULT, snapshot, reason=reason)

    columns = tuple([limit.outcomes(rows, snapshot) for limit in policy.limits])
    counting = waivers_for(policy, snapshot, waivers, today) if waivers else ()
    if counting:
        columns = tuple(
            [
                with_waivers(column, limit, rows, counting)
                for column, limit in zip(columns, policy.limits, strict=True)
            ]
        )
    verdict, deciding, reason = quantify(policy.candidates, columns, len(candidates))
    verdict = verdict_in(mode, verdict)
    return Judgement(
        policy, mode, verdict, snapshot, candidates, columns, deciding, reason, counting
    )


def verdict_in(mode: Mode, verdict: Verdict) -> Verdict:
    """The verdict as it is told in a mode: a failure that is only observed stops nothing."""
    return Verdict.WOULD_FAIL if verdict is Verdict.FAIL and mode is Mode.OBSERVE else verdict
