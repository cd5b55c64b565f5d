"""What the watcher's memory in DynamoDB promises beyond the contract."""

import json
import random
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from recgate.adapters.dynamodb_watch_memory import (
    PART_BYTES_MAX,
    PARTS_MAX,
    DynamoDbWatchMemory,
)
from recgate.dialect.watch_memory_document import written
from recgate.domain.place import Place
from recgate.domain.watch_memory import Remembered, SeenJob
from recgate.watch_ports import MemoryRefused, MemorySuperseded, MemoryUnavailable
from tests.builders import JOB_ARN, NOW
from tests.servers.aws import LocalAws, aws_client, create_watch_table, local_aws
from tests.servers.web_page import page

TABLE = "recgate-watch"
HOME = Place("111122223333", "eu-west-1")
PLACE = {"S": "111122223333/eu-west-1"}
KEY = {"place": PLACE, "part": {"N": "0"}}
OURS = "11111111-2222-4333-8444-555555555555"
THEIRS = "99999999-2222-4333-8444-555555555555"
SMALL = Remembered(NOW, NOW, {JOB_ARN: SeenJob("COMPLETED", NOW, NOW)})
WHERE = f"the watcher's memory of 111122223333/eu-west-1 in the table {TABLE}"

QUERY = {
    "TableName": TABLE,
    "KeyConditionExpression": "#place = :place",
    "ExpressionAttributeNames": {"#place": "place"},
    "ExpressionAttributeValues": {":place": PLACE},
    "ConsistentRead": True,
}


def large(jobs: int = 20_000, *, noise: int = 16) -> Remembered:
    """A memory that does not fit into one part: each job has so many bytes of noise."""
    name = random.Random(jobs).randbytes  # noqa: S311
    job = SeenJob("COMPLETED", NOW, NOW)
    return Remembered(NOW, NOW, {f"{JOB_ARN}-{name(noise).hex()}": job for _ in range(jobs)})


LARGE = large()


def parts_of(remembered: Remembered, *, revision: int, write_id: str = OURS) -> list[Any]:
    """The items that hold it, as they are documented."""
    body = zlib.compress(written(remembered))
    starts = range(0, len(body), PART_BYTES_MAX)
    items: list[Any] = [
        {
            "place": PLACE,
            "part": {"N": str(part)},
            "revision": {"N": str(revision)},
            "body": {"B": body[start : start + PART_BYTES_MAX]},
        }
        for part, start in enumerate(starts)
    ]
    items[0] |= {"parts": {"N": str(len(items))}, "write_id": {"S": write_id}}
    return items


def first_put(remembered: Remembered, *, over: int) -> dict[str, Any]:
    """The put of part 0 in the place of a revision."""
    put = {
        "TableName": TABLE,
        "Item": parts_of(remembered, revision=over + 1)[0],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if over == 0:
        return put | {
            "ConditionExpression": "attribute_not_exists(#place)",
            "ExpressionAttributeNames": {"#place": "place"},
        }
    return put | {
        "ConditionExpression": "#revision = :revision",
        "ExpressionAttributeNames": {"#revision": "revision"},
        "ExpressionAttributeValues": {":revision": {"N": str(over)}},
    }


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with local_aws() as running:
        yield running


@pytest.fixture
def table(aws: LocalAws) -> Any:
    """A client for a local DynamoDB that holds one empty table."""
    aws.reset()
    client = aws.client("dynamodb")
    create_watch_table(client, TABLE)
    return client


@pytest.fixture(scope="module")
def silent() -> Iterator[Any]:
    """A client that reaches nobody, for the stubs of all tests."""
    with closing(aws_client("dynamodb", "http://127.0.0.1:9")) as client:
        yield client


@pytest.fixture
def stub(silent: Any) -> Iterator[Stubber]:
    """A client that sends nothing and answers what the test has queued."""
    with Stubber(silent) as made:
        yield made
        made.assert_no_pending_responses()


def memory_of(stub: Stubber) -> DynamoDbWatchMemory:
    client: Any = stub.client
    return DynamoDbWatchMemory(client, TABLE, HOME, new_write_id=lambda: OURS)


def items_in(table: Any) -> list[Any]:
    found: list[Any] = table.scan(TableName=TABLE)["Items"]
    return sorted(found, key=lambda item: int(item["part"]["N"]))


# --- what is sent --------------------------------------------------------------------------


def test_a_small_memory_is_one_conditional_put(stub: Stubber) -> None:
    """The item as it is documented, with no time of ours in it."""
    stub.add_response("put_item", {}, first_put(SMALL, over=0))
    stub.add_response("put_item", {}, first_put(SMALL, over=1))
    memory = memory_of(stub)

    revision = memory.save(SMALL, revision=0)

    assert revision == 1
    assert memory.save(SMALL, revision=1) == 2


def test_a_large_memory_is_one_transaction(stub: Stubber) -> None:
    """All of its parts or none; the token makes the service itself forget a repetition."""
    parts = parts_of(LARGE, revision=6)
    puts = [{"Put": {"TableName": TABLE, "Item": part}} for part in parts[1:]]
    sent = {
        "TransactItems": [{"Put": first_put(LARGE, over=5)}, *puts],
        "ClientRequestToken": OURS,
    }
    stub.add_response("transact_write_items", {}, sent)

    assert len(parts) > 1
    assert memory_of(stub).save(LARGE, revision=5) == 6


def test_parts_left_over_go_with_the_same_save(stub: Stubber) -> None:
    """Those that the load has shown; the next save has nothing to remove."""
    stub.add_response("query", {"Items": parts_of(LARGE, revision=5)}, QUERY)
    count = len(parts_of(LARGE, revision=5))
    deletes = [
        {"Delete": {"TableName": TABLE, "Key": {"place": PLACE, "part": {"N": str(part)}}}}
        for part in range(1, count)
    ]
    sent = {
        "TransactItems": [{"Put": first_put(SMALL, over=5)}, *deletes],
        "ClientRequestToken": OURS,
    }
    stub.add_response("transact_write_items", {}, sent)
    stub.add_response("put_item", {}, first_put(SMALL, over=6))
    memory = memory_of(stub)
    memory.load()

    memory.save(SMALL, revision=5)
    memory.save(SMALL, revision=6)


def test_a_memory_is_read_to_its_last_page_with_every_save_that_returned(stub: Stubber) -> None:
    """Strongly consistent; a page of a query holds one megabyte."""
    first, *rest = parts_of(LARGE, revision=3)
    last = {"place": PLACE, "part": {"N": "0"}}
    stub.add_response("query", {"Items": [first], "LastEvaluatedKey": last}, QUERY)
    stub.add_response("query", {"Items": rest}, QUERY | {"ExclusiveStartKey": last})

    assert memory_of(stub).load() == (LARGE, 3)


def test_parts_of_an_older_larger_memory_are_ignored(stub: Stubber) -> None:
    """They were not removed because the save did not know of them."""
    old = parts_of(LARGE, revision=3)
    stub.add_response("query", {"Items": [*parts_of(SMALL, revision=4), *old[1:]]}, QUERY)

    assert memory_of(stub).load() == (SMALL, 4)


def test_parts_without_a_first_are_nothing_and_are_removed(table: Any) -> None:
    """Somebody deleted the item that the cure names; the next save cleans up."""
    memory = DynamoDbWatchMemory(table, TABLE, HOME)
    memory.save(LARGE, revision=0)
    table.delete_item(TableName=TABLE, Key=KEY)
    anew = DynamoDbWatchMemory(table, TABLE, HOME)

    assert anew.load() == (None, 0)
    assert anew.save(SMALL, revision=0) == 1
    assert len(items_in(table)) == 1


def test_two_saves_have_two_write_ids(table: Any) -> None:
    """Or one sweep would take another's save for its own."""
    memory = DynamoDbWatchMemory(table, TABLE, HOME)

    memory.save(SMALL, revision=0)
    (first,) = items_in(table)
    memory.save(SMALL, revision=1)
    (second,) = items_in(table)

    assert first["write_id"] != second["write_id"]


def test_places_do_not_see_each_other(table: Any) -> None:
    """One table for every account and region that is watched."""
    there = Place("444455556666", "us-east-1")
    DynamoDbWatchMemory(table, TABLE, HOME).save(SMALL, revision=0)

    assert DynamoDbWatchMemory(table, TABLE, there).load() == (None, 0)
    assert DynamoDbWatchMemory(table, TABLE, there).save(LARGE, revision=0) == 1
    assert DynamoDbWatchMemory(table, TABLE, HOME).load() == (SMALL, 1)


def test_a_memory_beyond_a_transaction_is_refused_before_it_is_sent(stub: Stubber) -> None:
    """With its sizes, and what to do."""
    beyond = large(4_000, noise=1_000)
    size = len(zlib.compress(written(beyond)))
    assert size > PARTS_MAX * PART_BYTES_MAX

    with pytest.raises(MemoryRefused) as refusal:
        memory_of(stub).save(beyond, revision=0)

    assert str(refusal.value) == (
        f"cannot save {WHERE}: 4000 jobs seen and 0 awaited are {size} bytes compressed, and "
        f"one transaction takes {PARTS_MAX * PART_BYTES_MAX}; report this as a fault of recgate"
    )


def test_the_largest_memory_is_within_a_transaction() -> None:
    """Four megabytes in all and 400 KB an item, with room for names and numbers."""
    assert PARTS_MAX * (PART_BYTES_MAX + 1024) <= 4 * 1000 * 1000
    assert PART_BYTES_MAX + 1024 <= 400 * 1000


# --- a save under way ----------------------------------------------------------------------


def torn(revision: int) -> list[Any]:
    """The first part of one save and the rest of the next."""
    rest = parts_of(LARGE, revision=revision + 1)[1:]
    return [parts_of(LARGE, revision=revision)[0], *rest]


@pytest.mark.parametrize("missing", [False, True])
def test_a_torn_read_is_read_again(stub: Stubber, missing: bool) -> None:
    """A page of before and a page of after are no memory, whether parts changed or went."""
    items = torn(3)[:1] if missing else torn(3)
    stub.add_response("query", {"Items": items}, QUERY)
    stub.add_response("query", {"Items": parts_of(LARGE, revision=4)}, QUERY)

    assert memory_of(stub).load() == (LARGE, 4)


def test_a_read_that_stays_torn_is_unavailable(stub: Stubber) -> None:
    """After three; and what to do if it stays so."""
    for _ in range(3):
        stub.add_response("query", {"Items": torn(3)}, QUERY)

    with pytest.raises(MemoryUnavailable) as unavailable:
        memory_of(stub).load()

    assert str(unavailable.value) == (
        f"cannot read {WHERE}: its parts are of different saves. A save is under way, and trying "
        "again will do; if this stays, deploy the newer version of recgate if there was one, or "
        "delete the item with place '111122223333/eu-west-1' and part 0, and announce with "
        "`recgate sweep --since` what changed meanwhile"
    )


# --- somebody was there --------------------------------------------------------------------


def condition_failed(stub: Stubber, item: Any = None) -> None:
    """Queue the answer to a put over another revision."""
    stub.add_client_error(
        "put_item",
        "ConditionalCheckFailedException",
        "The conditional request failed",
        http_status_code=400,
        modeled_fields={"Item": item} if item else {},
    )


def cancelled(stub: Stubber, *codes: str, item: Any = None) -> None:
    """Queue a cancelled transaction with a reason for each of its items."""
    reasons: list[dict[str, Any]] = [{"Code": code} for code in codes]
    if item:
        reasons[0]["Item"] = item
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons",
        http_status_code=400,
        modeled_fields={"CancellationReasons": reasons},
    )


def test_a_save_that_meets_itself_has_succeeded(stub: Stubber) -> None:
    """The SDK repeats a put whose answer was lost."""
    condition_failed(stub, parts_of(SMALL, revision=1)[0])

    assert memory_of(stub).save(SMALL, revision=0) == 1


def test_a_transaction_that_meets_itself_has_succeeded(stub: Stubber) -> None:
    """Also when the token is older than the ten minutes that the service remembers it."""
    cancelled(stub, "ConditionalCheckFailed", "None", item=parts_of(LARGE, revision=6)[0])

    assert memory_of(stub).save(LARGE, revision=5) == 6


def test_equal_words_of_another_sweep_are_not_ours(stub: Stubber) -> None:
    """Only one of them has saved."""
    theirs = parts_of(SMALL, revision=1, write_id=THEIRS)[0]
    condition_failed(stub, theirs)
    cancelled(stub, "ConditionalCheckFailed", "None", item=theirs)
    memory = memory_of(stub)

    for remembered in (SMALL, LARGE):
        with pytest.raises(MemorySuperseded) as superseded:
            memory.save(remembered, revision=7)

        assert str(superseded.value) == (
            f"cannot save {WHERE}: another sweep has saved since this one loaded revision 7"
        )


@pytest.mark.parametrize("theirs", [True, False])
def test_an_answer_without_the_item_is_looked_up(stub: Stubber, theirs: bool) -> None:
    """Another's, or gone in the meantime: superseded either way."""
    item = parts_of(SMALL, revision=1, write_id=THEIRS)[0]
    condition_failed(stub)
    get = {"TableName": TABLE, "Key": KEY, "ConsistentRead": True}
    stub.add_response("get_item", {"Item": item} if theirs else {}, get)

    with pytest.raises(MemorySuperseded):
        memory_of(stub).save(SMALL, revision=0)


def test_an_answer_without_the_item_may_still_be_ours(stub: Stubber) -> None:
    """The look-up shows our own write."""
    condition_failed(stub)
    stub.add_response("get_item", {"Item": parts_of(SMALL, revision=1)[0]})

    assert memory_of(stub).save(SMALL, revision=0) == 1


def test_a_look_up_that_fails_leaves_the_question_open(stub: Stubber) -> None:
    """Neither superseded nor ours: to be tried again."""
    condition_failed(stub)
    stub.add_client_error("get_item", "ThrottlingException")

    with pytest.raises(MemoryUnavailable, match="ThrottlingException; try again"):
        memory_of(stub).save(SMALL, revision=0)


@pytest.mark.parametrize("remembered", [SMALL, LARGE], ids=["one part", "several parts"])
@pytest.mark.parametrize("saved_before", [False, True])
def test_an_answer_lost_on_the_way_saves_once(
    table: Any, remembered: Remembered, saved_before: bool
) -> None:
    """A gate between client and DynamoDB passes the write on and drops the answer."""
    direct = DynamoDbWatchMemory(table, TABLE, HOME)
    revision = direct.save(SMALL, revision=0) if saved_before else 0
    lost = replace(remembered, watermark=NOW + timedelta(hours=1))

    with (
        forgetful_gate(table.meta.endpoint_url) as (url, seen),
        closing(
            aws_client("dynamodb", url, retries={"total_max_attempts": 2, "mode": "legacy"})
        ) as client,
    ):
        saved = DynamoDbWatchMemory(client, TABLE, HOME).save(lost, revision=revision)

    assert len(seen) == 2
    assert saved == revision + 1
    assert direct.load() == (lost, saved)


# --- what cannot be read -------------------------------------------------------------------


def packed(document: Any) -> dict[str, Any]:
    """Part 0 with this document."""
    item: dict[str, Any] = parts_of(SMALL, revision=1)[0]
    return item | {"body": {"B": zlib.compress(json.dumps(document).encode())}}


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (packed({"schema": 2}), "its schema is 2, and this recgate knows 1"),
        (packed({"schema": 1}), "a part of it has another shape"),
        (packed([]), "its schema is None"),
        (parts_of(SMALL, revision=1)[0] | {"body": {"B": b"not compressed"}}, "changed by hand"),
        (parts_of(SMALL, revision=1)[0] | {"body": {"S": "{}"}}, "changed by hand"),
        (parts_of(SMALL, revision=1)[0] | {"parts": {"N": "0"}}, "changed by hand"),
        (parts_of(SMALL, revision=1)[0] | {"parts": {"S": "1"}}, "changed by hand"),
    ],
    ids=["newer", "bent", "a list", "not compressed", "text", "no part", "parts as text"],
)
def test_what_cannot_be_read_is_refused_with_the_cure(table: Any, item: Any, why: str) -> None:
    """An answer of its own: an empty memory would begin the watch anew and lose what is due."""
    table.put_item(TableName=TABLE, Item=item)

    with pytest.raises(MemoryRefused) as refusal:
        DynamoDbWatchMemory(table, TABLE, HOME).load()

    assert str(refusal.value).startswith(f"cannot read {WHERE}: ")
    assert why in str(refusal.value)
    assert str(refusal.value).endswith(
        "; deploy the newer version of recgate if there was one, or delete the item with place "
        "'111122223333/eu-west-1' and part 0, and announce with `recgate sweep --since` what "
        "changed meanwhile"
    )


# --- what other answers mean ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
        ("Whatever", 503),
    ],
)
def test_what_may_pass_is_unavailable(stub: Stubber, code: str, status: int) -> None:
    """Load and save alike."""
    stub.add_client_error("query", code, http_status_code=status)
    stub.add_client_error("put_item", code, http_status_code=status)

    with pytest.raises(MemoryUnavailable, match=f"cannot read {WHERE}.*{code}; try again"):
        memory_of(stub).load()
    with pytest.raises(MemoryUnavailable, match=f"cannot save {WHERE}.*{code}; try again"):
        memory_of(stub).save(SMALL, revision=0)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "allow dynamodb:DescribeTable, Query, GetItem, PutItem and"),
        ("ResourceNotFoundException", "check the table's name, the region and the account"),
        ("ValidationException", r"the table's are place \(S\), part \(N\)"),
        ("ExpiredTokenException", "renew or correct the AWS credentials"),
    ],
)
def test_what_will_not_pass_is_refused_with_the_cure(stub: Stubber, code: str, remedy: str) -> None:
    """In the words of this table, not the ledger's."""
    stub.add_client_error("query", code, "because", http_status_code=400)
    stub.add_client_error("put_item", code, "because", http_status_code=400)

    with pytest.raises(MemoryRefused, match=rf"cannot read .*{code} \(because\); .*{remedy}"):
        memory_of(stub).load()
    with pytest.raises(MemoryRefused, match=rf"cannot save .*{code} \(because\); .*{remedy}"):
        memory_of(stub).save(SMALL, revision=0)


@pytest.mark.parametrize(
    "codes", [("TransactionConflict", "None"), ("None", "ThrottlingError"), ("None", "None")]
)
def test_a_transaction_in_another_ones_way_may_pass(stub: Stubber, codes: tuple[str, str]) -> None:
    """Neither is known to have saved; only a cancellation without any reason is for good."""
    cancelled(stub, *codes)
    expected = MemoryRefused if set(codes) == {"None"} else MemoryUnavailable

    with pytest.raises(expected, match="TransactionCanceledException"):
        memory_of(stub).save(LARGE, revision=0)


@pytest.mark.parametrize("status", [200, 502])
def test_the_page_of_a_proxy_is_unavailable(status: int) -> None:
    """HTML where JSON is due, whatever the status says."""
    with (
        page(status) as address,
        closing(aws_client("dynamodb", address)) as client,
        pytest.raises(MemoryUnavailable, match="try again"),
    ):
        DynamoDbWatchMemory(client, TABLE, HOME).load()


def test_nobody_at_the_other_end_is_unavailable() -> None:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with closing(aws_client("dynamodb", url)) as client:
            memory = DynamoDbWatchMemory(client, TABLE, HOME)

            with pytest.raises(MemoryUnavailable, match=r"cannot read .*Could not connect"):
                memory.load()
            with pytest.raises(MemoryUnavailable, match=r"cannot save .*Could not connect"):
                memory.save(SMALL, revision=0)


def test_no_credentials_are_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without a profile."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.session.Session(region_name="eu-west-1").client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(proxies={})
    )

    with closing(client), pytest.raises(MemoryRefused, match="check region and credentials"):
        DynamoDbWatchMemory(client, TABLE, HOME).load()


def test_a_table_with_other_keys_is_refused(table: Any) -> None:
    """The ledger's, by mistake."""
    table.create_table(
        TableName="sessions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(MemoryRefused, match=r"the table's are place"):
        DynamoDbWatchMemory(table, "sessions", HOME).load()


@contextmanager
def forgetful_gate(target: str) -> Iterator[tuple[str, list[str]]]:
    """Pass requests on and the answers back, but hang up instead for the first.

    Gives its URL, and the operations it has seen.
    """
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers["X-Amz-Target"])
            with closing(HTTPConnection(urlsplit(target).netloc, timeout=10)) as onward:
                onward.request("POST", "/", body, dict(self.headers))
                answer = onward.getresponse()
                content = answer.read()
            if len(seen) > 1:
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()
