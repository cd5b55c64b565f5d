"""What the list of changed jobs promises: nobody is left out, and nothing is asked for twice."""

import json
import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from recgate.adapters.sagemaker_job_list import SageMakerJobList
from recgate.domain.status_change import ListedJob
from recgate.ports import JobSourceBusy, JobSourceRefused
from tests.builders import NOW
from tests.servers.aws import aws_client
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, arn_of, job
from tests.servers.web_page import page

LIST = "ListInferenceRecommendationsJobs"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MODIFIED = NOW.timestamp()
WHO = "SageMaker did not list inference recommendations jobs: "


@pytest.fixture
def server() -> Iterator[LocalSageMaker]:
    with local_sagemaker() as played:
        yield played


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """A client that sends nothing and answers what the test has queued."""
    client = aws_client("sagemaker", "http://127.0.0.1:9")
    with closing(client), Stubber(client) as made:
        yield made
        made.assert_no_pending_responses()


def job_list(server: LocalSageMaker, **config: Any) -> SageMakerJobList:
    return SageMakerJobList(server.client("sagemaker", **config))


def put_jobs(server: LocalSageMaker, count: int, **members: Any) -> list[str]:
    """So many jobs, each created a second after the one before; their names."""
    names = [f"job-{place:03}" for place in range(count)]
    for place, name in enumerate(names):
        put = {"LastModifiedTime": MODIFIED, "CreationTime": CREATED + place} | members
        server.put_job(job(name, **put))
    return names


def names_of(listed: Any) -> list[str]:
    return [each.name for each in listed]


# --- what is listed ------------------------------------------------------------------------


def test_a_listed_job_is_what_sagemaker_says_of_it(server: LocalSageMaker) -> None:
    """Times to the millisecond of the wire, in UTC."""
    server.put_job(job(Status="FAILED", FailureReason="because", LastModifiedTime=1795242720.593))

    assert job_list(server).changed(LONG_AGO, None, at_most=None) == (
        ListedJob(
            name="fraud-ranker-v14",
            arn=arn_of("fraud-ranker-v14"),
            status="FAILED",
            created_at=datetime(2026, 11, 21, 4, 40, 0, 125_000, tzinfo=UTC),
            modified_at=datetime(2026, 11, 21, 6, 32, 0, 593_000, tzinfo=UTC),
            job_type="Default",
            completed_at=datetime(2026, 11, 21, 6, 32, 0, 500_000, tzinfo=UTC),
            failure_reason="because",
            model_package_arn=(
                "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14"
            ),
        ),
    )


def test_no_job_is_an_answer(server: LocalSageMaker) -> None:
    """An account that nobody uses, or a quiet minute."""
    assert job_list(server).changed(LONG_AGO, None, at_most=0) == ()


def test_what_is_asked_for(server: LocalSageMaker) -> None:
    """The largest pages, in the one order that no change alters."""
    job_list(server).changed(LONG_AGO, NOW, at_most=None)

    assert server.calls == [
        (
            LIST,
            {
                "SortBy": "CreationTime",
                "SortOrder": "Ascending",
                "MaxResults": 100,
                "LastModifiedTimeAfter": LONG_AGO.timestamp(),
                "LastModifiedTimeBefore": NOW.timestamp(),
            },
        )
    ]


def test_the_bounds_are_whole_seconds_rounded_outwards(server: LocalSageMaker) -> None:
    """Of our own: some botocore versions cut fractions off, some send them."""
    east = timezone(timedelta(hours=5, minutes=30))
    after = NOW + timedelta(microseconds=999_999)
    before = (NOW + timedelta(seconds=5, microseconds=1)).astimezone(east)

    job_list(server).changed(after, before, at_most=None)

    ((_, request),) = server.calls
    assert request["LastModifiedTimeAfter"] == MODIFIED
    assert request["LastModifiedTimeBefore"] == MODIFIED + 6


def test_only_what_changed_in_between_is_listed(server: LocalSageMaker) -> None:
    """The cost grows with the jobs that changed, not with those that exist."""
    for name, modified in [("before", -60.0), ("inside", 0.0), ("after", 60.0)]:
        server.put_job(job(name, LastModifiedTime=MODIFIED + modified))
    half = timedelta(seconds=30)

    listed = job_list(server).changed(NOW - half, NOW + half, at_most=None)

    assert listed is not None
    assert names_of(listed) == ["inside"]


@pytest.mark.parametrize(("count", "page_size"), [(1, 1), (7, 3), (6, 3), (250, None)])
def test_every_page_is_read(server: LocalSageMaker, count: int, page_size: int | None) -> None:
    """Oldest creation first, each job once, in as many calls as there are pages."""
    names = put_jobs(server, count)
    server.page_size = page_size

    listed = job_list(server).changed(LONG_AGO, None, at_most=None)

    assert listed is not None
    assert names_of(listed) == names
    assert server.count(LIST) == -(-count // (page_size or 100))


def test_jobs_with_equal_times_are_all_listed(server: LocalSageMaker) -> None:
    """A page boundary between them as well."""
    names = put_jobs(server, 10, CreationTime=CREATED)
    server.page_size = 3

    listed = job_list(server).changed(LONG_AGO, None, at_most=None)

    assert listed is not None
    assert sorted(names_of(listed)) == names


@pytest.mark.parametrize(("at_most", "calls"), [(0, 1), (1, 1), (5, 2), (6, 3), (8, 3)])
def test_too_many_are_told_as_soon_as_it_is_known(
    server: LocalSageMaker, at_most: int, calls: int
) -> None:
    """None, after no more pages than it takes."""
    put_jobs(server, 9)
    server.page_size = 3

    assert job_list(server).changed(LONG_AGO, None, at_most=at_most) is None
    assert server.count(LIST) == calls


@pytest.mark.parametrize("at_most", [9, 10, None])
def test_as_many_as_are_allowed_are_not_too_many(
    server: LocalSageMaker, at_most: int | None
) -> None:
    """The limit itself is within it."""
    put_jobs(server, 9)
    server.page_size = 3

    listed = job_list(server).changed(LONG_AGO, None, at_most=at_most)

    assert listed is not None
    assert len(listed) == 9


def item(name: str, **members: Any) -> dict[str, Any]:
    """An item of a list as boto3 has it."""
    return {
        "JobName": name,
        "JobDescription": "",
        "JobType": "Default",
        "JobArn": arn_of(name),
        "Status": "IN_PROGRESS",
        "CreationTime": NOW,
        "LastModifiedTime": NOW,
        "RoleArn": "arn:aws:iam::111122223333:role/recommender",
        **members,
    }


def queue(stub: Stubber, *names: str, token: str | None = None, **members: Any) -> None:
    """Queue a page with these jobs."""
    answer: dict[str, Any] = {
        "InferenceRecommendationsJobs": [item(name, **members) for name in names]
    }
    stub.add_response(
        "list_inference_recommendations_jobs", answer | ({"NextToken": token} if token else {})
    )


def listed_by(stub: Stubber, *, at_most: int | None = None) -> Any:
    client: Any = stub.client
    return SageMakerJobList(client).changed(LONG_AGO, None, at_most=at_most)


def test_a_job_that_moves_to_the_next_page_is_listed_once_as_it_is_now(stub: Stubber) -> None:
    """It changed while the pages were read; it is no second job either."""
    queue(stub, "a", "b", token="1")
    queue(stub, "b", Status="COMPLETED")

    listed = listed_by(stub, at_most=2)

    assert [(each.name, each.status) for each in listed] == [
        ("a", "IN_PROGRESS"),
        ("b", "COMPLETED"),
    ]


def test_an_empty_page_is_not_the_end(stub: Stubber) -> None:
    """A filter may leave nothing of a page."""
    queue(stub, token="1")
    queue(stub, "a")

    assert names_of(listed_by(stub)) == ["a"]


@pytest.mark.parametrize("tokens", [["1", "1"], ["1", "2", "1"]])
def test_pages_that_go_round_in_a_circle_come_to_an_end(stub: Stubber, tokens: list[str]) -> None:
    """A token that was there before is no way forward."""
    for token in tokens:
        queue(stub, "a", token=token)

    with pytest.raises(JobSourceBusy, match="its pages go round in a circle"):
        listed_by(stub)


def test_an_item_without_a_status_fails_the_whole_list() -> None:
    """To skip it would be to lose a job."""
    bare = {"JobName": "a", "JobArn": arn_of("a"), "CreationTime": 1, "LastModifiedTime": 1}
    body = json.dumps({"InferenceRecommendationsJobs": [bare]}).encode()
    with (
        page(200, body, "application/x-amz-json-1.1") as address,
        closing(aws_client("sagemaker", address)) as client,
        pytest.raises(JobSourceRefused, match=f"listed job {arn_of('a')} without Status"),
    ):
        SageMakerJobList(client).changed(LONG_AGO, None, at_most=None)


# --- what other answers mean ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("InternalFailure", 500), ("Whatever", 503), ("Whatever", 429)],
)
def test_what_may_pass_is_busy(server: LocalSageMaker, code: str, status: int) -> None:
    """The next sweep asks again."""
    server.fail(LIST, code, status=status)

    with pytest.raises(JobSourceBusy) as busy:
        job_list(server).changed(LONG_AGO, None, at_most=None)

    assert str(busy.value) == (
        f"{WHO}{code} (HTTP {status}). The same question may be answered later."
    )


def test_a_page_that_fails_fails_the_whole_list(server: LocalSageMaker) -> None:
    """Half a list would move the watermark past the other half."""
    put_jobs(server, 6)
    server.page_size = 3
    listing = job_list(server)
    listing.changed(LONG_AGO, None, at_most=2)
    server.fail(LIST, "ThrottlingException", times=2)

    for _ in range(2):
        with pytest.raises(JobSourceBusy):
            listing.changed(LONG_AGO, None, at_most=None)


def test_a_later_page_that_is_throttled_is_busy(stub: Stubber) -> None:
    """The first page alone is no answer."""
    queue(stub, "a", token="1")
    stub.add_client_error("list_inference_recommendations_jobs", "ThrottlingException")

    with pytest.raises(JobSourceBusy):
        listed_by(stub)


def test_no_permission_is_refused_with_the_cure(server: LocalSageMaker) -> None:
    """Which action, on what, and what SageMaker said."""
    server.fail(LIST, "AccessDeniedException", message="User x is not authorized")

    with pytest.raises(JobSourceRefused) as refusal:
        job_list(server).changed(LONG_AGO, None, at_most=None)

    assert str(refusal.value) == (
        "SageMaker refused to list inference recommendations jobs: AccessDeniedException (User x "
        "is not authorized). Check credentials and region, and allow "
        "sagemaker:ListInferenceRecommendationsJobs on *."
    )


def test_a_wrong_signature_keeps_the_session_token_to_itself(server: LocalSageMaker) -> None:
    """Its message holds the request's headers."""
    server.fail(LIST, "InvalidSignatureException", status=403, message="token=s3cr3t")

    with pytest.raises(JobSourceRefused) as refusal:
        job_list(server).changed(LONG_AGO, None, at_most=None)

    assert "InvalidSignatureException" in str(refusal.value)
    assert "s3cr3t" not in "".join(traceback.format_exception(refusal.value))


def test_a_dropped_connection_is_busy(server: LocalSageMaker) -> None:
    """Nobody has said no."""
    server.drop(LIST)

    with pytest.raises(JobSourceBusy, match=f"{WHO}ConnectionClosedError"):
        job_list(server).changed(LONG_AGO, None, at_most=None)


def test_a_server_that_says_nothing_is_busy(server: LocalSageMaker) -> None:
    """After the client's own time-out."""
    server.hang(LIST)

    with pytest.raises(JobSourceBusy, match=f"{WHO}ReadTimeoutError"):
        job_list(server, read_timeout=0.1).changed(LONG_AGO, None, at_most=None)


@pytest.mark.parametrize("body", [{}, {"Jobs": []}, {"InferenceRecommendationsJobs": None}])
def test_an_answer_without_a_list_is_not_an_empty_list(body: Mapping[str, Any]) -> None:
    """A proxy's JSON with status 200: as an empty list it would move the watermark."""
    with (
        page(200, json.dumps(body).encode(), "application/x-amz-json-1.1") as address,
        closing(aws_client("sagemaker", address)) as client,
        pytest.raises(JobSourceBusy, match=f"{WHO}the answer is not SageMaker's"),
    ):
        SageMakerJobList(client).changed(LONG_AGO, None, at_most=None)


@pytest.mark.parametrize("status", [200, 502])
def test_the_page_of_a_proxy_is_busy(status: int) -> None:
    """HTML where JSON is due, whatever the status says."""
    with (
        page(status) as address,
        closing(aws_client("sagemaker", address)) as client,
        pytest.raises(JobSourceBusy, match=WHO),
    ):
        SageMakerJobList(client).changed(LONG_AGO, None, at_most=None)


def test_no_credentials_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.session.Session(region_name="eu-west-1").client(
        "sagemaker", endpoint_url="http://127.0.0.1:9", config=Config(proxies={})
    )

    with closing(client), pytest.raises(JobSourceRefused, match=r"NoCredentialsError.*Check cred"):
        SageMakerJobList(client).changed(LONG_AGO, None, at_most=None)
