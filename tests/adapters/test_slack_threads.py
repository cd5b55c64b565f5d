"""One parent for each job: replies, changes in place, and when they are not possible."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, RefusalKind, Refused
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack
from tests.servers.slack_channel import CHANNEL, channel_into

P99 = policy(at_most("max_latency_p99_ms", 120))
PASSED = decision(snapshot(candidate(latency_p99_ms=84)), P99)
FAILED = decision(snapshot(candidate(latency_p99_ms=129)), P99)
UNKNOWN = decision(snapshot(candidate(cost_per_hour_usd=0.17)), P99)
PEOPLE = "<!subteam^S0123ABCD>"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def told(slack: SlackServer, decided: Decision) -> str:
    """The receipt of the first message about the job."""
    delivery = channel_into(slack).deliver(Telling(decided))
    assert isinstance(delivery, Delivered)
    return delivery.receipt


def ts_of(receipt: str) -> str:
    return receipt.split(":")[1]


def test_a_later_verdict_answers_in_the_thread_of_the_first(slack: SlackServer) -> None:
    """One message of a job in the channel; the receipt of its parent goes into the record."""
    parent = told(slack, FAILED)

    delivery = channel_into(slack).deliver(Telling(UNKNOWN, parent=parent, former=Verdict.FAIL))

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000002", parent=parent)
    assert len(slack.workspace.in_channel(CHANNEL)) == 1
    assert len(slack.workspace.in_thread(CHANNEL, ts_of(parent))) == 1
    assert "reply_broadcast" not in slack.posted[1].message


@pytest.mark.parametrize(
    ("former", "decided", "shown"),
    [
        (Verdict.FAIL, PASSED, True),
        (Verdict.PASS, FAILED, True),
        (Verdict.WAIVED, UNKNOWN, True),
        (Verdict.FAIL, UNKNOWN, False),
        (Verdict.WARN, PASSED, False),
        (None, PASSED, False),
    ],
)
def test_a_reply_is_shown_in_the_channel_only_when_the_gate_turns(
    slack: SlackServer, former: Verdict | None, decided: Decision, shown: bool
) -> None:
    """Only for a decision that people wait for."""
    parent = told(slack, FAILED if former is Verdict.FAIL else UNKNOWN)

    channel_into(slack).deliver(Telling(decided, parent=parent, former=former))

    assert slack.posted[1].message.get("reply_broadcast", False) is shown
    assert len(slack.workspace.in_channel(CHANNEL)) == (2 if shown else 1)


def test_a_parent_that_was_deleted_leaves_a_new_one(slack: SlackServer) -> None:
    """Slack posts such an answer into the channel and says nothing of it but in its answer."""
    parent = told(slack, FAILED)
    slack.workspace.delete(CHANNEL, ts_of(parent))

    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent, former=Verdict.FAIL))

    note = "posted as a new message: its thread is gone"
    assert delivery == Delivered(f"{CHANNEL}:1795242720.000002", note)
    assert len(slack.workspace.in_channel(CHANNEL)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "message_not_found",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
        "thread_not_found",
    ],
)
def test_a_thread_that_takes_no_answers_leaves_a_new_message(slack: SlackServer, code: str) -> None:
    """The verdict gets out as a parent of its own, whole."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.postMessage", error(code))

    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent, former=Verdict.FAIL))

    posted = slack.posted[2].message
    note = f"posted as a new message: {code}"
    assert delivery == Delivered(f"{CHANNEL}:1795242720.000003", note)
    assert "blocks" in posted
    assert "metadata" in posted
    assert not {"thread_ts", "reply_broadcast"} & posted.keys()


def test_a_channel_that_takes_replies_only_is_no_destination(slack: SlackServer) -> None:
    """There is no message to answer to: people have to name another channel."""
    slack.answer_to("chat.postMessage", error("restricted_action_thread_only_channel"))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.DESTINATION


def test_a_reply_that_may_not_be_shown_in_the_channel_stays_in_its_thread(
    slack: SlackServer,
) -> None:
    """That is no reason to refuse the verdict."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.postMessage", error("cant_broadcast_message"))

    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent, former=Verdict.FAIL))

    assert isinstance(delivery, Delivered)
    assert delivery.parent == parent
    assert delivery.note == "not shown in the channel: cant_broadcast_message"
    assert slack.posted[2].message["thread_ts"] == ts_of(parent)
    assert "reply_broadcast" not in slack.posted[2].message


def test_an_unknown_word_about_a_reply_ends_in_a_bare_text(slack: SlackServer) -> None:
    """It may be the thread that Slack does not like, in a word that we do not know."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.postMessage", error("invalid_thread"), error("invalid_thread"))

    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent, former=Verdict.FAIL))

    assert isinstance(delivery, Delivered)
    assert delivery.note == (
        "sent as text only: invalid_thread, sent without metadata and thread: invalid_thread"
    )
    assert delivery.parent == ""


@pytest.mark.parametrize("parent", ["C0OTHER0001:1795242000.000001", "slack", "m-1", "C1:", ":"])
def test_a_parent_elsewhere_is_no_parent(slack: SlackServer, parent: str) -> None:
    """The route may lead to another channel now, or the receipt may name no message."""
    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent, former=Verdict.FAIL))

    assert delivery == Delivered(f"{CHANNEL}:1795242720.000001")
    assert "thread_ts" not in slack.posted[0].message


def test_an_answer_that_says_nothing_of_the_thread_is_taken_at_its_word(
    slack: SlackServer,
) -> None:
    """Without a message in it, what was asked for is what was done."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.postMessage", Answer(200, {"ok": True, "channel": CHANNEL, "ts": "9.9"}))

    delivery = channel_into(slack).deliver(Telling(PASSED, parent=parent))

    assert delivery == Delivered(f"{CHANNEL}:9.9", parent=parent)


def test_people_are_mentioned_once_about_one_failure(slack: SlackServer) -> None:
    """An answer in its thread reaches whoever follows it."""
    channel = channel_into(slack, mentions=(PEOPLE,))
    parent = channel.deliver(Telling(FAILED))
    assert isinstance(parent, Delivered)

    channel.deliver(Telling(FAILED, parent=parent.receipt, former=Verdict.FAIL))

    first, second = (str(posted.message) for posted in slack.posted)
    assert PEOPLE in first
    assert PEOPLE not in second


# --- the parent, brought up to date ----------------------------------------------------------


def followed(slack: SlackServer, telling: Telling, **how: Any) -> tuple[Delivered, list[str]]:
    """Deliver, then do what belongs beside it."""
    channel = channel_into(slack, **how)
    delivered = channel.deliver(telling)
    assert isinstance(delivered, Delivered)
    return delivered, list(channel.follow_up(telling, delivered))


def changed(slack: SlackServer, receipt: str) -> list[Mapping[str, Any]]:
    return [call for call in slack.calls("chat.update") if call["ts"] == ts_of(receipt)]


def test_the_parent_shows_the_new_verdict(slack: SlackServer) -> None:
    """Whoever looks at the channel sees how the job stands now."""
    parent = told(slack, FAILED)

    _, left_out = followed(slack, Telling(PASSED, parent=parent, former=Verdict.FAIL))

    (shown,) = [each for each in slack.workspace.in_channel(CHANNEL) if each["ts"] == ts_of(parent)]
    assert left_out == []
    assert shown["text"].startswith("FAIL → PASS")
    assert "FAIL → PASS" in str(shown["blocks"][0])


def test_an_update_replaces_everything_and_parses_nothing(slack: SlackServer) -> None:
    """What is left out of an update is kept by Slack, and its ``parse`` would link words."""
    parent = told(slack, FAILED)

    followed(slack, Telling(PASSED, parent=parent, former=Verdict.FAIL))

    (update,) = changed(slack, parent)
    assert update["attachments"] == []
    assert update["parse"] == "none"
    assert update["link_names"] is False
    assert update["blocks"]
    assert len(update["text"]) <= 4_000
    assert not {"thread_ts", "reply_broadcast", "unfurl_links"} & update.keys()


def test_an_update_mentions_nobody(slack: SlackServer) -> None:
    """Not even where the verdict calls for people."""
    parent = told(slack, PASSED)

    followed(slack, Telling(FAILED, parent=parent, former=Verdict.PASS), mentions=(PEOPLE,))

    (update,) = changed(slack, parent)
    assert PEOPLE not in str(update)


def test_a_changed_parent_is_not_found_in_place_of_the_reply(slack: SlackServer) -> None:
    """The key of a message belongs to what was posted with it."""
    parent = told(slack, FAILED)
    telling = Telling(PASSED, parent=parent, former=Verdict.FAIL)
    followed(slack, telling)

    delivery = channel_into(slack).deliver(
        Telling(PASSED, parent=parent, former=Verdict.FAIL, in_doubt_since=NOW)
    )

    assert isinstance(delivery, Delivered)
    assert delivery.receipt == f"{CHANNEL}:1795242720.000002"


def test_a_verdict_that_is_its_own_parent_changes_nothing(slack: SlackServer) -> None:
    """There is nothing earlier."""
    _, left_out = followed(slack, Telling(PASSED))

    assert left_out == []
    assert slack.calls("chat.update") == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error("edit_window_closed"), "edit_window_closed"),
        (error("message_not_found"), "message_not_found"),
        (error("cant_update_message"), "cant_update_message"),
        (error("msg_too_long"), "msg_too_long"),
        (error("brand_new_error"), "brand_new_error"),
        (error("is_archived"), "is_archived (unarchive the channel, "),
        (Answer(500, "<html>"), "HTTP 500, no answer of Slack's"),
        (Answer(fault=Fault.DROP), "no answer (RemoteDisconnected)"),
        (Answer(fault=Fault.HANG), "no answer (TimeoutError)"),
    ],
)
def test_an_update_that_fails_is_left_out_and_named(
    slack: SlackServer, answer: Answer, reason: str
) -> None:
    """The verdict is out; nothing is posted in place of the update."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.update", answer)

    _, left_out = followed(slack, Telling(PASSED, parent=parent, former=Verdict.FAIL))

    assert left_out[0].startswith(f"update of the job's verdict left out: {reason}")
    assert len(slack.calls("chat.update")) == 1
    assert len(slack.workspace.in_channel(CHANNEL)) == 2


def test_an_update_whose_metadata_is_refused_goes_without(slack: SlackServer) -> None:
    """The same change again, once."""
    parent = told(slack, FAILED)
    slack.answer_to("chat.update", error("metadata_too_large"))

    _, left_out = followed(slack, Telling(PASSED, parent=parent, former=Verdict.FAIL))

    first, second = changed(slack, parent)
    assert left_out == []
    assert "metadata" in first
    assert "metadata" not in second


@pytest.mark.parametrize("bad", ["", "hunter2"])
def test_without_a_token_all_is_left_out_in_one_word(slack: SlackServer, bad: str) -> None:
    """Never raises, asks nobody, and does not say what the secret is."""
    telling = Telling(PASSED, parent=f"{CHANNEL}:1.2", former=Verdict.FAIL)

    left_out = channel_into(slack, token=lambda: bad).follow_up(telling, Delivered("C1:1.2"))

    assert len(left_out) == 1
    assert left_out[0].startswith("all beside the verdict left out: ")
    assert "hunter2" not in left_out[0]
    assert slack.asked == []
