"""Of one limit, every change there can be: its direction is exactly what the engine does.

Small worlds, looked at whole: a few bounds, a few names, a few values, and every job in them.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain, combinations, product
from typing import Any

import pytest

from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.evaluation import evaluate
from recgate.domain.job import Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import OnMissing
from recgate.domain.policy import ALL, Policy, Quantifier
from recgate.domain.policy_changes import changes_between
from recgate.domain.policy_set import PolicySet
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver
from tests.builders import TODAY, at_most, candidate, policy, snapshot, waiver

BOUNDS = (None, 1.0, 2.0, 3.0)


def _subsets(values: Sequence[Any], *, least: int = 0) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(combinations(values, many) for many in range(least, len(values) + 1))


def _numeric(name: str) -> list[Policy]:
    ceiling = name.startswith("max")
    return [
        policy(at_most(name, fail, warn=warn, on_missing=on_missing), name="p")
        for warn, fail, on_missing in product(BOUNDS, BOUNDS, OnMissing)
        if (warn, fail) != (None, None)
        and (warn is None or fail is None or (warn <= fail if ceiling else warn >= fail))
    ]


def _sets() -> list[Policy]:
    allowed = [None, *map(frozenset, _subsets(["c7g", "m7g"], least=1))]
    denied = [frozenset(each) for each in _subsets(["c7g", "p5"])]
    return [
        policy(SetLimit("instance_families", allow, deny, on_missing), name="p")
        for allow, deny, on_missing in product(allowed, denied, OnMissing)
        if allow is not None or deny
    ]


def _rule(present: bool | None, one_of: tuple[Json, ...], on_missing: OnMissing) -> Policy:
    return policy(
        JobLimit("Field", "", on_missing, lambda job: job.get("Field"), present, one_of), name="p"
    )


def _rules() -> list[Policy]:
    values = _subsets(["A", True, 1], least=1)
    return [
        *(_rule(present, (), OnMissing.FAIL) for present in (True, False)),
        *(_rule(None, one_of, on_missing) for one_of, on_missing in product(values, OnMissing)),
    ]


def _quantified() -> list[Policy]:
    limit = at_most("max_cost_per_hour_usd", 2.0)
    return [policy(limit, name="p", candidates=many) for many in (*map(Quantifier, (1, 2, 3)), ALL)]


def _kinds(kind: EndpointKind | None) -> list[Policy]:
    """Limits for one kind of recommendation, for the other, and for both."""
    names = ("max_cost_per_hour_usd", "max_instance_count", "max_serverless_memory_mb")
    return [
        policy(*(at_most(name, 2.0) for name in each), name="p", scope=Scope((), kind))
        for each in _subsets(names, least=1)
    ]


_PAIRS = tuple(product((1, 3), repeat=2))
_ROWS = [
    *(candidate(cost_per_hour_usd=cost, instance_count=count) for cost, count in _PAIRS),
    *(candidate(cost_per_hour_usd=cost, serverless_memory_mb=size) for cost, size in _PAIRS),
]
FIGURES = (None, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5)
WORLDS: dict[str, tuple[list[Policy], list[Snapshot]]] = {
    "ceiling": (
        _numeric("max_cost_per_hour_usd"),
        [snapshot(candidate(cost_per_hour_usd=each)) for each in FIGURES],
    ),
    "floor": (
        _numeric("min_invocations_per_minute"),
        [snapshot(candidate(invocations_per_minute=each)) for each in FIGURES],
    ),
    "names": (
        _sets(),
        [snapshot(candidate(each)) for each in
         (None, "ml.c7g.x", "ml.m7g.x", "ml.p5.x", "ml.other9.x")],
    ),
    "rules": (
        _rules(),
        [snapshot(candidate(), document={"job": {} if each is None else {"Field": each}})
         for each in (None, "A", "B", True, False, 1, 2)],
    ),
    **{
        f"limits of {kind}": (_kinds(kind), [snapshot(row) for row in _ROWS])
        for kind in (None, *EndpointKind)
    },
    "candidates": (
        _quantified(),
        [snapshot(*(candidate(cost_per_hour_usd=cost, recommendation_id=str(place))
                    for place, cost in enumerate(costs)))
         for many in range(1, 5) for costs in product((1.0, 9.0), repeat=many)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_a_direction_is_exactly_what_the_engine_does(world: str) -> None:
    """It opens a gate of this world if, and only if, it says so; and the same for closing."""
    policies, jobs = WORLDS[world]
    opened = [
        [evaluate(job, [each], TODAY).verdict.opens_gate for job in jobs] for each in policies
    ]

    for (old, before), (new, after) in product(zip(policies, opened, strict=True), repeat=2):
        changes = changes_between(PolicySet((old,)), PolicySet((new,)), TODAY)
        pairs = list(zip(before, after, strict=True))

        assert any(each.bearing.can_open for each in changes) is ((False, True) in pairs), changes
        assert any(each.bearing.can_close for each in changes) is ((True, False) in pairs), changes


def _never_against_its_word(sets: Sequence[PolicySet], jobs: Sequence[Snapshot]) -> int:
    """Asserts that no gate moves where no change can move it; gives how many gates moved."""
    days = [TODAY + timedelta(each) for each in (0, 1, 9)]
    opened = [
        [
            evaluate(job, each.policies, day, each.waivers).verdict.opens_gate
            for job, day in product(jobs, days)
        ]
        for each in sets
    ]
    moved = 0
    for (old, before), (new, after) in product(zip(sets, opened, strict=True), repeat=2):
        changes = changes_between(old, new, TODAY)
        pairs = list(zip(before, after, strict=True))
        if (False, True) in pairs:
            assert any(each.bearing.can_open for each in changes), changes
            moved += 1
        if (True, False) in pairs:
            assert any(each.bearing.can_close for each in changes), changes
    return moved


def test_scopes_move_gates_either_way() -> None:
    """A job that is newly judged was UNCOVERED, or had one policy less to please."""
    limit = at_most("max_cost_per_hour_usd", 2.0)
    prod, staging = (Condition("tags.env", (each,)) for each in ("prod", "staging"))
    both = Condition("tags.env", ("prod", "staging"))
    scopes = [Scope(), *(Scope((each,)) for each in (prod, staging, both)),
              Scope((), EndpointKind.SERVERLESS)]  # fmt: skip
    judged = [policy(limit, name="p", scope=scope) for scope in scopes]
    beside = policy(at_most("max_cost_per_hour_usd", 9.0), name="q")
    jobs = [
        snapshot(candidate(cost_per_hour_usd=cost), tags={"env": env})
        for cost, env in product((1.0, 3.0), ("prod", "staging"))
    ]
    alone = [PolicySet((each,)) for each in judged]
    together = [PolicySet((each, beside)) for each in judged]

    assert _never_against_its_word([*alone, PolicySet((beside,))], jobs)
    assert _never_against_its_word([*together, PolicySet((beside,))], jobs)


def _waivers(limit: str) -> list[tuple[Waiver, ...]]:
    form = "down_to" if limit.startswith("min") else "up_to"
    scopes = [Scope((Condition("job_names", (each,)),)) for each in ("fraud-*", "other")]
    days = (-9, 0, 1, 9)
    return [()] + [
        (
            waiver(
                limit,
                policy="p",
                scope=scope,
                starts=TODAY + timedelta(starts),
                expires=TODAY + timedelta(expires),
                **{form: bound},
            ),
        )
        for scope, starts, expires, bound in product(scopes, days, days, (1.0, 3.0))
        if starts <= expires
    ]


@pytest.mark.parametrize("limit", ["max_cost_per_hour_usd", "min_invocations_per_minute"])
def test_waivers_move_gates_only_as_told(limit: str) -> None:
    """From today on, for whom they are, up to their bound."""
    held = policy(at_most(limit, 2.0), name="p")
    figures = ("cost_per_hour_usd", "invocations_per_minute")
    jobs = [
        snapshot(candidate(**dict.fromkeys(figures, each)))
        for each in (0.5, 1.0, 2.0, 2.5, 3.5, None)
    ]

    assert _never_against_its_word(
        [PolicySet((held,), waivers=each) for each in _waivers(limit)], jobs
    )
