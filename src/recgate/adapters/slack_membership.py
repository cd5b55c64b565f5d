"""Whether a Slack bot is in a channel, asked of Slack without posting anything."""

from recgate.dialect.secret import Secret
from recgate.dialect.slack_answers import SlackAnswer
from recgate.slack_asking import SlackWebApi


def membership(
    token: Secret, channel: str, *, base_url: str, timeout_s: float = 10.0
) -> SlackAnswer:
    """Slack's answer to ``conversations.history`` with one message, which is not looked at.

    It needs the scopes that recgate has anyway (conversations.info would need channels:read),
    and is refused to a bot that is not in the channel:
    https://docs.slack.dev/reference/methods/conversations.history
    """
    api = SlackWebApi(token, base_url=base_url, timeout_s=timeout_s)
    answer, _ = api.ask("conversations.history", {"channel": channel, "limit": 1})
    return answer
