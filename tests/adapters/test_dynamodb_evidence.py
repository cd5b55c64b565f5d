"""What the DynamoDB ledger hands over to whoever checks it, whatever somebody did to the table."""

import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.dialect.ledger_item import READ_BYTES_MAX
from recgate.domain.link import Head
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.evidence_ports import StoredEntry, StoredLink
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable
from tests.adapters.chained_table import everything
from tests.adapters.stubbed_ledger import (
    ENTRY,
    ITEM,
    STREAM,
    TABLE,
    get,
    key,
    ledger_of,
)
from tests.builders import NOW

SEAL = Seal(
    Signature("arn:aws:kms:eu-west-1:111122223333:key/k", b"\x30\x01"),
    sealed_at="2026-11-21T06:33:00.000000+00:00",
    archived_as="records/local/000000000001.json",
    version="v1",
)
SEALED = {
    "seal_key": {"S": "arn:aws:kms:eu-west-1:111122223333:key/k"},
    "seal_signature": {"B": b"\x30\x01"},
    "sealed_at": {"S": "2026-11-21T06:33:00.000000+00:00"},
    "archived_as": {"S": "records/local/000000000001.json"},
    "archived_version": {"S": "v1"},
}


def bend(table: Any, item: dict[str, Any], **attributes: Any) -> None:
    """Replace attributes of an item by hand; None takes one away."""
    bent = {name: value for name, value in (item | attributes).items() if value is not None}
    table.put_item(TableName=TABLE, Item=bent)


# --- entries -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bent", "told"),
    [
        ({"kind": None, "key": None}, {"kind": "", "key": ""}),
        ({"kind": {"N": "1"}, "key": {"B": b"k"}}, {"kind": "", "key": ""}),
        ({"recorded_at": None}, {"recorded_at": ""}),
        ({"recorded_at": {"S": "noon"}}, {"recorded_at": "noon"}),
        ({"body": None}, {"body": b""}),
        ({"body": {"S": "{}"}}, {"body": b""}),
        ({"body": {"B": b"not compressed"}}, {"body": b"not compressed"}),
        ({"body": {"B": zlib.compress(b"{}") + b"x"}}, {"body": zlib.compress(b"{}") + b"x"}),
        ({"body": {"B": zlib.compress(b"{}")[:-1]}}, {"body": zlib.compress(b"{}")[:-1]}),
        ({"body": {"B": zlib.compress(b'{"verdict":')}}, {"body": b'{"verdict":'}),
        ({"chain": None}, {"chain": None}),
        ({"chain": {"N": "1"}}, {"chain": ""}),
        ({"sequence": None}, {"sequence": None}),
        ({"sequence": {"S": "1"}}, {"sequence": None}),
        ({"sequence": {"N": "1.5"}}, {"sequence": -1}),
        ({"sequence": {"N": "1E125"}}, {"sequence": 10**125}),
    ],
)
def test_an_entry_bent_by_hand_is_handed_over_as_it_is(
    table: Any, bent: dict[str, Any], told: dict[str, Any]
) -> None:
    """What is not there is empty, and what cannot be unpacked is given packed: nothing is judged
    here, and nothing is hidden.
    """
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)
    whole = StoredEntry(
        STREAM,
        0,
        kind="decision",
        key="k1",
        recorded_at="2026-11-21T06:32:00.000000+00:00",
        body=b'{"verdict":"PASS"}',
        chain="local",
        sequence=1,
    )
    assert list(ledger.every_entry()) == [whole]
    item = table.get_item(**get(STREAM))["Item"]

    bend(table, item, **bent)

    expected = {name: getattr(whole, name) for name in StoredEntry.__slots__} | told
    assert list(ledger.every_entry()) == [StoredEntry(**expected)]
    assert ledger.entries([(STREAM, 0)]) == {(STREAM, 0): StoredEntry(**expected)}


def test_a_body_that_would_fill_the_memory_is_given_as_it_is(table: Any) -> None:
    """Four hundred megabytes of nothing fit into an item."""
    packing = zlib.compressobj(9)
    bomb = b"".join(packing.compress(bytes(2**20)) for _ in range(390)) + packing.flush()
    bend(table, ITEM, body={"B": bomb})
    ledger = DynamoDbLedger(table, TABLE)

    tracemalloc.start()
    try:
        (found,) = ledger.every_entry()
        with pytest.raises(LedgerRefused, match="cannot be read"):
            ledger.read(STREAM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.body == bomb
    assert peak < 3 * READ_BYTES_MAX


def test_what_the_ledger_keeps_of_its_chains_is_no_entry(table: Any) -> None:
    """Neither in the scan, nor at its place, nor as a stream."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)
    ledger.move_sealed("local", Head(1, "d" * 64))
    own = [("chain:local", 1), ("chain-head:local", 0), ("chain-sealed:local", 0), ("chains", 0)]
    assert {(item["stream"]["S"], int(item["position"]["N"])) for item in everything(table)} == {
        (STREAM, 0),
        *own,
    }

    assert [each.stream for each in ledger.every_entry()] == [STREAM]
    assert ledger.entries(own) == {}
    for stream, _ in own:
        assert list(ledger.read(stream)) == []
        with pytest.raises(LedgerRefused, match="kept for chains"):
            ledger.append(stream, 0, ENTRY)


def test_more_places_than_one_question_takes_are_asked_in_several(table: Any) -> None:
    """A hundred at once, each once."""
    ledger = DynamoDbLedger(table, TABLE)
    items = [ITEM | key(STREAM, n) for n in range(130)]
    for item in items:
        table.put_item(TableName=TABLE, Item=item)

    found = ledger.entries((STREAM, n % 130) for n in range(260))

    assert set(found) == {(STREAM, n) for n in range(130)}


# --- links and heads -----------------------------------------------------------------------


@pytest.mark.parametrize("link", [None, {"S": "{}"}, {"M": {}}])
def test_a_link_without_its_bytes_is_handed_over_empty(table: Any, link: Any) -> None:
    """Its place is known all the same."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)

    bend(table, key("chain:local", 1), link=link)

    assert list(ledger.links("local")) == [StoredLink("local", 1, b"", None)]


@pytest.mark.parametrize(
    ("bent", "seal"),
    [
        ({}, SEAL),
        (
            {"seal_signature": None},
            Seal(Signature(SEAL.signature.key_id, b""), SEAL.sealed_at, SEAL.archived_as, "v1"),
        ),
        (
            {"seal_key": {"N": "1"}, "sealed_at": None, "archived_as": {"B": b"x"}},
            Seal(Signature("", b"\x30\x01"), "", "", "v1"),
        ),
        (dict.fromkeys(SEALED), None),
    ],
)
def test_a_seal_bent_by_hand_is_handed_over_as_it_is(
    table: Any, bent: dict[str, Any], seal: Seal | None
) -> None:
    """As long as anything is left of it, there is one."""
    table.put_item(
        TableName=TABLE,
        Item={
            name: value
            for name, value in (
                key("chain:local", 1) | {"link": {"B": b"x"}} | SEALED | bent
            ).items()
            if value is not None
        },
    )

    assert list(DynamoDbLedger(table, TABLE).links("local")) == [StoredLink("local", 1, b"x", seal)]


def test_links_are_read_page_by_page_as_they_are_asked_for(stub: Stubber) -> None:
    """Consistently, from the first that is wanted on; nothing is read ahead."""
    query = {
        "TableName": TABLE,
        "KeyConditionExpression": "#stream = :stream AND #position >= :first",
        "ExpressionAttributeNames": {"#stream": "stream", "#position": "position"},
        "ExpressionAttributeValues": {":stream": {"S": "chain:local"}, ":first": {"N": "7"}},
        "ConsistentRead": True,
    }
    items = [key("chain:local", n) | {"link": {"B": b"%d" % n}} for n in (7, 8)]
    last = key("chain:local", 7)
    stub.add_response("query", {"Items": items[:1], "LastEvaluatedKey": last}, query)

    links = ledger_of(stub).links("local", 7)

    assert next(links) == StoredLink("local", 7, b"7", None)
    stub.assert_no_pending_responses()
    stub.add_response("query", {"Items": items[1:]}, query | {"ExclusiveStartKey": last})
    assert list(links) == [StoredLink("local", 8, b"8", None)]


def test_a_scan_that_breaks_off_is_no_end(stub: Stubber) -> None:
    """Half of the entries would look like all of them."""
    last = key(STREAM, 0)
    stub.add_response("scan", {"Items": [ITEM], "LastEvaluatedKey": last})
    stub.add_client_error("scan", "ProvisionedThroughputExceededException")

    entries = ledger_of(stub).every_entry()

    assert next(entries).stream == STREAM
    with pytest.raises(LedgerUnavailable, match=r"cannot read the entries .*try again"):
        next(entries)


@pytest.mark.parametrize(
    ("stored", "head"),
    [
        ({"sequence": {"N": "3"}, "digest": {"S": "d"}}, Head(3, "d")),
        ({}, Head(0, "")),
        ({"sequence": {"S": "3"}, "digest": {"B": b"d"}}, Head(0, "")),
        ({"sequence": {"N": "-3"}}, Head(-3, "")),
    ],
)
def test_a_head_is_handed_over_as_it_is(table: Any, stored: dict[str, Any], head: Head) -> None:
    """That of the chain, and that of what is sealed of it."""
    ledger = DynamoDbLedger(table, TABLE)
    table.put_item(TableName=TABLE, Item=key("chain-head:local", 0) | stored)
    table.put_item(TableName=TABLE, Item=key("chain-sealed:local", 0) | stored)

    assert ledger.head("local") == head
    assert ledger.sealed_to("local") == head


# --- which chains there are ----------------------------------------------------------------


@pytest.mark.parametrize("listed", [None, {"S": "local"}, {"SS": ["nobody's", "x" * 2040]}])
def test_the_chain_of_the_home_is_known_without_the_list(table: Any, listed: Any) -> None:
    """Somebody may take the list away, or put names on it that no chain has."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)

    bend(table, key("chains", 0), names=listed)

    assert list(ledger.chains()) == ["local"]


def test_a_chain_without_a_head_is_one_as_long_as_it_has_a_link(table: Any) -> None:
    """Whoever takes the head away does not make the chain disappear."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, ENTRY)

    table.delete_item(TableName=TABLE, Key=key("chain-head:local", 0))

    assert list(ledger.chains()) == ["local"]
    assert ledger.head("local") is None


# --- seals ---------------------------------------------------------------------------------


def test_a_seal_is_kept_beside_its_link_on_condition_that_there_is_none(stub: Stubber) -> None:
    """One call; the link itself is not touched."""
    names = [*SEALED]
    stub.add_response(
        "update_item",
        {},
        {
            "TableName": TABLE,
            "Key": key("chain:local", 1),
            "UpdateExpression": "SET #seal_key = :seal_key, #sealed_at = :sealed_at, "
            "#archived_as = :archived_as, #archived_version = :archived_version, "
            "#seal_signature = :seal_signature",
            "ConditionExpression": "attribute_exists(#stream) "
            "AND attribute_not_exists(#seal_signature)",
            "ExpressionAttributeNames": {f"#{name}": name for name in [*names, "stream"]},
            "ExpressionAttributeValues": {f":{name}": SEALED[name] for name in names},
        },
    )

    ledger_of(stub).keep_seal("local", 1, SEAL)


@pytest.mark.parametrize("code", ["TransactionConflictException", "ThrottlingException"])
def test_a_seal_that_cannot_be_kept_now_is_kept_later(stub: Stubber, code: str) -> None:
    """Whoever seals comes again in a minute."""
    stub.add_client_error("update_item", code)
    stub.add_client_error("update_item", code)

    with pytest.raises(LedgerUnavailable, match=r"cannot keep the seal of link 1 .*try again"):
        ledger_of(stub).keep_seal("local", 1, SEAL)
    with pytest.raises(LedgerUnavailable, match=r"cannot move up to where chain local .*try again"):
        ledger_of(stub).move_sealed("local", Head(1, "d" * 64))


@pytest.mark.parametrize("bent", [{"sequence": {"S": "9"}}, {"digest": {"S": "d"}}])
def test_a_mark_that_says_nothing_does_not_stop_the_sealing(
    table: Any, bent: dict[str, Any]
) -> None:
    """It would be worked from the beginning every minute for ever."""
    ledger = DynamoDbLedger(table, TABLE)
    table.put_item(TableName=TABLE, Item=key("chain-sealed:local", 0) | bent)

    ledger.move_sealed("local", Head(3, "3" * 64))

    assert ledger.sealed_to("local") == Head(3, "3" * 64)


# --- by model ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["m" * 3000, "é" * 1025, "m\ud800", "sha256:x", " "])
def test_a_model_of_any_name_is_recorded_and_found(table: Any, model: str) -> None:
    """Also one that is no key of an index; another one that looks like it is not found."""
    ledger = DynamoDbLedger(table, TABLE)
    about = Entry("decision", "k", NOW, {"job": {"model_name": model}})
    ledger.append(STREAM, 0, about)
    item = table.get_item(**get(STREAM))["Item"]
    stored = item["decision_model"]["S"]

    found = ledger.of_model(model)

    assert [each.entry for each in found] == [about]
    assert stored == model or list(ledger.of_model(stored)) == []


def test_decisions_about_a_model_are_asked_of_the_index(stub: Stubber) -> None:
    """Both ends in the question: what lies outside is not read."""
    query = {
        "TableName": TABLE,
        "IndexName": "decisions-by-model",
        "KeyConditionExpression": "decision_model = :value "
        "AND recorded_at BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":value": {"S": "ranker"},
            ":first": {"S": "2026-11-21T06:32:00.000000+00:00"},
            ":last": {"S": "2026-11-22T06:32:00.000000+00:00"},
        },
    }
    stub.add_response("query", {"Items": []}, query)

    found = ledger_of(stub).of_model("ranker", since=NOW, until=NOW + timedelta(days=1))

    assert list(found) == []


@pytest.mark.parametrize("until", [NOW - timedelta(seconds=1), datetime.min.replace(tzinfo=UTC)])
def test_a_time_that_ends_before_it_begins_is_empty(stub: Stubber, until: datetime) -> None:
    """DynamoDB would call it a mistake."""
    assert list(ledger_of(stub).of_model("ranker", since=NOW, until=until)) == []


def test_an_index_that_is_not_there_yet_is_named(stub: Stubber) -> None:
    """A table of an earlier template."""
    stub.add_client_error("query", "ValidationException", "no such index", http_status_code=400)

    with pytest.raises(LedgerRefused, match=r"decisions-by-model: deploy recgate's template"):
        ledger_of(stub).of_model("ranker")
