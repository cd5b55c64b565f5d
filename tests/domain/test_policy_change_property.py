"""The words "tighter" and "looser" are held to the engine: what it judges is what they mean.

Two policies, any jobs: "tighter" never turns a closed gate into an open one, "looser" never an
open one into a closed one, and what is told to move no gate moves none.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.evaluation import evaluate
from recgate.domain.job import Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.policy import ALL, Mode, Policy, Quantifier
from recgate.domain.policy_change import Bearing
from recgate.domain.policy_changes import changes_between
from recgate.domain.policy_set import PolicySet
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver
from tests.builders import TODAY, at_most, candidate, policy, snapshot

MANY = settings(max_examples=60, deadline=None)

_on_missing = st.sampled_from(OnMissing)
_figure = st.sampled_from([1.0, 2.0, 2.0000001, 3.0])
_names = st.frozensets(st.sampled_from(["c7g", "m7g", "p5"]), max_size=3)


@st.composite
def _numeric(draw: st.DrawFn, name: str) -> Limit:
    bounds = sorted([draw(_figure), draw(_figure)], reverse=name.startswith("min"))
    warn, fail = draw(
        st.sampled_from([(bounds[0], bounds[1]), (None, bounds[0]), (bounds[0], None)])
    )
    return at_most(name, fail, warn=warn, on_missing=draw(_on_missing))


@st.composite
def _families(draw: st.DrawFn) -> Limit:
    allow, deny = draw(st.none() | _names), draw(_names)
    return SetLimit("instance_families", allow, deny, draw(_on_missing))


@st.composite
def _rule(draw: st.DrawFn) -> Limit:
    present = draw(st.none() | st.booleans())
    values: st.SearchStrategy[Json] = st.sampled_from(["A", "B", True, 1, 1.0])
    listed = draw(st.lists(values, min_size=1, max_size=3))
    one_of: tuple[Json, ...] = () if present is not None else tuple(listed)
    on_missing = OnMissing.FAIL if present is not None else draw(_on_missing)
    return JobLimit("Field", "", on_missing, lambda job: job.get("Field"), present, one_of)


_ANEW: dict[str, st.SearchStrategy[Limit]] = {
    **{
        name: _numeric(name)
        for name in (
            "max_cost_per_hour_usd",
            "min_invocations_per_minute",
            "max_instance_count",
            "max_serverless_memory_mb",
        )
    },
    "instance_families": _families(),
    "job.Field": _rule(),
}
"""Limits by their names, anew with every draw."""


@st.composite
def _limits(draw: st.DrawFn) -> tuple[Limit, ...]:
    chosen = draw(st.lists(st.sampled_from([*_ANEW]), min_size=1, max_size=2, unique=True))
    return tuple(draw(_ANEW[name]) for name in chosen)


_quantifiers = st.sampled_from([*[Quantifier(1)] * 4, Quantifier(2), ALL])
_modes = st.sampled_from(Mode)
_days = st.none() | st.sampled_from([TODAY, TODAY + timedelta(1)])
_kinds = st.sampled_from([None, None, None, *EndpointKind])
_conditions = st.lists(
    st.sampled_from(
        [
            Condition("tags.env", ("prod",)),
            Condition("tags.env", ("prod*", "staging")),
            Condition("job_names", ("fraud-*",)),
            Condition("regions", ("us-east-1",)),
        ]
    ),
    unique_by=lambda condition: condition.key,
    max_size=2,
)
_scopes = st.builds(
    lambda conditions, kind: Scope(tuple(conditions), kind),
    st.just([]) | st.just([]) | _conditions,
    _kinds,
)


@st.composite
def _policies(draw: st.DrawFn, name: str = "prod") -> Policy:
    return policy(
        *draw(_limits()),
        name=name,
        scope=draw(_scopes),
        candidates=draw(_quantifiers),
        mode=draw(_modes),
        enforce_from=draw(_days),
        owner=draw(st.sampled_from(["", "ml"])),
    )


@st.composite
def _another(draw: st.DrawFn, first: Policy) -> Policy:
    """The policy with one thing changed."""
    field = draw(st.sampled_from(["add", "drop", "change", "scope", "candidates", "mode", "day"]))
    limits = list(first.limits)
    if field == "add":
        limits += [limit for limit in draw(_limits()) if limit.name not in _named(limits)][:1]
    elif field == "drop":
        assume(len(limits) > 1)
        limits.pop(draw(st.integers(0, len(limits) - 1)))
    elif field == "change":
        place = draw(st.integers(0, len(limits) - 1))
        limits[place] = draw(_ANEW[limits[place].name])
    changes: dict[str, Any] = {"limits": tuple(limits)}
    match field:
        case "scope":
            changes = {"scope": draw(_scopes)}
        case "candidates":
            changes = {"candidates": draw(_quantifiers)}
        case "mode":
            changes = {"mode": draw(_modes)}
        case "day":
            changes = {"enforce_from": draw(_days)}
    return replace(first, **changes)


def _named(limits: Sequence[Limit]) -> set[str]:
    return {limit.name for limit in limits}


_measured = st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0, 3.5, None])


@st.composite
def _rows(draw: st.DrawFn) -> Candidate:
    figures: dict[str, Any] = {
        "cost_per_hour_usd": draw(_measured),
        "invocations_per_minute": draw(_measured),
    }
    if draw(st.sampled_from([False, False, True])):
        figures["serverless_memory_mb"] = draw(_measured)
        return candidate(None, **figures)
    instance = draw(st.sampled_from(["ml.c7g.x", "ml.m7g.x", "ml.p5.x", "ml.g5.x", None]))
    return candidate(instance, instance_count=draw(st.sampled_from([1, 2, 3, None])), **figures)


@st.composite
def _jobs(draw: st.DrawFn) -> Snapshot:
    field: Json = draw(st.sampled_from([None, "A", "B", "C", True, 1, [], {"missing": "NaN"}]))
    described: dict[str, Json] = {} if field is None else {"Field": field}
    return snapshot(
        *draw(st.lists(_rows(), min_size=1, max_size=3)),
        document={"job": described},
        tags=draw(st.sampled_from([{"env": "prod"}, {"env": "staging"}, {}])),
        region=draw(st.sampled_from(["us-east-1", "eu-west-1", None])),
    )


_many_jobs = st.lists(_jobs(), min_size=4, max_size=8)


def _is_open(job: Snapshot, policies: PolicySet, day: date) -> bool:
    return evaluate(job, policies.policies, day, policies.waivers).verdict.opens_gate


def _holds(jobs: Sequence[Snapshot], old: PolicySet, new: PolicySet) -> None:
    """Asserts that from today on no gate moves in a direction that no change has."""
    changes = changes_between(old, new, TODAY)
    for job, day in product(jobs, (TODAY, TODAY + timedelta(1), TODAY + timedelta(9))):
        before, after = _is_open(job, old, day), _is_open(job, new, day)
        if after and not before:
            assert any(change.bearing.can_open for change in changes), changes
        if before and not after:
            assert any(change.bearing.can_close for change in changes), changes


@MANY
@given(data=st.data(), old=_policies(), jobs=_many_jobs)
def test_one_change_moves_a_gate_only_the_way_it_says(
    data: st.DataObject, old: Policy, jobs: list[Snapshot]
) -> None:
    """Tighter opens nothing, looser closes nothing, and the rest does neither."""
    new = data.draw(_another(old))

    _holds(jobs, PolicySet((old,)), PolicySet((new,)))


@MANY
@given(old=_policies(), new=_policies(), jobs=_many_jobs)
def test_many_changes_at_once_hide_no_direction(
    old: Policy, new: Policy, jobs: list[Snapshot]
) -> None:
    """If everything is told as tighter, all of it together opens no gate either."""
    _holds(jobs, PolicySet((old,)), PolicySet((new,)))


@MANY
@given(data=st.data(), other=_policies("other"), old=_policies(), jobs=_many_jobs)
def test_a_direction_holds_beside_another_policy_too(
    data: st.DataObject, other: Policy, old: Policy, jobs: list[Snapshot]
) -> None:
    """Where one configuration must please both."""
    new = data.draw(_another(old) | st.none())
    now = (other,) if new is None else (other, new)

    _holds(jobs, PolicySet((other, old)), PolicySet(now))


@st.composite
def _waivers(draw: st.DrawFn, name: str) -> Waiver:
    limit = draw(
        st.sampled_from(
            ["max_cost_per_hour_usd", "min_invocations_per_minute", "instance_families"]
        )
    )
    form: dict[str, Any] = {"up_to": draw(_figure)}
    if limit == "instance_families":
        form = {"allow": draw(_names)}
    elif limit.startswith("min"):
        form = {"down_to": draw(_figure)}
    return Waiver(
        id=name,
        policy="prod",
        limit=limit,
        scope=Scope(tuple(draw(_conditions))),
        reason="because",
        requested_by="a",
        approved_by="b",
        starts=draw(st.sampled_from([TODAY - timedelta(9), TODAY, TODAY + timedelta(1)])),
        expires=draw(st.sampled_from([TODAY - timedelta(1), TODAY, TODAY + timedelta(9)])),
        digest="",
        **form,
    )


_waiver_sets = (
    st.tuples(_waivers("W-1"), _waivers("W-2")) | st.tuples(_waivers("W-1")) | st.just(())
)


@MANY
@given(held=_policies(), old=_waiver_sets, new=_waiver_sets, jobs=_many_jobs)
def test_waivers_move_a_gate_only_the_way_their_changes_say(
    held: Policy, old: tuple[Waiver, ...], new: tuple[Waiver, ...], jobs: list[Snapshot]
) -> None:
    """Added, ended, extended, moved: of these, too, the engine has the last word."""
    _holds(jobs, PolicySet((held,), waivers=old), PolicySet((held,), waivers=new))


@MANY
@given(old=_policies(), new=_policies())
def test_the_way_back_is_the_other_way(old: Policy, new: Policy) -> None:
    """What is looser from A to B is tighter from B to A."""
    there = changes_between(PolicySet((old,)), PolicySet((new,)), TODAY)
    back = changes_between(PolicySet((new,)), PolicySet((old,)), TODAY)
    turned = {Bearing.LOOSER: Bearing.TIGHTER, Bearing.TIGHTER: Bearing.LOOSER}

    assert sorted((each.key, turned.get(each.bearing, each.bearing)) for each in there) == sorted(
        (each.key, each.bearing) for each in back
    )


@MANY
@given(only=_policies(), waivers=_waiver_sets)
def test_nothing_changed_is_no_change(only: Policy, waivers: tuple[Waiver, ...]) -> None:
    """The same policies, whatever is in them."""
    both = PolicySet((only,), waivers=waivers), PolicySet((only,), waivers=waivers)

    assert changes_between(*both, date(2026, 1, 1)) == ()
