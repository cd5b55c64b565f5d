"""Single limits, below the level of the verdict."""

import math

import pytest

from recgate.domain.evaluation import evaluate
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.reading import Reading
from recgate.domain.verdict import Verdict
from tests.builders import TODAY, at_most, candidate, policy, snapshot


@pytest.mark.parametrize(
    "limit",
    [
        at_most("max_latency_p99_ms", 120),
        at_most("max_latency_p99_ms", warn=120),
        at_most("min_invocations_per_minute", 400),
        at_most("min_invocations_per_minute", warn=400),
    ],
)
def test_a_nan_that_the_edge_let_through_never_passes_a_limit(limit: NumericLimit) -> None:
    """The dialect makes NaN missing; should one slip through, it fails, whatever its place."""
    nan = Reading(math.nan)
    row = candidate(latency_p99_ms=nan, invocations_per_minute=nan)

    assert evaluate(snapshot(row), [policy(limit)], TODAY).verdict is Verdict.FAIL


def test_a_policy_without_limits_passes_nobody() -> None:
    """The schema refuses one; nothing judged would be no pass all the same."""
    empty: Policy = policy()

    assert evaluate(snapshot(candidate()), [empty], TODAY).verdict is Verdict.UNKNOWN
