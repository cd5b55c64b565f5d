"""A bucket with Object Lock in the local AWS, whose locks can be asked for."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from tests.servers.aws import REGION, LocalAws, aws_client


@contextmanager
def archive_bucket(aws: LocalAws, name: str, *, mode: str = "", days: int = 0) -> Iterator[Any]:
    """A bucket with Object Lock, and a client for it. Without a mode it locks nothing itself."""
    client = aws_client("s3", aws.endpoint_url)
    client.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    if mode:
        rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
        lock: dict[str, Any] = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    client.meta.events.register("before-send.s3.GetObjectRetention", _retention(aws))
    with closing(client):
        yield client


def _retention(aws: LocalAws) -> Callable[..., AWSResponse]:
    """Answers GetObjectRetention, which moto does not know, from what moto locks."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        bucket, key = unquote(parts.path)[1:].split("/", 1)
        version = parse_qs(parts.query)["versionId"][0]
        try:
            head = aws.client("s3").head_object(Bucket=bucket, Key=key, VersionId=version)
        except ClientError as error:
            gone = error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
            return _xml(404 if gone else 405, "NoSuchVersion" if gone else "MethodNotAllowed")
        if "ObjectLockMode" not in head:
            return _xml(404, "NoSuchObjectLockConfiguration")
        until = head["ObjectLockRetainUntilDate"].isoformat()
        mode = head["ObjectLockMode"]
        told = f"<Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate>"
        return _answered(200, f"<Retention>{told}</Retention>")

    return answer


def _xml(status: int, code: str) -> AWSResponse:
    return _answered(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>")


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _answered(status: int, text: str) -> AWSResponse:
    return AWSResponse("http://127.0.0.1/", status, HTTPHeaders(), _Raw(text.encode()))
