"""Limits around a recommendation: what they leave, how they are rounded, what is left out."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recgate.domain.candidate import Candidate, EndpointKind, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.evaluation import judge
from recgate.domain.limits import OnMissing
from recgate.domain.new_policy import chosen_of, scope_of
from recgate.domain.new_policy_bounds import (
    LIMITS_OF_KIND,
    Bound,
    Headroom,
    bound_at,
    bounds_around,
)
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.reading import Reading
from recgate.domain.verdict import Verdict
from tests.builders import TODAY, candidate, policy, snapshot

FIGURES: dict[str, Any] = {
    "cost_per_hour_usd": 0.736,
    "latency_p99_ms": 84.0,
    "model_latency_ms": 31.0,
    "invocations_per_minute": 7260.0,
}


def around(headroom: Headroom | None = None, **figures: Any) -> dict[str, Bound]:
    """The limits around a recommendation, by name."""
    bounds, _ = bounds_around(candidate(**(figures or FIGURES)), headroom or Headroom())
    return {bound.name: bound for bound in bounds}


def limit(bound: Bound) -> NumericLimit:
    return NumericLimit(bound.spec, bound.warn, bound.fail, OnMissing.FAIL)


_figure = st.floats(1e-6, 1e9).filter(lambda value: float(f"{value:.6g}") > 0)
_share = st.floats(0, 5).map(lambda share: round(share, 3))


@given(
    figures=st.fixed_dictionaries(dict.fromkeys(FIGURES, _figure)),
    share=_share,
)
@example(figures=FIGURES, share=0.2)
@example(figures=FIGURES, share=0.0)
def test_the_chosen_recommendation_passes_with_at_least_the_headroom(
    figures: dict[str, Any], share: float
) -> None:
    """Whatever is rounded, it is rounded outwards: PASS, not WARN, and nothing is taken back."""
    row = candidate(**figures)

    bounds, left_out = bounds_around(row, Headroom(share))
    verdict = judge(snapshot(row), policy(*map(limit, bounds)), TODAY).verdict

    assert verdict is Verdict.PASS
    assert {bound.name for bound in bounds} | {gap.name for gap in left_out} == set(
        LIMITS_OF_KIND[EndpointKind.REALTIME]
    )
    for bound in bounds:
        had = row.values[bound.spec.metric]
        assert had is not None
        room = (bound.fail - had) / had
        assert (room if bound.spec.direction is Direction.AT_MOST else -room) >= share - 1e-9
        assert bound.warn is None or min(had, bound.fail) <= bound.warn <= max(had, bound.fail)


@given(figures=st.fixed_dictionaries(dict.fromkeys(FIGURES, _figure)), share=_share)
def test_a_figure_beyond_a_limit_fails(figures: dict[str, Any], share: float) -> None:
    """The figure that the generated tests take breaks its own limit, and no other."""
    bounds, _ = bounds_around(candidate(**figures), Headroom(share))

    for bound in bounds:
        key = bound.spec.metric.name.lower()
        broken = candidate(**{**figures, key: bound.beyond})
        judgement = judge(snapshot(broken), policy(*map(limit, bounds)), TODAY)

        assert judgement.verdict is Verdict.FAIL
        assert [found.limit for found in judgement.findings(0) if found.is_miss] == [bound.name]


@pytest.mark.parametrize(
    ("name", "had", "share", "warn", "fail"),
    [
        ("max_cost_per_hour_usd", 0.736, 0.2, 0.82, 0.9),
        ("max_cost_per_hour_usd", 0.174, 0.1, 0.185, 0.195),
        ("max_cost_per_hour_usd", 0.736, 0.05, 0.756, 0.774),
        ("max_latency_p99_ms", 100.0, 0.2, 110.0, 120.0),
        ("max_latency_p99_ms", 100.0, 0.0, None, 100.0),
        ("min_invocations_per_minute", 7260.0, 0.2, 6400.0, 5800.0),
    ],
)
def test_limits_are_figures_that_a_person_would_write(
    name: str, had: float, share: float, warn: float | None, fail: float
) -> None:
    """Two or three digits; the warning lies half-way, or nowhere if there is no way between."""
    key = NUMERIC_LIMITS[name].metric.name.lower()

    bound = around(Headroom(share), **{key: had})[name]

    assert (bound.warn, bound.fail) == (warn, fail)


def test_sizes_are_rounded_to_what_can_be_had() -> None:
    """Memory comes in whole GB, invocations at once in whole numbers."""
    row = candidate(
        None,
        serverless_memory_mb=2048.0,
        serverless_concurrency=7.0,
        cost_per_million_inferences_usd=1.1,
    )

    bounds, _ = bounds_around(row, Headroom())
    found = {bound.name: (bound.warn, bound.fail) for bound in bounds}

    assert found["max_serverless_memory_mb"] == (None, 3072.0)
    assert found["max_serverless_concurrency"] == (8.0, 9.0)


def test_a_limit_that_nothing_could_break_is_left_out() -> None:
    """A ceiling over all that there is, and a floor of nothing, would only look like limits."""
    large = candidate(None, serverless_memory_mb=5120.0, serverless_concurrency=1.0)
    full = candidate(**FIGURES, memory_utilization_pct=90.0)
    asked = Headroom(1.5, {"max_memory_utilization_pct": 0.2})

    reasons = {gap.name: gap.reason for gap in bounds_around(large, Headroom())[1]}
    more = {gap.name: gap.reason for gap in bounds_around(full, asked)[1]}

    assert reasons["max_serverless_memory_mb"] == (
        "with a headroom of 20% from 5120 nothing would break it"
    )
    assert more == {
        "min_invocations_per_minute": "with a headroom of 150% from 7260 nothing would break it",
        "max_memory_utilization_pct": "with a headroom of 20% from 90 nothing would break it",
    }


def test_a_figure_that_the_job_lacks_is_never_invented() -> None:
    """No P99, a price that is NaN, a throughput of 0: no limit, and the reason."""
    row = candidate(
        cost_per_hour_usd=Reading(None, "NaN", missing="NaN"),
        latency_p99_ms=Reading(None, missing="too few samples: 37 of at least 100"),
        model_latency_ms=31.0,
        invocations_per_minute=0.0,
    )

    bounds, left_out = bounds_around(row, Headroom())

    assert [bound.name for bound in bounds] == ["max_model_latency_ms"]
    assert {gap.name: gap.reason for gap in left_out} == {
        "max_cost_per_hour_usd": "the job has no figure: NaN",
        "max_latency_p99_ms": "the job has no figure: too few samples: 37 of at least 100",
        "min_invocations_per_minute": "the job has 0, and no share of that can be left",
    }


def test_a_headroom_for_one_limit_wins_and_can_add_it() -> None:
    """10 % for the cost alone; and a limit on CPU, which is not set unless it is asked for."""
    asked = Headroom(0.2, {"max_cost_per_hour_usd": 0.1, "max_cpu_utilization_pct": 0.5})

    found = around(asked, **FIGURES, cpu_utilization_pct=40.0)

    assert found["max_cost_per_hour_usd"].fail == 0.82
    assert found["max_latency_p99_ms"].fail == 105.0
    assert found["max_cpu_utilization_pct"].fail == 60.0
    assert "max_cpu_utilization_pct" not in around(**FIGURES, cpu_utilization_pct=40.0)


def test_a_limit_that_is_given_keeps_its_figure_and_never_warns_of_the_chosen() -> None:
    """The warning a fifth before would be in the way of a recommendation close to the limit."""
    row = candidate(**FIGURES)

    bounds, _ = bounds_around(row, Headroom(), [bound_at("max_latency_p99_ms", 90.0)])
    (bound,) = (each for each in bounds if each.name == "max_latency_p99_ms")

    assert (bound.warn, bound.fail) == (87.0, 90.0)
    assert judge(snapshot(row), policy(*map(limit, bounds)), TODAY).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "fail", "warn"),
    [
        ("max_cost_per_hour_usd", 2.5, 2.0),
        ("max_latency_p99_ms", 120.0, 96.0),
        ("min_invocations_per_minute", 400.0, 500.0),
    ],
)
def test_a_figure_alone_warns_a_fifth_before(name: str, fail: float, warn: float) -> None:
    """On the safe side of the figure, whichever side that is."""
    bound = bound_at(name, fail)

    assert (bound.warn, bound.fail) == (warn, fail)


def test_the_cheapest_among_those_with_most_measurements_is_chosen() -> None:
    """A figure that is not there says nothing about the next job."""
    cheap = candidate("ml.c7g.large", **{**FIGURES, "latency_p99_ms": None})
    whole = candidate("ml.c7g.xlarge", **FIGURES)
    dear = candidate("ml.g5.xlarge", **{**FIGURES, "cost_per_hour_usd": 1.4})

    assert chosen_of([cheap, whole, dear], families=()) is whole
    assert chosen_of([cheap], families=()) is cheap
    assert chosen_of([cheap, whole, dear], families=["g5"]) is dear
    assert chosen_of([cheap, whole, dear], families=["p5"]) is None


def test_the_scope_is_that_of_the_job() -> None:
    """Where it runs and which model it is; whose it is, is told as the owner."""
    job = snapshot(candidate(), tags={"env": "prod", "team": "risk", "CostCenter": "7"})

    scope = scope_of(job)

    assert scope.tags == {"env": ("prod",)}
    assert scope.model_package_groups == ("fraud-ranker",)
    assert scope.owner == "risk"
    assert scope.notes == ()


def test_what_is_not_known_of_a_job_is_no_condition_and_is_said() -> None:
    """A policy for every job is stricter than was meant, and never laxer."""
    job = snapshot(candidate(), model_package_group=None)

    untagged = scope_of(job)
    unknown = scope_of(replace(job, tags=None))

    assert untagged.tags == {}
    assert untagged.notes == (
        "no tag of the job says where it runs, so none is asked for: --tag does",
        "it concerns every job: narrow it under applies_to",
    )
    assert unknown.notes == (
        "the job's tags are not known, so none are asked for: --tag env=prod does",
        "it concerns every job: narrow it under applies_to",
    )


def test_a_tag_matches_itself_alone_and_is_left_out_where_a_policy_cannot_hold_it() -> None:
    """`prod*` is a tag's value and no glob; a control character has no place in a policy."""
    starred = scope_of(snapshot(candidate(), tags={"env": "prod*[a]?"}))
    hidden = scope_of(snapshot(candidate(), tags={"env": "prod\nenv", "team": "a\u202eb"}))

    assert starred.tags == {"env": ("prod[*][[]a][?]",)}
    assert hidden.tags == {}
    assert hidden.owner == ""


@given(value=st.floats(min_value=5e-324, allow_infinity=False), share=_share)
def test_extreme_figures_give_a_limit_or_a_reason(value: float, share: float) -> None:
    """No infinity, no zero, no crash."""
    row: Candidate = candidate(cost_per_hour_usd=value, invocations_per_minute=value)

    bounds, left_out = bounds_around(row, Headroom(share))

    assert all(math.isfinite(bound.fail) and bound.fail > 0 for bound in bounds)
    assert len(bounds) + len(left_out) == len(LIMITS_OF_KIND[row.kind])
    assert row.values[Metric.COST_PER_HOUR_USD] is not None
