"""Benchmarks and past durations, from a SageMaker that is played on this machine."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from recgate.adapters.sagemaker_progress import SageMakerProgress
from recgate.dialect.document import canonical_value
from recgate.ports import JobSourceBusy, JobSourceRefused
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, job, step

NAME = "fraud-ranker-v14"
STEPS = "ListInferenceRecommendationsJobSteps"
JOBS = "ListInferenceRecommendationsJobs"


@pytest.fixture
def server() -> Iterator[LocalSageMaker]:
    with local_sagemaker() as played:
        yield played


def progress(server: LocalSageMaker, **config: Any) -> SageMakerProgress:
    return SageMakerProgress(server.client("sagemaker", **config))


def put_past(server: LocalSageMaker, number: int, took_min: float, **members: Any) -> None:
    """A completed job, the newer the higher its number."""
    created = CREATED + number * 86_400
    ended = created + took_min * 60
    times = {"CreationTime": created, "LastModifiedTime": ended, "CompletionTime": None}
    server.put_job(job(f"past-{number}", **{**times, **members}))


def test_the_benchmarks_of_every_page_are_listed(server: LocalSageMaker) -> None:
    """In the canonical form, whatever their status."""
    server.page_size = 2
    steps = [
        step(NAME, "COMPLETED"),
        step(NAME, "FAILED", reason="out of memory"),
        step(NAME, "IN_PROGRESS"),
        step(NAME, "PENDING"),
        step(NAME, "STOPPED"),
    ]
    server.put_job(job(Status="IN_PROGRESS", InferenceRecommendations=None), steps=steps)

    listed = progress(server).benchmarks(NAME)

    assert list(listed) == canonical_value(steps)
    assert server.count(STEPS) == 3
    assert {request["StepType"] for name, request in server.calls if name == STEPS} == {"BENCHMARK"}


def test_a_job_without_benchmarks_has_none(server: LocalSageMaker) -> None:
    """Whether SageMaker says so by an empty list or by knowing no such job."""
    server.put_job(job(Status="PENDING", InferenceRecommendations=None))

    assert progress(server).benchmarks(NAME) == []
    assert progress(server).benchmarks("nobody") == []


def test_durations_are_those_of_the_same_type_the_newest_first(server: LocalSageMaker) -> None:
    """Default and Advanced jobs are not comparable; a job that failed says nothing."""
    put_past(server, 1, 30)
    put_past(server, 2, 90, JobType="Advanced")
    put_past(server, 3, 40)
    put_past(server, 4, 2, Status="FAILED", InferenceRecommendations=None)
    put_past(server, 5, 3, Status="IN_PROGRESS", InferenceRecommendations=None)

    source = progress(server)

    assert source.durations("Default") == [timedelta(minutes=40), timedelta(minutes=30)]
    assert source.durations("Advanced") == [timedelta(minutes=90)]


def test_a_completion_time_counts_before_a_later_modification(server: LocalSageMaker) -> None:
    """A tag that was changed a week later did not make the job longer."""
    created = CREATED
    week = 7 * 86_400
    put_past(
        server,
        0,
        0,
        CreationTime=created,
        CompletionTime=created + 1800,
        LastModifiedTime=created + week,
    )

    assert progress(server).durations("Default") == [timedelta(minutes=30)]


def test_however_many_jobs_there_are_it_is_one_call_and_twenty_durations(
    server: LocalSageMaker,
) -> None:
    """The last ones: an account may have thousands."""
    for number in range(130):
        put_past(server, number, number + 1)

    durations = progress(server).durations("Default")

    assert list(durations) == [timedelta(minutes=130 - place) for place in range(20)]
    assert server.count(JOBS) == 1


def test_a_job_that_ended_before_it_began_is_left_out(server: LocalSageMaker) -> None:
    """Times that cannot be are no durations."""
    put_past(server, 1, -5)

    assert progress(server).durations("Default") == []


@pytest.mark.parametrize("operation", [STEPS, JOBS])
@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, JobSourceBusy),
        ("InternalFailure", 500, JobSourceBusy),
        ("AccessDeniedException", 400, JobSourceRefused),
        ("ExpiredTokenException", 403, JobSourceRefused),
    ],
)
def test_errors_say_whether_asking_again_helps(
    server: LocalSageMaker, operation: str, code: str, status: int, error: type[Exception]
) -> None:
    """And which permission is missing, if one is."""
    server.put_job(job())
    server.fail(operation, code, status=status)
    source = progress(server)

    with pytest.raises(error, match=code) as caught:
        source.benchmarks(NAME) if operation == STEPS else source.durations("Default")

    assert (f"allow sagemaker:{operation} on " in str(caught.value)) is (error is JobSourceRefused)


@pytest.mark.parametrize("operation", [STEPS, JOBS])
def test_a_server_that_goes_away_is_asked_again_later(
    server: LocalSageMaker, operation: str
) -> None:
    """A closed connection and a time-out."""
    server.put_job(job())
    server.drop(operation)
    server.hang(operation)
    source = progress(server, read_timeout=0.2)

    for _ in "ab":
        with pytest.raises(JobSourceBusy):
            source.benchmarks(NAME) if operation == STEPS else source.durations("Default")
