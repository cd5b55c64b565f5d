"""A KMS with one key, to be served by `tests.servers.aws_json`."""

import base64
import threading
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.servers.aws_json import Fault, Refused

ARN = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
ALIAS = "alias/recgate-evidence"


class LocalKms:
    """A KMS with one key, which signs and checks digests as KMS does (moto hashes them once more).

    ``fault`` is what the next call meets; ``answers`` replace the next answers.
    """

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.problems: list[str] = []
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.forget()

    def forget(self) -> None:
        """Begin anew, for the next test; the key stays."""
        self.spec, self.usage = "ECC_NIST_P256", "SIGN_VERIFY"
        self.fault: Fault | None = None
        self.answers: list[dict[str, Any]] = []
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def der(self) -> bytes:
        """The public key."""
        public = self.key.public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def take(self, operation: str, request: Mapping[str, Any]) -> Fault | None:
        self.calls.append((operation, request))
        return self.fault

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if self.answers:
            return self.answers.pop(0)
        if request["KeyId"] not in (ARN, ALIAS):
            raise Refused("NotFoundException", f"Key '{request['KeyId']}' does not exist")
        if operation == "GetPublicKey":
            return self.described()
        if request["SigningAlgorithm"] != "ECDSA_SHA_256" or self.spec != "ECC_NIST_P256":
            raise Refused("InvalidKeyUsageException", "incompatible with the key spec")
        message = base64.b64decode(request["Message"])
        is_digest = request["MessageType"] == "DIGEST"
        if len(message) != 32 if is_digest else len(message) > 4_096:
            raise Refused("ValidationException", "Digest is invalid length")
        kind = Prehashed(hashes.SHA256()) if is_digest else hashes.SHA256()
        if operation == "Verify":
            return self.verified(base64.b64decode(request["Signature"]), message, ec.ECDSA(kind))
        return self.signed(self.key.sign(message, ec.ECDSA(kind)))

    def signed(self, value: bytes) -> dict[str, Any]:
        """An answer to Sign."""
        text = base64.b64encode(value).decode()
        return {"KeyId": ARN, "Signature": text, "SigningAlgorithm": "ECDSA_SHA_256"}

    def verified(self, value: bytes, message: bytes, kind: ec.ECDSA) -> dict[str, Any]:
        """An answer to Verify. KMS says no by an error, and never by a False."""
        try:
            self.key.public_key().verify(value, message, kind)
        except InvalidSignature:
            raise Refused("KMSInvalidSignatureException", "") from None
        return {"KeyId": ARN, "SignatureValid": True, "SigningAlgorithm": "ECDSA_SHA_256"}

    def described(self, der: bytes | None = None) -> dict[str, Any]:
        """An answer to GetPublicKey."""
        return {
            "KeyId": ARN,
            "PublicKey": base64.b64encode(self.der if der is None else der).decode(),
            "KeySpec": self.spec,
            "CustomerMasterKeySpec": self.spec,
            "KeyUsage": self.usage,
            "SigningAlgorithms": ["ECDSA_SHA_256"],
        }
