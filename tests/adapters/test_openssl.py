"""A record is checked with openssl alone: recgate wrote it, and nothing of recgate reads it."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recgate.adapters.kms_signer import KmsSigner
from recgate.adapters.local_key import LocalKey, new_local_key
from recgate.adapters.signature_check import public_keys_in
from recgate.domain.canonical import canonical_json
from recgate.domain.link import Link, link_bytes, sha256
from recgate.domain.statement import Envelope, envelope_bytes, pae, statement_bytes
from recgate.evidence_ports import Signer
from tests.servers.aws import aws_client
from tests.servers.aws_json import serving
from tests.servers.kms import ARN, LocalKms

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")

LINK = Link(
    id="01KATESTTESTTESTTESTTESTTE",
    chain="111122223333/eu-west-1",
    sequence=1,
    previous="0" * 64,
    stream="job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/a",
    position=0,
    kind="decision",
    key="k",
    recorded_at="2026-11-22T09:00:00.000000+00:00",
    body_digest="0" * 64,
)
BODIES = {
    "plain": canonical_json({"gate": "open", "verdict": "PASS"}),
    # What looks like the parts of an envelope, and text that is not ASCII.
    "hostile": canonical_json(
        {
            "link": {"previous": "x"},
            "payload": 'e30=","payload":"e30=',
            "reason": "über 🔥 %s \\n $(id) `id` ' \" \u2028 \x00",
            "sig": '"sig":"AAAA"',
        }
    ),
    "large": canonical_json({"snapshot": "x" * 400_000}),
}


@pytest.fixture(params=["local-key", "kms"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Signer]:
    if request.param == "local-key":
        yield new_local_key(tmp_path / "signing.pem")
        return
    kms = LocalKms()
    with serving(kms) as address, closing(aws_client("kms", address)) as client:
        yield KmsSigner(client, ARN)
    assert kms.problems == []


def run(folder: Path, command: str, *, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    """A line as a person types it."""
    return subprocess.run(
        [shell, "-euc", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("body", BODIES)
def test_openssl_accepts_the_signature_and_refuses_a_changed_byte(
    tmp_path: Path, signer: Signer, body: str
) -> None:
    """Over the PAE of a statement; the first, the middle and the last byte."""
    signed = pae(statement_bytes(link_bytes(LINK), BODIES[body]))
    verify = "openssl dgst -sha256 -verify pub.pem -signature sig.der pae.bin"
    (tmp_path / "pub.pem").write_bytes(signer.public_key())
    (tmp_path / "sig.der").write_bytes(signer.sign(signed).value)
    (tmp_path / "pae.bin").write_bytes(signed)

    accepted = run(tmp_path, verify)
    refused = []
    for at in (0, len(signed) // 2, len(signed) - 1):
        changed = bytearray(signed)
        changed[at] ^= 1
        (tmp_path / "pae.bin").write_bytes(changed)
        refused.append(run(tmp_path, verify))

    assert (accepted.returncode, accepted.stdout) == (0, "Verified OK\n")
    assert {each.returncode for each in refused} == {1}
    assert {each.stdout for each in refused} == {"Verification failure\n"}


RECIPES = {
    "sed": r"""
LC_ALL=C; export LC_ALL
sed 's/^{"payload":"\([^"]*\)".*/\1/' record.json | openssl base64 -d -A > payload.json
sed 's/.*"sig":"\([^"]*\)"}]}$/\1/' record.json | openssl base64 -d -A > signature.der
{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < payload.json)"
  cat payload.json; } > signed.bin
openssl dgst -sha256 -verify pub.pem -signature signature.der signed.bin
""",
    "cut": r"""
cut -d'"' -f4 record.json | base64 -d > payload.json
cut -d'"' -f18 record.json | base64 -d > signature.der
{ printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < payload.json)"
  cat payload.json; } > signed.bin
openssl dgst -sha256 -verify pub.pem -signature signature.der signed.bin
""",
}
"""From an archived envelope to the answer: with openssl and POSIX, and with coreutils alone."""

LINK_DIGEST = r"""
LC_ALL=C sed 's/.*,"link":\({.*}\)},"predicateType":"urn:recgate:record:v1",.*/\1/' payload.json |
  tr -d '\n' | openssl dgst -sha256 -r | cut -c1-64
"""
"""What the next record of the chain has as ``previous``."""

shells = pytest.mark.parametrize("shell", [each for each in ("sh", "bash") if shutil.which(each)])


@shells
@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("body", BODIES)
def test_an_archived_envelope_is_checked_by_a_shell_alone(
    tmp_path: Path, signer: Signer, body: str, recipe: str, shell: str
) -> None:
    """Whatever the record says; what is read afterwards is what was checked."""
    link, content = link_bytes(LINK), BODIES[body]
    payload = statement_bytes(link, content)
    envelope = envelope_bytes(Envelope(payload, signer.sign(pae(payload))))
    (tmp_path / "record.json").write_bytes(envelope)
    (tmp_path / "pub.pem").write_bytes(signer.public_key())

    done = run(tmp_path, RECIPES[recipe], shell=shell)
    digest = run(tmp_path, LINK_DIGEST, shell=shell)

    assert (done.returncode, done.stdout, done.stderr) == (0, "Verified OK\n", "")
    assert (tmp_path / "payload.json").read_bytes() == payload
    assert digest.stdout == f"{sha256(link)}\n"


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "change",
    [
        lambda envelope: envelope.replace(b'"payload":"ey', b'"payload":"ez'),
        lambda envelope: envelope[:-100],
        lambda envelope: envelope[: len(envelope) // 2],
        lambda envelope: envelope.replace(b'"sig":"M', b'"sig":"N'),
        lambda envelope: envelope.replace(b'"payload":"', b'"payload":"e30=","payload":"'),
        lambda envelope: b"",
    ],
    ids=["payload", "cut off", "half", "signature", "two payloads", "empty"],
)
def test_a_changed_envelope_is_refused_by_a_shell_alone(
    tmp_path: Path, recipe: str, change: Callable[[bytes], bytes]
) -> None:
    """Also one that was cut off, and one with two payloads."""
    key = new_local_key(tmp_path / "signing.pem")
    payload = statement_bytes(link_bytes(LINK), BODIES["plain"])
    envelope = envelope_bytes(Envelope(payload, key.sign(pae(payload))))
    (tmp_path / "record.json").write_bytes(change(envelope))
    (tmp_path / "pub.pem").write_bytes(key.public_key())

    done = run(tmp_path, RECIPES[recipe])

    assert done.returncode != 0
    assert "Verified OK" not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem",
        "openssl ecparam -genkey -name prime256v1 -out signing.pem",
    ],
    ids=["genpkey", "ecparam"],
)
def test_a_key_that_openssl_made_signs_and_its_signatures_are_accepted(
    tmp_path: Path, command: str
) -> None:
    """Both ways: who has a key already needs no other."""
    prepare = f"umask 077; {command}; openssl pkey -in signing.pem -pubout -out pub.pem"
    assert run(tmp_path, prepare).returncode == 0
    (tmp_path / "pae.bin").write_bytes(b"DSSEv1")

    signature = LocalKey(tmp_path / "signing.pem").sign(b"DSSEv1")

    check = public_keys_in([tmp_path / "pub.pem"])
    assert check(b"DSSEv1", signature)
    assert (tmp_path / "pub.pem").read_bytes() == LocalKey(tmp_path / "signing.pem").public_key()
    signed = run(tmp_path, "openssl dgst -sha256 -sign signing.pem -out sig.der pae.bin")
    assert signed.returncode == 0
    theirs = type(signature)("k", (tmp_path / "sig.der").read_bytes())
    assert check(b"DSSEv1", theirs)


def test_a_key_in_kms_is_fetched_by_the_aws_cli_alone(tmp_path: Path) -> None:
    """`aws kms get-public-key --query PublicKey --output text` gives base64 of this DER."""
    kms = LocalKms()
    with serving(kms) as address, closing(aws_client("kms", address)) as client:
        pem = KmsSigner(client, ARN).public_key()
    (tmp_path / "der").write_bytes(kms.der)

    done = run(
        tmp_path, "base64 -w0 < der | openssl base64 -d -A | openssl pkey -pubin -inform DER"
    )

    assert done.stdout.encode() == pem
