"""A key in a file, to sign with at a desk."""

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from recgate.domain.statement import Signature
from recgate.evidence_ports import SignerRefused
from recgate.ports import RecgateError
from recgate.written_once import write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

_OTHERS = 0o077
_MOST_BYTES = 65_536
_MAKE_ONE = "make one with `recgate audit key FILE`"


class KeyNotMade(RecgateError):
    """No key was written: a file is there already, or the folder takes none."""


class LocalKey:
    """Implements `recgate.evidence_ports.Signer` with a P-256 private key in PEM.

    The file is read once. Raises SignerRefused for one that is no such key, that is encrypted,
    or that others than its owner may read.
    """

    def __init__(self, path: Path) -> None:
        self._key = _private_key(path)
        self.key_id = f"sha256:{hashlib.sha256(_der_of(self._key.public_key())).hexdigest()}"

    def sign(self, message: bytes) -> Signature:
        """The signature over the message, under `key_id`."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return Signature(self.key_id, self._key.sign(message, ec.ECDSA(hashes.SHA256())))

    def made(self, message: bytes, signature: Signature) -> bool:
        """Whether this key made the signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            self._key.public_key().verify(signature.value, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def public_key(self) -> bytes:
        """The public key in PEM."""
        return _pem_of(self._key.public_key())


def public_path(path: Path) -> Path:
    """Where `new_local_key` writes the public key."""
    return path.with_name(f"{path.name}.pub")


def new_local_key(path: Path) -> LocalKey:
    """Make a key: the private one for its owner's eyes only, and the public one beside it.

    Each is there whole or not at all, and no file is written over. Raises KeyNotMade, and
    SignerRefused where `cryptography` is missing.
    """
    _check_cryptography()
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for taken in (path, public_path(path)):
        if os.path.lexists(taken):
            raise _taken(taken)
    _write(path, pem, mode=0o600)
    try:
        _write(public_path(path), _pem_of(key.public_key()), mode=0o644)
    except KeyNotMade:
        path.unlink()  # nobody can have signed with it yet
        raise
    return LocalKey(path)


def _private_key(path: Path) -> "EllipticCurvePrivateKey":
    _check_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = _private_pem(path)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:  # that is how it says that it wants a password
        raise SignerRefused(
            f"The private key in {path} is encrypted, and recgate asks for no passphrase: write "
            f"it without one (openssl pkey -in {path} -out NEW), readable by you alone."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # Not its message: there is nothing in it for who has the wrong file.
        is_public = b"-----BEGIN PUBLIC KEY-----" in pem
        what = "a public key, with which nobody can sign" if is_public else "no private key in PEM"
        raise SignerRefused(
            f"{path} holds {what}: name the file with the private key, or {_MAKE_ONE}."
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        curve = getattr(key, "curve", None)
        kind = f"on the curve {curve.name}" if curve else "not on an elliptic curve for ECDSA"
        raise SignerRefused(
            f"The private key in {path} is {kind}, and records are signed with P-256: {_MAKE_ONE}."
        )
    return key


def _private_pem(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            pem = file.read(_MOST_BYTES)
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise SignerRefused(
            f"The private key {path} cannot be read: {why}. Name another file, or {_MAKE_ONE}."
        ) from problem
    # Elsewhere than on POSIX the mode does not tell who may read.
    if os.name == "posix" and stat.S_ISREG(mode) and mode & _OTHERS:
        raise SignerRefused(
            f"Others may read or change the private key {path} (mode {stat.S_IMODE(mode):04o}), "
            "so its signatures would prove nothing: chmod 600 it, or make a new one if somebody "
            "may have read it."
        )
    return pem


def _check_cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError as missing:
        raise SignerRefused(
            f"A key in a file needs the package cryptography ({missing}): install it with "
            "pip install 'recgate[cli]'."
        ) from missing


def _der_of(key: "EllipticCurvePublicKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem_of(key: "EllipticCurvePublicKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _taken(path: Path) -> KeyNotMade:
    return KeyNotMade(
        f"{path} is there already, and a key is never written over: what it signed could not be "
        "checked any more. Name another file."
    )


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Write one of the two files. Raises KeyNotMade."""
    try:
        write_once(path, content, mode=mode)
    except FileExistsError as problem:
        raise _taken(path) from problem
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        raise KeyNotMade(
            f"No key was written to {path}: {why}. Name a file in a folder that is there and "
            "that you may write to."
        ) from problem
