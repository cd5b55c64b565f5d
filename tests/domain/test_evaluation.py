"""The one decision in the middle, rule by rule."""

from dataclasses import replace
from datetime import date

import pytest

from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.evaluation import evaluate, judge
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import OnMissing
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.policy import ALL, Mode, Policy, Quantifier
from recgate.domain.scope import Condition, Scope
from recgate.domain.verdict import Outcome, Verdict
from tests.builders import TODAY, at_most, candidate, families, policy, snapshot

CHEAP_SLOW = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.26, latency_p99_ms=400)
DEAR_FAST = candidate("ml.g5.12xlarge", cost_per_hour_usd=7.09, latency_p99_ms=30)
GOOD = candidate("ml.m7g.xlarge", cost_per_hour_usd=0.30, latency_p99_ms=90)
STRICT = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120))


def verdict_of(job: Snapshot, *policies: Policy, today: date = TODAY) -> Verdict:
    return evaluate(job, policies, today).verdict


def test_one_candidate_must_meet_every_limit() -> None:
    """Joint witness: a cheap one and a fast one do not add up to a pass."""
    assert verdict_of(snapshot(CHEAP_SLOW, DEAR_FAST), STRICT) is Verdict.FAIL
    assert verdict_of(snapshot(CHEAP_SLOW, GOOD, DEAR_FAST), STRICT) is Verdict.PASS


@pytest.mark.parametrize(
    ("on_missing", "expected"),
    [
        (OnMissing.FAIL, Verdict.UNKNOWN),
        (OnMissing.WARN, Verdict.WARN),
        (OnMissing.IGNORE, Verdict.PASS),
    ],
)
def test_a_missing_value_is_what_the_limit_says_it_is(
    on_missing: OnMissing, expected: Verdict
) -> None:
    """Missing is unknown unless the policy says otherwise."""
    limit = at_most("max_latency_p99_ms", 120, on_missing=on_missing)

    assert verdict_of(snapshot(candidate(cost_per_hour_usd=1)), policy(limit)) is expected


def test_an_ignored_value_is_printed_as_ignored() -> None:
    """Counting as a pass is not the same as having passed."""
    limit = at_most("max_latency_p99_ms", 120, on_missing=OnMissing.IGNORE)

    judgement = evaluate(snapshot(candidate()), [policy(limit)], TODAY).judgements[0]

    assert [finding.outcome for finding in judgement.findings(0)] == [Outcome.IGNORED]


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (2.0, Verdict.PASS),
        (2.0000001, Verdict.PASS),
        (2.00001, Verdict.WARN),
        (2.5, Verdict.WARN),
        (2.5000002384185791, Verdict.WARN),
        (2.50001, Verdict.FAIL),
    ],
)
def test_boundaries_are_inclusive_after_rounding(cost: float, expected: Verdict) -> None:
    """2.50 passes ``fail: 2.50``, and so does its float32."""
    limited = policy(at_most("max_cost_per_hour_usd", 2.5, warn=2.0))

    assert verdict_of(snapshot(candidate(cost_per_hour_usd=cost)), limited) is expected


def test_a_limit_with_more_digits_than_are_compared_passes_its_own_value() -> None:
    """Both sides are rounded, so equal stays equal."""
    limited = policy(at_most("min_invocations_per_minute", 1234567.8))

    assert verdict_of(snapshot(candidate(invocations_per_minute=1234567.8)), limited) is (
        Verdict.PASS
    )


def test_a_limit_that_only_warns_never_fails() -> None:
    """``{warn: 80}`` has no failing side."""
    limited = policy(at_most("max_cpu_utilization_pct", warn=80))

    assert verdict_of(snapshot(candidate(cpu_utilization_pct=350)), limited) is Verdict.WARN


@pytest.mark.parametrize(
    ("quantifier", "expected"),
    [
        (Quantifier(1), Verdict.PASS),
        (Quantifier(2), Verdict.FAIL),
        (Quantifier(9), Verdict.FAIL),
        (ALL, Verdict.FAIL),
    ],
)
def test_the_quantifier_says_how_many_candidates_must_comply(
    quantifier: Quantifier, expected: Verdict
) -> None:
    """Any, n or all; a job with fewer rows than asked for fails."""
    limited = replace(STRICT, candidates=quantifier)

    assert verdict_of(snapshot(GOOD, CHEAP_SLOW, DEAR_FAST), limited) is expected


def test_all_passes_when_every_candidate_does_and_chooses_the_best() -> None:
    """Under ``all`` the worst decides, and the best is still the one to deploy."""
    other = candidate("ml.m7g.2xlarge", cost_per_hour_usd=0.60, latency_p99_ms=50)

    judgement = evaluate(
        snapshot(GOOD, other), [replace(STRICT, candidates=ALL)], TODAY
    ).judgements[0]

    assert judgement.verdict is Verdict.PASS
    assert judgement.deciding == 1
    assert judgement.chosen == 0


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.STOPPED, JobStatus.DELETED])
@pytest.mark.parametrize("quantifier", [Quantifier(1), ALL])
def test_a_job_that_did_not_complete_has_no_result(
    status: JobStatus, quantifier: Quantifier
) -> None:
    """Rows or not, and under ``all`` too."""
    limited = replace(STRICT, candidates=quantifier)

    assert verdict_of(snapshot(GOOD, status=status), limited) is Verdict.NO_RESULT
    assert verdict_of(snapshot(GOOD, status=status)) is Verdict.NO_RESULT


def test_a_completed_job_without_recommendations_has_no_result() -> None:
    """No evidence is never a pass."""
    assert verdict_of(snapshot(), replace(STRICT, candidates=ALL)) is Verdict.NO_RESULT


def test_a_job_that_no_policy_covers_is_uncovered() -> None:
    """And the gate stays closed."""
    elsewhere = replace(STRICT, scope=Scope((Condition("regions", ("us-east-1",)),)))

    evaluation = evaluate(snapshot(GOOD), [elsewhere], TODAY)

    assert evaluation.verdict is Verdict.UNCOVERED
    assert not evaluation.verdict.opens_gate
    assert evaluation.unmatched[0].reason == "regions: eu-west-1 is none of us-east-1"


def test_the_worst_of_several_policies_is_the_verdict() -> None:
    """Each is judged and listed."""
    lenient = policy(at_most("max_cost_per_hour_usd", 100), name="lenient")

    evaluation = evaluate(snapshot(DEAR_FAST), [lenient, STRICT], TODAY)

    assert evaluation.verdict is Verdict.FAIL
    assert [each.verdict for each in evaluation.judgements] == [Verdict.PASS, Verdict.FAIL]
    assert evaluation.deciding is evaluation.judgements[1]


def test_two_policies_met_by_two_configurations_are_not_met() -> None:
    """The joint witness holds across policies: whatever is deployed would break one of them."""
    cheap = policy(at_most("max_cost_per_hour_usd", 2.5), name="cheap")
    fast = policy(at_most("max_latency_p99_ms", 120), name="fast")

    apart = evaluate(snapshot(CHEAP_SLOW, DEAR_FAST), [cheap, fast], TODAY)

    assert [each.verdict for each in apart.judgements] == [Verdict.PASS, Verdict.PASS]
    assert apart.verdict is Verdict.FAIL
    assert apart.reason == "every policy is met, but no one configuration meets them all"
    assert verdict_of(snapshot(CHEAP_SLOW, GOOD, DEAR_FAST), cheap, fast) is Verdict.PASS


def test_policies_for_two_kinds_of_row_need_no_configuration_in_common() -> None:
    """A real-time row and a serverless row cannot be one configuration."""
    real_time = replace(STRICT, scope=Scope(endpoint_kind=EndpointKind.REALTIME))
    serverless = policy(
        at_most("max_serverless_memory_mb", 4096),
        name="serverless",
        scope=Scope(endpoint_kind=EndpointKind.SERVERLESS),
    )

    assert verdict_of(snapshot(SERVERLESS, GOOD), real_time, serverless) is Verdict.PASS


def test_what_is_not_known_about_a_job_keeps_the_gate_closed() -> None:
    """A policy that may apply counts as one that is not met."""
    by_tag = replace(STRICT, name="by-tag", scope=Scope((Condition("tags.env", ("prod",)),)))
    lenient = policy(at_most("max_cost_per_hour_usd", 100), name="lenient")
    untagged = replace(snapshot(GOOD), tags=None)

    evaluation = evaluate(untagged, [by_tag, lenient], TODAY)

    assert evaluation.verdict is Verdict.UNKNOWN
    assert "by-tag (tags.env: not known for this job)" in evaluation.reason


def test_a_failure_in_observe_mode_is_told_apart_and_opens_nothing() -> None:
    """Before ``enforce_from`` as in ``observe``; from that day on it counts."""
    announced = replace(STRICT, enforce_from=date(2026, 12, 1))
    observing = replace(STRICT, mode=Mode.OBSERVE)
    job = snapshot(DEAR_FAST)

    assert verdict_of(job, observing) is Verdict.WOULD_FAIL
    assert verdict_of(job, announced, today=date(2026, 11, 30)) is Verdict.WOULD_FAIL
    assert verdict_of(job, announced, today=date(2026, 12, 1)) is Verdict.FAIL
    assert not Verdict.WOULD_FAIL.opens_gate


def test_only_pass_warn_and_waived_open_the_gate() -> None:
    """Everything else is closed, words to come included."""
    assert {verdict for verdict in Verdict if verdict.opens_gate} == {
        Verdict.PASS,
        Verdict.WARN,
        Verdict.WAIVED,
    }


def test_deny_beats_allow() -> None:
    """Families come from the parsed type."""
    limited = policy(families(allow=("c7g", "p4d"), deny=("p4d",)))

    assert verdict_of(snapshot(candidate("ml.c7g.xlarge")), limited) is Verdict.PASS
    assert verdict_of(snapshot(candidate("ml.p4d.24xlarge")), limited) is Verdict.FAIL
    assert verdict_of(snapshot(candidate("ml.m5.large")), limited) is Verdict.FAIL


@pytest.mark.parametrize("instance", [None, "", "c7g.xlarge", "ml.c7g", "ml..xlarge"])
def test_a_type_that_cannot_be_parsed_is_missing(instance: str | None) -> None:
    """Not denied, not allowed: unknown."""
    limited = policy(families(deny=("p4d",)))

    assert verdict_of(snapshot(candidate(instance)), limited) is Verdict.UNKNOWN


SERVERLESS = candidate(
    None, serverless_memory_mb=2048, serverless_concurrency=10, cost_per_hour_usd=0.1
)


def test_limits_on_instances_do_not_concern_serverless_rows_nor_the_reverse() -> None:
    """A row is judged by the limits that exist for its kind."""
    limited = policy(
        families(allow=("c7g",)),
        at_most("max_serverless_memory_mb", 1024),
        at_most("max_cost_per_hour_usd", 1),
    )

    real_time = evaluate(snapshot(candidate(cost_per_hour_usd=0.3)), [limited], TODAY)
    serverless = evaluate(snapshot(SERVERLESS), [limited], TODAY)

    assert real_time.verdict is Verdict.PASS
    assert serverless.verdict is Verdict.FAIL
    assert [finding.outcome for finding in serverless.judgements[0].findings(0)] == [
        Outcome.NOT_APPLICABLE,
        Outcome.FAIL,
        Outcome.PASS,
    ]


def test_a_row_that_no_limit_concerns_is_unknown_rather_than_passed() -> None:
    """Nothing was judged, and that is no pass."""
    assert verdict_of(snapshot(SERVERLESS), policy(families(allow=("c7g",)))) is Verdict.UNKNOWN


def test_a_row_of_the_other_kind_is_no_candidate() -> None:
    """The serverless row is the cheaper one and does not count."""
    real_time = replace(STRICT, scope=Scope(endpoint_kind=EndpointKind.REALTIME))

    judgement = evaluate(snapshot(SERVERLESS, DEAR_FAST), [real_time], TODAY).judgements[0]

    assert judgement.candidates == (DEAR_FAST,)
    assert judgement.verdict is Verdict.FAIL


def test_a_policy_for_a_kind_that_the_job_has_none_of_does_not_apply() -> None:
    """A serverless policy has nothing to say about a job of real-time rows."""
    serverless = replace(STRICT, scope=Scope(endpoint_kind=EndpointKind.SERVERLESS))

    assert verdict_of(snapshot(GOOD), serverless) is Verdict.UNCOVERED
    assert verdict_of(snapshot(GOOD), serverless, STRICT) is Verdict.PASS


def test_a_row_whose_gaps_are_ignored_is_as_good_as_one_without_gaps() -> None:
    """The cheaper of the two decides and is chosen, also where nobody measured its CPU."""
    lacking = candidate("ml.c7g.large", cost_per_hour_usd=0.1)
    whole = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.2, cpu_utilization_pct=50.0)
    lax = policy(
        at_most("max_cost_per_hour_usd", 1.0),
        at_most("max_cpu_utilization_pct", 80, on_missing=OnMissing.IGNORE),
    )

    judgement = judge(snapshot(lacking, whole), lax, TODAY)

    assert judgement.verdict is Verdict.PASS
    assert (judgement.deciding, judgement.chosen, judgement.order) == (0, 0, (0, 1))


def test_ties_go_to_fewer_warnings_then_to_the_order_of_the_snapshot() -> None:
    """A total order: the same input gives the same answer."""
    limited = policy(
        at_most("max_cost_per_hour_usd", 9, warn=0.1), at_most("max_latency_p99_ms", 999, warn=100)
    )
    warned_twice = candidate("ml.a.x", cost_per_hour_usd=0.2, latency_p99_ms=200)
    warned_once = candidate("ml.b.x", cost_per_hour_usd=0.3, latency_p99_ms=90)

    judgement = evaluate(snapshot(warned_twice, warned_once), [limited], TODAY).judgements[0]

    assert judgement.verdict is Verdict.WARN
    assert judgement.candidates[judgement.chosen or 0] == warned_once


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"SecurityGroupIds": ["sg-1"]}, Verdict.PASS),
        (None, Verdict.FAIL),
        ({"missing": "NaN"}, Verdict.FAIL),
    ],
)
def test_present_is_answered_by_whether_the_field_is_there(found: Json, expected: Verdict) -> None:
    """A fact of Describe, never "missing"."""
    limit = JobLimit(
        "InputConfig.VpcConfig",
        "",
        OnMissing.FAIL,
        lambda _: found,
        present=True,
    )

    assert verdict_of(snapshot(GOOD), policy(limit)) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("PYTORCH", Verdict.PASS),
        ("TENSORFLOW", Verdict.FAIL),
        (None, Verdict.UNKNOWN),
        ({"missing": "NaN"}, Verdict.UNKNOWN),
        (True, Verdict.FAIL),
    ],
)
def test_one_of_compares_what_the_path_finds(found: Json, expected: Verdict) -> None:
    """And ``true`` is not 1."""
    limit = JobLimit(
        "Framework",
        "",
        OnMissing.FAIL,
        lambda _: found,
        one_of=("PYTORCH", 1),
    )

    assert verdict_of(snapshot(GOOD), policy(limit)) is expected


def test_the_nearest_miss_has_the_fewest_limits_missed_then_the_smallest_excess() -> None:
    """Two broken limits are further away than one, however small they are."""
    two_small = candidate("ml.a.x", cost_per_hour_usd=2.51, latency_p99_ms=121)
    one_large = candidate("ml.b.x", cost_per_hour_usd=9.0, latency_p99_ms=30)
    one_small = candidate("ml.c.x", cost_per_hour_usd=0.2, latency_p99_ms=129)

    found = nearest_miss(
        evaluate(snapshot(two_small, one_large, one_small), [STRICT], TODAY).judgements[0]
    )

    assert found is not None
    assert found.candidate == one_small
    assert [(each.limit, each.observed, each.fail) for each in found.missed] == [
        ("max_latency_p99_ms", 129.0, 120)
    ]


def test_one_broken_limit_is_nearer_than_two_that_are_missing() -> None:
    """Fewest limits first, whatever is wrong with them."""
    unmeasured = candidate("ml.a.x")
    broken = candidate("ml.b.x", cost_per_hour_usd=9.0, latency_p99_ms=30)
    judged = evaluate(snapshot(unmeasured, broken), [STRICT], TODAY).judgements[0]

    found = nearest_miss(judged)

    assert judged.verdict is Verdict.UNKNOWN
    assert found is not None
    assert found.candidate == broken


def test_what_has_no_number_does_not_hide_what_has_one() -> None:
    """Both are of a family that is not allowed; the one whose latency is nearer is nearer."""
    limited = policy(at_most("max_model_latency_ms", 200), families(allow=("c7g",)))
    far = candidate("ml.c5.xlarge", cost_per_hour_usd=0.2, model_latency_ms=459)
    near = candidate("ml.inf1.xlarge", cost_per_hour_usd=0.3, model_latency_ms=213)

    found = nearest_miss(evaluate(snapshot(far, near), [limited], TODAY).judgements[0])

    assert found is not None
    assert found.candidate == near


def test_there_is_no_nearest_miss_to_a_pass() -> None:
    """Nothing was missed."""
    assert nearest_miss(evaluate(snapshot(GOOD), [STRICT], TODAY).judgements[0]) is None
