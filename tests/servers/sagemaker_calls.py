"""SageMaker's and CloudWatch's operations on the jobs of a local SageMaker."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from tests.servers.aws_json import Refused
from tests.servers.job_store import JobStore
from tests.servers.latency_metrics import BadRequest
from tests.servers.trail import Call

_LISTED = (
    "JobName",
    "JobDescription",
    "JobType",
    "JobArn",
    "Status",
    "CreationTime",
    "CompletionTime",
    "RoleArn",
    "LastModifiedTime",
    "FailureReason",
)

Request = Mapping[str, Any]
Answer = dict[str, Any]


class SageMakerCalls:
    """The operations by their names. Who asks holds the store's lock and has let it catch up.

    ``trail`` holds the calls that change something, with their answers. ``page_size`` is the
    most that a page holds, below SageMaker's own 100.
    """

    def __init__(self, store: JobStore, *, account: str, region: str) -> None:
        self._store = store
        self._account, self._region = account, region
        self.trail: list[Call] = []
        self.page_size: int | None = None
        self._operations: Mapping[str, Callable[[Request], Answer]] = {
            "CreateInferenceRecommendationsJob": self._create,
            "StopInferenceRecommendationsJob": self._stop,
            "DescribeInferenceRecommendationsJob": self._describe,
            "ListInferenceRecommendationsJobs": self._list_jobs,
            "ListInferenceRecommendationsJobSteps": self._list_steps,
            "ListTags": self._list_tags,
            "GetMetricData": self._get_metric_data,
        }

    def __contains__(self, operation: str) -> bool:
        return operation in self._operations

    def answer(self, operation: str, request: Request, now: float) -> Answer:
        """The answer; a call that changes something goes to the trail, refused or not.

        Raises Refused.
        """
        if not operation.startswith(("Create", "Stop")):
            return self._operations[operation](request)
        call = Call(operation, request, now, self._account, self._region, str(uuid4()))
        try:
            answer = self._operations[operation](request)
        except Refused as refused:
            said = str(refused)
            self.trail.append(replace(call, error_code=refused.code, error_message=said))
            raise
        self.trail.append(replace(call, answer=answer))
        return answer

    def _create(self, request: Request) -> Answer:
        name = request["JobName"]
        kind = "inference-recommendations-job"
        arn = f"arn:aws:sagemaker:{self._region}:{self._account}:{kind}/{name}"
        if name in self._store.jobs:
            # The code is the API's for this call, the words are those of its other jobs.
            raise Refused(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({arn})",
            )
        now = self._store.catch_up()
        self._store.show(self._store.living.create(request, arn, now), now)
        return {"JobArn": arn}

    def _stop(self, request: Request) -> Answer:
        now = self._store.catch_up()
        job = self._store.jobs.get(request["JobName"])
        self._store.show(self._store.living.stop(job["JobName"], job["Status"], now), now)
        return {}

    def _describe(self, request: Request) -> Answer:
        return dict(self._store.jobs.get(request["JobName"]))

    def _list_tags(self, request: Request) -> Answer:
        arn = request["ResourceArn"]
        if arn not in self._store.tags:
            raise Refused("ValidationException", f"Could not find resource {arn}.")
        tags = [{"Key": key, "Value": value} for key, value in self._store.tags[arn].items()]
        return self._page("Tags", tags, request)

    def _list_steps(self, request: Request) -> Answer:
        name = self._store.jobs.get(request["JobName"])["JobName"]
        status = request.get("Status")
        steps = [step for step in self._store.steps[name] if status in (None, step["Status"])]
        return self._page("Steps", steps, request)

    def _list_jobs(self, request: Request) -> Answer:
        jobs, token = self._store.jobs.page(request, self._size(request))
        more = {"NextToken": token} if token else {}
        return {"InferenceRecommendationsJobs": [_in_a_list(job) for job in jobs], **more}

    def _page(self, member: str, items: list[dict[str, Any]], request: Request) -> Answer:
        first, size = int(request.get("NextToken", 0)), self._size(request)
        more = {"NextToken": str(first + size)} if first + size < len(items) else {}
        return {member: items[first : first + size], **more}

    def _size(self, request: Request) -> int:
        asked: int = request.get("MaxResults", 100)
        return min(asked, self.page_size or 100)

    def _get_metric_data(self, request: Request) -> Answer:
        try:
            return self._store.metrics.get_metric_data(request)
        except BadRequest as problem:
            raise Refused("ValidationError", str(problem)) from problem


def _in_a_list(job: Mapping[str, Any]) -> dict[str, Any]:
    config = job["InputConfig"]
    listed = {member: job[member] for member in _LISTED if job.get(member) is not None}
    for member in ("ModelName", "ModelPackageVersionArn"):
        if config.get(member):
            listed[member] = config[member]
    return {"JobDescription": "", **listed}
