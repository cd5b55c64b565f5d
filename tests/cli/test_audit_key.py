"""`recgate audit key` as a person uses it."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from recgate.adapters.local_key import LocalKey
from recgate.adapters.signature_check import PublicKeys
from tests.cli.runner import recgate
from tests.servers.aws_json import Fault, serving
from tests.servers.kms import ALIAS, ARN, LocalKms


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalKms, str]]:
    """A KMS with one key, its address, and somebody who may ask; no region is configured."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = LocalKms()
    with serving(served) as address:
        yield served, address
    assert served.problems == []


def test_a_key_is_made_and_said_to_be_where_it_is(tmp_path: Path) -> None:
    """Both files, the key's id, what to do with which."""
    path = tmp_path / "signing.pem"

    answer = recgate("audit", "key", path)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        f"Private key  {path} (only you can read it)\n"
        f"Public key   {path}.pub\n"
        f"Key id       {LocalKey(path).key_id}\n"
        "\n"
        f"Sign with it:  recgate audit seal --key {path}\n"
        f"Check with it: recgate audit verify --public-key {path}.pub\n"
        "\n"
        "Keep the public key where the auditor is, and not beside the ledger: whoever can change\n"
        "the ledger could exchange the key as well. Whoever has the private key can sign as you.\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    check = PublicKeys([(tmp_path / "signing.pem.pub").read_bytes()])
    assert check(b"record", LocalKey(path).sign(b"record"))


def test_a_program_is_told_the_same(tmp_path: Path) -> None:
    """And the public key itself; never the private one."""
    path = tmp_path / "signing.pem"

    answer = recgate("audit", "key", path, "--output", "json")

    pem = Path(f"{path}.pub").read_text()
    document = json.loads(answer.out)
    assert document == {
        "schema": "recgate-audit-key/1",
        "key_id": LocalKey(path).key_id,
        "fingerprint": LocalKey(path).key_id,
        "public_key": pem,
        "private_key_file": str(path),
        "public_key_file": f"{path}.pub",
    }
    assert next(iter(document)) == "schema"
    assert "PRIVATE" not in answer.out


@pytest.mark.parametrize("taken", ["signing.pem", "signing.pem.pub"])
def test_a_key_is_never_written_over(tmp_path: Path, taken: str) -> None:
    """Exit code 2, and everything is as it was."""
    (tmp_path / taken).write_text("mine")

    answer = recgate("audit", "key", tmp_path / "signing.pem")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"recgate: {tmp_path / taken} is there already")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_lost_public_key_is_printed_again(tmp_path: Path) -> None:
    """As it was written; nothing else is on standard output, so that it may go into a file."""
    path = tmp_path / "signing.pem"
    recgate("audit", "key", path)
    pem = Path(f"{path}.pub").read_text()
    Path(f"{path}.pub").unlink()

    answer = recgate("audit", "key", "--public", path)
    document = json.loads(recgate("audit", "key", "--public", path, "--output", "json").out)

    assert (answer.code, answer.out, answer.err) == (0, pem, "")
    assert document["public_key"] == pem
    assert document["private_key_file"] == str(path)
    assert document["public_key_file"] is None
    assert not Path(f"{path}.pub").exists()


def test_what_is_no_private_key_is_told(tmp_path: Path) -> None:
    """In one line."""
    answer = recgate("audit", "key", "--public", tmp_path / "no.pem")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"recgate: The private key {tmp_path}/no.pem cannot be read: No ")
    assert len(answer.err.splitlines()) == 1


def test_the_public_key_of_a_kms_key_is_printed(kms: tuple[LocalKms, str]) -> None:
    """In PEM, for openssl; the region is the ARN's."""
    served, address = kms
    public = served.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    answer = recgate("audit", "key", "--from-kms", ARN, "--endpoint-url", address)
    as_json = recgate(
        "audit", "key", "--from-kms", ARN, "--endpoint-url", address, "--output", "json"
    )

    assert (answer.code, answer.out, answer.err) == (0, pem, "")
    assert json.loads(as_json.out) == {
        "schema": "recgate-audit-key/1",
        "key_id": ARN,
        "fingerprint": PublicKeys([pem.encode()]).key_ids[0],
        "public_key": pem,
        "private_key_file": None,
        "public_key_file": None,
    }


def test_a_key_that_is_no_arn_needs_a_region(kms: tuple[LocalKms, str]) -> None:
    """An id or an alias is one in every region."""
    _, address = kms

    nowhere = recgate("audit", "key", "--from-kms", ALIAS, "--endpoint-url", address)
    there = recgate(
        "audit", "key", "--from-kms", ALIAS, "--endpoint-url", address, "--region", "eu-west-1"
    )

    assert (nowhere.code, nowhere.out) == (2, "")
    assert "Check --region" in nowhere.err
    assert there.code == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("error", "AccessDeniedException"), "allow kms:GetPublicKey"),
        (Fault("error", "NotFoundException"), "there is no such key"),
    ],
    ids=["denied", "gone"],
)
def test_a_kms_that_refuses_is_told(kms: tuple[LocalKms, str], fault: Fault, said: str) -> None:
    """Exit code 2, one line, with what to do."""
    served, address = kms
    served.fault = fault

    answer = recgate("audit", "key", "--from-kms", ARN, "--endpoint-url", address)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name the FILE of a key"),
        (("--public",), "Name the FILE of a key"),
        (("signing.pem", "--from-kms", ARN), "Name the FILE of a key"),
        (("--public", "--from-kms", ARN), "--public goes with FILE"),
    ],
)
def test_options_that_go_against_each_other_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    """And nothing is made."""
    monkeypatch.chdir(tmp_path)

    answer = recgate("audit", "key", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert list(tmp_path.iterdir()) == []
