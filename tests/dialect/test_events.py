"""What an event must be for recgate to act on it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recgate.dialect.events import NoticeNotUnderstood, notice_from, progress_due
from recgate.domain.job import JobStatus
from recgate.domain.notice import Request, RequestedAction, Trigger, TriggerSource
from recgate.ports import JobState
from tests.builders import JOB_ARN

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


@pytest.mark.parametrize(
    ("name", "action", "call_id"),
    [
        ("create", RequestedAction.CREATED, "1b2c3d4e-1111-4222-8333-444455556661"),
        ("stop", RequestedAction.STOPPED, "1b2c3d4e-1111-4222-8333-444455556662"),
    ],
)
def test_a_call_tells_who_asked_for_what_and_when(
    name: str, action: RequestedAction, call_id: str
) -> None:
    """From CloudTrail: the one who stops a job has not made it."""
    trigger = notice_from(event(f"cloudtrail-{name}.json")).trigger

    assert trigger.source is TriggerSource.CLOUDTRAIL
    assert trigger.request == Request(
        action,
        by="arn:aws:sts::111122223333:assumed-role/ml-engineer/dana",
        at=datetime(2025, 6, 17, 11, 0, 1, tzinfo=UTC),
        call_id=call_id,
    )


def test_an_event_that_is_no_call_tells_of_no_request() -> None:
    """Whatever it has in it."""
    trigger = notice_from(event(detail={"JobName": "a", "userIdentity": {"arn": "x"}})).trigger

    assert trigger.request is None


@pytest.mark.parametrize(
    ("member", "kept"),
    [("4a6f", "4a6f"), ("x" * 300, "x" * 200), ("", None), (7, None), (["a"], None), (None, None)],
)
def test_an_event_that_a_desk_put_again_says_of_which_it_is(member: Any, kept: str | None) -> None:
    """For the record; anything but a text is nobody's id."""
    assert notice_from(event(**{"redrive-of": member})).trigger.redrive_of == kept


def test_what_no_database_can_hold_is_in_no_id() -> None:
    """Half a surrogate pair is JSON, and no UTF-8."""
    trigger = notice_from(event(id="a\ud800", **{"redrive-of": "\udfff"})).trigger

    assert (trigger.event_id, trigger.redrive_of) == ("a\ufffd", "\ufffd")


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


def test_a_reminder_is_understood_as_it_is_made() -> None:
    """What recgate sends itself names the job, and who reminded."""
    state = JobState(
        "fraud-ranker-v14", JOB_ARN, JobStatus.IN_PROGRESS, datetime(2026, 11, 22, tzinfo=UTC), {}
    )
    made = progress_due(state, number=7, event_id="one", now=datetime(2026, 11, 22, 6, tzinfo=UTC))

    notice = notice_from(made)

    assert (notice.job_name, notice.job_arn) == ("fraud-ranker-v14", JOB_ARN)
    assert notice.reminder == 7
    assert (notice.region, notice.account) == ("eu-west-1", "111122223333")
    assert notice.trigger == Trigger(
        TriggerSource.PROGRESS, "one", datetime(2026, 11, 22, 6, tzinfo=UTC)
    )
    assert set(json.loads(made)) == set(json.loads(event("queue/progress-due.json")))
