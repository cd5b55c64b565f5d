"""At the edges of a waiver: rounding, types against families, what makes another decision."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from recgate.domain.candidate import Candidate
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate
from recgate.domain.limits import OnMissing
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Verdict
from recgate.domain.waiver import Waiver, covering, waivers_for
from recgate.domain.waiver_end import ending_soon, ends_due
from tests.builders import TODAY, at_most, candidate, decision, families, policy, snapshot, waiver

FLOOR = policy(at_most("min_invocations_per_minute", 400))
CEILING = policy(at_most("max_cost_per_hour_usd", 2.5))
TYPES = policy(
    SetLimit("instance_types", None, frozenset({"ml.p5.48xlarge", "ml.p5.4xlarge"}), OnMissing.FAIL)
)
DEAR = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5, latency_p99_ms=90.0)


def verdict(held: Any, row: Candidate, *waivers: Waiver) -> Verdict:
    return evaluate(snapshot(row), [held], TODAY, waivers).verdict


# --- bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("down_to", [300, 300.0000001, 299.9999999])
def test_a_floor_is_rounded_like_a_limit(down_to: float) -> None:
    """A figure that is the same to six digits reaches it."""
    made = waiver("min_invocations_per_minute", down_to=down_to)

    assert verdict(FLOOR, candidate(invocations_per_minute=300.0), made) is Verdict.WAIVED
    assert verdict(FLOOR, candidate(invocations_per_minute=299.999), made) is Verdict.FAIL


@pytest.mark.parametrize("up_to", [3.5, 3.49999999, 3.50000001])
def test_a_ceiling_is_rounded_like_a_limit(up_to: float) -> None:
    """As above."""
    assert verdict(CEILING, DEAR, waiver(up_to=up_to)) is Verdict.WAIVED


def test_a_ceiling_of_nothing_is_a_ceiling() -> None:
    """0 is a number, not a missing one: a figure of 0 is within it, and 60 is not."""
    (limit,) = policy(at_most("max_cpu_utilization_pct", 50)).limits
    made = waiver("max_cpu_utilization_pct", up_to=0.0)
    rows = snapshot(candidate(cpu_utilization_pct=0.0), candidate(cpu_utilization_pct=60.0))

    assert [made.covers(limit, rows.rows(None), place) for place in (0, 1)] == [True, False]


def test_a_floor_of_nothing_lets_every_figure_in() -> None:
    """As the two gains may be waived down to 0 or less."""
    held = policy(at_most("min_invocations_per_minute", 400))
    made = waiver("min_invocations_per_minute", down_to=0.0)

    assert verdict(held, candidate(invocations_per_minute=0.0), made) is Verdict.WAIVED


def test_a_type_is_allowed_by_its_own_name() -> None:
    """Another size of the family, or the family's name, is another thing."""
    big, small = candidate("ml.p5.48xlarge"), candidate("ml.p5.4xlarge")
    made = waiver("instance_types", allow=frozenset({"ml.p5.48xlarge"}))
    family = waiver("instance_types", allow=frozenset({"p5"}))

    assert verdict(TYPES, big, made) is Verdict.WAIVED
    assert verdict(TYPES, small, made) is Verdict.FAIL
    assert verdict(TYPES, big, family) is Verdict.FAIL


def test_a_family_is_allowed_whatever_the_size() -> None:
    """And a type among the families' names is none of them."""
    held = policy(families(deny=("p5",)))
    by_type = waiver("instance_families", allow=frozenset({"ml.p5.48xlarge"}))

    for size in ("ml.p5.48xlarge", "ml.p5.4xlarge"):
        row = candidate(size)
        assert verdict(held, row, waiver("instance_families", allow=frozenset({"p5"}))) is (
            Verdict.WAIVED
        )
        assert verdict(held, row, by_type) is Verdict.FAIL


# --- which waivers count ---------------------------------------------------------------------


def test_a_waiver_of_a_limit_that_the_policy_lacks_changes_nothing_at_all() -> None:
    """Neither the decision's key nor its record: it is no waiver of this policy."""
    stray = waiver("max_latency_p99_ms", up_to=500)

    with_it, without = (decision(snapshot(DEAR), CEILING, waivers=it) for it in ([stray], []))

    assert waivers_for(CEILING, snapshot(DEAR), [stray], TODAY) == ()
    assert with_it.key == without.key
    assert decision_record(with_it, effects=()) == decision_record(without, effects=())


def test_each_finding_names_the_waiver_of_its_own_limit() -> None:
    """Two ceilings, and both reach both figures."""
    held = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 80))
    cost = waiver(up_to=1000, id="W-cost")
    latency = waiver("max_latency_p99_ms", up_to=1000, id="W-latency")

    for order in ([cost, latency], [latency, cost]):
        (made,) = evaluate(snapshot(DEAR), [held], TODAY, order).judgements

        assert [each.waiver for each in made.findings(0)] == ["W-cost", "W-latency"]
        assert made.used_waivers == tuple(order)


def test_a_waiver_of_another_limit_covers_nothing() -> None:
    """Even where its bound would reach."""
    (limit,) = CEILING.limits
    rows = snapshot(DEAR).rows(None)

    assert covering([waiver("max_latency_p99_ms", up_to=1000)], limit, rows, 0) is None


def test_a_waiver_that_is_not_needed_is_recorded_as_not_used() -> None:
    """The record tells the one that allowed something from the ones that merely counted."""
    too_short, needed = waiver(up_to=3, id="W-short"), waiver(up_to=4, id="W-needed")

    record: Any = decision_record(
        decision(snapshot(DEAR), CEILING, waivers=[too_short, needed]), effects=()
    )

    used = {each["id"]: each["used"] for each in record["judgements"][0]["waivers"]}
    assert used == {"W-short": False, "W-needed": True}


# --- what makes another decision -------------------------------------------------------------


def key(*waivers: Waiver, policies: Any = (CEILING,)) -> str:
    return decision(snapshot(DEAR), *policies, waivers=waivers).key


def test_a_waiver_that_counts_makes_another_decision_even_when_it_is_not_used() -> None:
    """Somebody granted something for this job: that is on record from then on."""
    assert key(waiver(up_to=3)) != key()
    assert key(waiver(up_to=9)) != key(waiver(up_to=3))
    assert key(waiver(up_to=9, id="W-1")) != key(waiver(up_to=9, id="W-2"))


def test_a_waiver_that_was_rewritten_makes_another_decision() -> None:
    """Under the same id: another approver, another reason, another last day."""
    first = waiver(up_to=9)

    for change in ({"approved_by": "bo"}, {"reason": "CHG-2"}, {"expires": date(2026, 12, 30)}):
        assert key(waiver(up_to=9, **change)) != key(first)


def test_the_same_waiver_of_another_policy_makes_another_decision() -> None:
    """Which of two policies was opened is part of what was decided."""
    other = replace(CEILING, name="other")
    made = waiver(up_to=9)
    moved = replace(made, policy="other")  # with the digest of the one before

    assert key(made, policies=(CEILING, other)) != key(moved, policies=(CEILING, other))


def test_the_order_of_the_waivers_is_no_news() -> None:
    """Lines of a file that are moved decide nothing."""
    one, two = waiver(up_to=9, id="W-1"), waiver(up_to=8, id="W-2")

    assert key(one, two) == key(two, one)


# --- an end that is near ---------------------------------------------------------------------


def test_an_end_is_near_from_the_fourteenth_day_on() -> None:
    """With exactly 14 days left, the last included, it is in the list; with 15 it is not."""
    made = waiver(up_to=3.5)
    fourteen = made.expires - timedelta(days=13)

    assert made.days_left(fourteen) == 14
    assert ending_soon([made], fourteen) == (made,)
    assert ending_soon([made], fourteen - timedelta(days=1)) == ()
    assert ending_soon([made], made.expires) == (made,)
    assert ending_soon([made], made.expires + timedelta(days=1)) == ()


def test_of_ends_on_one_day_the_id_decides() -> None:
    """The order of the file does not."""
    two, one = waiver(up_to=3.5, id="W-2"), waiver(up_to=3.5, id="W-1")

    assert [each.id for each in ending_soon([two, one], date(2026, 12, 25))] == ["W-1", "W-2"]
    assert [end.waiver.id for end in ends_due([two, one], date(2026, 12, 25))] == ["W-1", "W-2"]


def test_a_late_reminder_counts_from_the_day_on_which_it_is_told() -> None:
    """Due with 7 days left and told with 5: it says 5, and is the same reminder."""
    made = waiver(up_to=3.5)
    (due,) = ends_due([made], date(2026, 12, 25))
    (late,) = ends_due([made], date(2026, 12, 27))

    assert (due.days_left, late.days_left) == (7, 5)
    assert (due.key, due.step) == (late.key, late.step)
