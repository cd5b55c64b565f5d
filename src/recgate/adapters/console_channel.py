"""Standard output, or any other text stream."""

from typing import TextIO

from recgate.domain.delivery import Delivered, Delivery, RefusalKind, Refused
from recgate.domain.telling import Message
from recgate.rendering.text_of import text_of


class ConsoleChannel:
    """Implements `recgate.telling_ports.Channel` by writing the plain text to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def deliver(self, message: Message) -> Delivery:
        """Write the message; what the stream's encoding cannot say becomes ``?``."""
        encoding = self._stream.encoding or "utf-8"
        text = text_of(message).encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed stream
            return Refused(
                f"the console does not take the text: {type(error).__name__}",
                "run it where standard output is open",
                RefusalKind.DESTINATION,
            )
        return Delivered("console")
