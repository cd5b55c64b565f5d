"""A recorded job: one JSON file as the API, the AWS CLI v1 or v2 wrote it, and what lies beside.

Every error is JobUnusable and says which file, where in it, what is wrong and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recgate.dialect.describe import job_state, objects
from recgate.dialect.document import canonical_value
from recgate.dialect.recorded_extras import (
    EXTRA_KEYS,
    Extra,
    extras_of,
    near_extra_key,
    recorded_latencies,
    recorded_steps,
    recorded_tags,
    without_nulls,
)
from recgate.dialect.recorded_json import WANTED, Recorded, read_object
from recgate.domain.canonical import Json
from recgate.ports import JobState, JobUnusable

_FOREIGN = {
    "AIRecommendationJobName": "DescribeAIRecommendationJob",
    "AutoMLJobName": "DescribeAutoMLJob",
    "CompilationJobName": "DescribeCompilationJob",
    "EndpointConfigName": "DescribeEndpoint or DescribeEndpointConfig",
    "HyperParameterTuningJobName": "DescribeHyperParameterTuningJob",
    "LabelingJobName": "DescribeLabelingJob",
    "ModelPackageArn": "DescribeModelPackage",
    "ProcessingJobName": "DescribeProcessingJob",
    "TrainingJobName": "DescribeTrainingJob",
    "TransformJobName": "DescribeTransformJob",
}
"""Members by which another API's response is recognised; none of them is a job's."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded job and what was recorded beside it; None of ``tags`` and ``steps``: not known.

    ``measured`` is `recgate.dialect.measured`'s part of the document.
    """

    state: JobState
    tags: Sequence[Mapping[str, Json]] | None
    steps: Sequence[Mapping[str, Json]] | None
    measured: Mapping[str, Json] | None


def read_recording(
    main: Recorded,
    *,
    called: str,
    minimum_samples: int,
    companion: Recorded | None = None,
    tags: Mapping[str, str] | None = None,
) -> Recording:
    """The job in ``main``, with the extra keys of that file or of its companion.

    ``called`` names a job whose response has no name; ``tags`` replaces those recorded.
    Raises JobUnusable.
    """
    document = read_object(main)
    response = _response(document, main.label)
    extras = extras_of(document, main.label)
    if companion is not None:
        beside = extras_of(read_object(companion), companion.label, only=True)
        if both := sorted(set(extras) & set(beside)):
            raise JobUnusable(
                f"{companion.label}: {both[0]} is also in {main.label}. Remove one of them."
            )
        extras |= beside
    if tags is not None:
        extras["Tags"] = Extra(dict(tags), "the tags given by hand")
    try:
        # boto3 hands null members on as absent ones, so the record must not hold them either.
        job = canonical_value(without_nulls(response))
        state = job_state(job if isinstance(job, Mapping) else {}, called=called)
        rows = objects(state.response, "InferenceRecommendations", state.job_name)
    except JobUnusable as problem:
        raise JobUnusable(f"{main.label}: {problem}") from problem
    latencies = recorded_latencies(extras.get("MeasuredLatency"), rows)
    return Recording(
        state,
        tags=recorded_tags(extras.get("Tags")),
        steps=recorded_steps(extras.get("Steps")),
        measured=None
        if latencies is None
        else {"minimum_samples": minimum_samples, "rows": latencies},
    )


def _response(document: Mapping[str, object], label: str) -> dict[str, object]:
    """What is left of the file without the extra keys: the response of Describe."""
    response = {
        key: value
        for key, value in document.items()
        if key not in EXTRA_KEYS and key != "ResponseMetadata"
    }
    _refuse_other_answers(response, document, label)
    for key in response:
        if near := near_extra_key(key):
            raise JobUnusable(f"{label}: {key!r} is no member of a job; did you mean {near}?")
    return response


def _refuse_other_answers(
    response: Mapping[str, object], document: Mapping[str, object], label: str
) -> None:
    failure = response.get("Error")
    if "__type" in response or isinstance(failure, Mapping):
        code = response.get("__type") or (isinstance(failure, Mapping) and failure.get("Code"))
        raise JobUnusable(f"{label}: is an error answer of AWS ({str(code)[:80]}). {WANTED}")
    if "InferenceRecommendationsJobs" in response:
        raise JobUnusable(
            f"{label}: is the answer of ListInferenceRecommendationsJobs, which holds no "
            f"figures. Describe one of its jobs. {WANTED}"
        )
    if foreign := next((member for member in _FOREIGN if member in response), None):
        raise JobUnusable(
            f"{label}: has {foreign}, so it looks like the response of {_FOREIGN[foreign]}. "
            f"{WANTED}"
        )
    if document and not set(response) - {"NextToken"}:
        raise JobUnusable(
            f"{label}: holds {' and '.join(sorted(document))} and no job. Keep it beside the "
            f"recorded job NAME.json as NAME.extra.json. {WANTED}"
        )
