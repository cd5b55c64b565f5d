"""What every place for report pages promises, over each adapter."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import url2pathname

import pytest
from botocore.stub import ANY, Stubber

from recgate.adapters.folder_reports import FolderReports, write_page
from recgate.adapters.s3_reports import S3Reports
from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.report.page import report_page
from recgate.telling_ports import Reports, ReportUnavailable
from tests.rendering.decisions import decisions
from tests.servers.aws import REGION, LocalAws, aws_client

FAILED = decisions()["fail"]
KEY = f"reports/111122223333/eu-west-1/fraud-ranker-v14/{FAILED.key}.html"

HOSTILE_NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "",
    "-rf",
    ".hidden",
    "a/b\\c",
    "C:\\windows\\x",
    "name\x00.html",
    "name\r\nX-Header: 1",
    "<script>alert(1)</script>",
    "?versionId=1#x",
    "%2e%2e%2f",
    "übung 🔥 \u202e",
    "x" * 5_000,
]


@dataclass
class Place:
    """A place for pages, and what lies there: the pages by their names."""

    reports: Reports
    folder: Path
    client: Any = None
    bucket: str = ""

    def pages(self) -> dict[str, bytes]:
        if self.client is None:
            return {path.name: path.read_bytes() for path in self.folder.rglob("*")}
        listed = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            each["Key"]: self.client.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
            for each in listed
        }

    def read(self, address: str) -> bytes:
        """The page at an address that was given to people."""
        parts = urlsplit(address)
        if self.client is None:
            assert parts.scheme == "file"
            return Path(url2pathname(parts.path)).read_bytes()
        [key] = parse_qs(parts.query)["prefix"]
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "pages"
    if request.param == "folder":
        yield Place(FolderReports(folder), folder)
        return
    aws: LocalAws = request.getfixturevalue("aws")
    client = aws.client("s3")
    client.create_bucket(Bucket="pages", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = Place(S3Reports(client, "pages", region=REGION), folder, client, "pages")
    yield made
    for key in made.pages():
        client.delete_object(Bucket="pages", Key=key)
    client.delete_bucket(Bucket="pages")


def named(name: str) -> Decision:
    """A decision on a job with this name, in an account and a region called the same."""
    judged = replace(FAILED.snapshot, job_name=name, account=name, region=name)
    return replace(FAILED, snapshot=judged)


def test_a_page_lies_where_its_address_says(place: Place) -> None:
    """The address is for people; what is there is the page, whole."""
    address = place.reports.keep(FAILED)

    assert place.read(address) == report_page(Telling(FAILED)).encode()


def test_the_same_decision_twice_is_one_page(place: Place) -> None:
    """A redelivery writes the same bytes to the same place."""
    first = place.reports.keep(FAILED)
    before = place.pages()
    second = place.reports.keep(FAILED)

    assert first == second
    assert place.pages() == before
    assert len(before) == 1


def test_two_decisions_on_one_job_are_two_pages(place: Place) -> None:
    """The page of an earlier decision stays: a message links to it."""
    later = replace(FAILED, key="f" * 64)

    addresses = {place.reports.keep(FAILED), place.reports.keep(later)}

    assert len(addresses) == len(place.pages()) == 2


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_of_a_job_leads_a_page_astray(place: Place, name: str) -> None:
    """It stays in its folder, under a name of safe characters that is not too long."""
    address = place.reports.keep(named(name))

    [written] = place.pages()
    assert set(written) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.")
    assert all(part[0].isalnum() for part in written.split("/"))
    assert max(map(len, written.split("/"))) <= 90
    assert FAILED.key[:12] in written
    assert place.read(address) == report_page(Telling(named(name))).encode()
    if place.client is None:
        assert [path.parent for path in place.folder.rglob("*")] == [place.folder]


def test_a_page_in_s3_says_what_it_is(aws: LocalAws) -> None:
    """One PutObject: HTML in UTF-8, for nobody's cache; encryption is the bucket's own."""
    with Stubber(aws_client("s3", aws.endpoint_url)) as stub, closing(stub.client):
        wanted = {
            "Bucket": "pages",
            "Key": KEY,
            "Body": report_page(Telling(FAILED)).encode(),
            "ContentType": "text/html; charset=utf-8",
            "CacheControl": "private",
        }
        stub.add_response("put_object", {}, wanted)

        S3Reports(_client(stub), "pages", region=REGION).keep(FAILED)

        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_address_in_s3_asks_for_a_sign_in(aws: LocalAws, region: str, host: str) -> None:
    """The console's page of the object, never a link that is signed for whoever has it."""
    address = _kept(aws, region=region)

    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", host, "/s3/object/pages")
    assert parse_qs(parts.query) == {"region": [region], "prefix": [KEY]}
    assert "signature" not in address.lower()
    assert "credential" not in address.lower()


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_deployment_may_have_an_address_of_its_own(aws: LocalAws, ending: str) -> None:
    """Behind a proxy or CloudFront the key follows the address."""
    address = _kept(aws, region=REGION, address=f"https://reports.example.com/ml{ending}")

    assert address == f"https://reports.example.com/ml/{KEY}"
    assert unquote(address) == address


@pytest.mark.parametrize(
    ("code", "status", "cure"),
    [
        ("AccessDenied", 403, "Allow s3:PutObject on arn:*:s3:::pages/reports/*"),
        ("KMS.DisabledException", 400, "KMS key"),
        ("SlowDown", 503, "tried again"),
        ("PermanentRedirect", 301, "region"),
        ("SignatureDoesNotMatch", 403, "Allow s3:PutObject"),
    ],
)
def test_a_refusal_says_who_where_what_and_what_next(
    aws: LocalAws, code: str, status: int, cure: str
) -> None:
    """And repeats nothing of what S3 says: that may quote the request that was signed."""
    with Stubber(aws_client("s3", aws.endpoint_url)) as stub, closing(stub.client):
        stub.add_client_error(
            "put_object", code, "x-amz-security-token:SECRET", http_status_code=status
        )

        with pytest.raises(ReportUnavailable) as caught:
            S3Reports(_client(stub), "pages", region=REGION).keep(FAILED)

    said = str(caught.value)
    for part in (FAILED.key[:12], "bucket pages", code, cure, "without a link"):
        assert part in said
    assert "SECRET" not in said
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_bucket_that_is_gone_is_told(aws: LocalAws) -> None:
    """S3's own answer, through a real client."""
    reports = S3Reports(aws.client("s3"), "not-there", region=REGION)

    with pytest.raises(ReportUnavailable, match=r"bucket not-there: S3 refused: NoSuchBucket\. "):
        reports.keep(FAILED)


def test_no_network_is_told_after_one_attempt() -> None:
    """The attempts are the client's own: there is one, and no waiting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = aws_client("s3", f"http://127.0.0.1:{port}")
    attempts: list[str] = []
    client.meta.events.register("before-send.s3.PutObject", lambda **_: attempts.append("sent"))

    with closing(client), pytest.raises(ReportUnavailable, match="S3 gave no answer") as caught:
        S3Reports(client, "pages", region=REGION).keep(FAILED)

    assert attempts == ["sent"]
    assert REGION in str(caught.value)
    assert "testing" not in str(caught.value)


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    """The folder's name is taken by a file: nothing is written, and the error names it."""
    taken = tmp_path / "pages"
    taken.write_text("a file")

    with pytest.raises(ReportUnavailable, match=r"was not written to .*pages.*Name a folder"):
        FolderReports(taken).keep(FAILED)

    assert taken.read_text() == "a file"


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What cannot be put in its place leaves nothing behind, and the place as it was."""
    (tmp_path / "page.html").mkdir()

    with pytest.raises(ReportUnavailable):
        write_page(tmp_path / "page.html", "<!doctype html>")

    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def _client(stub: Stubber) -> Any:
    return stub.client


def _kept(aws: LocalAws, **settings: str) -> str:
    """The address of a page that S3 took."""
    with Stubber(aws_client("s3", aws.endpoint_url)) as stub, closing(stub.client):
        wanted = dict.fromkeys(("Bucket", "Key", "Body", "ContentType", "CacheControl"), ANY)
        stub.add_response("put_object", {}, wanted)
        return S3Reports(_client(stub), "pages", **settings).keep(FAILED)
