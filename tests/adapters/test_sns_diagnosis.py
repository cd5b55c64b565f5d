"""Who gets a message of a topic, asked of a local SNS and of botocore's Stubber."""

import json
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.sns_diagnosis import Subscriber, TopicDiagnosis, diagnose_topic
from recgate.dialect.sns_filter_policy import Filtered, Passage
from tests.servers.aws import LocalAws, aws_client, local_aws

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TOPIC = "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"
SUBSCRIPTION = f"{TOPIC}:00000000-0000-4000-8000-000000000001"
ATTRIBUTES = {
    "verdict": {"DataType": "String", "StringValue": "PASS"},
    "event": {"DataType": "String", "StringValue": "test"},
}
THROUGH = Filtered(Passage.THROUGH)
NO_LETTERS = "no dead-letter queue (RedrivePolicy): what SNS cannot hand over in time is lost"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def client() -> "Iterator[SNSClient]":
    made = aws_client("sns", "http://127.0.0.1:9")
    yield made
    made.close()


def test_every_subscription_of_a_topic_is_judged(aws: LocalAws) -> None:
    """Its filter policy, what it lacks, and an address without what may be a key."""
    aws.reset()
    sns: SNSClient = aws.client("sns")
    topic = sns.create_topic(Name="ml-verdicts")["TopicArn"]
    letters = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead"})
    queue = "arn:aws:sqs:eu-west-1:111122223333:verdicts"
    subscribe(sns, topic, "email", "team@example.com")
    subscribe(sns, topic, "sqs", queue, FilterPolicy=json.dumps({"verdict": ["FAIL"]}))
    subscribe(
        sns,
        topic,
        "https",
        "https://pager.example/v1/SECRET-KEY?token=SECRET",
        RedrivePolicy=letters,
        FilterPolicy=json.dumps({"event": ["test"]}),
    )

    found = diagnose_topic(sns, topic, ATTRIBUTES)

    assert found.problems == ()
    by_protocol = {each.protocol: each for each in found.subscribers}
    assert by_protocol["email"] == Subscriber("email", "team@example.com", THROUGH)
    assert by_protocol["sqs"].filtered == Filtered(
        Passage.KEPT_OUT,
        'its filter policy wants verdict to be ["FAIL"]; this message has "PASS"',
    )
    assert by_protocol["sqs"].remarks[0] == NO_LETTERS
    assert "no raw delivery" in by_protocol["sqs"].remarks[1]
    assert by_protocol["https"] == Subscriber("https", "https://pager.example/…", THROUGH)


def subscribe(sns: "SNSClient", topic: str, protocol: str, endpoint: str, **asked: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=asked)


def test_a_subscription_that_nobody_confirmed_gets_nothing(client: "SNSClient") -> None:
    """Its attributes cannot even be asked for."""
    with Stubber(client) as stub:
        stub.add_response("list_subscriptions_by_topic", listed("PendingConfirmation"))

        found = diagnose_topic(client, TOPIC, ATTRIBUTES)

    (subscriber,) = found.subscribers
    assert subscriber.filtered.passage is Passage.KEPT_OUT
    assert "not confirmed" in subscriber.filtered.why


@pytest.mark.parametrize(
    ("attributes", "passage", "why"),
    [
        ({}, Passage.THROUGH, ""),
        ({"FilterPolicy": '{"verdict": ["PASS"]}'}, Passage.THROUGH, ""),
        ({"FilterPolicy": "{oops"}, Passage.CANNOT_TELL, "no JSON object"),
        (
            {"FilterPolicy": '{"verdict": ["PASS"]}', "FilterPolicyScope": "MessageBody"},
            Passage.CANNOT_TELL,
            "set FilterPolicyScope to MessageAttributes",
        ),
        ({"PendingConfirmation": "true"}, Passage.KEPT_OUT, "not confirmed"),
    ],
)
def test_what_the_attributes_say_decides(
    client: "SNSClient", attributes: dict[str, str], passage: Passage, why: str
) -> None:
    """A policy over the body is explained, and not guessed at."""
    with Stubber(client) as stub:
        stub.add_response("list_subscriptions_by_topic", listed(SUBSCRIPTION))
        stub.add_response("get_subscription_attributes", {"Attributes": attributes})

        found = diagnose_topic(client, TOPIC, ATTRIBUTES)

    assert found.subscribers[0].filtered.passage is passage
    assert why in found.subscribers[0].filtered.why


@pytest.mark.parametrize(
    ("protocol", "attributes", "remark"),
    [
        ("sqs", {"RawMessageDelivery": "true"}, "raw delivery: the body is the decision's JSON"),
        ("https", {"RawMessageDelivery": "true"}, "raw delivery: the body is Amazon Q's schema"),
        ("lambda", {}, NO_LETTERS),
    ],
)
def test_what_else_to_know_is_remarked(
    client: "SNSClient", protocol: str, attributes: dict[str, str], remark: str
) -> None:
    """Raw delivery, and letters that nobody keeps."""
    with Stubber(client) as stub:
        stub.add_response("list_subscriptions_by_topic", listed(SUBSCRIPTION, protocol))
        stub.add_response("get_subscription_attributes", {"Attributes": attributes})

        found = diagnose_topic(client, TOPIC, ATTRIBUTES)

    assert any(each.startswith(remark) for each in found.subscribers[0].remarks)


@pytest.mark.parametrize("code", ["AuthorizationError", "AccessDenied"])
def test_who_may_not_ask_is_told_which_permission_is_missing(
    client: "SNSClient", code: str
) -> None:
    """Nothing rests on it: the message can be sent all the same."""
    with Stubber(client) as stub:
        stub.add_client_error("list_subscriptions_by_topic", code, "…", 403)

        found = diagnose_topic(client, TOPIC, ATTRIBUTES)

    assert found == TopicDiagnosis(
        (),
        (
            "these credentials may not list the topic's subscriptions: allow "
            "sns:ListSubscriptionsByTopic to learn who gets a message",
        ),
    )


def test_who_may_list_but_not_read_hears_that_nobody_can_tell(client: "SNSClient") -> None:
    """The same permission is named once, however many subscriptions there are."""
    both = {"Subscriptions": [*listed(SUBSCRIPTION)["Subscriptions"]] * 2}
    with Stubber(client) as stub:
        stub.add_response("list_subscriptions_by_topic", both)
        stub.add_client_error("get_subscription_attributes", "AuthorizationError", "…", 403)
        stub.add_client_error("get_subscription_attributes", "AuthorizationError", "…", 403)

        found = diagnose_topic(client, TOPIC, ATTRIBUTES)

    assert [each.filtered.passage for each in found.subscribers] == [Passage.CANNOT_TELL] * 2
    assert len(found.problems) == 1
    assert "sns:GetSubscriptionAttributes" in found.problems[0]


def test_a_topic_that_is_not_there_and_an_sns_that_is_not_there_are_problems(
    client: "SNSClient",
) -> None:
    """By the service's word for it; what was sent is not quoted."""
    with Stubber(client) as stub:
        stub.add_client_error("list_subscriptions_by_topic", "NotFound", "…", 404)
        missing = diagnose_topic(client, TOPIC, ATTRIBUTES)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = aws_client("sns", f"http://127.0.0.1:{port}")
    unreached = diagnose_topic(nobody, TOPIC, ATTRIBUTES)
    nobody.close()

    assert missing.problems == ("SNS did not list the topic's subscriptions: NotFound",)
    assert unreached.problems == (
        "the topic's subscriptions were not listed (EndpointConnectionError)",
    )


def listed(arn: str, protocol: str = "sqs") -> dict[str, Any]:
    subscription = {
        "SubscriptionArn": arn,
        "Owner": "111122223333",
        "Protocol": protocol,
        "Endpoint": "somewhere",
        "TopicArn": TOPIC,
    }
    return {"Subscriptions": [subscription]}
