"""Jobs as SageMaker describes them, with their tags, failed benchmarks and measured P99."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recgate.aws_asking import asked
from recgate.dialect.aws_refusals import Question, refusal, unanswered
from recgate.dialect.describe import job_state, objects, snapshot_of
from recgate.dialect.document import canonical_value
from recgate.dialect.latency_query import (
    LatencyQuery,
    Series,
    Window,
    latency_query,
    measured_latency,
    read_series,
)
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice
from recgate.ports import (
    Clock,
    JobNotFound,
    JobSourceBusy,
    JobSourceRefused,
    JobState,
    RecgateError,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient


class SageMakerJobs:
    """The JobSource over SageMaker and CloudWatch; the clients bring region and credentials.

    ``cloudwatch`` is asked for its client when the first latencies are, which a job that failed
    has none of.
    ``minimum_samples`` is how many invocations a P99 must rest on. Retries inside one call are
    the clients' own; what still fails is JobSourceBusy and comes back through the queue.
    """

    def __init__(
        self,
        sagemaker: "SageMakerClient",
        cloudwatch: "Callable[[], CloudWatchClient]",
        *,
        minimum_samples: int = DEFAULT_MINIMUM_SAMPLES,
        clock: Clock | None = None,
    ) -> None:
        self._sagemaker = sagemaker
        self._cloudwatch = cloudwatch
        self._minimum_samples = minimum_samples
        self._clock = clock or _utc_now

    def state(self, notice: JobNotice) -> JobState:
        """Describe the job. See `recgate.ports.JobSource.state`."""
        question = self._question(
            f"describe job {notice.job_name}",
            "DescribeInferenceRecommendationsJob",
            notice.job_arn or self._arn_pattern(notice.job_name),
            missing=JobNotFound,
        )
        with asked(question):
            response = self._sagemaker.describe_inference_recommendations_job(
                JobName=notice.job_name
            )
        job = canonical_value(
            {member: value for member, value in response.items() if member != "ResponseMetadata"}
        )
        state = job_state(job if isinstance(job, Mapping) else {}, called=notice.job_name)
        _refuse_other_place(notice, state)
        return state

    def gather(self, state: JobState) -> Snapshot:
        """Ask for everything beside the description. See `recgate.ports.JobSource.gather`."""
        return snapshot_of(
            state,
            tags=self._tags(state),
            steps=self._steps(state),
            measured=self._measured(state),
        )

    def _tags(self, state: JobState) -> Sequence[Mapping[str, object]] | None:
        if state.job_arn is None or state.status is JobStatus.DELETED:
            return None
        question = self._question(
            f"list the tags of job {state.job_name}", "ListTags", state.job_arn
        )
        with asked(question):
            pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=state.job_arn)
            return [dict(tag) for page in pages for tag in page.get("Tags", ())]

    def _steps(self, state: JobState) -> Sequence[Mapping[str, object]] | None:
        """Every benchmark of the job: how many there were, and which of them failed."""
        if state.status in (JobStatus.DELETING, JobStatus.DELETED):
            return None
        question = self._question(
            f"list the benchmarks of job {state.job_name}",
            "ListInferenceRecommendationsJobSteps",
            state.job_arn or self._arn_pattern(state.job_name),
        )
        with asked(question):
            paginator = self._sagemaker.get_paginator("list_inference_recommendations_job_steps")
            pages = paginator.paginate(JobName=state.job_name)
            return [dict(step) for page in pages for step in page.get("Steps", ())]

    def _measured(self, state: JobState) -> Mapping[str, Json] | None:
        rows = objects(state.response, "InferenceRecommendations", state.job_name)
        if state.status is not JobStatus.COMPLETED or not rows:
            return None
        query = latency_query(state.job_name, state.response, rows, now=self._clock())
        series = self._series(query, query.window) if query.window else Series({}, {})
        return measured_latency(query, series, minimum_samples=self._minimum_samples)

    def _series(self, query: LatencyQuery, window: Window) -> Series:
        what = f"give the measured latency of job {query.job_name}"
        question = Question("CloudWatch", what, "cloudwatch:GetMetricData", "*")
        with asked(question):
            pages = (
                self._cloudwatch()
                .get_paginator("get_metric_data")
                .paginate(
                    MetricDataQueries=list(query.queries),  # type: ignore[arg-type]  # JSON by shape
                    StartTime=window.start,
                    EndTime=window.end,
                )
            )
            series = read_series(
                result for page in pages for result in page.get("MetricDataResults", ())
            )
        if "Forbidden" in series.statuses.values():
            raise JobSourceRefused(refusal(question, "Forbidden"))
        unfinished = set(series.statuses.values()) - {"Complete"}
        if unfinished:
            raise JobSourceBusy(unanswered(question, ", ".join(sorted(unfinished))))
        return series

    def _question(
        self,
        what: str,
        operation: str,
        resource: str,
        *,
        missing: type[RecgateError] = JobSourceBusy,
    ) -> Question:
        return Question("SageMaker", what, f"sagemaker:{operation}", resource, missing)

    def _arn_pattern(self, job_name: str) -> str:
        meta = self._sagemaker.meta
        return (
            f"arn:{meta.partition}:sagemaker:{meta.region_name}:*:"
            f"inference-recommendations-job/{job_name}"
        )


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _refuse_other_place(notice: JobNotice, state: JobState) -> None:
    """A job of the same name in another account or region is another job."""
    announced, described = (notice.job_arn or "").split(":"), (state.job_arn or "").split(":")
    for place, word in ((4, "account"), (3, "region")):
        if min(len(announced), len(described)) <= place:
            return
        if announced[place] != described[place]:
            raise JobSourceRefused(
                f"The event about job {state.job_name} is from another {word} "
                f"({announced[place]}) than the job that SageMaker describes here "
                f"({described[place]}). Route each account's and region's events to a recgate of "
                "its own."
            )
