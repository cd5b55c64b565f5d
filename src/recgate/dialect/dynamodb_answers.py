"""What DynamoDB's error answers mean: worth trying again, or somebody has to mend something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recgate.ports import CannotTellYet, LedgerRefused, LedgerUnavailable, RecgateError
from recgate.watch_ports import MemoryRefused, MemoryUnavailable

Response = Mapping[str, Any]
"""An error answer as botocore gives it (``ClientError.response``)."""

CONDITION_FAILED = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})

_MAY_PASS = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",  # these without Exception are reasons of a
        "ProvisionedThroughputExceededException",  # cancelled transaction
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_CREDENTIALS = "renew or correct the AWS credentials"
_REMEDIES = {
    "ExpiredTokenException": _CREDENTIALS,
    "IncompleteSignatureException": _CREDENTIALS,
    "InvalidSignatureException": f"{_CREDENTIALS}, and check the machine's clock",
    "MissingAuthenticationTokenException": _CREDENTIALS,
    "ResourceNotFoundException": "check the table's name, the region and the account, "
    "or deploy the table",
    "UnrecognizedClientException": _CREDENTIALS,
}
_SIGNED = frozenset({"IncompleteSignatureException", "InvalidSignatureException"})
"""Codes whose message may hold the request's headers, the session token among them."""

_UNKNOWN_REMEDY = "look the code up in the DynamoDB API reference"


@dataclass(frozen=True, slots=True)
class Table:
    """What a table is used for: the port's errors, and what is needed of whom.

    ``actions`` are the permissions, ``keys`` the table's, ``condition`` what it means when the
    first condition of a transaction did not hold.
    """

    unavailable: type[CannotTellYet]
    refused: type[RecgateError]
    actions: str
    keys: str
    condition: str

    def remedy(self, code: str) -> str:
        """What to do about an error that does not pass by itself."""
        if code == "AccessDeniedException":
            return f"allow {self.actions} on the table (and its KMS key) in the role's policy"
        if code == "ValidationException":
            return f"if the keys are meant: the table's are {self.keys}"
        return _REMEDIES.get(code, _UNKNOWN_REMEDY)


LEDGER = Table(
    LedgerUnavailable,
    LedgerRefused,
    actions="dynamodb:Query, GetItem, PutItem, UpdateItem and ConditionCheckItem",
    keys="stream (S), position (N)",
    condition="the entry before it is not there",
)
WATCH_MEMORY = Table(
    MemoryUnavailable,
    MemoryRefused,
    actions="dynamodb:DescribeTable, Query, GetItem, PutItem and DeleteItem",
    keys="place (S), part (N)",
    condition="another sweep has saved since this one loaded",
)


def port_error(response: Response, failure: str, *, table: Table = LEDGER) -> RecgateError:
    """What an error answer means for the port; ``failure`` says what was being done."""
    code = code_of(response)
    reasons = [str(reason.get("Code", "None")) for reason in reasons_of(response)]
    if reasons and reasons[0] in CONDITION_FAILED:
        return table.refused(f"{failure}: {table.condition}")
    told = f"{failure}: DynamoDB says {code}"
    if reasons:
        told += f" ({', '.join(reasons)})"
    elif is_quotable(response) and (message := response.get("Error", {}).get("Message")):
        told += f" ({message})"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or may_pass(code) or any(map(may_pass, reasons)):
        return table.unavailable(f"{told}; try again")
    return table.refused(f"{told}; {table.remedy(code)}")


def may_pass(code: str) -> bool:
    """Whether the same may be asked again later; the code of an answer or of a reason in it."""
    return code in _MAY_PASS


def is_quotable(response: Response) -> bool:
    """Whether the answer's message may be repeated."""
    return code_of(response) not in _SIGNED


def code_of(response: Response) -> str:
    """The error's code."""
    return str(response.get("Error", {}).get("Code", "unknown"))


def reasons_of(response: Response) -> Sequence[Mapping[str, Any]]:
    """Why a transaction was cancelled, in the order of its items; empty for another error."""
    reasons: Sequence[Mapping[str, Any]] = response.get("CancellationReasons", ())
    return reasons
