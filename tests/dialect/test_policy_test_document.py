"""A test written as data is judged as a job of the same figures would be."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.adapters.policy_files.job_paths import compile_path
from recgate.adapters.policy_files.source_text import decoded
from recgate.adapters.policy_files.strict_yaml import read_yaml
from recgate.dialect.policy_document import policy_from
from recgate.dialect.policy_test_document import policy_test_from
from recgate.dialect.policy_test_job import given_snapshot
from recgate.dialect.policy_test_suggestion import suggested_case
from recgate.domain.candidate import EndpointKind, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.evaluation import evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limit_coverage import breaks_as, coverage_of, missing_cases
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.policy import ALL, Policy, Quantifier
from recgate.domain.policy_test_result import CaseResult, run_test
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Outcome
from recgate.rendering.test_results.case_text import case_text, gathered
from tests.builders import at_most, candidate, snapshot
from tests.builders import policy as built_policy

TODAY = "2026-12-10"
DAY = date(2026, 12, 10)


def no_job(written: str, tags: Mapping[str, str] | None) -> Snapshot:
    raise AssertionError(written)


def ran(policy: Policy, case: Mapping[str, Any]) -> CaseResult:
    """What the runner makes of a case."""
    entry = {"name": "a case", "expect": {}, **case}
    document = {"policy": policy.name, "today": TODAY, "tests": [entry]}
    return run_test(policy_test_from(document, 0, no_job), policy)


# --- the runner and the product judge alike ------------------------------------------------

FIGURES = (
    "cost_per_hour_usd",
    "cost_per_million_inferences_usd",
    "latency_p99_ms",
    "model_latency_ms",
    "invocations_per_minute",
    "cpu_utilization_pct",
    "memory_utilization_pct",
)
amounts = st.sampled_from([0.5, 1, 2, 2.5, 2.500001, 3, 99.9999, 100, 100.0001])
rows = st.fixed_dictionaries(
    {
        "instance": st.sampled_from(["ml.c7g.xlarge", "ml.m7g.large", "ml.p4d.24xlarge", "odd"]),
        "instance_count": st.integers(1, 3),
    },
    optional=dict.fromkeys(FIGURES, amounts),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy of numeric limits and a set, under every way to count candidates."""
    names = draw(st.lists(st.sampled_from(sorted(NUMERIC_LIMITS)), min_size=1, unique=True))
    limits: list[Limit] = []
    for name in names:
        bounds = sorted((draw(amounts), draw(amounts)))
        if NUMERIC_LIMITS[name].direction is Direction.AT_LEAST:
            bounds.reverse()
        warn = draw(st.sampled_from([None, bounds[0]]))
        fail = bounds[1] if warn is None else draw(st.sampled_from([None, bounds[1]]))
        on_missing = draw(st.sampled_from(OnMissing))
        limits.append(at_most(name, fail, warn=warn, on_missing=on_missing))
    if draw(st.booleans()):
        limits.append(
            SetLimit(
                "instance_families", None, frozenset({"p4d"}), draw(st.sampled_from(OnMissing))
            )
        )
    counted = draw(st.sampled_from([Quantifier(1), ALL, Quantifier(2)]))
    return built_policy(*limits, name="prod", candidates=counted)


def _order(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Rule 3 of the language, said once more: cost, P99, model latency; what is missing last."""
    keys = ("cost_per_hour_usd", "latency_p99_ms", "model_latency_ms")
    cost, p99, latency = (float(f"{row.get(key, float('inf')):.6g}") for key in keys)
    return cost, p99, latency


@given(policy=policies(), given_rows=st.lists(rows, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_runner_gives_what_the_product_gives(
    policy: Policy, given_rows: list[dict[str, Any]]
) -> None:
    """The same rows as candidates of a job: verdict, deciding row and every limit are equal."""
    ordered = sorted(given_rows, key=_order)
    job = snapshot(
        *(
            candidate(row["instance"], recommendation_id=f"{at:03d}", **_but_instance(row))
            for at, row in enumerate(ordered)
        )
    )

    result = ran(policy, {"given": given_rows})

    (product,) = evaluate(job, [policy], DAY).judgements
    runner = result.judgement
    assert runner is not None
    assert (runner.verdict, runner.deciding) == (product.verdict, product.deciding)
    assert runner.columns == product.columns
    assert [row.values for row in runner.candidates] == [row.values for row in product.candidates]


def _but_instance(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "instance"}


def test_a_serverless_row_is_a_serverless_recommendation() -> None:
    """With the sizes of the endpoint, and no instance."""
    sizes = {"memory_mb": 2048, "concurrency": 10}

    (row,) = given_snapshot([{"serverless": sizes, "cost_per_hour_usd": 1}], {}).candidates

    assert row.kind is EndpointKind.SERVERLESS
    assert row.configuration == "serverless 2048 MB × 10"
    assert row.instance_type is None


@pytest.mark.parametrize(
    "row", [{}, {"latency_p99_ms": "missing"}, {"latency_p99_ms": 84, "latency_p99_samples": 99}]
)
def test_what_is_left_out_missing_or_of_too_few_samples_was_not_measured(
    row: dict[str, Any],
) -> None:
    """Nothing is made up for a figure that a test does not give."""
    (made,) = given_snapshot([{"instance": "ml.c7g.xlarge", **row}], {}).candidates

    assert made.values[Metric.LATENCY_P99_MS] is None


def test_an_instance_count_left_out_is_one() -> None:
    """The one figure with a default; `missing` takes it away."""
    made = given_snapshot(
        [{"instance": "ml.c7g.xlarge"}, {"instance": "ml.c7g.large", "instance_count": "missing"}],
        {},
    )

    assert {row.configuration for row in made.candidates} == {
        "ml.c7g.xlarge × 1", "ml.c7g.large × ?"
    }  # fmt: skip


def test_a_stated_gain_counts_and_another_is_worked_out() -> None:
    """From EndpointPerformances, as for every job."""
    describe = {
        "EndpointPerformances": [
            {"Metrics": {"ModelLatency": 100, "MaxInvocations": 100}, "EndpointInfo": {}}
        ]
    }

    made = given_snapshot(
        [
            {
                "instance": "ml.c7g.xlarge",
                "model_latency_ms": 80,
                "throughput_gain_over_existing_pct": -7,
            }
        ],
        {"describe": describe},
    )

    values = made.candidates[0].values
    assert values[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] == 20
    assert values[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT] == -7


def test_the_job_around_the_rows_is_what_a_test_says() -> None:
    """Each key where Describe and ListTags have it."""
    made = given_snapshot(
        [],
        {
            "job_name": "checkout-7",
            "tags": {"env": "prod"},
            "model_package_group": "checkout",
            "region": "eu-west-1",
            "account": "111122223333",
            "job_type": "Advanced",
            "status": "FAILED",
            "describe": {"InputConfig": {"VpcConfig": {"Subnets": ["s-1"]}}, "RoleArn": None},
        },
    )

    assert (made.job_name, made.tags, made.job_type) == ("checkout-7", {"env": "prod"}, "Advanced")
    assert (made.region, made.account) == ("eu-west-1", "111122223333")
    assert (made.model_known, made.model_package_group) == (True, "checkout")
    assert made.status is JobStatus.FAILED
    assert made.describe["InputConfig"]["VpcConfig"] == {"Subnets": ["s-1"]}  # type: ignore[index, call-overload]
    assert "RoleArn" not in made.describe


# --- a missing test, written out -----------------------------------------------------------

WHOLE: dict[str, Any] = {
    "version": 1,
    "policy": "prod",
    "require": {
        "max_cost_per_hour_usd": {"warn": 2.0, "fail": 2.5},
        "max_cost_per_million_inferences_usd": 12.0,
        "max_latency_p99_ms": 120,
        "max_model_latency_ms": {"warn": 200},
        "min_invocations_per_minute": {"warn": 600, "fail": 400},
        "max_cpu_utilization_pct": {"warn": 80, "on_missing": "ignore"},
        "max_memory_utilization_pct": 85,
        "instance_families": {"allow": ["c7g", "g5"], "deny": ["p4d"]},
        "instance_types": {"deny": ["ml.g5.48xlarge"]},
        "max_instance_count": 8,
        "max_serverless_memory_mb": 4096,
        "max_serverless_concurrency": 50,
        "min_latency_gain_over_existing_pct": 10,
        "min_throughput_gain_over_existing_pct": 0,
        "job": [
            {"path": "InputConfig.VpcConfig", "present": True},
            {"path": "InputConfig.Endpoints", "present": False},
            {"path": "InputConfig.ContainerConfig.Framework", "one_of": ["PYTORCH", "on"]},
            {"path": "JobType", "one_of": ["Advanced"]},
        ],
    },
}
WAYS: list[dict[str, Any]] = [
    {},
    {"candidates": "all"},
    {"candidates": {"at_least": 3}},
    {"mode": "observe"},
    {"enforce_from": "2026-01-01"},
    {"applies_to": {"tags": {"env": "prod-*"}, "regions": ["eu-*"]}},
]


def whole(**changes: Any) -> Policy:
    return policy_from({**WHOLE, **changes}, "prod.yaml", compile_path)


@pytest.mark.parametrize("changes", WAYS, ids=lambda changes: next(iter(changes), "plain"))
def test_the_tests_to_paste_pass_and_cover_every_limit(changes: dict[str, Any]) -> None:
    """Written as YAML, read strictly, run: nothing is missing then."""
    policy = whole(**changes)
    missing = missing_cases(coverage_of([policy], []), suggested_case)
    cases = [each.case for each in missing if each.case is not None]

    pasted = "\n".join(case_text(case) for case in gathered(cases))
    text = f"policy: {policy.name}\ntoday: {TODAY}\ntests:\n{pasted}\n"

    document: Any = read_yaml(decoded(text.encode())).value
    results = [
        run_test(policy_test_from(document, at, no_job), policy)
        for at in range(len(document["tests"]))
    ]
    assert len(cases) == len(missing) == 2 * len(policy.limits)
    assert [each.test.name for each in results if each.unmet or each.unevaluated] == []
    assert coverage_of([policy], results)[0].is_complete
    names = [each.test.name for each in results]
    assert len(set(names)) == len(names)


@given(policy=policies())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_suggestion_does_what_it_says(policy: Policy) -> None:
    """Whatever the limits: the case gives the outcome, and what it expects is met."""
    for limit in policy.limits:
        for outcome in (Outcome.PASS, breaks_as(limit)):
            case = suggested_case(policy, limit, outcome)
            if case is None:
                continue

            result = ran(policy, case)

            assert (result.unmet, result.unevaluated) == ((), ())
            assert result.judgement is not None
            column = result.judgement.columns[policy.limits.index(limit)]
            assert column.get(result.judgement.deciding or 0, Outcome.PASS) is outcome


def test_a_limit_that_never_takes_part_has_no_suggestion() -> None:
    """Instances are not counted where only serverless rows are judged."""
    policy = built_policy(at_most("max_instance_count", 4))
    policy = replace(policy, scope=Scope((), EndpointKind.SERVERLESS))

    assert suggested_case(policy, policy.limits[0], Outcome.FAIL) is None


def test_a_field_that_takes_more_than_a_path_has_no_suggestion() -> None:
    """Nobody can say from an expression what the job must look like."""
    rule = {"path": "InputConfig.Endpoints[0].EndpointName", "one_of": ["a"]}
    policy = policy_from({**WHOLE, "require": {"job": [rule]}}, "prod.yaml", compile_path)

    assert suggested_case(policy, policy.limits[0], Outcome.PASS) is None


texts = st.text(alphabet="ab:-[]{},'\"\n #&*!?|>0.% ~yestrufalonx\\", min_size=1, max_size=12)
values = st.recursive(
    st.booleans() | st.integers(-1000, 1000) | st.sampled_from([0.5, -2.25, 1e-05]) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(case=st.dictionaries(texts, values, min_size=1, max_size=4))
def test_what_is_written_out_is_read_as_it_was(case: dict[str, Any]) -> None:
    """Through the strict reader, whatever stands in names and tags."""
    source = read_yaml(decoded(f"tests:\n{case_text(case)}\n".encode()))

    assert source.value == {"tests": [case]}, json.dumps(case)


def test_a_scope_is_consulted_as_far_as_a_test_speaks_of_it() -> None:
    """What is left out is taken to match; what is said, is compared."""
    scope = Scope((Condition("tags.env", ("prod",)), Condition("regions", ("eu-*",))))
    policy = built_policy(at_most("max_cost_per_hour_usd", 2.5), name="prod", scope=scope)
    row = {"instance": "ml.c7g.xlarge", "cost_per_hour_usd": 1}

    jobs: list[dict[str, Any]] = [
        {},
        {"tags": {"env": "prod"}},
        {"tags": {"env": "dev"}},
        {"tags": {}},
        {"region": "us-east-1", "tags": {"env": "prod"}},
        {"job_name": "anything"},
    ]

    answers = [ran(policy, {"given": [row], "given_job": job}).applies.value for job in jobs]

    assert answers == ["yes", "yes", "no", "no", "no", "yes"]


@pytest.mark.parametrize(
    ("key", "said", "patterns"),
    [
        ("job_names", {"job_name": "search-1"}, ("checkout-*",)),
        ("model_package_groups", {"model_package_group": "search"}, ("checkout",)),
        ("regions", {"region": "us-east-1"}, ("eu-*",)),
        ("accounts", {"account": "444455556666"}, ("111122223333",)),
        ("job_types", {"job_type": "Default"}, ("Advanced",)),
        ("tags.env", {"tags": {"env": "dev"}}, ("prod",)),
    ],
)
def test_every_key_of_a_scope_can_be_spoken_of(
    key: str, said: dict[str, Any], patterns: tuple[str, ...]
) -> None:
    """A job that differs in it is not concerned; one that says nothing of it is."""
    scope = Scope((Condition(key, patterns),))
    policy = built_policy(at_most("max_cost_per_hour_usd", 2.5), name="prod", scope=scope)

    silent = ran(policy, {"given": []})
    differing = ran(policy, {"given": [], "given_job": said})

    assert (silent.applies.value, differing.applies.value) == ("yes", "no")
