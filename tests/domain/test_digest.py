"""A digest adds up, and nothing that cannot be read ever counts as a pass."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.domain.candidate import Metric
from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.digest import (
    Approved,
    Period,
    Rhythm,
    digest_of,
    period_ending,
    periods_due,
)
from recgate.domain.job import JobStatus
from recgate.domain.recorded_verdict import RecordedVerdict, recorded_verdict
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import compliant
from recgate.rendering.words import verdict_word
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.rendering.decisions import decisions

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
WEEK = period_ending(date(2026, 11, 22), Rhythm.WEEKLY)
CHEAP = policy(at_most("max_cost_per_hour_usd", 2.5))
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package"


def decided(
    name: str, cost: float | None, *, hours: float = 0, model: str = "", **changes: Any
) -> RecordedVerdict:
    """A decision by the policy that takes up to $2.50/h, that many hours after Monday's 9:00."""
    job = snapshot(
        candidate(cost_per_hour_usd=cost),
        job_name=name,
        model_package_arn=f"{PACKAGE}/{model}" if model else None,
        model_name=None,
        **changes,
    )
    return recorded(decision(job, CHEAP), hours=hours)


def recorded(made: Decision, *, hours: float = 0) -> RecordedVerdict:
    body = decision_record(made, effects=())
    at = MONDAY + timedelta(hours=hours)
    return recorded_verdict(f"job:arn:aws:job/{made.snapshot.job_name}", at, body)


# --- periods -------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_day_is_in_exactly_one_daily_and_one_weekly_digest(day: date) -> None:
    """Whatever the year's shape: no day is left out, and none told twice."""
    mornings = [day + timedelta(days=ahead) for ahead in range(-7, 16)]

    due = [period for morning in mornings for period in periods_due(morning)]

    having = [period for period in due if day in period.days]
    assert Counter(period.rhythm for period in having) == {Rhythm.DAILY: 1, Rhythm.WEEKLY: 1}
    assert len({period.key for period in due}) == len(due)


def test_a_week_is_due_on_mondays_and_goes_from_monday_to_sunday() -> None:
    """The seven days before, in UTC."""
    assert periods_due(date(2026, 11, 23)) == (
        Period(Rhythm.DAILY, date(2026, 11, 22), date(2026, 11, 22)),
        Period(Rhythm.WEEKLY, date(2026, 11, 16), date(2026, 11, 22)),
    )
    assert [each.rhythm for each in periods_due(date(2026, 11, 24))] == [Rhythm.DAILY]


def test_the_period_before_touches_this_one() -> None:
    """And is as long."""
    assert WEEK.before.days[-1] + timedelta(days=1) == WEEK.first
    assert len(WEEK.before.days) == len(WEEK.days) == 7
    assert WEEK.key == "digest:weekly:2026-11-16"


# --- reading records -----------------------------------------------------------------------


@pytest.mark.parametrize("name", decisions())
def test_a_record_says_what_the_message_said(name: str) -> None:
    """The word, the model, the gate, and the price of what the headline of a pass names."""
    made = decisions()[name]
    best = compliant(made.evaluation)

    read = recorded(made)

    assert read.word.replace("_", " ") == verdict_word(made)
    assert read.is_open is made.verdict.opens_gate
    assert read.model == made.snapshot.model
    price = None if best is None else best.values[Metric.COST_PER_HOUR_USD]
    assert read.cost_per_hour_usd == (None if price is None else Fraction(repr(price)))
    assert read.is_open or read.broken or read.reason


PRICES = st.floats(0.01, 5, allow_nan=False).map(lambda price: round(price, 3))
ROWS = st.lists(st.tuples(PRICES, st.none() | st.floats(10, 200)), min_size=1, max_size=4)
LIMITS = st.tuples(PRICES, st.floats(10, 200), st.floats(10, 200))


@settings(deadline=None)
@given(ROWS, LIMITS)
def test_the_price_is_that_of_the_configuration_which_opens_every_gate(
    rows: list[tuple[float, float | None]], limits: tuple[float, float, float]
) -> None:
    """Two policies may choose differently; the message names the one that meets both."""
    job = snapshot(
        *(
            candidate(recommendation_id=f"r/{place}", cost_per_hour_usd=cost, latency_p99_ms=p99)
            for place, (cost, p99) in enumerate(rows)
        )
    )
    cost, warn, fail = limits
    made = decision(
        job,
        policy(at_most("max_cost_per_hour_usd", 5, warn=cost), name="finops"),
        policy(at_most("max_latency_p99_ms", max(warn, fail), warn=min(warn, fail)), name="speed"),
    )
    best = compliant(made.evaluation)

    read = recorded(made)

    expected = None if best is None else best.values[Metric.COST_PER_HOUR_USD]
    assert (read.cost_per_hour_usd is None) is (expected is None)
    if expected is not None and read.cost_per_hour_usd is not None:
        assert float(read.cost_per_hour_usd) == expected


def test_the_price_weighs_every_policy_and_not_the_last_one_alone() -> None:
    """One configuration warns of its cost, the other of its latency: the order decides."""
    job = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=3.0, latency_p99_ms=50),
        candidate("ml.b.large", cost_per_hour_usd=1.0, latency_p99_ms=110),
    )
    made = decision(
        job,
        policy(at_most("max_cost_per_hour_usd", 5, warn=2), name="finops"),
        policy(at_most("max_latency_p99_ms", 120, warn=100), name="speed"),
    )
    best = compliant(made.evaluation)

    assert best is not None
    assert best.values[Metric.COST_PER_HOUR_USD] == 1.0
    assert recorded(made).cost_per_hour_usd == 1


def test_the_limit_is_told_of_the_nearest_configuration() -> None:
    """As in the message: the one that somebody may do something about."""
    job = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=30.0),
        candidate("ml.b.large", cost_per_hour_usd=2.6),
    )

    broken = recorded(decision(job, CHEAP)).broken

    assert broken is not None
    assert (broken.observed, broken.fail) == (2.6, 2.5)


@pytest.mark.parametrize("figure", ["NaN", "inf", "-1e999", "many", None])
def test_a_figure_that_is_none_is_missing(figure: Json) -> None:
    """It is neither compared nor printed."""
    body: Any = decision_record(decisions()["fail-by-a-hair"], effects=())
    for row in body["judgements"][0]["candidates"]:
        for finding in row["findings"]:
            finding["value"] = figure

    broken = recorded_verdict("job:x", MONDAY, body).broken

    assert broken is not None
    assert broken.observed is None


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def _broken_at(body: Any, way: list[int], value: Any) -> Any:
    """The record with one value somewhere in it replaced."""
    if isinstance(body, dict) and body:
        key = list(body)[way[0] % len(body)]
        return {**body, key: _broken_at(body[key], way[1:], value) if way[1:] else value}
    if isinstance(body, list) and body:
        place = way[0] % len(body)
        inner = _broken_at(body[place], way[1:], value) if way[1:] else value
        return [*body[:place], inner, *body[place + 1 :]]
    return value


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(decisions())),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    JSON,
)
def test_a_broken_record_never_stops_the_digest_and_never_becomes_a_pass(
    name: str, way: list[int], value: Any
) -> None:
    """One value anywhere in it is something else: the gate is open only if it was."""
    made = decisions()[name]
    body = _broken_at(decision_record(made, effects=()), way, value)

    read = recorded_verdict("job:arn:aws:job/spoilt", MONDAY, body)

    assert not read.is_open or made.verdict.opens_gate
    digest = digest_of(WEEK, [read], [read])
    assert sum(digest.counts.values()) == 1
    assert len(digest.waiting) == (0 if read.is_open else 1)
    assert all(isinstance(each.job_name, str) and each.job_name for each in digest.waiting)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"schema": None},
        {"verdict": "PASSED"},
        {"verdict": ["PASS"]},
        {"gate": "closed"},
        {"gate": None},
        {"job": "fraud-ranker-v14"},
        {"judgements": []},
        {"judgements": None},
    ],
)
def test_a_pass_that_cannot_be_read_whole_is_an_error_with_a_name(change: dict[str, Json]) -> None:
    """Unknown is never a pass."""
    body = {**decision_record(decisions()["pass"], effects=()), **change}

    digest = digest_of(WEEK, [recorded_verdict("job:arn:aws:job/spoilt-v1", MONDAY, body)], [])

    assert digest.counts == {"ERROR": 1}
    assert digest.approved == Approved(0, 0.0)
    assert digest.waiting[0].verdict == Verdict.ERROR
    assert digest.waiting[0].job_name in ("spoilt-v1", "fraud-ranker-v14")
    assert "cannot be read" in digest.waiting[0].reason


@pytest.mark.parametrize(
    "price", ["NaN", "inf", "-1", "1e9", "1e-999999999", "free", "", None, 2.5]
)
def test_what_is_no_price_is_not_in_the_sum(price: Json) -> None:
    """And is counted, so that the sum is not taken for all."""
    body: Any = decision_record(decisions()["pass"], effects=())
    for row in body["judgements"][0]["candidates"]:
        row["readings"]["cost_per_hour_usd"]["value"] = price

    approved = digest_of(WEEK, [recorded_verdict("job:x", MONDAY, body)], []).approved

    free = price == "1e-999999999"  # rounds to nothing, as a float
    assert approved == Approved(1, 0.0, unpriced=0 if free else 1)


# --- counting ------------------------------------------------------------------------------

EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),  # the job
        st.sampled_from(["", "m/1", "m/2", "n/1"]),  # its model
        st.sampled_from([0.1, 0.2, 0.3, 1.13, 2.5, 3.0, None]),  # dearer than 2.5: FAIL
        st.integers(0, 300),  # hours after Monday
    ),
    max_size=20,
)


def made_of(events: Iterable[tuple[str, str, float | None, int]]) -> list[RecordedVerdict]:
    return [
        replace(
            decided(job, cost, hours=hours, model=model),
            recorded_at=MONDAY + timedelta(hours=hours),
        )
        for job, model, cost, hours in events
    ]


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_the_counts_add_up_to_the_jobs(events: list[tuple[str, str, float | None, int]]) -> None:
    """Each job once; each closed gate either waits or was opened since."""
    digest = digest_of(WEEK, made_of(events), [])

    jobs = {job for job, *_ in events}
    closed = sum(number for word, number in digest.counts.items() if word != Verdict.PASS)
    assert digest.jobs == sum(digest.counts.values()) == len(jobs)
    assert len(digest.waiting) + digest.approved_since == closed
    assert all(number > 0 for number in digest.counts.values())


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_the_sum_is_exact(events: list[tuple[str, str, float | None, int]]) -> None:
    """As a slow and simple reckoning in fractions has it."""
    last: dict[str, tuple[int, str, str, float | None]] = {}
    for job, model, cost, hours in sorted(events, key=lambda event: event[3]):
        last[job] = (hours, job, model, cost)
    families: dict[str, float] = {}
    for _, job, model, cost in sorted(last.values(), key=lambda made: made[0]):
        if cost is not None and cost <= 2.5:
            families[model.split("/")[0] or job] = cost
    expected = sum((Fraction(repr(cost)) for cost in families.values()), Fraction(0))
    distinct_times = len({hours for hours, *_ in last.values()}) == len(last)

    approved = digest_of(WEEK, made_of(events), []).approved

    assert approved.models == len(families)
    if distinct_times:  # at the very same moment, either of two versions may be the later one
        assert approved == Approved(len(families), float(expected))


def test_a_job_counts_by_its_last_decision_only() -> None:
    """In whatever order they are read."""
    late, early = decided("a", 0.2, hours=5), decided("a", 9.0, hours=1)

    digest = digest_of(WEEK, [late, early], [])

    assert digest.counts == {"PASS": 1}
    assert digest.waiting == ()


def test_a_new_version_takes_the_place_of_the_one_before() -> None:
    """One model is not paid for twice; in another region it is another one."""
    digest = digest_of(
        WEEK,
        [
            decided("a", 1.0, hours=1, model="ranker/14"),
            decided("b", 0.2, hours=2, model="ranker/15"),
            decided("c", 0.4, hours=3, model="ranker/14", region="us-east-1"),
        ],
        [],
    )

    assert digest.approved == Approved(2, 0.6)


def test_a_closed_gate_that_was_opened_since_waits_for_nobody() -> None:
    """By another job about the same version; a later version does not answer for it."""
    digest = digest_of(
        WEEK,
        [
            decided("a", 9.0, hours=1, model="ranker/14"),
            decided("b", 0.2, hours=2, model="ranker/14"),
            decided("c", 9.0, hours=1, model="embed/1"),
            decided("d", 0.2, hours=2, model="embed/2"),
            decided("e", 9.0, hours=3, model="ranker/14"),
        ],
        [],
    )

    assert [waiting.job_name for waiting in digest.waiting] == ["c", "e"]
    assert digest.approved_since == 1
    assert digest.counts == {"FAIL": 3, "PASS": 2}


def test_since_goes_back_to_when_the_gate_was_first_closed() -> None:
    """A decision that says the same again does not make it younger; an open gate between does."""
    before = [decided("a", 9.0, hours=-50), decided("b", 9.0, hours=-50)]
    during = [
        decided("a", 8.0, hours=3),
        decided("b", 0.1, hours=3),
        decided("b", 9.0, hours=4),
    ]

    digest = digest_of(WEEK, during, before)

    assert {waiting.job_name: waiting.since for waiting in digest.waiting} == {
        "a": MONDAY - timedelta(hours=50),
        "b": MONDAY + timedelta(hours=4),
    }


def test_the_gravest_come_first_and_then_the_oldest() -> None:
    """What has no room is the least."""
    failed = snapshot(status=JobStatus.FAILED, failure_reason="no", job_name="failed")
    digest = digest_of(
        WEEK,
        [
            decided("unknown", None, hours=1),
            decided("young", 9.0, hours=8),
            recorded(decision(failed, CHEAP), hours=1),
            decided("old", 9.0, hours=2),
            recorded(decision(snapshot(candidate(), job_name="bare"))),
        ],
        [],
    )

    assert [waiting.job_name for waiting in digest.waiting] == [
        "old", "young", "failed", "unknown", "bare"
    ]  # fmt: skip
    assert [waiting.verdict for waiting in digest.waiting][2:] == ["FAILED", "UNKNOWN", "UNCOVERED"]


def test_nothing_before_is_not_the_same_as_nothing_approved_before() -> None:
    """A first week has nothing to be compared with."""
    now = [decided("a", 0.2)]

    assert digest_of(WEEK, now, []).before is None
    assert digest_of(WEEK, now, [decided("b", 9.0, hours=-99)]).before == Approved(0, 0.0)
    assert digest_of(WEEK, now, [decided("b", 0.3, hours=-99)]).before == Approved(1, 0.3)
