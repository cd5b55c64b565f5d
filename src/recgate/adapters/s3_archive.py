"""The archive of signed records in an S3 bucket with Object Lock."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from recgate.aws_asking import never_sent
from recgate.dialect.s3_answers import (
    UNVERSIONED,
    Asked,
    NotThere,
    archive_error,
    default_lock_in,
    is_listing,
    no_versions,
    redirected_without_end,
    refused,
    retention_in,
    unavailable,
    versions_in,
)
from recgate.evidence_ports import ArchivedVersion, ArchiveRefused, DefaultLock, Retention

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_BYTES = 32 * 1024 * 1024
"""More than any record needs; what is larger was not archived by recgate."""

_CHUNK = 1024 * 1024
_READ = "s3:GetObject, s3:GetObjectVersion and s3:ListBucketVersions"


class S3Archive:
    """Implements `recgate.evidence_ports.EvidenceArchive`; retries are the client's own.

    How long a version is locked, and in which mode, is the bucket's default retention, which S3
    applies to every put that says nothing else. So whoever archives needs no permission to set
    locks, and one place says how long. The same goes for encryption.

    ``keep`` fails for a name that has an object, and not for one whose newest version is a delete
    marker: the new version lies on top of the first, which `versions` tells.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._keeps_versions = False

    @property
    def where(self) -> str:
        """``s3://BUCKET``."""
        return f"s3://{self._bucket}"

    def keep(self, name: str, content: bytes) -> str:
        """One PutObject; before the first, a look whether the bucket keeps versions.

        After an answer that got lost the client's next attempt finds the name taken, by what
        the first one wrote. Raises NameTaken, ArchiveUnavailable, ArchiveRefused.
        """
        if len(content) > MOST_BYTES:
            raise ArchiveRefused(
                f"{name} is not archived in {self.where}: it has {len(content):,} bytes, and no "
                f"more than {MOST_BYTES:,} can be read back."
            )
        self._look_at_versioning()
        asked = self._asked(f"keep {name}", "s3:PutObject", name)
        with _asking(asked):
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentType="application/json",
                IfNoneMatch="*",
                # Object Lock wants a checksum with each put, and S3 compares it with what arrived.
                ChecksumAlgorithm="SHA256",
            )
        if not answer.get("ETag"):
            raise unavailable(asked, "the answer is none of S3")
        version = answer.get("VersionId", UNVERSIONED)
        if version == UNVERSIONED:
            raise no_versions(self._bucket)
        return version

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        """ListObjectVersions, page by page as they are asked for.

        Raises ArchiveUnavailable, ArchiveRefused.
        """
        asked = self._asked("list what there is", "s3:ListBucketVersions")
        with _asking(asked):
            paginator = self._client.get_paginator("list_object_versions")
            pages = iter(paginator.paginate(Bucket=self._bucket, Prefix=prefix))
        while True:
            with _asking(asked):
                page = next(pages, None)
            if page is None:
                return
            if not is_listing(page):
                raise unavailable(asked, "the answer is no list of S3")
            yield from versions_in(page)

    def content(self, name: str, version: str) -> bytes | None:
        """GetObject of that version; of an empty one, the oldest that is no delete marker.

        Raises ArchiveUnavailable, ArchiveRefused; the latter for more than `MOST_BYTES`.
        """
        wanted = version or self._oldest(name)
        if wanted is None:
            return None
        asked = self._asked(f"give {name} (version {wanted})", _READ, name, may_lack=True)
        try:
            with _asking(asked):
                answer = self._client.get_object(Bucket=self._bucket, Key=name, VersionId=wanted)
                with closing(answer["Body"]) as body:
                    return self._read(answer, body, asked, wanted)
        except NotThere:
            return None

    def retention(self, name: str, version: str) -> Retention | None:
        """GetObjectRetention. Raises ArchiveUnavailable, ArchiveRefused.

        Asking for the object itself would not do: S3 leaves its lock out, without a word, for
        who may not see it.
        """
        wanted = version or self._oldest(name)
        if wanted is None:
            return None
        what = f"tell the lock of {name} (version {wanted})"
        asked = self._asked(what, "s3:GetObjectRetention", name, may_lack=True)
        try:
            with _asking(asked):
                answer = self._client.get_object_retention(
                    Bucket=self._bucket, Key=name, VersionId=wanted
                )
        except NotThere:
            return None
        return retention_in(answer, asked)

    def default_lock(self) -> DefaultLock | None:
        """How the bucket locks what is put there; None if it does not.

        Raises ArchiveUnavailable, ArchiveRefused.
        """
        allowed = "s3:GetBucketObjectLockConfiguration"
        asked = self._asked("tell the default lock", allowed, may_lack=True)
        try:
            with _asking(asked):
                answer = self._client.get_object_lock_configuration(Bucket=self._bucket)
        except NotThere:
            return None
        return default_lock_in(answer, asked)

    def _look_at_versioning(self) -> None:
        """Raise before anything is put where it would not stay."""
        if self._keeps_versions:
            return
        with _asking(self._asked("tell whether versions are kept", "s3:GetBucketVersioning")):
            answer = self._client.get_bucket_versioning(Bucket=self._bucket)
        if answer.get("Status") != "Enabled":
            raise no_versions(self._bucket)
        self._keeps_versions = True

    def _oldest(self, name: str) -> str | None:
        oldest = None
        for version in self.versions(name):
            if version.name != name:
                break  # the name itself comes before all that only begin so
            if not version.is_marker:
                oldest = version.version
        return oldest

    def _read(self, answer: Any, body: Any, asked: Asked, version: str) -> bytes:  # noqa: ANN401
        if answer.get("VersionId", UNVERSIONED) != version:
            raise unavailable(asked, "the answer is of another version, or none of S3")
        content = bytearray()
        for chunk in body.iter_chunks(_CHUNK):
            content += chunk
            if len(content) > MOST_BYTES:
                raise ArchiveRefused(
                    f"{asked.name} (version {version}) in {self.where} has more than "
                    f"{MOST_BYTES:,} bytes: recgate has not archived it."
                )
        return bytes(content)

    def _asked(self, what: str, actions: str, name: str = "", *, may_lack: bool = False) -> Asked:
        return Asked(self._bucket, what, actions, name, may_lack)


@contextmanager
def _asking(asked: Asked) -> Iterator[None]:
    """Turn what boto3 raises inside into the errors of the port, and NotThere."""
    # Whoever has a client has loaded botocore already: this costs nothing.
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        # Neither S3's message nor the cause: they may quote the signed request.
        raise archive_error(error.response, asked) from None
    except never_sent() as error:
        raise refused(asked, type(error).__name__) from None
    except RecursionError:
        # Where nobody says in which region the bucket is, boto3 looks for it with HeadBucket; and
        # again, to find out where to ask that, when its answer is another redirect.
        raise redirected_without_end(asked) from None
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise unavailable(asked, type(error).__name__) from None
