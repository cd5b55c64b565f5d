"""What CloudTrail and EventBridge make of a call: for an emulator that has no trail.

The envelope has the members of ``events/cloudtrail-create.json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

CALLER = "arn:aws:sts::{account}:assumed-role/ml-engineer/dana"
"""Who made the calls, unless a test says otherwise."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that changes something, answered or refused. ``at`` is epoch seconds."""

    operation: str
    request: Mapping[str, Any]
    at: float
    account: str
    region: str
    request_id: str
    answer: Mapping[str, Any] | None = None
    error_code: str = ""
    error_message: str = ""


def envelope(call: Call, *, caller: str = "") -> dict[str, Any]:
    """The event that EventBridge delivers for the call; ``caller`` is an ARN (user or role)."""
    when = datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    error = {"errorCode": call.error_code, "errorMessage": call.error_message}
    return {
        "version": "0",
        "id": str(uuid5(NAMESPACE_OID, f"event of {call.request_id}")),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.sagemaker",
        "account": call.account,
        "time": when,
        "region": call.region,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": _identity(caller or CALLER.format(account=call.account)),
            "eventTime": when,
            "eventSource": "sagemaker.amazonaws.com",
            "eventName": call.operation,
            "awsRegion": call.region,
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "aws-cli/2.31.0",
            "requestParameters": _camel(call.request),
            "responseElements": _camel(call.answer) or None,
            "requestID": call.request_id,
            "eventID": str(uuid5(NAMESPACE_OID, f"record of {call.request_id}")),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": call.account,
            "eventCategory": "Management",
            **(error if call.error_code else {}),
        },
    }


def _identity(caller: str) -> dict[str, Any]:
    *_, account, resource = caller.split(":", 5)
    kind, _, name = resource.partition("/")
    if kind != "assumed-role":
        user = {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": caller}
        return {**user, "accountId": account, "userName": name.rsplit("/", 1)[-1]}
    role, _, session = name.partition("/")
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": caller,
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            }
        },
    }


def _camel(value: Any) -> Any:
    """The value with CloudTrail's member names: the API's with a small first letter."""
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _camel(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_camel(item) for item in value]
    return value
