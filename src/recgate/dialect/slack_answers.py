"""What Slack's answers mean. Pure: no client, no network."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from socket import gaierror
from ssl import SSLCertVerificationError
from urllib.error import URLError

from recgate.dialect.slack_codes import CLASS_OF_BODY, CLASS_OF_CODE, AnswerClass
from recgate.dialect.slack_receipt import NAMELESS, receipt_from, root_of


@dataclass(frozen=True, slots=True)
class SlackAnswer:
    """One answer. ``code`` is Slack's word for it, or ours; it never holds what we sent.

    ``after_s`` is the wait that Slack asked for. ``receipt`` names the posted message,
    ``parent`` the one in whose thread it stands; None: Slack does not say. ``needed`` are the
    scopes that the app lacks, as Slack writes them (``channels:history,groups:history``).
    """

    kind: AnswerClass
    code: str
    after_s: float | None = None
    receipt: str = ""
    parent: str | None = None
    needed: str = ""


_CODE = re.compile(r"[a-z0-9_]{1,80}")
_SCOPES = re.compile(r"[a-z0-9_.:,]{1,120}")

_TOO_MANY_REQUESTS = 429
_REQUEST_TIMEOUT = 408


def bot_answer(status: int, data: object, headers: Mapping[str, str]) -> SlackAnswer:
    """The answer of a Web API method: ``data`` is its JSON."""
    answer = data if isinstance(data, Mapping) else {}
    if status == 200 and answer.get("ok") is True:
        return _posted(answer)
    refusal = _classified(status, _word(answer.get("error")), headers, CLASS_OF_CODE.get)
    needed = answer.get("needed")
    named = isinstance(needed, str) and _SCOPES.fullmatch(needed)
    return replace(refusal, needed=str(needed)) if named else refusal


def webhook_answer(status: int, body: str, headers: Mapping[str, str]) -> SlackAnswer:
    """The answer of an incoming webhook: plain text."""
    text = body.strip()
    if status == 200 and text == "ok":
        return SlackAnswer(AnswerClass.POSTED, "ok", receipt="slack-webhook")
    # Slack says "ok" and nothing else: another success is somebody else's, or a cut-off one.
    code = "" if status < 300 else _word(text)
    return _classified(status, code, headers, lambda code: CLASS_OF_BODY.get((status, code)))


def no_answer(failure: Exception) -> SlackAnswer:
    """A request that got no answer. Only its kind is told: an error's text may quote what we sent.

    It is ambiguous unless the connection was never made.
    """
    cause = failure.reason if isinstance(failure, URLError) else failure
    name = type(cause).__name__ if isinstance(cause, Exception) else type(failure).__name__
    unsent = isinstance(cause, ConnectionRefusedError | gaierror | SSLCertVerificationError)
    kind = AnswerClass.NOT_SENT if unsent else AnswerClass.TRANSIENT_AMBIGUOUS
    return SlackAnswer(kind, f"no answer ({name})")


def file_answer(status: int, headers: Mapping[str, str]) -> SlackAnswer:
    """The answer to a file that was put where Slack said: its status is all that counts."""
    if status == 200:
        return SlackAnswer(AnswerClass.POSTED, "ok")
    if status == _TOO_MANY_REQUESTS or status >= 500:
        return SlackAnswer(AnswerClass.TRANSIENT, f"HTTP {status}", retry_after_s(headers))
    return SlackAnswer(AnswerClass.DEGRADE_DROP_FILE, f"HTTP {status}")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that the answer asks for; None when it asks for none we can read.

    It may be a moment in place of a number (RFC 9110, 10.2.3): the answer's own ``Date`` says
    how far off that is.
    """
    named = {name.lower(): value for name, value in headers.items()}
    asked = named.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        until, now = _moment(asked), _moment(named.get("date", ""))
        return max((until - now).total_seconds(), 0.0) if until and now else None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _classified(
    status: int,
    code: str,
    headers: Mapping[str, str],
    known: Callable[[str], AnswerClass | None],
) -> SlackAnswer:
    after_s = retry_after_s(headers)
    kind = known(code)
    if status == _TOO_MANY_REQUESTS:
        return SlackAnswer(AnswerClass.TRANSIENT, code or "HTTP 429", after_s)
    if kind is not None:
        return SlackAnswer(kind, code, after_s)
    said = code or f"HTTP {status}, no answer of Slack's"
    # A success that does not read like one, and any server error: it may have arrived.
    if (status < 300 and not code) or status >= 500 or status == _REQUEST_TIMEOUT:
        return SlackAnswer(AnswerClass.TRANSIENT_AMBIGUOUS, said, after_s)
    return SlackAnswer(AnswerClass.UNKNOWN, said)


def _word(code: object) -> str:
    """Slack's word for an error; empty for anything else, which could be an echo of a secret."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _posted(answer: Mapping[str, object]) -> SlackAnswer:
    receipt = receipt_from(answer.get("channel"), answer.get("ts"))
    message = answer.get("message")
    if receipt is None or not isinstance(message, Mapping):
        return SlackAnswer(AnswerClass.POSTED, "ok", receipt=str(receipt or NAMELESS))
    root = root_of({"ts": receipt.ts, **message}, receipt.channel)
    parent = "" if root is None else str(root)
    return SlackAnswer(AnswerClass.POSTED, "ok", receipt=str(receipt), parent=parent)
