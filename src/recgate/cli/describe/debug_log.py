"""--debug: what botocore does, on standard error, without the secrets that it writes down."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from recgate.rendering.aws_output.visible import visible

_LOGGERS = ("botocore", "urllib3")
_SECRET = "‹secret›"  # noqa: S105  what stands in the place of one
_SHORTEST, _BEFORE_GRANT = 8, 80
"""A shorter secret is none of AWS, and its letters would be blotted out of every word."""

_ENVIRONMENT = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")

_GRANTS = re.compile(
    r"secret_?access_?key|session_?token|(access|refresh|id|web_?identity)_?token"
    r"|client_?secret|saml_?assertion|metadata-token|\bbearer\b",
    re.IGNORECASE,
)
"""What is written beside credentials where they are granted (STS, SSO, the instance, a program)."""

_PARTS = (
    # A header, as the request and the text that is signed show it.
    re.compile(r"(x-amz-security-token['\"]?\s*[:=]\s*(?:b?['\"])?)[^\s'\",&;]+", re.IGNORECASE),
    re.compile(r"(\bsignature['\"]?\s*[:=]\s*(?:b?['\"])?)[0-9a-f]{16,}", re.IGNORECASE),
    re.compile(r"(://)[^/@\s'\"]+(?=@)"),
)


class SecretFree(logging.Formatter):
    """Lines of a log in which secrets are blotted out, and nothing moves the cursor.

    ``secrets`` are those that are known; a message in which credentials are granted is left out
    whole, whatever they are.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")
        self.secrets = {os.environ.get(name, "") for name in _ENVIRONMENT}

    def format(self, record: logging.LogRecord) -> str:
        """One line (and what follows of a request), fit to be shown."""
        return "\n".join(visible(line) for line in self._free(super().format(record)).split("\n"))

    def _free(self, text: str) -> str:
        for secret in self.secrets:
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, _SECRET)
        for part in _PARTS:
            text = part.sub(rf"\1{_SECRET}", text)
        found = _GRANTS.search(text)
        if found:
            return f"{text[: found.start()][:_BEFORE_GRANT].partition(chr(10))[0]}… {_SECRET}"
        return text


@contextmanager
def botocore_log(*, wanted: bool) -> Iterator[SecretFree]:
    """Write botocore's log on standard error while this lasts, if it is wanted."""
    formatter = SecretFree()
    if not wanted:
        yield formatter
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield formatter
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
