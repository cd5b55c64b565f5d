"""Whether anybody needs a waiver: what the decisions say, and what the policy says."""

from datetime import date, timedelta
from typing import Any

import pytest

from recgate.domain.limits import OnMissing
from recgate.domain.policy import Policy
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_use import (
    Advice,
    Counted,
    WaiverUse,
    advice_on,
    changes_nothing,
    use_of,
)
from tests.builders import TODAY, at_most, families, policy, waiver

CEILING = policy(at_most("max_cost_per_hour_usd", 2.5))
FLOOR = policy(at_most("min_invocations_per_minute", 400.0))
MADE = waiver(up_to=3.5)
USED = WaiverUse(decisions=3, used=2, last_used=TODAY, jobs=2, needed_by=1)


def types(*, allow: tuple[str, ...] | None = None, deny: tuple[str, ...] = ()) -> SetLimit:
    allowed = None if allow is None else frozenset(allow)
    return SetLimit("instance_types", allowed, frozenset(deny), OnMissing.FAIL)


def counted(job: str, day: int, *, used: bool, waiver: str = MADE.id) -> Counted:
    return Counted(waiver, job, date(2026, 11, day), used)


# --- use -------------------------------------------------------------------------------------


def test_use_is_counted_by_decision_and_by_job() -> None:
    """The last decision of each job says whether the job still needs it."""
    use = use_of(
        MADE,
        [
            counted("a", 2, used=True),
            counted("b", 3, used=True),
            counted("a", 4, used=False),
            counted("c", 5, used=False),
            counted("b", 6, used=True, waiver="W-other"),
        ],
    )

    assert use == WaiverUse(decisions=4, used=2, last_used=date(2026, 11, 3), jobs=3, needed_by=1)


def test_without_a_decision_there_is_no_last_use() -> None:
    """Zeros, and no day."""
    assert use_of(MADE, [counted("a", 2, used=True, waiver="W-other")]) == WaiverUse()


def test_a_job_may_come_to_need_it_again() -> None:
    """What was not used in between is forgotten."""
    use = use_of(MADE, [counted("a", day, used=day != 3) for day in (2, 3, 4)])

    assert (use.needed_by, use.last_used) == (1, date(2026, 11, 4))


# --- what the policy itself allows -----------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "held", "nothing"),
    [
        (waiver(up_to=2.6), CEILING, False),
        (waiver(up_to=2.5), CEILING, True),
        (waiver(up_to=2.50000001), CEILING, True),
        (waiver(up_to=2.4), CEILING, True),
        (waiver(up_to=9), policy(at_most("max_cost_per_hour_usd", warn=1)), True),
        (waiver(up_to=9), policy(at_most("max_cost_per_hour_usd", 0.0)), False),
        (waiver(up_to=2.4), policy(at_most("max_cost_per_hour_usd", 3.0, warn=1)), True),
        (waiver("min_invocations_per_minute", down_to=399), FLOOR, False),
        (waiver("min_invocations_per_minute", down_to=400), FLOOR, True),
        (waiver("min_invocations_per_minute", down_to=399.99999999), FLOOR, True),
        (waiver("min_invocations_per_minute", down_to=401), FLOOR, True),
        (
            waiver("min_invocations_per_minute", down_to=1),
            policy(at_most("min_invocations_per_minute", warn=400)),
            True,
        ),
        (waiver("max_latency_p99_ms", up_to=1), CEILING, False),
    ],
)
def test_a_bound_within_the_limit_changes_nothing(
    made: Waiver, held: Policy, nothing: bool
) -> None:
    """A ceiling below the limit's, a floor above it, a limit that only warns; rounded alike.

    Of a limit that the policy lacks nothing can be said.
    """
    assert changes_nothing(made, held) is nothing


@pytest.mark.parametrize(
    ("limit", "names", "nothing"),
    [
        (families(deny=("p5",)), {"p5"}, False),
        (families(deny=("p5",)), {"g6"}, True),
        (families(deny=("p5",)), {"g6", "p5"}, False),
        (families(allow=("c7g",)), {"c7g"}, True),
        (families(allow=("c7g",)), {"g6"}, False),
        (families(allow=("c7g",)), {"c7g", "g6"}, False),
        (families(allow=("c7g", "p5"), deny=("p5",)), {"p5"}, False),
        (families(allow=()), {"g6"}, False),
        (types(deny=("ml.p5.48xlarge",)), {"ml.p5.48xlarge"}, False),
        (types(deny=("ml.p5.48xlarge",)), {"ml.p5.4xlarge"}, True),
    ],
)
def test_a_name_that_the_policy_takes_anyway_changes_nothing(
    limit: SetLimit,
    names: set[str],
    nothing: bool,
) -> None:
    """Every name of the waiver must be taken: neither denied nor missing from the list."""
    made = waiver(limit.name, allow=frozenset(names))

    assert changes_nothing(made, policy(limit)) is nothing


# --- advice ----------------------------------------------------------------------------------


def advice(
    use: WaiverUse | None = None, *, soon: int = 14, held: Policy | None = CEILING, **changes: Any
) -> Advice | None:
    return advice_on(waiver(**{"up_to": 3.5, **changes}), held, use, TODAY, soon_days=soon)


def test_a_waiver_that_is_used_and_far_from_its_end_needs_nothing() -> None:
    """The usual case."""
    assert advice(USED) is None
    assert advice() is None
    assert advice(held=None) is None


def test_what_has_ended_is_told_as_that_and_nothing_else() -> None:
    """Also when the policy has caught up with it."""
    over = TODAY - timedelta(days=1)

    assert advice(WaiverUse(), expires=over, up_to=2.0) is Advice.ENDED
    assert advice(USED, expires=TODAY, soon=1) is Advice.ENDS_SOON


def test_what_changes_nothing_is_told_before_it_begins() -> None:
    """It will change nothing then, either; otherwise one to come is left alone."""
    tomorrow = TODAY + timedelta(days=1)

    assert advice(up_to=2.0, starts=tomorrow) is Advice.CHANGES_NOTHING
    assert advice(USED, up_to=2.0) is Advice.CHANGES_NOTHING
    assert advice(WaiverUse(), starts=tomorrow, expires=tomorrow) is None
    assert advice(up_to=2.0, held=None) is None


def test_a_waiver_that_begins_today_was_not_never_used() -> None:
    """It had no day yet on which it could be; from tomorrow on that is said."""
    assert advice(WaiverUse(), starts=TODAY) is None
    assert advice(WaiverUse(), starts=TODAY - timedelta(days=1)) is Advice.NEVER_USED
    assert advice(None, starts=TODAY - timedelta(days=1)) is None
    assert advice(WaiverUse(decisions=5, jobs=5)) is Advice.NEVER_USED


def test_a_waiver_that_no_job_needs_any_more_is_told() -> None:
    """Also when its end is near: to end it now is more than to wait."""
    past = WaiverUse(decisions=3, used=2, last_used=TODAY, jobs=2)

    assert advice(past) is Advice.NOT_NEEDED
    assert advice(past, expires=TODAY) is Advice.NOT_NEEDED
    assert advice(past, starts=TODAY) is Advice.NOT_NEEDED


@pytest.mark.parametrize(("left", "told"), [(14, True), (15, False), (1, True)])
def test_an_end_is_near_with_so_many_days_left(left: int, told: bool) -> None:
    """The last day included, and as many days as were asked for."""
    last = TODAY + timedelta(days=left - 1)

    assert (advice(USED, expires=last) is Advice.ENDS_SOON) is told
    assert advice(USED, expires=last, soon=left) is Advice.ENDS_SOON
    assert advice(USED, expires=last, soon=left - 1) is None
