"""The one decision in the middle: what the policies in force make of a job.

Pure: no clock, no client, no log. The same snapshot, policies and day give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from recgate.domain.job import Candidate, JobStatus, Snapshot
from recgate.domain.limits import Finding, Outcomes
from recgate.domain.policy import Mode, Policy
from recgate.domain.scope import Applies
from recgate.domain.verdict import Outcome, Verdict

_COMPLETED, _YES, _NA = JobStatus.COMPLETED, Applies.YES, Outcome.NOT_APPLICABLE

_SEVERITIES = {
    Outcome.NOT_APPLICABLE: Verdict.PASS.rank,  # takes no part; see _unjudged
    Outcome.IGNORED: Verdict.PASS.rank,
    Outcome.PASS: Verdict.PASS.rank,
    Outcome.WARN: Verdict.WARN.rank,
    Outcome.WARN_MISSING: Verdict.WARN.rank,
    Outcome.WAIVED: Verdict.WAIVED.rank,
    Outcome.UNKNOWN: Verdict.UNKNOWN.rank,
    Outcome.FAIL: Verdict.FAIL.rank,
}
"""How bad an outcome is: the rank of the verdict on a candidate that has nothing worse."""

_WARNED = Verdict.WARN.rank
_VERDICT_OF_SEVERITY = {verdict.rank: verdict for verdict in Verdict}


class Judgement(NamedTuple):
    """What one policy makes of a job.

    ``candidates`` are the rows that the policy concerns; ``columns`` holds what each of its
    limits makes of them, and ``standings`` what orders them, the lowest being the best.
    ``deciding`` is the candidate on which the verdict rests:
    the best under ``any``, the worst under ``all``, the n-th best under ``at_least: n``.

    A named tuple because it is made for every job and policy: a frozen dataclass of so many
    fields takes three times as long to make, a tenth of an evaluation.
    """

    policy: Policy
    mode: Mode
    verdict: Verdict
    snapshot: Snapshot
    candidates: tuple[Candidate, ...] = ()
    columns: tuple[Outcomes, ...] = ()
    standings: tuple[int, ...] = ()
    deciding: int | None = None
    reason: str = ""

    def verdict_on(self, candidate: int) -> Verdict:
        """The verdict on one candidate alone."""
        return _verdict(self.standings[candidate], self.columns)

    def findings(self, candidate: int) -> tuple[Finding, ...]:
        """Every limit of the policy for one candidate, in the order of the policy."""
        row = self.candidates[candidate]
        return tuple(
            limit.finding(row, self.snapshot, column.get(candidate, Outcome.PASS))
            for limit, column in zip(self.policy.limits, self.columns, strict=True)
        )

    @property
    def order(self) -> tuple[int, ...]:
        """The candidates from the best to the worst (rule 3's total order)."""
        return _order(self.standings)

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


@dataclass(frozen=True)
class Evaluation:
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


def evaluate(snapshot: Snapshot, policies: Sequence[Policy], today: date) -> Evaluation:
    """Judge a job by every policy that applies to it; the overall verdict is the worst.

    ``today`` is the day in UTC that ``enforce_from`` is compared with.
    """
    judgements: list[Judgement] = []
    unmatched: list[Unmatched] = []
    for policy in policies:
        match = policy.scope.match(snapshot)
        if match.applies is _YES:
            judgements.append(judge(snapshot, policy, today))
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


def judge(snapshot: Snapshot, policy: Policy, today: date) -> Judgement:
    """Judge a job by one policy that applies to it."""
    mode = policy.mode_on(today)
    kind = policy.scope.endpoint_kind
    candidates = snapshot.candidates
    if kind is not None:
        candidates = tuple(row for row in candidates if row.kind is kind)
    if snapshot.status is not _COMPLETED or not candidates:
        reason = no_result_reason(snapshot)
        return Judgement(policy, mode, Verdict.NO_RESULT, snapshot, reason=reason)

    columns = tuple([limit.outcomes(candidates, snapshot) for limit in policy.limits])
    standings = _standings(columns, len(candidates))
    verdict, deciding, reason = _quantify(policy, standings, columns)
    if verdict is Verdict.FAIL and mode is Mode.OBSERVE:
        verdict = Verdict.WOULD_FAIL
    return Judgement(
        policy, mode, verdict, snapshot, candidates, columns, standings, deciding, reason
    )


def _standings(columns: Sequence[Outcomes], rows: int) -> tuple[int, ...]:
    """The place of each candidate in rule 3's order, as one number: the severity of its worst
    outcome, then how many of its outcomes are warnings. 0 is a plain pass.
    """
    if not columns:  # no policy file says so; and nothing judged is no pass
        return (Verdict.UNKNOWN.rank * _step(columns),) * rows
    if not any(columns):
        return (0,) * rows
    severities = [0] * rows
    warned: list[int] = []
    for column in columns:
        for place, outcome in column.items():
            severity = _SEVERITIES[outcome]
            if severity > severities[place]:
                severities[place] = severity
            if severity == _WARNED:
                warned.append(place)
    if _NA in columns[0].values():
        for place in _unjudged(columns):
            severities[place] = Verdict.UNKNOWN.rank
    step = _step(columns)
    standings = [severity * step for severity in severities]
    for place in warned:
        standings[place] += 1
    return tuple(standings)


def _unjudged(columns: Sequence[Outcomes]) -> list[int]:
    """The candidates for whose kind no limit exists: nothing was judged, and that is no pass."""
    return [place for place in columns[0] if all(column.get(place) is _NA for column in columns)]


def _step(columns: Sequence[Outcomes]) -> int:
    """By how much standings differ for one rank: a candidate has fewer warnings than that."""
    return len(columns) + 1


def _verdict(standing: int, columns: Sequence[Outcomes]) -> Verdict:
    return _VERDICT_OF_SEVERITY[standing // _step(columns)]


def _quantify(
    policy: Policy, standings: tuple[int, ...], columns: tuple[Outcomes, ...]
) -> tuple[Verdict, int | None, str]:
    """The verdict over all candidates, the candidate that decides it, and a reason if none does."""
    needed = policy.candidates.at_least
    if needed == 1:
        best = min(standings)
        # Rows come in the total order, so the first of several equals is the best of them.
        return _verdict(best, columns), standings.index(best), ""
    if needed is not None and needed > len(standings):
        have = len(standings)
        return Verdict.FAIL, None, f"{needed} configurations must comply and the job has {have}"
    deciding = _order(standings)[-1 if needed is None else needed - 1]
    return _verdict(standings[deciding], columns), deciding, ""


def _order(standings: tuple[int, ...]) -> tuple[int, ...]:
    """The candidates by their standing; the snapshot's own order settles the rest."""
    return tuple(sorted(range(len(standings)), key=standings.__getitem__))
