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


@dataclass(frozen=True, slots=True)
class Trigger:
    """Where a notice came from. ``created_by`` is the caller's ARN, from CloudTrail only."""

    source: TriggerSource
    event_id: str | None = None
    time: datetime | None = None
    created_by: str | None = None


@dataclass(frozen=True, slots=True)
class JobNotice:
    """Look at this job. Every notice is a hint; what SageMaker describes is the fact."""

    job_name: str
    trigger: Trigger
    job_arn: str | None = None
    region: str | None = None
    account: str | None = None
