"""Waivers in the record of a decision: they come back whole, and a changed word is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.decision_reader import DecisionUnreadable, decision_from
from recgate.domain.canonical import canonical_json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.scope import Condition, Scope
from recgate.domain.verdict import Verdict
from recgate.domain.waiver import Waiver
from recgate.ports import Entry
from tests.builders import at_most, candidate, decision, families, policy, snapshot, waiver

HELD = policy(
    at_most("max_cost_per_hour_usd", 2.5),
    at_most("min_invocations_per_minute", 400),
    families(deny=("p5", "g6")),
)
ROW = candidate("ml.p5.48xlarge", cost_per_hour_usd=3.5, invocations_per_minute=300.0)
BOUNDS = {
    "ceiling": waiver(up_to=3.5, id="W-ceiling"),
    "floor": waiver("min_invocations_per_minute", down_to=299.5, id="W-floor"),
    "names": waiver("instance_families", allow=frozenset({"p5", "g6", "c7g"}), id="W-names"),
}


def recorded(made: Decision) -> Entry:
    """The entry as it comes out of a ledger."""
    record = json.loads(canonical_json(decision_record(made, effects=())))
    return Entry("decision", made.key, made.decided_at, record)


def all_waived() -> Decision:
    """A row that fails three limits, each of them waived, and a fourth waiver that is not used."""
    spare = waiver(up_to=9, id="W-spare")
    return decision(snapshot(ROW), HELD, waivers=[*BOUNDS.values(), spare])


def waivers_of(made: Decision) -> tuple[Waiver, ...]:
    return tuple(each for one in made.evaluation.judgements for each in one.waivers)


def test_every_kind_of_bound_comes_back() -> None:
    """Ceiling, floor and names, with scope, people, days and digest; who used which; the verdict
    without them.
    """
    made = all_waived()

    again = decision_from(recorded(made), made.snapshot)

    (before,), (after,) = made.evaluation.judgements, again.evaluation.judgements
    assert after.waivers == before.waivers == waivers_of(made)
    assert [each.id for each in after.used_waivers] == ["W-ceiling", "W-floor", "W-names"]
    assert [each.waiver for each in after.findings(0)] == ["W-ceiling", "W-floor", "W-names"]
    assert after.findings(0) == before.findings(0)
    assert (after.verdict, after.verdict_without_waivers) == (Verdict.WAIVED, Verdict.FAIL)
    assert recorded(again) == recorded(made)


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_record_has_the_one_bound_of_its_waiver(kind: str) -> None:
    """The others are not there; figures are exact text, names are in order."""
    made = decision(snapshot(ROW), HELD, waivers=[BOUNDS[kind]])

    body: Any = recorded(made).body
    (kept,) = body["judgements"][0]["waivers"]

    bounds = {
        "ceiling": {"up_to": "3.5"},
        "floor": {"down_to": "299.5"},
        "names": {"allow": ["c7g", "g6", "p5"]},
    }
    assert {name: kept[name] for name in ("up_to", "down_to", "allow") if name in kept} == (
        bounds[kind]
    )


def test_the_scope_comes_back_with_every_pattern() -> None:
    """Tags, globs, several of one key, in their order."""
    scope = Scope(
        (Condition("tags.env", ("prod", "p*")), Condition("job_names", ("fraud-*", "a", "b")))
    )
    made = decision(
        snapshot(ROW, tags={"env": "prod"}), HELD, waivers=[waiver(up_to=9, scope=scope)]
    )

    again = decision_from(recorded(made), made.snapshot)

    assert [each.scope for each in waivers_of(again)] == [scope]


def test_what_was_wrong_in_the_file_comes_back() -> None:
    """A decision tells of the malformed waivers of its day, also years later."""
    told = ("policies/waivers.yaml:9: waivers[1].up_to: is missing", "policies/waivers.yaml:12: x")
    made = replace(all_waived(), waiver_problems=told)

    entry = recorded(made)
    again = decision_from(entry, made.snapshot)

    assert entry.body["waiver_problems"] == list(told)
    assert again.waiver_problems == told


def test_a_record_from_before_there_were_waivers_has_none() -> None:
    """It is told as it was."""
    made = decision(snapshot(ROW), HELD)
    body: Any = dict(recorded(made).body)
    del body["waiver_problems"]
    for judgement in body["judgements"]:
        del judgement["waivers"], judgement["verdict_without_waivers"]

    again = decision_from(replace(recorded(made), body=body), made.snapshot)

    assert (again.waiver_problems, waivers_of(again), again.verdict) == ((), (), Verdict.FAIL)


Change = Callable[[dict[str, Any]], object]


def first(body: dict[str, Any]) -> Any:
    """The used ceiling."""
    return body["judgements"][0]["waivers"][0]


def finding(body: dict[str, Any], place: int = 0) -> Any:
    return body["judgements"][0]["candidates"][0]["findings"][place]


TAMPERED: dict[str, Change] = {
    "another id": lambda it: first(it).update(id="W-other"),
    "no longer used": lambda it: first(it).update(used=False),
    "used all the same": lambda it: it["judgements"][0]["waivers"][3].update(used=True),
    "a ceiling that does not reach": lambda it: first(it).update(up_to="3.4"),
    "a ceiling in words": lambda it: first(it).update(up_to="any"),
    "a ceiling that is a number": lambda it: first(it).update(up_to=3.5),
    "no ceiling": lambda it: first(it).pop("up_to"),
    "a floor that does not reach": (
        lambda it: it["judgements"][0]["waivers"][1].update(down_to="301")
    ),
    "no floor": lambda it: it["judgements"][0]["waivers"][1].pop("down_to"),
    "other names": lambda it: it["judgements"][0]["waivers"][2].update(allow=["g6"]),
    "no names": lambda it: it["judgements"][0]["waivers"][2].pop("allow"),
    "names that are no text": lambda it: it["judgements"][0]["waivers"][2].update(allow=[5]),
    "another limit": lambda it: first(it).update(limit="max_latency_p99_ms"),
    "taken out": lambda it: it["judgements"][0]["waivers"].pop(0),
    "none at all": lambda it: it["judgements"][0].update(waivers=[]),
    "no list": lambda it: it["judgements"][0].update(waivers={}),
    "not objects": lambda it: it["judgements"][0].update(waivers=["W-ceiling"]),
    "another order": lambda it: it["judgements"][0]["waivers"].reverse(),
    "a finding without its waiver": lambda it: finding(it).pop("waiver"),
    "a finding of another waiver": lambda it: finding(it, 1).update(waiver="W-ceiling"),
    "a finding that passes": lambda it: finding(it).update(outcome="PASS"),
    "a finding that fails": lambda it: finding(it).update(outcome="FAIL"),
    "a better verdict": lambda it: it["judgements"][0].update(verdict_without_waivers="PASS"),
    "no day": lambda it: first(it).update(expires="soon"),
    "no approver": lambda it: first(it).pop("approved_by"),
    "a reason that is no text": lambda it: first(it).update(reason=None),
    "a scope that is no list": lambda it: first(it).update(only_for={"job_names": ["*"]}),
    "problems that are no list": lambda it: it.update(waiver_problems="none"),
    "problems that are no text": lambda it: it.update(waiver_problems=[1]),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_word_about_waivers_that_was_changed_is_refused(name: str) -> None:
    """What was judged does not come out of it any more: nothing is told half."""
    made = all_waived()
    body = json.loads(canonical_json(recorded(made).body))
    TAMPERED[name](body)

    with pytest.raises(DecisionUnreadable) as refusal:
        decision_from(replace(recorded(made), body=body), made.snapshot)

    assert str(refusal.value).startswith(f"The record of decision {made.key[:12]} of job ")


_names = st.frozensets(st.sampled_from(["p5", "g6", "c7g", "ml.x"]), min_size=1)
_bounds = st.one_of(
    st.builds(lambda it: {"limit": "max_cost_per_hour_usd", "up_to": it}, st.floats(0, 1e9)),
    st.builds(lambda it: {"limit": "max_cost_per_hour_usd", "up_to": it}, st.integers(0, 9)),
    st.builds(lambda it: {"limit": "min_invocations_per_minute", "down_to": it}, st.floats(0, 500)),
    st.builds(lambda it: {"limit": "instance_families", "allow": it}, _names),
)
_waivers = st.lists(
    st.builds(
        lambda bound, number, last: waiver(**bound, id=f"W-{number}", expires=last),
        _bounds,
        st.integers(0, 10**6),
        st.dates(date(2026, 11, 21), date(2027, 1, 1)),
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)


@settings(max_examples=150, deadline=None)
@given(_waivers)
def test_any_waivers_come_back_as_they_were(waivers: list[Waiver]) -> None:
    """Whatever reaches, whatever is used."""
    made = decision(snapshot(ROW, candidate(cost_per_hour_usd=2.0)), HELD, waivers=waivers)

    again = decision_from(recorded(made), made.snapshot)

    (before,), (after,) = made.evaluation.judgements, again.evaluation.judgements
    assert after.waivers == before.waivers
    assert after.used_waivers == before.used_waivers
    assert [after.findings(place) for place in (0, 1)] == [before.findings(n) for n in (0, 1)]
