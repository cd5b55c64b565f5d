"""A key in a file: how it is made, and which files are none to sign with."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from recgate.adapters.local_key import KeyNotMade, LocalKey, new_local_key, public_path
from recgate.adapters.signature_check import PublicKeys
from recgate.evidence_ports import SignerRefused

P256 = ec.generate_private_key(ec.SECP256R1())
PKCS8, SEC1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
OPEN = NoEncryption()


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = P256,
    form: PrivateFormat = PKCS8,
    encryption: KeySerializationEncryption = OPEN,
) -> bytes:
    return key.private_bytes(Encoding.PEM, form, encryption)


def written(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "signing.pem"
    path.write_bytes(content)
    path.chmod(mode)
    return path


# --- making one --------------------------------------------------------------------------------


def test_a_new_key_signs_and_its_public_key_checks(tmp_path: Path) -> None:
    """From the files alone, as they are read the next day."""
    made = new_local_key(tmp_path / "signing.pem")

    signature = LocalKey(tmp_path / "signing.pem").sign(b"message")

    assert PublicKeys([(tmp_path / "signing.pem.pub").read_bytes()])(b"message", signature)
    assert signature.key_id == made.key_id
    assert made.key_id == PublicKeys([made.public_key()]).key_ids[0]


def test_only_its_owner_may_read_the_private_key(tmp_path: Path) -> None:
    """From the first moment on; the public one is for everybody."""
    before = os.umask(0)
    try:
        new_local_key(tmp_path / "signing.pem")
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"signing.pem": 0o600, "signing.pem.pub": 0o644}


def test_the_private_key_is_in_the_form_that_openssl_writes(tmp_path: Path) -> None:
    """PKCS#8, so that other tools read it."""
    new_local_key(tmp_path / "signing.pem")

    content = (tmp_path / "signing.pem").read_bytes()

    assert content.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    loaded = load_pem_private_key(content, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.curve.name == "secp256r1"


@pytest.mark.parametrize("taken", ["signing.pem", "signing.pem.pub"])
@pytest.mark.parametrize("by", ["file", "dangling link", "folder"])
def test_a_key_is_never_written_over_anything(tmp_path: Path, taken: str, by: str) -> None:
    """What it signed could not be checked any more."""
    path = tmp_path / taken
    if by == "file":
        path.write_text("mine")
    elif by == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(KeyNotMade, match=rf"{taken} is there already.*Name another file\."):
        new_local_key(tmp_path / "signing.pem")

    assert [each.name for each in tmp_path.iterdir()] == [taken]
    if by == "file":
        assert path.read_text() == "mine"


def test_of_many_that_make_one_at_once_one_does(tmp_path: Path) -> None:
    """Its two files are of the same key, and nothing else is left."""
    made: list[LocalKey] = []
    refused: list[KeyNotMade] = []

    def make() -> None:
        try:
            made.append(new_local_key(tmp_path / "signing.pem"))
        except KeyNotMade as refusal:
            refused.append(refusal)

    workers = [threading.Thread(target=make) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(made) == 1
    assert len(refused) == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["signing.pem", "signing.pem.pub"]
    assert public_path(tmp_path / "signing.pem").read_bytes() == made[0].public_key()
    assert LocalKey(tmp_path / "signing.pem").key_id == made[0].key_id


@pytest.mark.parametrize(("written", "taken"), [(1, "signing.pem"), (2, "signing.pem.pub")])
def test_who_comes_between_keeps_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int, taken: str
) -> None:
    """After the look, before the name is given; no half of a pair is left either."""
    fsync, synced = os.fsync, []

    def sync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == written:
            (tmp_path / taken).write_text("theirs")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)

    with pytest.raises(KeyNotMade, match=f"{taken} is there already"):
        new_local_key(tmp_path / "signing.pem")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {taken: "theirs"}


def test_no_folder_is_made_for_a_key(tmp_path: Path) -> None:
    """A slip in the path would hide it."""
    with pytest.raises(KeyNotMade, match=r"typo/signing.pem: No such file or directory\. Name a"):
        new_local_key(tmp_path / "typo" / "signing.pem")

    assert list(tmp_path.iterdir()) == []


# --- reading one -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pem(),
        pem(form=SEC1),
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        + pem(form=SEC1),
    ],
    ids=["pkcs8", "sec1", "openssl ecparam"],
)
def test_a_key_that_openssl_made_signs(tmp_path: Path, content: bytes) -> None:
    """`openssl genpkey`, `openssl ec` and `openssl ecparam -genkey` write it differently."""
    key = LocalKey(written(tmp_path, content))

    assert PublicKeys([key.public_key()])(b"message", key.sign(b"message"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pem(encryption=BestAvailableEncryption(b"x")), "is encrypted, and recgate asks for no"),
        (pem(form=SEC1, encryption=BestAvailableEncryption(b"x")), "is encrypted"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "is on the curve secp384r1, and records"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "is on the curve secp256k1, and records"),
        (pem(rsa.generate_private_key(65_537, 2_048)), "is not on an elliptic curve for ECDSA"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "is not on an elliptic curve for ECDSA"),
        (pem(form=PrivateFormat.OpenSSH), "holds no private key in PEM"),
        (pem()[:120], "holds no private key in PEM"),
        (pem().replace(b"M", b"N", 1), "holds no private key in PEM"),
        (b"", "holds no private key in PEM"),
        (bytes(range(256)), "holds no private key in PEM"),
    ],
    ids=[
        "encrypted", "encrypted sec1", "p384", "k256", "rsa", "ed25519", "ssh", "cut", "damaged",
        "empty", "bytes",
    ],
)  # fmt: skip
def test_what_is_no_key_to_sign_with_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """By name, with what to do; nothing of the file is shown."""
    path = written(tmp_path, content)

    with pytest.raises(SignerRefused) as refusal:
        LocalKey(path)

    assert said in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "recgate audit key FILE" in str(refusal.value) or "openssl pkey" in str(refusal.value)
    if len(content) > 100:
        assert content.splitlines()[1][:40].decode("latin-1") not in str(refusal.value)


def test_a_public_key_signs_nothing(tmp_path: Path) -> None:
    """The two files lie side by side: a slip that everybody makes once."""
    new_local_key(tmp_path / "signing.pem")
    path = tmp_path / "signing.pem.pub"
    path.chmod(0o600)

    with pytest.raises(SignerRefused, match="holds a public key, with which nobody can sign"):
        LocalKey(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610, 0o644])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    """As ssh does: what anybody can sign proves nothing."""
    path = written(tmp_path, pem(), mode)

    with pytest.raises(SignerRefused, match=rf"\(mode {mode:04o}\).*chmod 600"):
        LocalKey(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_key_of_its_owner_alone_is_taken(tmp_path: Path, mode: int) -> None:
    """Whatever its owner may do with it."""
    assert LocalKey(written(tmp_path, pem(), mode)).key_id.startswith("sha256:")


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With how to make one."""
    with pytest.raises(SignerRefused, match=r"no.pem cannot be read: No such file or directory\."):
        LocalKey(tmp_path / "no.pem")
    with pytest.raises(SignerRefused, match=r"cannot be read: Is a directory\. Name another file"):
        LocalKey(tmp_path)


def test_without_cryptography_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package for Lambda does not hold it; nor does a bare `pip install recgate`."""
    path = written(tmp_path, pem())
    public = LocalKey(path).public_key()
    monkeypatch.setitem(sys.modules, "cryptography", None)

    with pytest.raises(SignerRefused, match=r"pip install 'recgate\[cli\]'"):
        LocalKey(path)
    with pytest.raises(SignerRefused, match=r"pip install 'recgate\[cli\]'"):
        new_local_key(tmp_path / "new.pem")

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)
    with pytest.raises(Exception, match=r"pip install 'recgate\[cli\]'"):
        PublicKeys([public])
    assert not (tmp_path / "new.pem").exists()


@pytest.mark.parametrize(
    "adapter", ["local_key", "signature_check", "kms_signer", "s3_archive", "folder_archive"]
)
def test_an_adapter_is_cheap_until_it_is_used(adapter: str) -> None:
    """Importing one says nothing about what it needs to do its work."""
    program = f"import sys, recgate.adapters.{adapter}; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    loaded = set(done.stdout.split())
    assert f"recgate.adapters.{adapter}" in loaded
    assert not loaded & {"cryptography", "boto3", "botocore", "click", "rich", "yaml"}
