"""An archive's bucket in another region: boto3 goes there, or the error says what to do."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from recgate.adapters.aws_clients import Aws
from recgate.evidence_ports import ArchiveRefused, EvidenceArchive
from recgate.evidence_wiring import archive

HOME, ELSEWHERE = "eu-west-1", "us-east-1"
LISTING = (
    b'<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult><Name>evidence</Name>'
    b"<IsTruncated>false</IsTruncated></ListVersionsResult>"
)


@dataclass
class Elsewhere:
    """An S3 that has the bucket in another region; ``region`` is what it says of that.

    ``answers`` whether it answers who asks as in that region; ``head`` is the status of its
    answer to HeadBucket. ``asked`` are the regions that the other requests were signed for.
    """

    status: int = 301
    code: str = "PermanentRedirect"
    region: str = ""
    answers: bool = True
    head: int = 403
    asked: list[str] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.command == "HEAD":
            self._send(request, self.head, b"")
            return
        signed_for = request.headers["Authorization"].split("/")[2]
        self.asked.append(signed_for)
        if signed_for == ELSEWHERE and self.answers:
            self._send(request, 200, LISTING)
            return
        error = f"<Error><Code>{self.code}</Code><Message>elsewhere</Message></Error>"
        self._send(request, self.status, error.encode())

    def _send(self, request: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
        request.send_response(status)
        if self.region:
            request.send_header("x-amz-bucket-region", self.region)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


@contextmanager
def served(s3: Elsewhere) -> Iterator[str]:
    """Serve it on a free port of 127.0.0.1 while the block lasts; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            s3.answer(self)

        def do_HEAD(self) -> None:
            s3.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def archive_at(s3: Elsewhere) -> Iterator[EvidenceArchive]:
    """The archive as a command at home has it."""
    with served(s3) as address, closing(Aws(region=HOME, endpoint_url=address)) as aws:
        found = archive("s3:evidence", aws)
        assert found is not None
        yield found


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some, and no proxy."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)


def test_a_bucket_whose_region_s3_names_is_read_there() -> None:
    """boto3 follows, and asks there at once the next time."""
    s3 = Elsewhere(region=ELSEWHERE)

    with archive_at(s3) as evidence:
        first, second = list(evidence.versions("records/")), list(evidence.versions("records/"))

    assert (first, second) == ([], [])
    assert s3.asked == [HOME, ELSEWHERE, ELSEWHERE]


def test_a_bucket_whose_region_nobody_names_is_refused_with_how_to_find_it() -> None:
    """As behind a proxy that takes S3's own headers away."""
    with archive_at(Elsewhere()) as evidence, pytest.raises(ArchiveRefused) as refusal:
        list(evidence.versions("records/"))

    assert str(refusal.value) == (
        "S3 refused to list what there is in s3://evidence: PermanentRedirect; the bucket is in "
        "another region (aws s3api get-bucket-location --bucket evidence): say --region REGION, "
        "or set AWS_REGION; the deployed function needs a bucket of its own region"
    )


def test_a_redirect_without_end_is_refused() -> None:
    """As by a proxy that redirects whatever it is asked: boto3 asks it until Python gives up."""
    with archive_at(Elsewhere(head=301)) as evidence, pytest.raises(ArchiveRefused) as refusal:
        list(evidence.versions("records/"))

    assert str(refusal.value).startswith(
        "S3 refused to list what there is in s3://evidence: redirected without end; the bucket is "
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "PermanentRedirect"),
        (307, "TemporaryRedirect"),
        (400, "IllegalLocationConstraintException"),
    ],
)
def test_a_bucket_that_does_not_answer_where_it_is_said_to_be_is_refused_with_that_region(
    status: int, code: str
) -> None:
    """It is asked there once, and not for ever."""
    s3 = Elsewhere(status, code, region=ELSEWHERE, answers=False)

    with archive_at(s3) as evidence, pytest.raises(ArchiveRefused) as refusal:
        list(evidence.versions("records/"))

    assert s3.asked == [HOME, ELSEWHERE]
    assert f"{code}; the bucket is in us-east-1: say --region us-east-1, or" in str(refusal.value)


@pytest.mark.parametrize("region", ["no region; rm -rf", "US-EAST-1"])
def test_what_is_no_region_is_not_repeated(region: str) -> None:
    """Whoever answered is no S3."""
    s3 = Elsewhere(region=region)

    with archive_at(s3) as evidence, pytest.raises(ArchiveRefused) as refusal:
        list(evidence.versions("records/"))

    assert region not in str(refusal.value)
