"""What an event must be for recgate to act on it."""

import json
from pathlib import Path
from typing import Any

import pytest

from recgate.dialect.events import NoticeNotUnderstood, notice_from
from recgate.domain.notice import TriggerSource

EVENTS = Path(__file__).parents[2] / "events"
REFUSED = {
    "cloudtrail-create-failed.json": "failed with 'AccessDeniedException'",
    "near-miss-cloudtrail-training-job.json": "'CreateTrainingJob' is none of",
    "near-miss-other-detail-type.json": "'Inference Policy Decision'",
    "near-miss-training-job-state-change.json": "'SageMaker Training Job State Change'",
}
UNDERSTOOD = sorted(path.name for path in EVENTS.glob("*.json") if path.name not in REFUSED)


def event(name: str = "status-change-completed.json", **changes: Any) -> str:
    body = json.loads((EVENTS / name).read_text("utf-8"))
    return json.dumps(body | changes)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_every_event_that_a_rule_sends_names_its_job(name: str) -> None:
    """With the account and region that the job is in."""
    notice = notice_from(event(name))

    assert notice.job_name
    assert (notice.account, notice.region) == ("111122223333", "eu-west-1")
    assert notice.trigger.event_id
    assert notice.trigger.time


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_every_other_event_is_refused_with_its_reason(name: str, reason: str) -> None:
    """A rule that sends it is wrong, and somebody should read why."""
    with pytest.raises(NoticeNotUnderstood, match=reason):
        notice_from(event(name))


def test_a_create_call_tells_who_made_the_job() -> None:
    """From CloudTrail, for the record; the one who stops a job has not made it."""
    created = notice_from(event("cloudtrail-create.json"))
    stopped = notice_from(event("cloudtrail-stop.json"))

    assert created.trigger.created_by == ("arn:aws:sts::111122223333:assumed-role/ml-engineer/dana")
    assert stopped.trigger.created_by is None
    assert created.trigger.source is TriggerSource.CLOUDTRAIL


def test_a_native_event_is_found_by_its_resources() -> None:
    """Should AWS ship one, its shape is not known: the ARN is where all others have it."""
    notice = notice_from(event("native-state-change.json", detail={}))

    assert notice.job_name == "ranker-refresh-20250617"
    assert notice.trigger.source is TriggerSource.NATIVE_EVENT


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no detail object"),
        (event(detail=None), "no detail object"),
        (event(source="aws.sagemaker"), "No rule of recgate"),
        (event(detail={}), "names no job"),
        (event(detail={"JobName": None}), "names no job"),
        (event(detail={"JobName": 7}), "names no job"),
        (event(detail={"JobName": "a b"}), "names no job"),
        (event(detail={"JobName": "x" * 65}), "names no job"),
        (event(detail={"JobName": "a\n<!channel>"}), "names no job"),
        (event(detail={"JobName": "a", "JobArn": "arn:aws:s3:::bucket"}), "not the ARN"),
        (event(detail={"JobName": "a", "JobArn": 5}), "not the ARN"),
        (
            event(
                detail={
                    "JobName": "other",
                    "JobArn": "arn:aws:sagemaker:eu-west-1:111122223333:"
                    "inference-recommendations-job/this",
                }
            ),
            "name two jobs",
        ),
        (event(padding="x" * 262_144), "an event has at most 262144"),
    ],
)
def test_what_is_no_event_of_ours_is_refused(body: str, reason: str) -> None:
    """Never a crash, never a guess."""
    with pytest.raises(NoticeNotUnderstood, match=reason):
        notice_from(body)
