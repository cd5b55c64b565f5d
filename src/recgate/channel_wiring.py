"""Makes the channel of a route, once, with what it needs."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from recgate.adapters.aws_clients import Aws
from recgate.domain.decision import Decision
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook, SnsTopic
from recgate.settings import Settings
from recgate.telling_ports import Channel, Conversation

if TYPE_CHECKING:
    from recgate.adapters.secrets import SecretStore

_SLACK_TIMEOUT_S = 10
"""With the time-outs of AWS well below the function's, so that a service that hangs is told."""


def channel_maker(settings: Settings, aws: Aws) -> Callable[[Route], Channel]:
    """Makes the channel of a route, once; a secret is read when its channel first needs it."""
    made: dict[str, Channel] = {}
    secrets: list[SecretStore] = []

    def secret_store() -> "SecretStore":
        if not secrets:
            from recgate.adapters.secrets import SecretStore

            secrets.append(
                SecretStore(lambda: aws.client("secretsmanager"), lambda: aws.client("ssm"))
            )
        return secrets[0]

    def channel_for(route: Route) -> Channel:
        if route.name not in made:
            made[route.name] = _channel(route, settings, aws, secret_store)
        return made[route.name]

    return channel_for


def _channel(
    route: Route, settings: Settings, aws: Aws, secret_store: "Callable[[], SecretStore]"
) -> Channel:
    match route.destination:
        case SlackBot() as bot:
            from recgate.adapters.slack_bot_channel import SlackBotChannel

            token = secret_store().token(bot.token_secret)
            return SlackBotChannel(
                bot,
                token,
                base_url=settings.slack_api,
                timeout_s=_SLACK_TIMEOUT_S,
                forget=token.forget,
                draw=_draw,
            )
        case SlackWebhook() as webhook:
            from recgate.adapters.slack_webhook_channel import SlackWebhookChannel

            url = secret_store().webhook_url(webhook.webhook_secret)
            return SlackWebhookChannel(webhook, url, timeout_s=_SLACK_TIMEOUT_S, forget=url.forget)
        case SnsTopic(topic_arn=topic_arn):
            from recgate.adapters.sns_channel import SnsChannel

            # Once: a publish that timed out may have happened, and trying again is the queue's.
            region = topic_arn.split(":")[3]
            return SnsChannel(topic_arn, aws.client("sns", region, attempts=1))
        case Console():
            from recgate.adapters.console_channel import ConsoleChannel

            return ConsoleChannel(sys.stdout)


def conversation_maker(
    channel_for: Callable[[Route], Channel],
) -> Callable[[Route], Conversation | None]:
    """Gives the channel of a route if it can change and answer what it said: a Slack bot's."""

    def conversation_for(route: Route) -> Conversation | None:
        if not isinstance(route.destination, SlackBot):
            return None
        channel = channel_for(route)
        return channel if isinstance(channel, Conversation) else None

    return conversation_for


def _draw(decision: Decision) -> bytes | None:
    """The chart of a decision as a PNG, None where none can be drawn."""
    from recgate.adapters.chart_png import chart_png

    return chart_png(decision)
