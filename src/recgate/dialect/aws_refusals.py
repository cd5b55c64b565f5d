"""What an error answer of AWS means to a job source: ask again later, never, or no such job."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from recgate.ports import JobSourceBusy, JobSourceRefused, RecgateError

_BUSY_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceFault",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes that pass, whatever HTTP status they come with: those that botocore's own retries take
for throttling, and the services' words for a fault of theirs.
"""

_BUSY_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_MISSING_CODES = frozenset({"ResourceNotFound", "ResourceNotFoundException"})
_MISSING_WORDS = re.compile(r"(could|can) ?not (be )?f(i|ou)nd|not found|does not exist", re.I)
_DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_INVALID = "ValidationException"
_MESSAGE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One call: who is asked for what, and the permission that it needs.

    ``missing`` is raised when the answer is that there is no such job.
    """

    service: str
    what: str
    action: str
    resource: str
    missing: type[RecgateError] = JobSourceBusy


def classified(response: Mapping[str, object], question: Question) -> RecgateError:
    """The error of the port for a botocore ``ClientError.response``.

    Only codes that pass, and answers that are not 4xx, are worth asking again.
    """
    error, metadata = response.get("Error"), response.get("ResponseMetadata")
    error = error if isinstance(error, Mapping) else {}
    status = metadata.get("HTTPStatusCode") if isinstance(metadata, Mapping) else None
    code = str(error.get("Code") or "unknown error")
    message = str(error.get("Message") or "")
    refused = isinstance(status, int) and 400 <= status < 500 and status not in _BUSY_STATUSES
    if code in _BUSY_CODES or not refused:
        return JobSourceBusy(unanswered(question, f"{code} (HTTP {status})"))
    if code in _MISSING_CODES or (code == _INVALID and _MISSING_WORDS.search(message)):
        return question.missing(
            f"{question.service} could not {question.what}: there is no such job. "
            "Check the job's name, the account and the region."
        )
    return JobSourceRefused(refusal(question, code, message if is_quotable(code) else ""))


def is_quotable(code: str) -> bool:
    """Whether the message with this code may be repeated.

    That of a wrong signature may hold the request's headers, the session token among them.
    """
    return code == _INVALID or code in _DENIED_CODES


def unanswered(question: Question, why: str) -> str:
    """What to say when the same question may be answered later."""
    return (
        f"{question.service} did not {question.what}: {why}. "
        "The same question may be answered later."
    )


def refusal(question: Question, code: str, message: str = "") -> str:
    """What to say when asking again is of no use."""
    said = " ".join(message.split())[:_MESSAGE_LENGTH]
    return (
        f"{question.service} refused to {question.what}: {code}{f' ({said})' if said else ''}. "
        f"Check credentials and region, and allow {question.action} on {question.resource}."
    )
