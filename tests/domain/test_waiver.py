"""Rule 7: when a waiver counts, and when it does not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate
from recgate.domain.limits import OnMissing
from recgate.domain.policy import ALL, Mode
from recgate.domain.scope import Condition, Scope
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver, WaiverPhase
from tests.builders import (
    TODAY,
    at_most,
    candidate,
    decision,
    families,
    policy,
    snapshot,
    waiver,
)

PROD = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120))
DEAR = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5, latency_p99_ms=90.0)


def verdict(*waivers: Waiver, row: object = DEAR, today: date = TODAY) -> Verdict:
    return evaluate(snapshot(row), [PROD], today, waivers).verdict  # type: ignore[arg-type]


def test_a_value_within_the_new_ceiling_is_waived() -> None:
    """And that is a word of its own, never a pass."""
    assert verdict() is Verdict.FAIL
    assert verdict(waiver(up_to=3.6)) is Verdict.WAIVED


def test_the_new_ceiling_is_inclusive_and_rounded_like_a_limit() -> None:
    """A float32 price of 3.50 is within 3.50, and the next figure is not."""
    float32 = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5000000476837, latency_p99_ms=90.0)
    beyond = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.50001, latency_p99_ms=90.0)

    assert verdict(waiver(up_to=3.5), row=float32) is Verdict.WAIVED
    assert verdict(waiver(up_to=3.5), row=beyond) is Verdict.FAIL


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "dev"},
        {"limit": "max_latency_p99_ms"},
        {"limit": "max_model_latency_ms"},
        {"scope": Scope((Condition("job_names", ("checkout-*",)),))},
        {"scope": Scope((Condition("tags.team", ("ads",)),))},
        {"starts": TODAY + timedelta(days=1)},
        {"expires": TODAY - timedelta(days=1)},
        {"up_to": 3.4},
        {"up_to": None, "down_to": 0.0, "limit": "min_invocations_per_minute"},
    ],
    ids=lambda changes: ",".join(changes),
)
def test_one_thing_that_does_not_match_is_enough(changes: dict[str, Any]) -> None:
    """Policy, limit, scope, day and value: all of them, or it does not count."""
    made = replace(waiver(up_to=3.6), **changes)

    assert verdict(made) is Verdict.FAIL


def test_the_first_and_the_last_day_are_included() -> None:
    """Days in UTC, as they are written."""
    only_today = waiver(up_to=3.6, starts=TODAY, expires=TODAY)

    assert verdict(only_today) is Verdict.WAIVED
    assert verdict(only_today, today=TODAY + timedelta(days=1)) is Verdict.FAIL
    assert only_today.phase_on(TODAY - timedelta(days=1)) is WaiverPhase.TO_COME
    assert only_today.phase_on(TODAY + timedelta(days=1)) is WaiverPhase.ENDED
    assert (only_today.days_left(TODAY), only_today.days_left(TODAY + timedelta(days=1))) == (1, 0)


def test_a_scope_that_cannot_be_told_does_not_match() -> None:
    """Nobody knows the tags of a job that was recorded without them: the waiver stays out."""
    tagged = waiver(up_to=3.6, scope=Scope((Condition("tags.env", ("prod",)),)))
    unknown = replace(snapshot(DEAR), tags=None)

    assert evaluate(unknown, [PROD], TODAY, [tagged]).verdict is Verdict.FAIL
    assert evaluate(replace(unknown, tags={"env": "prod"}), [PROD], TODAY, [tagged]).verdict is (
        Verdict.WAIVED
    )


def test_what_is_missing_cannot_be_waived() -> None:
    """A ceiling says nothing about a figure that nobody measured."""
    unpriced = candidate("ml.g5.2xlarge", latency_p99_ms=90.0)

    assert verdict(waiver(up_to=1e9), row=unpriced) is Verdict.UNKNOWN


def test_what_passes_needs_no_waiver() -> None:
    """A PASS stays a PASS, and the waiver was not used."""
    fine = candidate("ml.c7g.large", cost_per_hour_usd=1.0, latency_p99_ms=90.0)

    made = evaluate(snapshot(fine), [PROD], TODAY, [waiver(up_to=3.6)])

    assert made.verdict is Verdict.PASS
    assert made.judgements[0].waivers != ()
    assert made.judgements[0].used_waivers == ()


def test_a_waiver_of_one_limit_leaves_the_others() -> None:
    """A ceiling on cost is no word about latency."""
    slow_too = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5, latency_p99_ms=121.0)

    assert verdict(waiver(up_to=3.6), row=slow_too) is Verdict.FAIL


def test_a_row_that_passes_comes_before_one_that_is_waived() -> None:
    """Rule 1: waived is worse than a warning."""
    warned = policy(at_most("max_cost_per_hour_usd", 2.5, warn=2.0))
    rows = snapshot(
        candidate("ml.g5.2xlarge", cost_per_hour_usd=3.0),
        candidate("ml.c7g.large", cost_per_hour_usd=2.4),
    )

    made = evaluate(rows, [warned], TODAY, [waiver(up_to=3.6)])

    assert made.verdict is Verdict.WARN
    assert made.judgements[0].chosen == 1


def test_a_floor_is_waived_downwards() -> None:
    """`down_to` is the floor of a `min_…` limit."""
    floor = policy(at_most("min_invocations_per_minute", 400))
    rows = snapshot(candidate(invocations_per_minute=300.0))

    down = waiver("min_invocations_per_minute", down_to=300)
    short = waiver("min_invocations_per_minute", down_to=301)

    assert evaluate(rows, [floor], TODAY, [down]).verdict is Verdict.WAIVED
    assert evaluate(rows, [floor], TODAY, [short]).verdict is Verdict.FAIL


def test_a_family_is_allowed_by_name_even_where_it_is_denied() -> None:
    """The waiver names what is taken all the same, and nothing else."""
    sets = policy(families(allow=("c7g",), deny=("p5",)))
    rows = snapshot(candidate("ml.p5.48xlarge"))
    by_type = waiver("instance_types", allow=frozenset({"ml.p5.48xlarge"}))

    named = waiver("instance_families", allow=frozenset({"p5"}))
    other = waiver("instance_families", allow=frozenset({"p4d"}))

    assert evaluate(rows, [sets], TODAY, [named]).verdict is Verdict.WAIVED
    assert evaluate(rows, [sets], TODAY, [other, by_type]).verdict is Verdict.FAIL


def test_the_first_waiver_that_reaches_is_the_one_that_counts() -> None:
    """In the order of the file; the record names it."""
    low, high = waiver(up_to=3.0, id="W-1"), waiver(up_to=4.0, id="W-2")
    higher = waiver(up_to=9.0, id="W-3")

    (judgement,) = evaluate(snapshot(DEAR), [PROD], TODAY, [low, high, higher]).judgements

    assert [each.id for each in judgement.waivers] == ["W-1", "W-2", "W-3"]
    assert [each.id for each in judgement.used_waivers] == ["W-2"]
    assert judgement.findings(0)[0].waiver == "W-2"
    assert judgement.findings(1 - 1)[1].waiver == ""


def test_the_record_says_what_was_allowed_and_what_the_verdict_is_without() -> None:
    """Enough for an auditor: bound, end, both people, and the verdict without any waiver."""
    made = decision(snapshot(DEAR), PROD, waivers=[waiver(up_to=3.6)])

    record: Any = decision_record(made, effects=())
    (judgement,) = record["judgements"]

    assert judgement["verdict"] == "WAIVED"
    assert judgement["verdict_without_waivers"] == "FAIL"
    (kept,) = judgement["waivers"]
    assert {
        name: kept[name]
        for name in ("id", "up_to", "expires", "requested_by", "approved_by", "used")
    } == {
        "id": "W-2026-014",
        "up_to": "3.6",
        "expires": "2026-12-31",
        "requested_by": "dana@example.com",
        "approved_by": "finops-lead@example.com",
        "used": True,
    }
    assert judgement["candidates"][0]["findings"][0]["waiver"] == "W-2026-014"


def test_a_waiver_that_counts_makes_another_decision() -> None:
    """Granting one is news; one for other jobs is not, and neither is one that has ended."""
    before = decision(snapshot(DEAR), PROD)
    other = waiver(up_to=3.6, scope=Scope((Condition("job_names", ("checkout-*",)),)))
    ended = waiver(up_to=3.6, expires=TODAY - timedelta(days=1))

    granted = decision(snapshot(DEAR), PROD, waivers=[waiver(up_to=3.6)])

    assert granted.key != before.key
    assert decision(snapshot(DEAR), PROD, waivers=[other, ended]).key == before.key


def test_under_all_every_row_needs_its_own_way_in() -> None:
    """A waiver that reaches one of two rows opens nothing."""
    strict = replace(PROD, candidates=ALL)
    rows = snapshot(DEAR, candidate("ml.g5.4xlarge", cost_per_hour_usd=5.0, latency_p99_ms=50.0))

    assert evaluate(rows, [strict], TODAY, [waiver(up_to=3.6)]).verdict is Verdict.FAIL
    assert evaluate(rows, [strict], TODAY, [waiver(up_to=5)]).verdict is Verdict.WAIVED


def test_in_observe_what_is_waived_is_waived_and_the_rest_would_fail() -> None:
    """And without the waiver it would have failed: only observed."""
    observed = replace(PROD, mode=Mode.OBSERVE)

    (judgement,) = evaluate(snapshot(DEAR), [observed], TODAY, [waiver(up_to=3.6)]).judgements

    assert judgement.verdict is Verdict.WAIVED
    assert judgement.verdict_without_waivers is Verdict.WOULD_FAIL


@given(
    value=st.one_of(st.none(), st.floats(0, 1000)),
    fail=st.floats(0, 1000),
    up_to=st.floats(0, 1000),
    on_missing=st.sampled_from(OnMissing),
)
def test_a_waiver_changes_failures_and_nothing_else(
    value: float | None, fail: float, up_to: float, on_missing: OnMissing
) -> None:
    """Whatever the figures: only a FAIL becomes WAIVED, and only within the new ceiling."""
    held = policy(at_most("max_cost_per_hour_usd", fail, on_missing=on_missing))
    row = candidate(cost_per_hour_usd=value)

    (without,) = evaluate(snapshot(row), [held], TODAY).judgements
    (with_it,) = evaluate(snapshot(row), [held], TODAY, [waiver(up_to=up_to)]).judgements

    (before,), (after,) = without.findings(0), with_it.findings(0)
    within = row.values[0] is not None and row.values[0] <= float(f"{up_to:.6g}")
    if before.outcome is Outcome.FAIL and within:
        assert after.outcome is Outcome.WAIVED
        assert after.excess == before.excess
    else:
        assert after == before
    assert with_it.verdict_without_waivers is without.verdict
