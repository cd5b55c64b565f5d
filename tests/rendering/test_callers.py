"""Who asked, in words."""

from dataclasses import replace

import pytest

from recgate.domain.job import JobStatus
from recgate.domain.notice import Request, RequestedAction
from recgate.rendering.callers import CALLER_LIMIT, caller, requests_words
from recgate.rendering.headline import headline
from tests.builders import candidate, decision, snapshot

CREATED, STOPPED = RequestedAction.CREATED, RequestedAction.STOPPED
DANA = Request(CREATED, by="arn:aws:sts::111122223333:assumed-role/ml-engineer/dana")
BO = Request(STOPPED, by="arn:aws:iam::111122223333:user/ops/bo")


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("arn:aws:sts::111122223333:assumed-role/ml-engineer/dana", "dana (role ml-engineer)"),
        ("arn:aws-cn:sts::111122223333:assumed-role/ml-engineer/dana", "dana (role ml-engineer)"),
        ("arn:aws:sts::111122223333:assumed-role/ml-engineer", "role ml-engineer"),
        (
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Ml_Team_0123456789abcdef/d@x.org",
            "d@x.org (permission set Ml_Team)",
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Ml/dana",
            "dana (role AWSReservedSSO_Ml)",
        ),
        ("arn:aws:sts::111122223333:assumed-role/ml\u200b/da\nna", "da na (role ml)"),
        ("arn:aws:iam::111122223333:user/dana", "user dana"),
        ("arn:aws:iam::111122223333:user/teams/ml/dana", "user dana"),
        ("arn:aws:iam::111122223333:role/service-role/ml", "role ml"),
        ("arn:aws:iam::111122223333:root", "the account's root"),
        ("arn:aws:sts::111122223333:federated-user/dana", "federated user dana"),
        ("arn:aws:identitystore:::user/544894e8", "Identity Center user 544894e8"),
        ("444455556666:AIDAEXAMPLE", "account 444455556666"),
        ("444455556666", "account 444455556666"),
        ("pipelines.sagemaker.amazonaws.com", "pipelines.sagemaker.amazonaws.com"),
        ("arn:aws:new:::something/else", "arn:aws:new:::something/else"),
        ("arn:aws:iam::111122223333:user/da\u202ena\n<!here>", "user dana <!here>"),
        ("", ""),
        (None, ""),
    ],
)
def test_every_kind_of_caller_is_said_for_people(by: str | None, said: str) -> None:
    """What is not recognised is said as it is, cleaned."""
    assert caller(Request(CREATED, by=by)) == said


def test_the_person_behind_a_shared_role_is_said_instead_of_its_session() -> None:
    """Every user of SageMaker Studio has the session SageMaker."""
    by = "arn:aws:sts::111122223333:assumed-role/studio/SageMaker"

    assert caller(Request(CREATED, by=by, person="dana")) == "dana (role studio)"


@pytest.mark.parametrize(
    ("through", "said"),
    [
        ("cloudformation.amazonaws.com", "user bo through cloudformation.amazonaws.com"),
        ("AWS Internal", "user bo"),
    ],
)
def test_a_service_on_the_way_is_said_when_it_has_a_name(through: str, said: str) -> None:
    """CloudTrail's "AWS Internal" tells nobody anything."""
    assert caller(replace(BO, through=through)) == said


def test_a_caller_without_end_is_cut() -> None:
    """A message has other things to say."""
    by = f"arn:aws:sts::111122223333:assumed-role/{'r' * 500}/{'s' * 500}"

    assert len(caller(Request(CREATED, by=by))) <= CALLER_LIMIT


def test_a_job_that_ended_by_itself_was_stopped_by_nobody() -> None:
    """Somebody may have tried."""
    done = decision(snapshot(candidate()), requests=(DANA, BO))

    assert requests_words(done) == ["started by dana (role ml-engineer)"]


def test_what_is_not_known_is_not_said() -> None:
    """No "unknown" anywhere."""
    nobody = (Request(CREATED), Request(STOPPED))

    assert requests_words(decision(snapshot(status=JobStatus.STOPPED), requests=nobody)) == []


def test_the_headline_of_a_stopped_job_says_by_whom() -> None:
    """That is the first question."""
    stopped = decision(snapshot(status=JobStatus.STOPPED), requests=(DANA, BO))

    assert headline(stopped) == (
        "STOPPED fraud-ranker v14: the job was stopped by user bo before it ended, no verdict"
    )
