"""What EventBridge's answers to PutEvents mean: taken, not taken, come again, or never. Pure.

Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html, its
PutEventsResultEntry and CommonErrors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recgate.dialect.aws_refusals import is_quotable
from recgate.ports import RecgateError
from recgate.watch_ports import BusRefused, BusUnavailable

_MAY_PASS = frozenset(
    {
        "ConcurrentModificationException",
        "InternalException",
        "InternalFailure",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_CREDENTIALS = "renew or correct the AWS credentials"
_NAME = "check the bus's name (RECGATE_BUS); if it is right, report this as a fault of recgate"
_REMEDIES = {
    "ExpiredTokenException": _CREDENTIALS,
    "IncompleteSignature": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "InvalidSignatureException": f"{_CREDENTIALS}, and check the machine's clock",
    "MissingAuthenticationTokenException": _CREDENTIALS,
    "ParamValidationError": _NAME,
    "ResourceNotFoundException": "there is no such bus: check its name (RECGATE_BUS), the region "
    "and the account, or make it",
    "UnrecognizedClientException": _CREDENTIALS,
    "ValidationException": _NAME,
}
_NOT_ALLOWED = frozenset(
    {
        "AccessDeniedException",
        "InvalidAccountIdException",
        "NotAuthorizedForDetailTypeException",
        "NotAuthorizedForSourceException",
    }
)
"""Codes of single entries that are about who puts where, so every entry would have them."""

_MESSAGE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What PutEvents answered: for each entry of the call, in its order, whether it was taken.

    ``codes`` are the error codes of those that were not, each once.
    """

    taken: tuple[bool, ...]
    codes: tuple[str, ...] = ()

    @property
    def is_denial(self) -> bool:
        """Whether none was taken, and for reasons that the next entries would meet too."""
        return not any(self.taken) and bool(self.codes) and _NOT_ALLOWED.issuperset(self.codes)


def answer_of(response: Mapping[str, Any], sent: int) -> Answer:
    """Read the answer to a call with so many entries.

    An answer that contradicts itself, or whose entries are not those that were sent, says of no
    entry that it was taken: what was is announced again, which is better than never.
    """
    entries = response.get("Entries")
    if not isinstance(entries, list) or len(entries) != sent:
        return Answer((False,) * sent)
    taken = tuple(bool(entry.get("EventId")) and not entry.get("ErrorCode") for entry in entries)
    if response.get("FailedEntryCount") != taken.count(False):
        return Answer((False,) * sent)
    codes = (str(entry["ErrorCode"]) for entry in entries if entry.get("ErrorCode"))
    return Answer(taken, tuple(dict.fromkeys(codes)))


def bus_error(response: Mapping[str, Any], action: str, bus_name: str) -> RecgateError:
    """What an error answer to a whole call means (``ClientError.response``)."""
    error = response.get("Error", {})
    code, status = str(error.get("Code") or "unknown error"), _status(response)
    if code in _MAY_PASS or not 400 <= status < 500 or status in (408, 429):
        return unavailable(action, bus_name, f"{code} (HTTP {status})")
    said = " ".join(str(error.get("Message") or "").split()) if is_quotable(code) else ""
    return refused(action, bus_name, f"{code}{f' ({said[:_MESSAGE_LENGTH]})' if said else ''}")


def unavailable(action: str, bus_name: str, why: str) -> BusUnavailable:
    """The error for what may pass."""
    return BusUnavailable(
        f"EventBridge did not answer {action} on the bus {bus_name}: {why}; try again"
    )


def refused(action: str, bus_name: str, why: str) -> BusRefused:
    """The error for what will not pass; ``why`` begins with the code."""
    remedy = _REMEDIES.get(
        why.split(" ")[0], f"allow {action} on the bus, and check region and credentials"
    )
    return BusRefused(f"EventBridge refused {action} on the bus {bus_name}: {why}; {remedy}")


def _status(response: Mapping[str, Any]) -> int:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else 0
