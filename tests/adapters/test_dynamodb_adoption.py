"""Entries of before the chain: each gets its link once, whoever interrupts or writes meanwhile."""

import threading
import time
import zlib
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.canonical import canonical_json
from recgate.domain.link import Link, link_from
from recgate.domain.record_id import made_at
from recgate.ports import DecisionIndex, Entry, LedgerRefused, LedgerUnavailable
from tests.adapters.chained_table import entry, everything, whole_chain
from tests.adapters.dynamodb_gate import first, forgetful_gate
from tests.adapters.stubbed_ledger import (
    FAILED,
    FIRST_OF_ALL,
    PUT,
    STREAM,
    TABLE,
    cancelled,
    get,
    key,
    ledger_of,
    the_head,
)
from tests.builders import NOW
from tests.servers.aws import aws_client

ADOPTED_AT = NOW + timedelta(days=30)
PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/ranker/3"


def old_item(stream: str, position: int, made: Entry) -> dict[str, Any]:
    """The entry as the first version wrote it, without indexes."""
    body = canonical_json(made.body)
    return key(stream, position) | {
        "kind": {"S": made.kind},
        "key": {"S": made.key},
        "recorded_at": {"S": made.recorded_at.isoformat(timespec="microseconds")},
        "body": {"B": zlib.compress(body)},
        "body_bytes": {"N": str(len(body))},
        "write_id": {"S": f"{stream}-{position}"},
    }


def put_old(table: Any, stream: str, position: int, made: Entry, **more: Any) -> None:
    table.put_item(TableName=TABLE, Item=old_item(stream, position, made) | more)


def at(hours: int, n: object = 0) -> Entry:
    """An entry recorded so many hours later."""
    return Entry("snapshot", str(n), NOW + timedelta(hours=hours), {"n": str(n)})


def links(ledger: DynamoDbLedger) -> list[Link]:
    return [link_from(stored.document) for stored in ledger.links("local")]


def test_old_entries_are_linked_in_the_order_of_their_times(table: Any) -> None:
    """Then of their streams, then of their positions. Their links say since when they are."""
    put_old(table, "effect:b", 0, at(1))
    put_old(table, "effect:b", 1, at(1))
    put_old(table, "effect:a", 0, at(1))
    put_old(table, "effect:c", 0, at(0))
    ledger = DynamoDbLedger(table, TABLE)
    read = list(ledger.read("effect:b"))

    adopted = ledger.adopt(ADOPTED_AT)

    assert adopted == whole_chain(ledger) == 4
    assert [(link.stream, link.position) for link in links(ledger)] == [
        ("effect:c", 0),
        ("effect:a", 0),
        ("effect:b", 0),
        ("effect:b", 1),
    ]
    assert {link.adopted_at for link in links(ledger)} == {"2026-12-21T06:32:00.000000+00:00"}
    assert [made_at(link.id) for link in links(ledger)] == [link.at for link in links(ledger)]
    assert list(ledger.read("effect:b")) == read


def test_what_is_linked_is_not_adopted(table: Any) -> None:
    """Neither what this version wrote nor what was adopted already."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, entry("new"))
    put_old(table, "effect:old", 0, at(0))
    before = ledger.adopt(ADOPTED_AT)
    there = everything(table)

    again = ledger.adopt(ADOPTED_AT + timedelta(days=1))

    assert (before, again) == (1, 0)
    assert everything(table) == there
    assert [link.adopted_at != "" for link in links(ledger)] == [False, True]


def test_an_adopted_decision_is_found_as_every_other(table: Any) -> None:
    """By its day, its key and its model; what an item has of these already stays."""
    job = {"job": {"model_package_arn": PACKAGE}}
    early = Entry("decision", "ab" * 32, NOW, job)
    late = Entry("decision", "cd" * 32, NOW + timedelta(hours=1), job)
    put_old(table, STREAM, 0, early)
    put_old(table, STREAM, 1, late, decision_day={"S": "2026-11-21"})
    put_old(table, "effect:x", 0, Entry("decision", "ef" * 32, NOW, job))
    ledger: DecisionIndex = DynamoDbLedger(table, TABLE)

    assert isinstance(ledger, DynamoDbLedger)
    ledger.adopt(ADOPTED_AT)

    assert [each.entry for each in ledger.decided_on(NOW.date())] == [early, late]
    assert [each.entry for each in ledger.find("ab" * 6)] == [early]
    assert [each.entry for each in ledger.of_model("ranker")] == [early, late]


INDEXED = ("decision_day", "decision_id", "decision_model")


@pytest.mark.parametrize(
    "changes",
    [
        dict.fromkeys(INDEXED),
        *({name: None} for name in INDEXED),
        {"decision_day": {"S": "1999-01-01"}},
        {"decision_id": {"S": "0" * 12}},
        {"decision_model": {"S": "another"}},
        {"decision_model": {"N": "1"}},
    ],
    ids=repr,
)
def test_a_linked_decision_is_put_back_where_it_is_found(table: Any, changes: Any) -> None:
    """Whatever somebody did to what the indexes are of; the entry and its link stay."""
    ledger = DynamoDbLedger(table, TABLE)
    made = Entry("decision", "ab" * 32, NOW, {"job": {"model_package_arn": PACKAGE}})
    ledger.append(STREAM, 0, made)
    before = everything(table)
    item = table.get_item(TableName=TABLE, Key=key(STREAM, 0))["Item"] | changes
    table.put_item(TableName=TABLE, Item={n: value for n, value in item.items() if value})

    adopted = ledger.adopt(ADOPTED_AT)

    assert adopted == 0
    assert everything(table) == before
    assert [each.entry for each in ledger.decided_on(NOW.date())] == [made]
    assert [each.entry for each in ledger.of_model("ranker")] == [made]
    assert [each.entry for each in ledger.find("ab" * 6)] == [made]


def test_what_is_no_decision_is_taken_out_of_the_indexes(table: Any) -> None:
    """A decision without a model is taken out from under one, too."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, Entry("snapshot", "s", NOW, {}))
    ledger.append(STREAM, 1, Entry("decision", "cd" * 32, NOW, {}))
    before = everything(table)
    for position in (0, 1):
        item = table.get_item(TableName=TABLE, Key=key(STREAM, position))["Item"]
        item |= {name: {"S": "x"} for name in INDEXED}
        table.put_item(TableName=TABLE, Item=item)

    ledger.adopt(ADOPTED_AT)

    assert everything(table) == before


@pytest.mark.parametrize("bent", [{"body": {"B": b"x"}}, {"recorded_at": {"S": "noon"}}])
def test_a_linked_entry_that_cannot_be_read_stops_no_adoption(table: Any, bent: Any) -> None:
    """It stays as it is: recgate audit verify tells of it."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, Entry("decision", "ab" * 32, NOW, {}))
    item = table.get_item(TableName=TABLE, Key=key(STREAM, 0))["Item"] | bent
    table.put_item(TableName=TABLE, Item=item)
    put_old(table, "effect:old", 0, at(0))

    assert ledger.adopt(ADOPTED_AT) == 1
    assert table.get_item(TableName=TABLE, Key=key(STREAM, 0))["Item"] == item


def test_what_is_in_its_right_place_is_left_alone(stub: Stubber) -> None:
    """Nothing is written about it."""
    item = old_item(STREAM, 0, Entry("decision", "ab" * 32, NOW, {}))
    item |= {"chain": {"S": "local"}, "sequence": {"N": "1"}}
    item |= {"decision_day": {"S": "2026-11-21"}, "decision_id": {"S": "ab" * 6}}
    stub.add_response("scan", {"Items": [item]}, ANY_SCAN)

    assert ledger_of(stub).adopt(ADOPTED_AT) == 0


def test_an_entry_is_only_put_right_as_it_was_read(stub: Stubber) -> None:
    """What is changed meanwhile stays as it is."""
    item = old_item(STREAM, 0, Entry("decision", "ab" * 32, NOW, {"job": {"model_name": "m"}}))
    item |= {"chain": {"S": "local"}, "sequence": {"N": "1"}, "decision_day": {"S": "2026-11-21"}}
    stub.add_response("scan", {"Items": [item]}, ANY_SCAN)
    names = (*INDEXED, "kind", "key", "recorded_at", "body")
    update = {
        "TableName": TABLE,
        "Key": key(STREAM, 0),
        "UpdateExpression": "SET #decision_day = :new_decision_day, "
        "#decision_id = :new_decision_id, #decision_model = :new_decision_model",
        "ConditionExpression": "#kind = :kind AND #key = :key AND #recorded_at = :recorded_at "
        "AND #body = :body",
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {
            ":new_decision_day": {"S": "2026-11-21"},
            ":new_decision_id": {"S": "ab" * 6},
            ":new_decision_model": {"S": "m"},
            **{f":{name}": item[name] for name in names[3:]},
        },
    }
    stub.add_client_error("update_item", "ConditionalCheckFailedException", expected_params=update)

    assert ledger_of(stub).adopt(ADOPTED_AT) == 0


@pytest.mark.parametrize("done", [0, 1, 2])
def test_an_interrupted_adoption_is_gone_on_with(table: Any, done: int) -> None:
    """An answer is lost for good; what was written stays, and what was not comes next."""
    for n in range(4):
        put_old(table, "effect:old", n, at(n, n))
    number = iter(range(1000))

    def forgets(operation: str) -> bool:
        return operation == "TransactWriteItems" and next(number) == done

    with (
        forgetful_gate(table.meta.endpoint_url, forgets=forgets) as (url, _),
        closing(aws_client("dynamodb", url)) as client,
        pytest.raises(LedgerUnavailable, match=f"entry {done} .*try again"),
    ):
        DynamoDbLedger(client, TABLE).adopt(ADOPTED_AT)
    ledger = DynamoDbLedger(table, TABLE)

    assert ledger.adopt(ADOPTED_AT) == 4 - done - 1  # the one whose answer was lost is written
    assert whole_chain(ledger) == 4


def test_a_lost_answer_is_asked_for_again_and_counted(table: Any) -> None:
    """The repetition finds the entry linked: by this very adoption."""
    for n in range(3):
        put_old(table, "effect:old", n, at(n, n))
    with (
        forgetful_gate(table.meta.endpoint_url, forgets=first(2, "TransactWriteItems")) as (url, _),
        closing(
            aws_client("dynamodb", url, retries={"total_max_attempts": 4, "mode": "legacy"})
        ) as client,
    ):
        adopted = DynamoDbLedger(client, TABLE).adopt(ADOPTED_AT)

    assert adopted == whole_chain(DynamoDbLedger(table, TABLE)) == 3


def test_an_adoption_goes_on_beside_writers_and_other_adoptions(table: Any) -> None:
    """Every entry once, whoever linked it."""
    for n in range(12):
        put_old(table, f"effect:old {n % 3}", n // 3, at(n, n))
    start = threading.Barrier(4)
    adopted: list[int] = []
    failures: list[BaseException] = []

    def run(worker: int) -> None:
        ledger = DynamoDbLedger(table, TABLE, pause=lambda seconds: time.sleep(seconds / 10))
        try:
            start.wait(timeout=30)
            if worker < 2:
                adopted.append(ledger.adopt(ADOPTED_AT))
            else:
                for n in range(6):
                    ledger.append(f"effect:new {worker}", n, entry(n))
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert failures == []
    assert sum(adopted) == 12
    assert whole_chain(DynamoDbLedger(table, TABLE)) == 24


@pytest.mark.parametrize(
    "bent",
    [
        {"body": {"B": b"not compressed"}},
        {"body": {"B": zlib.compress(b'{"verdict": "PASS"}')}},
        {"body": {"S": "{}"}},
        {"recorded_at": {"S": "noon"}},
        {"recorded_at": {"S": "2026-11-21T06:32:00"}},
        {"kind": {"N": "1"}},
    ],
    ids=["no zlib", "not canonical", "text", "no time", "no zone", "no kind"],
)
def test_what_cannot_be_read_is_left_out_and_named(table: Any, bent: dict[str, Any]) -> None:
    """A link would say that it was recorded so. All others get theirs."""
    put_old(table, "effect:a", 0, at(0))
    put_old(table, "effect:b", 0, at(1), **bent)
    put_old(table, "effect:c", 0, at(2))
    ledger = DynamoDbLedger(table, TABLE)

    with pytest.raises(
        LedgerRefused,
        match=r"^2 entries were adopted, and 1 could not be. The first of them: entry 0 of "
        r"'effect:b' .* restore the table",
    ):
        ledger.adopt(ADOPTED_AT)

    assert [link.stream for link in links(ledger)] == ["effect:a", "effect:c"]


@pytest.mark.parametrize("there", [True, False])
def test_what_is_changed_while_it_is_adopted_is_left_out_and_named(
    stub: Stubber, there: bool
) -> None:
    """The link of what was read would not fit what is there."""
    item = old_item(STREAM, 0, at(0))
    changed = item | {"body": {"B": zlib.compress(b"{}")}}
    stub.add_response("scan", {"Items": [item]}, ANY_SCAN)
    stub.add_response("batch_get_item", {"Responses": {TABLE: [item]}})
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {PUT: FAILED}, {PUT: changed} if there else None)
    if not there:
        stub.add_response("get_item", {}, get(STREAM))

    with pytest.raises(LedgerRefused, match=r"^0 entries were .* changed or taken away by hand"):
        ledger_of(stub).adopt(ADOPTED_AT)


ANY_SCAN = {
    "TableName": TABLE,
    "ConsistentRead": True,
    "FilterExpression": "attribute_not_exists(#chain) OR #kind = :decision OR "
    "attribute_exists(#decision_day) OR attribute_exists(#decision_id) OR "
    "attribute_exists(#decision_model)",
    "ProjectionExpression": ANY,
    "ExpressionAttributeNames": ANY,
    "ExpressionAttributeValues": {":decision": {"S": "decision"}},
}


def test_an_entry_is_only_adopted_as_it_was_read(stub: Stubber) -> None:
    """On condition that it has no link and that nothing of what the link tells has changed."""
    item = old_item(STREAM, 0, Entry("decision", "ab" * 32, NOW, {"job": {"model_name": "m"}}))
    stub.add_response("scan", {"Items": [item]}, ANY_SCAN)
    stub.add_response("batch_get_item", {"Responses": {TABLE: [item]}})
    the_head(stub)
    names = {
        *("chain", "sequence", "adoption_id", "kind", "key", "recorded_at", "body"),
        *("decision_day", "decision_id", "decision_model"),
    }
    values = {
        ":chain": {"S": "local"},
        ":sequence": {"N": "1"},
        ":adoption_id": ANY,
        ":decision_day": {"S": "2026-11-21"},
        ":decision_id": {"S": "abababababab"},
        ":decision_model": {"S": "m"},
        **{f":{name}": item[name] for name in ("kind", "key", "recorded_at", "body")},
    }
    update = {
        "TableName": TABLE,
        "Key": key(STREAM, 0),
        "UpdateExpression": "SET #chain = :chain, #sequence = :sequence, "
        "#adoption_id = :adoption_id, #decision_day = if_not_exists(#decision_day, :decision_day), "
        "#decision_id = if_not_exists(#decision_id, :decision_id), "
        "#decision_model = if_not_exists(#decision_model, :decision_model)",
        "ConditionExpression": "attribute_not_exists(#chain) AND #kind = :kind AND #key = :key "
        "AND #recorded_at = :recorded_at AND #body = :body",
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": values,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    sent = {"TransactItems": [{"Update": update}, ANY, ANY, ANY], "ClientRequestToken": ANY}
    stub.add_response("transact_write_items", {}, sent)

    assert ledger_of(stub).adopt(ADOPTED_AT) == 1


def test_an_entry_that_would_become_too_large_is_left_out_and_named(stub: Stubber) -> None:
    """DynamoDB would refuse the whole transaction for it."""
    item = old_item(STREAM, 0, at(0)) | {"more": {"B": b"x" * (400 * 1024 - 250)}}
    stub.add_response("scan", {"Items": [item]}, ANY_SCAN)
    stub.add_response("batch_get_item", {"Responses": {TABLE: [item]}})

    with pytest.raises(LedgerRefused, match=r"^0 entries were .* DynamoDB takes 409600"):
        ledger_of(stub).adopt(ADOPTED_AT)


def test_an_adoption_at_no_time_in_utc_is_refused_before_anything() -> None:
    """A time without a zone would be taken for the machine's."""
    ledger: Any = DynamoDbLedger(None, TABLE)  # type: ignore[arg-type]

    with pytest.raises(LedgerRefused, match="has no time zone"):
        ledger.adopt(datetime(2026, 11, 21))  # noqa: DTZ001
