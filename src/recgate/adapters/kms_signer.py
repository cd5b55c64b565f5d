"""A key in KMS, which signs and never leaves it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recgate.aws_asking import never_sent
from recgate.dialect.kms_answers import (
    GET_PUBLIC_KEY,
    SIGN,
    VERIFY,
    is_ecdsa_signature,
    public_pem_in,
    refused,
    signature_in,
    signer_error,
    unavailable,
)
from recgate.domain.statement import Signature

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsSigner:
    """Implements `recgate.evidence_ports.Signer`; retries inside one call are the client's own.

    ``key_id`` is the key's ARN; its id, or an alias, in the client's own account and region.
    """

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def sign(self, message: bytes) -> Signature:
        """The signature, under the key's ARN. Raises SignerUnavailable, SignerRefused."""
        # As a digest: KMS takes no more than 4,096 bytes of the message itself.
        digest = hashlib.sha256(message).digest()
        with _asking(SIGN, self._key_id):
            answer = self._client.sign(
                KeyId=self._key_id,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        return signature_in(answer, self._key_id)

    def made(self, message: bytes, signature: Signature) -> bool:
        """Whether this key made the signature. KMS is asked, since nothing deployed can tell.

        Raises SignerUnavailable, SignerRefused.
        """
        if not is_ecdsa_signature(signature.value):
            return False
        with _asking(VERIFY, self._key_id):
            try:
                answer = self._client.verify(
                    KeyId=self._key_id,
                    Message=hashlib.sha256(message).digest(),
                    MessageType="DIGEST",
                    Signature=signature.value,
                    SigningAlgorithm="ECDSA_SHA_256",
                )
            except self._client.exceptions.KMSInvalidSignatureException:
                return False
        # KMS says no by the error alone; what says nothing at all is no answer of it.
        is_valid = answer.get("SignatureValid")
        if not isinstance(is_valid, bool):
            raise unavailable(VERIFY, self._key_id, "the answer says nothing of the signature")
        return is_valid

    def public_key(self) -> bytes:
        """The public key in PEM. Raises SignerUnavailable, SignerRefused."""
        with _asking(GET_PUBLIC_KEY, self._key_id):
            answer = self._client.get_public_key(KeyId=self._key_id)
        return public_pem_in(answer, self._key_id)


@contextmanager
def _asking(action: str, key_id: str) -> Iterator[None]:
    """Turn what boto3 raises inside into the errors of the port."""
    # Whoever has a client has loaded botocore already: this costs nothing.
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        # The message is in ours where it may be; the cause would print it where it must not.
        raise signer_error(error.response, action, key_id) from None
    except never_sent() as error:
        raise refused(action, key_id, type(error).__name__) from error
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise unavailable(action, key_id, type(error).__name__) from error
