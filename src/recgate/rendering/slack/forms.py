"""Any message as Slack takes it: three forms, from the richest to the simplest."""

from collections.abc import Sequence

from recgate.domain.telling import DigestTelling, Message, Telling, WaiverEndTelling
from recgate.rendering.slack.blocks import forms
from recgate.rendering.slack.digest import digest_forms
from recgate.rendering.slack.limits import Message as SlackMessage
from recgate.rendering.slack.waiver_end import waiver_end_forms


def forms_of(message: Message, *, mentions: Sequence[str] = ()) -> Sequence[SlackMessage]:
    """The message with a table, with sections only, and as text only."""
    match message:
        case Telling():
            return forms(message, mentions=mentions)
        case DigestTelling():
            return digest_forms(message)
        case WaiverEndTelling():
            return waiver_end_forms(message)
