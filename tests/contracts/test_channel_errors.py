"""What every channel makes of every error that its other side is known to answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from recgate.adapters.slack_webhook_channel import SlackWebhookChannel
from recgate.adapters.sns_channel import SnsChannel
from recgate.dialect.slack_codes import CLASS_OF_BODY, CLASS_OF_CODE, AnswerClass
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.route import SlackWebhook
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.telling_ports import Channel
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.aws import aws_client
from tests.servers.slack import Answer, SlackServer, error, local_slack
from tests.servers.slack_channel import CHANNEL, channel_into

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

CLASSIFICATION = (
    Path(__file__).parents[3] / "shared" / "design" / "messages" / "error-classification.json"
)
TOPIC = "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"
PASSED = decision(
    snapshot(candidate(latency_p99_ms=84)), policy(at_most("max_latency_p99_ms", 120))
)
NEW_WORD = "a_word_of_tomorrow"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def expect(code: str, kind: AnswerClass, delivery: Delivery, *, posts: int) -> None:
    """The one way in which each class of answers is handled."""
    match kind:
        case AnswerClass.TRANSIENT:
            assert delivery == TryAgain(f"Slack: {code}")
            assert posts == 1
        case AnswerClass.TRANSIENT_AMBIGUOUS:
            assert delivery == TryAgain(f"Slack: {code}", ambiguous=True)
            assert posts == 1
        case AnswerClass.TRANSIENT_LONG:
            assert delivery == TryAgain(f"Slack: {code}", after_s=900.0)
            assert posts == 1
        case AnswerClass.DEGRADE:
            assert isinstance(delivery, Delivered)
            assert delivery.note == f"sent without the table: {code}"
            assert posts == 2
        case AnswerClass.DEGRADE_DROP_METADATA:
            assert isinstance(delivery, Delivered)
            assert delivery.note == f"sent without metadata: {code}"
            assert posts == 2
        case AnswerClass.DESTINATION | AnswerClass.REPLY_IN_THREAD | AnswerClass.AUTH:
            credentials = kind is AnswerClass.AUTH
            assert isinstance(delivery, Refused)
            assert delivery.kind is RefusalKind("credentials" if credentials else "destination")
            assert delivery.reason.endswith(f": {code}")
            assert delivery.remedy
            assert posts == 1
        case _:
            # Our mistakes, and words that make no sense here: the verdict gets out as text.
            assert isinstance(delivery, Delivered)
            assert delivery.note == f"sent as text only: {code}"
            assert posts == 2


@pytest.mark.parametrize("code", [*sorted(CLASS_OF_CODE), NEW_WORD])
def test_a_bot_handles_every_word_by_its_class(slack: SlackServer, code: str) -> None:
    """One answer of each word, then a Slack that is well: lost and doubled are neither."""
    slack.answer_with(error(code))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    kind = CLASS_OF_CODE.get(code, AnswerClass.UNKNOWN)
    expect(code, kind, delivery, posts=len(slack.posted))
    arrived = len(slack.workspace.in_channel(CHANNEL))
    assert arrived == (1 if isinstance(delivery, Delivered) else 0)


@pytest.mark.parametrize("code", [*sorted(CLASS_OF_CODE), NEW_WORD])
def test_a_bots_reply_is_never_lost_for_its_thread(slack: SlackServer, code: str) -> None:
    """What is about the thread or the channel's view of it leaves a message all the same."""
    parent = channel_into(slack).deliver(Telling(PASSED))
    assert isinstance(parent, Delivered)
    slack.answer_with(error(code))

    delivery = channel_into(slack).deliver(
        Telling(PASSED, parent=parent.receipt, former=Verdict.FAIL)
    )

    kind = CLASS_OF_CODE.get(code, AnswerClass.UNKNOWN)
    if kind in (AnswerClass.REPOST, AnswerClass.REPOST_TOP_LEVEL):
        note = f"posted as a new message: {code}"
        assert delivery == Delivered(f"{CHANNEL}:1795242720.000003", note)
    elif code in ("cant_broadcast_message", "no_dual_broadcast_content_update"):
        note = f"not shown in the channel: {code}"
        assert delivery == Delivered(f"{CHANNEL}:1795242720.000003", note, parent.receipt)
    else:
        expect(code, kind, delivery, posts=len(slack.posted) - 1)


def webhook(slack: SlackServer) -> Channel:
    return SlackWebhookChannel(
        SlackWebhook("recgate/webhook"), lambda: slack.webhook_url, timeout_s=0.3
    )


@pytest.mark.parametrize(("status", "body"), [*sorted(CLASS_OF_BODY), (400, NEW_WORD)])
def test_a_webhook_handles_every_answer_by_its_class(
    slack: SlackServer, status: int, body: str
) -> None:
    """By status and body; nothing is raised for a status that is no success."""
    slack.answer_with(Answer(status, body))

    delivery = webhook(slack).deliver(Telling(PASSED))

    kind = CLASS_OF_BODY.get((status, body), AnswerClass.UNKNOWN)
    expect(body, kind, delivery, posts=len(slack.posted))


WAITS = [
    ({"Retry-After": "30"}, 30.0),
    ({"Retry-After": "1.5"}, 1.5),
    ({"retry-after": "0"}, 0.0),
    ({}, None),
    ({"Retry-After": "soon"}, None),
    ({"Retry-After": "-1"}, None),
]


@pytest.mark.parametrize("way", ["bot", "webhook"])
@pytest.mark.parametrize(("headers", "after_s"), WAITS)
def test_the_wait_that_slack_asks_for_is_handed_on(
    slack: SlackServer, way: str, headers: dict[str, str], after_s: float | None
) -> None:
    """A fraction, nothing, nonsense: never a sleep, never a crash."""
    ways: dict[str, Callable[[], tuple[Channel, Answer]]] = {
        "bot": lambda: (channel_into(slack), Answer(429, {"ok": False}, headers)),
        "webhook": lambda: (webhook(slack), Answer(429, "", headers)),
    }
    channel, answer = ways[way]()
    slack.answer_with(answer)

    delivery = channel.deliver(Telling(PASSED))

    assert delivery == TryAgain("Slack: HTTP 429", after_s)
    assert len(slack.posted) == 1


@pytest.mark.parametrize("way", ["bot", "webhook"])
def test_a_wait_until_a_moment_is_a_wait_too(slack: SlackServer, way: str) -> None:
    """Some proxies answer with a date (RFC 9110, 10.2.3)."""
    headers = {"Retry-After": "Sun, 06 Nov 2194 08:49:37 GMT"}
    body: object = {"ok": False} if way == "bot" else ""
    slack.answer_with(Answer(429, body, headers))
    channel = channel_into(slack) if way == "bot" else webhook(slack)

    delivery = channel.deliver(Telling(PASSED))

    assert isinstance(delivery, TryAgain)
    assert delivery.after_s is not None
    assert delivery.after_s > 1_000_000


# --- SNS -------------------------------------------------------------------------------------


def _sns_codes() -> list[tuple[str, str]]:
    if not CLASSIFICATION.exists():
        return []
    designed = json.loads(CLASSIFICATION.read_text("utf-8"))["sns"]
    return [(name, code) for name, codes in designed.items() for code in codes]


@pytest.fixture
def sns_client() -> "Iterator[SNSClient]":
    made = aws_client("sns", "http://127.0.0.1:9")
    yield made
    made.close()


@pytest.mark.skipif(
    not CLASSIFICATION.exists(), reason="the classification lies beside this checkout"
)
@pytest.mark.parametrize(("name", "code"), _sns_codes())
def test_a_topic_handles_every_word_by_its_class(
    sns_client: "SNSClient", name: str, code: str
) -> None:
    """Transient ones go back to the queue; the others name the cure."""
    with Stubber(sns_client) as stub:
        stub.add_client_error("publish", code, "…", 400)

        delivery = SnsChannel(TOPIC, sns_client).deliver(Telling(PASSED))

    if name == "transient":
        assert delivery == TryAgain(f"SNS: {code}")
    else:
        assert isinstance(delivery, Refused)
        assert (delivery.kind is RefusalKind.PAYLOAD) is (name == "permanent_payload")
        assert delivery.reason == f"SNS refused the message for {TOPIC}: {code}"
        assert delivery.remedy
