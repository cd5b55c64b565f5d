"""The SNS channel, on botocore's Stubber and on ports where nothing answers."""

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from botocore.stub import ANY, Stubber

from recgate.adapters.sns_channel import SnsChannel
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.telling import Telling
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.servers.aws import aws_client

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TOPIC = "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"
PASSED = decision(
    snapshot(candidate(latency_p99_ms=84)), policy(at_most("max_latency_p99_ms", 120))
)


@pytest.fixture
def client() -> "Iterator[SNSClient]":
    made = aws_client("sns", "http://127.0.0.1:9")
    yield made
    made.close()


def test_the_message_id_is_the_receipt(client: "SNSClient") -> None:
    """One publish to the topic, as rendered."""
    with Stubber(client) as stub:
        expected = {
            "TopicArn": TOPIC,
            "Subject": ANY,
            "Message": ANY,
            "MessageStructure": "json",
            "MessageAttributes": ANY,
        }
        stub.add_response("publish", {"MessageId": "m-1"}, expected)

        delivery = SnsChannel(TOPIC, client).deliver(Telling(PASSED))

    assert delivery == Delivered("m-1")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalError", 500),
        ("Throttled", 429),
        ("ThrottlingException", 400),
        ("KMSThrottling", 400),
        ("KMSThrottlingException", 400),
        ("RequestTimeout", 408),
        ("SomethingNew", 503),
    ],
)
def test_what_passes_by_itself_is_tried_again(client: "SNSClient", code: str, status: int) -> None:
    """Also a word that we do not know, when the server says it is its own fault."""
    with Stubber(client) as stub:
        stub.add_client_error("publish", code, "…", status)

        delivery = SnsChannel(TOPIC, client).deliver(Telling(PASSED))

    assert delivery == TryAgain(f"SNS: {code}")


@pytest.mark.parametrize(
    ("code", "status", "kind", "remedy"),
    [
        ("NotFound", 404, RefusalKind.DESTINATION, "ARN"),
        ("NotFoundException", 404, RefusalKind.DESTINATION, "ARN"),
        ("AuthorizationError", 403, RefusalKind.CREDENTIALS, "sns:Publish"),
        ("KMSAccessDenied", 400, RefusalKind.CREDENTIALS, "kms:GenerateDataKey"),
        ("KMSDisabledException", 400, RefusalKind.DESTINATION, "enable the key"),
        ("EndpointDisabled", 400, RefusalKind.DESTINATION, "topic"),
        ("ExpiredToken", 403, RefusalKind.CREDENTIALS, "renew"),
        ("InvalidParameter", 400, RefusalKind.PAYLOAD, "fault of recgate"),
        ("ValidationException", 400, RefusalKind.PAYLOAD, "fault of recgate"),
        ("SomethingNew", 400, RefusalKind.PAYLOAD, "fault of recgate"),
        ("SignatureDoesNotMatch", 403, RefusalKind.CREDENTIALS, "role"),
    ],
)
def test_what_stays_is_refused_with_its_cure(
    client: "SNSClient", code: str, status: int, kind: RefusalKind, remedy: str
) -> None:
    """Who can mend it, and how."""
    with Stubber(client) as stub:
        stub.add_client_error("publish", code, "…", status)

        delivery = SnsChannel(TOPIC, client).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.reason == f"SNS refused the message for {TOPIC}: {code}"
    assert delivery.kind is kind
    assert remedy in delivery.remedy


def test_an_endpoint_that_is_not_there_was_not_reached() -> None:
    """A refused connection has sent nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = aws_client("sns", f"http://127.0.0.1:{port}")

    delivery = SnsChannel(TOPIC, client).deliver(Telling(PASSED))
    client.close()

    assert delivery == TryAgain("SNS was not reached (EndpointConnectionError)")


def test_an_endpoint_that_hangs_is_ambiguous() -> None:
    """The message may have been taken: whoever sends it again knows that."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = aws_client("sns", f"http://127.0.0.1:{silent.getsockname()[1]}", read_timeout=0.2)
        delivery = SnsChannel(TOPIC, client).deliver(Telling(PASSED))
        client.close()

    assert delivery == TryAgain("SNS gave no answer (ReadTimeoutError)", ambiguous=True)
