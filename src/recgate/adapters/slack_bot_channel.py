"""A Slack channel, reached with a bot token."""

import time
from collections.abc import Callable, Sequence

from recgate.dialect.secret import (
    Secret,
    SecretRefused,
    SecretSource,
    SecretUnavailable,
    checked,
    keeps_secrets,
)
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import WEB_API
from recgate.dialect.slack_delivery import deliver_forms, deliver_with
from recgate.dialect.slack_follow_up import Part, as_reply, as_update, carry_out, send_once
from recgate.dialect.slack_lookup import dedupe_key, look_for
from recgate.dialect.slack_receipt import SlackReceipt, read_receipt, thread_in
from recgate.dialect.slack_remedies import FILE_SCOPES
from recgate.dialect.slack_upload import Picture, upload
from recgate.domain.decision import Decision
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain
from recgate.domain.progress_note import ProgressNote
from recgate.domain.route import SlackBot
from recgate.domain.telling import Message, Telling
from recgate.rendering.headline import headline
from recgate.rendering.safe_text import plain
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.slack.limits import Message as SlackMessage
from recgate.rendering.slack.limits import violations
from recgate.slack_asking import SlackWebApi

BESIDE_S = 15.0
"""Seconds after which nothing more is begun beside a verdict: the function has sixty in all."""

_TITLE = 150
"""Characters of a chart's title."""


class SlackBotChannel:
    """Implements `Channel` and `Conversation` of `recgate.telling_ports` with the Web API.

    ``token`` is asked before every delivery. ``forget`` drops it where it is cached: it is
    called when Slack refuses the token, which may have been rotated. ``draw`` gives the chart
    of a decision as PNG, None when there is nothing to show.
    """

    def __init__(
        self,
        destination: SlackBot,
        token: SecretSource,
        *,
        base_url: str = WEB_API,
        timeout_s: float = 10.0,
        forget: Callable[[], None] | None = None,
        draw: Callable[[Decision], bytes | None] = lambda _: None,
    ) -> None:
        self._destination = destination
        self._token = token
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._forget = forget
        self._draw = draw

    def deliver(self, message: Message) -> Delivery:
        """Send the message once; a form that Slack refuses is followed by a simpler one.

        While an earlier try may have arrived, it is looked for before anything is posted.
        """
        return deliver_with(
            self._read, lambda token: self._deliver(message, self._api(token)), forget=self._forget
        )

    def show(self, note: ProgressNote, receipt: str) -> Delivery:
        """Post how far a running job is, or change the message with that receipt silently."""
        from recgate.rendering.slack.progress import progress_form

        form = progress_form(note)
        return deliver_with(
            self._read,
            lambda token: self._show(form, receipt, self._api(token)),
            forget=self._forget,
        )

    def close_progress(self, telling: Telling) -> Sequence[str]:
        """Say in the progress message that the job has ended. Never raises."""
        told = bool(telling.parent)
        return self._beside(lambda api: [self._closing(telling, api, told=told)])

    def follow_up(self, telling: Telling, delivered: Delivered) -> Sequence[str]:
        """What belongs beside a verdict; gives what was left out, and why. Never raises.

        At most nine calls: two for each message, three for the chart.
        """
        return self._beside(lambda api: self._parts(telling, delivered, api))

    # --- what is delivered ------------------------------------------------------------------

    def _deliver(self, message: Message, api: SlackWebApi) -> Delivery:
        channel = self._destination.channel
        thread = thread_in(channel, message.parent) if isinstance(message, Telling) else None
        forms = forms_of(message, mentions=self._destination.mention_on_fail)
        found: Delivered | TryAgain | str = ""
        if message.in_doubt_since is not None:
            key, since = dedupe_key(forms[0]), message.in_doubt_since
            found = look_for(key, since, channel=channel, thread=thread, ask=api.ask)
        if not isinstance(found, str):
            return found
        anew = [{**form, "channel": channel} for form in forms]
        replies = [as_reply(form, thread) for form in forms] if thread is not None else []
        if isinstance(message, Telling) and message.calls_anew:
            replies = [{**reply, "reply_broadcast": True} for reply in replies]
        return deliver_forms(
            replies or anew,
            api.post,
            to=f"channel {channel}",
            check=violations,
            anew=anew if replies else (),
            note=f"may be a second copy: {found}" if found else "",
        )

    def _show(self, form: SlackMessage, receipt: str, api: SlackWebApi) -> Delivery:
        to = f"channel {self._destination.channel}"
        text = {key: value for key, value in form.items() if key != "blocks"}
        anew = [{**each, "channel": self._destination.channel} for each in (form, text)]
        if not receipt:
            return deliver_forms(anew, api.post, to=to, check=violations)
        shown = read_receipt(receipt)
        if shown is None:
            return Refused(
                f"the progress message in {to} has no name to change it by",
                "nothing to do: the verdict will be a message of its own",
                RefusalKind.PAYLOAD,
            )
        return deliver_forms(
            [as_update(each, shown) for each in (form, text)],
            api.post,
            to=to,
            check=lambda update: violations(update, update=True),
        )

    # --- what belongs beside a verdict ------------------------------------------------------

    def _beside(self, parts: Callable[[SlackWebApi], Sequence[Part]]) -> tuple[str, ...]:
        try:
            token = self._read()
        except (SecretUnavailable, SecretRefused) as failure:
            return (f"all beside the verdict left out: {failure}",)
        last = time.monotonic() + BESIDE_S
        return carry_out(parts(self._api(token)), in_time=lambda: time.monotonic() < last)

    def _parts(self, telling: Telling, delivered: Delivered, api: SlackWebApi) -> list[Part]:
        parts = [
            self._closing(telling, api, told=True),
            Part("update of the job's verdict", lambda: self._renew(telling, delivered, api)),
        ]
        thread = read_receipt(delivered.parent or delivered.receipt)
        if thread is not None:
            parts += [
                Part("details", lambda: self._detail(telling, thread, api)),
                Part("chart", lambda: self._chart(telling.decision, thread, api), FILE_SCOPES),
            ]
        return parts

    def _closing(self, telling: Telling, api: SlackWebApi, *, told: bool) -> Part:
        return Part("update of the progress message", lambda: self._close(telling, api, told=told))

    def _close(self, telling: Telling, api: SlackWebApi, *, told: bool) -> SlackAnswer | None:
        from recgate.rendering.slack.progress import closed_progress_form

        shown = read_receipt(telling.progress)
        if shown is None:
            return None
        return send_once(as_update(closed_progress_form(telling, told=told), shown), api.post)

    def _renew(
        self, telling: Telling, delivered: Delivered, api: SlackWebApi
    ) -> SlackAnswer | None:
        parent = read_receipt(delivered.parent) if telling.parent else None
        if parent is None:
            return None
        updates = [as_update(form, parent) for form in forms_of(telling)]  # it mentions nobody
        fitting = [update for update in updates if not violations(update, update=True)]
        return send_once((fitting or updates)[0], api.post)

    def _detail(
        self, telling: Telling, thread: SlackReceipt, api: SlackWebApi
    ) -> SlackAnswer | None:
        from recgate.rendering.slack.thread import details_form

        form = details_form(telling)
        return None if form is None else send_once(as_reply(form, thread), api.post)

    def _chart(
        self, decision: Decision, thread: SlackReceipt, api: SlackWebApi
    ) -> SlackAnswer | None:
        content = self._draw(decision)
        if content is None:
            return None
        said = plain(headline(decision), _TITLE)
        picture = Picture(
            content,
            name=f"recgate-{decision.key[:12]}.png",
            title=said,
            alt_text=f"Cost against latency of every configuration. {said}",
        )
        return upload(picture, thread=thread, ask=api.ask, put=api.put, base_url=self._base_url)

    # --- the token --------------------------------------------------------------------------

    def _api(self, token: Secret) -> SlackWebApi:
        return SlackWebApi(token, base_url=self._base_url, timeout_s=self._timeout_s)

    def _read(self) -> Secret:
        if not keeps_secrets(self._base_url):
            raise SecretRefused(
                "the address of Slack's API is not https: the token was not sent",
                remedy=f"use {WEB_API}",
            )
        what = f"the Slack token in the secret {self._destination.token_secret}"
        token = checked(self._token(), what=what)
        if not token.reveal().startswith("xox"):
            raise SecretRefused(
                f"{what} does not look like a Slack token",
                remedy="store the bot token of the Slack app (it begins with xoxb-)",
            )
        return token
