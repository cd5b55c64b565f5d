"""From the document of a snapshot to the snapshot: where SageMaker's words become ours."""

import re
from collections.abc import Mapping, Sequence

from recgate.dialect.document import parse_time, snapshot_document
from recgate.dialect.plausibility import preview_reason, warnings_of
from recgate.dialect.recommendations import candidates_of, existing_endpoints_of
from recgate.domain.canonical import Json, digest
from recgate.domain.job import JobStatus, Snapshot, Step
from recgate.ports import JobState, JobUnusable

_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):sagemaker:(?P<region>[^:]*):(?P<account>[^:]*):"
    r"inference-recommendations-job/(?P<name>.+)"
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_ACCOUNT = re.compile(r"\d{12}")
_MODEL_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[^:]*:[^:]*:model-package/([^/]+)(/\d+)?")


def snapshot_from(document: Mapping[str, Json]) -> Snapshot:
    """Read a document that `recgate.dialect.document.snapshot_document` wrote.

    Raises JobUnusable when it is not the result of an inference recommendations job, or one
    whose figures cannot be trusted.
    """
    job = document.get("job")
    if not isinstance(job, Mapping):
        raise JobUnusable("The document holds no Describe response of a job.")
    status = _status(job)
    name, arn = _identity(job, document)
    rows = objects(job, "InferenceRecommendations", name)
    if reason := preview_reason(rows):
        raise JobUnusable(f"Job {name}: {reason}")
    place = _ARN.fullmatch(arn or "")
    region, account = (place["region"], place["account"]) if place else ("", "")
    existing = existing_endpoints_of(objects(job, "EndpointPerformances", name))
    candidates = candidates_of(rows, existing, document.get("measured"))
    modified = parse_time(job.get("LastModifiedTime"))
    package, model_name, model_known = _model(job)
    group = _MODEL_PACKAGE.fullmatch(package or "")
    return Snapshot(
        job_name=name,
        job_arn=arn,
        status=status,
        document=document,
        digest=digest(document),
        account=account if _ACCOUNT.fullmatch(account) else None,
        region=region if _REGION.fullmatch(region) else None,
        job_type=text_of(job.get("JobType")),
        created_at=parse_time(job.get("CreationTime")),
        modified_at=modified,
        ended_at=(parse_time(job.get("CompletionTime")) or modified)
        if status.is_terminal
        else None,
        failure_reason=text_of(job.get("FailureReason")),
        model_known=model_known,
        model_package_arn=package,
        model_package_group=group.group(1) if group else None,
        model_name=model_name,
        tags=_tags(document.get("tags")),
        candidates=candidates,
        existing_endpoints=existing,
        steps=_steps(document.get("steps")),
        warnings=warnings_of(rows, candidates),
    )


def job_state(response: Mapping[str, Json], *, called: str | None = None) -> JobState:
    """The state that a Describe response in its canonical form tells of.

    ``called`` is the name of a job whose response has none. Raises JobUnusable when it is not
    the response of a job.
    """
    status = _status(response)
    name, arn = _identity(response, {"called": called})
    return JobState(name, arn, status, parse_time(response.get("LastModifiedTime")), response)


def snapshot_of(
    state: JobState,
    *,
    tags: Sequence[Mapping[str, object]] | None,
    steps: Sequence[Mapping[str, object]] | None,
    measured: Mapping[str, object] | None,
) -> Snapshot:
    """The snapshot of a state and what was gathered beside it, whichever source it comes from.

    Arguments as for `recgate.dialect.document.snapshot_document`. Raises JobUnusable.
    """
    named = text_of(state.response.get("JobName")) or state.job_arn
    return snapshot_from(
        snapshot_document(
            state.response,
            tags=tags,
            steps=steps,
            measured=measured,
            called=None if named else state.job_name,
        )
    )


def text_of(value: Json) -> str | None:
    """The value if it is a string with something in it."""
    return value if isinstance(value, str) and value else None


def objects(owner: Mapping[str, Json], member: str, name: str) -> Sequence[Mapping[str, Json]]:
    """The list of objects under a member; empty when it is absent or null.

    Raises JobUnusable when it is anything else.
    """
    value = owner.get(member)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise JobUnusable(f"Job {name}: {member} is not a list, so this is not a job result.")
    for place, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise JobUnusable(f"Job {name}: {member}[{place}] is not an object.")
    return value


def _status(job: Mapping[str, Json]) -> JobStatus:
    if "Status" not in job:
        kind = "recommendation job" if "JobName" in job or "JobArn" in job else "JSON object"
        members = ", ".join(sorted(job)[:5]) or "nothing"
        raise JobUnusable(
            f"This {kind} has no Status (it holds {members}): it is not the response of "
            "DescribeInferenceRecommendationsJob."
        )
    status = job["Status"]
    if not isinstance(status, str) or status not in JobStatus.__members__:
        known = ", ".join(JobStatus)
        raise JobUnusable(
            f"Status {str(status)[:40]!r} is none of {known}: this is not the response of "
            "DescribeInferenceRecommendationsJob."
        )
    return JobStatus(status)


_OWN_MEMBERS = ("JobName", "JobType", "InferenceRecommendations", "FailureReason")


def _identity(job: Mapping[str, Json], document: Mapping[str, Json]) -> tuple[str, str | None]:
    """The job's name and ARN; a sparse recorded response is called after its file."""
    arn = text_of(job.get("JobArn"))
    if arn and not _ARN.fullmatch(arn):
        raise JobUnusable(f"JobArn {arn[:120]!r} is not that of an inference recommendations job.")
    if not arn and not any(member in job for member in _OWN_MEMBERS):
        raise JobUnusable(
            f"A response with {', '.join(sorted(job)[:5])} is not that of "
            "DescribeInferenceRecommendationsJob."
        )
    parsed = _ARN.fullmatch(arn or "")
    name = text_of(job.get("JobName")) or (parsed["name"] if parsed else None)
    return name or text_of(document.get("called")) or "unnamed job", arn


def _model(job: Mapping[str, Json]) -> tuple[str | None, str | None, bool]:
    """Model package ARN, model name, and whether the response says which model it was."""
    config = job.get("InputConfig")
    if not isinstance(config, Mapping):
        return None, None, False
    return (
        text_of(config.get("ModelPackageVersionArn")),
        text_of(config.get("ModelName")),
        True,
    )


def _tags(tags: Json) -> dict[str, str] | None:
    if not isinstance(tags, list | tuple):
        return None
    return {
        str(tag["Key"]): str(tag.get("Value", ""))
        for tag in tags
        if isinstance(tag, Mapping) and "Key" in tag
    }


def _steps(steps: Json) -> tuple[Step, ...]:
    if not isinstance(steps, list | tuple):
        return ()
    return tuple(_step(step) for step in steps if isinstance(step, Mapping))


def _step(step: Mapping[str, Json]) -> Step:
    benchmark = step.get("InferenceBenchmark")
    made = benchmark if isinstance(benchmark, Mapping) else {}
    endpoint = made.get("EndpointConfiguration")
    configuration = endpoint if isinstance(endpoint, Mapping) else {}
    return Step(
        status=str(step.get("Status", "")),
        instance_type=text_of(configuration.get("InstanceType")),
        endpoint_name=text_of(configuration.get("EndpointName")),
        failure_reason=text_of(made.get("FailureReason")),
    )
