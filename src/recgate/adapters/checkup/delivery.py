"""Event rules, schedules, queues, and what CloudWatch counted of the sweeps."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from recgate.adapters.checkup.asking import Client, asked
from recgate.flows.checkup.facts import Queue, Rule, Schedule, Sweeps, Target

SWEEPS_OF_MINUTES = 15
"""How far back sweeps are looked for: they come every minute, and metrics come late."""

_REWRITES = ("Input", "InputPath", "InputTransformer")
"""What of a target makes another event of the one that came."""


def rule(events: Client, name: str) -> Rule:
    """The rule of that name, or of ``BUS|NAME``, as CloudFormation has it for a bus of one's own.

    Raises NotThere, CannotLook.
    """
    bus, _, own = name.rpartition("|")
    where = {"Name": own, **({"EventBusName": bus} if bus else {})}
    there = f"rule/{bus}/{own}" if bus else f"rule/{own}"
    resource = f"arn:{events.meta.partition}:events:{events.meta.region_name}:*:{there}"
    with asked(f"describe the rule {own}", "events:DescribeRule", resource):
        found = events.describe_rule(**where)
    listed = {"Rule": own, **({"EventBusName": bus} if bus else {})}
    with asked(f"list the targets of the rule {own}", "events:ListTargetsByRule", resource):
        targets = events.list_targets_by_rule(**listed)["Targets"]
    return Rule(
        own,
        bus,
        str(found.get("State", "")),
        _json(found.get("EventPattern")),
        tuple(
            Target(
                str(each["Arn"]),
                str(each.get("DeadLetterConfig", {}).get("Arn", "")),
                is_rewritten=any(name in each for name in _REWRITES),
            )
            for each in targets
        ),
    )


def schedule(scheduler: Client, name: str) -> Schedule:
    """The schedule of that name in the default group. Raises NotThere, CannotLook."""
    meta = scheduler.meta
    resource = f"arn:{meta.partition}:scheduler:{meta.region_name}:*:schedule/default/{name}"
    with asked(f"describe the schedule {name}", "scheduler:GetSchedule", resource):
        found = scheduler.get_schedule(Name=name)
    return Schedule(
        name,
        str(found.get("State", "")),
        str(found.get("ScheduleExpression", "")),
        found.get("Target", {}),
        str(found.get("ScheduleExpressionTimezone", "")),
    )


def queue(sqs: Client, url: str) -> tuple[Queue, str]:
    """The queue at that address, and its ARN. Raises NotThere, CannotLook."""
    name = url.rsplit("/", 1)[-1]
    resource = f"arn:{sqs.meta.partition}:sqs:{sqs.meta.region_name}:*:{name}"
    with asked(f"look at the queue {name}", "sqs:GetQueueAttributes", resource):
        found = sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "QueueArn",
                "ApproximateNumberOfMessages",
                "RedrivePolicy",
                "VisibilityTimeout",
                "Policy",
            ],
        )["Attributes"]
        waiting, arn = int(found["ApproximateNumberOfMessages"]), str(found["QueueArn"])
        visibility_s = int(found["VisibilityTimeout"])
    redrive = _json(found.get("RedrivePolicy")) or {}
    letters = str(redrive.get("deadLetterTargetArn", ""))
    return Queue(name, waiting, letters, url, visibility_s, _json(found.get("Policy"))), arn


def sweeps(cloudwatch: Client, function_name: str, now: datetime) -> Sweeps:
    """What was counted of the watcher lately. Raises CannotLook."""
    on_function = [{"Name": "FunctionName", "Value": function_name}]
    queries = [
        _query("runs", "AWS/Lambda", "Invocations", "Sum", on_function),
        _query("errors", "AWS/Lambda", "Errors", "Sum", on_function),
        # The namespace and the dimension of template.yaml's POWERTOOLS_… variables.
        _query(
            "age", "recgate", "WatermarkAge", "Maximum", [{"Name": "service", "Value": "recgate"}]
        ),
    ]
    with asked("tell what was counted of the sweeps", "cloudwatch:GetMetricData", "*"):
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=queries,
            StartTime=now - timedelta(minutes=SWEEPS_OF_MINUTES),
            EndTime=now,
            ScanBy="TimestampDescending",
        )
    found = {each["Id"]: each for each in answer["MetricDataResults"]}
    ages = found.get("age", {})
    values: Sequence[float] = ages.get("Values", ())
    told_at = ages["Timestamps"][0] if values else None
    return Sweeps(
        SWEEPS_OF_MINUTES,
        int(sum(found.get("runs", {}).get("Values", ()))),
        int(sum(found.get("errors", {}).get("Values", ()))),
        # It has grown older since it was told.
        values[0] + (now - told_at).total_seconds() if told_at else None,
        told_at,
    )


def _query(
    id_: str, namespace: str, metric: str, statistic: str, dimensions: list[dict[str, str]]
) -> dict[str, Any]:
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": id_, "MetricStat": {"Metric": named, "Period": 60, "Stat": statistic}}


def _json(text: object) -> Any:  # noqa: ANN401  whatever stands there
    try:
        return json.loads(str(text)) if text else None
    except ValueError:
        return None
