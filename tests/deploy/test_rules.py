"""The event rules let in what recgate is for, and nothing beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.deploy.template import MEMBER, ROOT, TEMPLATE, properties, resources, with_values

EVENTS = ROOT / "events"
STATUS_CHANGED, NATIVE, REQUESTED = (
    "StatusChangedRule",
    "NativeStatusChangedRule",
    "JobRequestedRule",
)
OF_MEMBERS = "MemberEventsRule"
HUB, A_MEMBER, A_STRANGER = "111122223333", "222233334444", "999988887777"
DEFAULT = "default"


def rules_matching(
    event: Mapping[str, Any], *, bus: str = DEFAULT, template: Path = TEMPLATE
) -> set[str]:
    """The rules on a bus that would pass this event on; in a hub with one member account."""
    return {
        name
        for name, rule in resources("AWS::Events::Rule", template).items()
        if bus_of(rule) == bus
        if EventPattern(
            None, with_values(rule["Properties"]["EventPattern"], {"MemberAccounts": [A_MEMBER]})
        ).matches_event(event)  # type: ignore[arg-type]
    }


def bus_of(rule: Mapping[str, Any]) -> str:
    """The logical id of the bus that a rule is on, or ``default``."""
    bus: str = rule["Properties"].get("EventBusName", {"Ref": DEFAULT})["Ref"]
    return bus


def status_changed(**changes: Any) -> dict[str, Any]:
    event = {
        "account": HUB,
        "source": "recgate",
        "detail-type": "Inference Recommendations Job Status Change",
        "detail": {"InferenceRecommendationsJobName": "fraud-ranker-v14"},
    }
    return {**event, **changes}


def api_call(**changes: Any) -> dict[str, Any]:
    """A CloudTrail event; ``changes`` go into its detail."""
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "CreateInferenceRecommendationsJob",
        "requestParameters": {"jobName": "fraud-ranker-v14"},
    }
    return {
        "account": HUB,
        "source": "aws.sagemaker",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {**detail, **changes},
    }


def test_recgates_own_event_comes_in_by_one_rule() -> None:
    """One event, one message: two rules that match would judge twice."""
    assert rules_matching(status_changed()) == {STATUS_CHANGED}


@pytest.mark.parametrize(
    "detail_type",
    [
        "SageMaker Inference Recommender Job State Change",
        "SageMaker Inference Recommendations Job State Change",
        "SageMaker Inference Recommendations Job Status Change",
    ],
)
def test_a_native_event_comes_in_the_day_it_appears(detail_type: str) -> None:
    """Nobody knows its name; every likely one begins alike."""
    event = status_changed(source="aws.sagemaker", **{"detail-type": detail_type})

    assert rules_matching(event) == {NATIVE}


@pytest.mark.parametrize(
    "name", ["CreateInferenceRecommendationsJob", "StopInferenceRecommendationsJob"]
)
def test_starting_and_stopping_a_job_come_in(name: str) -> None:
    """CloudTrail tells who did it."""
    assert rules_matching(api_call(eventName=name)) == {REQUESTED}


NEAR_MISSES = pytest.mark.parametrize(
    "event",
    [
        pytest.param(api_call(errorCode="ValidationException"), id="a call that failed"),
        pytest.param(api_call(eventName="DescribeInferenceRecommendationsJob"), id="our own reads"),
        pytest.param(api_call(eventName="CreateEndpoint"), id="another call"),
        pytest.param(api_call(eventSource="iam.amazonaws.com"), id="another service"),
        pytest.param(status_changed(source="someone"), id="another source"),
        pytest.param(status_changed(source="aws.sagemaker"), id="our event from SageMaker"),
        pytest.param(
            status_changed(source="recgate", **{"detail-type": "Verdict"}), id="our other events"
        ),
        pytest.param(
            status_changed(
                source="aws.sagemaker", **{"detail-type": "SageMaker Training Job State Change"}
            ),
            id="another kind of job",
        ),
    ],
)


@NEAR_MISSES
def test_near_misses_stay_out(event: dict[str, Any]) -> None:
    """What is let in is paid for, and may be judged."""
    assert rules_matching(event) == set()


RULES_BY_KIND: dict[str, set[str]] = {
    "status-change": {STATUS_CHANGED},
    "native": {NATIVE},
    "cloudtrail-create-failed": set(),  # the call failed: no job changed
    "cloudtrail": {REQUESTED},
    "near-miss": set(),
}


def kind_of(sample: Path) -> str | None:
    """What the file's name says: the first kind that it begins with."""
    return next((kind for kind in RULES_BY_KIND if sample.stem.startswith(kind)), None)


@pytest.mark.parametrize("sample", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_sample_events_are_those_that_the_rules_deliver(sample: Path) -> None:
    """A sample that AWS would never hand to the function proves nothing."""
    kind = kind_of(sample)
    if kind is None:
        pytest.fail(f"{sample.name}: begin the name with one of {', '.join(RULES_BY_KIND)}")

    matching = rules_matching(json.loads(sample.read_text("utf-8")))

    assert matching == RULES_BY_KIND[kind]


def test_there_are_sample_events_of_every_kind() -> None:
    """A folder that is empty, or not found, must not pass for one whose events all match."""
    assert {kind_of(sample) for sample in EVENTS.glob("*.json")} >= set(RULES_BY_KIND)


@pytest.mark.parametrize("sample", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_what_a_member_forwards_is_what_the_hub_takes(sample: Path) -> None:
    """Both ends of the way between two accounts: what one sends in vain is paid for, and what the
    other waits for in vain is lost. recgate's own event is not forwarded: the hub makes it.
    """
    event = {**json.loads(sample.read_text("utf-8")), "account": A_MEMBER}
    kind = kind_of(sample)

    forwarded = rules_matching(event, template=MEMBER)
    taken = rules_matching(event, bus="MemberBus")

    assert kind is not None
    assert forwarded == RULES_BY_KIND[kind] - {STATUS_CHANGED}
    assert taken == ({OF_MEMBERS} if RULES_BY_KIND[kind] else set())


@NEAR_MISSES
def test_near_misses_are_neither_forwarded_nor_taken(event: dict[str, Any]) -> None:
    """A member account has as many other events as any."""
    event = {**event, "account": A_MEMBER}

    assert rules_matching(event, template=MEMBER) == set()
    assert rules_matching(event, bus="MemberBus") == set()


@pytest.mark.parametrize("account", [HUB, A_STRANGER])
def test_what_is_on_the_bus_for_members_counts_from_members_only(account: str) -> None:
    """Beside the bus's policy, which lets nobody else put anything on it."""
    for event in (status_changed(), api_call()):
        taken = rules_matching({**event, "account": account}, bus="MemberBus")

        assert taken == set()


@pytest.mark.parametrize("rule", sorted(resources("AWS::Events::Rule", MEMBER)))
def test_a_member_forwards_whole_events_to_the_hub(rule: str) -> None:
    """EventBridge needs a role for a bus in another account; the hub needs the whole event."""
    (target,) = properties(rule, MEMBER)["Targets"]

    assert target["Arn"] == {"Ref": "HubBusArn"}
    assert target["RoleArn"] == {"Fn::GetAtt": ["ForwardRole", "Arn"]}
    assert set(target) == {"Id", "Arn", "RoleArn", "RetryPolicy"}


@pytest.mark.parametrize("rule", [REQUESTED, NATIVE])
def test_a_member_forwards_by_the_patterns_of_the_hub(rule: str) -> None:
    """Two files, one pattern."""
    assert properties(rule, MEMBER)["EventPattern"] == properties(rule)["EventPattern"]


@pytest.mark.parametrize("rule", sorted(resources("AWS::Events::Rule")))
def test_an_event_that_cannot_be_delivered_is_kept(rule: str) -> None:
    """After its retries EventBridge drops an event, unless the target has a dead-letter queue."""
    (target,) = properties(rule)["Targets"]

    assert target["Arn"] == {"Fn::GetAtt": ["NoticeQueue", "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185
    assert "InputTransformer" not in target  # a dead letter moved back must be the whole event
    assert "InputPath" not in target


def test_only_our_rules_may_send_to_the_queues() -> None:
    """Every rule is let in, by its ARN, and so is nobody else."""
    statements = properties("QueuesPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = (each for each in statements if each["Effect"] == "Allow")

    *always, of_members = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
    condition, its_arn, otherwise = of_members["Fn::If"]
    arns = [*always, its_arn]

    assert (condition, otherwise) == ("HasMembers", {"Ref": "AWS::NoValue"})
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert {arn["Fn::GetAtt"][0] for arn in arns} == set(resources("AWS::Events::Rule"))
    assert all(arn["Fn::GetAtt"][1] == "Arn" for arn in arns)
