"""The figures of the configuration that leads a message."""

from recgate.domain.job import Step
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import scale_of
from recgate.rendering.headroom import leading
from recgate.rendering.story import story_of
from tests.builders import at_most, candidate, decision, policy, snapshot

CHEAP = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.17, latency_p99_ms=84)
DEAR = candidate("ml.g5.xlarge", cost_per_hour_usd=2.4, latency_p99_ms=20)


def test_of_two_policies_the_tighter_limit_is_told() -> None:
    """Whatever their order: the other one is met by more."""
    wide, tight = (
        policy(at_most("max_cost_per_hour_usd", limit), name=name)
        for name, limit in (("wide", 5.0), ("tight", 0.2))
    )

    for policies in ((wide, tight), (tight, wide)):
        made = decision(snapshot(CHEAP), *policies)
        leads = leading(made, scale_of(made))

        assert leads is not None
        assert [(each.value, each.bound) for each in leads.figures] == [("$0.17", "limit $0.20")]


def test_of_two_policies_the_broken_limit_is_told() -> None:
    """Even if the other one is tighter in itself: a minimum and a warning are no maximum."""
    warned = policy(at_most("max_cost_per_hour_usd", warn=0.1), name="warned")
    broken = policy(at_most("max_cost_per_hour_usd", 1.0), name="broken")

    for policies in ((warned, broken), (broken, warned)):
        made = decision(snapshot(DEAR), *policies)
        leads = leading(made, scale_of(made))

        assert leads is not None
        (figure,) = leads.figures
        assert (figure.outcome, figure.bound, figure.is_miss) == (Outcome.FAIL, "limit $1.00", True)


def test_a_minimum_is_tighter_the_higher_it_is() -> None:
    """The direction of the limit decides what is less room."""
    fast = candidate("ml.c7g.xlarge", invocations_per_minute=7000)
    low, high = (
        policy(at_most("min_invocations_per_minute", limit), name=f"at-least-{limit}")
        for limit in (400, 6000)
    )

    for policies in ((low, high), (high, low)):
        made = decision(snapshot(fast), *policies)
        leads = leading(made, scale_of(made))

        assert leads is not None
        assert [each.bound for each in leads.figures] == ["minimum 6,000/min"]


def test_what_is_missing_says_why_and_against_which_limit() -> None:
    """Never a zero."""
    made = decision(snapshot(CHEAP), policy(at_most("max_model_latency_ms", 50)))
    leads = leading(made, scale_of(made))

    assert leads is not None
    (figure,) = leads.figures
    assert (figure.value, figure.distance, figure.bound) == ("", "", "limit 50 ms")
    assert figure.missing == "not reported"


def test_load_tests_are_counted_only_where_all_are_known() -> None:
    """A recorded file may hold those that failed and no others."""
    some = snapshot(CHEAP, DEAR, steps=(Step("FAILED"),))
    every = snapshot(CHEAP, DEAR, steps=(Step("COMPLETED"), Step("COMPLETED"), Step("FAILED")))

    told = [story_of(Telling(decision(job, policy()))).ran for job in (some, every)]

    assert told == ["1 h 52 min", "1 h 52 min, 3 load tests"]
