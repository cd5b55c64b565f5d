"""Never lost, never twice: what happens when it is not known whether a message arrived."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from recgate.dialect.slack_lookup import FOUND
from recgate.domain.delivery import Delivered, TryAgain
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack
from tests.servers.slack_channel import CHANNEL, channel_into

P99 = policy(at_most("max_latency_p99_ms", 120))
PASSED = decision(snapshot(candidate(latency_p99_ms=84)), P99)
FAILED = decision(snapshot(candidate(latency_p99_ms=129)), P99)
IN_DOUBT = Telling(PASSED, in_doubt_since=NOW)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def in_channel(slack: SlackServer) -> int:
    return len(slack.workspace.in_channel(CHANNEL))


def test_a_message_that_arrived_without_an_answer_is_found_and_not_posted_again(
    slack: SlackServer,
) -> None:
    """The connection was dropped after Slack had taken the message: one message, one receipt."""
    slack.answer_to("chat.postMessage", Answer(fault=Fault.LOSE))

    first = channel_into(slack).deliver(Telling(PASSED))
    second = channel_into(slack).deliver(IN_DOUBT)

    assert first == TryAgain("Slack: no answer (RemoteDisconnected)", ambiguous=True)
    assert second == Delivered(f"{CHANNEL}:1795242720.000001", FOUND)
    assert in_channel(slack) == 1


def test_a_message_that_did_not_arrive_is_posted_once(slack: SlackServer) -> None:
    """It is looked for, is not there, and is posted without a word of doubt."""
    slack.answer_to("chat.postMessage", Answer(fault=Fault.DROP))

    first = channel_into(slack).deliver(Telling(PASSED))
    second = channel_into(slack).deliver(IN_DOUBT)

    assert isinstance(first, TryAgain)
    assert first.ambiguous
    assert second == Delivered(f"{CHANNEL}:1795242720.000002")
    assert in_channel(slack) == 1


def test_nothing_is_looked_for_without_a_doubt(slack: SlackServer) -> None:
    """Most messages cost one call."""
    channel_into(slack).deliver(Telling(PASSED))

    assert [asked.method for asked in slack.asked] == ["chat.postMessage"]


def test_the_look_up_asks_for_metadata_and_a_minute_more(slack: SlackServer) -> None:
    """Slack's clock may be behind ours, and without asking there is no metadata."""
    channel_into(slack).deliver(IN_DOUBT)

    (asked,) = slack.calls("conversations.history")
    assert asked == {
        "channel": CHANNEL,
        "oldest": f"{NOW.timestamp() - 60:.6f}",
        "limit": "100",
        "include_all_metadata": "1",
    }


@pytest.mark.parametrize(
    ("behind_s", "copies"), [(59, 1), (61, 2)], ids=["within-the-margin", "long-before"]
)
def test_only_a_message_since_the_doubt_counts(behind_s: int, copies: int) -> None:
    """The same verdict may have been told long ago; that one is not this one."""
    with local_slack(lambda: NOW - timedelta(seconds=behind_s)) as slack:
        channel_into(slack).deliver(Telling(PASSED))

        channel_into(slack).deliver(IN_DOUBT)

        assert in_channel(slack) == copies


def test_another_decisions_message_is_not_taken_for_this_one(slack: SlackServer) -> None:
    """The key in the metadata is the decision's own."""
    channel_into(slack).deliver(Telling(FAILED))

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000002")


def test_a_message_that_no_app_posted_is_not_taken_for_ours(slack: SlackServer) -> None:
    """Only apps set metadata: what claims our key without one is somebody's trick or a mistake."""
    channel_into(slack).deliver(Telling(PASSED))
    stranger = slack.workspace.messages[CHANNEL][0]
    del stranger["bot_id"], stranger["app_id"]

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000002")


@pytest.mark.parametrize("others", [250, 299])
def test_up_to_three_pages_are_looked_through(slack: SlackServer, others: int) -> None:
    """A busy channel has many messages after a doubt; Slack gives the newest first."""
    channel_into(slack).deliver(Telling(PASSED))
    chat = slack.workspace.messages[CHANNEL]
    chat += [{"ts": f"1795242721.{place:06d}", "text": "hello"} for place in range(others)]

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000001", FOUND)
    assert len(slack.calls("conversations.history")) == 3


def test_a_look_up_that_does_not_end_is_given_up_with_a_word(slack: SlackServer) -> None:
    """Bounded: after three pages the message is posted, and it says what that may mean."""
    channel_into(slack).deliver(Telling(PASSED))
    chat = slack.workspace.messages[CHANNEL]
    chat += [{"ts": f"1795242721.{place:06d}", "text": "hello"} for place in range(400)]

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert isinstance(delivery, Delivered)
    assert delivery.note == "may be a second copy: more than 300 messages since"
    assert len(slack.calls("conversations.history")) == 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error("ratelimited", status=429, Retry_After="7.5"), TryAgain("ratelimited", 7.5)),
        (error("internal_error"), TryAgain("internal_error")),
        (error("fatal_error"), TryAgain("fatal_error", ambiguous=True)),
        (error("team_added_to_org"), TryAgain("team_added_to_org", 900.0)),
        (
            Answer(fault=Fault.DROP),
            TryAgain("no answer (RemoteDisconnected)", ambiguous=True),
        ),
    ],
)
def test_nothing_is_posted_while_slack_does_not_say(
    slack: SlackServer, answer: Answer, expected: TryAgain
) -> None:
    """The look-up itself is tried again, as late as Slack asks."""
    slack.answer_to("conversations.history", answer)

    delivery = channel_into(slack).deliver(IN_DOUBT)

    reason = f"Slack: {expected.reason}, while looking for a message that may have arrived"
    assert delivery == TryAgain(reason, expected.after_s, expected.ambiguous)
    assert slack.posted == []


def test_without_the_scope_it_is_posted_and_the_scope_is_named(slack: SlackServer) -> None:
    """Never lost is worth more than never twice."""
    slack.workspace.scopes.difference_update({"channels:history", "groups:history"})

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert isinstance(delivery, Delivered)
    assert delivery.note == (
        "may be a second copy: missing_scope "
        "(give the Slack app channels:history, groups:history and install it again)"
    )
    assert in_channel(slack) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            error("missing_scope"),
            "missing_scope (give the Slack app channels:history "
            "(in a private channel groups:history) and install it again)",
        ),
        (error("not_in_channel"), "not_in_channel (invite the bot: /invite @recgate)"),
        (error("brand_new_error"), "brand_new_error"),
        (error("invalid_cursor"), "invalid_cursor"),
    ],
)
def test_a_look_up_that_is_refused_posts_with_the_reason(
    slack: SlackServer, answer: Answer, said: str
) -> None:
    """Whatever it is: the verdict gets out, and the note says why it may be there twice."""
    slack.answer_to("conversations.history", answer)

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert isinstance(delivery, Delivered)
    assert delivery.note == f"may be a second copy: {said}"


@pytest.mark.parametrize(
    "odd", [{"ok": True}, {"ok": True, "messages": "none"}, {"ok": True, "messages": [7]}]
)
def test_an_answer_without_messages_is_no_crash(slack: SlackServer, odd: object) -> None:
    """It is posted: there is nothing to look through."""
    slack.answer_to("conversations.history", Answer(200, odd))

    delivery = channel_into(slack).deliver(IN_DOUBT)

    assert isinstance(delivery, Delivered)


def test_a_sample_is_looked_for_no_more_than_it_can_be(slack: SlackServer) -> None:
    """A message that is no verdict carries no key: nothing else may be taken for it."""
    chat = slack.workspace.messages.setdefault(CHANNEL, [])
    chat.append({"ts": "1795242721.000001", "text": "hello", "bot_id": "B0"})

    delivery = channel_into(slack).deliver(Telling(PASSED, in_doubt_since=NOW, label="A sample"))

    assert isinstance(delivery, Delivered)
    assert delivery.note == "may be a second copy: it carries no key to look for"


def test_a_reply_that_arrived_without_an_answer_is_found_in_its_thread(slack: SlackServer) -> None:
    """The history of a channel has no replies."""
    parent = channel_into(slack).deliver(Telling(FAILED))
    assert isinstance(parent, Delivered)
    slack.answer_to("chat.postMessage", Answer(fault=Fault.LOSE))
    reply = Telling(PASSED, parent=parent.receipt, former=Verdict.FAIL)

    first = channel_into(slack).deliver(reply)
    second = channel_into(slack).deliver(
        Telling(PASSED, parent=parent.receipt, former=Verdict.FAIL, in_doubt_since=NOW)
    )

    assert isinstance(first, TryAgain)
    assert second == Delivered(f"{CHANNEL}:1795242720.000002", FOUND, parent=parent.receipt)
    assert len(slack.workspace.messages[CHANNEL]) == 2


def test_a_thread_that_is_gone_is_no_reason_to_wait(slack: SlackServer) -> None:
    """Nothing can be in it: the channel itself is looked through all the same."""
    gone = Telling(PASSED, parent=f"{CHANNEL}:1795242000.000001", in_doubt_since=NOW)

    delivery = channel_into(slack).deliver(gone)

    asked = [asked.method for asked in slack.asked]
    assert asked == ["conversations.replies", "conversations.history", "chat.postMessage"]
    assert isinstance(delivery, Delivered)
    assert delivery.note == "posted as a new message: its thread is gone"


def test_a_lookup_that_is_denied_in_the_thread_still_finds_it_in_the_channel(
    slack: SlackServer,
) -> None:
    """A reply whose thread was gone stands in the channel."""
    channel_into(slack).deliver(Telling(PASSED))
    slack.answer_to("conversations.replies", error("brand_new_error"))

    delivery = channel_into(slack).deliver(
        Telling(PASSED, parent=f"{CHANNEL}:1795242000.000001", in_doubt_since=NOW)
    )

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000001", FOUND)


def test_every_clock_is_read_in_utc(slack: SlackServer) -> None:
    """The ledger's times have a zone; Slack's are seconds since 1970."""
    channel_into(slack).deliver(Telling(PASSED, in_doubt_since=datetime(2026, 11, 21, tzinfo=UTC)))

    (asked,) = slack.calls("conversations.history")
    assert asked["oldest"] == "1795219140.000000"
