"""A secret that cannot be printed by accident, and how reading one fails."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from recgate.ports import CannotTellYet, RecgateError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SecretUnavailable(CannotTellYet):
    """The secret could not be read now and may be later: throttled, timed out."""


class SecretRefused(RecgateError):
    """The secret cannot be read, or is not what it should be; ``remedy`` is the cure, in words.

    Neither says what the secret's value is.
    """

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Secret:
    """A value that only `reveal` shows: not repr, not str, not format, not pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: read it again where it is needed")


SecretSource = Callable[[], Secret | str]
"""Gives the secret as it is now. Raises SecretUnavailable, SecretRefused."""


def checked(value: Secret | str, *, what: str) -> Secret:
    """The secret without white space around it.

    Raises SecretRefused when it is empty, or holds what no HTTP header or URL may hold: the
    HTTP client would put the value into its own error message.
    """
    text = (value.reveal() if isinstance(value, Secret) else value).strip()
    if not text:
        raise SecretRefused(f"{what} is empty", remedy=f"put a value into {what}")
    if not all("!" <= character <= "~" for character in text):
        raise SecretRefused(
            f"{what} holds white space or characters that no token or URL has",
            remedy=f"store {what} again, without line breaks or quotes",
        )
    return Secret(text)


def silent_logger() -> logging.Logger:
    """A logger that says nothing, for libraries that log the URLs and headers that they send."""
    logger = logging.Logger("recgate.silent", level=logging.CRITICAL + 1)
    logger.disabled = True
    return logger


def keeps_secrets(url: str) -> bool:
    """Whether a secret may be sent to this address: https, or http that stays on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # an impossible port raises too
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )
