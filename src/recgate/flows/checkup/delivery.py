"""What carries a job's end to the check: rules, schedules, sweeps, the queue and what polls it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from shlex import quote
from typing import Any

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Poller, Queue, Rule, Schedule, Sweeps
from recgate.flows.checkup.queue_policy import lets_rules_send

_STATUS = {"source": ["recgate"], "detail-type": ["Inference Recommendations Job Status Change"]}
_NATIVE = {
    "source": ["aws.sagemaker"],
    "detail-type": [{"prefix": "SageMaker Inference Recommend"}],
}
_REQUESTED = {
    "source": ["aws.sagemaker"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": ["sagemaker.amazonaws.com"],
        "eventName": ["CreateInferenceRecommendationsJob", "StopInferenceRecommendationsJob"],
        "errorCode": [{"exists": False}],
    },
}

_POLLS = ("Enabled", "Enabling", "Updating", "Creating")

EVERY_MINUTE = "rate(1 minute)"
"""How often WatchSchedule of the template starts a sweep."""

VISIBILITY_S = 360
"""NoticeQueue's: six times the check's timeout, as Lambda asks for a queue that it polls."""

BEHIND_S = 600
"""From when on the watcher is behind: the threshold of WatermarkAgeAlarm."""


def patterns(members: Sequence[str]) -> Mapping[str, Any]:
    """What each rule of the template has to match, by its logical id."""
    own: dict[str, Any] = {
        "StatusChangedRule": _STATUS,
        "NativeStatusChangedRule": _NATIVE,
        "JobRequestedRule": _REQUESTED,
    }
    if not members:
        return own
    return own | {
        "MemberEventsRule": {"account": list(members), "$or": [_STATUS, _NATIVE, _REQUESTED]}
    }


def rule_result(
    rule: Rule,
    wanted: Any,  # noqa: ANN401  a pattern is any JSON
    about: str,
    desk: Desk,
    *,
    queue_arn: str,
    letters_arn: str,
) -> Result:
    """Whether a rule takes its events and brings them to the queue."""

    def failed(finding: str, remedy: str) -> Result:
        return Result(CheckId.RULE, Health.FAILED, finding, remedy, about)

    bus = "" if rule.bus in ("", "default") else f" --event-bus-name {quote(rule.bus)}"
    again = desk.again("the rule")
    if not rule.state.startswith("ENABLED"):
        enable = desk.aws(f"events enable-rule --name {quote(rule.name)}{bus}")
        return failed(f"{rule.name} is {rule.state}: its events reach nobody", enable)
    if _canonical(rule.pattern) != _canonical(wanted):
        return failed(f"{rule.name} has another pattern than the template's", again)
    targets = [target for target in rule.targets if target.arn == queue_arn]
    if not targets:
        return failed(f"{rule.name} does not send to the queue", again)
    whole = [target for target in targets if not target.is_rewritten]
    if not whole:
        words = f"{rule.name} sends another text than the event itself: the check cannot read it"
        return failed(words, again)
    if whole[0].dead_letter_arn != letters_arn:
        words = f"{rule.name} has no dead-letter queue: what the queue does not take is lost"
        return Result(CheckId.RULE, Health.WARNING, words, again, about)
    return Result(CheckId.RULE, Health.OK, "enabled, and sends to the queue", about=about)


def _canonical(pattern: Any) -> str:  # noqa: ANN401  a pattern is any JSON
    """A pattern in one way of writing: the order of what is one of several means nothing."""
    if isinstance(pattern, Mapping):
        parts = {str(key): _canonical(each) for key, each in pattern.items()}
        return json.dumps(parts, sort_keys=True)
    if isinstance(pattern, list):
        return json.dumps(sorted(_canonical(each) for each in pattern))
    return json.dumps(pattern)


def schedule_result(
    schedule: Schedule,
    about: str,
    desk: Desk,
    *,
    target_arn: str,
    is_wanted: bool = True,
    expression: str = "",
) -> Result:
    """Whether a schedule runs. ``is_wanted`` False: a parameter of the stack switched it off.

    ``expression`` is when it has to run, '' where that is for the stack's owner to say.
    """

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.SCHEDULE, health, finding, remedy, about)

    wanted = replace(schedule, expression=expression or schedule.expression)
    enable = _enable(wanted, desk, target_arn)
    if schedule.target.get("Arn") != target_arn:
        words = f"{schedule.name} starts something else than this stack's"
        return result(Health.FAILED, words, enable)
    if schedule.state == "ENABLED" and expression not in ("", schedule.expression):
        words = f"{schedule.name} runs at {schedule.expression}, the template's at {expression}"
        return result(Health.WARNING, f"{words}: what it starts comes late", enable)
    if schedule.state == "ENABLED":
        return result(Health.OK, f"enabled: {schedule.expression}")
    if not is_wanted:
        return result(Health.OK, "switched off by the parameter Digest")
    words = f"{schedule.name} is {schedule.state}: nothing is started"
    return result(Health.FAILED, words, enable)


def _enable(schedule: Schedule, desk: Desk, target_arn: str) -> str:
    target = json.dumps({**schedule.target, "Arn": target_arn})
    zone = (
        f" --schedule-expression-timezone {quote(schedule.timezone)}" if schedule.timezone else ""
    )
    return desk.aws(
        f"scheduler update-schedule --name {quote(schedule.name)} --state ENABLED "
        f"--schedule-expression {quote(schedule.expression)}{zone} "
        f"--flexible-time-window Mode=OFF --target {quote(target)}"
    )


def sweep_result(sweeps: Sweeps, desk: Desk, *, is_new: bool) -> Result:
    """Whether the watcher runs and keeps up. ``is_new``: the stack was made a moment ago."""

    def result(health: Health, finding: str, remedy: str = "") -> Result:
        return Result(CheckId.SWEEP, health, finding, remedy)

    log = desk.aws("logs tail /aws/lambda/" + quote(f"{desk.stack}-watch") + " --since 15m")
    # Another stack of the account tells the same metric: without a run of this one that came to
    # its end, the age is that one's.
    told_here = sweeps.runs > sweeps.errors
    if told_here and sweeps.age_s is not None and sweeps.age_s < BEHIND_S:
        words = f"the last sweep kept up: its watermark is less than {BEHIND_S // 60} minutes old"
        return result(Health.OK, words)
    if told_here and sweeps.age_s is not None:
        words = f"the watcher is {sweeps.age_s:.0f} s behind with what SageMaker lists"
        return result(Health.FAILED, words, log)
    if is_new:
        words = "no sweep has told its age yet; the stack was made a moment ago"
        return result(Health.WARNING, words, "wait two minutes, and look again")
    if sweeps.errors:
        words = f"{sweeps.errors} of {sweeps.runs} sweeps failed in {sweeps.minutes} minutes"
        return result(Health.FAILED, f"{words}, and none came to its end", log)
    words = (
        f"no sweep in the last {sweeps.minutes} minutes"
        if not sweeps.runs
        else (f"{sweeps.runs} sweeps in {sweeps.minutes} minutes, and none told its age")
    )
    return result(Health.FAILED, f"{words}: jobs end unseen", desk.recgate("sweep"))


def queue_result(queue: Queue, queue_arn: str, letters_arn: str, desk: Desk) -> Result:
    """Whether the queue takes what the rules send, keeps what it gives up, and hides a message
    while the check works on it.
    """

    def failed(finding: str, remedy: str) -> Result:
        return Result(CheckId.QUEUE, Health.FAILED, f"{queue.name} {finding}", remedy)

    if not lets_rules_send(queue.policy, queue_arn):
        words = "does not let EventBridge send (events.amazonaws.com): no event comes in"
        return failed(words, desk.again("the queue's policy"))
    if queue.dead_letter_arn != letters_arn:
        words = "does not give to the stack's dead-letter queue: events are lost"
        return failed(words, desk.again("the queue's redrive policy"))
    if queue.visibility_s < VISIBILITY_S:
        return failed(
            f"has a visibility timeout of {queue.visibility_s} s: an event is handled a second "
            "time while the first is at work",
            desk.aws(
                f"sqs set-queue-attributes --queue-url {quote(queue.url)} "
                f"--attributes VisibilityTimeout={VISIBILITY_S}"
            ),
        )
    return Result(CheckId.QUEUE, Health.OK, f"{queue.waiting} events are waiting")


def dead_letters_result(queue: Queue, desk: Desk) -> Result:
    """Whether something waits that nobody could handle."""
    if not queue.waiting:
        return Result(CheckId.DEAD_LETTERS, Health.OK, "none is waiting")
    words = "1 event waits" if queue.waiting == 1 else f"{queue.waiting} events wait"
    return Result(
        CheckId.DEAD_LETTERS,
        Health.FAILED,
        f"{words} that could not be handled: a verdict may be missing",
        desk.recgate("redrive"),
    )


def polling_result(pollers: Sequence[Poller], queue_arn: str, desk: Desk) -> Result:
    """Whether Lambda hands the queue's messages to the check function."""
    mine = [poller for poller in pollers if poller.queue_arn == queue_arn]
    if not mine:
        words = "nothing hands the queue's events to the check function"
        return Result(CheckId.POLLING, Health.FAILED, words, desk.again("the mapping"))
    poller = min(mine, key=lambda each: each.state not in _POLLS)
    if poller.state in _POLLS:
        return Result(CheckId.POLLING, Health.OK, f"Lambda polls the queue ({poller.state})")
    enable = desk.aws(f"lambda update-event-source-mapping --uuid {quote(poller.id)} --enabled")
    words = f"Lambda does not poll the queue ({poller.state}): no job is judged"
    return Result(CheckId.POLLING, Health.FAILED, words, enable)
