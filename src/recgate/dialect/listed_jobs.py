"""From an item of ListInferenceRecommendationsJobs to what the watcher compares."""

from collections.abc import Mapping
from datetime import UTC, datetime

from recgate.domain.status_change import ListedJob
from recgate.ports import JobSourceRefused


def listed_job(item: Mapping[str, object]) -> ListedJob:
    """The job that an item says, as boto3 gives it: members by name, times with their zone.

    Raises JobSourceRefused for an item without one of the members that SageMaker always has:
    without them one job cannot be told from another, nor news from old, and to skip the item
    would be to lose a job in silence.
    """
    name, arn = _text(item, "JobName"), _text(item, "JobArn")
    status = _text(item, "Status")
    created, modified = _time(item, "CreationTime"), _time(item, "LastModifiedTime")
    if not (name and arn and status and created and modified):
        there = {
            "JobName": name,
            "JobArn": arn,
            "Status": status,
            "CreationTime": created,
            "LastModifiedTime": modified,
        }
        missing = ", ".join(member for member, value in there.items() if not value)
        raise JobSourceRefused(
            f"SageMaker listed job {arn or name or 'without a name'} without {missing}. Nothing "
            "was announced of this list, so that no job is left out: describe the job, and check "
            "that the endpoint asked is SageMaker's."
        )
    return ListedJob(
        name=name,
        arn=arn,
        status=status,
        created_at=created,
        modified_at=modified,
        job_type=_text(item, "JobType"),
        completed_at=_time(item, "CompletionTime"),
        failure_reason=_text(item, "FailureReason"),
        model_package_arn=_text(item, "ModelPackageVersionArn"),
        model_name=_text(item, "ModelName"),
    )


def _text(item: Mapping[str, object], member: str) -> str | None:
    value = item.get(member)
    return value if isinstance(value, str) and value else None


def _time(item: Mapping[str, object], member: str) -> datetime | None:
    value = item.get(member)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return None
    return value.astimezone(UTC)
