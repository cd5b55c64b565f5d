"""A Slack channel, reached with a bot token."""

from collections.abc import Callable, Mapping
from typing import Any

from recgate.dialect.secret import (
    Secret,
    SecretRefused,
    SecretSource,
    checked,
    keeps_secrets,
    silent_logger,
)
from recgate.dialect.slack_answers import SlackAnswer, bot_answer, no_answer
from recgate.dialect.slack_codes import WEB_API
from recgate.dialect.slack_delivery import deliver_forms, deliver_with
from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivery, RefusalKind, Refused
from recgate.domain.route import SlackBot
from recgate.rendering.slack_blocks import forms


class SlackBotChannel:
    """Implements `recgate.ports.Channel` with ``chat.postMessage``.

    ``token`` is asked before every delivery. ``forget`` drops it where it is cached: it is
    called when Slack refuses the token, which may have been rotated.
    """

    def __init__(
        self,
        destination: SlackBot,
        token: SecretSource,
        *,
        base_url: str = WEB_API,
        timeout_s: float = 10.0,
        forget: Callable[[], None] | None = None,
    ) -> None:
        self._destination = destination
        self._token = token
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._forget = forget

    def deliver(self, decision: Decision) -> Delivery:
        """Send the decision once; a form that Slack refuses is followed by a simpler one."""
        if not keeps_secrets(self._base_url):
            return Refused(
                "the address of Slack's API is not https: the token was not sent",
                f"use {WEB_API}",
                RefusalKind.CREDENTIALS,
            )
        messages = forms(decision, mentions=self._destination.mention_on_fail)
        return deliver_with(
            self._read,
            lambda token: deliver_forms(
                messages,
                lambda message: self._post(message, token),
                to=f"channel {self._destination.channel}",
            ),
            forget=self._forget,
        )

    def _read(self) -> Secret:
        what = f"the Slack token in the secret {self._destination.token_secret}"
        token = checked(self._token(), what=what)
        if not token.reveal().startswith("xox"):
            raise SecretRefused(
                f"{what} does not look like a Slack token",
                remedy="store the bot token of the Slack app (it begins with xoxb-)",
            )
        return token

    def _post(self, message: Mapping[str, Any], token: Secret) -> SlackAnswer:
        from slack_sdk import WebClient
        from slack_sdk.errors import SlackApiError

        client = WebClient(
            token=token.reveal(),
            base_url=self._base_url,
            timeout=self._timeout_s,  # type: ignore[arg-type]  # urllib takes a float
            retry_handlers=[],  # the default one sends again after a dropped connection
            logger=silent_logger(),
        )
        try:
            response = client.api_call(
                "chat.postMessage", json={**message, "channel": self._destination.channel}
            )
        except SlackApiError as refusal:
            response = refusal.response
        except Exception as failure:  # slack_sdk lets through whatever an odd answer causes
            return no_answer(failure)
        return bot_answer(response.status_code, response.data, response.headers)
