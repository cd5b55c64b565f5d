"""Any message as one SNS publish."""

from typing import Any

from recgate.domain.telling import DigestTelling, Message, Telling, WaiverEndTelling
from recgate.rendering.sns.digest import digest_arguments
from recgate.rendering.sns.message import publish_arguments
from recgate.rendering.sns.waiver_end import waiver_end_arguments


def publish_arguments_of(message: Message) -> dict[str, Any]:
    """The arguments of ``sns.publish`` but for the topic."""
    match message:
        case Telling():
            return publish_arguments(message)
        case DigestTelling():
            return digest_arguments(message)
        case WaiverEndTelling():
            return waiver_end_arguments(message)
