"""From Slack's answers to a delivery: simpler forms until one gets out. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recgate.dialect.secret import Secret, SecretRefused, SecretUnavailable
from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import LATER, AnswerClass
from recgate.dialect.slack_remedies import KINDS, remedy_for
from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused, TryAgain

Message = Mapping[str, Any]
"""The arguments of ``chat.postMessage``; with ``ts`` those of ``chat.update``."""

LONG_WAIT_S = 900.0
"""Seconds to wait while a workspace is being moved into an organisation."""

_LAST_RESORT = frozenset({"thread_ts", "reply_broadcast", "metadata"})
"""What a text may still have that Slack could dislike without our knowing its word for it."""

_NO_BROADCAST = ("cant_broadcast_message", "no_dual_broadcast_content_update")


def deliver_forms(
    forms: Sequence[Message],
    post: Callable[[Message], SlackAnswer],
    *,
    to: str,
    check: Callable[[Message], Sequence[str]] = lambda _: (),
    anew: Sequence[Message] = (),
    note: str = "",
) -> Delivery:
    """Post the first form that ``check`` finds nothing wrong with; where Slack will not take it,
    the next simpler one, at once.

    Every post but the first is for a form, a place or a part that Slack refused, so nothing
    arrives twice; each is refused once at most. ``to`` names the destination in a refusal.
    ``anew`` are the same forms as new messages, for when the message to change or to answer to
    is gone. ``note`` is what is to be noted beside what was left out.
    """
    notes = [note] if note else []
    place = _fitting(forms, 0, check, notes)
    left_out = frozenset[str]()
    while True:
        message = {key: value for key, value in forms[place].items() if key not in left_out}
        answer = post(message)
        more = place < len(forms) - 1
        match answer.kind:
            case AnswerClass.POSTED:
                return _delivered(answer, message, notes)
            case kind if kind in LATER:
                return later(answer)
            case AnswerClass.DEGRADE_DROP_METADATA if "metadata" in message:
                left_out |= {"metadata"}
                notes.append(f"sent without metadata: {answer.code}")
            case AnswerClass.REPOST | AnswerClass.REPOST_TOP_LEVEL if anew:
                forms, anew = anew, ()
                notes.append(f"posted as a new message: {answer.code}")
            case AnswerClass.REPOST if "ts" in message:
                # Simpler words would not bring the message back that was to be changed.
                return _refused(answer, to)
            case _ if answer.code in _NO_BROADCAST and "reply_broadcast" in message:
                left_out |= {"reply_broadcast"}
                notes.append(f"not shown in the channel: {answer.code}")
            case AnswerClass.DEGRADE if more:
                notes.append(f"sent {_name(forms, place + 1)}: {answer.code}")
                place = _fitting(forms, place + 1, check, notes)
            case kind if kind in KINDS:
                return _refused(answer, to)
            case _ if more:
                # Our mistake, or a word that we do not know: the verdict gets out all the same.
                place = len(forms) - 1
                notes.append(f"sent {_name(forms, place)}: {answer.code}")
            case _ if _LAST_RESORT & message.keys():
                left_out |= _LAST_RESORT
                notes.append(f"sent without metadata and thread: {answer.code}")
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


def later(answer: SlackAnswer, *, doing: str = "") -> TryAgain:
    """What to make of an answer after which the same message may be sent again."""
    long = answer.kind is AnswerClass.TRANSIENT_LONG
    return TryAgain(
        f"Slack: {answer.code}{doing}",
        after_s=LONG_WAIT_S if long and answer.after_s is None else answer.after_s,
        ambiguous=answer.kind is AnswerClass.TRANSIENT_AMBIGUOUS,
    )


def _fitting(
    forms: Sequence[Message],
    place: int,
    check: Callable[[Message], Sequence[str]],
    notes: list[str],
) -> int:
    """The place of the first form from here on that keeps the limits; else the last one's."""
    while place < len(forms) - 1 and (wrong := check(forms[place])):
        place += 1
        notes.append(f"sent {_name(forms, place)}: {wrong[0]}")
    return place


def _name(forms: Sequence[Message], place: int) -> str:
    return "as text only" if place == len(forms) - 1 else "without the table"


def _delivered(answer: SlackAnswer, message: Message, notes: list[str]) -> Delivered:
    thread = message.get("thread_ts")
    parent = answer.parent
    if parent is None:
        parent = f"{message['channel']}:{thread}" if thread else ""
    elif thread and not parent:
        # Slack does not refuse an answer to a message that was deleted: it stands alone then
        # (https://github.com/slack-go/slack/issues/1571).
        notes.append("posted as a new message: its thread is gone")
    return Delivered(answer.receipt, ", ".join(notes), parent)


def _refused(answer: SlackAnswer, to: str) -> Refused:
    return Refused(
        f"Slack refused the message for {to}: {answer.code}",
        remedy=remedy_for(answer),
        kind=KINDS.get(answer.kind, RefusalKind.PAYLOAD),
    )
