"""A decision's record, read back for lists and approvals."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.candidate import Metric
from recgate.domain.canonical import canonical_json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.recorded_decision import RecordedDecision, recorded_decision
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import compliant
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot, waiver
from tests.rendering.decisions import decisions

GOLDEN = decisions()
GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker"


def record_of(made: Decision) -> dict[str, Any]:
    """The record as it comes back from a ledger."""
    body: dict[str, Any] = json.loads(canonical_json(decision_record(made, effects=())))
    return body


def read(made: Decision, **changes: Any) -> RecordedDecision:
    body = record_of(made)
    body["job"] |= changes.pop("job", {})
    return recorded_decision("job:x", made.key, NOW, body | changes)


@pytest.mark.parametrize("made", GOLDEN.values(), ids=GOLDEN)
def test_the_record_names_the_configuration_that_the_message_named(made: Decision) -> None:
    """Whatever the verdict: what is approved is the same wherever it is told."""
    best = compliant(made.evaluation)

    found = read(made)

    assert found.verdict is made.verdict
    assert found.is_open is made.verdict.opens_gate
    assert found.readable
    if best is None:
        assert not found.is_open
    else:
        assert found.configuration is not None
        assert found.configuration.recommendation_id == best.recommendation_id
        assert found.configuration.words == best.configuration
        assert dict(found.configuration.environment) == best.environment
        cost, told = best.values[Metric.COST_PER_HOUR_USD], found.configuration.cost_per_hour_usd
        assert told == (None if cost is None else Decimal(repr(cost)))


def test_a_month_has_730_hours_and_is_exact() -> None:
    """A float would say 127.01999999999998."""
    made = decision(snapshot(candidate(cost_per_hour_usd=0.174)), policy())

    found = read(made).configuration

    assert found is not None
    assert str(found.cost_per_month_usd) == "127.020"


def test_a_closed_gate_names_the_configuration_that_the_verdict_is_told_of() -> None:
    """Where one is enough: the nearest to compliant."""
    rows = (
        candidate("ml.a.large", cost_per_hour_usd=9.0),
        candidate("ml.b.large", cost_per_hour_usd=1.1),
    )
    made = decision(snapshot(*rows), policy(at_most("max_cost_per_hour_usd", 1.0)))

    found = read(made)

    assert found.configuration is not None
    assert found.configuration.instance_type == "ml.b.large"
    assert found.policies[0].broken == ("max_cost_per_hour_usd",)


def test_a_waiver_that_was_used_is_told_with_its_end_and_its_approver() -> None:
    """It is what the approval rests on."""
    dear = snapshot(candidate(cost_per_hour_usd=2.0))
    allowed = waiver(up_to=3.0, expires=date(2026, 12, 31))
    made = decision(dear, policy(at_most("max_cost_per_hour_usd", 1.0)), waivers=[allowed])

    found = read(made)

    assert found.verdict is Verdict.WAIVED
    assert [each.id for each in found.rests_on] == [allowed.id]
    assert found.waivers[0].expires == date(2026, 12, 31)
    assert found.waivers[0].approved_by == allowed.approved_by


def test_a_waiver_of_another_configuration_is_not_what_the_approval_rests_on() -> None:
    """It was used, for a candidate that nobody deploys."""
    rows = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=0.5),
        candidate("ml.b.large", cost_per_hour_usd=2.0),
    )
    made = decision(
        rows, policy(at_most("max_cost_per_hour_usd", 1.0)), waivers=[waiver(up_to=3.0)]
    )

    found = read(made)

    assert found.verdict is Verdict.PASS
    assert len(found.waivers) == 1
    assert found.rests_on == ()


def test_a_waiver_without_a_readable_end_has_ended() -> None:
    """Nothing is allowed by a record that does not say until when."""
    dear = snapshot(candidate(cost_per_hour_usd=2.0))
    made = decision(
        dear, policy(at_most("max_cost_per_hour_usd", 1.0)), waivers=[waiver(up_to=3.0)]
    )
    body = record_of(made)
    body["judgements"][0]["waivers"][0] |= {"expires": "never", "up_to": "nan"}

    found = recorded_decision("job:x", made.key, NOW, body)

    assert found.rests_on[0].expires < NOW.date()
    assert found.rests_on[0].up_to is None


def test_a_family_is_a_model_in_one_place_and_of_one_kind() -> None:
    """Versions go together; a package group and a plain model of one name do not."""
    made = decision(snapshot(candidate(cost_per_hour_usd=0.5)), policy())
    first = read(made, job={"model_package_arn": f"{GROUP}/1"})
    second = read(made, job={"model_package_arn": f"{GROUP}/2"})
    plain = read(made, job={"model_package_arn": None, "model_name": "fraud-ranker"})
    abroad = replace(second, region="us-east-1")
    nameless = read(made, job={"model_package_arn": None, "model_name": None})

    assert first.family == second.family
    assert len({each.family for each in (second, plain, abroad, nameless)}) == 4
    assert nameless.family == "job:x"
    assert (second.title, plain.title) == ("fraud-ranker v2", "fraud-ranker")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    made=st.sampled_from(list(GOLDEN.values())),
    changes=st.lists(st.tuples(st.randoms(use_true_random=False), anything), max_size=6),
)
def test_whatever_is_in_a_record_it_is_read_and_never_opened(made: Decision, changes: Any) -> None:
    """Values of any shape at any place: no error, and the gate opens only as the record says."""
    body = record_of(made)
    for random, value in changes:
        _put(body, random, value)

    found = recorded_decision("job:x", made.key, NOW, body)

    assert found.is_open is False or body["gate"] == "open"
    assert found.title is not None
    assert isinstance(found.family, str)
    assert all(each.id is not None for each in found.rests_on)


def _put(inside: Any, random: Any, value: Any) -> None:
    """Put the value somewhere in a document."""
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        if not keys:
            return
        key = random.choice(keys)
        child = inside[key]
        if not isinstance(child, dict | list) or not child or random.random() < 0.25:
            inside[key] = value
            return
        inside = child


@pytest.mark.parametrize("body", [None, [], "x", {}, {"schema": 99}, {"judgements": [None, 1]}])
def test_a_record_of_no_known_shape_is_an_error_with_a_closed_gate(body: Any) -> None:
    """It is listed, and approves nothing."""
    found = recorded_decision("job:arn:x/y", "k", NOW, body)

    assert (found.word, found.is_open, found.readable) == ("ERROR", False, False)
    assert (found.job_name, found.model) == ("y", None)


def test_what_is_approved_opens_the_gate_under_every_policy() -> None:
    """The cheapest under one policy fails the other: it is not what anybody may deploy."""
    cheap = candidate("ml.a.large", cost_per_hour_usd=0.1, latency_p99_ms=900.0)
    fast = candidate("ml.b.large", cost_per_hour_usd=0.5, latency_p99_ms=9.0)
    policies = (
        policy(at_most("max_cost_per_hour_usd", 1.0), name="cost"),
        policy(at_most("max_latency_p99_ms", 100), name="latency"),
        policy(at_most("max_cost_per_hour_usd", 2.0), name="cost again"),
    )

    found = read(decision(snapshot(cheap, fast), *policies))

    assert found.configuration is not None
    assert found.configuration.instance_type == "ml.b.large"
    told = [each.configuration for each in found.policies]
    assert [each.instance_type for each in told if each] == ["ml.b.large"] * 3


def test_an_open_gate_whose_candidates_all_fail_names_no_configuration() -> None:
    """Such a record is nobody's of ours; nothing is approved by guessing."""
    made = decision(
        snapshot(candidate(cost_per_hour_usd=2.0)), policy(at_most("max_cost_per_hour_usd", 1.0))
    )
    body = record_of(made) | {"verdict": "PASS", "gate": "open"}
    body["judgements"][0]["chosen"] = body["judgements"][0]["candidates"][0]["recommendation_id"]

    found = recorded_decision("job:x", made.key, NOW, body)

    assert found.is_open
    assert found.configuration is None


@pytest.mark.parametrize("value", ["inf", "nan", "-inf", "many", "", None, 7, "1e999999999"])
def test_what_is_no_number_is_no_figure(value: Any) -> None:
    """It is left out, as what was missing is."""
    made = decision(snapshot(candidate(cost_per_hour_usd=0.5)), policy())
    body = record_of(made)
    body["judgements"][0]["candidates"][0]["readings"]["cost_per_hour_usd"]["value"] = value

    found = recorded_decision("job:x", made.key, NOW, body).configuration

    assert found is not None
    assert found.cost_per_hour_usd is None
    assert found.cost_per_month_usd is None


def test_of_two_waivers_the_approval_rests_on_that_of_its_configuration() -> None:
    """The other one was used for a candidate that fails all the same."""
    rows = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=2.0, latency_p99_ms=9.0),
        candidate("ml.b.large", cost_per_hour_usd=9.0, latency_p99_ms=900.0),
    )
    limits = (at_most("max_cost_per_hour_usd", 1.0), at_most("max_latency_p99_ms", 100))
    needed = waiver(up_to=3.0, id="needed")
    other = waiver("max_latency_p99_ms", up_to=1_000.0, id="other")

    found = read(decision(rows, policy(*limits), waivers=[other, needed]))

    assert found.verdict is Verdict.WAIVED
    assert {each.id for each in found.waivers} == {"needed", "other"}
    assert [each.id for each in found.rests_on] == ["needed"]


COST = at_most("max_cost_per_hour_usd", 1.0)
DEAR = snapshot(candidate("ml.g5.xlarge", cost_per_hour_usd=2.0))


def test_a_waiver_of_what_all_policies_allow_is_told_where_each_alone_would_pass() -> None:
    """The best of the first policy passes, and fails the second; what both allow is waived."""
    rows = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=0.5, latency_p99_ms=900.0),
        candidate("ml.b.large", cost_per_hour_usd=2.0, latency_p99_ms=9.0),
    )
    policies = (policy(COST), policy(at_most("max_latency_p99_ms", 100), name="latency"))
    allowed = waiver(up_to=3.0)

    found = read(decision(rows, *policies, waivers=[allowed]))

    assert found.policies[0].verdict == Verdict.PASS
    assert found.configuration is not None
    assert found.configuration.instance_type == "ml.b.large"
    assert [each.id for each in found.rests_on] == [allowed.id]
    assert not found.lacks_waiver


@pytest.mark.parametrize("waivers", [None, [], [{"id": "another", "used": True}]])
def test_a_record_that_does_not_name_its_waiver_says_so(waivers: Any) -> None:
    """Of the waivers that it names, any may be the one; and that one is missing is told."""
    body = record_of(decision(DEAR, policy(COST), waivers=[waiver(up_to=3.0)]))
    body["judgements"][0]["waivers"] = waivers

    found = recorded_decision("job:x", "k", NOW, body)

    assert found.is_open
    assert [each.id for each in found.rests_on] == (["another"] if waivers else [])
    assert found.lacks_waiver


def test_a_waiver_whose_name_is_no_text_is_no_error() -> None:
    """Whoever wrote it: the record is read, and the waiver that it names is told."""
    body = record_of(decision(DEAR, policy(COST), waivers=[waiver(up_to=3.0)]))
    (row,) = body["judgements"][0]["candidates"]
    for finding in row["findings"]:
        finding["waiver"] = ["W"]

    found = recorded_decision("job:x", "k", NOW, body)

    assert [each.id for each in found.rests_on] == [waiver().id]
    assert found.lacks_waiver


def test_where_several_must_hold_the_verdict_rests_on_every_waiver() -> None:
    """Not on that of the one configuration that is told of alone."""
    rows = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=2.0, latency_p99_ms=9.0),
        candidate("ml.b.large", cost_per_hour_usd=0.5, latency_p99_ms=900.0),
    )
    limits = (COST, at_most("max_latency_p99_ms", 100))
    both = [waiver(up_to=3.0, id="cost"), waiver("max_latency_p99_ms", up_to=1e3, id="latency")]
    body = record_of(decision(rows, policy(*limits), waivers=both))
    body["judgements"][0]["candidates_needed"] = 2

    found = recorded_decision("job:x", "k", NOW, body)

    assert {each.id for each in found.rests_on} == {"cost", "latency"}


def test_one_model_in_two_accounts_is_two_families() -> None:
    """What is approved in one is not approved in the other."""
    first = read(decision(snapshot(candidate(cost_per_hour_usd=0.5)), policy()))

    assert first.family != replace(first, account="999999999999").family


def test_an_open_gate_tells_no_failing_configuration_as_approved() -> None:
    """Whatever the policy's own verdict says: no candidate opens the gate."""
    body = record_of(decision(DEAR, policy(COST))) | {"verdict": "PASS", "gate": "open"}
    (judgement,) = body["judgements"]
    judgement |= {
        "verdict": "PASS",
        "chosen": judgement["candidates"][0]["recommendation_id"],
    }

    found = recorded_decision("job:x", "k", NOW, body)

    assert found.is_open
    assert found.policies[0].configuration is not None
    assert found.configuration is None


def test_of_two_rows_of_one_id_the_approved_one_is_told() -> None:
    """The first of that id fails."""
    rows = snapshot(
        candidate("ml.a.large", recommendation_id="same", cost_per_hour_usd=2.0),
        candidate("ml.b.large", recommendation_id="same", cost_per_hour_usd=0.5),
    )

    found = read(decision(rows, policy(COST)))

    assert found.configuration is not None
    assert found.configuration.instance_type == "ml.b.large"
    assert found.policies[0].configuration == found.configuration
    assert found.policies[0].broken == ()
