"""A message says what to do next, and what it says is true."""

import ast
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pytest

from recgate.cli.main import recgate
from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.evaluation import failed_evaluation
from recgate.domain.job import ExistingEndpoint, JobStatus, Step
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import ALL, ANY, Mode, Policy, Quantifier
from recgate.domain.reading import NOT_REPORTED, Reading
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Verdict
from recgate.rendering.advice.failing_steps import OTHER_WAYS
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.advice.missing_values import missing_steps
from recgate.rendering.advice.next_steps import STEP, STEPS, next_steps
from recgate.rendering.advice.policy_changes import digits
from tests.builders import at_most, candidate, decision, families, policy, snapshot
from tests.rendering.decisions import BY_A_HOSTILE_CALLER, decisions
from tests.rendering.test_untrusted_text import NASTY

SRC = Path(__file__).parents[2] / "src" / "recgate"
COMMAND = r"(?:: |\(|with )recgate ([a-z]+)((?: [^ ,.;:()]+)*)"
CHECK = "recgate check fraud-ranker-v14 --region eu-west-1"
COST = at_most("max_cost_per_hour_usd", 1.5)
P99 = at_most("max_latency_p99_ms", 120)


def measured(cost: float | None = 1.0, p99: float | Reading | None = 100.0) -> Candidate:
    return candidate("ml.g5.xlarge", cost_per_hour_usd=cost, latency_p99_ms=p99)


def scoped(**conditions: tuple[str, ...]) -> Scope:
    return Scope(tuple(Condition(key.replace("__", "."), each) for key, each in conditions.items()))


# --- for every decision ---------------------------------------------------------------------


@pytest.mark.parametrize("name", decisions())
def test_steps_are_few_short_and_clean(name: str) -> None:
    """They fit into every medium as they are."""
    steps = next_steps(decisions()[name])

    assert len(steps) <= STEPS == 4
    assert all(0 < len(step) <= STEP == 200 for step in steps)
    assert all(step == " ".join(step.split()) for step in steps)
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("name", decisions())
def test_there_is_something_to_do_unless_the_gate_is_open_without_a_warning(name: str) -> None:
    """A pass wants nothing of anybody; everything else says what."""
    made = decisions()[name]

    fine = made.verdict in (Verdict.PASS, Verdict.WAIVED)

    assert bool(next_steps(made)) is not fine


def test_every_verdict_is_among_these_decisions() -> None:
    """Else the promises above would be about less than they say."""
    known = {made.verdict for made in decisions().values()} | {Verdict.WAIVED}

    assert known == set(Verdict)


@pytest.mark.parametrize("name", decisions())
def test_a_command_that_is_named_exists_with_its_options(name: str) -> None:
    """People copy it."""
    for step in next_steps(decisions()[name]):
        for command, options in re.findall(COMMAND, step):
            named = recgate.get_command(click.Context(recgate), command)
            assert named is not None, step
            known = {each for made in named.params for each in made.opts}
            assert set(re.findall(r"--[a-z-]+", options)) <= known, step


# --- FAIL -----------------------------------------------------------------------------------


def test_a_failure_names_the_limit_and_the_value_that_would_pass() -> None:
    """Every digit that counts, as a policy file has it."""
    made = decision(snapshot(measured(cost=1.5041)), policy(COST))

    assert next_steps(made) == (
        "To accept ml.g5.xlarge × 1, set max_cost_per_hour_usd to 1.5041 (now 1.5) in policy "
        "prod-realtime, or have it waived for a while (recgate waiver add).",
        "Or run the job again with smaller or fewer instances.",
        f"Try a change of policy before you make it: {CHECK}",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.5, "1.5"), (1e6, "1000000"), (0.000012, "0.000012"), (130.0, "130"), (1e300, "1e+300")],
)
def test_a_number_is_written_as_a_policy_file_has_it(value: float, text: str) -> None:
    """No dollar sign, no comma, no exponent that people have to count."""
    assert digits(value) == text
    assert float(digits(value)) == value


CHANGE = re.compile(r"[Ss]et ([a-z0-9_]+) to ([0-9.e+-]+) \(now ([0-9.e+-]+)\)")
TELLABLE = (
    "max_cost_per_hour_usd",
    "max_cost_per_million_inferences_usd",
    "max_latency_p99_ms",
    "max_model_latency_ms",
    "min_invocations_per_minute",
    "max_cpu_utilization_pct",
)


def random_failure(chance: random.Random) -> tuple[Decision, Policy]:
    """A job that fails a policy of a few numeric limits."""
    names = chance.sample(TELLABLE, chance.randint(1, 3))
    limits: list[Limit] = []
    for name in names:
        spec, bound = NUMERIC_LIMITS[name], round(chance.uniform(0.5, 500), chance.randint(0, 4))
        limits.append(NumericLimit(spec, None, bound, OnMissing.FAIL))
    figures = [name.removeprefix("max_").removeprefix("min_") for name in names]
    rows = [
        candidate(f"ml.m{place}.large", instance_count=1, recommendation_id=None, **measures)
        for place in range(chance.randint(1, 6))
        for measures in [{name: chance.uniform(0.001, 2000) for name in figures}]
    ]
    asked = policy(*limits, candidates=chance.choice((ANY, ALL, Quantifier(2))))
    return decision(snapshot(*rows), asked), asked


def changed(asked: Policy, steps: tuple[str, ...]) -> Policy:
    """The policy after everybody did what the steps say."""
    values = {name: float(value) for step in steps for name, value, _ in CHANGE.findall(step)}
    limits = tuple(
        replace(limit, fail=values.get(limit.name, limit.fail))
        for limit in asked.limits
        if isinstance(limit, NumericLimit)
    )
    return replace(asked, limits=limits)


def test_a_policy_that_is_changed_as_told_passes() -> None:
    """The digits are true: for any figures, one configuration, some of them, or all."""
    chance, tried = random.Random(4), 0  # noqa: S311  the same cases in every run
    for _ in range(800):
        made, asked = random_failure(chance)
        steps = next_steps(made)
        if made.verdict is not Verdict.FAIL or not any(map(CHANGE.search, steps)):
            continue
        tried += 1

        again = decision(made.snapshot, changed(asked, steps))

        assert again.verdict is Verdict.PASS, (steps, asked.candidates)
    assert tried > 300


def test_the_value_told_is_the_least_that_passes() -> None:
    """A limit that is set higher than it must be gives away what it was for."""
    made = decision(snapshot(measured(cost=2.0), measured(cost=3.0)), policy(COST))

    told = CHANGE.search(next_steps(made)[0])

    assert told is not None
    assert told.groups() == ("max_cost_per_hour_usd", "2", "1.5")


def test_all_configurations_are_let_in_where_all_must_comply() -> None:
    """The value is that of the worst of them."""
    rows = (measured(cost=1.0), measured(cost=3.25), measured(cost=2.0))

    steps = next_steps(decision(snapshot(*rows), policy(COST, candidates=ALL)))

    assert steps[0].startswith("To accept 3 configurations, set max_cost_per_hour_usd to 3.25")


def test_many_long_changes_are_told_one_by_one_and_none_is_cut() -> None:
    """Half a number would be another number."""
    limits = (
        at_most("max_cost_per_million_inferences_usd", 0.123456),
        at_most("min_invocations_per_minute", 123456),
        at_most("max_model_latency_ms", 0.123456),
    )
    row = candidate(
        "ml.g5.48xlarge",
        cost_per_million_inferences_usd=1.23457,
        invocations_per_minute=1.23457,
        model_latency_ms=1.23457,
    )

    steps = next_steps(decision(snapshot(row), policy(*limits, name="x" * 64)))

    assert [step.split(" to ")[0] for step in steps[:3]] == [
        "Set max_cost_per_million_inferences_usd",
        "Set min_invocations_per_minute",
        "Set max_model_latency_ms",
    ]
    assert all("to 1.23457 (now " in step for step in steps[:3])
    assert all("(one of 3 changes)" in step for step in steps[:3])


def test_a_configuration_that_breaks_many_limits_is_not_argued_in() -> None:
    """Four changes make another policy."""
    row = candidate(
        cost_per_hour_usd=9, latency_p99_ms=999, model_latency_ms=999, invocations_per_minute=1
    )
    limits = (
        COST,
        P99,
        at_most("max_model_latency_ms", 9),
        at_most("min_invocations_per_minute", 99),
    )

    steps = next_steps(decision(snapshot(row), policy(*limits)))

    assert "breaks 4 of its limits" in steps[0]
    assert steps[1] == "Or run the job again with smaller or fewer instances."


def test_a_family_that_is_not_allowed_is_named() -> None:
    """And on which of the two lists."""
    outside = next_steps(decision(snapshot(measured()), policy(families(allow=("c7g",)))))
    denied = next_steps(decision(snapshot(measured()), policy(families(deny=("g5",)))))

    assert "add g5 to allow of instance_families" in outside[0]
    assert "take g5 out of deny of instance_families" in denied[0]
    assert outside[1] == "Or run the job again with instance types of families that the policy " + (
        "allows."
    )


def test_a_family_on_both_lists_is_taken_off_one_and_put_on_the_other() -> None:
    """One of the two changes would not do."""
    both = SetLimit("instance_families", frozenset({"c7g"}), frozenset({"g5"}), OnMissing.FAIL)

    steps = next_steps(decision(snapshot(measured()), policy(both)))

    assert "take g5 out of deny" in steps[0]
    assert "add g5 to allow" in steps[0]


def test_a_field_of_the_job_is_mended_by_another_job() -> None:
    """No limit lets it in."""
    vpc = JobLimit(
        "InputConfig.VpcConfig", "inside the VPC", OnMissing.FAIL, lambda _: None, present=True
    )

    steps = next_steps(decision(snapshot(measured()), policy(vpc)))

    assert steps[0] == (
        "Start the job again so that InputConfig.VpcConfig is present (inside the VPC)."
    )


def test_too_few_configurations_are_counted() -> None:
    """What is missing, and what the policy would have to say."""
    asked = policy(COST, candidates=Quantifier(4))

    steps = next_steps(decision(snapshot(measured(), measured()), asked))

    assert steps[0] == "Benchmark 2 more: policy prod-realtime wants 4, and the job has 2."
    assert steps[1] == "Or set candidates of policy prod-realtime to at_least: 2 (now 4)."


def test_policies_that_accept_different_configurations_are_named() -> None:
    """Each is met, but no one configuration meets both."""
    steps = next_steps(decisions()["fail-no-joint-witness"])

    assert steps[0] == (
        "No one configuration meets them all: policy prod-realtime accepts ml.c7g.xlarge × 1, "
        "policy gpu accepts ml.g6.2xlarge × 1."
    )


def test_a_policy_that_only_observes_says_until_when() -> None:
    """Afterwards the same job would be stopped."""
    later = policy(COST, enforce_from=date(2026, 12, 1))

    steps = next_steps(decision(snapshot(measured(cost=2.0)), later))

    assert steps[1] == "Do so before 2026-12-01: from then on policy prod-realtime is enforced."
    assert not any(
        "enforced" in step
        for step in next_steps(
            decision(snapshot(measured(cost=2.0)), policy(COST, mode=Mode.OBSERVE))
        )
    )


def test_what_is_missing_beside_a_broken_limit_is_told_too() -> None:
    """The broken limit first: without it nothing helps."""
    row = measured(cost=2.0, p99=Reading(None, missing="too few samples: 12 of at least 100"))

    steps = next_steps(decision(snapshot(row), policy(COST, P99)))

    assert steps[0].startswith("To accept")
    assert steps[1].startswith("Send more requests")


def test_there_is_another_way_than_changing_any_limit() -> None:
    """A limit that is added to the language needs one."""
    assert set(OTHER_WAYS) == {*NUMERIC_LIMITS, *SET_LIMITS}


# --- UNKNOWN --------------------------------------------------------------------------------


def test_too_few_samples_are_counted_and_the_setting_is_named() -> None:
    """Measure more, or ask for less."""
    steps = next_steps(decisions()["unknown"])

    assert steps == (
        "Send more requests to each configuration: more users or longer phases in the "
        "TrafficPattern of an Advanced job. 12 samples were measured, 100 are needed.",
        "Or lower MinP99Samples of the stack (now 100), so that fewer samples count.",
        "Or let policy prod-realtime decide without it: on_missing: warn for max_latency_p99_ms.",
        f"Then judge the job again: {CHECK}",
    )


def test_a_policy_told_to_decide_without_a_value_does() -> None:
    """The step about on_missing is true."""
    lenient = at_most("max_latency_p99_ms", 120, on_missing=OnMissing.WARN)

    assert decision(snapshot(measured(p99=None)), policy(COST, P99)).verdict is Verdict.UNKNOWN
    assert decision(snapshot(measured(p99=None)), policy(COST, lenient)).verdict is Verdict.WARN


def test_tags_that_are_not_known_are_asked_of_the_role() -> None:
    """Nobody can tell whether the policy applies."""
    made = decision(
        replace(snapshot(measured()), tags=None), policy(COST, scope=scoped(tags__env=("prod",)))
    )

    steps = next_steps(made)

    assert made.verdict is Verdict.UNKNOWN
    assert "sagemaker:ListTags" in steps[0]
    assert "--tag KEY=VALUE" in steps[1]


def test_a_policy_without_a_limit_for_this_kind_is_told_to_have_one() -> None:
    """Nothing was compared, and that is no pass."""
    made = decision(snapshot(measured()), policy(at_most("max_serverless_memory_mb", 2048)))

    steps = next_steps(made)

    assert made.verdict is Verdict.UNKNOWN
    assert steps[0].startswith("Add a limit to policy prod-realtime that exists for this kind")


def test_a_cost_that_is_not_reported_is_measured_again() -> None:
    """There is no way to guess it."""
    steps = next_steps(decision(snapshot(measured(cost=None)), policy(COST)))

    assert steps[0].startswith("Start the job again: SageMaker reported no number there.")


def test_a_reason_that_nobody_foresaw_still_has_a_step() -> None:
    """A recorded job may carry any words."""
    odd = Reading(None, missing="the cat sat on it")

    steps = next_steps(decision(snapshot(measured(p99=odd)), policy(P99)))

    assert steps[0] == "Get latency P99 measured: start the job again."


REASONS_IN = (
    "dialect/readings.py",
    "dialect/measured.py",
    "dialect/latency_query.py",
    "dialect/recommendations.py",
    "dialect/document.py",
    "domain/reading.py",
    "domain/set_limit.py",
    "domain/job_limit.py",
    "domain/scope.py",
)


def texts(part: ast.AST) -> Iterator[str]:
    """The texts in an expression; what is put into them is 7, as in ``cannot be read from 7``."""
    match part:
        case ast.JoinedStr(values=values):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else "7" for each in values
            )
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from texts(body)
            yield from texts(other)
        case ast.BoolOp(values=values) | ast.Call(args=values):
            for each in values:
                yield from texts(each)


def reasons_in(module: str) -> Iterator[str]:
    """The words that a module writes where a value is missing."""
    for node in ast.walk(ast.parse((SRC / module).read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="Reading"), args=[_, _, _, missing, *_]):
                yield from texts(missing)
            case ast.Call(func=ast.Name(id="ScopeMatch"), args=[ast.Attribute(attr=kind), reason]):
                yield from texts(reason) if kind == "CANNOT_TELL" else ()
            case ast.keyword(arg="missing", value=missing):
                yield from texts(missing)
            case ast.Return(value=ast.Tuple(elts=[ast.Constant(value=None), missing])):
                yield from texts(missing)
            case ast.Dict(keys=[ast.Constant(value="missing")], values=[missing]):
                yield from texts(missing)
            case ast.Assign(targets=[target], value=value):
                match target:
                    case ast.Subscript(value=ast.Name(id="notes")) | ast.Name(id="reason"):
                        yield from texts(value)
                    case ast.Subscript(slice=ast.Constant(value="note")):
                        yield from texts(value)


COLLECTED = sorted(
    {
        # 7 stands for a key of applies_to there.
        reason.replace("7: not known", "tags.env: not known").replace(
            "has 7 samples", "has 12 samples"
        )
        for module in REASONS_IN
        for reason in reasons_in(module)
        if reason not in ("", "7")
    }
)


@pytest.mark.parametrize("reason", COLLECTED)
def test_every_reason_for_a_missing_value_has_a_step(reason: str) -> None:
    """Collected from where they are written: a new one needs an entry of the table."""
    steps = missing_steps(reason)

    assert 1 <= len(steps) <= 2, reason
    assert all(len(step) <= STEP for step in steps)
    assert not any("{" in step for step in steps)


def test_the_reasons_were_found() -> None:
    """A collection that finds nothing would promise nothing."""
    assert len(COLLECTED) >= 20
    assert {
        "NaN",
        "not reported",
        "infinite",
        "negative: 7",
        "zero, which is no price",
        "too few samples: 7 of at least 7",
        "number of samples not known",
        "P99 was not measured",
        "P99 was not measured: the recommendation names no endpoint",
        "the job compared with no existing endpoint",
        "no instance type reported",
        "cannot be read from 7",
        "not in the job",
        "tags.env: not known for this job",
    } <= set(COLLECTED)


@pytest.mark.parametrize("key", ["model_package_groups", "regions", "accounts", "job_types"])
def test_every_condition_that_cannot_be_told_has_a_step(key: str) -> None:
    """What a recorded job leaves out."""
    bare = replace(
        snapshot(measured()), model_known=False, region=None, account=None, job_type=None
    )
    made = decision(bare, policy(COST, scope=scoped(**{key: ("x",)})))

    steps = next_steps(made)

    assert made.verdict is Verdict.UNKNOWN
    assert steps[0].startswith("Record the whole Describe response")


@pytest.mark.parametrize(
    "reason", ["", "?", "x" * 100_000, "too few samples: many", "<!channel> NaN"]
)
def test_words_that_are_not_ours_lead_nowhere(reason: str) -> None:
    """Nothing is put into a step that was not looked for."""
    assert missing_steps(reason) == ()


# --- NO RESULT ------------------------------------------------------------------------------


def test_a_failed_job_has_the_steps_of_its_likely_cause() -> None:
    """The table of failure reasons is the one place for them."""
    reason = "ResourceLimitExceeded when calling the CreateEndpoint operation"
    cause = likely_cause(reason)
    made = decision(snapshot(status=JobStatus.FAILED, failure_reason=reason), policy(COST))

    assert cause is not None
    assert next_steps(made) == cause.next_steps


def test_a_failed_job_whose_reason_says_nothing_has_those_of_a_benchmark() -> None:
    """Partial failures say more than their sum."""
    steps = (Step("FAILED", failure_reason="?"), Step("FAILED", failure_reason="PayloadError"))
    made = snapshot(status=JobStatus.FAILED, failure_reason="Benchmark failed.", steps=steps)
    cause = likely_cause("PayloadError")

    assert cause is not None
    assert next_steps(decision(made, policy(COST))) == cause.next_steps


@pytest.mark.parametrize("reason", [None, "", "no idea"])
def test_a_failed_job_that_nobody_understands_has_logs(reason: str | None) -> None:
    """There is always somewhere to look."""
    made = decision(snapshot(status=JobStatus.FAILED, failure_reason=reason), policy(COST))

    assert "/aws/sagemaker/InferenceRecommendationsJobs" in next_steps(made)[0]


def test_a_stopped_job_names_who_stopped_it() -> None:
    """They know why."""
    assert next_steps(decisions()["stopped-by-somebody"]) == (
        "Ask bo@example.com (permission set FinOps) why the job was stopped.",
        "Start the job again to get a verdict: partial results are not used.",
    )
    assert "CloudTrail" in next_steps(decisions()["stopped"])[1]


def test_a_job_that_recommends_nothing_is_started_another_way() -> None:
    """Because its benchmarks failed, or because it only measured what is there."""
    endpoint = ExistingEndpoint("prod", NOT_REPORTED, NOT_REPORTED)
    cause = likely_cause("PayloadError")
    failed = snapshot(steps=(Step("FAILED", failure_reason="PayloadError"),))
    only_measured = snapshot(existing_endpoints=(endpoint,))

    assert cause is not None
    assert next_steps(decision(failed, policy(COST))) == cause.next_steps
    assert "only measured" in next_steps(decision(only_measured, policy(COST)))[0]
    assert "completed without" in next_steps(decision(snapshot(), policy(COST)))[1]


@pytest.mark.parametrize("status", [JobStatus.DELETED, JobStatus.DELETING, JobStatus.IN_PROGRESS])
def test_a_job_in_any_other_state_has_a_step(status: JobStatus) -> None:
    """Also in those that are never judged."""
    assert next_steps(decision(snapshot(status=status), policy(COST)))


# --- UNCOVERED ------------------------------------------------------------------------------


def test_the_tag_that_is_missing_is_named_with_a_value_that_fits() -> None:
    """The policy that is nearest first."""
    job = snapshot(measured(), tags={"env": "dev"})
    near = policy(COST, name="near", scope=scoped(tags__env=("prod", "production")))
    far = policy(
        COST, name="far", scope=scoped(tags__env=("p*",), tags__team=("ml",), regions=("x",))
    )

    steps = next_steps(decision(job, far, near))

    assert steps == (
        "Tag such jobs with env=prod, and policy near applies to them: this one has dev.",
        "Widen applies_to of policy far: tags.env: dev is none of p*.",
        "Or write a policy whose applies_to fits this job.",
        f"Then judge the job again: {CHECK}",
    )


def test_a_job_tagged_as_told_is_covered() -> None:
    """The tag that is named is the one that was missing."""
    asked = policy(COST, scope=scoped(tags__env=("prod", "production"), tags__team=("ml",)))

    step = next_steps(decision(snapshot(measured(), tags={"x": "y"}), asked))[0]
    tags = dict(each.split("=") for each in re.findall(r"[a-z]+=[a-z]+", step))

    assert "this one has no such tag" in step
    assert decision(snapshot(measured(), tags=tags), asked).verdict is Verdict.PASS


def test_a_pattern_is_not_passed_off_as_a_value() -> None:
    """A tag with a star in it would not be what its owner means."""
    asked = policy(COST, scope=scoped(tags__env=("prod-*",)))

    steps = next_steps(decision(snapshot(measured(), tags={}), asked))

    assert "env=prod-* (a pattern)" in steps[0]


def test_another_kind_of_endpoint_is_told_as_the_reason() -> None:
    """No tag helps there."""
    asked = policy(COST, scope=Scope(endpoint_kind=EndpointKind.SERVERLESS))

    steps = next_steps(decision(snapshot(measured()), asked))

    assert "endpoint_kind: no serverless recommendation in the job" in steps[0]


def test_without_any_policy_the_first_is_to_be_written() -> None:
    """Right after the installation."""
    steps = next_steps(decision(snapshot(measured())))

    assert steps[0].startswith("Write a policy whose applies_to fits this job")


# --- ERROR, WARN ----------------------------------------------------------------------------


def test_a_broken_policy_is_named_by_file_and_line() -> None:
    """Then the deployed stack judges the job again."""
    steps = next_steps(decisions()["error"])

    assert steps == (
        "Mend policies/prod.yaml:6: require.max_cost: unknown key",
        f"See that it judges at a desk, which names 1 more: {CHECK}",
        "Build and deploy the policies, then have the job judged again: "
        f"{CHECK} --record --notify --stack STACK",
    )


def test_a_recorded_job_is_judged_again_from_its_file() -> None:
    """It is in no stack."""
    made = decision(
        snapshot(measured(), job_arn=None), evaluation=failed_evaluation(["p.yaml: empty"])
    )

    assert next_steps(made) == (
        "Mend p.yaml: empty",
        "Judge the job again: recgate check --file FILE",
    )


def test_a_warning_says_which_and_how_far() -> None:
    """Before it becomes a failure."""
    asked = policy(at_most("max_cost_per_hour_usd", 1.5, warn=1.0), P99)

    assert next_steps(decision(snapshot(measured(cost=1.222)), asked)) == (
        "Look at cost/hour: max_cost_per_hour_usd is 1.222, and policy prod-realtime warns from 1 "
        "on, it fails beyond 1.5.",
    )


def test_a_value_that_is_missing_and_only_warned_of_is_to_be_measured() -> None:
    """The same steps as for one that keeps the gate closed."""
    asked = policy(COST, at_most("max_latency_p99_ms", 120, on_missing=OnMissing.WARN))
    job = snapshot(measured(p99=Reading(None, missing="too few samples: 3 of at least 50")))

    steps = next_steps(decision(job, asked))

    assert "3 samples were measured, 50 are needed" in steps[0]


# --- hostile --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NASTY)
def test_foreign_text_makes_no_step_long_unclean_or_a_command(text: str) -> None:
    """Whoever names a job, a policy or a tag writes no line of a shell."""
    row = candidate(text, latency_p99_ms=Reading(None, missing=text), cost_per_hour_usd=2.0)
    job = replace(
        snapshot(row, tags={"env": text}), job_name=f"x; rm -rf {text}", region=f"eu-west-1;{text}"
    )
    limits = (COST, P99, families(allow=(text,)), at_most("max_model_latency_ms", 1.0))
    field = JobLimit(text, text, OnMissing.FAIL, lambda _: text, one_of=("x",))
    made = [decision(job, policy(*limits[:count], field, name=text)) for count in range(1, 5)]
    made += [
        decision(job, policy(P99, name=text)),
        decision(job, policy(COST, name=text, scope=scoped(tags__env=("prod",)))),
        decision(job, evaluation=failed_evaluation([text])),
        decision(
            replace(job, status=JobStatus.FAILED, failure_reason=text, candidates=()), policy(COST)
        ),
        decision(
            replace(job, status=JobStatus.STOPPED, candidates=()),
            policy(COST),
            requests=(
                replace(BY_A_HOSTILE_CALLER, action=RequestedAction.STOPPED),
                Request(RequestedAction.STOPPED, by=text),
            ),
        ),
    ]

    for each in made:
        for step in next_steps(each):
            assert 0 < len(step) <= STEP
            assert not {"Cc", "Cf", "Cs", "Co", "Cn"} & set(map(unicodedata.category, step))
            assert "rm -rf" not in step
            assert not re.search(r"recgate check (?!JOB\b|--file FILE\b)", step)
