"""The Slack channel with a bot token, against a local Slack."""

from collections.abc import Iterator

import pytest

from recgate.adapters.slack_bot_channel import SlackBotChannel
from recgate.dialect.secret import Secret, SecretRefused, SecretUnavailable
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.route import SlackBot
from recgate.domain.telling import Telling
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, error, local_slack
from tests.servers.slack_channel import TOKEN, channel_into

P99 = policy(at_most("max_latency_p99_ms", 120))
PASSED = decision(snapshot(candidate(latency_p99_ms=84)), P99)
FAILED = decision(snapshot(candidate(latency_p99_ms=129)), P99)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack(lambda: NOW) as running:
        yield running


def test_a_post_carries_the_token_the_channel_and_the_whole_message(slack: SlackServer) -> None:
    """What is rendered is what arrives, and the receipt names the message."""
    delivery = channel_into(slack).deliver(Telling(PASSED))

    (posted,) = slack.posted
    assert posted.path == "/api/chat.postMessage"
    assert posted.headers["Authorization"] == f"Bearer {TOKEN}"
    assert posted.message["channel"] == "C0123456789"
    assert posted.message["text"].startswith("PASS fraud-ranker v14: ")
    assert posted.message["unfurl_links"] is False
    assert posted.message["metadata"]["event_payload"]["decision"] == PASSED.key
    assert delivery == Delivered("C0123456789:1795242720.000001")


def test_the_waiting_time_that_slack_asks_for_wins(slack: SlackServer) -> None:
    """Retry-After is in seconds, and not always an integer."""
    slack.answer_with(error("ratelimited", status=429, Retry_After="1.5"))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert delivery == TryAgain("Slack: ratelimited", after_s=1.5)


@pytest.mark.parametrize("waiting", ["soon", "", "nan", "-3", "inf"])
def test_a_retry_after_that_cannot_be_read_is_none(slack: SlackServer, waiting: str) -> None:
    """Garbage in a header is not a crash and not a wait for ever."""
    slack.answer_with(error("ratelimited", status=429, Retry_After=waiting))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert delivery == TryAgain("Slack: ratelimited")


@pytest.mark.parametrize(
    "answer",
    [
        error("fatal_error"),
        error("fatal_error", status=500),
        Answer(502, "<html>Bad gateway</html>"),
        Answer(500, ""),
        Answer(200, "<html>Welcome to the hotel</html>"),
        Answer(200, ["not", "an", "object"]),
        Answer(200, "null"),
        Answer(fault=Fault.HANG),
        Answer(fault=Fault.DROP),
    ],
)
def test_a_post_that_may_have_arrived_is_ambiguous(slack: SlackServer, answer: Answer) -> None:
    """The message is sent once; whoever sends it again may look for it first."""
    slack.answer_with(answer)

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivery, TryAgain)
    assert delivery.ambiguous
    assert len(slack.posted) == 1


@pytest.mark.parametrize("code", ["internal_error", "service_unavailable", "ratelimited"])
def test_a_transient_error_is_not_ambiguous(slack: SlackServer, code: str) -> None:
    """Slack says that it did not take the message."""
    slack.answer_with(error(code))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert delivery == TryAgain(f"Slack: {code}")


def test_a_workspace_that_is_being_moved_is_given_time(slack: SlackServer) -> None:
    """Trying again in a second would only use up the attempts."""
    slack.answer_with(error("team_added_to_org"))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert delivery == TryAgain("Slack: team_added_to_org", after_s=900.0)


def test_a_slack_that_is_not_there_was_not_reached() -> None:
    """A refused connection has sent nothing."""
    with local_slack() as gone:
        pass

    delivery = channel_into(gone).deliver(Telling(PASSED))

    assert delivery == TryAgain("Slack: no answer (ConnectionRefusedError)")


def test_refused_blocks_are_sent_simpler_until_the_verdict_is_out(slack: SlackServer) -> None:
    """No table, then text only: in one delivery, and it says so."""
    slack.answer_with(error("invalid_blocks"), error("msg_blocks_too_long"))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    kinds = [
        {block["type"] for block in posted.message.get("blocks", [])} for posted in slack.posted
    ]
    assert "table" in kinds[0]
    assert "section" in kinds[1]
    assert kinds[1].isdisjoint({"table", "rich_text"})
    assert kinds[2] == set()
    assert delivery == Delivered(
        "C0123456789:1795242720.000003",
        "sent without the table: invalid_blocks, sent as text only: msg_blocks_too_long",
    )


def test_even_plain_text_may_be_refused_and_that_is_the_end(slack: SlackServer) -> None:
    """Three forms, and the text without anything else; no loop."""
    slack.answer_with(*[error("invalid_blocks")] * 9)

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.PAYLOAD
    assert len(slack.posted) == 4
    assert set(slack.posted[-1].message) == {"text", "unfurl_links", "unfurl_media", "channel"}


def test_refused_metadata_is_left_out_once(slack: SlackServer) -> None:
    """The same form again without it."""
    slack.answer_with(error("metadata_too_large"))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    first, second = slack.posted
    assert "metadata" in first.message
    assert "metadata" not in second.message
    assert second.message["blocks"] == first.message["blocks"]
    assert isinstance(delivery, Delivered)
    assert delivery.note == "sent without metadata: metadata_too_large"


def test_a_metadata_error_without_metadata_ends_in_text_only(slack: SlackServer) -> None:
    """An answer that makes no sense does not make a loop."""
    slack.answer_with(*[error("invalid_metadata_format")] * 9)

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.PAYLOAD
    assert len(slack.posted) == 3


@pytest.mark.parametrize("code", ["invalid_arguments", "brand_new_error", "missing_argument"])
def test_our_mistakes_and_unknown_words_send_text_only_once(slack: SlackServer, code: str) -> None:
    """The verdict gets out; if the bare text is refused too, it is a fault of ours."""
    slack.answer_with(error(code))
    delivered = channel_into(slack).deliver(Telling(PASSED))
    slack.answer_with(error(code), error(code), error(code))
    refused = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivered, Delivered)
    assert delivered.note == f"sent as text only: {code}"
    assert isinstance(refused, Refused)
    assert refused.kind is RefusalKind.PAYLOAD
    sent = ["blocks" in posted.message for posted in slack.posted]
    assert sent == [True, False, True, False, False]
    assert "metadata" in slack.posted[1].message
    assert "metadata" not in slack.posted[-1].message


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("not_in_channel", RefusalKind.DESTINATION, "/invite @recgate"),
        ("channel_not_found", RefusalKind.DESTINATION, "routes.yaml"),
        ("is_archived", RefusalKind.DESTINATION, "unarchive"),
        ("restricted_action_thread_only_channel", RefusalKind.DESTINATION, "replies only"),
        ("missing_scope", RefusalKind.CREDENTIALS, "chat:write"),
        ("invalid_auth", RefusalKind.CREDENTIALS, "secret"),
    ],
)
def test_a_permanent_refusal_names_the_cure(
    slack: SlackServer, code: str, kind: RefusalKind, remedy: str
) -> None:
    """One post, no simpler form: the words for whoever can mend it."""
    slack.answer_with(error(code))

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is kind
    assert delivery.reason == f"Slack refused the message for channel C0123456789: {code}"
    assert remedy in delivery.remedy
    assert len(slack.posted) == 1


def test_people_are_mentioned_only_when_it_failed(slack: SlackServer) -> None:
    """Never for a pass, and never the whole channel."""
    telling = channel_into(slack, mentions=("<!subteam^S0123ABCD>", "<!channel>"))

    telling.deliver(Telling(FAILED))
    telling.deliver(Telling(PASSED))

    failed, passed = (str(posted.message) for posted in slack.posted)
    assert "<!subteam^S0123ABCD>" in failed
    assert "<!channel>" not in failed
    assert "<!subteam" not in passed


def test_a_rotated_token_is_read_again_and_tried_later(slack: SlackServer) -> None:
    """A cached token that was revoked is no reason to park the message."""
    stored = ["xoxb-old", TOKEN]
    slack.answer_with(error("token_revoked"))
    rotating = channel_into(
        slack, token=lambda: stored[0], forget=lambda: stored.remove("xoxb-old")
    )

    first = rotating.deliver(Telling(PASSED))
    second = rotating.deliver(Telling(PASSED))

    assert isinstance(first, TryAgain)
    assert isinstance(second, Delivered)
    assert slack.posted[1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_token_that_is_refused_and_unchanged_is_refused(slack: SlackServer) -> None:
    """Reading it again changes nothing: people have to act."""
    forgotten: list[str] = []
    slack.answer_with(error("invalid_auth"))

    delivery = channel_into(slack, forget=lambda: forgotten.append("yes")).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert forgotten == ["yes"]


def test_a_secret_that_cannot_be_read_now_is_tried_again(slack: SlackServer) -> None:
    """Nothing is sent without a token."""

    def unavailable() -> Secret:
        raise SecretUnavailable("throttled", after_s=2.0)

    delivery = channel_into(slack, token=unavailable).deliver(Telling(PASSED))

    assert delivery == TryAgain("throttled", after_s=2.0)
    assert slack.posted == []


def test_a_secret_that_is_refused_refuses_the_delivery(slack: SlackServer) -> None:
    """The remedy is handed on."""

    def refused() -> Secret:
        raise SecretRefused("no such secret", remedy="create it")

    delivery = channel_into(slack, token=refused).deliver(Telling(PASSED))

    assert delivery == Refused("no such secret", "create it", RefusalKind.CREDENTIALS)


@pytest.mark.parametrize("bad", ["", "  ", "xoxb-1\r\nX-Evil: 1", "hunter2", "xoxb-é"])
def test_a_token_that_is_none_is_not_sent(slack: SlackServer, bad: str) -> None:
    """A header with a line break would be an error that quotes the token."""
    delivery = channel_into(slack, token=lambda: bad).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.CREDENTIALS
    assert not bad.strip() or bad not in str(delivery)
    assert slack.posted == []


@pytest.mark.parametrize("address", ["http://slack.example/api/", "ftp://127.0.0.1/", "nonsense"])
def test_the_token_is_not_sent_in_the_clear(address: str) -> None:
    """Plain http is for this machine only."""
    careless = SlackBotChannel(SlackBot("C1", "name"), lambda: TOKEN, base_url=address)

    delivery = careless.deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.CREDENTIALS


@pytest.mark.parametrize(
    "echo",
    [
        Answer(403, {"ok": False, "error": TOKEN}),
        Answer(200, {"ok": True, "channel": TOKEN, "ts": TOKEN}),
        Answer(500, f"Bearer {TOKEN}"),
    ],
)
def test_an_answer_that_quotes_the_token_is_not_repeated(slack: SlackServer, echo: Answer) -> None:
    """A proxy's error page may show the request that it got."""
    slack.answer_with(echo, echo)

    delivery = channel_into(slack).deliver(Telling(PASSED))

    assert TOKEN not in str(delivery)
