"""Any message as plain text: for a console, for e-mail."""

from recgate.domain.telling import DigestTelling, Message, Telling, WaiverEndTelling
from recgate.rendering.digest.text import digest_text
from recgate.rendering.plain_text import plain_text
from recgate.rendering.waiver_end.text import waiver_end_text


def text_of(message: Message) -> str:
    """Several lines, the last one ended by a line break."""
    match message:
        case Telling():
            return plain_text(message)
        case DigestTelling():
            return digest_text(message)
        case WaiverEndTelling():
            return waiver_end_text(message)
