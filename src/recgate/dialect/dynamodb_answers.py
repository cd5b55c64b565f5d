"""What DynamoDB's error answers mean: worth trying again, or somebody has to mend something."""

from collections.abc import Mapping, Sequence
from typing import Any

from recgate.ports import LedgerRefused, LedgerUnavailable, RecgateError

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
    "AccessDeniedException": "allow dynamodb:Query, GetItem, PutItem and ConditionCheckItem on "
    "the table (and its KMS key) in the role's policy",
    "ExpiredTokenException": _CREDENTIALS,
    "IncompleteSignatureException": _CREDENTIALS,
    "InvalidSignatureException": f"{_CREDENTIALS}, and check the machine's clock",
    "MissingAuthenticationTokenException": _CREDENTIALS,
    "ResourceNotFoundException": "check the table's name, the region and the account, "
    "or deploy the table",
    "UnrecognizedClientException": _CREDENTIALS,
    "ValidationException": "if the keys are meant: the table's are stream (S), position (N)",
}
_UNKNOWN_REMEDY = "look the code up in the DynamoDB API reference"


def port_error(response: Response, failure: str) -> RecgateError:
    """What an error answer means for the ledger; ``failure`` says what was being done."""
    code = code_of(response)
    reasons = [str(reason.get("Code", "None")) for reason in reasons_of(response)]
    if reasons and reasons[0] in CONDITION_FAILED:
        return LedgerRefused(f"{failure}: the entry before it is not there")
    told = f"{failure}: DynamoDB says {code}"
    if reasons:
        told += f" ({', '.join(reasons)})"
    elif message := response.get("Error", {}).get("Message"):
        told += f" ({message})"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or code in _MAY_PASS or not _MAY_PASS.isdisjoint(reasons):
        return LedgerUnavailable(f"{told}; try again")
    return LedgerRefused(f"{told}; {_REMEDIES.get(code, _UNKNOWN_REMEDY)}")


def code_of(response: Response) -> str:
    """The error's code."""
    return str(response.get("Error", {}).get("Code", "unknown"))


def reasons_of(response: Response) -> Sequence[Mapping[str, Any]]:
    """Why a transaction was cancelled, in the order of its items; empty for another error."""
    reasons: Sequence[Mapping[str, Any]] = response.get("CancellationReasons", ())
    return reasons
