"""Listed jobs and load tests in rows, words and documents."""

import json
from datetime import UTC, datetime, timedelta

from recgate.dialect.benchmarks import benchmarks_in
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus
from recgate.domain.job_query import FoundJobs, JobQuery, SortBy
from recgate.domain.status_change import ListedJob
from recgate.rendering.job_page.benchmarks import benchmark_table, counted, failed_benchmarks
from recgate.rendering.job_page.documents import jobs_document, steps_document
from recgate.rendering.job_page.listing import filter_words, listed, model_of, order_words, took

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/j"
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/ranker/9"


def job(status: str = "COMPLETED", **changes: object) -> ListedJob:
    """A listed job that took 40 minutes."""
    created = NOW - timedelta(hours=2)
    members = {"created_at": created, "modified_at": created + timedelta(minutes=40), **changes}
    return ListedJob(name="j", arn=ARN, status=status, **members)  # type: ignore[arg-type]


def step(status: str, **benchmark: Json) -> Json:
    endpoint: Json = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {
        "Status": status,
        "InferenceBenchmark": {"EndpointConfiguration": endpoint, **benchmark},
    }


def test_a_job_took_until_it_completed_or_last_changed() -> None:
    """A running one takes until now, and none takes less than nothing."""
    completed = NOW - timedelta(minutes=110)

    assert took(job(), NOW) == timedelta(minutes=40)
    assert took(job(completed_at=completed), NOW) == timedelta(minutes=10)
    assert took(job("IN_PROGRESS"), NOW) == timedelta(hours=2)
    assert took(job("IN_PROGRESS", created_at=NOW + timedelta(days=1)), NOW) == timedelta(0)


def test_a_running_job_is_told_as_one() -> None:
    """40 minutes so far are not 40 minutes."""
    rows = listed([job("IN_PROGRESS"), job()], NOW).rows

    assert [row[4] for row in rows] == ["2 h so far", "40 min"]


def test_a_model_is_told_like_on_every_other_page() -> None:
    """Group and version, a name, or that there is none."""
    assert model_of(job(model_package_arn=PACKAGE)) == "ranker v9"
    assert model_of(job(model_package_arn=PACKAGE[:-2])) == "ranker"
    assert model_of(job(model_name="m")) == "m"
    assert model_of(job()) == model_of(job(model_package_arn="odd")) == "n/a (not reported)"


def test_a_long_reason_is_cut() -> None:
    """A list is no place for a page."""
    table = listed([job("FAILED", failure_reason="why " * 400)], NOW)

    assert len(table.asides[0]) == 72
    assert table.asides[0].endswith("…")


def test_filters_in_force_are_told_in_words() -> None:
    """All of them."""
    since = NOW - timedelta(days=7)
    query = JobQuery(
        statuses=("FAILED", "STOPPED"),
        name_contains="fraud",
        created_after=since,
        modified_before=NOW,
        model_name="m",
        model_package_arn=PACKAGE,
    )

    assert filter_words(JobQuery()) == ""
    assert filter_words(query) == (
        'with status FAILED or STOPPED, whose name contains "fraud", for model "m", for model '
        f'package "{PACKAGE}", created since 15 Nov 2026, 09:00 UTC, '
        "last modified until 22 Nov 2026, 09:00 UTC"
    )


def test_the_order_is_told_in_words() -> None:
    """So that nobody takes the oldest for the newest."""
    assert order_words(JobQuery()) == "the newest first"
    assert order_words(JobQuery(is_descending=False)) == "the oldest first"
    assert order_words(JobQuery(sort_by=SortBy.NAME)) == "by name, descending"


def test_the_document_of_a_list_is_json_with_what_was_asked() -> None:
    """A script can tell an empty answer from an answer to another question."""
    failed = job("FAILED", failure_reason="ModelError when calling InvokeEndpoint: (500)\x1b[31m")
    found = FoundJobs((failed,), has_more=True)
    document = jobs_document(found, JobQuery(statuses=("FAILED",)), region="eu-west-1", now=NOW)

    said = json.loads(json.dumps(document, allow_nan=False))

    assert next(iter(said)) == "schema"
    assert (said["schema"], said["has_more"]) == ("recgate-jobs/1", True)
    assert said["filters"]["statuses"] == ["FAILED"]
    assert said["jobs"][0]["duration_s"] == 2400
    assert "\x1b" not in said["jobs"][0]["failure_reason"]
    assert said["jobs"][0]["likely_cause"]["next_steps"]


def test_load_tests_that_failed_for_one_reason_are_told_together() -> None:
    """The reason once, and all that it is true of."""
    benchmarks = benchmarks_in(
        [step("FAILED", FailureReason="ModelError"), step("FAILED", FailureReason="ModelError"),
         step("FAILED"), step("COMPLETED")]
    )  # fmt: skip

    groups = failed_benchmarks(benchmarks)

    assert [len(group.which) for group in groups] == [2, 1]
    assert groups[1].failure.reason == ("SageMaker gave no reason.",)
    assert counted(benchmarks) == "4 load tests: 1 COMPLETED, 3 FAILED"


def test_figures_of_a_load_test_are_told_with_why_they_are_missing() -> None:
    """A failed one has none, and nobody wonders why five times."""
    metrics: Json = {"CostPerHour": "NaN", "ModelLatency": 61}
    table = benchmark_table(benchmarks_in([step("COMPLETED", Metrics=metrics), step("FAILED")]))

    assert [heading.name for heading in table.headings] == ["Load test", "Status", "Model latency"]
    assert [row[2] for row in table.rows] == ["61", "n/a"]
    assert table.notes == ("n/a: SageMaker reports no figure of that load test.",)


def test_the_document_of_load_tests_says_why_a_figure_is_null() -> None:
    """NaN is not "not reported", and JSON has no NaN."""
    metrics: Json = {"CostPerHour": "NaN", "ModelLatency": 61}
    benchmarks = benchmarks_in([step("COMPLETED", Metrics=metrics)])
    document = steps_document(
        "j", ARN, JobStatus.COMPLETED, benchmarks, statuses=("COMPLETED",), in_all=4
    )

    said = json.loads(json.dumps(document, allow_nan=False))

    assert next(iter(said)) == "schema"
    assert (said["in_all"], len(said["steps"])) == (4, 1)
    assert said["steps"][0]["cost_per_hour_usd"] is None
    assert said["steps"][0]["missing"]["cost_per_hour_usd"] == "NaN"
    assert said["steps"][0]["model_latency_ms"] == 61
