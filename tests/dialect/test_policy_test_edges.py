"""The edges of a policy test: who is meant by a name, and for whom its waivers count."""

from typing import Any

import pytest

from recgate.adapters.policy_files.job_paths import compile_path
from recgate.dialect.policy_document import policy_from
from recgate.dialect.policy_test_document import file_waivers, policy_test_from
from recgate.dialect.policy_test_job import RESERVED
from recgate.dialect.policy_test_suggestion import suggested_case
from recgate.domain.limit_coverage import MissingCase, coverage_of, missing_cases
from recgate.domain.policy_test_result import run_test
from recgate.domain.verdict import Verdict
from tests.builders import at_most, policy
from tests.dialect.test_policy_test_document import no_job, ran

PROD = policy(at_most("max_cost_per_hour_usd", 2.5), name="prod")
WAIVER: dict[str, Any] = {
    "id": "W-1",
    "policy": "prod",
    "limit": "max_cost_per_hour_usd",
    "up_to": 5,
    "only_for": {"job_names": ["g*"]},
    "reason": "CHG-1",
    "requested_by": "a@example.com",
    "approved_by": "b@example.com",
    "starts": "2026-12-01",
    "expires": "2026-12-31",
}


def test_a_row_named_like_the_type_of_another_is_the_one_that_is_meant() -> None:
    """A name is given on purpose; a type is only what a row happens to be."""
    rows = [
        {"instance": "ml.g5.xlarge", "cost_per_hour_usd": 9},
        {"name": "ml.g5.xlarge", "instance": "ml.c7g.xlarge", "cost_per_hour_usd": 1},
    ]

    result = ran(
        PROD,
        {
            "given": rows,
            "expect": {
                "deciding": "ml.g5.xlarge",
                "candidates": {"ml.g5.xlarge": {"verdict": "PASS"}},
            },
        },
    )

    assert (result.unmet, result.unevaluated) == ((), ())


@pytest.mark.parametrize(
    ("given_job", "verdict"),
    [
        ({}, Verdict.FAIL),
        ({"tags": {"env": "prod"}}, Verdict.FAIL),
        ({"job_name": "checkout"}, Verdict.FAIL),
        ({"job_name": "given job"}, Verdict.WAIVED),
        ({"job_name": "gpu-ranker"}, Verdict.WAIVED),
    ],
)
def test_a_waiver_counts_only_for_a_job_that_the_test_names(
    given_job: dict[str, Any], verdict: Verdict
) -> None:
    """What a job is called where nobody says it is nobody's name: g* does not match it."""
    document: dict[str, Any] = {
        "policy": "prod",
        "today": "2026-12-10",
        "waivers": [WAIVER],
        "tests": [
            {
                "name": "dear",
                "given": [{"instance": "ml.g5.xlarge", "cost_per_hour_usd": 3}],
                "given_job": given_job,
                "expect": {},
            }
        ],
    }

    test = policy_test_from(document, 0, no_job, file_waivers(document))

    assert run_test(test, PROD).verdict is verdict


@pytest.mark.parametrize(
    "rule",
    [
        {"path": "Status", "one_of": ["COMPLETED"]},
        {"path": "Status", "one_of": ["FAILED"]},
        {"path": "JobName", "one_of": ["a", "b"]},
        {"path": "JobArn", "present": False},
        {"path": "InferenceRecommendations", "present": True},
        {"path": "EndpointPerformances", "one_of": ["x"]},
    ],
)
def test_a_field_that_a_test_says_otherwise_has_a_report_and_no_false_suggestion(
    rule: dict[str, Any],
) -> None:
    """Where no case can be written that does what it says, none is; and nothing breaks."""
    document: dict[str, Any] = {"version": 1, "policy": "prod", "require": {"job": [rule]}}
    judged_by = policy_from(document, "prod.yaml", compile_path)

    [covered] = coverage_of([judged_by], [])
    missing = missing_cases([covered], suggested_case)

    assert [each.limit.name for each in covered.limits] == [f"job.{rule['path']}"]
    assert {each.limit for each in missing} == {f"job.{rule['path']}"}
    assert not any(described(each) & set(RESERVED) for each in missing)


def described(missing: MissingCase) -> set[str]:
    """The fields under ``describe`` in a test that is suggested."""
    case: Any = missing.case or {}
    return set(case.get("given_job", {}).get("describe", {}))
