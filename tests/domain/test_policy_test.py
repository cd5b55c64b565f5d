"""What a test expects is compared with what the policy gives: met, not met, or not evaluated."""

from dataclasses import replace
from typing import Any

import pytest

from recgate.domain.evaluation import evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limit_coverage import coverage_of
from recgate.domain.limits import OnMissing
from recgate.domain.policy import ALL, Policy, Quantifier
from recgate.domain.policy_test import Expected, ExpectedCandidate, LimitWord, PolicyTest, word_of
from recgate.domain.policy_test_result import CaseResult, run_test
from recgate.domain.scope import Condition, Scope
from recgate.domain.verdict import Outcome, Verdict
from tests.builders import TODAY, at_most, candidate, families, policy, snapshot

CHEAP = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.26, latency_p99_ms=129)
FAST = candidate("ml.g5.xlarge", cost_per_hour_usd=1.41, latency_p99_ms=18)
DEAR = candidate("ml.p4d.24xlarge", cost_per_hour_usd=25.25)
LIMITS = (at_most("max_cost_per_hour_usd", 2.5, warn=1.0), at_most("max_latency_p99_ms", 120))
PROD = policy(*LIMITS, name="prod")


def ran(
    expected: Expected,
    job: Snapshot | None = None,
    *,
    by: Policy = PROD,
    name: str = "a test",
    **changes: Any,
) -> CaseResult:
    test = PolicyTest(
        name=name,
        policy=by.name,
        place=("tests", 0),
        today=TODAY,
        snapshot=snapshot(CHEAP, FAST, DEAR) if job is None else job,
        expected=expected,
        **changes,
    )
    return run_test(test, by)


def told(result: CaseResult) -> dict[str, str]:
    """What was not met, by its way under ``expect``."""
    return {".".join(map(str, each.place[3:])): each.got for each in result.unmet}


def unevaluated(result: CaseResult) -> list[str]:
    return [".".join(map(str, each.place[3:])) for each in result.unevaluated]


def test_expectations_that_are_met_leave_nothing_to_tell() -> None:
    """Every key at once, each as it is."""
    expected = Expected(
        applies=True,
        verdict=Verdict.WARN,
        deciding="ml.g5.xlarge",
        chosen="ml.g5.xlarge × 1",
        nearest_miss="none",
        limits={"max_cost_per_hour_usd": LimitWord.WARN, "max_latency_p99_ms": LimitWord.PASS},
        candidates={
            "ml.c7g.xlarge": ExpectedCandidate(
                Verdict.FAIL, {"max_latency_p99_ms": LimitWord.FAIL}
            ),
            "ml.p4d.24xlarge": ExpectedCandidate(limits={"max_latency_p99_ms": LimitWord.MISSING}),
        },
    )

    result = ran(expected)

    assert (result.unmet, result.unevaluated) == ((), ())


def test_every_expectation_can_fail() -> None:
    """A runner that passes everything would be noticed here, key by key."""
    expected = Expected(
        applies=False,
        verdict=Verdict.PASS,
        deciding="ml.c7g.xlarge",
        chosen="none",
        nearest_miss="ml.c7g.xlarge",
        limits={"max_cost_per_hour_usd": LimitWord.PASS, "max_latency_p99_ms": LimitWord.FAIL},
        candidates={
            "ml.c7g.xlarge": ExpectedCandidate(Verdict.PASS, {"max_latency_p99_ms": LimitWord.PASS})
        },
    )

    result = ran(expected)

    assert told(result) == {
        "applies": "true",
        "verdict": "WARN",
        "deciding": "ml.g5.xlarge × 1",
        "chosen": "ml.g5.xlarge × 1",
        "nearest_miss": "none",
        "limits.max_cost_per_hour_usd": "warn",
        "limits.max_latency_p99_ms": "pass",
        "candidates.ml.c7g.xlarge.verdict": "FAIL",
        "candidates.ml.c7g.xlarge.limits.max_latency_p99_ms": "fail",
    }
    assert result.unevaluated == ()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_met_by_itself_alone(verdict: Verdict) -> None:
    """WARN is no PASS, and UNKNOWN no FAIL."""
    result = ran(Expected(verdict=verdict))

    assert (told(result) == {}) is (verdict is Verdict.WARN)


MEANT = {
    LimitWord.PASS: {Outcome.PASS},
    LimitWord.WARN: {Outcome.WARN},
    LimitWord.WAIVED: {Outcome.WAIVED},
    LimitWord.FAIL: {Outcome.FAIL},
    LimitWord.MISSING: {Outcome.UNKNOWN, Outcome.WARN_MISSING, Outcome.IGNORED},
    LimitWord.UNKNOWN: {Outcome.UNKNOWN},
    LimitWord.IGNORED: {Outcome.IGNORED},
    LimitWord.NOT_APPLICABLE: {Outcome.NOT_APPLICABLE},
}


@pytest.mark.parametrize("word", list(LimitWord))
def test_a_word_takes_the_outcomes_that_it_means_and_no_other(word: LimitWord) -> None:
    """A figure that was left out by mistake is neither a pass nor a warning."""
    assert {outcome for outcome in Outcome if word.takes(outcome)} == MEANT[word]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_word_for_an_outcome_takes_it(outcome: Outcome) -> None:
    """What a failed test says it got can be pasted as what it expects."""
    assert word_of(outcome).takes(outcome)


def test_the_limits_are_those_of_the_deciding_recommendation() -> None:
    """The best under any, the worst under all, the n-th best under at_least."""
    latency = {"max_latency_p99_ms": LimitWord.MISSING}
    job = snapshot(FAST, DEAR)
    two = replace(PROD, candidates=Quantifier(2))

    best = ran(Expected(limits=latency), job)
    worst = ran(Expected(limits=latency), job, by=replace(PROD, candidates=ALL))
    second = ran(Expected(limits=latency, deciding="ml.p4d.24xlarge"), job, by=two)

    assert told(best) == {"limits.max_latency_p99_ms": "pass"}
    assert told(worst) == told(second) == {}


def test_where_nobody_decides_no_limit_is_evaluated() -> None:
    """Three are asked for and the job has two: a mistake in the test, not a failure."""
    three = replace(PROD, candidates=Quantifier(3))
    expected = Expected(
        verdict=Verdict.FAIL,
        deciding="ml.g5.xlarge",
        limits={"max_latency_p99_ms": LimitWord.PASS},
        candidates={"ml.g5.xlarge": ExpectedCandidate(Verdict.WARN)},
    )

    result = ran(expected, snapshot(CHEAP, FAST), by=three)

    assert told(result) == {}
    assert unevaluated(result) == ["deciding", "limits"]


def test_a_job_in_doubt_has_a_verdict_and_no_limits() -> None:
    """Its tags are not known, so nobody can tell whether the policy applies."""
    scoped = replace(PROD, scope=Scope((Condition("tags.env", ("prod",)),)))
    job = replace(snapshot(FAST), tags=None)

    result = ran(
        Expected(
            applies=True, verdict=Verdict.UNKNOWN, limits={"max_latency_p99_ms": LimitWord.PASS}
        ),
        job,
        by=scoped,
    )

    assert told(result) == {"applies": "cannot tell"}
    assert unevaluated(result) == ["limits"]


def test_a_policy_that_does_not_apply_was_not_evaluated() -> None:
    """A test that expects a verdict of it tests nothing."""
    scoped = replace(PROD, scope=Scope((Condition("tags.env", ("dev",)),)))
    limits = {"max_latency_p99_ms": LimitWord.PASS}

    mistaken = ran(Expected(verdict=Verdict.FAIL, limits=limits), by=scoped)
    wrong = ran(Expected(applies=True, verdict=Verdict.FAIL), by=scoped)
    right = ran(Expected(applies=False), by=scoped)

    assert unevaluated(mistaken) == ["verdict", "limits"]
    assert (told(wrong), unevaluated(wrong)) == ({"applies": "false"}, [])
    assert (told(right), unevaluated(right)) == ({}, [])


def test_a_job_that_failed_gives_no_result() -> None:
    """Whatever rows it has."""
    job = snapshot(FAST, status=JobStatus.FAILED)

    result = ran(Expected(verdict=Verdict.NO_RESULT, chosen="none"), job)

    assert (told(result), unevaluated(result)) == ({}, [])


def test_a_name_of_several_recommendations_is_ambiguous() -> None:
    """It is a mistake, and the way out is told."""
    twice = candidate("ml.g5.xlarge", instance_count=2, recommendation_id="b", cost_per_hour_usd=1)
    job = snapshot(FAST, twice)

    result = ran(Expected(chosen="ml.g5.xlarge"), job)
    exact = ran(Expected(deciding="ml.g5.xlarge x 2"), job, by=replace(PROD, candidates=ALL))

    assert "2 candidates are 'ml.g5.xlarge'" in result.unevaluated[0].reason
    assert exact.unevaluated == ()


# --- coverage ------------------------------------------------------------------------------


def test_a_limit_is_covered_by_a_case_that_passes_and_one_that_fails() -> None:
    """On any candidate that was judged; the first test of each kind is named."""
    first = ran(Expected(verdict=Verdict.WARN), snapshot(FAST), name="fast")
    second = ran(Expected(verdict=Verdict.FAIL), snapshot(CHEAP), name="slow")
    third = ran(Expected(verdict=Verdict.FAIL), snapshot(DEAR), name="dear")

    (covered,) = coverage_of([PROD], [first, second, third])

    assert [(each.limit.name, each.passes_in, each.breaks_in) for each in covered.limits] == [
        ("max_cost_per_hour_usd", "slow", "dear"),
        ("max_latency_p99_ms", "fast", "slow"),
    ]
    assert covered.is_complete


@pytest.mark.parametrize("seen", [[], [FAST], [CHEAP], [DEAR], [FAST, DEAR]])
def test_coverage_is_not_complete_before_everything_was_seen(seen: list[Any]) -> None:
    """Missing values and warnings are neither a pass nor a failure."""
    results = [ran(Expected(), snapshot(row)) for row in seen]

    (covered,) = coverage_of([PROD], results)

    assert not covered.is_complete


def test_a_limit_that_only_warns_is_covered_by_a_warning() -> None:
    """It can do no worse. A value that was not measured is no such case."""
    only = policy(at_most("max_latency_p99_ms", warn=100, on_missing=OnMissing.WARN), name="prod")

    missing = coverage_of([only], [ran(Expected(), snapshot(DEAR, FAST), by=only)])
    slow = coverage_of([only], [ran(Expected(), snapshot(FAST, CHEAP), by=only)])

    assert not missing[0].is_complete
    assert slow[0].is_complete


def test_a_limit_that_does_not_exist_for_a_row_is_not_covered_by_it() -> None:
    """A serverless row says nothing about instances."""
    both = policy(at_most("max_cost_per_hour_usd", 2.5), families(allow=("c7g",)), name="prod")
    row = candidate(serverless_memory_mb=1024, cost_per_hour_usd=1)

    (covered,) = coverage_of([both], [ran(Expected(), snapshot(row), by=both)])

    assert [each.passes_in for each in covered.limits] == ["a test", None]


def test_a_policy_is_not_covered_by_the_tests_of_another() -> None:
    """Each by its own; one without tests has none of its limits covered."""
    other = replace(PROD, name="other")

    mine, theirs = coverage_of([PROD, other], [ran(Expected(), snapshot(FAST))])

    assert (mine.tests, theirs.tests) == (1, 0)
    assert not any(each.passes_in for each in theirs.limits)


def test_the_scope_is_told_of_by_tests_that_speak_of_it() -> None:
    """A row alone says nothing about whom a policy concerns."""
    scoped = replace(PROD, scope=Scope((Condition("tags.env", ("prod",)),)))
    jobs = {"in": {"env": "prod"}, "out": {"env": "dev"}}

    silent = ran(Expected(), by=scoped, said=frozenset())
    speaking = [
        ran(Expected(), replace(snapshot(FAST), tags=tags), by=scoped, name=name)
        for name, tags in jobs.items()
    ]

    (untold,) = coverage_of([scoped], [silent])
    (told_of,) = coverage_of([scoped], speaking)
    assert (untold.applies_in, untold.excluded_in) == (None, None)
    assert (told_of.applies_in, told_of.excluded_in) == ("in", "out")


def test_the_runner_judges_as_the_product_does() -> None:
    """Its judgement is the product's own, and no other reading of the language."""
    job = snapshot(CHEAP, FAST, DEAR)

    assert ran(Expected(), job).judgement == evaluate(job, [PROD], TODAY).judgements[0]
