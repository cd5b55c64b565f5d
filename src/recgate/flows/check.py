"""The main job: from a notice that a job may have ended to a recorded, announced decision.

Gather → decide → record → announce. Every step may be cut off and run again: the snapshot of a
job state is gathered once, a decision is recorded once under its key, and each announcement is
claimed, made and recorded under its own. What a notice tells of somebody's request is kept, also
while the job still runs.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from recgate.domain.candidate import EndpointKind, Metric
from recgate.domain.canonical import Json, digest
from recgate.domain.decision import OUR_FAULT, Decision, SnapshotPlace, decision_key
from recgate.domain.evaluation import Evaluation, evaluate, failed_evaluation
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.domain.rules import Rules
from recgate.domain.scope import Applies
from recgate.flows.configuration import RulesInvalid
from recgate.flows.job_stream import SNAPSHOT, JobStream
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked, record_and_tell
from recgate.flows.requests import keep_request, kept_requests
from recgate.flows.show_progress import Shown, show_progress
from recgate.ports import CannotTellYet, JobNotFound, JobState, PoliciesInvalid

_LOOK_AGAIN = timedelta(minutes=3)
"""How soon to look again for CloudWatch samples that are not there yet; later on, the waits
double: each look uses up a receive of the queue, and the settling time may be hours.
"""

_NOT_VISIBLE_YET_S = 60.0


class SamplesMissing(CannotTellYet):
    """The job ended so lately that CloudWatch may still be short of P99 samples."""


@dataclass(frozen=True, slots=True)
class NotEnded:
    """The job is still running: there is nothing to judge, and another notice will come."""

    job_name: str
    status: JobStatus
    shown: Shown = field(default_factory=Shown)


def check(notice: JobNotice, parts: CheckParts) -> NotEnded | Checked:
    """Do all that is left to do for the job that a notice names.

    Raises CannotTellYet when it should be tried again later, and the permanent errors of the
    ports (JobSourceRefused, JobUnusable, LedgerRefused) when that would not help; JobNotFound
    only for a notice from the command line. Channels raise nothing: see `Checked.wait_s`.
    """
    policies, problems, rules = _load(parts)
    try:
        state = parts.jobs.state(notice)
    except JobNotFound as unknown:
        state = _gone(notice, unknown)
    stream = None
    if state.status.is_terminal or notice.trigger.request is not None:
        stream = JobStream(parts.ledger, state.stream)
        # Whoever made the job or stopped it is told once, mostly while it still runs.
        keep_request(notice.trigger, stream, parts.clock())
    if stream is None or not state.status.is_terminal:
        shown = show_progress(state, notice, policies, parts) if parts.tells else Shown()
        return NotEnded(state.job_name, state.status, shown)
    snapshot, kept_under = _snapshot(state, stream, policies, parts)
    now = parts.clock()
    evaluation, fault = _judge(snapshot, policies, problems, now.date())
    policies_digest = policies.digest if policies else digest(list(problems))
    decision = Decision(
        key=decision_key(snapshot, evaluation, policies_digest),
        snapshot=snapshot,
        evaluation=evaluation,
        policies_digest=policies_digest,
        judged_on=now.date(),
        decided_at=now,
        trigger=notice.trigger,
        requests=kept_requests(stream),
        waiver_problems=policies.waiver_problems if policies else (),
        rules=rules,
        snapshot_at=SnapshotPlace(stream.name, kept_under),
    )
    return replace(record_and_tell(decision, policies, stream, parts), fault=fault)


def _load(parts: CheckParts) -> tuple[PolicySet | None, tuple[str, ...], Rules | None]:
    """The policies, or what is wrong with them; and the files that say so, if it is files."""
    try:
        policies = parts.policies.load()
    except PoliciesInvalid as invalid:
        rules = invalid.rules if isinstance(invalid, RulesInvalid) else None
        return None, tuple(str(problem) for problem in invalid.problems), rules
    return policies, (), policies.rules


def _gone(notice: JobNotice, unknown: JobNotFound) -> JobState:
    """The state of a job that no longer exists: an answer that is recorded, not a crash loop.

    A person who names a job that is not there has misspelt it: JobNotFound is the answer then.
    """
    if notice.trigger.source is TriggerSource.COMMAND_LINE:
        raise unknown
    if notice.trigger.source is TriggerSource.CLOUDTRAIL:
        # The notice of a Create can be faster than the job is visible.
        raise CannotTellYet(str(unknown), after_s=_NOT_VISIBLE_YET_S) from unknown
    response: dict[str, Json] = {"JobName": notice.job_name, "Status": JobStatus.DELETED}
    if notice.job_arn:
        response["JobArn"] = notice.job_arn
    return JobState(notice.job_name, notice.job_arn, JobStatus.DELETED, None, response)


def _snapshot(
    state: JobState, stream: JobStream, policies: PolicySet | None, parts: CheckParts
) -> tuple[Snapshot, str]:
    """The recorded snapshot of this state, or a new one, recorded before it is used; and its key
    in the stream.
    """
    recorded = stream.find(SNAPSHOT, state.key)
    if recorded is None and state.status is JobStatus.DELETED:
        # A job that was judged before it went is still judged by what was measured then.
        recorded = stream.last(SNAPSHOT)
    if recorded is None:
        gathered = _gather(state, policies, parts)
        recorded, _ = stream.record(SNAPSHOT, state.key, gathered.document, parts.clock())
    return parts.read_snapshot(recorded.body), recorded.key


def _gather(state: JobState, policies: PolicySet | None, parts: CheckParts) -> Snapshot:
    if state.status is JobStatus.DELETED:
        tombstone: dict[str, Json] = {"schema": 1, "job": dict(state.response), "tags": None}
        return parts.read_snapshot(tombstone)
    snapshot = parts.jobs.gather(state)
    if not _waits_for_samples(snapshot, policies):
        return snapshot
    left = _settling_left(snapshot, parts)
    if left > timedelta(0):
        waited = parts.settling - left
        raise SamplesMissing(
            f"Job {snapshot.job_name}: CloudWatch does not have the P99 of every recommendation "
            f"yet; it has {left.total_seconds():.0f} s left to settle.",
            after_s=min(left, max(waited, _LOOK_AGAIN)).total_seconds(),
        )
    return snapshot


def _waits_for_samples(snapshot: Snapshot, policies: PolicySet | None) -> bool:
    """Whether a P99 that a policy asks for is not there. Broken policies may ask for it."""
    if policies is None:
        return _lacks_p99(snapshot, None)
    return any(
        policy.needs_p99
        and policy.scope.match(snapshot).applies is not Applies.NO
        and _lacks_p99(snapshot, policy.scope.endpoint_kind)
        for policy in policies.policies
    )


def _lacks_p99(snapshot: Snapshot, kind: EndpointKind | None) -> bool:
    return None in snapshot.rows(kind).columns[Metric.LATENCY_P99_MS]


def _settling_left(snapshot: Snapshot, parts: CheckParts) -> timedelta:
    if snapshot.ended_at is None:
        return timedelta(0)
    return snapshot.ended_at + parts.settling - parts.clock()


def _judge(
    snapshot: Snapshot,
    policies: PolicySet | None,
    problems: tuple[str, ...],
    today: date,
) -> tuple[Evaluation, Exception | None]:
    if policies is None:
        return failed_evaluation(problems), None
    try:
        return evaluate(snapshot, policies.policies, today, policies.waivers), None
    except Exception as fault:  # a policy that crashes is an ERROR, never a "no"
        problem = f"{OUR_FAULT} ({type(fault).__name__}): this is a fault of ours"
        return failed_evaluation([problem]), fault
