"""Signatures, checked by the public keys that a reader trusts."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recgate.domain.statement import Signature
from recgate.ports import RecgateError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]*)-----")
_PUBLIC_KEY = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_MOST_BYTES = 1 << 20
_FROM_OPENSSL = {
    "CERTIFICATE": "openssl x509 -in FILE -pubkey -noout",
    "EC PRIVATE KEY": "openssl pkey -in FILE -pubout",
    "PRIVATE KEY": "openssl pkey -in FILE -pubout",
}
"""How the public key is got out of what is none."""


class PublicKeyUnusable(RecgateError):
    """What was given to check with is no public key on P-256."""


class PublicKeys:
    """Implements `recgate.evidence_ports.SignatureCheck` with public keys in PEM.

    ``pems`` may have several keys in each: those of earlier times are kept with the one in use.
    ``names`` say for each where it comes from. Raises PublicKeyUnusable if any of them is no
    key on P-256, and if there is none at all.

    Of the two signatures that ECDSA has for one and the same (s and n - s) both are valid, as
    they are for openssl and KMS: the bytes of a signature identify nothing.
    """

    def __init__(self, pems: Sequence[bytes], *, names: Sequence[str] = ()) -> None:
        named = names or [f"key {number} of {len(pems)}" for number in range(1, len(pems) + 1)]
        self._keys = _keys_in(zip(named, pems, strict=True))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """What each key is known by at a desk: ``sha256:`` and the digest of its DER."""
        return tuple(self._keys)

    def __call__(self, message: bytes, signature: Signature) -> str | None:
        """Which of the keys made the signature, whatever key it names; None: none did."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        for key_id, key in self._keys.items():
            try:
                key.verify(signature.value, message, ec.ECDSA(hashes.SHA256()))
            except InvalidSignature:  # also for what is no signature at all
                continue
            return key_id
        return None


def public_keys_in(files: Sequence[Path]) -> PublicKeys:
    """The keys in these files. Raises PublicKeyUnusable, which names the file."""
    return PublicKeys([_read(file) for file in files], names=[str(file) for file in files])


def _keys_in(named: Iterable[tuple[str, bytes]]) -> "dict[str, EllipticCurvePublicKey]":
    try:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    except ImportError as missing:
        raise PublicKeyUnusable(
            f"Checking signatures needs the package cryptography ({missing}): install it with "
            "pip install 'recgate[cli]'."
        ) from missing
    found = {}
    for where, pem in named:
        for key in _keys_of(where, pem):
            der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            found[f"sha256:{hashlib.sha256(der).hexdigest()}"] = key
    if not found:
        raise PublicKeyUnusable("There is no public key to check signatures with: name one.")
    return found


def _keys_of(where: str, pem: bytes) -> "Iterator[EllipticCurvePublicKey]":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    blocks = _PUBLIC_KEY.findall(pem)
    kinds = [kind.decode() for kind in _BEGIN.findall(pem)]
    other = next((kind for kind in kinds if kind != "PUBLIC KEY"), None)
    if other is not None:
        how = _FROM_OPENSSL.get(other.removeprefix("ENCRYPTED "))
        raise PublicKeyUnusable(
            f"{where} holds a PEM block {other!r}, which is no public key"
            + (f": its key is got out of it by `{how}`." if how else ".")
        )
    if not blocks or len(blocks) != len(kinds):
        raise PublicKeyUnusable(
            f"{where} holds no public key in PEM, or not the whole of it: it begins with "
            "-----BEGIN PUBLIC KEY----- and has an end."
        )
    for block in blocks:
        try:
            key = load_pem_public_key(block)
        except (ValueError, UnsupportedAlgorithm) as problem:
            raise PublicKeyUnusable(
                f"{where} holds a public key that cannot be read: the file is damaged."
            ) from problem
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
            key.curve, ec.SECP256R1
        ):
            raise PublicKeyUnusable(
                f"{where} holds a public key that is not on P-256, so no record was signed with "
                "it: name the signer's."
            )
        yield key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as problem:
        raise PublicKeyUnusable(
            f"The public key {path} cannot be read: {problem.strerror or type(problem).__name__}."
        ) from problem
