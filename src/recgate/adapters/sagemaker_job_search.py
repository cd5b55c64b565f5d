"""Jobs as somebody looks for them, in the account and region of the client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from recgate.aws_asking import asked
from recgate.dialect.aws_refusals import Question, unanswered
from recgate.dialect.listed_jobs import listed_job
from recgate.domain.job_query import FoundJobs, JobQuery, SortBy
from recgate.domain.status_change import ListedJob
from recgate.ports import JobSourceBusy

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

PAGE_SIZE = 100
"""The most that ListInferenceRecommendationsJobs gives at once."""

MOST_PAGES = 100
"""A list whose pages are empty, or nearly, is not followed for ever."""

T = TypeVar("T")

_QUESTION = Question(
    "SageMaker",
    "list inference recommendations jobs",
    "sagemaker:ListInferenceRecommendationsJobs",
    "*",
)

_SORT_BY = {SortBy.CREATED: "CreationTime", SortBy.NAME: "Name", SortBy.STATUS: "Status"}


class Asker(Protocol):
    """Asks a question, again if it must; see `recgate.cli.describe.patience`."""

    def __call__(self, question: Callable[[], T]) -> T:
        """The answer. Raises what the question raises when it gives up."""
        ...


class SageMakerJobSearch:
    """ListInferenceRecommendationsJobs with all of its filters. Each page is asked for by ``ask``,
    so that what was listed is not lost when one of them is throttled.
    """

    def __init__(self, client: "SageMakerClient", ask: Asker) -> None:
        self._client = client
        self._ask = ask

    def find(self, query: JobQuery, *, at_most: int) -> FoundJobs:
        """The first so many jobs of the query. Raises JobSourceBusy, JobSourceRefused.

        SageMaker filters by one status: several are several lists, merged in the same order.
        The bounds of times are sent in whole seconds and rounded outwards, which every version
        of botocore sends alike.
        """
        jobs: dict[str, ListedJob] = {}
        has_more = False
        for status in dict.fromkeys(query.statuses) or (None,):
            request = _request(query, status)
            found, goes_on = self._first(request, at_most)
            jobs |= found
            has_more = has_more or goes_on
        ordered = list(jobs.values())
        if len(query.statuses) > 1:
            ordered.sort(key=_key(query.sort_by), reverse=query.is_descending)
        return FoundJobs(tuple(ordered[:at_most]), has_more or len(ordered) > at_most)

    def _first(self, request: dict[str, Any], at_most: int) -> tuple[dict[str, ListedJob], bool]:
        """The first jobs of a list by their ARNs, and whether it goes on.

        A job may move over the boundary of two pages meanwhile: what was said last counts.
        """
        jobs: dict[str, ListedJob] = {}
        tokens: set[str] = set()
        for _ in range(MOST_PAGES):
            request["MaxResults"] = min(PAGE_SIZE, at_most + 1 - len(jobs))
            answer = self._ask(lambda: self._page(request))
            listed = map(listed_job, answer["InferenceRecommendationsJobs"])
            jobs |= {job.arn: job for job in listed}
            token = answer.get("NextToken")
            if not token or len(jobs) > at_most:
                return jobs, bool(token)
            if token in tokens:
                raise JobSourceBusy(unanswered(_QUESTION, "its pages go round in a circle"))
            tokens.add(token)
            request["NextToken"] = token
        return jobs, True

    def _page(self, request: dict[str, Any]) -> Any:  # noqa: ANN401  a TypedDict of the stubs
        with asked(_QUESTION):
            answer = self._client.list_inference_recommendations_jobs(**request)
        if "InferenceRecommendationsJobs" not in answer:
            # botocore takes any JSON with status 200, a proxy's too.
            raise JobSourceBusy(unanswered(_QUESTION, "the answer is not SageMaker's"))
        return answer


def _request(query: JobQuery, status: str | None) -> dict[str, Any]:
    asked_for = {
        "StatusEquals": status,
        "NameContains": query.name_contains,
        "CreationTimeAfter": _second(query.created_after),
        "CreationTimeBefore": _second(query.created_before, up=True),
        "LastModifiedTimeAfter": _second(query.modified_after),
        "LastModifiedTimeBefore": _second(query.modified_before, up=True),
        "ModelNameEquals": query.model_name,
        "ModelPackageVersionArnEquals": query.model_package_arn,
        "SortBy": _SORT_BY[query.sort_by],
        "SortOrder": "Descending" if query.is_descending else "Ascending",
    }
    return {name: value for name, value in asked_for.items() if value is not None}


def _second(moment: datetime | None, *, up: bool = False) -> datetime | None:
    if moment is None:
        return None
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole + timedelta(seconds=1) if up and whole != moment else whole


def _key(sort_by: SortBy) -> Callable[[ListedJob], tuple[str, ...]]:
    def key(job: ListedJob) -> tuple[str, ...]:
        created = job.created_at.isoformat()
        first = {SortBy.CREATED: created, SortBy.NAME: job.name, SortBy.STATUS: job.status}
        return first[sort_by], created, job.name

    return key
