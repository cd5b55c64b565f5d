"""From an event as EventBridge hands it over to a notice, or to the reason why it is none."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from recgate.dialect.cloudtrail import CALLS, request_of
from recgate.dialect.document import canonical_value, parse_time
from recgate.dialect.job_names import JOB_ARN, JOB_NAME
from recgate.domain.canonical import Json
from recgate.domain.notice import JobNotice, Request, Trigger, TriggerSource
from recgate.ports import JobState, RecgateError

STATUS_CHANGE = "Inference Recommendations Job Status Change"
"""The detail-type of the event that recgate makes itself (``source: recgate``)."""

PROGRESS_DUE = "Inference Recommendations Job Progress Due"
"""The detail-type of recgate's reminder to itself to look at a running job again."""

NATIVE_PREFIX = "SageMaker Inference Recommend"
"""What the detail-type of a native event would begin with, should AWS ship one."""

CLOUDTRAIL = "AWS API Call via CloudTrail"

REDRIVE_OF = "redrive-of"
"""The member that a desk adds to an event of the dead-letter queue that it puts again under a new
id: the id that it had.
"""

LARGEST_EVENT_BYTES = 256 * 1024
"""EventBridge's own limit for an entry: anything larger did not come from there."""


class NoticeNotUnderstood(RecgateError):
    """The message is not one that recgate acts on; trying it again would not help."""


def notice_from(body: str) -> JobNotice:
    """The notice in an event. Raises NoticeNotUnderstood, saying what was expected."""
    event = _event(body)
    source, kind = event.get("source"), event.get("detail-type")
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise NoticeNotUnderstood("The event has no detail object.")
    if source == "recgate" and kind == STATUS_CHANGE:
        return _notice(event, _named(detail), detail.get("JobArn"), TriggerSource.SWEEP)
    if source == "recgate" and kind == PROGRESS_DUE:
        made = _notice(event, _named(detail), detail.get("JobArn"), TriggerSource.PROGRESS)
        number = detail.get("Number")
        return replace(made, reminder=number if isinstance(number, int) else None)
    if source == "aws.sagemaker" and isinstance(kind, str) and kind.startswith(NATIVE_PREFIX):
        return _native(event, detail)
    if source == "aws.sagemaker" and kind == CLOUDTRAIL:
        return _cloudtrail(event, detail)
    raise NoticeNotUnderstood(
        f"No rule of recgate sends events from {_brief(source)} of type {_brief(kind)}; expected "
        f"recgate / {STATUS_CHANGE}, aws.sagemaker / {NATIVE_PREFIX}… or aws.sagemaker / "
        f"{CLOUDTRAIL}."
    )


def progress_due(state: JobState, *, number: int, event_id: str, now: datetime) -> str:
    """The reminder to look at a running job again, which `notice_from` understands."""
    detail = {
        "JobName": state.job_name,
        "JobArn": state.job_arn,
        "Status": state.status,
        "Number": number,
    }
    return json.dumps(
        {
            "id": event_id,
            "source": "recgate",
            "detail-type": PROGRESS_DUE,
            "time": now.isoformat(),
            "detail": detail,
        }
    )


def _event(body: str) -> Mapping[str, Json]:
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > LARGEST_EVENT_BYTES:
        raise NoticeNotUnderstood(f"The message has {size} bytes; an event has at most 262144.")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise NoticeNotUnderstood(f"The message is not JSON: {broken}") from broken
    if not isinstance(event, Mapping):
        raise NoticeNotUnderstood("The message is not a JSON object.")
    return event


def _native(event: Mapping[str, Json], detail: Mapping[str, Json]) -> JobNotice:
    """A native event has no published shape: look for the job where SageMaker's others have it."""
    resources = event.get("resources")
    arns = [detail.get("JobArn"), detail.get("InferenceRecommendationsJobArn")]
    arns += list(resources) if isinstance(resources, list) else []
    arn = next((each for each in arns if isinstance(each, str) and JOB_ARN.fullmatch(each)), None)
    return _notice(event, _named(detail), arn, TriggerSource.NATIVE_EVENT)


def _named(detail: Mapping[str, Json]) -> Json:
    return detail.get("JobName") or detail.get("InferenceRecommendationsJobName")


def _cloudtrail(event: Mapping[str, Json], detail: Mapping[str, Json]) -> JobNotice:
    call, request = detail.get("eventName"), request_of(detail)
    if request is None:
        raise NoticeNotUnderstood(f"CloudTrail call {_brief(call)} is none of {', '.join(CALLS)}.")
    if detail.get("errorCode"):
        raise NoticeNotUnderstood(
            f"{call} failed with {_brief(detail.get('errorCode'))}: there is no job to look at."
        )
    asked, answered = detail.get("requestParameters"), detail.get("responseElements")
    arn = answered.get("jobArn") if isinstance(answered, Mapping) else None
    return _notice(
        event,
        asked.get("jobName") if isinstance(asked, Mapping) else None,
        arn,
        TriggerSource.CLOUDTRAIL,
        request=request,
    )


def _notice(
    event: Mapping[str, Json],
    name: Json,
    arn: Json,
    source: TriggerSource,
    *,
    request: Request | None = None,
) -> JobNotice:
    parsed = JOB_ARN.fullmatch(arn) if isinstance(arn, str) else None
    if arn is not None and not parsed:
        raise NoticeNotUnderstood(
            f"{_brief(arn)} is not the ARN of an inference recommendations job."
        )
    if name is None and parsed:
        name = parsed[3]
    if not isinstance(name, str) or not JOB_NAME.fullmatch(name):
        raise NoticeNotUnderstood(f"The event names no job: JobName is {_brief(name)}.")
    if parsed and parsed[3].lower() != name.lower():
        raise NoticeNotUnderstood(f"The event's JobName {name} and JobArn {arn} name two jobs.")
    region, account = event.get("region"), event.get("account")
    return JobNotice(
        job_name=name,
        trigger=Trigger(
            source,
            event_id=_text(event.get("id")),
            time=parse_time(event.get("time")),
            request=request,
            redrive_of=_text(event.get(REDRIVE_OF)),
        ),
        job_arn=arn if isinstance(arn, str) else None,
        region=parsed[1] if parsed else _text(region),
        account=parsed[2] if parsed else _text(account),
    )


def _text(value: Json) -> str | None:
    text = canonical_value(value[:200]) if isinstance(value, str) else None
    return text if isinstance(text, str) and text else None


def _brief(value: Json) -> str:
    return "nothing" if value is None else repr(str(value)[:80])
