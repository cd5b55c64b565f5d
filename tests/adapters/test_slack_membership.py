"""Whether a bot is in a channel, asked of a local Slack that answers as Slack does."""

from collections.abc import Iterator

import pytest

from recgate.adapters.slack_membership import membership
from recgate.dialect.secret import Secret
from recgate.dialect.slack_codes import AnswerClass
from tests.servers.slack import Answer, SlackServer, error, local_slack

TOKEN = Secret("xoxb-1111-2222-LocalTestToken")


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with local_slack() as running:
        yield running


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Answer(200, {"ok": True, "messages": [{"text": "a secret plan"}]}), AnswerClass.POSTED),
        (error("not_in_channel"), AnswerClass.DESTINATION),
        (error("channel_not_found"), AnswerClass.DESTINATION),
        (error("invalid_auth"), AnswerClass.AUTH),
    ],
)
def test_slack_says_whether_a_bot_is_in_a_channel(
    slack: SlackServer, said: Answer, kind: AnswerClass
) -> None:
    """Nothing is posted, and no message of the channel is kept."""
    slack.answer_to("conversations.history", said)

    answer = membership(TOKEN, "C0123456789", base_url=slack.base_url)

    assert answer.kind is kind
    assert "plan" not in repr(answer)
    assert slack.posted == []
