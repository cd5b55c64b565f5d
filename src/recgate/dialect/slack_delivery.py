"""From Slack's answers to a delivery: simpler forms until one gets out. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recgate.dialect.secret import Secret, SecretRefused, SecretUnavailable
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import AnswerClass
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain

Message = Mapping[str, Any]

LONG_WAIT_S = 900.0
"""Seconds to wait while a workspace is being moved into an organisation."""

_FORMS = ("whole", "without the table", "as text only")

_REMEDIES = {
    "not_in_channel": "invite the bot: /invite @recgate",
    "user_not_in_channel": "invite the bot: /invite @recgate",
    "channel_not_found": "check the channel's ID in routes.yaml; "
    "into a private channel, invite the bot: /invite @recgate",
    "invalid_channel": "name the channel by its ID (C0123456789) in routes.yaml",
    "is_archived": "unarchive the channel, or name another one in routes.yaml",
    "channel_is_archived": "unarchive the channel, or make a webhook for another one",
    "restricted_action_thread_only_channel": "the channel takes replies only: name another one",
    "missing_scope": "give the Slack app the scope chat:write and install it again",
    "no_permission": "give the Slack app the scope chat:write and install it again",
    "token_expired": "store the new token in the route's secret",
    "token_revoked": "install the Slack app again and store its new token in the route's secret",
    "no_service": "make a new incoming webhook and store its URL in the route's secret",
    "no_service_id": "store the whole URL of the incoming webhook in the route's secret",
    "no_active_hooks": "make a new incoming webhook and store its URL in the route's secret",
}

_REMEDY_OF_KIND = {
    RefusalKind.DESTINATION: "check the channel and who may post to it, "
    "or name another one in routes.yaml",
    RefusalKind.CREDENTIALS: "check the Slack app's installation and the secret of the route",
    RefusalKind.PAYLOAD: "report this message as a fault of recgate, with the job's name",
}

_REFUSALS = {
    AnswerClass.DESTINATION: RefusalKind.DESTINATION,
    AnswerClass.REPLY_IN_THREAD: RefusalKind.DESTINATION,
    AnswerClass.AUTH: RefusalKind.CREDENTIALS,
}


def deliver_forms(
    forms: Sequence[Message], post: Callable[[Message], SlackAnswer], *, to: str
) -> Delivery:
    """Post the first form; where Slack will not take it, the next simpler one, at once.

    Every post but the first is for a form or a part that Slack refused, so nothing arrives
    twice: at most one post per form, and one more without metadata. ``to`` names the
    destination in a refusal.
    """
    place, notes, metadata = 0, list[str](), True
    while True:
        message = dict(forms[place])
        if not metadata:
            message.pop("metadata", None)
        answer = post(message)
        last = place == len(forms) - 1
        match answer.kind:
            case AnswerClass.POSTED:
                return Delivered(answer.receipt, ", ".join(notes))
            case (
                AnswerClass.TRANSIENT
                | AnswerClass.TRANSIENT_LONG
                | AnswerClass.TRANSIENT_AMBIGUOUS
                | AnswerClass.NOT_SENT
            ):
                return _later(answer)
            case AnswerClass.DEGRADE_DROP_METADATA if metadata:
                metadata = False
                notes.append(f"sent without metadata: {answer.code}")
            case AnswerClass.DEGRADE if not last:
                place += 1
                notes.append(f"sent {_FORMS[place]}: {answer.code}")
            case AnswerClass.DESTINATION | AnswerClass.REPLY_IN_THREAD | AnswerClass.AUTH:
                return _refused(answer, to)
            case _ if not last:
                # Our mistake, or a word that we do not know: the verdict gets out all the same.
                place = len(forms) - 1
                notes.append(f"sent {_FORMS[-1]}: {answer.code}")
            case _:
                return _refused(answer, to)


def deliver_with(
    read: Callable[[], Secret],
    send: Callable[[Secret], Delivery],
    *,
    forget: Callable[[], None] | None,
) -> Delivery:
    """Read the secret, send with it. When it is refused, ``forget`` drops it where it is cached,
    and a new one, if there is one, makes another try worth while.
    """
    try:
        secret = read()
    except SecretUnavailable as failure:
        return TryAgain(str(failure), after_s=failure.after_s)
    except SecretRefused as refusal:
        return Refused(str(refusal), refusal.remedy, RefusalKind.CREDENTIALS)
    delivery = send(secret)
    refused = isinstance(delivery, Refused) and delivery.kind is RefusalKind.CREDENTIALS
    if not refused or forget is None:
        return delivery
    forget()
    try:
        rotated = read() != secret
    except (SecretUnavailable, SecretRefused):
        return delivery
    return TryAgain("Slack refused a secret that has been changed since") if rotated else delivery


def _later(answer: SlackAnswer) -> TryAgain:
    long = answer.kind is AnswerClass.TRANSIENT_LONG
    return TryAgain(
        f"Slack: {answer.code}",
        after_s=LONG_WAIT_S if long and answer.after_s is None else answer.after_s,
        ambiguous=answer.kind is AnswerClass.TRANSIENT_AMBIGUOUS,
    )


def _refused(answer: SlackAnswer, to: str) -> Refused:
    kind = _REFUSALS.get(answer.kind, RefusalKind.PAYLOAD)
    return Refused(
        f"Slack refused the message for {to}: {answer.code}",
        remedy=_REMEDIES.get(answer.code, _REMEDY_OF_KIND[kind]),
        kind=kind,
    )
