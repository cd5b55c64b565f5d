"""The Slack channel through an incoming webhook, against a local Slack."""

from collections.abc import Callable, Iterator

import pytest

from recgate.adapters.slack_webhook_channel import SlackWebhookChannel
from recgate.dialect.secret import Secret
from recgate.domain.delivery import Delivered, RefusalKind, Refused, TryAgain
from recgate.domain.route import SlackWebhook
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.servers.slack import Answer, Fault, SlackServer, local_slack

PASSED = decision(
    snapshot(candidate(latency_p99_ms=84)), policy(at_most("max_latency_p99_ms", 120))
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack() as running:
        yield running


def channel(
    url: Callable[[], Secret | str], *, forget: Callable[[], None] | None = None
) -> SlackWebhookChannel:
    return SlackWebhookChannel(
        SlackWebhook("recgate/slack-webhook"), url, timeout_s=0.3, forget=forget
    )


def test_a_webhook_gets_the_same_blocks_without_metadata(slack: SlackServer) -> None:
    """A webhook cannot read its messages back, so nothing is there to be read."""
    delivery = channel(lambda: Secret(slack.webhook_url)).deliver(Telling(PASSED))

    (posted,) = slack.posted
    assert set(posted.message) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert posted.message["blocks"][0]["type"] == "header"
    assert delivery == Delivered("slack-webhook")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, "rate_limited", {"Retry-After": "1.5"}), TryAgain("Slack: rate_limited", 1.5)),
        (Answer(429, "<html>", {}), TryAgain("Slack: HTTP 429")),
        (Answer(500, "rollup_error"), TryAgain("Slack: rollup_error")),
        (
            Answer(503, "<html>Service Unavailable</html>"),
            TryAgain("Slack: HTTP 503, no answer of Slack's", ambiguous=True),
        ),
        (
            Answer(200, "<html>Log in to the hotel</html>"),
            TryAgain("Slack: HTTP 200, no answer of Slack's", ambiguous=True),
        ),
        (
            Answer(200, "accepted"),
            TryAgain("Slack: HTTP 200, no answer of Slack's", ambiguous=True),
        ),
        (Answer(fault=Fault.HANG), TryAgain("Slack: no answer (TimeoutError)", ambiguous=True)),
        (
            Answer(fault=Fault.DROP),
            TryAgain("Slack: no answer (RemoteDisconnected)", ambiguous=True),
        ),
    ],
)
def test_a_transient_answer_is_tried_again_later(
    slack: SlackServer, answer: Answer, expected: TryAgain
) -> None:
    """One post, and what Slack said about waiting."""
    slack.answer_with(answer)

    delivery = channel(lambda: slack.webhook_url).deliver(Telling(PASSED))

    assert delivery == expected
    assert len(slack.posted) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "remedy"),
    [
        (403, "action_prohibited", RefusalKind.DESTINATION, "administrators"),
        (403, "invalid_token", RefusalKind.CREDENTIALS, "secret"),
        (404, "no_service", RefusalKind.CREDENTIALS, "new incoming webhook"),
        (404, "channel_not_found", RefusalKind.DESTINATION, "made anew"),
        (410, "channel_is_archived", RefusalKind.DESTINATION, "unarchive"),
    ],
)
def test_a_permanent_refusal_names_the_cure(
    slack: SlackServer, status: int, body: str, kind: RefusalKind, remedy: str
) -> None:
    """A status that is no success raises nothing in the SDK: it is looked at."""
    slack.answer_with(Answer(status, body))

    delivery = channel(lambda: slack.webhook_url).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is kind
    assert remedy in delivery.remedy
    assert len(slack.posted) == 1


def test_a_refused_payload_is_sent_simpler(slack: SlackServer) -> None:
    """A webhook says ``invalid_payload`` for blocks that it does not like."""
    slack.answer_with(Answer(400, "invalid_payload"), Answer(400, "invalid_blocks"))

    delivery = channel(lambda: slack.webhook_url).deliver(Telling(PASSED))

    assert isinstance(delivery, Delivered)
    assert delivery.note.endswith("sent as text only: invalid_blocks")
    assert "blocks" not in slack.posted[2].message


@pytest.mark.parametrize("body", ["what_is_this", "<html>Forbidden</html>"])
def test_an_unknown_refusal_sends_text_only_once(slack: SlackServer, body: str) -> None:
    """Then it is a fault of ours."""
    slack.answer_with(Answer(400, body), Answer(400, body))

    delivery = channel(lambda: slack.webhook_url).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.PAYLOAD
    assert len(slack.posted) == 2


@pytest.mark.parametrize(
    "address",
    ["http://hooks.slack.com/services/T/B/x", "file:///etc/passwd", "xoxb-1-2-3", "https://"],
)
def test_an_address_that_is_not_https_is_refused(address: str) -> None:
    """The address is a secret: it is not sent in the clear and not shown."""
    delivery = channel(lambda: address).deliver(Telling(PASSED))

    assert isinstance(delivery, Refused)
    assert delivery.kind is RefusalKind.CREDENTIALS
    assert address not in str(delivery) or address == "https://"


def test_a_webhook_that_was_made_anew_is_tried_later(slack: SlackServer) -> None:
    """The cached address is dropped when Slack knows it no longer."""
    stored = [f"{slack.url}/services/T0/B0/gone", slack.webhook_url]
    rotating = channel(lambda: stored[0], forget=lambda: stored.reverse())

    first = rotating.deliver(Telling(PASSED))
    second = rotating.deliver(Telling(PASSED))

    assert isinstance(first, TryAgain)
    assert second == Delivered("slack-webhook")


def test_a_message_that_may_have_arrived_is_sent_again_with_a_word(slack: SlackServer) -> None:
    """Nothing can be looked up through a webhook: a second copy is better than none."""
    in_doubt = Telling(PASSED, in_doubt_since=NOW)

    delivery = channel(lambda: slack.webhook_url).deliver(in_doubt)

    assert delivery == Delivered(
        "slack-webhook", "may be a second copy: a webhook cannot look its messages up"
    )
    assert len(slack.posted) == 1


def test_a_webhook_neither_answers_nor_changes_a_message(slack: SlackServer) -> None:
    """What a bot would put into a thread is a message of its own here."""
    later = Telling(PASSED, parent="C0123456789:1.2", former=Verdict.FAIL)

    delivery = channel(lambda: slack.webhook_url).deliver(later)

    (posted,) = slack.posted
    assert delivery == Delivered("slack-webhook")
    assert "thread_ts" not in posted.message
    assert "reply_broadcast" not in posted.message
