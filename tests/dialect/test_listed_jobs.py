"""What the watcher reads in a list of jobs."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from recgate.dialect.listed_jobs import listed_job
from recgate.domain.status_change import ListedJob
from recgate.ports import JobSourceRefused
from tests.builders import JOB_ARN, NOW

CREATED = datetime(2026, 11, 21, 4, 40, 0, 125_000, tzinfo=UTC)
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14"
ITEM = {
    "JobName": "fraud-ranker-v14",
    "JobDescription": "",
    "JobType": "Advanced",
    "JobArn": JOB_ARN,
    "Status": "FAILED",
    "CreationTime": CREATED,
    "CompletionTime": NOW,
    "RoleArn": "arn:aws:iam::111122223333:role/recommender",
    "LastModifiedTime": NOW,
    "FailureReason": "because",
    "ModelName": "fraud-ranker",
    "ModelPackageVersionArn": PACKAGE,
}


def item(**members: Any) -> dict[str, Any]:
    """An item with other members; None leaves one out."""
    return {name: value for name, value in (ITEM | members).items() if value is not None}


def test_everything_that_the_watcher_knows_of_is_read() -> None:
    """Whole."""
    assert listed_job(ITEM) == ListedJob(
        name="fraud-ranker-v14",
        arn=JOB_ARN,
        status="FAILED",
        created_at=CREATED,
        modified_at=NOW,
        job_type="Advanced",
        completed_at=NOW,
        failure_reason="because",
        model_package_arn=PACKAGE,
        model_name="fraud-ranker",
    )


@pytest.mark.parametrize("empty", [None, ""])
def test_what_the_list_does_not_say_is_none(empty: str | None) -> None:
    """Left out or empty; SageMaker does both."""
    job = listed_job(
        item(
            JobType=empty,
            CompletionTime=None,
            FailureReason=empty,
            ModelName=empty,
            ModelPackageVersionArn=empty,
        )
    )

    assert job == ListedJob("fraud-ranker-v14", JOB_ARN, "FAILED", CREATED, NOW)


def test_times_are_utc_to_the_microsecond() -> None:
    """boto3 gives them in the machine's zone."""
    there = timezone(timedelta(hours=-5))
    modified = datetime(2026, 11, 21, 1, 32, 0, 7, tzinfo=there)

    job = listed_job(item(LastModifiedTime=modified))

    assert job.modified_at == modified
    assert job.modified_at.tzinfo is UTC


def test_a_status_of_tomorrow_is_read_as_it_is() -> None:
    """And it is no end."""
    job = listed_job(item(Status="PAUSED"))

    assert job.status == "PAUSED"
    assert not job.has_ended


@pytest.mark.parametrize(
    "member", ["JobName", "JobArn", "Status", "CreationTime", "LastModifiedTime"]
)
@pytest.mark.parametrize("bent", [None, "", 7])
def test_an_item_that_cannot_be_told_apart_is_refused(member: str, bent: Any) -> None:
    """Never skipped: a job that is skipped is a job that nobody hears of."""
    named = "fraud-ranker-v14" if member == "JobArn" else JOB_ARN

    with pytest.raises(JobSourceRefused) as refusal:
        listed_job(item(**{member: bent}))

    assert str(refusal.value).startswith(f"SageMaker listed job {named} without {member}. ")


def test_a_time_without_a_zone_is_none() -> None:
    """It could be any of 26 hours."""
    with pytest.raises(JobSourceRefused, match="without LastModifiedTime"):
        listed_job(item(LastModifiedTime=NOW.replace(tzinfo=None)))


def test_everything_that_is_missing_is_named() -> None:
    """At once."""
    with pytest.raises(JobSourceRefused, match=r"job without a name without JobName, JobArn, Stat"):
        listed_job({})
