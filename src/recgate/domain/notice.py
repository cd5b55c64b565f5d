"""The hint that a job may have ended, and who gave it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TriggerSource(StrEnum):
    """What made recgate look at a job."""

    SWEEP = "sweep"
    CLOUDTRAIL = "cloudtrail"
    NATIVE_EVENT = "native event"
    COMMAND_LINE = "command line"
    PROGRESS = "progress"
    """A reminder of recgate's own to look at a running job again."""


class RequestedAction(StrEnum):
    """What somebody asked SageMaker to do with a job."""

    CREATED = "created"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Request:
    """A call about a job that SageMaker took, as CloudTrail tells it; None: it does not.

    ``by`` is the caller's ARN, or the best there is for a caller without one. ``person`` is
    whom a role's session says it acts for, ``through`` the AWS service that made the call on
    somebody's behalf. ``at`` is the time of the call, ``call_id`` CloudTrail's id of it.
    """

    action: RequestedAction
    by: str | None = None
    at: datetime | None = None
    person: str | None = None
    through: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """Where a notice came from. ``request`` is what somebody asked for, from CloudTrail only.

    ``redrive_of`` is the id of the event that this one was put again for, from a desk.
    """

    source: TriggerSource
    event_id: str | None = None
    time: datetime | None = None
    request: Request | None = None
    redrive_of: str | None = None


@dataclass(frozen=True, slots=True)
class JobNotice:
    """Look at this job. Every notice is a hint; what SageMaker describes is the fact.

    ``reminder`` is the number of the reminder that this notice is, None if it is none.
    """

    job_name: str
    trigger: Trigger
    job_arn: str | None = None
    region: str | None = None
    account: str | None = None
    reminder: int | None = None
