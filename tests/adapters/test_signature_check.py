"""Public keys: which signatures they accept, and which files are none."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from recgate.adapters.signature_check import PublicKeys, PublicKeyUnusable, public_keys_in
from recgate.domain.link import Link, link_bytes
from recgate.domain.statement import (
    Envelope,
    EnvelopeUnreadable,
    Signature,
    envelope_bytes,
    envelope_from,
    pae,
    statement_bytes,
)

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
MESSAGE = b"DSSEv1 28 application/vnd.in-toto+json 2 {}"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(
    message: bytes = MESSAGE,
    key: ec.EllipticCurvePrivateKey = KEY,
    algorithm: hashes.HashAlgorithm | None = None,
) -> Signature:
    return Signature("k", key.sign(message, ec.ECDSA(algorithm or hashes.SHA256())))


CHECK = PublicKeys([pem(KEY)])


def test_a_signature_of_the_key_is_accepted_whatever_key_it_names() -> None:
    """The name is not signed, and proves nothing."""
    assert CHECK(MESSAGE, signed())
    assert CHECK(MESSAGE, Signature("arn:of:another", signed().value))


def test_another_key_or_message_or_hash_is_not() -> None:
    """Each of them alone."""
    assert not CHECK(MESSAGE, signed(key=OTHER))
    assert not CHECK(MESSAGE + b" ", signed())
    assert not CHECK(MESSAGE, signed(algorithm=hashes.SHA384()))


def test_one_of_several_keys_is_enough() -> None:
    """A key that was replaced still checks what it signed."""
    both = PublicKeys([pem(OTHER) + b"the one in use:\n" + pem(KEY)])
    apart = PublicKeys([pem(OTHER), pem(KEY)])

    for check in (both, apart):
        assert check(MESSAGE, signed())
        assert check(MESSAGE, signed(key=OTHER))
        assert len(check.key_ids) == 2
    assert both.key_ids == apart.key_ids


def test_low_s_and_high_s_are_both_valid() -> None:
    """ECDSA has two signatures for each; openssl and KMS take both, so whoever has one can make
    the other: the bytes of a signature identify nothing.
    """
    first, second = decode_dss_signature(signed().value)

    assert CHECK(MESSAGE, Signature("k", encode_dss_signature(first, second)))
    assert CHECK(MESSAGE, Signature("k", encode_dss_signature(first, ORDER - second)))


@given(st.binary(max_size=100))
def test_what_is_no_signature_is_false_and_no_fault(value: bytes) -> None:
    """It comes from whoever could write to the archive."""
    assert not CHECK(MESSAGE, Signature("k", value))


@given(at=st.integers(min_value=0, max_value=69), bit=st.integers(min_value=0, max_value=7))
def test_no_bit_of_a_signature_can_be_changed(at: int, bit: int) -> None:
    """Nor one be cut off or added."""
    value = bytearray(signed().value)
    value[at % len(value)] ^= 1 << bit

    assert not CHECK(MESSAGE, Signature("k", bytes(value)))
    assert not CHECK(MESSAGE, Signature("k", signed().value[:-1]))
    assert not CHECK(MESSAGE, Signature("k", signed().value + b"\0"))


# --- envelopes -------------------------------------------------------------------------------

LINK = Link(
    "01KATESTTESTTESTTESTTESTTE", "local", 1, "0" * 64, "job:a", 0, "decision", "k",
    "2026-11-22T09:00:00.000000+00:00", "0" * 64,
)  # fmt: skip


def test_no_envelope_that_was_cut_off_or_filled_up_is_accepted() -> None:
    """At any byte: it is no envelope, or its signature does not fit."""
    payload = statement_bytes(link_bytes(LINK), b'{"gate":"open"}')
    whole = envelope_bytes(Envelope(payload, signed(pae(payload))))
    changed = [whole[:end] for end in range(len(whole))]
    changed += [whole.replace(b'"payload":"', b'"payload":"' + extra) for extra in (b"e30", b"A")]

    accepted = []
    for content in changed:
        try:
            envelope = envelope_from(content)
        except EnvelopeUnreadable:
            continue
        if CHECK(pae(envelope.payload), envelope.signature):
            accepted.append(content)

    assert accepted == []
    assert CHECK(pae(envelope_from(whole).payload), envelope_from(whole).signature)


# --- what is no public key -------------------------------------------------------------------


def _private(encrypted: bool = False) -> bytes:  # noqa: FBT002
    encryption = BestAvailableEncryption(b"x") if encrypted else NoEncryption()
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no public key in PEM, or not the whole of it"),
        (b"ssh-ed25519 AAAA", "holds no public key in PEM"),
        (pem(KEY)[:-10], "not the whole of it"),
        (pem(OTHER) + pem(KEY)[:60], "not the whole of it"),
        (pem(KEY).replace(b"MFkw", b"MFkx"), "cannot be read: the file is damaged"),
        (pem(KEY).replace(b"\nMF", b"\n"), "cannot be read: the file is damaged"),
        (
            CERTIFICATE,
            "'CERTIFICATE', which is no public key: its key is got out of it by `openssl",
        ),
        (pem(KEY) + CERTIFICATE, "'CERTIFICATE'"),
        (_private(), "'PRIVATE KEY', which is no public key: its key is got out of it by `openssl"),
        (_private(encrypted=True), "'ENCRYPTED PRIVATE KEY', which is no public key: its"),
        (b"-----BEGIN X-----\n-----END X-----\n", "a PEM block 'X', which is no public key."),
        (pem(ec.generate_private_key(ec.SECP384R1())), "not on P-256"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "not on P-256"),
        (pem(rsa.generate_private_key(65_537, 2_048)), "not on P-256"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "not on P-256"),
    ],
)
def test_what_is_no_public_key_is_told_before_anything_is_checked(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """Or every record would look forged. The file is named; or which of those given it is."""
    path = tmp_path / "signer.pub"
    path.write_bytes(content)

    with pytest.raises(PublicKeyUnusable) as given:
        PublicKeys([pem(KEY), content])
    with pytest.raises(PublicKeyUnusable) as read:
        public_keys_in([path])

    assert said in str(given.value)
    assert said in str(read.value)
    assert str(given.value).startswith("key 2 of 2 ")
    assert str(read.value).startswith(str(path))


def test_nobody_to_trust_is_an_error() -> None:
    """And not a check that refuses everything."""
    with pytest.raises(PublicKeyUnusable, match="There is no public key"):
        PublicKeys([])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(PublicKeyUnusable, match=r"no.pub cannot be read: No such file"):
        public_keys_in([tmp_path / "no.pub"])


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    """Of several, each may sign."""
    for name, key in (("a.pub", KEY), ("b.pub", OTHER)):
        (tmp_path / name).write_bytes(pem(key))

    check = public_keys_in([tmp_path / "a.pub", tmp_path / "b.pub"])

    assert check(MESSAGE, signed())
    assert check(MESSAGE, signed(key=OTHER))


def test_windows_line_breaks_do_no_harm() -> None:
    """Somebody mailed it."""
    check = PublicKeys([pem(KEY).replace(b"\n", b"\r\n")])

    assert check(MESSAGE, signed())
