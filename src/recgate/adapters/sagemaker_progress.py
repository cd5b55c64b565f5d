"""What SageMaker knows of a running job beside its description: benchmarks, and jobs like it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from recgate.aws_asking import asked
from recgate.dialect.aws_refusals import Question
from recgate.dialect.document import canonical_value
from recgate.domain.canonical import Json
from recgate.domain.progress import MOST_DURATIONS
from recgate.ports import JobNotFound

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import InferenceRecommendationsJobTypeDef

_LARGEST_PAGE = 100
"""``MaxResults`` of both lists, by the service model: the last jobs are one call."""


class SageMakerProgress:
    """The ProgressSource over SageMaker; the client brings region and credentials."""

    def __init__(self, sagemaker: "SageMakerClient") -> None:
        self._sagemaker = sagemaker

    def benchmarks(self, job_name: str) -> Sequence[Mapping[str, Json]]:
        """List the job's benchmarks. See `recgate.flows.follow.ProgressSource.benchmarks`.

        That a job which was described has none is said in two ways: by an empty list, and by
        an error that knows no such job.
        """
        question = Question(
            "SageMaker",
            f"list the benchmarks of job {job_name}",
            "sagemaker:ListInferenceRecommendationsJobSteps",
            f"{self._arn_pattern()}{job_name}",
            JobNotFound,
        )
        try:
            with asked(question):
                pages = self._sagemaker.get_paginator(
                    "list_inference_recommendations_job_steps"
                ).paginate(JobName=job_name, StepType="BENCHMARK")
                steps = [dict(step) for page in pages for step in page.get("Steps", ())]
        except JobNotFound:
            return []
        listed = [canonical_value(step) for step in steps]
        return [step for step in listed if isinstance(step, Mapping)]

    def durations(self, job_type: str) -> Sequence[timedelta]:
        """List the last completed jobs, once.

        See `recgate.flows.follow.ProgressSource.durations`. The list knows no filter by type,
        so among many jobs of another type there may be fewer than there are.
        """
        question = Question(
            "SageMaker",
            "list the last completed jobs",
            "sagemaker:ListInferenceRecommendationsJobs",
            "*",
        )
        with asked(question):
            answer = self._sagemaker.list_inference_recommendations_jobs(
                StatusEquals="COMPLETED",
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=_LARGEST_PAGE,
            )
        took = [
            _duration(job)
            for job in answer.get("InferenceRecommendationsJobs", ())
            if job["JobType"] == job_type
        ]
        return [duration for duration in took if duration > timedelta(0)][:MOST_DURATIONS]

    def _arn_pattern(self) -> str:
        meta = self._sagemaker.meta
        return f"arn:{meta.partition}:sagemaker:{meta.region_name}:*:inference-recommendations-job/"


def _duration(job: "InferenceRecommendationsJobTypeDef") -> timedelta:
    """How long a listed job took; CompletionTime is optional and seldom there."""
    return (job.get("CompletionTime") or job["LastModifiedTime"]) - job["CreationTime"]
