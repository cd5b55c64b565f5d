"""What the search for jobs promises: every filter reaches SageMaker, and the list is bounded."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from botocore.stub import Stubber

from recgate.adapters.sagemaker_job_search import MOST_PAGES, SageMakerJobSearch
from recgate.cli.describe.patience import WAITS_S, Patience
from recgate.domain.job_query import FoundJobs, JobQuery, SortBy
from recgate.ports import JobSourceBusy, JobSourceRefused
from tests.servers.aws import aws_client
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, arn_of, job
from tests.servers.web_page import page

LIST = "ListInferenceRecommendationsJobs"
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/ranker/9"
T = TypeVar("T")


@pytest.fixture
def server() -> Iterator[LocalSageMaker]:
    with local_sagemaker() as played:
        yield played


def at_once(question: Callable[[], T]) -> T:
    """Asks once."""
    return question()


def find(server: LocalSageMaker, at_most: int = 50, **query: object) -> FoundJobs:
    search = SageMakerJobSearch(server.client("sagemaker"), at_once)
    return search.find(JobQuery(**query), at_most=at_most)  # type: ignore[arg-type]


def names(found: FoundJobs) -> list[str]:
    return [each.name for each in found.jobs]


def put(server: LocalSageMaker, *statuses: str) -> None:
    """A job for each status, job-0 first, created an hour apart."""
    for place, status in enumerate(statuses):
        at = CREATED + 3600 * place
        put_job = job(f"job-{place}", Status=status, CreationTime=at, LastModifiedTime=at + 60)
        server.put_job(put_job)


def test_the_newest_job_comes_first_unless_something_else_is_asked_for(
    server: LocalSageMaker,
) -> None:
    """Orders are SageMaker's own."""
    put(server, "FAILED", "COMPLETED", "FAILED")

    assert names(find(server)) == ["job-2", "job-1", "job-0"]
    assert names(find(server, is_descending=False)) == ["job-0", "job-1", "job-2"]
    assert names(find(server, sort_by=SortBy.NAME, is_descending=False))[0] == "job-0"
    assert names(find(server, sort_by=SortBy.STATUS, is_descending=False))[0] == "job-1"


def test_every_filter_reaches_sagemaker(server: LocalSageMaker) -> None:
    """Times in whole seconds, rounded outwards."""
    at = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)

    find(
        server,
        at_most=7,
        statuses=("FAILED",),
        name_contains="fraud",
        created_after=at,
        created_before=at + timedelta(days=1),
        modified_after=at,
        modified_before=at + timedelta(days=2),
        model_name="ranker",
        model_package_arn=PACKAGE,
    )

    second = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert server.calls == [
        (
            LIST,
            {
                "StatusEquals": "FAILED",
                "NameContains": "fraud",
                "CreationTimeAfter": second,
                "CreationTimeBefore": second + 86_401,
                "LastModifiedTimeAfter": second,
                "LastModifiedTimeBefore": second + 2 * 86_400 + 1,
                "ModelNameEquals": "ranker",
                "ModelPackageVersionArnEquals": PACKAGE,
                "SortBy": "CreationTime",
                "SortOrder": "Descending",
                "MaxResults": 8,
            },
        )
    ]


def test_several_statuses_are_one_list_in_one_order(server: LocalSageMaker) -> None:
    """SageMaker takes one status: it is asked twice, and the newest of both come first."""
    put(server, "FAILED", "COMPLETED", "STOPPED", "FAILED", "STOPPED")

    found = find(server, statuses=("FAILED", "STOPPED"))
    first_two = find(server, at_most=2, statuses=("FAILED", "STOPPED"))

    assert names(found) == ["job-4", "job-3", "job-2", "job-0"]
    assert not found.has_more
    assert names(first_two) == ["job-4", "job-3"]
    assert first_two.has_more


@pytest.mark.parametrize(
    ("at_most", "calls", "has_more"), [(2, 2, True), (5, 3, False), (4, 3, True)]
)
def test_pages_are_followed_as_far_as_somebody_wants(
    server: LocalSageMaker, at_most: int, calls: int, has_more: bool
) -> None:
    """A list of many pages is not read to its end for the first few jobs."""
    put(server, *["COMPLETED"] * 5)
    server.page_size = 2

    found = find(server, at_most=at_most)

    assert len(found.jobs) == min(at_most, 5)
    assert found.has_more is has_more
    assert server.count(LIST) == calls


def test_a_page_that_is_throttled_is_asked_for_again_and_nothing_is_lost(
    server: LocalSageMaker,
) -> None:
    """The pages before it are not read twice, and the person hears of the wait."""
    put(server, *["COMPLETED"] * 4)
    server.page_size = 2
    waited: list[float] = []
    told: list[str] = []

    class ThrottledLater(Patience):
        def __call__(self, question: Callable[[], T]) -> T:
            if server.count(LIST) == 1:
                server.fail(LIST, "ThrottlingException", times=2, message="Rate exceeded")
            return super().__call__(question)

    patience = ThrottledLater(wait=waited.append, tell=told.append)
    found = SageMakerJobSearch(server.client("sagemaker"), patience).find(JobQuery(), at_most=50)

    assert len(found.jobs) == 4
    assert waited == [1.0, 2.0]
    assert told[0] == (
        "SageMaker did not list inference recommendations jobs: ThrottlingException (HTTP 400). "
        "Asking again in 1 s."
    )
    assert server.count(LIST) == 4


def test_patience_ends(server: LocalSageMaker) -> None:
    """A service that stays busy is told as such, after every wait."""
    server.fail(LIST, "ThrottlingException", times=99)
    waited: list[float] = []
    told: list[str] = []
    patience = Patience(wait=waited.append, tell=told.append)

    with pytest.raises(JobSourceBusy, match="ThrottlingException"):
        SageMakerJobSearch(server.client("sagemaker"), patience).find(JobQuery(), at_most=5)

    assert tuple(waited) == WAITS_S
    assert len(told) == len(WAITS_S)


def test_nobody_waits_for_a_refusal_nor_for_a_server_that_is_not_there(
    server: LocalSageMaker,
) -> None:
    """Both are told at once: waiting mends neither."""
    server.fail(LIST, "AccessDeniedException", message="not authorized")
    waited: list[float] = []
    patience = Patience(wait=waited.append, tell=waited.append)  # type: ignore[arg-type]

    with pytest.raises(JobSourceRefused, match="sagemaker:ListInferenceRecommendationsJobs"):
        SageMakerJobSearch(server.client("sagemaker"), patience).find(JobQuery(), at_most=5)
    server.drop(LIST)
    with pytest.raises(JobSourceBusy):
        SageMakerJobSearch(server.client("sagemaker"), patience).find(JobQuery(), at_most=5)

    assert waited == []


def test_pages_in_a_circle_end() -> None:
    """The same token twice is told and not followed for ever."""
    client = aws_client("sagemaker", "http://127.0.0.1:9")
    with closing(client), Stubber(client) as stub:
        for _ in "ab":
            stub.add_response(
                "list_inference_recommendations_jobs",
                {"InferenceRecommendationsJobs": [], "NextToken": "round"},
            )

        with pytest.raises(JobSourceBusy, match="circle"):
            SageMakerJobSearch(client, at_once).find(JobQuery(), at_most=5)


def test_empty_pages_without_end_are_given_up() -> None:
    """There may be more, and that is what is said."""
    client = aws_client("sagemaker", "http://127.0.0.1:9")
    with closing(client), Stubber(client) as stub:
        for place in range(MOST_PAGES):
            stub.add_response(
                "list_inference_recommendations_jobs",
                {"InferenceRecommendationsJobs": [], "NextToken": str(place)},
            )

        found = SageMakerJobSearch(client, at_once).find(JobQuery(), at_most=5)

    assert found == FoundJobs((), has_more=True)


def test_an_answer_that_is_not_sagemakers_is_no_empty_list() -> None:
    """A proxy's JSON with status 200."""
    with (
        page(200, b"{}", "application/x-amz-json-1.1") as address,
        closing(aws_client("sagemaker", address)) as client,
        pytest.raises(JobSourceBusy, match="not SageMaker's"),
    ):
        SageMakerJobSearch(client, at_once).find(JobQuery(), at_most=5)


def test_a_job_that_is_listed_twice_comes_once(server: LocalSageMaker) -> None:
    """What was said last counts."""
    client = aws_client("sagemaker", "http://127.0.0.1:9")
    listed = {
        "JobName": "twice",
        "JobDescription": "",
        "JobType": "Default",
        "JobArn": arn_of("twice"),
        "RoleArn": "arn:aws:iam::111122223333:role/inference-recommender",
        "Status": "IN_PROGRESS",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "LastModifiedTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    with closing(client), Stubber(client) as stub:
        for more in ({"NextToken": "2"}, {}):
            answer = {"InferenceRecommendationsJobs": [dict(listed)], **more}
            stub.add_response("list_inference_recommendations_jobs", answer)
            listed["Status"] = "COMPLETED"

        found = SageMakerJobSearch(client, at_once).find(JobQuery(), at_most=5)

    assert [each.status for each in found.jobs] == ["COMPLETED"]
