"""What every key promises to who signs with it, over each adapter."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from recgate.adapters.kms_signer import KmsSigner
from recgate.adapters.local_key import new_local_key
from recgate.adapters.signature_check import PublicKeys
from recgate.evidence_ports import SignatureCheck, Signer
from tests.servers.aws import aws_client
from tests.servers.aws_json import serving
from tests.servers.kms import ARN, LocalKms


@pytest.fixture(params=["local-key", "kms"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Signer]:
    """A key, once over each adapter."""
    if request.param == "local-key":
        yield new_local_key(tmp_path / "signing.pem")
        return
    kms = LocalKms()
    with serving(kms) as address, closing(aws_client("kms", address)) as client:
        yield KmsSigner(client, ARN)
    assert kms.problems == []


@pytest.mark.parametrize("size", [0, 1, 32, 4_096, 4_097, 3_000_000])
def test_a_signature_is_checked_by_the_public_key(signer: Signer, size: int) -> None:
    """Over the message itself, whatever its size."""
    message = bytes(range(256)) * (size // 256) + bytes(size % 256)
    check: SignatureCheck = PublicKeys([signer.public_key()])

    signature = signer.sign(message)

    assert check(message, signature)


def test_it_fits_no_other_message(signer: Signer) -> None:
    """One bit is enough, and so is a byte behind the end."""
    check = PublicKeys([signer.public_key()])

    signature = signer.sign(b"a record")

    for other in (b"a recorD", b"a record ", b"a recor", b""):
        assert not check(other, signature)


def test_it_fits_no_other_key(signer: Signer, tmp_path: Path) -> None:
    """Whoever has a key of their own has not this one."""
    other = new_local_key(tmp_path / "another.pem")
    check = PublicKeys([signer.public_key()])

    assert not check(b"a record", other.sign(b"a record"))


def test_two_signatures_over_one_message_are_both_good(signer: Signer) -> None:
    """Nobody may compare their bytes."""
    check = PublicKeys([signer.public_key()])

    first, second = signer.sign(b"a record"), signer.sign(b"a record")

    assert check(b"a record", first)
    assert check(b"a record", second)
    assert first.key_id == second.key_id != ""


def test_the_public_key_is_one_on_p256_and_the_same_each_time(signer: Signer) -> None:
    """In PEM, with a line break at its end."""
    pem = signer.public_key()

    loaded = load_pem_public_key(pem)
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    assert loaded.curve.name == "secp256r1"
    assert pem.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert pem.endswith(b"\n-----END PUBLIC KEY-----\n")
    assert signer.public_key() == pem


def test_a_key_knows_its_own_signatures(signer: Signer, tmp_path: Path) -> None:
    """Whoever finds one beside a record can tell whether it was put there by somebody else."""
    other = new_local_key(tmp_path / "another.pem")

    signature = signer.sign(b"a record")

    assert signer.made(b"a record", signature)
    assert not signer.made(b"a recorD", signature)
    assert not signer.made(b"a record", other.sign(b"a record"))
    assert not signer.made(b"a record", replace(signature, value=b"garbage"))
