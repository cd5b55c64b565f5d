"""The edges of what turns a verdict: limits of 0, of more digits than count, of 100 %."""

import math
from dataclasses import replace
from typing import Any

import pytest

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.reading import Reading
from recgate.domain.turning import headroom, ways_in
from recgate.domain.verdict import Verdict
from tests.builders import at_most, candidate, decision, policy, snapshot


def with_gain(row: Candidate, percent: float) -> Candidate:
    """The candidate with so much less model latency than the existing endpoint."""
    readings = list(row.readings)
    readings[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] = Reading(percent, percent)
    return replace(row, readings=tuple(readings))


def test_a_limit_of_zero_has_no_share_and_stands_last() -> None:
    """10 of 0 is no percentage: whatever has one is nearer."""
    row = with_gain(candidate(cost_per_hour_usd=0.01, invocations_per_minute=90_000), 10.0)
    made = decision(
        snapshot(row),
        policy(
            at_most("min_latency_gain_over_existing_pct", 0),
            at_most("min_invocations_per_minute", 1),
            at_most("max_cost_per_hour_usd", 100),
        ),
    )

    rooms = headroom(made)

    assert [room.limit.name for room in rooms] == [
        "max_cost_per_hour_usd",
        "min_invocations_per_minute",
        "min_latency_gain_over_existing_pct",
    ]
    assert (rooms[-1].last, rooms[-1].share) == (10.0, math.inf)


@pytest.mark.parametrize(
    ("limit", "fail", "figures", "last"),
    [
        ("max_cost_per_hour_usd", 2.5000001, {"cost_per_hour_usd": 2.5}, 2.5),
        ("max_cost_per_hour_usd", 2.4999999, {"cost_per_hour_usd": 2.5}, 2.5),
        ("min_invocations_per_minute", 400.00001, {"invocations_per_minute": 400.0}, 400.0),
    ],
)
def test_a_limit_of_more_digits_than_count_is_tightened_to_the_digits_that_do(
    limit: str, fail: float, figures: dict[str, Any], last: float
) -> None:
    """Six digits are compared, of the limit as of the value."""
    made = decision(snapshot(candidate(**figures)), policy(at_most(limit, fail)))

    [room] = headroom(made)

    assert room.last == last


def test_a_memory_of_exactly_100_percent_is_proposed() -> None:
    """It is the highest number that the language takes, and it is taken."""
    row = candidate(memory_utilization_pct=100.0)
    made = decision(snapshot(row), policy(at_most("max_memory_utilization_pct", 85)))

    [way] = ways_in(made, most=9)

    assert [change.to for change in way.changes] == [100.0]
    assert way.verdict is Verdict.PASS
