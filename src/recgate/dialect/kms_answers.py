"""What KMS's answers mean to a signer: a signature, a public key, come again, or never. Pure.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html, API_Verify.html,
API_GetPublicKey.html
and CommonErrors.html.
"""

import base64
from collections.abc import Mapping
from typing import Any, TypeGuard

from recgate.dialect.aws_refusals import is_quotable
from recgate.domain.statement import Signature
from recgate.evidence_ports import SignerRefused, SignerUnavailable
from recgate.ports import RecgateError

SIGN, VERIFY, GET_PUBLIC_KEY = "kms:Sign", "kms:Verify", "kms:GetPublicKey"
KEY_SPEC, KEY_USAGE = "ECC_NIST_P256", "SIGN_VERIFY"

_MAY_PASS = frozenset(
    {
        "DependencyTimeoutException",
        "InternalFailure",
        "KMSInternalException",
        "KeyUnavailableException",
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
_CLOCK = f"{_CREDENTIALS}, and check the machine's clock"
_ANOTHER_KEY = f"make a key of the kind {KEY_SPEC} for {KEY_USAGE}, and name that one"
_NAME = "check the key's ARN, its region and account"
_REMEDIES = {
    "DisabledException": "enable the key",
    "ExpiredTokenException": _CREDENTIALS,
    "IncompleteSignature": _CREDENTIALS,
    "InvalidArnException": _NAME,
    "InvalidClientTokenId": _CREDENTIALS,
    "InvalidKeyUsageException": _ANOTHER_KEY,
    "InvalidSignatureException": _CLOCK,
    "KMSInvalidStateException": "look at the key's state: a scheduled deletion can be cancelled "
    "as long as it has not come, and the key enabled after that",
    "MissingAuthenticationTokenException": _CREDENTIALS,
    "NotFoundException": f"there is no such key: {_NAME}",
    "ParamValidationError": _NAME,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "UnrecognizedClientException": _CREDENTIALS,
    "UnsupportedOperationException": _ANOTHER_KEY,
    "ValidationException": f"{_NAME}; if they are right, {_ANOTHER_KEY}",
}
_MESSAGE_LENGTH = 300

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has: both numbers of a signature are from 1 up to below it.

https://csrc.nist.gov/pubs/sp/800/186/final
"""
_POINT_ON_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""How a public key on P-256 begins in DER (RFC 5480): algorithm, curve, an uncompressed point."""
_PUBLIC_KEY_BYTES = len(_POINT_ON_P256) + 64


def signer_error(response: Mapping[str, Any], action: str, key_id: str) -> RecgateError:
    """What an error answer means (``ClientError.response``)."""
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, status = str(error.get("Code") or "unknown error"), metadata.get("HTTPStatusCode", 0)
    if code in _MAY_PASS or not 400 <= status < 500 or status in (408, 429):
        return unavailable(action, key_id, f"{code} (HTTP {status})")
    said = " ".join(str(error.get("Message") or "").split()) if is_quotable(code) else ""
    return refused(action, key_id, code, said[:_MESSAGE_LENGTH])


def unavailable(action: str, key_id: str, why: str) -> SignerUnavailable:
    """The error for what may pass."""
    return SignerUnavailable(f"KMS did not answer {action} with the key {key_id}: {why}; try again")


def refused(action: str, key_id: str, code: str, said: str = "") -> SignerRefused:
    """The error for what will not pass. ``said`` is KMS's own message, where it may be told."""
    remedy = _REMEDIES.get(
        code, f"allow {action} in the key's policy or the role's, and check region and credentials"
    )
    told = f"{code} ({said})" if said else code
    return SignerRefused(f"KMS refused {action} with the key {key_id}: {told}; {remedy}")


def signature_in(response: Mapping[str, Any], key_id: str) -> Signature:
    """The signature in an answer to Sign, under the ARN of the key that made it.

    Whether it fits the message is not looked at: KMS alone could tell. Raises
    SignerUnavailable for an answer that is none of KMS, such as a proxy's page with status 200.
    """
    arn, value = response.get("KeyId"), response.get("Signature")
    if not isinstance(arn, str) or not arn or not is_ecdsa_signature(value):
        raise unavailable(SIGN, key_id, "the answer holds no ECDSA signature")
    return Signature(arn, value)


def is_ecdsa_signature(value: object) -> TypeGuard[bytes]:
    """Whether these bytes are a signature on P-256: in DER, a sequence of two whole numbers.

    Each of them has one way to be written, and nothing may follow (X.690, RFC 3279).
    """
    if not isinstance(value, bytes) or len(value) < 2 or value[0] != 0x30:
        return False
    first, rest = _number(value[2:])
    second, left = _number(rest)
    fits = all(0 < number < _ORDER for number in (first, second))
    return fits and not left and value[1] == len(value) - 2


def _number(der: bytes) -> tuple[int, bytes]:
    """The whole number that these bytes begin with, and what follows; 0 if there is none."""
    if len(der) < 2 or der[0] != 0x02 or not 1 <= der[1] <= 33 or len(der) < 2 + der[1]:
        return 0, b""
    digits, rest = der[2 : 2 + der[1]], der[2 + der[1] :]
    is_negative = digits[0] >= 0x80
    is_padded = len(digits) > 1 and digits[0] == 0 and digits[1] < 0x80
    return (0, b"") if is_negative or is_padded else (int.from_bytes(digits), rest)


def public_pem_in(response: Mapping[str, Any], key_id: str) -> bytes:
    """The public key in an answer to GetPublicKey, in PEM.

    Raises SignerRefused for a key of another kind, SignerUnavailable for no answer of KMS.
    """
    # CustomerMasterKeySpec is the earlier name of KeySpec; KMS itself gives both.
    spec = response.get("KeySpec") or response.get("CustomerMasterKeySpec")
    usage, der = response.get("KeyUsage"), response.get("PublicKey")
    if not spec or not usage or not isinstance(der, bytes):
        raise unavailable(GET_PUBLIC_KEY, key_id, "the answer holds no public key")
    if (spec, usage) != (KEY_SPEC, KEY_USAGE):
        raise SignerRefused(
            f"The KMS key {key_id} is of the kind {spec} for {usage}, with which recgate signs "
            f"nothing; {_ANOTHER_KEY}"
        )
    if len(der) != _PUBLIC_KEY_BYTES or not der.startswith(_POINT_ON_P256):
        raise unavailable(GET_PUBLIC_KEY, key_id, "what the answer holds is no key on P-256")
    return public_pem(der)


def public_pem(der: bytes) -> bytes:
    """A public key in PEM (RFC 7468), of its DER."""
    text = base64.b64encode(der)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((b"-----BEGIN PUBLIC KEY-----", *lines, b"-----END PUBLIC KEY-----", b""))
