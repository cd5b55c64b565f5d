"""Changed jobs as SageMaker lists them, in the account and region of the client."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recgate.aws_asking import asked
from recgate.dialect.aws_refusals import Question, unanswered
from recgate.dialect.listed_jobs import listed_job
from recgate.domain.status_change import ListedJob
from recgate.ports import JobSourceBusy

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

PAGE_SIZE = 100
"""The most that ListInferenceRecommendationsJobs gives at once."""

_QUESTION = Question(
    "SageMaker",
    "list inference recommendations jobs",
    "sagemaker:ListInferenceRecommendationsJobs",
    "*",
)


class SageMakerJobList:
    """Implements `recgate.watch_ports.JobList`; retries inside one call are the client's own."""

    def __init__(self, client: "SageMakerClient") -> None:
        self._client = client

    def changed(
        self, after: datetime, before: datetime | None, *, at_most: int | None
    ) -> Sequence[ListedJob] | None:
        """The jobs modified in between, oldest creation first. See `recgate.watch_ports.JobList`.

        The bounds are sent in whole seconds, which is what every version of botocore sends
        alike (some cut fractions off, some do not), and rounded outwards: a job too many is
        compared and found known, a job too few would be lost.

        Pages are in the order of creation, oldest first, because it is the one order that a
        change does not alter (there is none by modification): a job created meanwhile comes
        last, and one that is modified meanwhile joins at its own place, so whoever moves over a
        page boundary moves to a page that is still to be read. A job may be listed twice then;
        what was said last counts. Only with ``before`` can a job leave the list meanwhile, and
        would pull the next page forward if SageMaker's tokens were positions, which is not
        documented either way.
        """
        request: dict[str, Any] = {
            "SortBy": "CreationTime",
            "SortOrder": "Ascending",
            "MaxResults": PAGE_SIZE,
            "LastModifiedTimeAfter": _whole_second(after),
        }
        if before is not None:
            request["LastModifiedTimeBefore"] = _whole_second(before, up=True)
        jobs: dict[str, ListedJob] = {}
        for page in self._pages(request):
            jobs |= {job.arn: job for job in map(listed_job, page)}
            if at_most is not None and len(jobs) > at_most:
                return None
        return tuple(jobs.values())

    def _pages(self, request: dict[str, Any]) -> Iterator[Sequence[Any]]:
        tokens: set[str] = set()
        while True:
            with asked(_QUESTION):
                answer = self._client.list_inference_recommendations_jobs(**request)
            if "InferenceRecommendationsJobs" not in answer:
                # botocore takes any JSON with status 200, a proxy's too.
                raise JobSourceBusy(unanswered(_QUESTION, "the answer is not SageMaker's"))
            yield answer["InferenceRecommendationsJobs"]
            token = answer.get("NextToken")
            if not token:
                return
            if token in tokens:
                raise JobSourceBusy(unanswered(_QUESTION, "its pages go round in a circle"))
            tokens.add(token)
            request = request | {"NextToken": token}


def _whole_second(moment: datetime, *, up: bool = False) -> datetime:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole + timedelta(seconds=1) if up and whole != moment else whole
