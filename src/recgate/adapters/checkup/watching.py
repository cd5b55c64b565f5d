"""Trails and alarms."""

from collections.abc import Sequence
from typing import Any

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Alarm, CannotLook, NotThere, Trail

_SAGEMAKER = "sagemaker.amazonaws.com"


def trails(cloudtrail: Client) -> list[Trail]:
    """The trails that log in the client's region, those of the organisation too.

    Raises CannotLook when they cannot be listed; what is not told about one of them is None.
    """
    with asked("list the trails", "cloudtrail:DescribeTrails", "*"):
        listed = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    return [_trail(cloudtrail, each) for each in listed]


def _trail(cloudtrail: Client, listed: dict[str, Any]) -> Trail:
    arn = str(listed["TrailARN"])
    is_logging: bool | None = None
    writes: bool | None = None
    try:
        with asked("see whether the trail logs", "cloudtrail:GetTrailStatus", arn):
            is_logging = bool(cloudtrail.get_trail_status(Name=arn).get("IsLogging"))
        with asked("read the trail's selectors", "cloudtrail:GetEventSelectors", arn):
            writes = _logs_writes(cloudtrail.get_event_selectors(TrailName=arn))
    except (CannotLook, NotThere):
        pass  # None says it: nobody could look
    return Trail(
        str(listed.get("Name", "")),
        arn,
        str(listed.get("HomeRegion", "")),
        bool(listed.get("IsMultiRegionTrail")),
        is_logging,
        writes,
    )


def _logs_writes(selectors: dict[str, Any]) -> bool:
    """Whether management events that write are logged; none at all is CloudTrail's default: all.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    """
    basic: Sequence[Any] = selectors.get("EventSelectors") or ()
    advanced: Sequence[Any] = selectors.get("AdvancedEventSelectors") or ()
    if not basic and not advanced:
        return True
    return any(
        each.get("IncludeManagementEvents", True)
        and each.get("ReadWriteType", "All") in ("All", "WriteOnly")
        and _SAGEMAKER not in each.get("ExcludeManagementEventSources", ())
        for each in basic
    ) or any(_takes_writes(each.get("FieldSelectors", ())) for each in advanced)


def _takes_writes(fields: Sequence[dict[str, Any]]) -> bool:
    """Whether an advanced selector takes SageMaker's management events that write."""
    of = {str(each.get("Field")): each for each in fields}
    if of.get("eventCategory", {}).get("Equals") != ["Management"]:
        return False
    if of.get("readOnly", {}).get("Equals") == ["true"]:
        return False
    return _SAGEMAKER not in of.get("eventSource", {}).get("NotEquals", ())


def alarms(cloudwatch: Client, names: Sequence[str]) -> list[Alarm]:
    """Those of these alarms that are there (100 at most). Raises CannotLook."""
    meta = cloudwatch.meta
    resource = f"arn:{meta.partition}:cloudwatch:{meta.region_name}:*:alarm:*"
    with asked("describe the alarms", "cloudwatch:DescribeAlarms", resource):
        found = cloudwatch.describe_alarms(AlarmNames=list(names), MaxRecords=100)
    return [
        Alarm(
            str(each["AlarmName"]),
            str(each.get("StateValue", "")),
            str(each.get("AlarmDescription", "")),
            bool(each.get("ActionsEnabled", True)),
            tuple(map(str, each.get("AlarmActions", ()))),
        )
        for each in found["MetricAlarms"]
    ]
