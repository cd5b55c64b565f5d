"""What the DynamoDB ledger promises beyond the contract: what is sent, and what answers mean."""

import base64
import hashlib
import json
import socket
import traceback
import zlib
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.dialect.ledger_entry import BODY_BYTES_MAX
from recgate.dialect.ledger_item import ITEM_BYTES_MAX
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken
from tests.adapters.dynamodb_gate import first, forgetful_gate, page
from tests.adapters.stubbed_ledger import (
    BEFORE,
    DIGEST,
    ENTRY,
    FAILED,
    FIRST_OF_ALL,
    HEAD,
    ITEM,
    LATER,
    LINK,
    OURS,
    PUT,
    STREAM,
    TABLE,
    THEIRS,
    cancelled,
    get,
    head_item,
    key,
    ledger_of,
    put,
    the_head,
)
from tests.builders import NOW
from tests.servers.aws import LocalAws, aws_client

# --- what is sent --------------------------------------------------------------------------


def test_the_first_entry_is_one_transaction_with_its_link(stub: Stubber) -> None:
    """The items as they are documented: compressed canonical JSON and its size; the link's exact
    bytes; the head; and the chain's name, for it is the first of its chain, too.
    """
    the_head(stub)
    link = key("chain:local", 1) | {"link": {"B": LINK}}
    head = {
        "TableName": TABLE,
        "Key": key("chain-head:local", 0),
        "UpdateExpression": "SET #sequence = :sequence, #digest = :digest",
        "ConditionExpression": "attribute_not_exists(#stream)",
        "ExpressionAttributeNames": {
            "#sequence": "sequence",
            "#digest": "digest",
            "#stream": "stream",
        },
        "ExpressionAttributeValues": {":sequence": {"N": "1"}, ":digest": {"S": DIGEST}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    name = {
        "TableName": TABLE,
        "Key": key("chains", 0),
        "UpdateExpression": "ADD #names :names",
        "ExpressionAttributeNames": {"#names": "names"},
        "ExpressionAttributeValues": {":names": {"SS": ["local"]}},
    }
    sent = {
        "TransactItems": [put(ITEM), put(link), {"Update": head}, {"Update": name}],
        "ClientRequestToken": OURS,
    }
    stub.add_response("transact_write_items", {}, sent)

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


def test_a_later_entry_asks_for_the_one_before_and_for_the_end_of_the_chain(stub: Stubber) -> None:
    """No gap in the stream and none in the chain, in one call; the token makes the service itself
    forget a repetition.
    """
    the_head(stub, 40)
    before = {
        "TableName": TABLE,
        "Key": key(STREAM, 6),
        "ConditionExpression": "attribute_exists(#stream)",
        "ExpressionAttributeNames": {"#stream": "stream"},
    }
    document = (
        LINK.replace(b'"position":0', b'"position":7')
        .replace(b'"sequence":1', b'"sequence":41')
        .replace(b"0" * 64, b"d" * 64)
    )
    digest = hashlib.sha256(document).hexdigest()
    head = {
        "TableName": TABLE,
        "Key": key("chain-head:local", 0),
        "UpdateExpression": "SET #sequence = :sequence, #digest = :digest",
        "ConditionExpression": "#sequence = :before AND #digest = :previous",
        "ExpressionAttributeNames": {"#sequence": "sequence", "#digest": "digest"},
        "ExpressionAttributeValues": {
            ":sequence": {"N": "41"},
            ":digest": {"S": digest},
            ":before": {"N": "40"},
            ":previous": {"S": "d" * 64},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    sent = {
        "TransactItems": [
            {"ConditionCheck": before},
            put(ITEM | key(STREAM, 7) | {"sequence": {"N": "41"}}),
            put(key("chain:local", 41) | {"link": {"B": document}}),
            {"Update": head},
        ],
        "ClientRequestToken": OURS,
    }
    stub.add_response("transact_write_items", {}, sent)

    ledger_of(stub).append(STREAM, 7, ENTRY)

    stub.assert_no_pending_responses()


def test_where_the_chain_ends_is_asked_once(stub: Stubber) -> None:
    """From then on an append is one call."""
    the_head(stub)
    for _ in range(3):
        stub.add_response("transact_write_items", {})
    ledger = ledger_of(stub)

    for position in range(3):
        ledger.append(STREAM, position, ENTRY)

    stub.assert_no_pending_responses()


def test_a_stream_is_read_to_its_last_page_with_every_write_that_returned(stub: Stubber) -> None:
    """Strongly consistent, page after page."""
    query = {
        "TableName": TABLE,
        "KeyConditionExpression": "#stream = :stream",
        "ExpressionAttributeNames": {"#stream": "stream"},
        "ExpressionAttributeValues": {":stream": {"S": STREAM}},
        "ConsistentRead": True,
    }
    last = {"stream": {"S": STREAM}, "position": {"N": "0"}}
    stub.add_response("query", {"Items": [ITEM], "LastEvaluatedKey": last}, query)
    second = ITEM | {"position": {"N": "1"}, "key": {"S": "k2"}}
    stub.add_response("query", {"Items": [second]}, query | {"ExclusiveStartKey": last})

    entries = ledger_of(stub).read(STREAM)

    assert list(entries) == [ENTRY, Entry("decision", "k2", NOW, {"verdict": "PASS"})]


def test_two_appends_have_two_write_ids(table: Any) -> None:
    """Or one worker would take another's entry for its own."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)
    ledger.append(STREAM, 1, ENTRY)

    items = [item for item in table.scan(TableName=TABLE)["Items"] if "write_id" in item]

    assert len({item["write_id"]["S"] for item in items}) == 2


# --- too large -----------------------------------------------------------------------------


def test_an_item_beyond_400_kb_is_refused_before_it_is_sent(stub: Stubber) -> None:
    """With the stream and the sizes, so that one knows what to make smaller."""
    noise = Entry("snapshot", "k", NOW, {"noise": [n * 7919**5 for n in range(40_000)]})

    with pytest.raises(LedgerRefused) as refusal:
        ledger_of(stub).append(STREAM, 0, noise)

    body = json.dumps(noise.body, separators=(",", ":")).encode()
    names, other_values = 54 + 13, 20 + 21 + 8 + 1 + 32 + 21 + 36 + 5 + 21
    size = len(zlib.compress(body)) + names + other_values
    assert size > ITEM_BYTES_MAX
    assert str(refusal.value) == (
        f"cannot write entry 0 (snapshot) of '{STREAM}' in the table {TABLE}: its body of "
        f"{len(body)} bytes makes an item of {size} bytes compressed, and DynamoDB takes "
        "409600; make it smaller"
    )


def test_an_item_of_400_kb_is_sent_and_one_byte_more_is_not(stub: Stubber) -> None:
    """The limit is DynamoDB's own; names, values and numbers all count."""
    digests = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(ITEM_BYTES_MAX // 32))
    noise = base64.b64encode(digests).decode()

    def noisy(length: int) -> Entry:
        return Entry("d", "k", NOW, {"noise": noise[:length]})

    others = 67 + 20 + 21 + 1 + 1 + 32 + 21 + 36 + 5 + 21  # the names, and what is not the body
    low, high = 0, len(noise)
    while high - low > 1:
        middle = (low + high) // 2
        body = b'{"noise":"%s"}' % noise[:middle].encode()
        fits = len(zlib.compress(body)) + others <= ITEM_BYTES_MAX
        low, high = (middle, high) if fits else (low, middle)
    the_head(stub)
    stub.add_response("transact_write_items", {})
    ledger = ledger_of(stub)

    ledger.append(STREAM, 0, noisy(low))

    stub.assert_no_pending_responses()
    with pytest.raises(LedgerRefused, match=r"makes an item of 40960[1-4] bytes"):
        ledger.append(STREAM, 0, noisy(high))


def test_a_key_that_only_the_entry_could_hold_is_refused(stub: Stubber) -> None:
    """The link holds it as well, with more beside it."""
    the_head(stub)

    with pytest.raises(LedgerRefused, match=r"make a link of 409\d\d\d bytes, .* shorter"):
        ledger_of(stub).append(STREAM, 0, Entry("d", "x" * (ITEM_BYTES_MAX - 300), NOW, {}))


def test_a_body_that_could_not_be_archived_is_refused(stub: Stubber) -> None:
    """What compresses to 400 KB can be larger than the memory of a function."""
    largest = "x" * (BODY_BYTES_MAX - len(b'{"x":""}'))

    with pytest.raises(LedgerRefused, match=f"is {BODY_BYTES_MAX + 1} bytes, and recgate takes"):
        ledger_of(stub).append(STREAM, 0, Entry("d", "k", NOW, {"x": largest + "x"}))

    the_head(stub)
    stub.add_response("transact_write_items", {})
    ledger_of(stub).append(STREAM, 0, Entry("d", "k", NOW, {"x": largest}))


def test_a_stream_name_beyond_a_partition_key_is_refused(stub: Stubber) -> None:
    """2048 bytes, not characters."""
    with pytest.raises(LedgerRefused, match="name is longer than 2048 bytes"):
        ledger_of(stub).append("é" * 1025, 0, ENTRY)


# --- somebody was there --------------------------------------------------------------------


def test_a_write_that_meets_itself_has_succeeded(stub: Stubber) -> None:
    """The client repeats a write whose answer was lost: then its own link and head are there, too.
    Also when the token is older than the ten minutes that the service remembers it.
    """
    the_head(stub)
    met = {PUT: ITEM, HEAD: head_item(1, DIGEST)}
    cancelled(stub, FIRST_OF_ALL, dict.fromkeys(("entry", "link", "head"), FAILED), met)

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


@pytest.mark.parametrize("head", [{}, {HEAD: FAILED}], ids=["the end as it was", "another end"])
def test_a_write_that_meets_itself_behind_others_has_succeeded(
    stub: Stubber, head: dict[str, str]
) -> None:
    """Others have moved the head on since; DynamoDB need not say so."""
    the_head(stub, 40)
    moved = {PUT: ITEM, HEAD: head_item(50)} if head else {PUT: ITEM}
    cancelled(stub, LATER, {PUT: FAILED, **head}, moved)

    ledger_of(stub).append(STREAM, 1, ENTRY)

    stub.assert_no_pending_responses()


def test_the_same_words_of_another_worker_are_not_ours(stub: Stubber) -> None:
    """Two workers may well write equal entries; only one of them has written."""
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {PUT: FAILED}, {PUT: ITEM | {"write_id": {"S": THEIRS}}})

    with pytest.raises(PositionTaken, match="read the stream again"):
        ledger_of(stub).append(STREAM, 0, ENTRY)


@pytest.mark.parametrize("there", [{}, {"Item": ITEM | {"write_id": {"S": THEIRS}}}])
def test_an_answer_without_the_item_is_looked_up(stub: Stubber, there: dict[str, Any]) -> None:
    """Another's, or gone in the meantime: taken either way."""
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {PUT: FAILED})
    stub.add_response("get_item", there, get(STREAM))

    with pytest.raises(PositionTaken):
        ledger_of(stub).append(STREAM, 0, ENTRY)


def test_an_answer_without_the_item_may_still_be_ours(stub: Stubber) -> None:
    """The look-up shows our own write."""
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {PUT: FAILED})
    stub.add_response("get_item", {"Item": ITEM}, get(STREAM))

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


def test_a_look_up_that_fails_leaves_the_question_open(stub: Stubber) -> None:
    """Neither taken nor ours: to be tried again."""
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {PUT: FAILED})
    stub.add_client_error("get_item", "ThrottlingException")

    with pytest.raises(LedgerUnavailable, match="ThrottlingException; try again"):
        ledger_of(stub).append(STREAM, 0, ENTRY)


@pytest.mark.parametrize("position", [0, 1])
def test_an_answer_lost_on_the_way_writes_the_entry_once(table: Any, position: int) -> None:
    """A gate between client and DynamoDB passes the write on and drops the answer."""
    direct = DynamoDbLedger(table, TABLE)
    for each in range(position):
        direct.append(STREAM, each, ENTRY)
    lost = Entry("decision", "lost", NOW, {})
    forgets = first(1, "TransactWriteItems")
    with (
        forgetful_gate(table.meta.endpoint_url, forgets=forgets) as (url, seen),
        closing(
            aws_client("dynamodb", url, retries={"total_max_attempts": 2, "mode": "legacy"})
        ) as client,
    ):
        DynamoDbLedger(client, TABLE).append(STREAM, position, lost)

    assert seen == ["GetItem", "TransactWriteItems", "TransactWriteItems"]
    assert list(direct.read(STREAM)) == [ENTRY] * position + [lost]
    assert len(list(direct.links("local"))) == position + 1


# --- what other answers mean ---------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
    ],
)
def test_what_may_pass_is_told_as_unavailable(stub: Stubber, code: str) -> None:
    """Read and write alike; the status alone would not tell."""
    the_head(stub)
    stub.add_client_error("transact_write_items", code, http_status_code=400)
    stub.add_client_error("query", code, http_status_code=400)

    with pytest.raises(LedgerUnavailable, match=f"cannot write .*{code}; try again"):
        ledger_of(stub).append(STREAM, 0, ENTRY)
    with pytest.raises(LedgerUnavailable, match=f"cannot read .*{code}; try again"):
        ledger_of(stub).read(STREAM)


def test_a_chain_whose_end_cannot_be_read_gets_no_link(stub: Stubber) -> None:
    """What is not known is not guessed."""
    stub.add_client_error("get_item", "ThrottlingException")

    with pytest.raises(LedgerUnavailable, match=r"cannot write entry 0 .*try again"):
        ledger_of(stub).append(STREAM, 0, ENTRY)


def test_any_fault_of_the_service_may_pass(stub: Stubber) -> None:
    """A code nobody has heard of, with a status of 500 and more."""
    the_head(stub)
    stub.add_client_error("transact_write_items", "Whatever", http_status_code=503)

    with pytest.raises(LedgerUnavailable, match="Whatever; try again"):
        ledger_of(stub).append(STREAM, 0, ENTRY)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "allow dynamodb:Query, GetItem, PutItem, UpdateItem and"),
        ("ResourceNotFoundException", "check the table's name, the region and the account"),
        ("ValidationException", "the table's are stream"),
        ("ExpiredTokenException", "renew or correct the AWS credentials"),
        ("UnrecognizedClientException", "renew or correct the AWS credentials"),
        ("Whatever", "look the code up in the DynamoDB API reference"),
    ],
)
def test_what_will_not_pass_is_refused_with_the_cure(stub: Stubber, code: str, remedy: str) -> None:
    """Trying again would only fill the queue."""
    the_head(stub)
    stub.add_client_error("transact_write_items", code, "because", http_status_code=400)
    stub.add_client_error("query", code, "because", http_status_code=400)

    with pytest.raises(LedgerRefused, match=rf"cannot write .*{code} \(because\); .*{remedy}"):
        ledger_of(stub).append(STREAM, 0, ENTRY)
    with pytest.raises(LedgerRefused, match=rf"cannot read .*{code} \(because\); .*{remedy}"):
        ledger_of(stub).read(STREAM)


@pytest.mark.parametrize("code", ["InvalidSignatureException", "IncompleteSignatureException"])
def test_the_message_about_a_wrong_signature_is_not_repeated(stub: Stubber, code: str) -> None:
    """It may hold the request's headers, the session token among them; so may the cause's."""
    the_head(stub)
    stub.add_client_error(
        "transact_write_items", code, "The canonical request: x-amz-security-token:s3cr3t"
    )

    with pytest.raises(LedgerRefused, match=f"DynamoDB says {code}; renew or") as refused:
        ledger_of(stub).append(STREAM, 0, ENTRY)

    assert "s3cr3t" not in "".join(traceback.format_exception(refused.value))


def test_a_transaction_cancelled_for_good_names_its_reasons(stub: Stubber) -> None:
    """The service's own message says only that there are reasons."""
    the_head(stub, 40)
    cancelled(stub, LATER, {PUT: "ValidationError"})

    with pytest.raises(LedgerRefused, match=r"Canceled\w+ \(None, ValidationError, None, None"):
        ledger_of(stub).append(STREAM, 1, ENTRY)


def test_a_gap_is_refused_and_named(stub: Stubber) -> None:
    """The check of the entry before has failed, the put alone would have passed; that the chain
    has moved on does not matter then.
    """
    the_head(stub, 40)
    cancelled(stub, LATER, {BEFORE: FAILED, HEAD: FAILED}, {HEAD: head_item(41)})

    with pytest.raises(LedgerRefused, match=r"cannot write entry 5 .*the entry before it is not"):
        ledger_of(stub).append(STREAM, 5, ENTRY)


def test_nobody_at_the_other_end_may_pass() -> None:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with closing(aws_client("dynamodb", url)) as client:
            ledger = DynamoDbLedger(client, TABLE)

            with pytest.raises(LedgerUnavailable, match=r"Could not connect.*try again"):
                ledger.append(STREAM, 0, ENTRY)
            with pytest.raises(LedgerUnavailable, match="cannot read"):
                ledger.read(STREAM)


def test_an_endpoint_that_hangs_may_pass() -> None:
    """It takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = aws_client("dynamodb", url, read_timeout=0.1)
        with closing(client), pytest.raises(LedgerUnavailable, match="Read timeout"):
            DynamoDbLedger(client, TABLE).append(STREAM, 0, ENTRY)


@pytest.mark.parametrize("status", [200, 502])
def test_the_page_of_a_proxy_may_pass(status: int) -> None:
    """HTML where JSON is due, whatever the status says: nothing was written, and what was not
    read is not empty.
    """
    with page(status, b"<html>Please wait</html>") as url:
        client = aws_client("dynamodb", url)
        ledger = DynamoDbLedger(client, TABLE)
        with closing(client):
            for doing in (
                lambda: ledger.read(STREAM),
                lambda: ledger.head("local"),
                lambda: ledger.append(STREAM, 0, ENTRY),
            ):
                with pytest.raises(LedgerUnavailable, match="try again"):
                    doing()


def test_a_page_in_the_place_of_the_writes_answer_is_no_success(table: Any) -> None:
    """Nobody knows what became of it: it is not said to be written."""
    with forgetful_gate(
        table.meta.endpoint_url,
        forgets=first(1, "TransactWriteItems"),
        instead=b"<html>Please wait</html>",
    ) as (url, _):
        client = aws_client("dynamodb", url)
        with closing(client), pytest.raises(LedgerUnavailable, match="not DynamoDB's"):
            DynamoDbLedger(client, TABLE).append(STREAM, 0, ENTRY)


def test_a_garbled_answer_may_pass() -> None:
    """DynamoDB sends a checksum along, and botocore compares it."""
    with page(200, b'{"Items":[]}', **{"x-amz-crc32": "1"}) as url:
        client = aws_client("dynamodb", url, retries={"total_max_attempts": 1, "mode": "legacy"})
        with closing(client), pytest.raises(LedgerUnavailable, match="hecksum"):
            DynamoDbLedger(client, TABLE).read(STREAM)


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

    with closing(client), pytest.raises(LedgerRefused, match="check region and credentials"):
        DynamoDbLedger(client, TABLE).read(STREAM)


# --- a real table --------------------------------------------------------------------------


def test_a_table_that_is_not_there_is_refused(table: Any) -> None:
    """As the service says it, with the name that was asked for."""
    ledger = DynamoDbLedger(table, "recgate-ledgre")

    for doing in (
        lambda: ledger.read(STREAM),
        lambda: ledger.append(STREAM, 0, ENTRY),
    ):
        with pytest.raises(LedgerRefused, match=r"recgate-ledgre.*check the table's name"):
            doing()


def test_a_table_with_other_keys_is_refused(table: Any) -> None:
    """Somebody else's table."""
    table.create_table(
        TableName="sessions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(LedgerRefused, match=r"the table's are stream"):
        DynamoDbLedger(table, "sessions").read(STREAM)


def test_an_item_deleted_by_hand_is_noticed(table: Any) -> None:
    """The entries behind it must not move up."""
    ledger = DynamoDbLedger(table, TABLE)
    for position in range(3):
        ledger.append(STREAM, position, ENTRY)
    table.delete_item(TableName=TABLE, Key={"stream": {"S": STREAM}, "position": {"N": "1"}})

    with pytest.raises(LedgerRefused, match=r"entry 1 .* is missing: restore the table"):
        ledger.read(STREAM)


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"B": b"not compressed"}},
        {"body": {"B": zlib.compress(b'{"verdict":')}},
        {"body": {"S": "{}"}},
        {"recorded_at": {"S": "noon"}},
    ],
)
def test_an_item_bent_by_hand_is_noticed(table: Any, change: dict[str, Any]) -> None:
    """It is an answer of its own, not a crash and not an empty stream."""
    table.put_item(TableName=TABLE, Item=ITEM | change)

    with pytest.raises(LedgerRefused, match=r"entry 0 .* cannot be read .*: restore the table"):
        DynamoDbLedger(table, TABLE).read(STREAM)


# --- finding decisions ---------------------------------------------------------------------

QUERY = {
    "TableName": TABLE,
    "IndexName": "decisions-by-day",
    "KeyConditionExpression": "decision_day = :value",
    "ExpressionAttributeValues": {":value": {"S": "2026-11-21"}},
}


def place(n: int) -> dict[str, Any]:
    return {"stream": {"S": STREAM}, "position": {"N": str(n)}}


def decision_item(n: int) -> dict[str, Any]:
    return {**ITEM, **place(n)}


def batch_of(*positions: int) -> dict[str, Any]:
    keys = {"Keys": [place(n) for n in positions], "ConsistentRead": True}
    return {"RequestItems": {TABLE: keys}}


def test_a_decision_is_written_with_what_it_is_found_by(table: Any) -> None:
    """Its day in UTC and the first twelve digits of its key; no other entry has them."""
    ledger = DynamoDbLedger(table, TABLE)

    ledger.append(STREAM, 0, Entry("snapshot", "ab" * 32, NOW, {}))
    ledger.append(STREAM, 1, Entry("decision", "ab" * 32, NOW, {}))

    snapshot, decision = (table.get_item(**get(STREAM, n))["Item"] for n in range(2))
    assert decision["decision_day"] == {"S": "2026-11-21"}
    assert decision["decision_id"] == {"S": "abababababab"}
    assert not {"decision_day", "decision_id"} & set(snapshot)


def test_a_day_is_read_page_by_page_and_then_from_the_table(stub: Stubber) -> None:
    """The index has the places alone, and may be late; the table has what is."""
    behind = {**place(0), "decision_day": {"S": "2026-11-21"}}
    stub.add_response("query", {"Items": [place(0)], "LastEvaluatedKey": behind}, QUERY)
    stub.add_response("query", {"Items": [place(1)]}, {**QUERY, "ExclusiveStartKey": behind})
    stub.add_response(
        "batch_get_item", {"Responses": {TABLE: [decision_item(1), decision_item(0)]}}
    )

    found = ledger_of(stub).decided_on(NOW.date())

    assert [each.entry for each in found] == [ENTRY, ENTRY]


def test_what_a_batch_leaves_out_is_asked_for_again(stub: Stubber) -> None:
    """An answer holds 16 MB; as long as something comes, the rest is asked for."""
    stub.add_response("query", {"Items": [place(n) for n in range(5)]}, QUERY)
    for n in range(5):
        left = {TABLE: {"Keys": [place(each) for each in range(n + 1, 5)], "ConsistentRead": True}}
        stub.add_response(
            "batch_get_item",
            {
                "Responses": {TABLE: [decision_item(n)]},
                "UnprocessedKeys": left if n < 4 else {},
            },
            None if n == 0 else batch_of(*range(n, 5)),
        )

    found = ledger_of(stub).decided_on(NOW.date())

    assert len(found) == 5


def test_a_batch_that_stays_empty_may_be_read_later(stub: Stubber) -> None:
    """It is throttled: three answers without an item are enough, and half a day is no answer."""
    stub.add_response("query", {"Items": [place(0)]}, QUERY)
    for _ in range(3):
        stub.add_response(
            "batch_get_item",
            {"Responses": {}, "UnprocessedKeys": batch_of(0)["RequestItems"]},
            batch_of(0),
        )

    with pytest.raises(LedgerUnavailable) as unavailable:
        ledger_of(stub).decided_on(NOW.date())

    assert str(unavailable.value) == (
        f"cannot look for decisions of decision_day 2026-11-21 in the table {TABLE}: "
        "DynamoDB left 1 entries out 3 times; try again"
    )


def test_a_decision_that_the_table_does_not_have_is_no_decision_less(stub: Stubber) -> None:
    """Somebody took it out by hand: that is told, and not that there were fewer."""
    stub.add_response("query", {"Items": [place(0), place(1)]}, QUERY)
    stub.add_response("batch_get_item", {"Responses": {TABLE: [decision_item(0)]}})

    with pytest.raises(LedgerRefused, match=r"entry 1 of .* is in the index .* and not in the tab"):
        ledger_of(stub).decided_on(NOW.date())


@pytest.mark.parametrize(
    ("code", "status", "kind", "told"),
    [
        ("ThrottlingException", 400, LedgerUnavailable, "try again"),
        ("InternalServerError", 500, LedgerUnavailable, "try again"),
        (
            "AccessDeniedException",
            400,
            LedgerRefused,
            "allow dynamodb:BatchGetItem on the table and dynamodb:Query on its indexes",
        ),
        ("ValidationException", 400, LedgerRefused, "deploy recgate's template.yaml again"),
    ],
)
def test_an_index_that_does_not_answer_says_what_to_do(
    stub: Stubber, code: str, status: int, kind: type[Exception], told: str
) -> None:
    """A table from before the indexes is refused with ValidationException."""
    stub.add_client_error("query", code, "no such index", http_status_code=status)

    with pytest.raises(kind, match=told):
        ledger_of(stub).find("0123456789ab")


def test_a_table_without_indexes_says_what_to_do(aws: LocalAws) -> None:
    """One that an earlier template made."""
    aws.reset()
    client = aws.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "stream", "KeyType": "HASH"},
            {"AttributeName": "position", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "stream", "AttributeType": "S"},
            {"AttributeName": "position", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(LedgerRefused, match=f"the table {TABLE}: DynamoDB says "):
        DynamoDbLedger(client, TABLE).decided_on(NOW.date())
