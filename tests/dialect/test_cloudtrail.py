"""Whom CloudTrail names as the caller, for every kind of identity that it documents."""

from typing import Any

import pytest

from recgate.dialect.cloudtrail import LONGEST, request_of
from recgate.domain.notice import Request, RequestedAction

CREATE = "CreateInferenceRecommendationsJob"


def request(who: Any, **detail: Any) -> Request:
    made = request_of({"eventName": CREATE, "userIdentity": who, **detail})
    assert made is not None
    return made


ROLE = "arn:aws:sts::123456789012:assumed-role/ml-engineer/dana"
STORE = "arn:aws-cn:identitystore::111122223333:identitystore/d-9067642ac7"


@pytest.mark.parametrize(
    ("who", "by"),
    [
        ({"type": "AssumedRole", "arn": ROLE, "accountId": "123456789012"}, ROLE),
        (
            {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/dana", "userName": "dana"},
            "arn:aws:iam::123456789012:user/dana",
        ),
        (
            {"type": "Root", "arn": "arn:aws:iam::123456789012:root"},
            "arn:aws:iam::123456789012:root",
        ),
        (
            {
                "type": "FederatedUser",
                "arn": "arn:aws:sts::123456789012:federated-user/dana",
                "principalId": "123456789012:dana",
            },
            "arn:aws:sts::123456789012:federated-user/dana",
        ),
        (
            {"type": "AWSService", "invokedBy": "pipelines.sagemaker.amazonaws.com"},
            "pipelines.sagemaker.amazonaws.com",
        ),
        (
            {"type": "AWSService", "accountId": "1", "invokedBy": "events.amazonaws.com"},
            "events.amazonaws.com",
        ),
        (
            {
                "type": "IdentityCenterUser",
                "accountId": "123456789012",
                "onBehalfOf": {"userId": "544894e8-80c1-707f", "identityStoreArn": STORE},
            },
            "arn:aws-cn:identitystore:::user/544894e8-80c1-707f",
        ),
        (
            {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"},
            "444455556666:AIDAEXAMPLE",
        ),
        ({"type": "AWSAccount", "accountId": "444455556666"}, "444455556666"),
        (
            {
                "type": "AWSAccount",
                "principalId": "",
                "accountId": "ANONYMOUS_PRINCIPAL",
            },
            None,
        ),
        ({"type": "Unknown"}, None),
        ({"arn": 7, "accountId": ["x"], "onBehalfOf": "dana", "sessionContext": 3}, None),
        ({}, None),
        (None, None),
        ("dana", None),
    ],
)
def test_the_caller_is_the_arn_or_the_best_there_is(who: Any, by: str | None) -> None:
    """Nothing is made up: who is not named is not known."""
    assert request(who).by == by


def test_a_service_that_acts_for_somebody_is_named_beside_them() -> None:
    """The person is the caller, the service is the way."""
    made = request({"arn": ROLE, "invokedBy": "cloudformation.amazonaws.com"})

    assert (made.by, made.through) == (ROLE, "cloudformation.amazonaws.com")


def test_a_service_that_acts_by_itself_is_the_caller_alone() -> None:
    """It is not named twice."""
    made = request({"type": "AWSService", "invokedBy": "pipelines.sagemaker.amazonaws.com"})

    assert made.through is None


def test_the_person_behind_a_shared_role_is_its_source_identity() -> None:
    """SageMaker Studio can be told to set it to the name of the user's profile."""
    made = request({"arn": ROLE, "sessionContext": {"sourceIdentity": "dana"}})

    assert made.person == "dana"


def test_an_arn_that_no_database_could_hold_is_made_one_that_it_can() -> None:
    """Cut, and without half surrogate pairs."""
    made = request({"arn": "\ud800" + "x" * 10_000}, eventID="\udfff")

    assert made.by == "\ufffd" + "x" * (LONGEST - 1)
    assert made.call_id == "\ufffd"


@pytest.mark.parametrize("call", ["CreateTrainingJob", None, 7, ["CreateTrainingJob"]])
def test_any_other_call_is_no_request(call: Any) -> None:
    """Whoever made it."""
    assert request_of({"eventName": call, "userIdentity": {"arn": ROLE}}) is None


def test_a_time_that_is_none_is_not_known() -> None:
    """The record does not pretend."""
    assert request({}, eventTime="yesterday").at is None
    assert request({}).action is RequestedAction.CREATED
