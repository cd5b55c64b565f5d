"""The dead-letter queue over a local SQS."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.sqs_dead_letters import HIDDEN_FOR_S, SqsDeadLetters
from recgate.adapters.sqs_inbox import SqsInbox
from recgate.dialect.dead_letter import DeadLetter
from recgate.flows.redrive import DeadLettersRefused, DeadLettersUnavailable, Fate, redrive
from tests.servers.aws import LocalAws, aws_client, local_aws

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
EVENT = {"source": "recgate", "id": "old", "detail-type": "x", "detail": {}}
_numbers = count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@dataclass
class Queues:
    """Two queues, the second of which takes what was received three times from the first."""

    client: Any
    url: str
    dead_letter_url: str

    def dead_letters(self, client: Any = None) -> SqsDeadLetters:
        return SqsDeadLetters(
            client or self.client,
            queue_url=self.url,
            dead_letter_url=self.dead_letter_url,
            clock=lambda: NOW,
            most_receives=3,
            wait_s=0,
        )

    def park(self, *bodies: str, reason: str = "because") -> None:
        inbox = SqsInbox(
            lambda: self.client, queue_url=self.url, dead_letter_url=self.dead_letter_url
        )
        for body in bodies:
            inbox.park(body, reason)

    def seen(self, url: str) -> list[dict[str, Any]]:
        """Everything visible in a queue; it stays visible."""
        answer = self.client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=0,
        )
        return list(answer.get("Messages", []))


@pytest.fixture
def queues(aws: LocalAws) -> Iterator[Queues]:
    client, number = aws.client("sqs"), next(_numbers)
    dead = client.create_queue(QueueName=f"dead-{number}")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive_policy = json.dumps({"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 3})
    attributes = {"RedrivePolicy": redrive_policy}
    url = client.create_queue(QueueName=f"work-{number}", Attributes=attributes)["QueueUrl"]
    yield Queues(client, url, dead)
    for each in (url, dead):
        client.delete_queue(QueueUrl=each)


def test_what_the_function_parked_is_received_with_its_reason(queues: Queues) -> None:
    """And hidden from everybody else while a person reads."""
    queues.park(json.dumps(EVENT), reason="allow sagemaker:ListTags")

    [letter] = queues.dead_letters().receive(10)

    assert (letter.body, letter.reason) == (json.dumps(EVENT), "allow sagemaker:ListTags")
    assert letter.hidden_until == NOW + timedelta(seconds=HIDDEN_FOR_S)
    assert letter.since is not None
    assert queues.seen(queues.dead_letter_url) == []


def test_what_sqs_moved_has_no_reason_but_its_tries(queues: Queues) -> None:
    """After maxReceiveCount, without a word."""
    queues.client.send_message(QueueUrl=queues.url, MessageBody="{}")
    for _ in range(4):
        queues.seen(queues.url)

    [letter] = queues.dead_letters().receive(10)

    assert letter.tries == 3
    assert letter.reason.startswith("moved by SQS after 3 tries")


def test_what_eventbridge_could_not_deliver_has_its_attributes(queues: Queues) -> None:
    """They are message attributes, as those of the function are."""
    said = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "denied", "RULE_ARN": "a:rule/r"}
    queues.client.send_message(
        QueueUrl=queues.dead_letter_url,
        MessageBody=json.dumps(EVENT),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in said.items()
        },
    )

    [letter] = queues.dead_letters().receive(10)

    assert "from rule r to ?: NO_PERMISSIONS: denied" in letter.reason


def test_a_whole_redrive_empties_the_dead_letters_into_the_queue(queues: Queues) -> None:
    """More than one receive gives; under new ids, without the attribute of before."""
    queues.park(*(json.dumps(EVENT | {"id": f"old-{n}"}) for n in range(12)))
    ids = (f"new-{n}" for n in count())

    done = redrive(
        queues.dead_letters(),
        at_most=100,
        everything=True,
        confirm=lambda *_: True,
        new_id=lambda: next(ids),
        clock=lambda: NOW,
    )

    assert [each.fate for each in done.letters] == [Fate.MOVED] * 12
    assert queues.seen(queues.dead_letter_url) == []
    moved = queues.seen(queues.url)
    assert json.loads(moved[0]["Body"])["id"].startswith("new-")
    assert json.loads(moved[0]["Body"])["redrive-of"].startswith("old-")
    assert all("MessageAttributes" not in message for message in moved)


def test_letters_are_shown_again_more_than_ten_at_once(queues: Queues) -> None:
    """A batch has ten at most."""
    queues.park(*(str(n) for n in range(13)))
    dead_letters = queues.dead_letters()
    held = [*dead_letters.receive(10), *dead_letters.receive(10)]
    assert len(held) == 13

    hidden = dead_letters.show_again(held)

    assert hidden == []
    assert len([*dead_letters.receive(10), *dead_letters.receive(10)]) == 13


def test_no_more_is_received_than_was_asked_for(queues: Queues) -> None:
    """What is not looked at is not hidden."""
    queues.park("1", "2", "3")

    assert len(queues.dead_letters().receive(2)) == 2
    assert len(queues.seen(queues.dead_letter_url)) == 1


def test_a_receipt_that_sqs_does_not_know_stays_hidden_and_is_told(queues: Queues) -> None:
    """The others of the batch are visible."""
    queues.park("1", "2")
    dead_letters = queues.dead_letters()
    good, _ = dead_letters.receive(10)
    stale = _with_receipt("stale")

    hidden = dead_letters.show_again([good, stale])

    assert hidden == [stale]
    assert len(queues.seen(queues.dead_letter_url)) == 1


def _with_receipt(receipt: str) -> DeadLetter:
    return DeadLetter("m", receipt, "{}", "event", "reason", NOW)


CASES = [
    ("AccessDenied", 403, DeadLettersRefused, "allow sqs:ReceiveMessage on d"),
    ("AWS.SimpleQueueService.NonExistentQueue", 400, DeadLettersRefused, "NonExistentQueue"),
    ("RequestThrottled", 400, DeadLettersUnavailable, "may be answered later"),
    ("InternalFailure", 500, DeadLettersUnavailable, "may be answered later"),
]


@pytest.mark.parametrize(("code", "status", "kind", "words"), CASES)
def test_every_refusal_is_an_error_of_the_port(
    aws: LocalAws, code: str, status: int, kind: type[Exception], words: str
) -> None:
    """Who refused what, and what to do; which error says whether to try again."""
    with Stubber(aws_client("sqs", aws.endpoint_url)) as stub, closing(stub.client):
        queues = Queues(stub.client, "https://sqs/1/w", "https://sqs/1/d")
        stub.add_client_error("receive_message", code, "secret", status)

        with pytest.raises(kind, match="receive messages of queue d") as told:
            queues.dead_letters().receive(10)

        assert words in str(told.value)


def test_sending_and_deleting_say_which_queue_refused(aws: LocalAws) -> None:
    """Two queues, two permissions."""
    with Stubber(aws_client("sqs", aws.endpoint_url)) as stub, closing(stub.client):
        dead_letters = Queues(stub.client, "https://sqs/1/w", "https://sqs/1/d").dead_letters()
        stub.add_client_error("send_message", "AccessDenied", "", 403)
        stub.add_client_error("delete_message", "AccessDenied", "", 403)

        with pytest.raises(DeadLettersRefused, match="allow sqs:SendMessage on w"):
            dead_letters.send("{}")
        with pytest.raises(DeadLettersRefused, match="allow sqs:DeleteMessage on d"):
            dead_letters.delete(_with_receipt("r"))


def test_a_queue_that_cannot_be_reached_may_be_asked_later_and_hides_its_messages() -> None:
    """Nothing answers on port 9."""
    with closing(aws_client("sqs", "http://127.0.0.1:9", connect_timeout=1)) as client:
        dead_letters = Queues(client, "http://127.0.0.1:9/1/w", "d").dead_letters()
        letter = _with_receipt("r")

        with pytest.raises(DeadLettersUnavailable, match="EndpointConnectionError"):
            dead_letters.receive(10)
        assert dead_letters.show_again([letter]) == [letter]
