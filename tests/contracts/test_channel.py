"""What every channel keeps, whatever it leads to."""

import io
import itertools
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from recgate.adapters.console_channel import ConsoleChannel
from recgate.adapters.slack_bot_channel import SlackBotChannel
from recgate.adapters.slack_webhook_channel import SlackWebhookChannel
from recgate.adapters.sns_channel import SnsChannel
from recgate.dialect.secret import Secret
from recgate.domain.delivery import Delivered, Refused, TryAgain
from recgate.domain.digest import Approved, Digest, Period, Rhythm, Waiting
from recgate.domain.job import JobStatus
from recgate.domain.route import SlackBot, SlackWebhook
from recgate.domain.telling import DigestTelling, Telling, WaiverEndTelling
from recgate.domain.waiver_end import WaiverEnd
from recgate.telling_ports import Channel
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot, waiver
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

DIGEST = Digest(
    Period(Rhythm.WEEKLY, date(2026, 11, 16), date(2026, 11, 22)),
    {"PASS": 5, "FAIL": 1},
    (Waiting("fraud-ranker v14", "fraud-ranker-v14", "FAIL", NOW, reason="latency P99 +8%"),),
    Approved(models=4, cost_per_hour_usd=3.21),
)

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
        received=lambda: stream.getvalue().count("\nDecision: "),
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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel, and which parts of the contract concern it.

    ``case`` is given what makes a fixture by its name.
    """

    case: Callable[[Callable[[str], Any]], Case]
    may_be_busy: bool = False
    may_hang: bool = False
    has_secret: bool = False


KINDS = {
    "console": Kind(lambda _: console()),
    "slack-bot": Kind(
        lambda asked: slack_bot(asked("resources")),
        may_be_busy=True,
        may_hang=True,
        has_secret=True,
    ),
    "slack-webhook": Kind(
        lambda asked: slack_webhook(asked("resources")),
        may_be_busy=True,
        may_hang=True,
        has_secret=True,
    ),
    "sns": Kind(
        lambda asked: sns(asked("resources"), asked("aws")), may_be_busy=True, may_hang=True
    ),
}


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """The channel that the test asks for, with a real other side."""
    return KINDS[request.param].case(request.getfixturevalue)


def _every(concerned: Callable[[Kind], bool]) -> pytest.MarkDecorator:
    names = [name for name, kind in KINDS.items() if concerned(kind)]
    return pytest.mark.parametrize("case", names, indirect=True)


every_channel = _every(lambda _: True)
every_channel_that_may_be_busy = _every(lambda kind: kind.may_be_busy)
every_channel_that_may_hang = _every(lambda kind: kind.may_hang)
every_channel_with_a_secret = _every(lambda kind: kind.has_secret)


@every_channel
@pytest.mark.parametrize("name", DECISIONS)
def test_every_channel_delivers_every_kind_of_decision(case: Case, name: str) -> None:
    """It arrives once, whole, and there is a receipt for it."""
    delivery = case.well.deliver(Telling(DECISIONS[name]))

    assert isinstance(delivery, Delivered)
    assert delivery.receipt
    assert delivery.note == ""
    assert case.received() == 1


@every_channel
def test_no_channel_loses_what_may_have_arrived(case: Case) -> None:
    """An earlier try without an answer: it is looked for where that is possible, and told."""
    delivery = case.well.deliver(Telling(DECISIONS["FAIL"], in_doubt_since=NOW))

    assert isinstance(delivery, Delivered)
    assert case.received() == 1


@every_channel
def test_every_channel_delivers_a_digest(case: Case) -> None:
    """The other thing that there is to tell."""
    delivery = case.well.deliver(DigestTelling(DIGEST))

    assert isinstance(delivery, Delivered)
    assert delivery.note == ""


@every_channel
def test_every_channel_delivers_a_reminder(case: Case) -> None:
    """And the one that a waiver ends."""
    end = WaiverEnd(waiver(up_to=3.5), NOW.date(), 14)

    delivery = case.well.deliver(WaiverEndTelling(end))

    assert isinstance(delivery, Delivered)
    assert delivery.note == ""


@every_channel_that_may_be_busy
def test_a_busy_destination_is_tried_again_later(case: Case) -> None:
    """The channel says so and leaves the trying to the queue."""
    assert case.busy is not None
    channel = case.busy()

    delivery = channel.deliver(Telling(DECISIONS["PASS"]))

    assert isinstance(delivery, TryAgain)
    assert not delivery.ambiguous
    assert case.received() <= 1


@every_channel
def test_a_destination_that_refuses_is_told_with_a_cure(case: Case) -> None:
    """Words for whoever can mend it."""
    channel = case.refusing()

    delivery = channel.deliver(Telling(DECISIONS["PASS"]))

    assert isinstance(delivery, Refused)
    assert delivery.reason
    assert delivery.remedy


@every_channel_that_may_hang
def test_a_destination_that_hangs_is_left_after_the_timeout(case: Case) -> None:
    """No answer is no refusal, and the message may have arrived."""
    assert case.hanging is not None
    channel = case.hanging()

    delivery = channel.deliver(Telling(DECISIONS["PASS"]))

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

    delivery = channel.deliver(Telling(DECISIONS["FAIL"]))

    printed = capfd.readouterr()
    told = f"{delivery!r} {caplog.text} {printed.out} {printed.err} {vars(channel)}"
    assert [secret for secret in case.secrets if secret in told] == []


def test_a_console_that_knows_no_unicode_gets_the_text_all_the_same() -> None:
    """A terminal of the C locale is no reason to say nothing."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        delivery = ConsoleChannel(stream).deliver(Telling(DECISIONS["PASS"]))
        written = raw.getvalue().decode("ascii")

    assert delivery == Delivered("console")
    assert "ml.c7g.xlarge ? 1 at $0.17/h" in written
