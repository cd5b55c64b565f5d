"""What S3's answers mean to an archive: its versions and locks, come again, or never. Pure.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and the pages of the
operations there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from recgate.evidence_ports import (
    ArchivedVersion,
    ArchiveRefused,
    ArchiveUnavailable,
    DefaultLock,
    NameTaken,
    Retention,
)
from recgate.ports import RecgateError

Response = Mapping[str, Any]
"""An answer as botocore gives it; for an error its ``ClientError.response``."""

UNVERSIONED = "null"
"""The version id of what was put while the bucket kept no versions: the next put replaces it."""

_MAY_PASS = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "InternalFailure",
        "OperationAborted",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_TAKEN = "PreconditionFailed"
_NOT_THERE = frozenset({"MethodNotAllowed", "NoSuchKey", "NoSuchVersion"})
"""MethodNotAllowed is how S3 answers for a version that is a delete marker."""
_NO_LOCK = frozenset({"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"})

_ELSEWHERE = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
        "TemporaryRedirect",
    }
)
"""The bucket is in another region. Where S3 says in which, boto3 asks there by itself, once."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")

_CREDENTIALS = "renew or correct the AWS credentials"
_REMEDIES = {
    "ExpiredToken": _CREDENTIALS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "InvalidObjectState": "restore the object from its storage class first (RestoreObject)",
    "InvalidToken": _CREDENTIALS,
    "NoSuchBucket": "check the bucket's name and the account, or deploy the bucket",
    "ParamValidationError": "check the bucket's name",
    "RequestExpired": f"{_CREDENTIALS}, and set the machine's clock",
    "RequestTimeTooSkewed": "set the machine's clock: it is more than 15 minutes off",
    "SignatureDoesNotMatch": _CREDENTIALS,
}


class NotThere(Exception):
    """What was asked for does not exist: an object, a version, a lock."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to S3: ``what`` it is asked to do, and the permissions that it needs.

    ``name`` is the object's. ``may_lack``: that it is not there is an answer, not an error.
    """

    bucket: str
    what: str
    actions: str
    name: str = ""
    may_lack: bool = False

    @property
    def resource(self) -> str:
        """What the permissions have to be on."""
        folder = f"/{self.name.partition('/')[0]}/*" if self.name else ""
        return f"arn:*:s3:::{self.bucket}{folder}"


def archive_error(response: Response, asked: Asked) -> RecgateError | NotThere:
    """What an error answer means.

    S3's message is not told: that of a wrong signature may hold the request's headers, the
    session token among them.
    """
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, status = str(error.get("Code") or "unknown error"), metadata.get("HTTPStatusCode", 0)
    if code in (_TAKEN, "412"):
        return NameTaken(f"There is an object {asked.name} in s3://{asked.bucket} already.")
    if asked.may_lack and _is_missing(code, error):
        return NotThere()
    if code in _ELSEWHERE or 300 <= status < 400:
        return refused(asked, code, _region_remedy(response, asked))
    if code in _REMEDIES:
        return refused(asked, code)
    is_busy = code.removeprefix("KMS.") in _MAY_PASS or status in (408, 429)
    if is_busy or not 400 <= status < 500:
        return unavailable(asked, f"{code} (HTTP {status})")
    return refused(asked, code)


def _region_remedy(response: Response, asked: Asked) -> str:
    """What to do about a bucket of another region, which S3 may name."""
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told = headers.get("x-amz-bucket-region") or response.get("Error", {}).get("Region")
    where, region = "in another region", "REGION"
    if isinstance(told, str) and _REGION.fullmatch(told):
        where, region = f"in {told}", told
    find = f" (aws s3api get-bucket-location --bucket {asked.bucket})" if region != told else ""
    return (
        f"the bucket is {where}{find}: say --region {region}, or set AWS_REGION; the deployed "
        "function needs a bucket of its own region"
    )


def _is_missing(code: str, error: Mapping[str, Any]) -> bool:
    return code in _NOT_THERE or code in _NO_LOCK or _says_no_lock(error) or _is_no_version(error)


def _says_no_lock(error: Mapping[str, Any]) -> bool:
    """Whether the bucket has no Object Lock, which S3 has no code of its own for.

    Seen: InvalidRequest, "Bucket is missing Object Lock Configuration", and without the blanks.
    """
    message = str(error.get("Message") or "").replace(" ", "")
    return error.get("Code") == "InvalidRequest" and "missingObjectLockConfiguration" in message


def _is_no_version(error: Mapping[str, Any]) -> bool:
    """Whether what was asked for cannot be the id of any version."""
    argument = str(error.get("ArgumentName") or "").lower()
    return error.get("Code") == "InvalidArgument" and argument == "versionid"


def unavailable(asked: Asked, why: str) -> ArchiveUnavailable:
    """The error for what may pass."""
    return ArchiveUnavailable(f"S3 did not {asked.what} in s3://{asked.bucket}: {why}; try again")


def refused(asked: Asked, code: str, remedy: str = "") -> ArchiveRefused:
    """The error for what will not pass."""
    allow = (
        f"allow {asked.actions} on {asked.resource}, and the use of the bucket's KMS key if it "
        "has one; check region and credentials"
    )
    return ArchiveRefused(
        f"S3 refused to {asked.what} in s3://{asked.bucket}: {code}; "
        f"{remedy or _REMEDIES.get(code, allow)}"
    )


def redirected_without_end(asked: Asked) -> ArchiveRefused:
    """The error for a bucket, or a proxy before it, that only ever points elsewhere."""
    return refused(asked, "redirected without end", _region_remedy({}, asked))


def no_versions(bucket: str) -> ArchiveRefused:
    """The error for a bucket in which a later put would replace what was archived."""
    return ArchiveRefused(
        f"The bucket s3://{bucket} keeps no versions, so whatever is put there later would replace "
        "a record: turn on versioning and Object Lock, or name the archive's own bucket."
    )


def is_listing(page: Response) -> bool:
    """Whether this is a page of ListObjectVersions, and says what comes after it.

    A proxy's page of well-formed HTML would otherwise be an archive with nothing in it.
    """
    return "Name" in page and (not page.get("IsTruncated") or bool(page.get("NextKeyMarker")))


def versions_in(page: Response) -> Iterator[ArchivedVersion]:
    """What a page of ListObjectVersions tells, by name, each name's newest first.

    S3 lists versions so, and delete markers among them; botocore makes two lists of the one, and
    the times, in whole seconds, do not always tell how they were mixed. Of the same second the
    marker counts as the newer one.
    """
    markers = [_version(each, is_marker=True) for each in page.get("DeleteMarkers", ())]
    versions = [_version(each, is_marker=False) for each in page.get("Versions", ())]
    yield from sorted(markers + versions, key=_newest_first)


def _newest_first(version: ArchivedVersion) -> tuple[bytes, bool, float]:
    return version.name.encode(), not version.is_latest, -version.kept_at.timestamp()


def _version(listed: Response, *, is_marker: bool) -> ArchivedVersion:
    return ArchivedVersion(
        name=listed["Key"],
        version=listed["VersionId"],
        is_latest=listed["IsLatest"],
        is_marker=is_marker,
        kept_at=listed["LastModified"].astimezone(UTC),
    )


def retention_in(response: Response, asked: Asked) -> Retention:
    """The lock in an answer to GetObjectRetention. Raises ArchiveUnavailable if there is none:
    S3 answers for a version without one with an error.
    """
    lock = response.get("Retention") or {}
    mode, until = lock.get("Mode"), lock.get("RetainUntilDate")
    if not mode or not isinstance(until, datetime):
        raise unavailable(asked, "the answer tells no retention")
    return Retention(str(mode), until.astimezone(UTC))


def default_lock_in(response: Response, asked: Asked) -> DefaultLock | None:
    """The rule in an answer to GetObjectLockConfiguration; None where versions are locked only
    if their put says so. Raises ArchiveUnavailable.
    """
    configuration = response.get("ObjectLockConfiguration")
    if not configuration:
        raise unavailable(asked, "the answer tells no configuration")
    rule = (configuration.get("Rule") or {}).get("DefaultRetention")
    if not rule:
        return None
    return DefaultLock(rule["Mode"], rule.get("Days", 0), rule.get("Years", 0))
