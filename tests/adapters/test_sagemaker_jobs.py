import math
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.dialect.document import canonical_value
from recgate.domain.candidate import Metric
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.reading import Reading
from recgate.ports import JobNotFound, JobSourceBusy, JobSourceRefused, JobUnusable
from tests.builders import NOW
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, arn_of, job, row, serverless_row, step
from tests.servers.shapes import Path, full_answer, leaves, output_shape

NAME = "fraud-ranker-v14"
DESCRIBE = "DescribeInferenceRecommendationsJob"
LATENCIES = [(CREATED + 60 + place, float(place)) for place in range(1, 201)]


@pytest.fixture
def server() -> Iterator[LocalSageMaker]:
    with local_sagemaker() as played:
        yield played


def jobs(server: LocalSageMaker, **config: Any) -> SageMakerJobs:
    return SageMakerJobs(
        server.client("sagemaker", **config),
        lambda: server.client("cloudwatch", **config),
        clock=lambda: server.metrics.now,
    )


def notice(name: str = NAME, *, arn: str | None = None) -> JobNotice:
    return JobNotice(name, Trigger(TriggerSource.SWEEP), job_arn=arn)


def gathered(server: LocalSageMaker, **config: Any) -> Snapshot:
    source = jobs(server, **config)
    return source.gather(source.state(notice()))


def p99_of(snapshot: Snapshot) -> list[Reading]:
    return [candidate.readings[Metric.LATENCY_P99_MS] for candidate in snapshot.candidates]


def at(document: Json, path: Path) -> Any:
    found: Any = document
    for part in path:
        found = found[part]
    return found


def test_no_member_of_the_describe_response_is_lost() -> None:
    """Every member that the service model knows is in the record, with its value."""
    full = full_answer(output_shape("sagemaker", DESCRIBE))
    full |= {"JobName": NAME, "JobArn": arn_of(NAME), "Status": "COMPLETED"}
    with local_sagemaker() as server:
        server.put_job(full)

        snapshot = gathered(server)

    expected = canonical_value(full)
    walked = list(leaves(expected))
    assert len(walked) > 80
    assert [(path, at(snapshot.document["job"], path)) for path, _ in walked] == walked


def test_no_member_of_a_step_is_lost() -> None:
    """The same walk over ListInferenceRecommendationsJobSteps."""
    shape = output_shape("sagemaker", "ListInferenceRecommendationsJobSteps")
    steps = full_answer(shape)["Steps"]
    with local_sagemaker() as server:
        server.put_job(
            job(Status="FAILED", InferenceRecommendations=None),
            steps=steps,
        )

        snapshot = gathered(server)

    walked = list(leaves(canonical_value(steps)))
    assert len(walked) > 40
    assert [(path, at(snapshot.document["steps"], path)) for path, _ in walked] == walked


def test_the_p99_of_every_row_comes_from_one_call(server: LocalSageMaker) -> None:
    """Ten rows are one GetMetricData, not ten or forty."""
    rows = [row(f"{NAME}/{place}", endpoint=f"e{place}") for place in range(10)]
    server.put_job(job(InferenceRecommendations=rows))
    for place in range(10):
        server.put_latencies(f"e{place}", NAME, [(when, ms + place) for when, ms in LATENCIES])

    snapshot = gathered(server)

    assert sorted((p99.value, p99.samples) for p99 in p99_of(snapshot)) == [
        (198.0 + place, 200) for place in range(10)
    ]
    assert server.count("GetMetricData") == 1


def test_a_measured_row_says_what_it_rests_on(server: LocalSageMaker) -> None:
    """Window, period, dimensions and samples are evidence."""
    server.put_job(job())
    server.put_latencies("sm-epc-1", NAME, LATENCIES)

    snapshot = gathered(server)

    assert snapshot.document["measured"] == {
        "minimum_samples": 100,
        "rows": [
            {
                "recommendation": f"{NAME}/a1b2c3d4",
                "p99_ms": 198.0,
                "samples": 200,
                "source": "cloudwatch",
                "window": {
                    "start": "2026-11-21T04:40:00.000Z",
                    "end": "2026-11-21T06:33:00.000Z",
                },
                "period_s": 6780,
                "datapoints": 1,
                "dimensions": {"JobName": NAME, "EndpointName": "sm-epc-1"},
                "note": "",
            }
        ],
    }


def test_metrics_published_for_the_endpoint_alone_are_found(server: LocalSageMaker) -> None:
    """Which dimensions go together is not documented."""
    server.put_job(job())
    server.put_latencies("sm-epc-1", NAME, LATENCIES, published_as="endpoint")

    assert [p99.value for p99 in p99_of(gathered(server))] == [198.0]


def test_an_answer_in_pages_is_followed_to_its_end(server: LocalSageMaker) -> None:
    """A series that one page begins is finished by the next."""
    rows = [row(f"{NAME}/{place}", endpoint=f"e{place}") for place in range(3)]
    server.put_job(job(InferenceRecommendations=rows))
    for place in range(3):
        server.put_latencies(f"e{place}", NAME, LATENCIES)
    server.metrics.page_size = 5

    snapshot = gathered(server)

    assert [(p99.value, p99.samples) for p99 in p99_of(snapshot)] == [(198.0, 200)] * 3
    assert server.count("GetMetricData") == 3


@pytest.mark.parametrize("days", [0, 16, 64, 300])
def test_an_old_job_is_asked_for_as_coarsely_as_its_data_is_kept(days: int) -> None:
    """CloudWatch refuses finer periods than it has; its answer is the same."""
    with local_sagemaker(now=NOW + timedelta(days=days)) as server:
        server.put_job(job())
        server.put_latencies("sm-epc-1", NAME, LATENCIES)

        assert [p99.value for p99 in p99_of(gathered(server))] == [198.0]


def test_a_job_of_several_days_has_several_data_points(server: LocalSageMaker) -> None:
    """A period is at most a day: the slowest day counts, and all samples."""
    server.put_job(job(CreationTime=CREATED - 2 * 86_400))
    slow = [(when - 86_400, ms + 500) for when, ms in LATENCIES]
    server.put_latencies("sm-epc-1", NAME, [*LATENCIES, *slow])

    (p99,) = p99_of(gathered(server))

    assert (p99.value, p99.samples) == (698.0, 400)


def test_too_few_samples_are_no_p99(server: LocalSageMaker) -> None:
    """The number of samples is asked for with every percentile."""
    server.put_job(job())
    server.put_latencies("sm-epc-1", NAME, LATENCIES[:99])

    (p99,) = p99_of(gathered(server))

    assert (p99.value, p99.missing) == (None, "too few samples: 99 of at least 100")


def test_a_fresh_job_whose_samples_are_not_there_yet_has_no_p99(server: LocalSageMaker) -> None:
    """CloudWatch lags; the answer says that it is empty."""
    server.put_job(job())

    (p99,) = p99_of(gathered(server))

    assert (p99.value, p99.missing) == (
        None,
        "CloudWatch has no ClientLatency of endpoint sm-epc-1",
    )


def test_rows_without_an_endpoint_of_their_own_cost_no_call(server: LocalSageMaker) -> None:
    """There is nothing to ask CloudWatch for."""
    nameless = serverless_row()
    del nameless["EndpointConfiguration"]["EndpointName"]
    rows = [nameless, row("a", endpoint="shared"), row("b", endpoint="shared")]
    server.put_job(job(InferenceRecommendations=rows), checked=False)

    snapshot = gathered(server)

    assert [p99.value for p99 in p99_of(snapshot)] == [None] * 3
    assert server.count("GetMetricData") == 0


@pytest.mark.parametrize("status", ["FAILED", "STOPPED", "IN_PROGRESS"])
def test_a_job_that_did_not_complete_is_not_asked_for_its_latency(
    server: LocalSageMaker, status: str
) -> None:
    """There is no recommendation that could be approved."""
    server.put_job(job(Status=status))

    snapshot = gathered(server)

    assert snapshot.document["measured"] is None
    assert server.count("GetMetricData") == 0


@pytest.mark.parametrize(("status", "error"), [
    ("InternalError", JobSourceBusy),
    ("PartialData", JobSourceBusy),
    ("Forbidden", JobSourceRefused),
])  # fmt: skip
def test_a_series_that_is_not_complete_is_not_taken_for_one(
    server: LocalSageMaker, status: str, error: type[Exception]
) -> None:
    """Half the samples may be the fast half."""
    server.put_job(job())
    server.put_latencies("sm-epc-1", NAME, LATENCIES)
    server.metrics.status = status

    with pytest.raises(error, match=status):
        gathered(server)


def test_tags_are_gathered_over_all_pages(server: LocalSageMaker) -> None:
    """Describe returns none of them."""
    tags = {f"key-{place:02}": f"value {place}" for place in range(30)}
    server.put_job(job(), tags=tags)
    server.page_size = 7

    assert gathered(server).tags == tags
    assert server.count("ListTags") == 5


def test_a_job_without_tags_has_none_and_that_is_known(server: LocalSageMaker) -> None:
    """Empty is an answer."""
    server.put_job(job())

    assert gathered(server).tags == {}


@pytest.mark.parametrize(("status", "expected"), [
    ("COMPLETED", ["COMPLETED", "FAILED", "FAILED", "FAILED"]),
    ("FAILED", ["COMPLETED", "FAILED", "FAILED", "FAILED"]),
    ("STOPPED", ["COMPLETED", "FAILED", "FAILED", "FAILED"]),
    ("IN_PROGRESS", ["COMPLETED", "FAILED", "FAILED", "FAILED"]),
    ("DELETED", []),
])  # fmt: skip
def test_every_benchmark_of_a_job_is_known(
    server: LocalSageMaker, status: str, expected: list[str]
) -> None:
    """How many there were and which failed, over all pages; a job that is gone has none."""
    steps = [step(NAME, "COMPLETED"), *(step(NAME, "FAILED", reason=f"{n}") for n in range(3))]
    server.put_job(job(Status=status), steps=steps)
    server.page_size = 2

    assert [each.status for each in gathered(server).steps] == expected


def test_nan_on_the_wire_is_missing_in_every_form(server: LocalSageMaker) -> None:
    """The string, the bare literal, null and a member that is not there."""
    forms = {"CostPerHour": "NaN", "ModelLatency": math.nan, "MaxInvocations": None}
    recommended = row()
    recommended["Metrics"] = {**forms, "MemoryUtilization": 12.5}
    server.put_job(job(InferenceRecommendations=[recommended]))

    (candidate,) = gathered(server).candidates

    assert [value for value in candidate.values if value is not None] == [12.5, 1.0]


def test_a_job_that_does_not_exist_is_not_found(server: LocalSageMaker) -> None:
    """With what to check next."""
    with pytest.raises(JobNotFound) as missing:
        jobs(server).state(notice("no-such-job"))

    assert str(missing.value) == (
        "SageMaker could not describe job no-such-job: there is no such job. "
        "Check the job's name, the account and the region."
    )


@pytest.mark.parametrize("message", [
    "Could not find inference recommendations job x.",
    "Job x cannot be found",
    "Requested job does not exist",
])  # fmt: skip
def test_a_validation_error_that_means_not_found_is_not_found(
    server: LocalSageMaker, message: str
) -> None:
    """SageMaker says it in both ways."""
    server.fail(DESCRIBE, "ValidationException", message=message)

    with pytest.raises(JobNotFound):
        jobs(server).state(notice())


@pytest.mark.parametrize(("code", "http_status"), [
    ("ThrottlingException", 400),
    ("TooManyRequestsException", 429),
    ("RequestLimitExceeded", 400),
    ("InternalFailure", 500),
    ("ServiceUnavailable", 503),
    ("NobodyKnows", 500),
    ("NobodyKnows", 429),
])  # fmt: skip
def test_what_passes_is_busy(server: LocalSageMaker, code: str, http_status: int) -> None:
    """The same question may be answered later."""
    server.put_job(job())
    server.fail(DESCRIBE, code, status=http_status)
    source = jobs(server)

    with pytest.raises(JobSourceBusy, match=f"did not describe job {NAME}: {code}"):
        source.state(notice())

    assert source.state(notice()).status is JobStatus.COMPLETED


@pytest.mark.parametrize("code", [
    "AccessDeniedException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "ValidationException",
    "NobodyKnows",
])  # fmt: skip
def test_what_does_not_pass_is_refused_with_the_permission_to_allow(
    server: LocalSageMaker, code: str
) -> None:
    """Asking again is of no use, so the message says what is."""
    server.fail(DESCRIBE, code, message="you may not")

    with pytest.raises(JobSourceRefused) as refused:
        jobs(server).state(notice())

    assert str(refused.value).startswith(f"SageMaker refused to describe job {NAME}: {code}")
    assert str(refused.value).endswith(
        "Check credentials and region, and allow sagemaker:DescribeInferenceRecommendationsJob "
        "on arn:aws:sagemaker:eu-west-1:*:inference-recommendations-job/fraud-ranker-v14."
    )


@pytest.mark.parametrize(("operation", "permission"), [
    ("ListTags", f"sagemaker:ListTags on {arn_of(NAME)}."),
    (
        "ListInferenceRecommendationsJobSteps",
        f"sagemaker:ListInferenceRecommendationsJobSteps on {arn_of(NAME)}.",
    ),
    ("GetMetricData", "cloudwatch:GetMetricData on *."),
])  # fmt: skip
def test_each_call_names_its_own_permission(
    server: LocalSageMaker, operation: str, permission: str
) -> None:
    """One missing statement in the role is found from the message alone."""
    server.put_job(job())
    server.fail(operation, "AccessDeniedException", message="User is not authorized")

    with pytest.raises(JobSourceRefused) as refused:
        gathered(server)

    assert str(refused.value).endswith(f"allow {permission}")
    assert "User is not authorized" in str(refused.value)


@pytest.mark.parametrize(
    "operation", ["ListTags", "ListInferenceRecommendationsJobSteps", "GetMetricData"]
)
@pytest.mark.parametrize("code", ["ThrottlingException", "ResourceNotFound"])
def test_a_gathering_that_was_cut_off_is_busy(
    server: LocalSageMaker, operation: str, code: str
) -> None:
    """Half a snapshot is never judged; a job that is gone since is found out by asking again."""
    server.put_job(job())
    server.fail(operation, code)

    with pytest.raises(JobSourceBusy):
        gathered(server)


def test_a_token_in_the_message_of_a_wrong_signature_is_not_repeated(
    server: LocalSageMaker,
) -> None:
    """AWS prints the headers that it computed the signature from."""
    server.fail(
        DESCRIBE, "InvalidSignatureException", message="host:x\nx-amz-security-token:FwoGZSECRET"
    )

    with pytest.raises(JobSourceRefused) as refused:
        jobs(server).state(notice())

    assert "SECRET" not in "".join(traceback.format_exception(refused.value))


def test_a_dropped_connection_is_busy(server: LocalSageMaker) -> None:
    """The network's troubles pass."""
    server.drop(DESCRIBE)

    with pytest.raises(JobSourceBusy, match="ConnectionClosedError"):
        jobs(server).state(notice())


def test_a_sagemaker_that_hangs_is_busy(server: LocalSageMaker) -> None:
    """The client's own time limit ends the wait."""
    server.hang(DESCRIBE)

    with pytest.raises(JobSourceBusy, match="ReadTimeoutError"):
        jobs(server, read_timeout=0.2).state(notice())


def test_a_cloudwatch_that_hangs_is_busy(server: LocalSageMaker) -> None:
    """Its time limit is the same."""
    server.put_job(job())
    server.hang("GetMetricData")

    with pytest.raises(JobSourceBusy, match="ReadTimeoutError"):
        gathered(server, read_timeout=0.2)


def test_a_sagemaker_that_is_not_there_is_busy() -> None:
    """Nobody listens on the port any more."""
    with local_sagemaker() as server:
        source = jobs(server)

    with pytest.raises(JobSourceBusy, match="EndpointConnectionError"):
        source.state(notice())


def test_missing_credentials_are_refused(
    server: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not come by waiting."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")
    monkeypatch.setenv("AWS_CONFIG_FILE", "no-such-file")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.Session(region_name="eu-west-1").client(
        "sagemaker", endpoint_url=server.endpoint_url
    )

    with pytest.raises(JobSourceRefused, match="NoCredentialsError"):
        SageMakerJobs(client, lambda: server.client("cloudwatch")).state(notice())
    client.close()


@pytest.mark.parametrize(("arn", "word"), [
    (arn_of(NAME).replace("111122223333", "444455556666"), "another account"),
    (arn_of(NAME).replace("eu-west-1", "us-east-1"), "another region"),
])  # fmt: skip
def test_an_event_from_another_place_is_refused(
    server: LocalSageMaker, arn: str, word: str
) -> None:
    """A job of the same name there is another job."""
    server.put_job(job())

    with pytest.raises(JobSourceRefused, match=word):
        jobs(server).state(notice(arn=arn))


def test_an_event_from_this_place_is_taken(server: LocalSageMaker) -> None:
    """The ARN that is announced and the one that is described agree."""
    server.put_job(job())

    assert jobs(server).state(notice(arn=arn_of(NAME))).job_arn == arn_of(NAME)


def test_a_status_that_sagemaker_adds_tomorrow_is_refused(server: LocalSageMaker) -> None:
    """Nobody knows whether such a job has ended."""
    server.put_job(job(Status="PAUSED"), checked=False)

    with pytest.raises(JobUnusable, match="PAUSED"):
        jobs(server).state(notice())


def test_an_answer_that_is_no_job_is_refused(server: LocalSageMaker) -> None:
    """A proxy that answers 200 with something else."""
    server.put_job({"JobName": NAME, "JobArn": arn_of(NAME)}, checked=False)

    with pytest.raises(JobUnusable, match="no Status"):
        jobs(server).state(notice())


def test_the_state_holds_no_response_metadata(server: LocalSageMaker) -> None:
    """Request ids differ between two readings of one state."""
    server.put_job(job())

    assert dict(jobs(server).state(notice()).response) == canonical_value(job())


def test_the_local_server_fails_a_test_that_is_built_on_a_shape_aws_does_not_have() -> None:
    """The peer that every test here leans on is itself held to the service model."""
    with pytest.raises(AssertionError, match="MaxInvocation,"), local_sagemaker() as server:
        server.put_job(job(InferenceRecommendations=[row(MaxInvocation=3)]))
    with pytest.raises(AssertionError, match="has no RoleArn"), local_sagemaker() as server:
        server.put_job(job(RoleArn=None))


def test_the_local_server_lists_jobs_in_pages_by_time(server: LocalSageMaker) -> None:
    """What the watcher will ask for."""
    for place in range(5):
        server.put_job(job(f"job-{place}", LastModifiedTime=CREATED + 100 * place))
    server.page_size = 2
    paginator = server.client("sagemaker").get_paginator("list_inference_recommendations_jobs")

    pages = list(
        paginator.paginate(LastModifiedTimeAfter=datetime.fromtimestamp(CREATED + 150, UTC))
    )

    listed = [each["JobName"] for page in pages for each in page["InferenceRecommendationsJobs"]]
    assert listed == ["job-2", "job-3", "job-4"]
    assert len(pages) == 2
