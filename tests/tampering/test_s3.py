"""Versions, delete markers and locks in S3: what somebody with every permission can do there."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from recgate.adapters.s3_archive import S3Archive
from recgate.domain.verification import FlawKind, Verification
from recgate.flows.evidence.archive_only import verify_archive
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.verify import verify
from tests.adapters.test_s3_archive import archive_bucket
from tests.flows.verify_desk import SHOP, Desk
from tests.servers.aws import LocalAws, local_aws

K = FlawKind
RECORDS = 6
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


class Scene:
    """A sealed ledger in memory, and its archive in a bucket of its own."""

    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket = client, bucket
        self.archive = S3Archive(client, bucket)
        self.desk = Desk()
        self.desk.record(RECORDS)
        parts = SealParts(self.desk.ledger, self.desk.key, self.archive, self.desk.clock)
        assert seal(parts).is_all

    def verify(self) -> Verification:
        return verify(
            self.desk.ledger,
            where="the ledger",
            archive=self.archive,
            check=self.desk.key.check,
            now=self.desk.clock(),
            locks=True,
        )

    def verify_archive(self) -> Verification:
        key = self.desk.key.check
        return verify_archive(self.archive, check=key, now=self.desk.clock(), locks=True)

    def name(self, sequence: int) -> str:
        return self.desk.object_name(sequence)

    def put(self, sequence: int, content: bytes = b"{}") -> None:
        self.client.put_object(
            Bucket=self.bucket, Key=self.name(sequence), Body=content, ChecksumAlgorithm="SHA256"
        )

    def mark(self, sequence: int) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.name(sequence))

    def delete(self, sequence: int) -> None:
        """Delete the very version, with s3:BypassGovernanceRetention."""
        stored = self.desk.ledger.linked[SHOP][sequence].seal
        assert stored is not None
        self.client.delete_object(
            Bucket=self.bucket,
            Key=self.name(sequence),
            VersionId=stored.version,
            BypassGovernanceRetention=True,
        )


@pytest.fixture
def scene(aws: LocalAws) -> Iterator[Scene]:
    bucket = f"tampering-{next(_numbers)}"
    with archive_bucket(aws, bucket, mode="GOVERNANCE", days=30) as client:
        yield Scene(client, bucket)


def told(found: Verification) -> list[tuple[FlawKind, int | None, int | None]]:
    return [(flaw.kind, flaw.sequence, flaw.last) for flaw in found.flaws]


def test_what_was_archived_and_locked_is_intact(scene: Scene) -> None:
    """Read by the versions that the ledger names, and by themselves."""
    assert told(scene.verify()) == []
    assert told(scene.verify_archive()) == []
    assert scene.verify().chains[0].archived == RECORDS


def test_what_lies_on_top_is_named_and_the_kept_version_still_counts(scene: Scene) -> None:
    """A newer version and a delete marker hide nothing."""
    scene.put(2)
    scene.mark(4)

    found = scene.verify()

    assert told(found) == [(K.OVERLAID, 2, None), (K.OVERLAID, 4, None)]
    assert found.chains[0].archived == RECORDS
    assert told(scene.verify_archive()) == told(found)


def test_a_deleted_version_is_named(scene: Scene) -> None:
    """Also when something else was put in its place."""
    scene.delete(3)
    scene.delete(5)
    scene.put(5, b"another")

    found = scene.verify()

    assert (K.DELETED, 3, None) in told(found)
    assert (K.DELETED, 5, None) in told(found)


def test_a_bucket_that_locks_nothing_is_told(aws: LocalAws) -> None:
    """Once, for all of its records."""
    bucket = f"tampering-{next(_numbers)}"
    with archive_bucket(aws, bucket) as client:
        assert told(Scene(client, bucket).verify()) == [(K.UNLOCKED, None, None)]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_to_the_versions_is_found(scene: Scene, seed: int) -> None:
    """Some acts on some records, in any order."""
    rng = random.Random(seed)  # noqa: S311
    touched: set[int] = set()
    for _ in range(rng.randrange(1, 5)):
        sequence = rng.randrange(1, RECORDS + 1)
        act = rng.choice((scene.put, scene.mark, scene.delete))
        act(sequence)
        touched.add(sequence)

    found = scene.verify()

    named = {n for n in range(1, RECORDS + 1) for flaw in found.flaws if flaw.covers(n)}
    assert found.is_tampered
    assert named == touched
