"""Two answers about one job, and what is approved."""

from itertools import permutations

import pytest

from recgate.domain.backtest import Answer, Approval, Direction, direction_of
from recgate.domain.backtest_approval import answer_of, configuration_of, family_of
from recgate.domain.evaluation import evaluate
from recgate.domain.policy import Policy
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import compliant
from tests.builders import TODAY, at_most, candidate, policy, snapshot

CHEAP = candidate("ml.c7g.large", cost_per_hour_usd=0.5, invocations_per_minute=100)
BUSY = candidate("ml.c7g.xlarge", cost_per_hour_usd=2.0, invocations_per_minute=900)
JOB = snapshot(CHEAP, BUSY)
FRUGAL = policy(at_most("max_cost_per_hour_usd", 5.0, warn=1.0), name="frugal")
FAST = policy(at_most("min_invocations_per_minute", 400), name="fast")


@pytest.mark.parametrize("policies", list(permutations((FRUGAL, FAST))))
def test_what_is_approved_is_approved_by_every_policy(policies: tuple[Policy, ...]) -> None:
    """In whatever order they judge; one leaves the cheapest out, the other only warns."""
    evaluation = evaluate(JOB, policies, TODAY)

    answer = answer_of(evaluation)

    assert compliant(evaluation) is BUSY
    assert answer.approved == Approval(BUSY.recommendation_id, 2.0)
    assert answer.policies == {"frugal": Verdict.PASS, "fast": Verdict.PASS}


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (Verdict.FAIL, Verdict.PASS, Direction.OPENS),
        (Verdict.UNKNOWN, Verdict.WAIVED, Direction.OPENS),
        (Verdict.WARN, Verdict.UNCOVERED, Direction.CLOSES),
        (Verdict.PASS, Verdict.ERROR, Direction.CLOSES),
        (Verdict.PASS, Verdict.WARN, Direction.OTHER_VERDICT),
        (Verdict.FAIL, Verdict.WOULD_FAIL, Direction.OTHER_VERDICT),
        (Verdict.PASS, Verdict.PASS, Direction.SAME),
    ],
)
def test_the_direction_is_that_of_the_gate(
    before: Verdict, after: Verdict, direction: Direction
) -> None:
    """Only PASS, WARN and WAIVED open it."""
    assert direction_of(Answer(before, {}), Answer(after, {})) is direction


def test_a_configuration_that_is_not_in_the_job_is_told_by_its_id() -> None:
    """A record may name one that the snapshot does not have."""
    assert configuration_of(JOB, Approval("gone/1", None)) == "gone/1"
    assert configuration_of(JOB, None) == ""


def test_a_job_without_a_model_is_a_model_of_its_own() -> None:
    """Two such jobs are not one model whose latest approval counts."""
    unknown = snapshot(CHEAP, model_package_arn=None, model_package_group=None)

    assert family_of(unknown, "job:a") == "job:a"
    assert family_of(JOB, "job:a") == "111122223333/eu-west-1/package/fraud-ranker"
