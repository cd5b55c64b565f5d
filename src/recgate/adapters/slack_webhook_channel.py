"""A Slack channel, reached through an incoming webhook."""

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
from recgate.dialect.slack_answers import SlackAnswer, no_answer, webhook_answer
from recgate.dialect.slack_delivery import deliver_forms, deliver_with
from recgate.domain.delivery import Delivery
from recgate.domain.route import SlackWebhook
from recgate.domain.telling import Message
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.slack.limits import violations

_IN_DOUBT = "may be a second copy: a webhook cannot look its messages up"


class SlackWebhookChannel:
    """Implements `recgate.telling_ports.Channel` with one POST to the webhook.

    ``url`` is asked before every delivery; the address is a secret, whoever has it can post.
    ``forget`` drops it where it is cached, when Slack knows it no longer.
    """

    def __init__(
        self,
        destination: SlackWebhook,
        url: SecretSource,
        *,
        timeout_s: float = 10.0,
        forget: Callable[[], None] | None = None,
    ) -> None:
        self._destination = destination
        self._url = url
        self._timeout_s = timeout_s
        self._forget = forget

    def deliver(self, message: Message) -> Delivery:
        """Send the message once; a form that Slack refuses is followed by a simpler one.

        One that may have arrived is sent again: never lost is worth more than never twice.
        """
        # Nothing can be looked up through a webhook, so metadata would be of no use.
        messages = [
            {key: value for key, value in form.items() if key != "metadata"}
            for form in forms_of(message)
        ]
        return deliver_with(
            self._read,
            lambda url: deliver_forms(
                messages,
                lambda form: self._post(form, url),
                to=f"the webhook in the secret {self._destination.webhook_secret}",
                check=violations,
                note=_IN_DOUBT if message.in_doubt_since is not None else "",
            ),
            forget=self._forget,
        )

    def _read(self) -> Secret:
        what = f"the webhook's URL in the secret {self._destination.webhook_secret}"
        url = checked(self._url(), what=what)
        if not keeps_secrets(url.reveal()):
            raise SecretRefused(
                f"{what} is no https address",
                remedy="store the URL as Slack shows it (https://hooks.slack.com/services/…)",
            )
        return url

    def _post(self, message: Mapping[str, Any], url: Secret) -> SlackAnswer:
        from slack_sdk.webhook import WebhookClient

        client = WebhookClient(
            url.reveal(),
            timeout=self._timeout_s,  # type: ignore[arg-type]  # urllib takes a float
            retry_handlers=[],  # the default one sends again after a dropped connection
            logger=silent_logger(),  # theirs writes the URL
        )
        try:
            response = client.send_dict(dict(message))
        except Exception as failure:  # slack_sdk lets through whatever an odd answer causes
            return no_answer(failure)
        return webhook_answer(response.status_code, response.body, response.headers)
