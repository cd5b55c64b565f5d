"""What to do about a decision: how to get a verdict, or another one, or rid of a warning.

Every step is cleaned and cut, and is still untrusted: it may name a job, a policy, a tag.
Commands in it are those of `recgate`, and exist.
"""

from collections.abc import Iterable, Sequence

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.job import JobStatus
from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.advice.check_command import check_command
from recgate.rendering.advice.coverage import coverage_steps
from recgate.rendering.advice.failing_steps import failing_steps
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.advice.missing_values import missing_steps, missing_steps_of
from recgate.rendering.advice.policy_changes import InQuestion, digits, in_question
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.safe_text import clean

STEPS = 4
STEP = 200
"""How many steps there are at most, and characters of each."""

_NAME = 48


def next_steps(decision: Decision) -> tuple[str, ...]:
    """The steps, the most useful first; empty where there is nothing to do."""
    match decision.verdict:
        case Verdict.PASS | Verdict.WAIVED:
            steps: Sequence[str] = ()
        case Verdict.WARN:
            steps = _warned(decision)
        case Verdict.FAIL | Verdict.WOULD_FAIL:
            steps = failing_steps(decision)
        case Verdict.UNKNOWN:
            steps = _unknown(decision)
        case Verdict.NO_RESULT:
            steps = _no_result(decision)
        case Verdict.UNCOVERED:
            steps = coverage_steps(decision, check_command(decision))
        case Verdict.ERROR:
            steps = _error(decision)
    cleaned = dict.fromkeys(clean(step, STEP) for step in steps)
    return tuple(step for step in cleaned if step)[:STEPS]


def _unknown(decision: Decision) -> list[str]:
    evaluation = decision.evaluation
    steps = [
        step
        for entry in evaluation.unmatched
        if entry.in_doubt
        for step in missing_steps(entry.reason)
    ]
    undecided = [
        each for each in evaluation.judgements if each.verdict is Verdict.UNKNOWN and each.columns
    ]
    undecided.sort(key=lambda judgement: judgement is not evaluation.deciding)
    for judgement in undecided:
        question = in_question(judgement)
        steps += missing_steps_of(finding for _, finding in question.missed)
        steps += _without(judgement, question)
    told = list(dict.fromkeys(steps))[: STEPS - 1]
    return [*told, f"Then judge the job again: {check_command(decision)}"]


def _without(judgement: Judgement, question: InQuestion) -> Iterable[str]:
    """How the policy decides without what is missing, or why it never can."""
    policy = clean(judgement.policy.name, _NAME)
    missing = [limit.name for limit, each in question.missed if each.outcome is Outcome.UNKNOWN]
    if missing:
        name = clean(missing[0], _NAME)
        yield f"Or let policy {policy} decide without it: on_missing: warn for {name}."
    elif not any(each.is_miss for _, each in question.missed):
        yield (
            f"Add a limit to policy {policy} that exists for this kind of configuration, or name "
            "the other kind in its endpoint_kind: nothing was compared."
        )


def _warned(decision: Decision) -> list[str]:
    steps = []
    for judgement in decision.evaluation.judgements:
        place = told_candidate(judgement, compliant(decision.evaluation))
        if judgement.verdict is not Verdict.WARN or place is None:
            continue
        for finding in judgement.findings(place):
            policy = clean(judgement.policy.name, _NAME)
            if finding.outcome is Outcome.WARN:
                steps.append(_warned_of(finding, policy))
            else:
                steps += missing_steps_of([finding])
    return steps


def _warned_of(finding: Finding, policy: str) -> str:
    label = clean(finding.label, _NAME)
    if not isinstance(finding.observed, float | int) or finding.warn is None:
        return f"Look at {label}: policy {policy} warns of it."
    fails = "" if finding.fail is None else f", it fails beyond {digits(finding.fail)}"
    return (
        f"Look at {label}: {finding.limit} is {digits(finding.observed)}, and policy {policy} "
        f"warns from {digits(finding.warn)} on{fails}."
    )


def _no_result(decision: Decision) -> list[str]:
    snapshot = decision.snapshot
    match snapshot.status:
        case JobStatus.FAILED:
            return _job_failed(decision)
        case JobStatus.STOPPED:
            request = told_requests(decision).get("stopped")
            who = [f"Ask {caller(request)} why the job was stopped."] if request else []
            again = "Start the job again to get a verdict: partial results are not used."
            return [*who, again] if who else [again, "CloudTrail tells who stopped it."]
        case JobStatus.COMPLETED:
            return _no_recommendation(decision)
        case JobStatus.DELETED:
            return ["Start the job again: it no longer exists, and nothing was measured."]
        case _:
            return ["Wait until the job has ended.", f"Then judge it: {check_command(decision)}"]


def _job_failed(decision: Decision) -> list[str]:
    """The steps of the likely cause: of the job's own reason, else of a benchmark's."""
    snapshot = decision.snapshot
    reasons = [snapshot.failure_reason, *(step.failure_reason for step in snapshot.steps)]
    causes = (likely_cause(reason) for reason in reasons if reason)
    found = next((cause for cause in causes if cause is not None), None)
    if found is not None:
        return list(found.next_steps)
    return [
        "Read the job's log streams in log group /aws/sagemaker/InferenceRecommendationsJobs.",
        "Deploy the model by hand on one instance and send it the sample payload.",
        "Start the job again when that works.",
    ]


def _no_recommendation(decision: Decision) -> list[str]:
    snapshot = decision.snapshot
    failed = [step.failure_reason for step in snapshot.steps if step.failure_reason]
    if failed:
        return _job_failed(decision)
    if snapshot.existing_endpoints:
        return [
            "Start a job with EndpointConfigurations or a model package: this one only measured "
            "an endpoint that exists, and recommends nothing."
        ]
    return [
        "Read the job's log streams in log group /aws/sagemaker/InferenceRecommendationsJobs.",
        "Start the job again: it completed without a recommendation.",
    ]


def _error(decision: Decision) -> list[str]:
    problems = decision.evaluation.problems
    mend = [f"Mend {clean(problem, STEP - 5)}" for problem in problems[:1]]
    more = len(problems) - 1
    check = check_command(decision)
    again = f"{check} --record --notify --stack STACK"
    if decision.snapshot.job_arn is None:
        return [*mend, f"Judge the job again: {check}"]
    others = f", which names {more} more" if more > 0 else ""
    return [
        *mend,
        f"See that it judges at a desk{others}: {check}",
        f"Build and deploy the policies, then have the job judged again: {again}",
    ]
