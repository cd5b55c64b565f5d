"""KMS as a signer: what it is sent, what its answers mean, and what is no answer of it."""

import base64
import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from recgate.adapters.kms_signer import KmsSigner
from recgate.adapters.signature_check import PublicKeys
from recgate.dialect.kms_answers import is_ecdsa_signature, public_pem
from recgate.domain.statement import Signature
from recgate.evidence_ports import SignerRefused, SignerUnavailable
from tests.servers.aws import LocalAws, aws_client, local_aws
from tests.servers.aws_json import Fault, serving
from tests.servers.kms import ALIAS
from tests.servers.kms import ARN as ARN  # some import them from here
from tests.servers.kms import LocalKms as LocalKms
from tests.servers.web_page import page

MESSAGE = b"DSSEv1 28 application/vnd.in-toto+json 2 {}"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


GOOD = encode_dss_signature(1 << 200, 1 << 255)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[LocalKms, str]]:
    """One server for all tests, with its address."""
    served = LocalKms()
    with serving(served) as address:
        yield served, address
    assert served.problems == []


@pytest.fixture
def kms(running: tuple[LocalKms, str]) -> LocalKms:
    running[0].forget()
    return running[0]


@pytest.fixture(scope="module")
def client(running: tuple[LocalKms, str]) -> Iterator[Any]:
    with closing(aws_client("kms", running[1])) as made:
        yield made


@pytest.fixture(scope="module")
def impatient(running: tuple[LocalKms, str]) -> Iterator[Any]:
    """A client that waits a tenth of a second for an answer."""
    with closing(aws_client("kms", running[1], read_timeout=0.1)) as made:
        yield made


@pytest.fixture
def signer(client: Any) -> KmsSigner:
    return KmsSigner(client, ARN)


# --- what is sent, what comes back -----------------------------------------------------------


@pytest.mark.parametrize("size", [0, 32, 4_096, 4_097, 1_000_000])
def test_what_is_sent_is_the_digest_whatever_the_size(
    signer: KmsSigner, kms: LocalKms, size: int
) -> None:
    """KMS itself takes 4,096 bytes at most, and a record may have more."""
    message = b"x" * size

    signature = signer.sign(message)

    [(operation, request)] = kms.calls
    assert operation == "Sign"
    assert request == {
        "KeyId": ARN,
        "Message": base64.b64encode(hashlib.sha256(message).digest()).decode(),
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    assert PublicKeys([signer.public_key()])(message, signature)


@pytest.mark.parametrize("size", [0, 4_097, 1_000_000])
def test_kms_is_asked_whether_a_signature_is_its_own(
    signer: KmsSigner, kms: LocalKms, size: int
) -> None:
    """By the digest, as it signed, and whatever key the signature names."""
    message = b"x" * size
    signature = signer.sign(message)
    kms.calls.clear()

    assert signer.made(message, Signature("another key", signature.value))

    [(operation, request)] = kms.calls
    assert operation == "Verify"
    assert request == {
        "KeyId": ARN,
        "Message": base64.b64encode(hashlib.sha256(message).digest()).decode(),
        "MessageType": "DIGEST",
        "Signature": base64.b64encode(signature.value).decode(),
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


def test_a_signature_that_kms_does_not_know_is_not_its_own(
    signer: KmsSigner, kms: LocalKms
) -> None:
    """KMS says so by an error, which is an answer and no trouble."""
    assert not signer.made(MESSAGE, Signature(ARN, GOOD))
    assert [operation for operation, _ in kms.calls] == ["Verify"]


@pytest.mark.parametrize("value", [b"", b"garbage", GOOD + b"x", bytes(7_000)])
def test_what_is_no_signature_is_nobodys_and_kms_is_not_asked(
    signer: KmsSigner, kms: LocalKms, value: bytes
) -> None:
    """It would refuse the question itself, which would look as if something had to be mended."""
    assert not signer.made(MESSAGE, Signature(ARN, value))
    assert kms.calls == []


def test_the_key_is_named_by_its_arn_though_it_was_asked_for_by_an_alias(
    client: Any, kms: LocalKms
) -> None:
    """An alias may be another key's tomorrow."""
    assert KmsSigner(client, ALIAS).sign(MESSAGE).key_id == ARN


def test_the_public_key_is_the_pem_that_openssl_writes(signer: KmsSigner, kms: LocalKms) -> None:
    """Byte for byte, though nothing of `cryptography` is deployed to write it."""
    public = kms.key.public_key()

    pem = signer.public_key()

    assert pem == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_nothing_of_cryptography_is_needed(kms: LocalKms) -> None:
    """The package for Lambda does not hold it."""
    program = (
        "import sys\n"
        "sys.modules['cryptography'] = None\n"
        "from recgate.adapters.kms_signer import KmsSigner\n"
        "class Client:\n"
        f"    def sign(self, **_): return {{'KeyId': 'arn', 'Signature': {GOOD!r}}}\n"
        "    def get_public_key(self, **_):\n"
        "        spec = {'KeySpec': 'ECC_NIST_P256', 'KeyUsage': 'SIGN_VERIFY'}\n"
        f"        return spec | {{'PublicKey': {kms.der!r}}}\n"
        "signer = KmsSigner(Client(), 'key')\n"
        "print(signer.sign(b'record').key_id, signer.public_key().decode())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.startswith("arn -----BEGIN PUBLIC KEY-----\n")


def test_motos_kms_takes_the_same_calls() -> None:
    """Another hand's reading of the API. It signs the digest as if that were the message."""
    with local_aws() as aws:
        made = _moto_key(aws)
        signer = KmsSigner(aws.client("kms"), made)

        signature = signer.sign(MESSAGE)

        check = PublicKeys([signer.public_key()])
        assert check(hashlib.sha256(MESSAGE).digest(), signature)
        assert signature.key_id == made
        assert signer.made(MESSAGE, signature)
        assert not signer.made(MESSAGE + b"x", signature)
        with pytest.raises(SignerRefused, match="NotFoundException; there is no such key"):
            KmsSigner(aws.client("kms"), ARN).sign(MESSAGE)
        with pytest.raises(SignerRefused, match=r"of the kind RSA_2048 for SIGN_VERIFY.*make a"):
            KmsSigner(aws.client("kms"), _moto_key(aws, spec="RSA_2048")).public_key()


def _moto_key(aws: LocalAws, *, spec: str = "ECC_NIST_P256") -> str:
    made = aws.client("kms").create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


# --- what is refused, what may pass ------------------------------------------------------------

_PASSING = [
    Fault("error", "ThrottlingException"),
    Fault("error", "LimitExceededException"),
    Fault("error", "KMSInternalException", 500),
    Fault("error", "DependencyTimeoutException"),
    Fault("error", "KeyUnavailableException", 500),
    Fault("error", "Whatever", 502),
    Fault("error", "Whatever", 429),
    Fault("drop"),
    Fault("hang"),
]
_LASTING = [
    (Fault("error", "AccessDeniedException"), "allow {action} in the key's policy or the role's"),
    (Fault("error", "DisabledException", 409), "enable the key"),
    (Fault("error", "NotFoundException"), "there is no such key"),
    (Fault("error", "KMSInvalidStateException"), "a scheduled deletion can be cancelled"),
    (Fault("error", "InvalidKeyUsageException"), "make a key of the kind ECC_NIST_P256"),
    (Fault("error", "ExpiredTokenException"), "renew or correct the AWS credentials"),
    (Fault("error", "InvalidSignatureException", 403), "check the machine's clock"),
    (Fault("error", "Whatever"), "check region and credentials"),
]


@pytest.mark.parametrize("fault", _PASSING, ids=lambda fault: fault.code or fault.kind)
@pytest.mark.parametrize("action", ["kms:Sign", "kms:Verify", "kms:GetPublicKey"])
def test_what_may_pass_is_unavailable(
    client: Any, impatient: Any, kms: LocalKms, fault: Fault, action: str
) -> None:
    """The record is signed by a later run; who, where, what and what next are told."""
    kms.fault = fault
    signer = KmsSigner(impatient if fault.kind == "hang" else client, ARN)

    with pytest.raises(SignerUnavailable) as unavailable:
        _act(signer, action)

    said = str(unavailable.value)
    assert said.startswith(f"KMS did not answer {action} with the key {ARN}: {fault.code}")
    assert said.endswith("; try again")


@pytest.mark.parametrize(("fault", "remedy"), _LASTING, ids=lambda each: getattr(each, "code", ""))
@pytest.mark.parametrize("action", ["kms:Sign", "kms:Verify", "kms:GetPublicKey"])
def test_what_will_not_pass_is_refused_with_its_remedy(
    signer: KmsSigner, kms: LocalKms, fault: Fault, remedy: str, action: str
) -> None:
    """Somebody has to mend something; asking again would hide that."""
    kms.fault = fault

    with pytest.raises(SignerRefused) as refusal:
        _act(signer, action)

    said = str(refusal.value)
    assert said.startswith(f"KMS refused {action} with the key {ARN}: {fault.code}; ")
    assert remedy.format(action=action) in said


def test_who_was_denied_is_told_in_kms_own_words(signer: KmsSigner, kms: LocalKms) -> None:
    """They name the role that needs the permission."""
    kms.fault = Fault("error", "AccessDeniedException", 400, "User: x is not\n authorized")

    with pytest.raises(SignerRefused, match=r"AccessDeniedException \(User: x is not authorized\)"):
        signer.sign(MESSAGE)


def test_a_wrong_signature_repeats_nothing_of_the_request(signer: KmsSigner, kms: LocalKms) -> None:
    """Its message may hold the request's headers, the session token among them."""
    kms.fault = Fault("error", "InvalidSignatureException", 403, "x-amz-security-token:SECRET")

    with pytest.raises(SignerRefused) as refusal:
        signer.sign(MESSAGE)

    assert "SECRET" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_a_key_that_no_key_is_called_is_refused(client: Any) -> None:
    """It is not even sent."""
    with pytest.raises(SignerRefused, match="ParamValidationError; check the key's ARN"):
        KmsSigner(client, "").sign(MESSAGE)


def test_no_network_is_unavailable() -> None:
    """Nobody answers on this port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with (
        closing(aws_client("kms", f"http://127.0.0.1:{port}")) as client,
        pytest.raises(SignerUnavailable, match="EndpointConnectionError; try again"),
    ):
        KmsSigner(client, ARN).sign(MESSAGE)


def test_no_credentials_are_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session: Any = boto3.session.Session(region_name="eu-west-1")
    client = session.client("kms", endpoint_url="http://127.0.0.1:9", config=Config(proxies={}))

    with closing(client), pytest.raises(SignerRefused, match=r"NoCredentialsError.*credentials"):
        KmsSigner(client, ARN).sign(MESSAGE)


def _act(signer: KmsSigner, action: str) -> None:
    if action == "kms:Sign":
        signer.sign(MESSAGE)
    elif action == "kms:Verify":
        signer.made(MESSAGE, Signature(ARN, GOOD))
    else:
        signer.public_key()


# --- what is no answer -------------------------------------------------------------------------


def test_a_proxys_page_is_no_signature_and_no_key() -> None:
    """Though its status is 200."""
    with page(200) as address, closing(aws_client("kms", address)) as client:
        for action in ("kms:Sign", "kms:GetPublicKey"):
            with pytest.raises(SignerUnavailable, match=r"the answer holds no .*; try again"):
                _act(KmsSigner(client, ARN), action)
        with pytest.raises(SignerUnavailable, match="says nothing of the signature; try again"):
            KmsSigner(client, ARN).made(MESSAGE, Signature(ARN, GOOD))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30",
        b"signed",
        GOOD[:-1],
        GOOD + b"\0",
        b"\x31" + GOOD[1:],
        encode_dss_signature(0, 5),
        encode_dss_signature(5, 0),
        encode_dss_signature(ORDER, 5),
        encode_dss_signature(5, ORDER),
        bytes.fromhex("300602018102017f"),  # a negative number
        bytes.fromhex("3007020200010201ff"),
        bytes.fromhex("30070202000102017f"),  # a number in more bytes than it needs
        bytes.fromhex("3003020105"),  # one number
        bytes.fromhex("300702010502010500"),  # something behind them
        bytes.fromhex("3005020105020105"),  # a length that is not theirs
        bytes.fromhex("3081060201050201" + "05"),  # a length in more bytes than it needs
        b"\x30\x80" + GOOD[2:] + b"\0\0",
        bytes(64),
    ],
    ids=lambda value: value.hex()[:24],
)
def test_what_is_no_signature_on_p256_is_no_answer(
    signer: KmsSigner, kms: LocalKms, value: bytes
) -> None:
    """In the ledger it would stand as a signature that is wrong."""
    kms.answers = [kms.signed(value)]

    with pytest.raises(SignerUnavailable, match="holds no ECDSA signature"):
        signer.sign(MESSAGE)


@pytest.mark.parametrize("arn", [None, ""])
def test_a_signature_of_nobody_is_no_answer(
    signer: KmsSigner, kms: LocalKms, arn: str | None
) -> None:
    """Without the key's ARN."""
    kms.answers = [kms.signed(GOOD) | {"KeyId": arn}]

    with pytest.raises(SignerUnavailable):
        signer.sign(MESSAGE)


NUMBERS = st.integers(min_value=1, max_value=ORDER - 1)


@given(first=NUMBERS, second=NUMBERS)
def test_every_signature_that_there_can_be_is_one(first: int, second: int) -> None:
    """However many bytes its numbers need; and none with a byte more or less."""
    der = encode_dss_signature(first, second)

    assert is_ecdsa_signature(der)
    assert not is_ecdsa_signature(der[:-1])
    assert not is_ecdsa_signature(der + b"\0")


@given(st.binary(max_size=80))
def test_no_bytes_whatever_are_a_fault(value: bytes) -> None:
    """What comes from outside is looked at, not trusted."""
    assert is_ecdsa_signature(value) in (True, False)


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("ECC_NIST_P384", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY"),
        ("RSA_2048", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    ],
)
def test_a_key_of_another_kind_is_refused(
    signer: KmsSigner, kms: LocalKms, spec: str, usage: str
) -> None:
    """Before the first signature that nobody could check."""
    kms.spec, kms.usage = spec, usage

    with pytest.raises(SignerRefused) as refusal:
        signer.public_key()

    assert str(refusal.value) == (
        f"The KMS key {ARN} is of the kind {spec} for {usage}, with which recgate signs nothing; "
        "make a key of the kind ECC_NIST_P256 for SIGN_VERIFY, and name that one"
    )


def test_a_public_key_that_is_none_is_no_answer(signer: KmsSigner, kms: LocalKms) -> None:
    """Cut off, or of another curve than the answer says."""
    other = rsa.generate_private_key(65_537, 2_048).public_key()
    rsa_der = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for der in (b"", kms.der[:-1], kms.der + b"\0", rsa_der, bytes(91)):
        kms.answers = [kms.described(der)]

        with pytest.raises(SignerUnavailable, match="no key on P-256"):
            signer.public_key()


def test_a_pem_has_lines_of_64_characters() -> None:
    """RFC 7468, also where the last one is full."""
    lines = public_pem(bytes(96)).split(b"\n")

    assert [len(line) for line in lines[1:-2]] == [64, 64]
    assert lines[-1] == b""
