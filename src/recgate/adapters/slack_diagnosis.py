"""What a Slack bot token can do, asked of Slack before anything is sent with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from recgate.dialect.secret import Secret, keeps_secrets
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import WEB_API, AnswerClass
from recgate.slack_asking import SlackWebApi

_WRITE, _FILES = "chat:write", "files:write"
_HISTORIES = ("channels:history", "groups:history")
_SCOPES_HEADER = "x-oauth-scopes"
"""The scopes of the token, in the answer to any method.

https://docs.slack.dev/authentication/installing-with-oauth
"""


@dataclass(frozen=True, slots=True)
class BotDiagnosis:
    """Who the token belongs to, and what is missing. No part of it holds the token.

    ``answer`` is Slack's to ``auth.test``. ``scopes`` is None when Slack did not name them.
    ``lost`` says what cannot be done, each with the scope that it needs.
    """

    answer: SlackAnswer
    bot: str = ""
    workspace: str = ""
    scopes: frozenset[str] | None = None
    lost: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether Slack knows the token."""
        return self.answer.kind is AnswerClass.POSTED


def diagnose_bot(
    token: Secret, *, base_url: str = WEB_API, timeout_s: float = 10.0
) -> BotDiagnosis:
    """Ask ``auth.test`` once. It posts nothing and raises nothing: nothing rests on it."""
    if not keeps_secrets(base_url):
        return BotDiagnosis(
            SlackAnswer(AnswerClass.NOT_SENT, "the address of Slack's API is not https")
        )
    api = SlackWebApi(token, base_url=base_url, timeout_s=timeout_s)
    answer, data, headers = api.whoami()
    if answer.kind is not AnswerClass.POSTED:
        return BotDiagnosis(answer)
    scopes = _scopes(headers)
    return BotDiagnosis(
        answer,
        bot=str(data.get("user", "")),
        workspace=str(data.get("team", "")),
        scopes=scopes,
        lost=() if scopes is None else lost_without(scopes),
    )


def lost_without(scopes: frozenset[str]) -> tuple[str, ...]:
    """What recgate cannot do with no more than these scopes."""
    lost = []
    if _WRITE not in scopes:
        lost.append(f"{_WRITE}: without it nothing can be posted")
    missing = [scope for scope in _HISTORIES if scope not in scopes]
    if len(missing) == len(_HISTORIES):
        lost.append(
            f"{' or '.join(_HISTORIES)}: without it a message that may have arrived is not looked "
            "for, and may be posted twice"
        )
    elif missing:
        where = "private" if missing == ["groups:history"] else "public"
        lost.append(
            f"{missing[0]}: without it that holds for {where} channels: a message that may have "
            "arrived is not looked for, and may be posted twice"
        )
    if _FILES not in scopes:
        lost.append(f"{_FILES}: without it the chart is left out of the thread")
    return tuple(lost)


def _scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    for name, value in headers.items():
        if name.lower() == _SCOPES_HEADER:
            return frozenset(scope.strip() for scope in str(value).split(",") if scope.strip())
    return None
