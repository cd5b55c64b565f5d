"""What would turn a verdict: every change that is proposed does, and nothing smaller."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.changed_evaluation import can_be_tried, with_changes
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Evaluation, evaluate
from recgate.domain.job_limit import JobLimit
from recgate.domain.limit_change import HIGHEST, Change, changed, cure, smaller, stricter, weight
from recgate.domain.limits import OnMissing
from recgate.domain.nearest_miss import distance, nearest_miss
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import ALL, Mode, Policy, Quantifier
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.turning import Headroom, headroom, needs, ways_in
from recgate.domain.verdict import Outcome, Verdict
from tests.builders import TODAY, at_most, candidate, decision, families, policy, snapshot, waiver

MANY = 50
SCHEMA = Path(__file__).parents[2] / "src/recgate/policy.v1.schema.json"


def applied(policies: Sequence[Policy], changes: Iterable[Change]) -> list[Policy]:
    """The policies with the changes made in them, as their owner would write them."""
    made = list(policies)
    for change in changes:
        for place, each in enumerate(made):
            if each.name == change.policy:
                limits = tuple(
                    changed(limit, change) if limit.name == change.limit else limit
                    for limit in each.limits
                )
                made[place] = replace(each, limits=limits)
    return made


def all_smaller(changes: tuple[Change, ...]) -> list[tuple[Change, ...]]:
    """The changes with one of them a last digit, or a name, smaller."""
    return [
        (*changes[:place], *less, *changes[place + 1 :])
        for place, change in enumerate(changes)
        for less in smaller(change)
    ]


_figure = st.sampled_from([0.087, 0.736, 1.0, 99.9999, 100.0, 120.0, 129.5]) | st.floats(
    0.001, 5000, allow_subnormal=False
)
_maybe = st.none() | _figure
_row = st.builds(
    candidate,
    st.sampled_from(["ml.c7g.xlarge", "ml.g5.xlarge", "ml.p4d.24xlarge", None]),
    cost_per_hour_usd=_figure,
    latency_p99_ms=st.one_of(_figure, _figure, _figure, st.none()),
    invocations_per_minute=_figure,
)
_serverless = st.builds(
    candidate,
    st.none(),
    serverless_memory_mb=st.sampled_from([1024.0, 4096.0]),
    cost_per_hour_usd=_maybe,
    latency_p99_ms=_figure,
)
_rows = st.lists(st.one_of(_row, _row, _row, _serverless), min_size=1, max_size=5)


def _numeric(name: str) -> st.SearchStrategy[NumericLimit]:
    bounds = st.tuples(_figure, st.none() | st.floats(0.5, 1)).map(
        lambda pair: _with_warning(name, *pair)
    )
    return st.builds(
        lambda bound, on_missing: at_most(name, bound[0], warn=bound[1], on_missing=on_missing),
        bounds,
        st.sampled_from(OnMissing),
    )


def _with_warning(name: str, fail: float, share: float | None) -> tuple[float, float | None]:
    if share is None:
        return fail, None
    at_least = NUMERIC_LIMITS[name].direction is Direction.AT_LEAST
    return fail, fail / share if at_least else fail * share


_limits = st.tuples(
    _numeric("max_cost_per_hour_usd"),
    _numeric("max_latency_p99_ms"),
    st.none() | _numeric("min_invocations_per_minute"),
    st.none()
    | st.sampled_from(
        [families(allow=("c7g",)), families(deny=("p4d", "g5")), families(allow=("c7g", "p4d"))]
    ),
).map(lambda found: tuple(limit for limit in found if limit is not None))


def _policies(names: Sequence[str]) -> st.SearchStrategy[list[Policy]]:
    return st.tuples(
        *(
            st.builds(
                lambda limits, needed, name=name, kind=None: policy(
                    *limits, name=name, candidates=needed, scope=Scope((), kind)
                ),
                _limits,
                st.sampled_from([Quantifier(1), Quantifier(1), ALL, Quantifier(2)]),
                kind=st.sampled_from([None, None, *_KINDS]),
            )
            for name in names
        )
    ).map(list)


_KINDS = tuple(dict.fromkeys(row.kind for row in (candidate(), candidate(serverless_memory_mb=1))))
_sets = st.sampled_from([("one",), ("one", "other")]).flatmap(_policies)


def boundless(each: Policy) -> Policy:
    """The policy with every number and every name accepted; what is missing stays missing."""
    limits = [
        NumericLimit(
            limit.spec,
            limit.warn,
            -math.inf if limit.spec.direction is Direction.AT_LEAST else math.inf,
            limit.on_missing,
        )
        if isinstance(limit, NumericLimit)
        else replace(limit, allow=None, deny=frozenset())
        if isinstance(limit, SetLimit)
        else limit
        for limit in each.limits
    ]
    return replace(each, limits=tuple(limits))


def judged(rows: list[Candidate], policies: list[Policy]) -> Decision:
    return decision(snapshot(*rows), *policies)


@settings(max_examples=400, deadline=None)
@given(_rows, _sets)
def test_every_way_opens_the_gate_and_nothing_smaller_does(
    rows: list[Candidate], policies: list[Policy]
) -> None:
    """Written into the policies and judged afresh; one last digit less of any of it is no way."""
    made = judged(rows, policies)

    for way in ways_in(made, most=MANY):
        again = evaluate(made.snapshot, applied(policies, way.changes), TODAY)
        assert again.verdict is way.verdict
        assert again.verdict.opens_gate
        assert way.lets_in
        for less in all_smaller(way.changes):
            closed = evaluate(made.snapshot, applied(policies, less), TODAY)
            assert not closed.verdict.opens_gate


@settings(max_examples=400, deadline=None)
@given(_rows, _sets)
def test_where_numbers_and_names_alone_keep_the_gate_closed_a_way_is_found(
    rows: list[Candidate], policies: list[Policy]
) -> None:
    """And only there: policies without any bound would open it."""
    made = judged(rows, policies)
    without_bounds = evaluate(made.snapshot, [boundless(each) for each in policies], TODAY)

    found = ways_in(made, most=1)

    could_open = without_bounds.verdict.opens_gate and not made.verdict.opens_gate
    assert bool(found) is (could_open and bool(made.evaluation.judgements))


@settings(max_examples=300, deadline=None)
@given(_rows, _policies(["one"]))
def test_the_first_way_is_that_of_the_nearest_miss(
    rows: list[Candidate], policies: list[Policy]
) -> None:
    """Where one candidate is enough, messages and ways speak of the same distance."""
    [only] = policies
    made = judged(rows, [replace(only, candidates=Quantifier(1))])
    nearest = nearest_miss(made.evaluation.judgements[0]) if made.evaluation.judgements else None

    found = ways_in(made, most=1)

    if found and nearest and all(each.outcome is Outcome.FAIL for each in nearest.missed):
        limits, _, named, share = distance(nearest.missed)
        changed_limits, changed_names, moved = weight(found[0].changes)
        assert (changed_limits, changed_names) == (limits, named)
        assert moved == pytest.approx(share)


@settings(max_examples=300, deadline=None)
@given(_rows, _sets)
def test_a_limit_can_be_tightened_as_far_as_said_and_no_further(
    rows: list[Candidate], policies: list[Policy]
) -> None:
    """At the tightest number the gate is open, one last digit beyond it closed."""
    generous = [boundless(each) for each in policies]
    bounds = {
        limit.name: 1e-9 if limit.spec.direction is Direction.AT_LEAST else 1e9
        for each in policies
        for limit in each.limits
        if isinstance(limit, NumericLimit)
    }
    loose = [
        replace(
            each,
            limits=tuple(
                NumericLimit(limit.spec, None, bounds[limit.name], limit.on_missing)
                if isinstance(limit, NumericLimit)
                else limit
                for limit in each.limits
            ),
        )
        for each in generous
    ]
    for tried in (loose, policies):
        made = judged(rows, tried)

        rooms = headroom(made)

        assert [room.share for room in rooms] == sorted(room.share for room in rooms)
        for room in rooms:
            assert opens_at(made, tried, room, room.last)
            beyond = stricter(room.last, room.limit.spec.direction)
            assert not opens_at(made, tried, room, beyond)


def opens_at(made: Decision, policies: Sequence[Policy], room: Headroom, value: float) -> bool:
    """Whether the gate is open with the limit set to a number."""
    change = Change(room.policy, room.limit.name, room.limit.spec.direction, to=value)
    again = evaluate(made.snapshot, applied(policies, [change]), TODAY)
    return again.verdict.opens_gate


def _fails(*limits: Any, **figures: Any) -> Decision:
    return decision(snapshot(candidate(**figures)), policy(*limits))


def test_a_number_is_set_to_the_value_that_was_compared() -> None:
    """Six significant digits: the price of a float32 gives the price that people know."""
    [way] = ways_in(
        _fails(at_most("max_cost_per_hour_usd", 0.5), cost_per_hour_usd=0.7360000014305115),
        most=MANY,
    )

    assert way.changes == (
        Change("prod-realtime", "max_cost_per_hour_usd", Direction.AT_MOST, now=0.5, to=0.736),
    )


def test_a_warning_on_the_way_is_told_as_the_verdict() -> None:
    """The gate opens, with a warning."""
    [way] = ways_in(
        _fails(at_most("max_cost_per_hour_usd", 0.5, warn=0.4), cost_per_hour_usd=0.7), most=1
    )

    assert way.verdict is Verdict.WARN


def test_what_is_missing_is_mended_by_no_number() -> None:
    """And no change of on_missing is proposed."""
    made = _fails(at_most("max_latency_p99_ms", 120), cost_per_hour_usd=1.0)

    assert ways_in(made, most=MANY) == ()
    required = needs(made.evaluation.judgements[0], 0)
    assert [each.limit for each in required.obstacles] == ["max_latency_p99_ms"]
    assert not required.by_limits_alone


def test_a_field_of_the_job_is_mended_by_the_job_alone() -> None:
    """A rule on the job is there for a reason, and has no number."""
    rule = JobLimit("InputConfig.VpcConfig", "", OnMissing.FAIL, read=lambda _: None, present=True)
    made = _fails(rule, at_most("max_cost_per_hour_usd", 0.5), cost_per_hour_usd=0.7)

    assert ways_in(made, most=MANY) == ()
    required = needs(made.evaluation.judgements[0], 0)
    assert [change.limit for change in required.changes] == ["max_cost_per_hour_usd"]
    assert [each.limit for each in required.obstacles] == ["job.InputConfig.VpcConfig"]


def test_a_number_that_the_language_does_not_take_is_not_proposed() -> None:
    """150 % of the memory is more than a policy can allow."""
    made = _fails(at_most("max_memory_utilization_pct", 85), memory_utilization_pct=150.0)

    assert ways_in(made, most=MANY) == ()


def test_the_highest_numbers_are_those_of_the_schema() -> None:
    """A value that SageMaker reports may lie beyond them."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    highest = {
        "max_cpu_utilization_pct": schema["$defs"]["cpu_percentage"]["maximum"],
        "max_memory_utilization_pct": schema["$defs"]["percentage"]["maximum"],
    }

    assert highest == HIGHEST


def test_a_kind_without_any_limit_is_told_as_unjudged() -> None:
    """No change of the limits that there are helps a serverless row that none is for."""
    row = candidate(serverless_memory_mb=1024.0)
    made = decision(snapshot(row), policy(at_most("max_instance_count", 1)))

    assert needs(made.evaluation.judgements[0], 0).unjudged
    assert ways_in(made, most=MANY) == ()


def test_under_all_every_candidate_in_the_way_counts() -> None:
    """One set of changes, as far as the worst of them."""
    rows = [candidate(cost_per_hour_usd=cost) for cost in (0.4, 0.6, 0.9)]
    made = decision(snapshot(*rows), policy(at_most("max_cost_per_hour_usd", 0.5), candidates=ALL))

    [way] = ways_in(made, most=MANY)

    assert [change.to for change in way.changes] == [0.9]
    assert len(way.lets_in) == 3


def test_a_waiver_counts_on_the_way_as_it_did() -> None:
    """What is waived stays waived when another limit is changed, and when its own is."""
    judged_by = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120))
    shot = snapshot(candidate(cost_per_hour_usd=3.2, latency_p99_ms=130.0))
    made = decision(
        shot, judged_by, evaluation=evaluate(shot, [judged_by], TODAY, waivers=[waiver(up_to=3.5)])
    )

    [way] = ways_in(made, most=MANY)

    assert [(change.limit, change.to) for change in way.changes] == [("max_latency_p99_ms", 130.0)]
    assert way.verdict is Verdict.WAIVED


def test_observing_opens_nothing() -> None:
    """WOULD_FAIL is closed, and is cured as FAIL is."""
    row = candidate(cost_per_hour_usd=0.7)
    only = policy(at_most("max_cost_per_hour_usd", 0.5), mode=Mode.OBSERVE)

    [way] = ways_in(decision(snapshot(row), only), most=MANY)

    assert way.verdict is Verdict.PASS


def test_where_nobody_can_tell_whether_a_policy_applies_no_limit_is_blamed() -> None:
    """The doubt comes first."""
    doubtful = policy(
        at_most("max_cost_per_hour_usd", 9.0),
        name="tagged",
        scope=Scope((Condition("tags.env", ("prod",)),)),
    )
    row = candidate(cost_per_hour_usd=0.7)
    made = decision(
        replace(snapshot(row), tags=None), policy(at_most("max_cost_per_hour_usd", 0.5)), doubtful
    )

    assert not can_be_tried(made)
    assert ways_in(made, most=MANY) == ()


def test_nothing_is_judged_again_but_what_changes() -> None:
    """A limit that only remembers what it found is asked nothing: here it would raise."""

    def unreadable(_: object) -> Any:
        raise AssertionError("judged again")

    seen: list[object] = []
    rule = JobLimit("Status", "", OnMissing.FAIL, read=lambda _: seen.append(1), present=False)
    made = _fails(rule, at_most("max_cost_per_hour_usd", 0.5), cost_per_hour_usd=0.7)
    [judgement] = made.evaluation.judgements
    forgetful = replace(rule, read=unreadable)
    limits = (forgetful, *judgement.policy.limits[1:])
    recorded = judgement._replace(policy=replace(judgement.policy, limits=limits))
    told = replace(made, evaluation=Evaluation(made.verdict, (recorded,)))

    again = with_changes(told, [Change("prod-realtime", "max_cost_per_hour_usd", to=0.7)])

    assert again.verdict is Verdict.PASS


def test_no_change_without_a_failure() -> None:
    """What passes needs no cure."""
    limit = at_most("max_cost_per_hour_usd", 0.5)
    made = _fails(limit, cost_per_hour_usd=0.4)
    [finding] = made.evaluation.judgements[0].findings(0)

    assert cure("prod-realtime", limit, finding) is None


@pytest.mark.parametrize(
    ("value", "direction", "wanted"),
    [
        (2.812, Direction.AT_MOST, 2.81199),
        (2.812, Direction.AT_LEAST, 2.81201),
        (100.0, Direction.AT_MOST, 99.999),
        (-46.67, Direction.AT_LEAST, -46.6699),
        (0.0, Direction.AT_LEAST, 1e-05),
        (120000.0, Direction.AT_MOST, 119999.0),
    ],
)
def test_one_last_digit_stricter(value: float, direction: Direction, wanted: float) -> None:
    """The sixth significant digit moves by one, to the side on which more fails."""
    assert stricter(value, direction) == wanted


def test_a_warning_moves_along_when_a_limit_is_tightened_beyond_it() -> None:
    """A warning that lay beyond its limit would let what fails pass; the loader refuses it."""
    limit = at_most("max_cost_per_hour_usd", 2.5, warn=2.0)

    [room] = headroom(_fails(limit, cost_per_hour_usd=0.5))
    tighter = changed(limit, Change("prod-realtime", limit.name, Direction.AT_MOST, to=room.last))

    assert room.last == 0.5
    assert isinstance(tighter, NumericLimit)
    assert (tighter.warn, tighter.fail) == (0.5, 0.5)


def test_a_limit_under_a_waiver_closes_nothing_however_far_it_is_tightened() -> None:
    """What passes today would be waived then: the gate stays open."""
    row = candidate(cost_per_hour_usd=2.0, latency_p99_ms=90.0)
    limits = at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120)

    passed = decision(snapshot(row), policy(*limits), waivers=[waiver(up_to=3.5)])

    assert passed.verdict is Verdict.PASS
    assert [room.limit.name for room in headroom(passed)] == ["max_latency_p99_ms"]


def test_a_limit_whose_failure_is_waived_closes_nothing_when_it_is_tightened() -> None:
    """The waiver allows the value, whatever the limit is."""
    shot = snapshot(candidate(cost_per_hour_usd=3.2))
    judged_by = policy(at_most("max_cost_per_hour_usd", 2.5))
    allowed = decision(
        shot, judged_by, evaluation=evaluate(shot, [judged_by], TODAY, waivers=[waiver(up_to=3.5)])
    )

    assert allowed.verdict is Verdict.WAIVED
    assert headroom(allowed) == ()
