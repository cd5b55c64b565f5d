"""Findings, headlines and nearest misses in words."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import ALL, Mode, Policy, Quantifier
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Verdict
from recgate.rendering.amounts import scale_of
from recgate.rendering.headline import compliant, headline
from recgate.rendering.words import finding_words, nearest_words
from tests.builders import TODAY, at_most, candidate, decision, families, policy, snapshot

FIGURES = {"cost_per_hour_usd": 2.41, "latency_p99_ms": 84.0, "invocations_per_minute": 300.0}


def words(limit: Limit, **figures: Any) -> str:
    """What is said about one limit."""
    made = decision(snapshot(candidate("ml.p4d.24xlarge", **figures)), policy(limit))
    (judgement,) = made.evaluation.judgements
    (finding,) = judgement.findings(0)
    return finding_words(finding, scale_of(made))


def nearest(made: Decision) -> str:
    """The nearest miss of a decision by one policy."""
    found = nearest_miss(made.evaluation.judgements[0])
    assert found is not None
    return nearest_words(found)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (at_most("max_cost_per_hour_usd", 1.5), "cost/hour $2.41 > limit $1.50 (+61%)"),
        (at_most("max_cost_per_hour_usd", 2.41), "cost/hour $2.41 ≤ limit $2.41 (at the limit)"),
        (
            at_most("max_cost_per_hour_usd", 2.5, warn=2.0),
            "cost/hour $2.41 > warning limit $2.00 (+21%)",
        ),
        (
            at_most("max_cost_per_hour_usd", warn=3.0),
            "cost/hour $2.41 ≤ warning limit $3.00 (-20%)",
        ),
        (
            at_most("min_invocations_per_minute", 400),
            "max invocations 300/min < minimum 400/min (-25%)",
        ),
        (
            at_most("min_invocations_per_minute", 100, warn=600),
            "max invocations 300/min < warning minimum 600/min (-50%)",
        ),
        (at_most("max_latency_p99_ms", 120), "latency P99 84 ms ≤ limit 120 ms (-30%)"),
        (
            at_most("max_cpu_utilization_pct", 80),
            "CPU utilization ≤ 80% cannot be decided: not reported",
        ),
        (
            at_most("max_cpu_utilization_pct", 80, on_missing=OnMissing.WARN),
            "CPU utilization ≤ 80% cannot be decided: not reported (a warning only)",
        ),
        (
            at_most("max_cpu_utilization_pct", 80, on_missing=OnMissing.IGNORE),
            "CPU utilization not checked: not reported (the policy ignores that)",
        ),
        (families(allow=("c7g", "m7g")), "instance family p4d is not one of c7g, m7g"),
        (families(deny=("p4d", "p5")), "instance family p4d is denied: none of p4d, p5"),
        (families(deny=("p5",)), "instance family p4d is none of p5"),
        (
            at_most("max_serverless_memory_mb", 1),
            "serverless memory does not apply to this kind of configuration",
        ),
    ],
)
def test_a_limit_is_said_with_value_bound_and_distance(limit: Limit, said: str) -> None:
    """Each outcome has its own words."""
    assert words(limit, **FIGURES) == said


def job_limit(found: Json, **changes: object) -> JobLimit:
    fields = {"present": True, "one_of": ()} | changes
    return JobLimit(
        "InputConfig.VpcConfig",
        "runs in the VPC",
        OnMissing.FAIL,
        lambda _: found,
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (job_limit(None), "InputConfig.VpcConfig is not present (runs in the VPC)"),
        (
            job_limit("vpc-1", present=False),
            "InputConfig.VpcConfig vpc-1 is present (runs in the VPC), and must not be",
        ),
        (
            job_limit("X", present=None, one_of=("A", "B")),
            "InputConfig.VpcConfig X is not one of A, B (runs in the VPC)",
        ),
        (
            job_limit(None, present=None, one_of=("A",)),
            "InputConfig.VpcConfig cannot be decided: not in the job; "
            "must be one of A (runs in the VPC)",
        ),
        (job_limit("vpc-1"), "InputConfig.VpcConfig vpc-1 is present (runs in the VPC)"),
        (
            SetLimit("instance_types", None, frozenset({"ml.p4d.24xlarge"}), OnMissing.FAIL),
            "instance type ml.p4d.24xlarge is denied: none of ml.p4d.24xlarge",
        ),
    ],
)
def test_a_limit_without_a_number_is_said_as_a_rule(limit: Limit, said: str) -> None:
    """With the reason that the policy gives for it."""
    assert words(limit) == said


def test_the_nearest_miss_says_what_would_make_it_pass() -> None:
    """The sentence of messages.md."""
    made = decision(
        snapshot(candidate("ml.g6.2xlarge", latency_p99_ms=129)),
        policy(at_most("max_latency_p99_ms", 120)),
    )

    assert nearest(made) == (
        "nearest: ml.g6.2xlarge × 1, latency P99 129 ms, 9 ms over; passes at a limit of 129 ms"
    )


def test_a_nearest_miss_of_several_limits_names_them_all() -> None:
    """Too slow, too small, not measured, not allowed."""
    made = decision(
        snapshot(candidate("ml.p4d.24xlarge", latency_p99_ms=129, invocations_per_minute=300)),
        policy(
            at_most("max_latency_p99_ms", 120),
            at_most("min_invocations_per_minute", 400),
            at_most("max_cost_per_hour_usd", 1.5),
            families(allow=("c7g",)),
        ),
    )

    assert nearest(made) == (
        "nearest: ml.p4d.24xlarge × 1, latency P99 129 ms, 9 ms over, and max invocations "
        "300/min, 100/min short, and cost/hour missing: not reported, and instance family p4d "
        "is not one of c7g; passes at a latency P99 limit of 129 ms and at a max invocations "
        "minimum of 300/min and once cost/hour is measured at $1.50 or less and once instance "
        "family is one of c7g"
    )


@given(st.floats(min_value=1e-3, max_value=1e6), st.floats(min_value=1e-3, max_value=1e6))
def test_a_limit_set_as_the_nearest_miss_says_is_met(value: float, limit: float) -> None:
    """129.4 ms must not become "passes at 129 ms"."""
    judged = snapshot(candidate(latency_p99_ms=value))
    made = decision(judged, policy(at_most("max_latency_p99_ms", limit)))
    if made.verdict is Verdict.PASS:
        return

    told = re.search(r"passes at a limit of (\S+) ms$", nearest(made))

    assert told is not None
    mended = policy(at_most("max_latency_p99_ms", float(told.group(1).replace(",", ""))))
    assert evaluate(judged, (mended,), TODAY).verdict is Verdict.PASS


P99 = policy(at_most("max_latency_p99_ms", 120))
FAST = candidate("ml.c7g.xlarge", latency_p99_ms=84, cost_per_hour_usd=0.17)
SLOW = candidate("ml.g5.xlarge", latency_p99_ms=200, cost_per_hour_usd=1.41)
CHEAP_ONLY = policy(at_most("max_cost_per_hour_usd", 1.0), name="cheap")
DEAR_ONLY = policy(families(allow=("g5",)), name="gpu")


def line(judged: Snapshot, *policies: Policy, today: date = TODAY) -> str:
    return headline(decision(judged, *policies, today=today))


@pytest.mark.parametrize(
    ("said", "judged", "policies"),
    [
        (
            "PASS {}: cheapest compliant is ml.c7g.xlarge × 1 at $0.17/h, 84 ms P99",
            snapshot(FAST),
            [P99],
        ),
        (
            "PASS {}: cheapest compliant is ml.c7g.xlarge × 1 at $0.17/h, 84 ms P99, observed only",
            snapshot(FAST),
            [policy(*P99.limits, mode=Mode.OBSERVE)],
        ),
        (
            "FAIL {}: every policy is met, but no one configuration meets them all",
            snapshot(FAST, SLOW),
            [CHEAP_ONLY, DEAR_ONLY],
        ),
        ("FAIL {}: latency P99 200 ms > limit 120 ms (+67%)", snapshot(SLOW), [P99]),
        (
            "FAIL {}: latency P99 200 ms > limit 120 ms (+67%)",
            snapshot(FAST, SLOW),
            [policy(*P99.limits, candidates=ALL)],
        ),
        (
            "FAIL {}: 2 configurations must comply and the job has 1",
            snapshot(FAST),
            [policy(*P99.limits, candidates=Quantifier(2))],
        ),
        (
            "WOULD FAIL {}: latency P99 200 ms > limit 120 ms (+67%), observed only",
            snapshot(SLOW),
            [policy(*P99.limits, enforce_from=date(2030, 1, 1))],
        ),
        (
            "UNKNOWN {}: latency P99 was not measured: not reported. Not approved",
            snapshot(candidate()),
            [P99],
        ),
        ("UNCOVERED {}: no policy applies to this job", snapshot(FAST), []),
        (
            "FAILED {}: SageMaker gave no reason, no verdict",
            snapshot(status=JobStatus.FAILED),
            [P99],
        ),
        (
            "STOPPED {}: the job was stopped before it ended, no verdict",
            snapshot(status=JobStatus.STOPPED),
            [],
        ),
        ("NO RESULT {}: the job no longer exists", snapshot(status=JobStatus.DELETED), [P99]),
        ("NO RESULT {}: the job returned no recommendation", snapshot(), [P99]),
    ],
)
def test_a_headline_begins_with_the_verdict_and_the_number(
    said: str, judged: Snapshot, policies: list[Policy]
) -> None:
    """One line for each way a job can end."""
    assert line(judged, *policies) == said.format("fraud-ranker v14")


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.PASS])
def test_only_a_pass_is_called_a_pass(verdict: Verdict) -> None:
    """Whatever is in the evaluation: a waived or observed failure is not dressed up."""
    evaluation = evaluate(snapshot(FAST), (P99,), TODAY)
    dressed = Evaluation(verdict, evaluation.judgements, reason="a reason")

    said = headline(decision(snapshot(FAST), P99, evaluation=dressed))

    assert not said.startswith("PASS")
    assert "PASS" not in said
    assert said.startswith(verdict.value.replace("_", " "))


def test_a_long_reason_is_cut_and_the_end_is_kept() -> None:
    """That there is no verdict is what matters most."""
    said = line(snapshot(status=JobStatus.FAILED, failure_reason="because " * 500), P99)

    assert len(said) <= 150
    assert said.endswith("…, no verdict")


def test_nothing_is_called_compliant_when_the_gate_is_closed() -> None:
    """One of two needed complies, and that is not enough."""
    made = decision(snapshot(FAST), policy(*P99.limits, candidates=Quantifier(2)))

    assert compliant(made.evaluation) is None


def test_a_failure_is_told_on_the_configuration_nearest_to_compliant() -> None:
    """All of them fail; the one that helps is the one that is a hair over."""
    hair = candidate("ml.g5.xlarge", latency_p99_ms=121, cost_per_hour_usd=9)
    far = candidate("ml.c5.large", latency_p99_ms=900, cost_per_hour_usd=0.1)

    said = line(snapshot(far, hair), P99)

    assert said == "FAIL fraud-ranker v14: latency P99 121 ms > limit 120 ms (+0.8%)"
