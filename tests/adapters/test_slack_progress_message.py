"""The message that shows a running job: posted once, changed in place, closed at the end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from recgate.domain.delivery import Delivered, Refused, TryAgain
from recgate.domain.job import JobStatus
from recgate.domain.progress import Benchmarks
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Telling
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack
from tests.servers.slack_channel import CHANNEL, channel_into

PASSED = decision(
    snapshot(candidate(latency_p99_ms=84)), policy(at_most("max_latency_p99_ms", 120))
)
RUNNING = ProgressNote(
    snapshot(status=JobStatus.IN_PROGRESS),
    Benchmarks(started=5, done=3, failed=(), waiting=3),
    ("prod-realtime",),
    NOW,
)
FURTHER = replace(
    RUNNING,
    benchmarks=Benchmarks(started=6, done=5, failed=(), waiting=2),
    seen_at=NOW + timedelta(minutes=10),
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def shown(slack: SlackServer) -> str:
    delivery = channel_into(slack).show(RUNNING, "")
    assert isinstance(delivery, Delivered)
    return delivery.receipt


def test_progress_is_one_message_changed_in_place(slack: SlackServer) -> None:
    """However often it is shown: no second message, no parsing, no attachment left."""
    receipt = shown(slack)

    delivery = channel_into(slack).show(FURTHER, receipt)

    (message,) = slack.workspace.in_channel(CHANNEL)
    (update,) = slack.calls("chat.update")
    assert delivery == Delivered(receipt)
    assert "5 of 8" in message["text"]
    assert update["parse"] == "none"
    assert update["attachments"] == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_progress_that_cannot_be_changed_is_left_alone(slack: SlackServer, code: str) -> None:
    """Whoever took it away does not want it: a job must not post a new one every five minutes."""
    receipt = shown(slack)
    slack.answer_to("chat.update", error(code))

    delivery = channel_into(slack).show(FURTHER, receipt)

    assert isinstance(delivery, Refused)
    assert code in delivery.reason
    assert len(slack.posted) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error("ratelimited", status=429, Retry_After="3"), TryAgain("Slack: ratelimited", 3.0)),
        (
            Answer(fault=Fault.DROP),
            TryAgain("Slack: no answer (RemoteDisconnected)", ambiguous=True),
        ),
    ],
)
def test_every_other_failure_is_handed_back(
    slack: SlackServer, answer: Answer, expected: TryAgain
) -> None:
    """Progress is decoration: nothing is posted in its place."""
    receipt = shown(slack)
    slack.answer_to("chat.update", answer)

    delivery = channel_into(slack).show(FURTHER, receipt)

    assert delivery == expected
    assert len(slack.posted) == 1


def test_progress_whose_blocks_are_refused_is_told_in_words(slack: SlackServer) -> None:
    """A text without blocks takes the place of the blocks that were there."""
    receipt = shown(slack)
    slack.answer_to("chat.update", error("invalid_blocks"))

    delivery = channel_into(slack).show(FURTHER, receipt)

    (message,) = slack.workspace.in_channel(CHANNEL)
    assert delivery == Delivered(receipt, "sent as text only: invalid_blocks")
    assert message["blocks"] == []
    assert "5 of 8" in message["text"]


def test_a_message_without_a_name_is_neither_changed_nor_repeated(slack: SlackServer) -> None:
    """Slack took it and did not say where: posting again at every look would be noise."""
    delivery = channel_into(slack).show(FURTHER, "slack")

    assert isinstance(delivery, Refused)
    assert slack.asked == []


def test_the_progress_message_ends_with_the_verdict(slack: SlackServer) -> None:
    """Nobody waits for a job that has ended."""
    telling = Telling(PASSED, progress=shown(slack))
    channel = channel_into(slack)
    delivered = channel.deliver(telling)
    assert isinstance(delivered, Delivered)

    left_out = channel.follow_up(telling, delivered)

    progress = slack.workspace.in_channel(CHANNEL)[0]
    assert list(left_out) == []
    assert "Benchmarking" not in str(progress)
    assert "PASS" in progress["text"]


def test_a_progress_message_is_closed_for_a_route_that_hears_no_verdict(
    slack: SlackServer,
) -> None:
    """It may have asked for failures only."""
    receipt = shown(slack)

    left_out = channel_into(slack).close_progress(Telling(PASSED, progress=receipt))

    (message,) = slack.workspace.in_channel(CHANNEL)
    assert list(left_out) == []
    assert "Benchmarking" not in str(message)


def test_a_progress_message_that_cannot_be_closed_is_named(slack: SlackServer) -> None:
    """The reason in Slack's word; nothing is posted for it."""
    receipt = shown(slack)
    slack.answer_to("chat.update", error("message_not_found"))

    left_out = channel_into(slack).close_progress(Telling(PASSED, progress=receipt))

    assert list(left_out) == ["update of the progress message left out: message_not_found"]
    assert len(slack.posted) == 1


def test_a_slack_that_is_down_is_asked_once_for_all_that_is_left(slack: SlackServer) -> None:
    """Its time-outs would eat the lease of the message, and the time of other routes."""
    receipt = shown(slack)
    channel = channel_into(slack, draw=lambda _: b"PNG")
    telling = Telling(PASSED, progress=receipt)
    slack.asked.clear()
    slack.answer_with(Answer(fault=Fault.HANG))

    left_out = channel.follow_up(telling, Delivered(f"{CHANNEL}:1795242720.000009"))

    reason = "no answer (TimeoutError)"
    assert list(left_out) == [
        f"update of the progress message left out: {reason}",
        f"update of the job's verdict left out: {reason} before it",
        f"details left out: {reason} before it",
        f"chart left out: {reason} before it",
    ]
    assert len(slack.asked) == 1
