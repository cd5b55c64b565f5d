"""What belongs beside a verdict in Slack, one part after the other; each may be left out. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recgate.dialect.slack_answers import SlackAnswer
from recgate.dialect.slack_codes import LATER, AnswerClass
from recgate.dialect.slack_delivery import Message
from recgate.dialect.slack_receipt import SlackReceipt
from recgate.dialect.slack_remedies import coded


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to do: ``do`` gives Slack's last answer, None when there was nothing to do.

    ``scopes`` is what the Slack app needs for it.
    """

    name: str
    do: Callable[[], SlackAnswer | None]
    scopes: str = "chat:write"


def carry_out(
    parts: Sequence[Part], *, in_time: Callable[[], bool] = lambda: True
) -> tuple[str, ...]:
    """Do the parts in order; gives those that were left out, each with the reason.

    When Slack is down or busy, or no part more may be begun, the rest is left out: its time-outs
    would eat the time that other jobs need.
    """
    left_out, down = list[str](), ""
    for part in parts:
        if not down and not in_time():
            down = "no time was left"
        if down:
            left_out.append(f"{part.name} left out: {down} before it")
            continue
        try:
            answer = part.do()
        except Exception as fault:  # a fault of ours in decoration must not undo a verdict
            left_out.append(f"{part.name} left out: recgate failed ({type(fault).__name__})")
            continue
        if answer is None or answer.kind is AnswerClass.POSTED:
            continue
        left_out.append(f"{part.name} left out: {coded(answer, scopes=part.scopes)}")
        if answer.kind in LATER:
            down = answer.code
    return tuple(left_out)


def send_once(message: Message, post: Callable[[Message], SlackAnswer]) -> SlackAnswer:
    """Post one message, or change one; again only without metadata that Slack refuses."""
    answer = post(message)
    if answer.kind is AnswerClass.DEGRADE_DROP_METADATA and "metadata" in message:
        return post({key: value for key, value in message.items() if key != "metadata"})
    return answer


def as_update(message: Message, receipt: SlackReceipt) -> Message:
    """The arguments of ``chat.update`` that make an earlier message this one.

    Blocks and attachments that are left out may be kept, and ``parse`` would be ``client``
    (https://docs.slack.dev/reference/methods/chat.update). The dedupe key belongs to the message
    that was posted with it: a look-up must not take the one that was changed for it.
    """
    update = {
        key: value for key, value in message.items() if key not in ("unfurl_links", "unfurl_media")
    }
    if "metadata" in message:
        payload = dict(message["metadata"].get("event_payload", {}))
        payload.pop("dedupe_key", None)
        update["metadata"] = {**message["metadata"], "event_payload": payload}
    return {
        **update,
        "channel": receipt.channel,
        "ts": receipt.ts,
        "blocks": message.get("blocks", []),
        "attachments": [],
        "parse": "none",
        "link_names": False,
    }


def as_reply(message: Message, thread: SlackReceipt) -> Message:
    """The same message, in a thread."""
    return {**message, "channel": thread.channel, "thread_ts": thread.ts}
