"""Lists of the local SageMaker: their order, their pages, and what they cost."""

from typing import Any

import pytest

from tests.playground.moving_clock import MovingClock
from tests.servers.job_index import JobIndex
from tests.servers.sagemaker import LocalSageMaker
from tests.servers.sample_jobs import job


def test_the_pages_of_a_list_miss_nothing_while_jobs_change(
    server: LocalSageMaker, clock: MovingClock
) -> None:
    """A job that leaves the list between two pages makes no other job fall out."""
    server.page_size = 2
    for place in range(5):
        server.put_job(job(f"job-{place}", CreationTime=1000.0 + place, LastModifiedTime=2000.0))
    client = server.client("sagemaker")
    bounds = {"LastModifiedTimeBefore": 3000}

    first: Any = client.list_inference_recommendations_jobs(**bounds)  # type: ignore[arg-type]
    server.put_job(job("job-0", CreationTime=1000.0, LastModifiedTime=4000.0))
    rest = [first["InferenceRecommendationsJobs"]]
    while token := first.get("NextToken"):
        first = client.list_inference_recommendations_jobs(NextToken=token, **bounds)  # type: ignore[arg-type]
        rest.append(first["InferenceRecommendationsJobs"])

    assert [entry["JobName"] for page in rest for entry in page] == [
        f"job-{place}" for place in range(5)
    ]


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("sort_by", ["Name", "CreationTime", "Status"])
def test_a_list_comes_in_the_order_that_was_asked_for(
    server: LocalSageMaker, order: Any, sort_by: Any
) -> None:
    """Over all pages, jobs that are equal in it included."""
    words = ("COMPLETED", "FAILED", "COMPLETED", "STOPPED", "COMPLETED", "FAILED", "COMPLETED")
    for place, word in enumerate(words):
        made = job(f"job-{place}", Status=word, CreationTime=1000.0 + place * 7 % 5)
        server.put_job(made)
    pages = server.client("sagemaker").get_paginator("list_inference_recommendations_jobs")

    found: list[Any] = [
        entry
        for page in pages.paginate(
            SortBy=sort_by, SortOrder=order, PaginationConfig={"PageSize": 2}
        )
        for entry in page["InferenceRecommendationsJobs"]
    ]

    member: Any = {"Name": "JobName"}.get(sort_by, sort_by)
    values = [entry[member] for entry in found]
    assert values == sorted(values, reverse=order == "Descending")
    assert len({entry["JobName"] for entry in found}) == len(words)


def test_a_list_is_never_older_than_the_last_change(server: LocalSageMaker) -> None:
    """The same question gets another answer when a job has changed."""
    client = server.client("sagemaker")
    server.put_job(job("one", Status="IN_PROGRESS"))

    def statuses() -> list[str]:
        answer = client.list_inference_recommendations_jobs()
        return [entry["Status"] for entry in answer["InferenceRecommendationsJobs"]]

    before = statuses()
    server.put_job(job("one"))
    server.put_job(job("two", Status="STOPPED"))
    after = statuses()

    assert before == ["IN_PROGRESS"]
    assert sorted(after) == ["COMPLETED", "STOPPED"]


def test_what_a_list_looks_at_does_not_grow_with_the_jobs_that_did_not_change(
    server: LocalSageMaker,
) -> None:
    """Counted, not timed: the members of a job that are read for an answer."""
    looked_at = 0

    class Watched(dict[str, Any]):
        def __getitem__(self, member: str) -> Any:
            nonlocal looked_at
            looked_at += member == "CreationTime"
            return super().__getitem__(member)

    index = JobIndex()
    for place in range(5000):
        index.put(Watched(job(f"job-{place}", LastModifiedTime=1000.0 + place)))

    found, token = index.page({"LastModifiedTimeAfter": 5996.0}, 100)

    assert [entry["JobName"] for entry in found] == ["job-4997", "job-4998", "job-4999"]
    assert token is None
    assert looked_at <= 20
