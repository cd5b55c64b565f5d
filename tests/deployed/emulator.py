"""A local AWS that takes the template as it is: an emulator in a process of its own, on loopback.

It runs with TLS and with IAM switched on: each function acts as its role, so a permission that
is missing in the template is missing here, too. It has no SageMaker; functions inherit the
emulator's environment, by which they find the local one.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.deployed.certificate import write_certificate

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
ACCOUNT = "111122223333"
_STARTS_WITHIN_S = 60
_ENDS_WITHIN_S = 10


@dataclass
class Emulator:
    """A running emulator; ``folder`` is its own, with its log in it."""

    url: str
    folder: Path
    python: Path
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @property
    def credentials(self) -> dict[str, str]:
        """The environment of a program that is to reach the emulator, as the account's root."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": str(self.certificate),
        }

    @property
    def certificate(self) -> Path:
        """What to trust."""
        return self.folder / "certificate.pem"

    @property
    def log(self) -> str:
        """What the emulator wrote."""
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def client(self, service: str, *, account: str = ACCOUNT, region: str = REGION) -> Any:
        """A boto3 client of the emulator, as the root of an account, which any 12 digits are."""
        key = (service, account, region)
        if key not in self._clients:
            session: Any = boto3.session.Session(account, "local", region_name=region)
            self._clients[key] = session.client(
                service,
                endpoint_url=self.url,
                verify=str(self.certificate),
                config=Config(proxies={}, connect_timeout=5, read_timeout=60),
            )
        return self._clients[key]

    def client_with(self, credentials: Mapping[str, Any], service: str) -> Any:
        """A boto3 client with what STS granted; whoever asked for it closes it."""
        session: Any = boto3.session.Session(
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
            region_name=REGION,
        )
        return session.client(
            service,
            endpoint_url=self.url,
            verify=str(self.certificate),
            config=Config(proxies={}, connect_timeout=5, read_timeout=60),
        )

    def close_clients(self) -> None:
        """Close the connections of the clients made here."""
        for client in self._clients.values():
            client.close()


@contextmanager
def emulator(folder: Path, environment: Mapping[str, str]) -> Iterator[Emulator]:
    """Run an emulator while the block lasts; its functions inherit ``environment``.

    The program's Python is that of ``$RECGATE_EMULATOR``, or what `make e2e` installed.
    """
    python = Path(os.environ.get("RECGATE_EMULATOR") or ROOT / ".venv-emulator/bin/python")
    assert python.exists(), f"{python} is not there: say make e2e"
    port = _free_port()
    made = Emulator(f"https://127.0.0.1:{port}", folder, python)
    for name in ("state", "s3", "home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    certificate, key = write_certificate(folder)
    own = {
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(key),
        # Without these it listens on every interface and keeps its state in the temporary folder.
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "home"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        **{name: made.credentials[name] for name in _OWN_CREDENTIALS},
        **environment,
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(python), "-m", "ministack"],
            cwd=folder,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its functions are its children: they end with it
        )
    try:
        _wait_until_ready(made, process)
        yield made
    finally:
        made.close_clients()
        _end(process)
        shutil.rmtree(folder / "tmp", ignore_errors=True)


_OWN_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_EC2_METADATA_DISABLED",
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(made: Emulator, process: subprocess.Popen[bytes]) -> None:
    trusting = ssl.create_default_context(cafile=str(made.certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the emulator ended at its start:\n{made.log[-3000:]}"
        try:
            with opener.open(f"{made.url}/_ministack/health", timeout=2) as answer:
                json.load(answer)
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the emulator did not start:\n{made.log[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for stop in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, stop)
        except ProcessLookupError:
            break
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
