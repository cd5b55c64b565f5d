"""What every channel keeps, whatever it leads to."""

import io
import itertools
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from recgate.adapters.console_channel import ConsoleChannel
from recgate.adapters.slack_bot_channel import SlackBotChannel
from recgate.adapters.slack_webhook_channel import SlackWebhookChannel
from recgate.adapters.sns_channel import SnsChannel
from recgate.dialect.secret import Secret
from recgate.domain.delivery import Delivered, Refused, TryAgain
from recgate.domain.job import JobStatus
from recgate.domain.route import SlackBot, SlackWebhook
from recgate.ports import Channel
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.servers.aws import LocalAws, aws_client
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack

TOKEN = "xoxb-1111-2222-LocalTestToken"
TIMEOUT_S = 0.3

P99 = policy(at_most("max_latency_p99_ms", 120), at_most("max_cost_per_hour_usd", 1.5))
DECISIONS = {
    "PASS": decision(snapshot(candidate(latency_p99_ms=84, cost_per_hour_usd=0.17)), P99),
    "FAIL": decision(snapshot(candidate(latency_p99_ms=129, cost_per_hour_usd=2.41)), P99),
    "UNKNOWN": decision(snapshot(candidate(cost_per_hour_usd=0.17)), P99),
    "FAILED": decision(snapshot(status=JobStatus.FAILED, failure_reason="<!channel>\x00"), P99),
    "UNCOVERED": decision(snapshot(candidate(latency_p99_ms=84))),
}


_numbers = itertools.count(1)


@dataclass(frozen=True)
class Case:
    """A channel to a destination that is well, and to one that behaves in some other way."""

    well: Channel
    received: Callable[[], int]
    refusing: Callable[[], Channel]
    busy: Callable[[], Channel] | None = None
    hanging: Callable[[], Channel] | None = None
    secrets: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def console() -> Case:
    stream, closed = io.StringIO(), io.StringIO()
    closed.close()
    return Case(
        ConsoleChannel(stream),
        received=lambda: stream.getvalue().count("\nDecision "),
        refusing=lambda: ConsoleChannel(closed),
    )


def slack_case(
    slack: SlackServer,
    channel: Channel,
    *,
    busy: Answer,
    refusal: Answer,
    secrets: tuple[str, ...],
) -> Case:
    def answering(answer: Answer) -> Channel:
        slack.answer_with(answer)
        return channel

    return Case(
        channel,
        received=lambda: len(slack.posted),
        refusing=lambda: answering(refusal),
        busy=lambda: answering(busy),
        hanging=lambda: answering(Answer(fault=Fault.HANG)),
        secrets=secrets,
    )


def slack_bot(resources: ExitStack) -> Case:
    slack = resources.enter_context(local_slack())
    destination = SlackBot("C0123456789", "recgate/token")
    return slack_case(
        slack,
        SlackBotChannel(
            destination, lambda: Secret(TOKEN), base_url=slack.base_url, timeout_s=TIMEOUT_S
        ),
        busy=error("ratelimited", status=429, Retry_After="1.5"),
        refusal=error("not_in_channel"),
        secrets=(TOKEN, TOKEN.rsplit("-", 1)[1]),
    )


def slack_webhook(resources: ExitStack) -> Case:
    slack = resources.enter_context(local_slack())
    url = slack.webhook_url
    return slack_case(
        slack,
        SlackWebhookChannel(
            SlackWebhook("recgate/webhook"), lambda: Secret(url), timeout_s=TIMEOUT_S
        ),
        busy=Answer(429, "rate_limited", {"Retry-After": "1.5"}),
        refusal=Answer(404, "no_service"),
        secrets=(url, url.rsplit("/", 1)[1]),
    )


def sns(resources: ExitStack, aws: LocalAws) -> Case:
    """A topic with a queue behind it; moto is never busy, so other endpoints play that part."""
    topics, queues, number = aws.client("sns"), aws.client("sqs"), next(_numbers)
    topic = topics.create_topic(Name=f"verdicts-{number}")["TopicArn"]
    queue = queues.create_queue(QueueName=f"verdicts-{number}")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    silent = resources.enter_context(socket.create_server(("127.0.0.1", 0)))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]

    def pointed_at(port: int) -> Channel:
        client = aws_client("sns", f"http://127.0.0.1:{port}", read_timeout=TIMEOUT_S)
        resources.callback(client.close)
        return SnsChannel(topic, client)

    def received() -> int:
        name = "ApproximateNumberOfMessages"
        told = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
        return int(told["Attributes"][name])

    return Case(
        SnsChannel(topic, topics),
        received=received,
        refusing=lambda: SnsChannel(f"{topic}-that-is-not-there", topics),
        busy=lambda: pointed_at(nobody),
        hanging=lambda: pointed_at(silent.getsockname()[1]),
    )


@pytest.fixture
def case(request: pytest.FixtureRequest, resources: ExitStack) -> Case:
    """The channel that the test asks for, with a real other side."""
    match request.param:
        case "console":
            return console()
        case "slack-bot":
            return slack_bot(resources)
        case "slack-webhook":
            return slack_webhook(resources)
        case _:
            return sns(resources, request.getfixturevalue("aws"))


every_channel = pytest.mark.parametrize(
    "case", ["console", "slack-bot", "slack-webhook", "sns"], indirect=True
)
every_remote_channel = pytest.mark.parametrize(
    "case", ["slack-bot", "slack-webhook", "sns"], indirect=True
)
every_channel_with_a_secret = pytest.mark.parametrize(
    "case", ["slack-bot", "slack-webhook"], indirect=True
)


@every_channel
@pytest.mark.parametrize("name", DECISIONS)
def test_every_channel_delivers_every_kind_of_decision(case: Case, name: str) -> None:
    """It arrives once, whole, and there is a receipt for it."""
    delivery = case.well.deliver(DECISIONS[name])

    assert isinstance(delivery, Delivered)
    assert delivery.receipt
    assert delivery.note == ""
    assert case.received() == 1


@every_remote_channel
def test_a_busy_destination_is_tried_again_later(case: Case) -> None:
    """The channel says so and leaves the trying to the queue."""
    assert case.busy is not None
    channel = case.busy()

    delivery = channel.deliver(DECISIONS["PASS"])

    assert isinstance(delivery, TryAgain)
    assert not delivery.ambiguous
    assert case.received() <= 1


@every_channel
def test_a_destination_that_refuses_is_told_with_a_cure(case: Case) -> None:
    """Words for whoever can mend it."""
    channel = case.refusing()

    delivery = channel.deliver(DECISIONS["PASS"])

    assert isinstance(delivery, Refused)
    assert delivery.reason
    assert delivery.remedy


@every_remote_channel
def test_a_destination_that_hangs_is_left_after_the_timeout(case: Case) -> None:
    """No answer is no refusal, and the message may have arrived."""
    assert case.hanging is not None
    channel = case.hanging()

    delivery = channel.deliver(DECISIONS["PASS"])

    assert isinstance(delivery, TryAgain)
    assert delivery.ambiguous


@every_channel_with_a_secret
@pytest.mark.parametrize("behaviour", ["well", "busy", "refusing", "hanging"])
def test_no_channel_leaks_its_secret(
    case: Case,
    behaviour: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in the delivery, not in anybody's log at any level, not on the terminal."""
    assert case.busy is not None
    assert case.hanging is not None
    behaviours = {"busy": case.busy, "refusing": case.refusing, "hanging": case.hanging}
    caplog.set_level(logging.DEBUG)
    channel = behaviours.get(behaviour, lambda: case.well)()

    delivery = channel.deliver(DECISIONS["FAIL"])

    printed = capfd.readouterr()
    told = f"{delivery!r} {caplog.text} {printed.out} {printed.err} {vars(channel)}"
    assert [secret for secret in case.secrets if secret in told] == []


def test_a_console_that_knows_no_unicode_gets_the_text_all_the_same() -> None:
    """A terminal of the C locale is no reason to say nothing."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        delivery = ConsoleChannel(stream).deliver(DECISIONS["PASS"])
        written = raw.getvalue().decode("ascii")

    assert delivery == Delivered("console")
    assert "ml.c7g.xlarge ? 1 at $0.17/h" in written
