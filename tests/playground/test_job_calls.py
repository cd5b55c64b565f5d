"""What the local SageMaker refuses, and what CloudTrail makes of its calls."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from recgate.dialect.events import NoticeNotUnderstood, notice_from
from tests.playground.job_requests import ACCOUNT, REGION, create, request_for
from tests.playground.moving_clock import MovingClock
from tests.servers.aws_json import Refused
from tests.servers.sagemaker import LocalSageMaker
from tests.servers.trail import envelope

EVENTS = Path(__file__).parents[2] / "events"


def _members(value: Any, path: str = "") -> set[str]:
    """The ways to all members of a JSON value; what is null has none below it."""
    if isinstance(value, list):
        return {member for item in value for member in _members(item, path)}
    if not isinstance(value, dict):
        return set()
    found = {f"{path}.{name}".lstrip(".") for name in value}
    return found.union(*(_members(inner, f"{path}.{name}") for name, inner in value.items()))


def code_of(refusal: pytest.ExceptionInfo[ClientError]) -> str:
    return refusal.value.response["Error"]["Code"]


def test_a_job_that_has_ended_cannot_be_stopped(server: LocalSageMaker, clock: MovingClock) -> None:
    """As for SageMaker's other jobs."""
    create(server)
    clock.move(200)

    with pytest.raises(ClientError, match="in status COMPLETED") as refusal:
        server.client("sagemaker").stop_inference_recommendations_job(JobName="nightly")

    assert code_of(refusal) == "ValidationException"


def test_a_name_that_exists_is_in_use(server: LocalSageMaker, clock: MovingClock) -> None:
    """However long ago its job ended."""
    create(server)
    clock.move(10_000)

    with pytest.raises(ClientError, match="already exists") as refusal:
        create(server)

    assert code_of(refusal) == "ResourceInUse"


def test_a_job_that_is_not_there_cannot_be_stopped(server: LocalSageMaker) -> None:
    """With the code that the API documents."""
    with pytest.raises(ClientError) as refusal:
        server.client("sagemaker").stop_inference_recommendations_job(JobName="nobody")

    assert code_of(refusal) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"JobName": "-dash"}, "regular expression pattern"),
        ({"JobType": "Quick"}, "enum value set"),
        ({"JobDescription": "x" * 129}, "length at most 128"),
        ({"RoleArn": "arn:aws:iam::12:role/short-account"}, "roleArn"),
        ({"InputConfig": {}}, "is required"),
        ({"Tags": [{"Key": "k", "Value": "v"}] * 51}, "length at most 50"),
        ({"Tags": [{"Key": "playground", "Value": "no-such-sample"}]}, "No sample is called"),
        ({"Tags": [{"Key": "playground-runs-s", "Value": "soon"}]}, "no number of seconds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_that_the_model_forbids_is_refused(
    server: LocalSageMaker, changes: dict[str, Any], said: str
) -> None:
    """Patterns, words and bounds as botocore ships them, though botocore does not check them."""
    with pytest.raises(ClientError, match=said) as refusal:
        create(server, **changes)

    assert code_of(refusal) == "ValidationException"
    assert server.newest(10) == []


def test_a_request_with_a_member_missing_is_refused(server: LocalSageMaker) -> None:
    """By the server too, for clients that check nothing."""
    client = server.client("sagemaker", parameter_validation=False)

    with pytest.raises(ClientError, match="JobType") as refusal:
        client.create_inference_recommendations_job(JobName="x")  # type: ignore[call-arg]

    assert code_of(refusal) == "ValidationException"


def test_a_create_call_becomes_the_event_that_cloudtrail_would_send(
    server: LocalSageMaker,
) -> None:
    """The same members as the event on file, and it says who created the job."""
    arn = create(server)
    caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/data-science/kim"

    event = envelope(server.trail[-1], caller=caller)
    notice = notice_from(json.dumps(event))

    on_file = json.loads((EVENTS / "cloudtrail-create.json").read_text("utf-8"))
    assert _members(event) - _members(on_file) <= {
        "detail.requestParameters.tags",
        "detail.requestParameters.tags.key",
        "detail.requestParameters.tags.value",
    }
    assert _members(on_file) <= _members(event)
    assert (notice.job_name, notice.job_arn) == ("nightly", arn)
    assert (notice.account, notice.region) == (ACCOUNT, REGION)
    assert event["detail"]["userIdentity"]["arn"] == caller


def test_a_stop_call_becomes_an_event_too(server: LocalSageMaker) -> None:
    """Without an answer, as Stop has none."""
    create(server)
    server.client("sagemaker").stop_inference_recommendations_job(JobName="nightly")

    event = envelope(server.trail[-1])

    on_file = json.loads((EVENTS / "cloudtrail-stop.json").read_text("utf-8"))
    assert _members(event) == _members(on_file)
    assert notice_from(json.dumps(event)).job_name == "nightly"


def test_a_refused_call_says_so_in_its_event(server: LocalSageMaker) -> None:
    """There is no job to look at."""
    create(server)
    with pytest.raises(ClientError):
        create(server)

    event = envelope(server.trail[-1])

    assert event["detail"]["errorCode"] == "ResourceInUse"
    assert event["detail"]["responseElements"] is None
    with pytest.raises(NoticeNotUnderstood):
        notice_from(json.dumps(event))


def test_several_may_ask_at_once(server: LocalSageMaker, clock: MovingClock) -> None:
    """Creations, lists and the passing of time at once: each job is made once, none is lost."""
    names = [f"job-{place}" for place in range(20)]

    def one(name: str) -> str:
        try:
            server.answer("CreateInferenceRecommendationsJob", request_for(name))
        except Refused as refused:
            return refused.code
        clock.move(1)
        server.answer("ListInferenceRecommendationsJobs", {})
        return "created"

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(one, [name for name in names for _ in range(4)]))
    finally:
        sys.setswitchinterval(before)

    assert sorted(outcomes) == ["ResourceInUse"] * 60 + ["created"] * 20
    assert {now.job["JobName"] for now in server.newest(100)} == set(names)
