"""What the errors of SNS mean. Pure.

Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and CommonErrors.
"""

from recgate.domain.delivery import Delivery, RefusalKind, Refused, TryAgain

_TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "Throttled",
        "ThrottledException",
        "KMSThrottling",
        "KMSThrottlingException",
        "RequestTimeout",
        "RequestLimitExceeded",
    }
)

_CONFIGURATION = frozenset(
    {
        "NotFound",
        "NotFoundException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSDisabled",
        "KMSDisabledException",
        "KMSInvalidState",
        "KMSInvalidStateException",
        "KMSNotFound",
        "KMSNotFoundException",
        "KMSOptInRequired",
        "KMSAccessDenied",
        "KMSAccessDeniedException",
        "InvalidSecurity",
        "InvalidSecurityException",
        "InvalidClientTokenId",
        "ExpiredToken",
        "EndpointDisabled",
        "EndpointDisabledException",
        "PlatformApplicationDisabled",
        "PlatformApplicationDisabledException",
    }
)

_PAYLOAD = frozenset(
    {
        "InvalidParameter",
        "InvalidParameterException",
        "ParameterValueInvalid",
        "InvalidParameterValueException",
        "ValidationException",
    }
)

_CREDENTIALS = frozenset(
    {
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDenied",
        "KMSAccessDeniedException",
        "InvalidSecurity",
        "InvalidSecurityException",
        "InvalidClientTokenId",
        "ExpiredToken",
    }
)
"""Those of the configuration that are about who we are, not about where the topic is."""

_KMS_REMEDY = "allow kms:GenerateDataKey and kms:Decrypt on the topic's key, and enable the key"

_REMEDIES = {
    "NotFound": "check the topic's ARN and its region in routes.yaml",
    "AuthorizationError": "allow the function's role sns:Publish on the topic",
    "ExpiredToken": "renew the credentials",
    "InvalidClientTokenId": "check the credentials and the partition they belong to",
}

_REMEDY_OF_KIND = {
    RefusalKind.DESTINATION: "check the topic and its encryption key",
    RefusalKind.CREDENTIALS: "check the function's role and the topic's policy",
    RefusalKind.PAYLOAD: "report this message as a fault of recgate, with the job's name",
}


def refusal_of(code: str, status: int, topic_arn: str) -> Delivery:
    """What an error of SNS makes of a delivery. ``status`` is the HTTP status, 0 if not known."""
    if code in _TRANSIENT or status >= 500 or status == 429:
        return TryAgain(f"SNS: {code}")
    kind = _kind_of(code, status)
    remedy = _REMEDIES.get(code.removesuffix("Exception"), _REMEDY_OF_KIND[kind])
    return Refused(
        f"SNS refused the message for {topic_arn}: {code}",
        remedy=_KMS_REMEDY if code.startswith("KMS") else remedy,
        kind=kind,
    )


def _kind_of(code: str, status: int) -> RefusalKind:
    if code in _CREDENTIALS:
        return RefusalKind.CREDENTIALS
    if code in _CONFIGURATION:
        return RefusalKind.DESTINATION
    if code not in _PAYLOAD and status in (401, 403):
        return RefusalKind.CREDENTIALS
    return RefusalKind.PAYLOAD
