"""What every queue promises, over each adapter."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.local_inbox import LocalInbox
from recgate.adapters.sqs_inbox import LONGEST_REASON, SqsInbox
from recgate.ports import CannotTellYet, Inbox
from tests.servers.aws import LocalAws, aws_client


@dataclass
class Queue:
    """An inbox with a message received from it, and a look at what was parked."""

    inbox: Inbox
    receipt: str
    client: Any = None
    url: str = ""
    dead_letter_url: str = ""

    def parked(self) -> list[tuple[str, str]]:
        if isinstance(self.inbox, LocalInbox):
            return self.inbox.parked
        messages = self.client.receive_message(
            QueueUrl=self.dead_letter_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        return [
            (message["Body"], message["MessageAttributes"]["reason"]["StringValue"])
            for message in messages
        ]


@pytest.fixture(params=["local", "sqs"])
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    if request.param == "local":
        yield Queue(LocalInbox(), "receipt")
        return
    aws: LocalAws = request.getfixturevalue("aws")
    client = aws.client("sqs")
    urls = [client.create_queue(QueueName=name)["QueueUrl"] for name in ("work", "dead")]
    client.send_message(QueueUrl=urls[0], MessageBody="event")
    [message] = client.receive_message(QueueUrl=urls[0], VisibilityTimeout=600)["Messages"]
    inbox = SqsInbox(lambda: client, queue_url=urls[0], dead_letter_url=urls[1])
    yield Queue(inbox, message["ReceiptHandle"], client, urls[0], urls[1])
    for url in urls:
        client.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("body", ["{}", "", "\x00\x01 control", "x" * 200_000, "ünï 🎉"])
def test_what_is_parked_is_there_with_its_reason(queue: Queue, body: str) -> None:
    """Whatever it was: characters that the queue cannot hold are replaced, not a failure."""
    queue.inbox.park(body, "The message is not JSON:\x00 line 1")

    [(parked, reason)] = queue.parked()
    assert parked.count("x") == body.count("x")
    assert "The message is not JSON" in reason


def test_a_long_reason_is_cut(aws: LocalAws) -> None:
    """A reason is a sentence, and an attribute has its limit."""
    client = aws.client("sqs")
    url = client.create_queue(QueueName="reasons")["QueueUrl"]

    SqsInbox(lambda: client, queue_url=url, dead_letter_url=url).park("{}", "why " * 100_000)

    [message] = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    said = message["MessageAttributes"]["reason"]["StringValue"]
    assert said == ("why " * 100_000)[:LONGEST_REASON]
    client.delete_queue(QueueUrl=url)


def test_a_queue_says_whether_it_took_a_wait(queue: Queue) -> None:
    """A receipt that is good is taken."""
    assert queue.inbox.postpone(queue.receipt, 30) is True


def test_a_receipt_that_is_no_longer_good_is_an_answer_and_no_error(aws: LocalAws) -> None:
    """The queue's own visibility timeout is the fallback."""
    client = aws.client("sqs")
    url = client.create_queue(QueueName="stale")["QueueUrl"]

    taken = SqsInbox(lambda: client, queue_url=url, dead_letter_url=url).postpone("stale", 30)

    assert taken is False
    client.delete_queue(QueueUrl=url)


@pytest.mark.parametrize(
    ("wait_s", "seconds"), [(-5, 0), (0, 0), (0.4, 1), (1.5, 2), (42.5, 43), (1e9, 43_200)]
)
def test_nobody_comes_back_earlier_than_asked(aws: LocalAws, wait_s: float, seconds: int) -> None:
    """Retry-After may have a fraction: whole seconds upwards, at most twelve hours."""
    with Stubber(aws_client("sqs", aws.endpoint_url)) as stub, closing(stub.client):
        client: Any = stub.client
        wanted = {"QueueUrl": "q", "ReceiptHandle": "r", "VisibilityTimeout": seconds}
        stub.add_response("change_message_visibility", {}, wanted)

        taken = SqsInbox(lambda: client, queue_url="q", dead_letter_url="d").postpone("r", wait_s)

        assert taken is True
        stub.assert_no_pending_responses()


def test_a_message_postponed_for_no_time_is_there_again(aws: LocalAws) -> None:
    """ChangeMessageVisibility is what makes Retry-After hold."""
    client = aws.client("sqs")
    url = client.create_queue(QueueName="again")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="event")
    [message] = client.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert "Messages" not in client.receive_message(QueueUrl=url)

    SqsInbox(lambda: client, queue_url=url, dead_letter_url=url).postpone(
        message["ReceiptHandle"], 0
    )

    assert len(client.receive_message(QueueUrl=url)["Messages"]) == 1
    client.delete_queue(QueueUrl=url)


def test_a_dead_letter_queue_that_is_gone_keeps_the_message(aws: LocalAws) -> None:
    """CannotTellYet: it stays where it is, and the error says what was to be parked why."""
    inbox = SqsInbox(
        lambda: aws.client("sqs"), queue_url="x", dead_letter_url=f"{aws.endpoint_url}/1/not-there"
    )

    with pytest.raises(CannotTellYet, match="was to go there because: not JSON"):
        inbox.park("{", "not JSON")


def test_a_reminder_is_taken_and_waits(queue: Queue) -> None:
    """It is a message of its own, and nobody sees it before its time."""
    taken = queue.inbox.remind("{}", 300.2)

    assert taken is True
    if isinstance(queue.inbox, LocalInbox):
        assert queue.inbox.reminders == [("{}", 300.2)]
    else:
        attributes = queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])
        assert attributes["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


def test_a_reminder_waits_no_longer_than_the_queue_can() -> None:
    """SQS delays a message by fifteen minutes at the most, in whole seconds, rounded up."""
    client = aws_client("sqs", "http://127.0.0.1:9")
    with Stubber(client) as stub:
        for delay in (900, 31, 0):
            stub.add_response(
                "send_message",
                {"MessageId": "1"},
                {"QueueUrl": "https://sqs/work", "MessageBody": "{}", "DelaySeconds": delay},
            )
        inbox = SqsInbox(lambda: client, queue_url="https://sqs/work", dead_letter_url="")

        taken = [inbox.remind("{}", after_s) for after_s in (86_400, 30.01, -5)]

    assert taken == [True] * 3


def test_a_reminder_that_the_queue_does_not_take_is_told(queue: Queue) -> None:
    """Whoever asked for it goes on without."""
    if isinstance(queue.inbox, LocalInbox):
        return
    gone = SqsInbox(lambda: queue.client, queue_url=f"{queue.url}-gone", dead_letter_url="")

    assert gone.remind("{}", 1) is False
