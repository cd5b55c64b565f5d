"""The one decision in the middle: what the policies in force make of a job.

Pure: no clock, no client, no log. The same snapshot, policies and day give the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recgate.domain.job import Candidate, JobStatus, Snapshot
from recgate.domain.limits import Finding
from recgate.domain.policy import Mode, Policy
from recgate.domain.scope import Applies
from recgate.domain.verdict import Outcome, Verdict

_VERDICTS = (
    Verdict.UNKNOWN,  # NOT_APPLICABLE throughout: nothing was judged, and that is no pass
    Verdict.PASS,
    Verdict.PASS,
    Verdict.WARN,
    Verdict.WARN,
    Verdict.WAIVED,
    Verdict.UNKNOWN,
    Verdict.FAIL,
)
"""The verdict on a candidate by its worst `Outcome`."""

_SEVERITIES = tuple(verdict.rank for verdict in _VERDICTS)
_BEST = Verdict.PASS.rank
_VERDICT_OF_SEVERITY = {verdict.rank: verdict for verdict in _VERDICTS}


@dataclass(frozen=True)
class Judgement:
    """What one policy makes of a job.

    ``candidates`` are the rows that the policy concerns; ``columns`` holds for each of its
    limits one outcome per candidate. ``deciding`` is the candidate on which the verdict rests:
    the best under ``any``, the worst under ``all``, the n-th best under ``at_least: n``.
    """

    policy: Policy
    mode: Mode
    verdict: Verdict
    snapshot: Snapshot
    candidates: tuple[Candidate, ...] = ()
    columns: tuple[list[Outcome], ...] = ()
    severities: tuple[int, ...] = ()
    deciding: int | None = None
    reason: str = ""

    def verdict_on(self, candidate: int) -> Verdict:
        """The verdict on one candidate alone."""
        return _VERDICT_OF_SEVERITY[self.severities[candidate]]

    def findings(self, candidate: int) -> tuple[Finding, ...]:
        """Every limit of the policy for one candidate, in the order of the policy."""
        row = self.candidates[candidate]
        return tuple(
            limit.finding(row, self.snapshot, column[candidate])
            for limit, column in zip(self.policy.limits, self.columns, strict=True)
        )

    @property
    def order(self) -> tuple[int, ...]:
        """The candidates from the best to the worst (rule 3's total order)."""
        return _order(self.severities, self.columns)

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
        if match.applies is Applies.YES:
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
    if snapshot.status is JobStatus.DELETED:
        return "the job no longer exists"
    if snapshot.status is not JobStatus.COMPLETED:
        return f"the job ended {snapshot.status}"
    if not snapshot.candidates:
        return "the job returned no recommendation"
    return ""


def judge(snapshot: Snapshot, policy: Policy, today: date) -> Judgement:
    """Judge a job by one policy that applies to it."""
    mode = policy.mode_on(today)
    kind = policy.scope.endpoint_kind
    candidates = snapshot.candidates
    if kind is not None:
        candidates = tuple(row for row in candidates if row.kind is kind)
    if snapshot.status is not JobStatus.COMPLETED or not candidates:
        reason = no_result_reason(snapshot)
        return Judgement(policy, mode, Verdict.NO_RESULT, snapshot, reason=reason)

    columns = tuple(limit.outcomes(candidates, snapshot) for limit in policy.limits)
    worst = map(max, *columns) if len(columns) > 1 else columns[0]
    severities = tuple([_SEVERITIES[outcome] for outcome in worst])
    verdict, deciding, reason = _quantify(policy, severities, columns)
    if mode is Mode.OBSERVE and verdict is Verdict.FAIL:
        verdict = Verdict.WOULD_FAIL
    return Judgement(
        policy, mode, verdict, snapshot, candidates, columns, severities, deciding, reason
    )


def _quantify(
    policy: Policy, severities: tuple[int, ...], columns: tuple[list[Outcome], ...]
) -> tuple[Verdict, int | None, str]:
    """The verdict over all candidates, the candidate that decides it, and a reason if none does."""
    needed = policy.candidates.at_least
    if needed == 1 and _BEST in severities:
        # Rows come in the total order and a pass carries no warning: the first pass is the best.
        return Verdict.PASS, severities.index(_BEST), ""
    if needed is not None and needed > len(severities):
        have = len(severities)
        return Verdict.FAIL, None, f"{needed} configurations must comply and the job has {have}"
    deciding = _order(severities, columns)[-1 if needed is None else needed - 1]
    return _VERDICT_OF_SEVERITY[severities[deciding]], deciding, ""


def _order(severities: tuple[int, ...], columns: tuple[list[Outcome], ...]) -> tuple[int, ...]:
    """Candidates by verdict, then fewer warnings; the snapshot's own order settles the rest."""
    # One number for both: a candidate has fewer warnings than the policy has limits.
    keys = [severity * (len(columns) + 1) for severity in severities]
    for column in columns:
        if Outcome.WARN in column or Outcome.WARN_MISSING in column:
            for place, outcome in enumerate(column):
                keys[place] += outcome is Outcome.WARN or outcome is Outcome.WARN_MISSING
    return tuple(sorted(range(len(keys)), key=keys.__getitem__))
