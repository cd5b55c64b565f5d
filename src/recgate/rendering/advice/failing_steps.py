"""What to do about a verdict that FAILs, or would."""

from collections.abc import Iterable, Sequence

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.job_limit import JobLimit
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.advice.check_command import check_command
from recgate.rendering.advice.missing_values import missing_steps_of
from recgate.rendering.advice.policy_changes import change_steps, in_question
from recgate.rendering.safe_text import clean

_NAME = 48
_SHORT = 32
_RULE = 80
_WAYS = 3
"""How many steps stand before the last one, which is the same for all."""

OTHER_WAYS = {
    "max_cost_per_hour_usd": "with smaller or fewer instances",
    "max_cost_per_million_inferences_usd": (
        "with cheaper instance types, or with a model that answers more requests on one instance"
    ),
    "max_latency_p99_ms": "with faster instance types, or with a smaller or compiled model",
    "max_model_latency_ms": "with faster instance types, or with a smaller or compiled model",
    "min_invocations_per_minute": "with larger or more instances",
    "max_cpu_utilization_pct": "with more cores, or with fewer requests for each instance",
    "max_memory_utilization_pct": "with more memory, or with fewer worker processes",
    "max_instance_count": "with larger instances, so that fewer are needed",
    "max_serverless_memory_mb": "with less serverless memory, or with a smaller model",
    "max_serverless_concurrency": "with a lower MaxConcurrency",
    "min_latency_gain_over_existing_pct": (
        "with faster instance types: as it is, the existing endpoint is as good"
    ),
    "min_throughput_gain_over_existing_pct": (
        "with larger instance types: as it is, the existing endpoint is as good"
    ),
    "instance_families": "with instance types of families that the policy allows",
    "instance_types": "with instance types that the policy allows",
}
"""What a new job should be like, by the limit that is broken: the other way than changing it."""


def failing_steps(decision: Decision) -> list[str]:
    """The steps, the most useful first, four at most."""
    evaluation = decision.evaluation
    closed = [
        each
        for each in evaluation.judgements
        if each.verdict in (Verdict.FAIL, Verdict.WOULD_FAIL) and each.columns
    ]
    closed.sort(key=lambda judgement: judgement is not evaluation.deciding)
    steps: list[str] = []
    if not closed:
        steps += _no_joint_witness(evaluation.judgements)
    changes = [step for judgement in closed for step in _ways_in(judgement)]
    deadlines = [step for judgement in closed for step in _deadline(decision, judgement)]
    others = [step for judgement in closed for step in _other_ways(judgement)]
    # One place is kept for each kind, so that many changes do not hide the other way; but a
    # change of one policy that takes several steps is told whole.
    whole = len(closed) == 1 and len(changes) == _WAYS
    steps += changes if whole else changes[: _WAYS - len(deadlines[:1]) - len(others[:1])]
    steps += [*deadlines[:1], *others[:1]]
    check = check_command(decision)
    return [*steps[:_WAYS], f"Try a change of policy before you make it: {check}"]


def _ways_in(judgement: Judgement) -> Iterable[str]:
    """How the configurations in question would be let in."""
    policy = clean(judgement.policy.name, _NAME)
    rows, needed = len(judgement.candidates), judgement.policy.candidates.at_least
    if needed is not None and needed > rows:
        more = "one more configuration" if needed - rows == 1 else f"{needed - rows} more"
        yield f"Benchmark {more}: policy {policy} wants {needed}, and the job has {rows}."
        comply = sum(judgement.verdict_on(place).opens_gate for place in range(rows))
        if comply:
            yield f"Or set candidates of policy {policy} to at_least: {comply} (now {needed})."
        return
    question = in_question(judgement)
    changes = change_steps(judgement, question)
    yield from changes
    broken = {limit.name for limit, each in question.missed if each.outcome is Outcome.FAIL}
    if not changes and any(name in OTHER_WAYS for name in broken):
        yield (
            f"Look at the whole policy {policy}: the nearest configuration breaks {len(broken)} of "
            "its limits."
        )
    for limit, finding in question.missed:
        if isinstance(limit, JobLimit) and finding.outcome is Outcome.FAIL:
            yield (
                f"Start the job again so that {clean(finding.label, _NAME)} is "
                f"{clean(finding.rule, _RULE)}."
            )
    yield from missing_steps_of(finding for _, finding in question.missed)


def _other_ways(judgement: Judgement) -> Iterable[str]:
    for limit, finding in in_question(judgement).missed:
        if finding.outcome is Outcome.FAIL and limit.name in OTHER_WAYS:
            yield f"Or run the job again {OTHER_WAYS[limit.name]}."


def _deadline(decision: Decision, judgement: Judgement) -> Iterable[str]:
    """Until when a policy that only observes does so."""
    begins = judgement.policy.enforce_from
    if judgement.verdict is Verdict.WOULD_FAIL and begins and decision.judged_on < begins:
        policy = clean(judgement.policy.name, _NAME)
        yield f"Do so before {begins.isoformat()}: from then on policy {policy} is enforced."


def _no_joint_witness(judgements: Sequence[Judgement]) -> Iterable[str]:
    """Every policy is met, and by other configurations."""
    met = [
        f"policy {clean(each.policy.name, _SHORT)} accepts "
        f"{clean(each.candidates[each.chosen].configuration, _SHORT)}"
        for each in judgements
        if each.chosen is not None
    ]
    yield f"No one configuration meets them all: {', '.join(met[:2])}."
    yield "Let the policies agree on one, or benchmark more instance types."
