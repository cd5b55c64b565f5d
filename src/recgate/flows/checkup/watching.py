"""What tells recgate who started a job, and what tells people that recgate fails."""

import re
from collections.abc import Sequence
from shlex import quote

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Alarm, Trail

_PAGE = re.compile(r"docs/operations\.md#[a-z-]+")
_MOST_NAMED = 3

_LOST = "recgate does not know who started a job"


def trail_result(trails: Sequence[Trail], region: str, desk: Desk) -> Result:
    """Whether CloudTrail records, in this region, who calls SageMaker.

    EventBridge gets "AWS API Call via CloudTrail" only where a trail logs management events:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.TRAIL, health, finding, remedy)

    here = [trail for trail in trails if trail.is_multi_region or trail.region == region]
    good = [trail for trail in here if trail.is_logging and trail.logs_writes]
    if good:
        return result(Health.OK, f"{good[0].name} logs management events in {region}")
    unknown = [
        trail for trail in here if trail.is_logging is not False and trail.logs_writes is not False
    ]
    if unknown:
        return result(
            Health.NOT_KNOWN,
            f"there is the trail {unknown[0].name}, and nobody could say whether it logs",
            "allow cloudtrail:GetTrailStatus and cloudtrail:GetEventSelectors on "
            f"{unknown[0].arn}, or ask who owns it",
        )
    stopped = [trail for trail in here if not trail.is_logging]
    if stopped:
        start = desk.aws(f"cloudtrail start-logging --name {quote(stopped[0].arn)}")
        return result(Health.WARNING, f"the trail {stopped[0].name} is stopped: {_LOST}", start)
    if here:
        name = quote(here[0].arn)
        look = desk.aws(f"cloudtrail get-event-selectors --trail-name {name}")
        put = desk.aws(
            f"cloudtrail put-event-selectors --trail-name {name} --event-selectors "
            """'[{"ReadWriteType": "All", "IncludeManagementEvents": true}]'"""
        )
        words = f"the trail {here[0].name} does not log management events: {_LOST}"
        remedy = f"this replaces every selector of the trail, so look at them first ({look}): {put}"
        return result(Health.WARNING, words, remedy)
    return result(
        Health.WARNING,
        f"no trail logs in {region}: {_LOST}",
        desk.aws(
            "cloudtrail create-trail --name management-events --is-multi-region-trail "
            "--s3-bucket-name YOUR_BUCKET"
        )
        + ", then start-logging",
    )


def alarm_results(alarms: Sequence[Alarm], wanted: Sequence[str], desk: Desk) -> tuple[Result, ...]:
    """What rings now, what cannot ring, and what is gone. ``wanted`` are the stack's names."""
    there = {alarm.name: alarm for alarm in alarms}
    found: list[Result] = []
    for name in wanted:
        alarm = there.get(name)
        if alarm is None:
            words, remedy = "the alarm is gone", desk.again("what is left of it")
            found.append(_alarm(name, Health.FAILED, words, remedy))
        elif alarm.state == "ALARM":
            page = _PAGE.search(alarm.description)
            words = " ".join(_PAGE.sub("", alarm.description).replace("See", "").split())
            remedy = f"what to do: {page[0]}" if page else "see docs/operations.md"
            found.append(_alarm(name, Health.FAILED, f"it rings: {words}", remedy))
    return tuple(found) or (
        Result(CheckId.ALARM, Health.OK, f"none of {len(wanted)} alarms rings"),
    )


def _alarm(name: str, health: Health, finding: str, remedy: str) -> Result:
    return Result(CheckId.ALARM, health, finding, remedy, name)


def heard_result(
    alarms: Sequence[Alarm], topic_arn: str, subscribers: int | None, desk: Desk
) -> Result:
    """Whether anybody hears an alarm. ``subscribers`` are those of the topic that confirmed;
    None: nobody could say.
    """

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.ALARMS_HEARD, health, finding, remedy)

    mute = [alarm.name for alarm in alarms if not alarm.rings]
    if mute:
        enable = " ".join(map(quote, mute))
        return result(
            Health.WARNING,
            f"{_named(mute)} ring without telling anybody: their actions are switched off",
            desk.aws(f"cloudwatch enable-alarm-actions --alarm-names {enable}"),
        )
    lost = [alarm.name for alarm in alarms if not alarm.actions]
    if lost:
        words = f"{_named(lost)} tell nobody: they have no action"
        return result(Health.WARNING, words, desk.again("the alarm"))
    # One that tells somebody else does not make up for those that tell the topic only.
    needs_topic = not alarms or any(topic_arn in alarm.actions for alarm in alarms)
    if subscribers == 0 and needs_topic:
        subscribe = desk.aws(
            f"sns subscribe --topic-arn {quote(topic_arn)} --protocol email "
            "--notification-endpoint YOU@EXAMPLE.COM"
        )
        words = "nobody hears an alarm: the stack's topic has no confirmed subscription"
        return result(Health.WARNING, words, subscribe)
    if subscribers is None and needs_topic:
        words = "nobody could say who hears the stack's topic"
        return result(Health.NOT_KNOWN, words, f"allow sns:ListSubscriptionsByTopic on {topic_arn}")
    return result(Health.OK, "all alarms have somebody who hears them")


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
