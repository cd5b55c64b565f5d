"""A recgate channel into the local Slack, as most tests of it need it."""

from collections.abc import Callable

from recgate.adapters.slack_bot_channel import SlackBotChannel
from recgate.dialect.secret import Secret
from recgate.domain.decision import Decision
from recgate.domain.route import SlackBot
from tests.servers.slack import SlackServer

TOKEN = "xoxb-1111-2222-LocalTestToken"
CHANNEL = "C0123456789"


def channel_into(
    slack: SlackServer,
    *,
    token: Callable[[], Secret | str] = lambda: Secret(TOKEN),
    forget: Callable[[], None] | None = None,
    mentions: tuple[str, ...] = (),
    draw: Callable[[Decision], bytes | None] = lambda _: None,
    timeout_s: float = 0.3,
) -> SlackBotChannel:
    """A channel with a bot token that the local Slack takes."""
    return SlackBotChannel(
        SlackBot(CHANNEL, "recgate/slack-bot-token", mentions),
        token,
        base_url=slack.base_url,
        timeout_s=timeout_s,
        forget=forget,
        draw=draw,
    )
