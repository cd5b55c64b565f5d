"""The local SageMaker lets jobs live as SageMaker does; seen through boto3, with a moving clock."""

from datetime import timedelta
from typing import Any

import pytest

from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.domain.candidate import Metric
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from tests.playground.job_requests import ACCOUNT, PACE, PACKAGE, REGION, create, request_for
from tests.playground.moving_clock import MovingClock
from tests.servers.job_lives import Pace
from tests.servers.job_scripts import scripts
from tests.servers.living_jobs import LivingJobs
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker


def status(server: LocalSageMaker, name: str = "nightly") -> str:
    described = server.client("sagemaker").describe_inference_recommendations_job(JobName=name)
    return described["Status"]


def step_statuses(server: LocalSageMaker, name: str = "nightly") -> list[str]:
    client = server.client("sagemaker")
    answer = client.list_inference_recommendations_job_steps(JobName=name)
    return [step["Status"] for step in answer["Steps"]]


def test_a_job_lives_from_pending_to_its_end(server: LocalSageMaker, clock: MovingClock) -> None:
    """Each status at its time, and each change moves LastModifiedTime to when it happened."""
    arn = create(server)
    seen = []

    for seconds in (0, 5, 50, 60):
        clock.move(seconds)
        answer = server.client("sagemaker").describe_inference_recommendations_job(
            JobName="nightly"
        )
        seen.append((answer["Status"], answer["LastModifiedTime"] - answer["CreationTime"]))

    assert arn == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-recommendations-job/nightly"
    assert [word for word, _ in seen] == ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    # Four benchmarks of 23.75 s: the third began at 5 + 47.5 s.
    expected = [timedelta(seconds=seconds) for seconds in (0, 5, 52.5, 105)]
    assert [age for _, age in seen] == expected


def test_a_job_is_listed_by_when_it_changed_and_not_by_when_somebody_asked(
    server: LocalSageMaker, clock: MovingClock
) -> None:
    """Nobody looked for an hour: the list still says when the job ended."""
    create(server)
    clock.move(3600)
    client = server.client("sagemaker")

    def listed(after_s: float) -> list[str]:
        after = clock() - timedelta(seconds=3600 - after_s)
        answer = client.list_inference_recommendations_jobs(LastModifiedTimeAfter=after)
        return [entry["Status"] for entry in answer["InferenceRecommendationsJobs"]]

    before_its_end, after_its_end = listed(104), listed(106)

    assert before_its_end == ["COMPLETED"]
    assert after_its_end == []


def test_benchmarks_start_and_end_one_after_the_other(
    server: LocalSageMaker, clock: MovingClock
) -> None:
    """What the progress view counts."""
    create(server)
    before = step_statuses(server)
    clock.move(5)
    first = step_statuses(server)
    clock.move(24)
    second = step_statuses(server)
    clock.move(80)
    all_of_them = step_statuses(server)

    assert before == []
    assert first == ["IN_PROGRESS"]
    assert second == ["COMPLETED", "IN_PROGRESS"]
    assert all_of_them == ["COMPLETED"] * 4


@pytest.mark.parametrize("sample", scripts())
def test_every_sample_is_a_way_to_end(
    server: LocalSageMaker, clock: MovingClock, sample: str
) -> None:
    """The sample's figures under the new job's name, judged as the sample is."""
    create(server, Tags=[{"Key": "playground", "Value": sample}])
    clock.move(200)
    jobs = SageMakerJobs(
        server.client("sagemaker"), lambda: server.client("cloudwatch"), clock=clock
    )

    state = jobs.state(JobNotice("nightly", Trigger(TriggerSource.SWEEP)))
    snapshot = jobs.gather(state)

    original = scripts()[sample].job
    assert snapshot.status == original["Status"]
    assert snapshot.failure_reason == original.get("FailureReason")
    assert snapshot.tags == {"playground": sample}
    rows = original.get("InferenceRecommendations", ())
    assert len(snapshot.candidates) == len(rows)
    expected = {"nightly/" + row["RecommendationId"].split("/")[1] for row in rows}
    assert {row.recommendation_id for row in snapshot.candidates} == expected
    failed = sum(1 for each in scripts()[sample].benchmarks if each.failure)
    assert sum(1 for step in snapshot.steps if step.status == "FAILED") == failed


def test_what_cloudwatch_measured_of_a_job_is_its_samples_p99(
    server: LocalSageMaker, clock: MovingClock
) -> None:
    """Two jobs of one sample are told apart by their endpoints."""
    create(server, "one")
    create(server, "two")
    clock.move(200)
    jobs = SageMakerJobs(
        server.client("sagemaker"), lambda: server.client("cloudwatch"), clock=clock
    )

    snapshots = [
        jobs.gather(jobs.state(JobNotice(name, Trigger(TriggerSource.SWEEP))))
        for name in ("one", "two")
    ]

    for snapshot in snapshots:
        column = snapshot.rows(None).columns[Metric.LATENCY_P99_MS]
        assert sorted(value for value in column if value is not None) == [18.2, 84.0, 92.4, 104.6]
    described: list[Any] = [snapshot.describe for snapshot in snapshots]
    endpoints = {
        row["EndpointConfiguration"]["EndpointName"]
        for each in described
        for row in each["InferenceRecommendations"]
    }
    assert len(endpoints) == 8


def test_cloudwatch_may_be_behind(clock: MovingClock) -> None:
    """A job that ended a moment ago has no P99 yet."""
    late = Pace(pending_s=0, running_s=10, metrics_late_s=120)
    with local_sagemaker(clock=clock, pace=late) as server:
        create(server)
        jobs = SageMakerJobs(
            server.client("sagemaker"), lambda: server.client("cloudwatch"), clock=clock
        )

        def measured() -> int:
            snapshot = jobs.gather(jobs.state(JobNotice("nightly", Trigger(TriggerSource.SWEEP))))
            column = snapshot.rows(None).columns[Metric.LATENCY_P99_MS]
            return sum(1 for value in column if value is not None)

        clock.move(11)
        at_its_end = measured()
        clock.move(120)
        later = measured()

    assert (at_its_end, later) == (0, 4)


@pytest.mark.parametrize(
    ("config", "sample"),
    [
        ({"ModelName": "image-tagger"}, "image-tagger-v2"),
        ({"ModelName": "something-new"}, "fraud-ranker-v14"),
        (
            {"ModelPackageVersionArn": PACKAGE.replace("fraud-ranker", "support-summarizer")},
            "support-summarizer-v3",
        ),
    ],
)
def test_the_model_decides_how_a_job_ends(
    server: LocalSageMaker, config: dict[str, str], sample: str
) -> None:
    """Without a tag; a model that no sample is about passes."""
    create(server, InputConfig=config)

    assert server.newest(1)[0].script == sample


def test_a_tag_says_how_long_a_job_runs(server: LocalSageMaker, clock: MovingClock) -> None:
    """In seconds."""
    create(server, Tags=[{"Key": "playground-runs-s", "Value": "7"}])

    clock.move(11.9)
    before = status(server)
    clock.move(0.1)
    after = status(server)

    assert (before, after) == ("IN_PROGRESS", "COMPLETED")


def test_a_stopped_job_stops_and_stays_stopped(server: LocalSageMaker, clock: MovingClock) -> None:
    """STOPPING at once, STOPPED a little later, without results."""
    create(server)
    clock.move(30)

    server.client("sagemaker").stop_inference_recommendations_job(JobName="nightly")

    at_once, running = status(server), step_statuses(server)
    clock.move(3)
    client = server.client("sagemaker")
    described: Any = client.describe_inference_recommendations_job(JobName="nightly")
    clock.move(500)
    assert (at_once, running) == ("STOPPING", ["COMPLETED", "STOPPING"])
    assert described["Status"] == "STOPPED"
    assert "InferenceRecommendations" not in described
    assert described["LastModifiedTime"] - described["CreationTime"] == timedelta(seconds=33)
    assert status(server) == "STOPPED"
    assert step_statuses(server) == ["COMPLETED", "STOPPED"]


def test_a_job_that_does_not_change_is_left_alone() -> None:
    """However often somebody asks, and for good when it has ended."""
    lives = LivingJobs(PACE)
    life = lives.create(request_for("nightly"), "arn", 1000.0)

    shown = [len(list(lives.changed(at))) for at in (1004, 1005, 1005, 1006, 5000, 5000, 9000)]

    assert shown == [0, 1, 0, 0, 1, 0, 0]
    assert life.next_change(5000) is None
