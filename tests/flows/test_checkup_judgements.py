"""What each fact means: right, a warning, wrong, not to be told; and the command that mends it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup import delivery, ground, keeping, permissions, policies, watching
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import (
    Alarm,
    Caller,
    CallerProblem,
    Function,
    Poller,
    Queue,
    Rule,
    Schedule,
    Simulated,
    Stack,
    Sweeps,
    Table,
    Target,
    Trail,
)
from recgate.flows.checkup.queue_policy import lets_rules_send
from recgate.ports import PoliciesInvalid, PolicyProblem
from tests.deploy.template import properties, resources

OK, WARNING, FAILED = Health.OK, Health.WARNING, Health.FAILED
NOT_KNOWN = Health.NOT_KNOWN
DESK = Desk("recgate", "eu-west-1", "ml")
WHERE = "--region eu-west-1 --profile ml"
QUEUE, LETTERS = "arn:aws:sqs:eu-west-1:1:notices", "arn:aws:sqs:eu-west-1:1:letters"
TOPIC = "arn:aws:sns:eu-west-1:1:topic"


@pytest.mark.parametrize(
    ("caller", "wanted", "needed", "health", "remedy"),
    [
        (Caller("arn:aws:iam::1:user/dana", "1"), "", True, OK, ""),
        (Caller("arn:aws:iam::1:user/dana", "1"), "2", True, FAILED, "--profile NAME"),
        (Caller(problem=CallerProblem.NONE), "", False, WARNING, "aws configure sso"),
        (Caller(problem=CallerProblem.NONE), "", True, FAILED, "aws configure sso"),
        (
            Caller(problem=CallerProblem.EXPIRED, said="ExpiredToken"),
            "",
            False,
            FAILED,
            "aws sso login --profile ml",
        ),
        (Caller(problem=CallerProblem.REFUSED, said="no"), "", False, FAILED, "access key"),
    ],
)
def test_who_asks_has_to_be_known_and_of_the_right_account(
    caller: Caller, wanted: str, needed: bool, health: Health, remedy: str
) -> None:
    """Nobody at all is a warning where nothing that is configured needs AWS."""
    found = ground.credentials_result(caller, DESK, wanted=wanted, are_needed=needed)

    assert found.health is health
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("CREATE_COMPLETE", OK),
        ("UPDATE_ROLLBACK_COMPLETE", OK),
        ("UPDATE_IN_PROGRESS", WARNING),
        ("UPDATE_ROLLBACK_FAILED", FAILED),
        ("ROLLBACK_COMPLETE", FAILED),
        ("SOMETHING_NEW", FAILED),
    ],
)
def test_a_stack_is_fine_when_its_deployment_has_ended_well(status: str, health: Health) -> None:
    """A status that nobody has heard of is not."""
    found = ground.stack_result(Stack("recgate", "eu-west-1", "1", status))

    assert found.health is health


@pytest.mark.parametrize(("deployed", "health"), [("1.2", OK), ("1.1", WARNING), ("", WARNING)])
def test_another_version_is_deployed(deployed: str, health: Health) -> None:
    """It works, and it may not be what the documentation here says."""
    stack = Stack("recgate", "eu-west-1", "1", "CREATE_COMPLETE")

    assert ground.version_result(deployed, "1.2", stack).health is health


@pytest.mark.parametrize(
    ("changed", "health"),
    [
        ({}, OK),
        ({"state": "Inactive"}, OK),
        ({"state": "Failed", "why": "InvalidRuntime"}, FAILED),
        ({"last_update": "Failed"}, FAILED),
        ({"environment": None, "why": "AccessDeniedException"}, NOT_KNOWN),
        ({"environment": {}}, FAILED),
        ({"environment": {"A": "2", "RECGATE_BUS": "default"}}, FAILED),
        ({"environment": {"A": "1", "RECGATE_BUS": "mine"}}, FAILED),
        ({"environment": {"A": "1", "RECGATE_BUS": "default"}}, OK),
        ({"role_arn": "arn:aws:iam::1:role/other"}, FAILED),
        ({"role_arn": "arn:aws:iam::1:role/other", "environment": None}, FAILED),
    ],
)
def test_a_function_has_to_run_on_the_stacks_own_parts_and_to_tell_its_environment(
    changed: dict[str, Any], health: Health
) -> None:
    """As the stack's role. An environment that is not told is not an empty one; a bus that is not
    told of is the default one.
    """
    arn = "arn:aws:lambda:eu-west-1:1:function:f"
    role = "arn:aws:iam::1:role/path/mine"
    function = Function("f", arn, role, "Active", "Successful", {"A": "1"})

    found = ground.function_result(
        replace(function, **changed),
        "the check",
        DESK,
        role="mine",
        told={"A": "1", "RECGATE_BUS": "default"},
    )

    assert (found.health, found.about) == (health, "the check")


def a_rule(**changed: Any) -> Rule:
    wanted = delivery.patterns(())["StatusChangedRule"]
    rule = Rule("r-1", "default", "ENABLED", wanted, (Target(QUEUE, LETTERS),))
    return replace(rule, **changed)


@pytest.mark.parametrize(
    ("rule", "health", "remedy"),
    [
        (a_rule(), OK, ""),
        (a_rule(state="DISABLED"), FAILED, f"aws events enable-rule --name r-1 {WHERE}"),
        (
            a_rule(state="DISABLED", bus="members"),
            FAILED,
            f"aws events enable-rule --name r-1 --event-bus-name members {WHERE}",
        ),
        (a_rule(pattern={"source": ["aws.ec2"]}), FAILED, "sam deploy"),
        (a_rule(pattern=None), FAILED, "sam deploy"),
        (a_rule(targets=()), FAILED, "sam deploy"),
        (a_rule(targets=(Target("arn:aws:sqs:other", LETTERS),)), FAILED, "sam deploy"),
        (a_rule(targets=(Target(QUEUE),)), WARNING, "sam deploy"),
        (a_rule(targets=(Target(QUEUE, LETTERS, is_rewritten=True),)), FAILED, "sam deploy"),
    ],
)
def test_a_rule_has_to_be_enabled_and_to_lead_to_the_queue(
    rule: Rule, health: Health, remedy: str
) -> None:
    """With the template's pattern, and somewhere to put what the queue does not take."""
    wanted = delivery.patterns(())["StatusChangedRule"]

    found = delivery.rule_result(
        rule, wanted, "StatusChangedRule", DESK, queue_arn=QUEUE, letters_arn=LETTERS
    )

    assert found.health is health
    assert remedy in found.remedy


def test_the_patterns_are_those_of_the_template() -> None:
    """Every rule, with the order of what is one of several left aside."""
    members = ["111122223333"]
    written = {
        name: json.loads(
            json.dumps(properties(name)["EventPattern"]).replace(
                '{"Ref": "MemberAccounts"}', json.dumps(members)
            )
        )
        for name in resources("AWS::Events::Rule")
    }

    assert delivery.patterns(members) == written
    assert "MemberEventsRule" not in delivery.patterns(())


def test_the_order_inside_a_pattern_means_nothing() -> None:
    """EventBridge gives it back as it likes."""
    names = ["StopInferenceRecommendationsJob", "CreateInferenceRecommendationsJob"]
    wanted = delivery.patterns(())["JobRequestedRule"]
    detail = {"errorCode": [{"exists": False}], "eventName": names}
    turned = {**wanted, "detail": {**wanted["detail"], **detail}}

    found = delivery.rule_result(
        a_rule(pattern=turned), wanted, "it", DESK, queue_arn=QUEUE, letters_arn=LETTERS
    )

    assert found.health is OK


@pytest.mark.parametrize(
    ("changed", "is_wanted", "health"),
    [
        ({}, True, OK),
        ({"state": "DISABLED"}, True, FAILED),
        ({"state": "DISABLED"}, False, OK),
        ({"target": {"Arn": "arn:other"}}, True, FAILED),
        ({"expression": "rate(1 day)"}, True, WARNING),
        ({"expression": "rate(1 day)", "state": "DISABLED"}, True, FAILED),
    ],
)
def test_a_schedule_has_to_run_unless_somebody_switched_it_off(
    changed: dict[str, Any], is_wanted: bool, health: Health
) -> None:
    """By the stack's own parameter; the remedy is the whole command."""
    target = {"Arn": "arn:it", "RoleArn": "arn:role", "Input": "{}"}
    schedule = replace(Schedule("s-1", "ENABLED", "rate(1 minute)", target), **changed)

    found = delivery.schedule_result(
        schedule,
        "WatchSchedule",
        DESK,
        target_arn="arn:it",
        is_wanted=is_wanted,
        expression=delivery.EVERY_MINUTE,
    )

    assert found.health is health
    if health is not OK:
        assert found.remedy.startswith(
            "aws scheduler update-schedule --name s-1 --state ENABLED "
            "--schedule-expression 'rate(1 minute)' --flexible-time-window Mode=OFF --target "
        )
        assert '"Arn": "arn:it"' in found.remedy


NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sweeps", "is_new", "health", "words"),
    [
        (Sweeps(15, 15, 0, 4.0, NOW), False, OK, "less than 10 minutes old"),
        (Sweeps(15, 15, 0, 600.0, NOW), False, FAILED, "600 s behind"),
        (Sweeps(15, 0, 0), False, FAILED, "no sweep in the last 15 minutes"),
        (Sweeps(15, 0, 0), True, WARNING, "a moment ago"),
        (Sweeps(15, 12, 12), False, FAILED, "12 of 12 sweeps failed in 15 minutes"),
        (Sweeps(15, 12, 0), False, FAILED, "none told its age"),
        (Sweeps(15, 12, 12, 4.0, NOW), False, FAILED, "12 of 12 sweeps failed in 15 minutes"),
        (Sweeps(15, 0, 0, 4.0, NOW), False, FAILED, "no sweep in the last 15 minutes"),
        (Sweeps(15, 12, 11, 4.0, NOW), False, OK, "less than 10 minutes old"),
    ],
)
def test_the_watcher_has_to_run_and_to_keep_up(
    sweeps: Sweeps, is_new: bool, health: Health, words: str
) -> None:
    """Without a figure nobody knows that it ran: that is a failure, as for the alarm."""
    found = delivery.sweep_result(sweeps, DESK, is_new=is_new)

    assert found.health is health
    assert words in found.finding


def test_behind_is_what_the_alarm_calls_behind() -> None:
    """One threshold."""
    assert properties("WatermarkAgeAlarm")["Threshold"] == delivery.BEHIND_S


@pytest.mark.parametrize(
    ("waiting", "health", "words"),
    [(0, OK, "none is waiting"), (1, FAILED, "1 event waits"), (7, FAILED, "7 events wait")],
)
def test_dead_letters_are_counted(waiting: int, health: Health, words: str) -> None:
    """Each may be a verdict that nobody heard."""
    found = delivery.dead_letters_result(Queue("letters", waiting), DESK)

    assert found.health is health
    assert words in found.finding
    assert found.remedy == (f"recgate redrive --stack recgate {WHERE}" if waiting else "")


def a_policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    sends: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": [QUEUE, LETTERS],
    }
    return {"Version": "2012-10-17", "Statement": [{**sends, **each} for each in statements]}


DENIED = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}
OVER_TLS = DENIED | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
A_QUEUE = Queue("notices", 3, LETTERS, "https://q/1/notices", 360, a_policy({}, OVER_TLS))


@pytest.mark.parametrize(
    ("changed", "health", "words"),
    [
        ({}, OK, "3 events are waiting"),
        ({"dead_letter_arn": ""}, FAILED, "events are lost"),
        ({"visibility_s": 359}, FAILED, "a visibility timeout of 359 s"),
        ({"visibility_s": 900}, OK, ""),
        ({"policy": None}, FAILED, "does not let EventBridge send"),
        ({"policy": a_policy()}, FAILED, "does not let EventBridge send"),
        ({"policy": "nonsense"}, FAILED, "does not let EventBridge send"),
        ({"policy": a_policy({"Resource": LETTERS})}, FAILED, "does not let EventBridge send"),
        ({"policy": a_policy({"Action": "sqs:ReceiveMessage"})}, FAILED, "does not let"),
        ({"policy": a_policy({"Principal": {"AWS": "1"}})}, FAILED, "does not let"),
        ({"policy": a_policy({"Principal": {"AWS": "*"}, "Action": "SQS:*"})}, OK, ""),
        ({"policy": a_policy({}, DENIED)}, FAILED, "does not let EventBridge send"),
    ],
)
def test_the_queue_has_to_take_what_comes_and_to_keep_what_it_gives_up(
    changed: dict[str, Any], health: Health, words: str
) -> None:
    """And to hide a message while the check is at work on it."""
    found = delivery.queue_result(replace(A_QUEUE, **changed), QUEUE, LETTERS, DESK)

    assert found.health is health
    assert words in found.finding


def test_the_queue_and_the_sweep_of_the_template_are_fine() -> None:
    """Their figures are the template's, and its policy lets the rules send."""
    written = json.dumps(properties("QueuesPolicy")["PolicyDocument"])
    policy = json.loads(written.replace('{"Fn::GetAtt": ["NoticeQueue", "Arn"]}', f'"{QUEUE}"'))

    assert lets_rules_send(policy, QUEUE)
    assert properties("NoticeQueue")["VisibilityTimeout"] == delivery.VISIBILITY_S
    assert properties("WatchSchedule")["ScheduleExpression"] == delivery.EVERY_MINUTE
    assert properties("WatchFunction")["Environment"]["Variables"]["RECGATE_BUS"] == "default"


@pytest.mark.parametrize(
    ("pollers", "health", "remedy"),
    [
        ([Poller("u", "Enabled", QUEUE)], OK, ""),
        ([], FAILED, "sam deploy"),
        ([Poller("u", "Enabled", "arn:of-another")], FAILED, "sam deploy"),
        (
            [Poller("u", "Disabled", QUEUE)],
            FAILED,
            f"aws lambda update-event-source-mapping --uuid u --enabled {WHERE}",
        ),
        ([Poller("u", "Disabled", QUEUE), Poller("v", "Enabled", QUEUE)], OK, ""),
    ],
)
def test_somebody_has_to_take_from_the_queue(
    pollers: list[Poller], health: Health, remedy: str
) -> None:
    """Or events wait for four days and are gone."""
    found = delivery.polling_result(pollers, QUEUE, DESK)

    assert found.health is health
    assert remedy in found.remedy


ACTIVE = dict.fromkeys(keeping.LEDGER_INDEXES, "ACTIVE")


@pytest.mark.parametrize(
    ("table", "health"),
    [
        (Table("t", "ACTIVE", ACTIVE), OK),
        (Table("t", "UPDATING", ACTIVE), OK),
        (Table("t", "DELETING", ACTIVE), FAILED),
        (Table("t", "ACTIVE", {"decisions-by-day": "ACTIVE"}), FAILED),
        (Table("t", "ACTIVE", {**ACTIVE, "decisions-by-id": "CREATING"}), WARNING),
    ],
)
def test_the_ledger_needs_its_indexes(table: Table, health: Health) -> None:
    """Without them nobody finds a decision by its day or by its key."""
    found = keeping.table_result(CheckId.LEDGER, table, DESK, indexes=keeping.LEDGER_INDEXES)

    assert found.health is health


def test_the_indexes_are_those_of_the_template() -> None:
    """By their names."""
    written = properties("LedgerTable")["GlobalSecondaryIndexes"]

    assert {each["IndexName"] for each in written} == set(keeping.LEDGER_INDEXES)


def a_trail(**changed: Any) -> Trail:
    trail = Trail(
        "t", "arn:t", "us-east-1", is_multi_region=True, is_logging=True, logs_writes=True
    )
    return replace(trail, **changed)


@pytest.mark.parametrize(
    ("trails", "health", "remedy"),
    [
        ([a_trail()], OK, ""),
        ([a_trail(is_multi_region=False, region="eu-west-1")], OK, ""),
        ([a_trail(is_multi_region=False)], WARNING, "create-trail"),
        ([], WARNING, "create-trail"),
        ([a_trail(is_logging=False)], WARNING, "aws cloudtrail start-logging --name arn:t"),
        ([a_trail(logs_writes=False)], WARNING, "put-event-selectors --trail-name arn:t"),
        (
            [a_trail(logs_writes=False)],
            WARNING,
            "this replaces every selector of the trail, so look at them first (aws cloudtrail "
            "get-event-selectors --trail-name arn:t",
        ),
        ([a_trail(is_logging=None, logs_writes=None)], NOT_KNOWN, "cloudtrail:GetTrailStatus"),
        ([a_trail(logs_writes=None)], NOT_KNOWN, "cloudtrail:GetEventSelectors"),
        ([a_trail(is_logging=None, logs_writes=None), a_trail()], OK, ""),
        ([a_trail(is_logging=False), a_trail(logs_writes=None)], NOT_KNOWN, "allow"),
    ],
)
def test_a_trail_has_to_log_management_events_here(
    trails: list[Trail], health: Health, remedy: str
) -> None:
    """Without one recgate works, and does not know who started a job: a warning."""
    found = watching.trail_result(trails, "eu-west-1", DESK)

    assert found.health is health
    assert remedy in found.remedy


def test_what_rings_is_told_with_its_section_of_the_operations_page() -> None:
    """What is gone, too; what is quiet is not named."""
    rings = Alarm("a", "ALARM", "The watcher failed. See docs/operations.md#the-watcher-fails")
    quiet = Alarm("b", "INSUFFICIENT_DATA")

    found = watching.alarm_results([rings, quiet], ["a", "b", "c"], DESK)
    none = watching.alarm_results([quiet], ["b"], DESK)

    assert found == (
        Result(
            CheckId.ALARM,
            FAILED,
            "it rings: The watcher failed.",
            "what to do: docs/operations.md#the-watcher-fails",
            "a",
        ),
        Result(CheckId.ALARM, FAILED, "the alarm is gone", DESK.again("what is left of it"), "c"),
    )
    assert [each.health for each in none] == [OK]


HEARD = Alarm("a", "OK", actions=(TOPIC,))


@pytest.mark.parametrize(
    ("alarm", "subscribers", "health", "remedy"),
    [
        (HEARD, 1, OK, ""),
        (HEARD, 0, WARNING, f"aws sns subscribe --topic-arn {TOPIC}"),
        (HEARD, None, NOT_KNOWN, "sns:ListSubscriptionsByTopic"),
        (replace(HEARD, actions=("arn:of-a-pager",)), 0, OK, ""),
        (replace(HEARD, actions=()), 1, WARNING, "sam deploy"),
        (replace(HEARD, rings=False), 1, WARNING, "enable-alarm-actions --alarm-names a"),
    ],
)
def test_somebody_has_to_hear_an_alarm(
    alarm: Alarm, subscribers: int | None, health: Health, remedy: str
) -> None:
    """An alarm that nobody hears is none."""
    found = watching.heard_result([alarm], TOPIC, subscribers, DESK)

    assert found.health is health
    assert remedy in found.remedy


@pytest.mark.parametrize(("subscribers", "health"), [(0, WARNING), (None, NOT_KNOWN), (1, OK)])
def test_one_alarm_with_a_pager_does_not_make_up_for_those_without(
    subscribers: int | None, health: Health
) -> None:
    """The others tell the topic only."""
    paged = replace(HEARD, name="b", actions=("arn:of-a-pager",))

    found = watching.heard_result([HEARD, paged], TOPIC, subscribers, DESK)

    assert found.health is health


READ, PUBLISH = ("sagemaker:ListTags", "arn:job"), ("sns:Publish", TOPIC)
SECRET = "arn:aws:secretsmanager:eu-west-1:1:secret:chat-AbC123"  # an ARN
NEW_SECRET = "arn:aws:secretsmanager:eu-west-1:1:secret:new-??????"  # an ARN
PARAMETER = "arn:aws:ssm:eu-west-1:1:parameter/recgate/chat"


def answered(
    permission: tuple[str, str], *, allowed: bool, keys: tuple[str, ...] = ()
) -> Simulated:
    return Simulated(*permission, allowed, keys)


@pytest.mark.parametrize(
    ("answers", "health", "words"),
    [
        ([(READ, True, ()), (PUBLISH, True, ())], OK, "all 2 permissions are there"),
        ([(READ, True, ()), (PUBLISH, False, ())], WARNING, f"you may not sns:Publish on {TOPIC}"),
        ([(READ, False, ()), (PUBLISH, True, ())], FAILED, "jobs cannot be judged here"),
        ([(READ, True, ())], NOT_KNOWN, "IAM gave no answer"),
        (
            [(READ, True, ()), (PUBLISH, True, ("aws:SourceVpc",))],
            NOT_KNOWN,
            "a policy asks for aws:SourceVpc",
        ),
        ([(READ, False, ("aws:SourceVpc",)), (PUBLISH, True, ())], NOT_KNOWN, "aws:SourceVpc"),
    ],
)
def test_what_you_may_not_do_is_named_and_what_nobody_can_say_is_not_fine(
    answers: list[tuple[tuple[str, str], bool, tuple[str, ...]]], health: Health, words: str
) -> None:
    """Only what it takes to judge a job is a failure; the rest is what some commands need."""
    simulated = [answered(each, allowed=yes, keys=keys) for each, yes, keys in answers]

    found = permissions.caller_result(simulated, [READ, PUBLISH], [READ], DESK)

    assert found.health is health
    assert words in found.finding
    if health in (WARNING, FAILED):
        assert found.remedy.endswith(
            f"recgate iam --for desk --output json --stack recgate {WHERE}"
        )


@pytest.mark.parametrize(
    ("denied", "remedy"),
    [
        (PUBLISH, f"--parameter-overrides RouteTopicArns=arn:finops,{TOPIC}"),
        (
            ("secretsmanager:GetSecretValue", NEW_SECRET),
            f"--parameter-overrides RouteSecretArns={SECRET},{NEW_SECRET[:-7]}-SIX_CHARACTERS",
        ),
        (("ssm:GetParameter", PARAMETER), "keep that secret in Secrets Manager"),
        (READ, "deploy the template again"),
        (("sns:Publish", "arn:the-stacks-own"), "undo what was changed by hand"),
        (("secretsmanager:GetSecretValue", "arn:the-stacks-own"), "undo what was changed by hand"),
    ],
)
def test_what_a_function_may_not_do_is_a_failure(denied: tuple[str, str], remedy: str) -> None:
    """What routes.yaml names is let in by a parameter, which is told whole, since it replaces what
    it was; the rest the template grants.
    """
    found = permissions.role_result(
        [answered(denied, allowed=False)],
        [denied],
        "the check",
        DESK,
        topics=("arn:finops", TOPIC),
        secrets=(SECRET, NEW_SECRET, PARAMETER),
    )

    assert found.health is FAILED
    assert found.finding == f"the role of the check may not {denied[0]} on {denied[1]}"
    assert remedy in found.remedy


@pytest.mark.parametrize("allowed", [(True, False), (False, True)])
def test_the_worst_answer_about_a_permission_counts(allowed: tuple[bool, bool]) -> None:
    """It is asked once for each region; one that is denied is not made up for by another."""
    answers = [answered(READ, allowed=each) for each in allowed]

    found = permissions.caller_result(answers, [READ, READ], [READ], DESK)

    assert found.health is FAILED
    assert found.finding.count(READ[0]) == 1


def test_remedies_name_the_folder_that_was_named() -> None:
    """So that they can be pasted, spaces and all."""
    desk = replace(DESK, policies="my policies")

    invalid = policies.invalid_result(PoliciesInvalid([]), "my policies")

    assert invalid.remedy == "recgate policy validate 'my policies'"
    assert " --policies 'my policies' --stack recgate" in desk.policy


def test_mistakes_in_policies_are_named_with_their_places() -> None:
    """Three of them, and how many more; the command shows all."""
    problems = [PolicyProblem("a.yaml", line, 1, "require", "no") for line in range(1, 6)]

    found = policies.invalid_result(PoliciesInvalid(problems), "policies")

    assert found.health is FAILED
    assert found.finding.startswith("a.yaml:1: require: no; a.yaml:2")
    assert found.finding.endswith("; and 2 more")
    assert found.remedy == "recgate policy validate policies"
