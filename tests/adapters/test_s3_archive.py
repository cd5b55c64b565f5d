"""The archive in S3: its versions and locks, and what its answers mean."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from recgate.adapters.s3_archive import MOST_BYTES, S3Archive
from recgate.dialect.s3_answers import is_listing, versions_in
from recgate.domain.seal import archive_name
from recgate.evidence_ports import (
    ArchivedVersion,
    ArchiveRefused,
    ArchiveUnavailable,
    DefaultLock,
    NameTaken,
    Retention,
)
from tests.servers.archive_bucket import archive_bucket as archive_bucket  # some import it here
from tests.servers.aws import REGION, LocalAws, aws_client, local_aws

BUCKET = "evidence"
NAME = archive_name("local", 1)
CONTENT = b'{"payload":"e30="}'

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def bucket(aws: LocalAws) -> Iterator[tuple[Any, str]]:
    """A locked bucket that nobody has put anything in, with its client."""
    name = f"{BUCKET}-{next(_numbers)}"
    with archive_bucket(aws, name, mode="COMPLIANCE", days=3_650) as client:
        yield client, name


@pytest.fixture(scope="module")
def deaf() -> Iterator[Any]:
    """A client that reaches nobody, for what is played to it."""
    with closing(aws_client("s3", "http://127.0.0.1:9")) as client:
        yield client


@pytest.fixture
def stubbed(deaf: Any) -> Iterator[Stubber]:
    with Stubber(deaf) as stub:
        yield stub


def archive_on(stub: Stubber) -> S3Archive:
    client: Any = stub.client
    return S3Archive(client, BUCKET)


# --- versions and locks ------------------------------------------------------------------------


def test_a_put_is_locked_as_the_bucket_says(bucket: tuple[Any, str]) -> None:
    """The adapter sets no lock, and needs no permission to."""
    archive = S3Archive(*bucket)

    version = archive.keep(NAME, CONTENT)

    lock = archive.retention(NAME, version)
    assert lock is not None
    assert lock.mode == "COMPLIANCE"
    assert abs(lock.until - datetime.now(UTC) - timedelta(days=3_650)) < timedelta(hours=1)
    assert lock.until.tzinfo is UTC
    assert archive.retention(NAME, "") == lock
    assert archive.default_lock() == DefaultLock("COMPLIANCE", days=3_650)


def test_a_bucket_that_locks_nothing_says_so(aws: LocalAws) -> None:
    """With Object Lock and no rule, and without Object Lock; the put itself works."""
    client = aws.client("s3")
    client.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    versioning = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket="plain", VersioningConfiguration=versioning)
    with archive_bucket(aws, "no-rule") as ruleless:
        archive = S3Archive(ruleless, "no-rule")

        version = archive.keep(NAME, CONTENT)

        assert archive.retention(NAME, version) is None
        assert archive.default_lock() is None
    assert S3Archive(client, "plain").default_lock() is None
    assert S3Archive(client, "plain").keep(NAME, CONTENT)


def test_what_is_put_on_top_is_told_and_the_kept_version_is_still_read(
    bucket: tuple[Any, str],
) -> None:
    """Object Lock keeps versions, and does not keep others from being put above them."""
    client, name = bucket
    archive = S3Archive(client, name)
    kept = archive.keep(NAME, CONTENT)
    over = client.put_object(Bucket=name, Key=NAME, Body=b"forged")["VersionId"]
    marker = client.delete_object(Bucket=name, Key=NAME)["VersionId"]

    listed = list(archive.versions(NAME))

    assert [each.version for each in listed] == [marker, over, kept]
    assert [each.is_marker for each in listed] == [True, False, False]
    assert [each.is_latest for each in listed] == [True, False, False]
    assert archive.content(NAME, "") == CONTENT
    assert archive.content(NAME, kept) == CONTENT
    assert archive.content(NAME, over) == b"forged"


def test_a_delete_marker_has_no_content(stubbed: Stubber) -> None:
    """S3 answers 405 to who asks for that version itself."""
    stubbed.add_client_error("get_object", "MethodNotAllowed", "not allowed", 405)
    stubbed.add_client_error("get_object_retention", "MethodNotAllowed", "not allowed", 405)
    archive = archive_on(stubbed)

    assert archive.content(NAME, "marker") is None
    assert archive.retention(NAME, "marker") is None


def test_a_name_under_a_delete_marker_is_kept_on_top(bucket: tuple[Any, str]) -> None:
    """S3 takes If-None-Match for fulfilled then. The first one is still the oldest."""
    client, name = bucket
    archive = S3Archive(client, name)
    archive.keep(NAME, CONTENT)
    client.delete_object(Bucket=name, Key=NAME)

    version = archive.keep(NAME, b"again")

    assert next(archive.versions(NAME)).version == version
    assert archive.content(NAME, "") == CONTENT


def test_a_long_list_is_read_page_by_page(bucket: tuple[Any, str]) -> None:
    """The next page is asked for when it is needed; a name may go on there."""
    client, name = bucket
    archive = S3Archive(client, name)
    names = [archive_name("local", number) for number in range(1, 6)]
    for each in names:
        archive.keep(each, each.encode())
    over = client.put_object(Bucket=name, Key=names[0], Body=b"forged")["VersionId"]
    pages: list[str] = []
    events = client.meta.events
    two = "provide-client-params.s3.ListObjectVersions"
    events.register(two, lambda params, **_: params | {"MaxKeys": 2})
    events.register("before-send.s3.ListObjectVersions", lambda **_: pages.append("one more"))

    listed = archive.versions("records/")
    first = next(listed)
    asked = len(pages)

    assert [first.name, *(each.name for each in listed)] == [names[0], *names]
    assert (first.version, first.is_latest) == (over, True)
    assert (asked, len(pages)) == (1, 3)
    assert archive.content(names[0], "") == names[0].encode()


LISTED_AT = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)


def _listed(name: str, version: str, second: int, *, latest: bool = False) -> dict[str, Any]:
    at = LISTED_AT + timedelta(seconds=second)
    return {"Key": name, "VersionId": version, "IsLatest": latest, "LastModified": at}


def test_versions_and_markers_are_mixed_as_s3_had_them() -> None:
    """A client has two lists where S3 has one, and the times are whole seconds."""
    page = {
        "Versions": [
            _listed("a", "a4", 9, latest=True),
            _listed("a", "a2", 5),
            _listed("a", "a1", 5),
            _listed("a", "a0", 5),
            _listed("b", "b0", 7),
        ],
        "DeleteMarkers": [_listed("a", "am3", 5), _listed("b", "bm1", 7, latest=True)],
    }

    mixed = list(versions_in(page))

    assert [each.version for each in mixed] == ["a4", "am3", "a2", "a1", "a0", "bm1", "b0"]
    assert mixed[0] == ArchivedVersion(
        "a", "a4", is_latest=True, is_marker=False, kept_at=LISTED_AT + timedelta(seconds=9)
    )


def test_a_marker_that_was_there_first_is_not_what_was_kept(stubbed: Stubber) -> None:
    """S3 marks as deleted what never was, too."""
    page = {
        "Name": BUCKET,
        "Versions": [_listed(NAME, "kept", 5, latest=True)],
        "DeleteMarkers": [_listed(NAME, "marker", 1)],
    }
    until = datetime(2036, 1, 1, tzinfo=UTC)
    retention = {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": until}}
    of_the_kept = {"Bucket": BUCKET, "Key": NAME, "VersionId": "kept"}
    stubbed.add_response("list_object_versions", page, {"Bucket": BUCKET, "Prefix": NAME})
    stubbed.add_response("get_object_retention", retention, of_the_kept)

    lock = archive_on(stubbed).retention(NAME, "")

    assert lock == Retention("GOVERNANCE", until)
    stubbed.assert_no_pending_responses()


def test_a_name_with_nothing_but_a_marker_has_no_content(stubbed: Stubber) -> None:
    """Nor a lock; and nothing more is asked."""
    page = {"Name": BUCKET, "DeleteMarkers": [_listed(NAME, "marker", 1, latest=True)]}
    stubbed.add_response("list_object_versions", page)
    stubbed.add_response("list_object_versions", page)
    archive = archive_on(stubbed)

    assert archive.content(NAME, "") is None
    assert archive.retention(NAME, "") is None


def test_what_is_no_list_is_not_an_empty_one() -> None:
    """It would say that everything was deleted."""
    assert is_listing({"Name": BUCKET, "IsTruncated": False})
    assert is_listing({"Name": BUCKET, "IsTruncated": True, "NextKeyMarker": "x"})
    assert not is_listing({})
    assert not is_listing({"Name": BUCKET, "IsTruncated": True})


# --- what is sent ------------------------------------------------------------------------------


def test_one_put_says_all_that_it_has_to(stubbed: Stubber) -> None:
    """Never over an object, with a checksum; lock and encryption are the bucket's own."""
    stubbed.add_response("get_bucket_versioning", {"Status": "Enabled"}, {"Bucket": BUCKET})
    wanted = {
        "Bucket": BUCKET,
        "Key": NAME,
        "Body": CONTENT,
        "ContentType": "application/json",
        "IfNoneMatch": "*",
        "ChecksumAlgorithm": "SHA256",
    }
    stubbed.add_response("put_object", {"ETag": '"e"', "VersionId": "v1"}, wanted)
    stubbed.add_response("put_object", {"ETag": '"e"', "VersionId": "v2"}, wanted)
    archive = archive_on(stubbed)

    versions = [archive.keep(NAME, CONTENT), archive.keep(NAME, CONTENT)]

    assert versions == ["v1", "v2"]
    stubbed.assert_no_pending_responses()  # the bucket was looked at once


@pytest.mark.parametrize("status", [{}, {"Status": "Suspended"}])
def test_a_bucket_without_versions_gets_nothing(stubbed: Stubber, status: dict[str, str]) -> None:
    """Or the second try would find the first one's object, and take it for archived."""
    stubbed.add_response("get_bucket_versioning", status)
    stubbed.add_response("get_bucket_versioning", status)
    archive = archive_on(stubbed)

    for _ in range(2):
        with pytest.raises(ArchiveRefused, match=r"s3://evidence keeps no versions.*turn on ver"):
            archive.keep(NAME, CONTENT)


@pytest.mark.parametrize("answer", [{"ETag": '"e"'}, {"ETag": '"e"', "VersionId": "null"}])
def test_an_answer_without_a_version_is_refused(stubbed: Stubber, answer: dict[str, str]) -> None:
    """Somebody suspended the versions a moment ago."""
    stubbed.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stubbed.add_response("put_object", answer)

    with pytest.raises(ArchiveRefused, match="keeps no versions"):
        archive_on(stubbed).keep(NAME, CONTENT)


# --- what the answers mean ---------------------------------------------------------------------


def test_taken_and_in_conflict_are_not_the_same(stubbed: Stubber) -> None:
    """After 412 the object is there; after 409 nobody knows, and the next try will tell."""
    stubbed.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stubbed.add_client_error("put_object", "PreconditionFailed", "…", 412)
    stubbed.add_client_error("put_object", "ConditionalRequestConflict", "…", 409)
    archive = archive_on(stubbed)

    with pytest.raises(NameTaken, match=rf"object {NAME} in s3://evidence already"):
        archive.keep(NAME, CONTENT)
    with pytest.raises(ArchiveUnavailable, match=r"ConditionalRequestConflict.*try again"):
        archive.keep(NAME, CONTENT)


Act = Callable[[S3Archive], object]
ACTS: Mapping[str, tuple[str, Act, str]] = {
    "put_object": ("s3:PutObject", lambda archive: archive.keep(NAME, CONTENT), "keep records/"),
    "get_object": ("s3:GetObjectVersion", lambda archive: archive.content(NAME, "v"), "give rec"),
    "get_object_retention": (
        "s3:GetObjectRetention",
        lambda archive: archive.retention(NAME, "v"),
        "tell the lock of records/",
    ),
    "get_object_lock_configuration": (
        "s3:GetBucketObjectLockConfiguration",
        lambda archive: archive.default_lock(),
        "tell the default lock",
    ),
    "get_bucket_versioning": (
        "s3:GetBucketVersioning",
        lambda archive: archive.keep(NAME, CONTENT),
        "tell whether versions are kept",
    ),
    "list_object_versions": (
        "s3:ListBucketVersions",
        lambda archive: list(archive.versions("records/")),
        "list what there is",
    ),
}
every_act = pytest.mark.parametrize("operation", ACTS)


def refused_with(
    stub: Stubber, operation: str, code: str, status: int, message: str, **more: Any
) -> None:
    """Let the operation meet this error."""
    if operation == "put_object":
        stub.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stub.add_client_error(
        operation, code, message, http_status_code=status, service_error_meta=more
    )


@every_act
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("ServiceUnavailable", 503),
        ("InternalError", 500),
        ("RequestTimeout", 400),
        ("OperationAborted", 409),
        ("KMS.ThrottlingException", 400),
        ("Whatever", 502),
        ("Whatever", 429),
    ],
)
def test_what_may_pass_is_unavailable(
    stubbed: Stubber, operation: str, code: str, status: int
) -> None:
    """A later run archives it; who, where, what and what next are told."""
    _, act, doing = ACTS[operation]
    refused_with(stubbed, operation, code, status, "x-amz-security-token:SECRET")

    with pytest.raises(ArchiveUnavailable) as unavailable:
        act(archive_on(stubbed))

    said = str(unavailable.value)
    assert said.startswith(f"S3 did not {doing}")
    assert said.endswith(f"in s3://evidence: {code} (HTTP {status}); try again")
    _repeats_nothing(unavailable.value)


@every_act
@pytest.mark.parametrize(
    ("code", "status", "remedy"),
    [
        ("AccessDenied", 403, "allow {action}"),
        ("KMS.DisabledException", 400, "the use of the bucket's KMS key"),
        ("NoSuchBucket", 404, "check the bucket's name"),
        ("RequestTimeTooSkewed", 403, "set the machine's clock"),
        ("ExpiredToken", 400, "renew or correct the AWS credentials"),
        ("SignatureDoesNotMatch", 403, "renew or correct the AWS credentials"),
        ("PermanentRedirect", 301, "the bucket is in another region"),
        ("AuthorizationHeaderMalformed", 400, "say --region REGION"),
        ("Whatever", 307, "the bucket is in another region"),
        ("InvalidRequest", 400, "check region and credentials"),
    ],
)
def test_what_will_not_pass_is_refused_with_its_remedy(
    stubbed: Stubber, operation: str, code: str, status: int, remedy: str
) -> None:
    """And never taken for something that is not there."""
    action, act, doing = ACTS[operation]
    refused_with(stubbed, operation, code, status, "x-amz-security-token:SECRET")

    with pytest.raises(ArchiveRefused) as refusal:
        act(archive_on(stubbed))

    said = str(refusal.value)
    assert said.startswith(f"S3 refused to {doing}")
    assert f"in s3://evidence: {code}; " in said
    if remedy == "allow {action}":
        resource = "arn:*:s3:::evidence/records/*" if "Object" in action else "arn:*:s3:::evidence"
        assert action in said.partition(" on arn:")[0]
        assert resource in said or action.startswith("s3:GetBucket")
    else:
        assert remedy in said
    _repeats_nothing(refusal.value)


def _repeats_nothing(error: BaseException) -> None:
    """S3's message may quote the request that was signed."""
    assert "SECRET" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("NoSuchObjectLockConfiguration", 404, "The specified object does not have a ObjectLock"),
        ("InvalidRequest", 400, "Bucket is missing Object Lock Configuration"),
        ("InvalidRequest", 400, "Bucket is missing ObjectLockConfiguration"),
        ("NoSuchVersion", 404, "…"),
        ("NoSuchKey", 404, "…"),
    ],
)
def test_a_version_without_a_lock_is_not_an_error(
    stubbed: Stubber, code: str, status: int, message: str
) -> None:
    """However S3 says it."""
    stubbed.add_client_error("get_object_retention", code, message, status)

    assert archive_on(stubbed).retention(NAME, "v") is None


def test_what_can_be_no_version_is_none_that_is_there(stubbed: Stubber) -> None:
    """A ledger that was edited may name anything."""
    refused_with(stubbed, "get_object", "InvalidArgument", 400, "…", ArgumentName="versionId")
    refused_with(stubbed, "get_object", "InvalidArgument", 400, "…", ArgumentName="key")
    archive = archive_on(stubbed)

    assert archive.content(NAME, "nobody's") is None
    with pytest.raises(ArchiveRefused, match="InvalidArgument"):
        archive.content(NAME, "v")


def test_a_put_that_finds_something_missing_is_refused(stubbed: Stubber) -> None:
    """That is an answer to who reads only."""
    refused_with(stubbed, "put_object", "NoSuchKey", 404, "…")

    with pytest.raises(ArchiveRefused, match="NoSuchKey"):
        archive_on(stubbed).keep(NAME, CONTENT)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("put_object", {}),
        ("get_object_retention", {}),
        ("get_object_retention", {"Retention": {"Mode": "COMPLIANCE"}}),
        ("get_object_lock_configuration", {}),
        ("list_object_versions", {}),
        ("list_object_versions", {"Name": BUCKET, "IsTruncated": True}),
    ],
)
def test_an_answer_with_nothing_in_it_is_none_of_s3(
    stubbed: Stubber, operation: str, answer: dict[str, Any]
) -> None:
    """A proxy's page with status 200 neither keeps anything nor says that there is nothing."""
    if operation == "put_object":
        stubbed.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stubbed.add_response(operation, answer)

    with pytest.raises(ArchiveUnavailable, match="try again"):
        ACTS[operation][1](archive_on(stubbed))


@pytest.mark.parametrize(
    ("rule", "lock"),
    [
        ({"Mode": "GOVERNANCE", "Days": 30}, DefaultLock("GOVERNANCE", days=30)),
        ({"Mode": "COMPLIANCE", "Years": 10}, DefaultLock("COMPLIANCE", years=10)),
    ],
)
def test_the_default_lock_is_told_in_days_or_years(
    stubbed: Stubber, rule: dict[str, Any], lock: DefaultLock
) -> None:
    """As the bucket says it."""
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}}
    answer = {"ObjectLockConfiguration": configuration}
    stubbed.add_response("get_object_lock_configuration", answer, {"Bucket": BUCKET})

    assert archive_on(stubbed).default_lock() == lock


def test_a_lock_is_told_in_utc(stubbed: Stubber) -> None:
    """Whatever zone the client reads times in."""
    until = datetime(2036, 1, 1, 1, tzinfo=UTC)
    answer = {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": until}}
    stubbed.add_response(
        "get_object_retention", answer, {"Bucket": BUCKET, "Key": NAME, "VersionId": "v"}
    )

    assert archive_on(stubbed).retention(NAME, "v") == Retention("GOVERNANCE", until)


# --- the network -------------------------------------------------------------------------------


@contextmanager
def http(respond: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that is no S3, on a free port of 127.0.0.1; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            respond(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answering(
    handler: BaseHTTPRequestHandler, content: bytes, *, length: int | None = None, **headers: str
) -> None:
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.mark.parametrize("body", [b"<html>Please <b>wait</html>", b"<html>Please wait</html>"])
def test_a_proxys_page_is_no_answer(body: bytes) -> None:
    """Though its status is 200, and though it may be well-formed."""
    with (
        http(lambda handler: answering(handler, body, Content_Type="text/html")) as address,
        closing(aws_client("s3", address, s3={"addressing_style": "path"})) as client,
    ):
        for operation, (_, act, _) in ACTS.items():
            with pytest.raises((ArchiveUnavailable, ArchiveRefused)) as error:
                act(S3Archive(client, BUCKET))

            # A page that is well-formed has no word on versions: nothing is put there.
            if operation not in ("put_object", "get_bucket_versioning"):
                assert isinstance(error.value, ArchiveUnavailable)


def test_an_s3_that_is_down_is_unavailable() -> None:
    """Nobody answers on this port; one attempt, which is the client's own setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = r"in s3://evidence: EndpointConnectionError; try again"

    with closing(aws_client("s3", f"http://127.0.0.1:{port}")) as client:
        for _, act, _ in ACTS.values():
            with pytest.raises(ArchiveUnavailable, match=said):
                act(S3Archive(client, BUCKET))


def test_an_object_that_breaks_off_is_not_given() -> None:
    """Half of an envelope would look tampered with."""
    with (
        http(
            lambda handler: answering(handler, b"half", length=9, x_amz_version_id="v")
        ) as address,
        closing(aws_client("s3", address, s3={"addressing_style": "path"})) as client,
        pytest.raises(ArchiveUnavailable, match=r"(ResponseStreaming|IncompleteRead)Error"),
    ):
        S3Archive(client, BUCKET).content(NAME, "v")


def test_an_object_of_another_version_is_not_given() -> None:
    """By that version it was asked for."""
    with (
        http(lambda handler: answering(handler, b"{}", x_amz_version_id="w")) as address,
        closing(aws_client("s3", address, s3={"addressing_style": "path"})) as client,
        pytest.raises(ArchiveUnavailable, match="of another version, or none of S3"),
    ):
        S3Archive(client, BUCKET).content(NAME, "v")


def test_an_object_that_is_too_large_is_not_read_to_its_end() -> None:
    """Whoever put it there does not decide on our memory."""
    sent: list[int] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("x-amz-version-id", "v")
        handler.send_header("Content-Length", str(100 * MOST_BYTES))
        handler.end_headers()
        try:
            while len(sent) < 1_000:
                handler.wfile.write(bytes(1_048_576))
                sent.append(1)
        except OSError:
            return  # the reader had enough

    with (
        http(respond) as address,
        closing(aws_client("s3", address, s3={"addressing_style": "path"})) as client,
        pytest.raises(ArchiveRefused, match="more than 33,554,432 bytes: recgate has not archived"),
    ):
        S3Archive(client, BUCKET).content(NAME, "v")

    assert len(sent) < 100


def test_a_bucket_that_is_gone_is_told(aws: LocalAws) -> None:
    """S3's own answer, through a real client."""
    archive = S3Archive(aws.client("s3"), "not-there")

    for act in (archive.default_lock, lambda: list(archive.versions(""))):
        with pytest.raises(ArchiveRefused, match="NoSuchBucket; check the bucket's name"):
            act()


def test_a_name_that_no_bucket_has_is_refused(aws: LocalAws) -> None:
    """It is not even sent."""
    with pytest.raises(ArchiveRefused, match="ParamValidationError; check the bucket's name"):
        S3Archive(aws.client("s3"), "").default_lock()


def test_no_credentials_are_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session: Any = boto3.session.Session(region_name="eu-west-1")
    client = session.client("s3", endpoint_url="http://127.0.0.1:9", config=Config(proxies={}))

    with closing(client), pytest.raises(ArchiveRefused, match=r"NoCredentialsError.*credentials"):
        S3Archive(client, BUCKET).default_lock()


def test_where_it_is_and_what_it_asks_for(stubbed: Stubber) -> None:
    """An exact version, always."""
    stubbed.add_client_error(
        "get_object",
        "NoSuchVersion",
        http_status_code=404,
        expected_params={"Bucket": BUCKET, "Key": NAME, "VersionId": "v"},
    )
    archive = archive_on(stubbed)

    assert archive.content(NAME, "v") is None
    assert archive.where == "s3://evidence"
