"""The deployed seal function in this process, with a key and an archive on local servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from tests.adapters.test_kms_signer import ARN, LocalKms
from tests.servers.aws import LocalAws
from tests.servers.aws_json import serving

from recgate.adapters.aws_clients import Aws
from recgate.adapters.signature_check import PublicKeys
from recgate.domain.verification import Verification
from recgate.evidence_wiring import seal_parts
from recgate.flows.evidence.seal import SealParts
from recgate.flows.evidence.verify import verify
from recgate.functions.seal_telemetry import SealTelemetry
from recgate.functions.seal_worker import SealWorker
from recgate.settings import Settings
from recgate.wiring import index_of

ARCHIVE = "recgate-evidence"
SIGNING_KEY = ARN

LOCK_DAYS = 400
"""How long an archived record is locked (template.yaml, ArchiveDays)."""


class LocalSealer:
    """One seal function, which has just started until it is asked to be another one.

    ``now`` tells the deployment's time. moto's KMS hashes the digest that it is given once more,
    so the key is that of the signer's own tests.
    """

    def __init__(
        self, settings: Settings, clients: Aws, now: Callable[[], datetime], logger: Logger
    ) -> None:
        self.parts: SealParts = replace(seal_parts(settings, clients), clock=now)
        self._settings, self._clients, self._now = settings, clients, now
        self._telemetry = SealTelemetry(logger=logger)
        self._worker = SealWorker(self.parts, self._telemetry)

    def start_anew(self) -> None:
        """Another function, which remembers nothing."""
        self.parts = replace(seal_parts(self._settings, self._clients), clock=self._now)
        self._worker = SealWorker(self.parts, self._telemetry)

    def run(self, context: object) -> dict[str, Any]:
        """One run."""
        return self._worker.handle(context)

    def verification(self) -> Verification:
        """What `recgate audit verify` finds in the ledger and the archive.

        moto does not tell how an object is locked, so that is not asked.
        """
        return verify(
            self.parts.ledger,
            where="the table",
            archive=self.parts.archive,
            check=PublicKeys([self.parts.signer.public_key()]),
            now=self._now(),
            index=index_of(self.parts.ledger),
        )


def make_archive(aws: LocalAws) -> None:
    """The bucket as the template makes it, in COMPLIANCE mode."""
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=ARCHIVE,
        CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
        ObjectLockEnabledForBucket=True,
    )
    retention: Any = {"Mode": "COMPLIANCE", "Days": LOCK_DAYS}
    s3.put_object_lock_configuration(
        Bucket=ARCHIVE,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": retention},
        },
    )


@contextmanager
def local_kms() -> Iterator[str]:
    """A KMS with the signing key while the block lasts; gives its address."""
    served = LocalKms()
    with serving(served) as address:
        yield address
    assert served.problems == []
