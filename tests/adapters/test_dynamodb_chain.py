"""The chains of the DynamoDB ledger: nothing twice, no gap, whoever writes and whatever is lost."""

import threading
import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.link import Head, link_from, sha256
from recgate.domain.record_id import made_at
from recgate.ports import Entry, LedgerRefused, LedgerUnavailable, PositionTaken
from tests.adapters.chained_table import entry, everything, whole_chain
from tests.adapters.dynamodb_gate import first, forgetful_gate
from tests.adapters.stubbed_ledger import (
    BEFORE,
    DIGEST,
    ENTRY,
    FAILED,
    FIRST,
    FIRST_OF_ALL,
    HEAD,
    ITEM,
    LATER,
    LINKED,
    NAME,
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
    the_head,
)
from tests.builders import NOW
from tests.servers.aws import aws_client

ARN = "arn:aws:sagemaker:us-east-1:444455556666:inference-recommendations-job/ranker"


def sent(stub: Stubber) -> list[dict[str, Any]]:
    """The transactions that are sent from now on."""
    heard: list[dict[str, Any]] = []
    client: Any = stub.client
    client.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: heard.append(params),
    )
    return heard


def goes_on_from(transaction: dict[str, Any]) -> tuple[str, str]:
    """Behind which link a transaction wants to write, and what it says of that one's digest."""
    (update,) = (
        each["Update"]
        for each in transaction["TransactItems"]
        if each.get("Update", {}).get("Key", {}).get("stream") == {"S": "chain-head:local"}
    )
    values = update["ExpressionAttributeValues"]
    return values[":before"]["N"], values[":previous"]["S"]


# --- a lost race ---------------------------------------------------------------------------


def test_whoever_loses_the_race_goes_on_from_the_head_that_is_shown(stub: Stubber) -> None:
    """Without another question; with another token, for it is another transaction."""
    tokens = iter([OURS, THEIRS])
    the_head(stub, 40)
    heard = sent(stub)
    cancelled(stub, FIRST, {HEAD: FAILED}, {HEAD: head_item(43, "e" * 64)})
    stub.add_response("transact_write_items", {})

    ledger_of(stub, new_write_id=lambda: next(tokens)).append(STREAM, 0, ENTRY)

    assert [goes_on_from(each) for each in heard] == [("40", "d" * 64), ("43", "e" * 64)]
    assert [each["ClientRequestToken"] for each in heard] == [OURS, THEIRS]
    written = [each["TransactItems"][0]["Put"]["Item"] for each in heard]
    assert [item["write_id"]["S"] for item in written] == [OURS, OURS]
    assert [item["sequence"]["N"] for item in written] == ["41", "44"]


@pytest.mark.parametrize("there", [43, 0])
def test_a_head_that_is_not_shown_is_read(stub: Stubber, there: int) -> None:
    """It may be gone altogether: then the chain is begun, if it has no link."""
    the_head(stub, 40)
    cancelled(stub, FIRST, {HEAD: FAILED})
    the_head(stub, there)
    heard = sent(stub)
    stub.add_response("transact_write_items", {})

    ledger_of(stub).append(STREAM, 0, ENTRY)

    assert heard[-1]["TransactItems"][0]["Put"]["Item"]["sequence"] == {"N": str(there + 1)}


def test_a_head_that_was_shown_a_while_ago_is_read_again(stub: Stubber) -> None:
    """Others have written meanwhile: a transaction that fails costs more than the question."""
    waits: list[float] = []
    the_head(stub, 40)
    cancelled(stub, FIRST, {HEAD: FAILED}, {HEAD: head_item(43)})
    the_head(stub, 60)
    heard = sent(stub)
    stub.add_response("transact_write_items", {})
    half_and_more = b"\x90\x00\x00\x00"

    ledger_of(
        stub, pause=waits.append, entropy=lambda n: half_and_more if n == 4 else bytes(n)
    ).append(STREAM, 0, ENTRY)

    assert goes_on_from(heard[-1]) == ("60", "d" * 64)
    assert waits == [0.005625]


@pytest.mark.parametrize("part", [PUT, LINKED, HEAD, NAME])
@pytest.mark.parametrize(
    "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_what_is_in_the_way_for_a_moment_is_waited_for(stub: Stubber, code: str, part: str) -> None:
    """Two at once on the same item: neither is known to have written, so the end is asked for."""
    the_head(stub)
    cancelled(stub, FIRST_OF_ALL, {part: code})
    the_head(stub, 7)
    stub.add_response("transact_write_items", {})

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


def test_a_repetition_that_overtakes_the_first_is_waited_for(stub: Stubber) -> None:
    """And then finds what the first one wrote."""
    the_head(stub)
    stub.add_client_error("transact_write_items", "TransactionInProgressException")
    the_head(stub, 1, DIGEST)
    cancelled(stub, FIRST, {PUT: FAILED}, {PUT: ITEM})

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


def test_a_place_that_was_taken_in_the_race_is_told_at_once(stub: Stubber) -> None:
    """The caller has to read the stream; where the chain goes on does not help it."""
    theirs = ITEM | {"write_id": {"S": THEIRS}}
    the_head(stub, 40)
    cancelled(
        stub,
        LATER,
        {PUT: FAILED, LINKED: FAILED, HEAD: FAILED},
        {PUT: theirs, HEAD: head_item(41)},
    )

    with pytest.raises(PositionTaken, match="is there already; read the stream again"):
        ledger_of(stub).append(STREAM, 1, ENTRY)


def test_whoever_lost_a_place_asks_where_the_chain_ends(stub: Stubber) -> None:
    """Others have moved it on: what was remembered would only lose the next race."""
    the_head(stub, 40)
    ledger, heard = ledger_of(stub), sent(stub)
    cancelled(stub, LATER, {PUT: FAILED}, {PUT: ITEM | {"write_id": {"S": THEIRS}}})
    with pytest.raises(PositionTaken):
        ledger.append(STREAM, 1, ENTRY)
    the_head(stub, 44)
    stub.add_response("transact_write_items", {})
    ledger.append(STREAM, 2, ENTRY)
    cancelled(stub, LATER, {PUT: FAILED}, {PUT: ITEM | {"write_id": {"S": THEIRS}}})
    with pytest.raises(PositionTaken):
        ledger.append(STREAM, 3, ENTRY)

    the_head(stub, 50)
    stub.add_response("transact_write_items", {})
    ledger.append(STREAM, 4, ENTRY)

    assert [goes_on_from(each)[0] for each in heard] == ["40", "44", "45", "50"]


@pytest.mark.parametrize("other", [{BEFORE: FAILED}, {NAME: "ValidationError"}])
def test_a_place_that_is_taken_is_told_whatever_else_is_wrong(
    stub: Stubber, other: dict[str, str]
) -> None:
    """The entry before it may have been taken away since: reading the stream says so."""
    the_head(stub)
    theirs = ITEM | {"write_id": {"S": THEIRS}}
    cancelled(stub, (BEFORE, *FIRST_OF_ALL), {PUT: FAILED, **other}, {PUT: theirs})

    with pytest.raises(PositionTaken):
        ledger_of(stub).append(STREAM, 1, ENTRY)


def test_forty_lost_races_are_enough(stub: Stubber) -> None:
    """The entry goes back to whoever brought it, with the reason."""
    the_head(stub, 40)
    for n in range(40):
        cancelled(stub, FIRST, {HEAD: FAILED}, {HEAD: head_item(41 + n)})

    with pytest.raises(LedgerUnavailable) as given_up:
        ledger_of(stub).append(STREAM, 0, ENTRY)

    assert str(given_up.value) == (
        f"cannot write entry 0 (decision) of '{STREAM}' in the table {TABLE}: others were in the "
        "way of 40 tries, with 0.0 s of waits between them (the last time: the head of the chain "
        "has changed; chain local); try again"
    )


def test_the_waits_grow_and_end_after_ten_seconds(stub: Stubber) -> None:
    """The longest that each can be: doubled from ten milliseconds to half a second."""
    waits: list[float] = []
    the_head(stub, 40)
    for n in range(25):
        cancelled(stub, FIRST, {HEAD: "TransactionConflict"})
        if n < 24:
            the_head(stub, 40)

    with pytest.raises(LedgerUnavailable, match=r"of 25 tries, with 9\.6 s .*TransactionConflict"):
        ledger_of(stub, pause=waits.append, entropy=lambda n: b"\xff" * n).append(STREAM, 0, ENTRY)

    assert [round(wait, 3) for wait in waits[:7]] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5]
    assert (len(waits), max(waits) <= 0.5, 9.5 < sum(waits) <= 10) == (24, True, True)


@pytest.mark.parametrize("streams", ["one", "many"])
def test_twenty_writers_make_one_chain(table: Any, streams: str) -> None:
    """Each has a ledger of its own, as functions have; every record is there once."""
    writers, each = 20, 3 if streams == "many" else 2
    start = threading.Barrier(writers)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        ledger = DynamoDbLedger(table, TABLE, pause=lambda seconds: time.sleep(seconds / 10))
        try:
            start.wait(timeout=30)
            for n in range(each):
                made = entry(f"{writer}.{n}")
                if streams == "many":
                    ledger.append(f"effect:{writer}", n, made)
                else:
                    append_at_the_end(ledger, STREAM, made)
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    ledger = DynamoDbLedger(table, TABLE)
    assert failures == []
    assert whole_chain(ledger) == writers * each
    keys = sorted(stored.key for stored in ledger.every_entry())
    assert keys == sorted(f"{writer}.{n}" for writer in range(writers) for n in range(each))


def append_at_the_end(ledger: DynamoDbLedger, stream: str, made: Entry) -> None:
    for _ in range(1000):
        try:
            ledger.append(stream, len(ledger.read(stream)), made)
        except PositionTaken:
            continue
        return
    pytest.fail("a thousand times somebody was faster")


# --- answers that are lost -----------------------------------------------------------------


def test_a_lost_answer_is_not_written_again_behind_others(table: Any) -> None:
    """The write is done, its answer is lost, others go on; then the client repeats the write."""
    direct = DynamoDbLedger(table, TABLE)
    direct.append(STREAM, 0, entry("first"))

    def others() -> None:
        for n in range(3):
            direct.append("effect:other", n, entry(f"other {n}"))

    with (
        forgetful_gate(
            table.meta.endpoint_url, forgets=first(1, "TransactWriteItems"), meanwhile=others
        ) as (url, seen),
        closing(retrying(url)) as client,
    ):
        ledger = DynamoDbLedger(client, TABLE)
        ledger.append(STREAM, 1, entry("lost"))
        ledger.append(STREAM, 2, entry("after"))

    twice = ["TransactWriteItems"] * 2
    assert seen == ["GetItem", *twice, "GetItem", "TransactWriteItems"]
    assert [each.key for each in direct.read(STREAM)] == ["first", "lost", "after"]
    assert whole_chain(direct) == 6


def test_a_lost_answer_that_nobody_asks_for_again_is_unavailable_and_written(table: Any) -> None:
    """As it was promised: read the stream again. The next append goes on from there."""
    direct = DynamoDbLedger(table, TABLE)
    with (
        forgetful_gate(table.meta.endpoint_url, forgets=first(1, "TransactWriteItems")) as (url, _),
        closing(aws_client("dynamodb", url)) as client,
    ):
        ledger = DynamoDbLedger(client, TABLE)
        with pytest.raises(LedgerUnavailable, match="try again"):
            ledger.append(STREAM, 0, entry("lost"))
        with pytest.raises(PositionTaken):
            ledger.append(STREAM, 0, entry("lost"))
        ledger.append(STREAM, 1, entry("after"))

    assert [each.key for each in direct.read(STREAM)] == ["lost", "after"]
    assert whole_chain(direct) == 2


def test_a_lost_answer_about_the_head_writes_nothing(table: Any) -> None:
    """The question comes before the write."""
    direct = DynamoDbLedger(table, TABLE)
    with (
        forgetful_gate(table.meta.endpoint_url, forgets=first(1, "GetItem")) as (url, seen),
        closing(aws_client("dynamodb", url)) as client,
        pytest.raises(LedgerUnavailable, match="try again"),
    ):
        DynamoDbLedger(client, TABLE).append(STREAM, 0, entry())

    assert (seen, whole_chain(direct)) == (["GetItem"], 0)


def test_every_second_answer_lost_loses_and_doubles_nothing(table: Any) -> None:
    """Whatever they were about."""
    number = iter(range(10_000))
    direct = DynamoDbLedger(table, TABLE)
    with (
        forgetful_gate(table.meta.endpoint_url, forgets=lambda _: next(number) % 2 == 0) as (
            url,
            _,
        ),
        closing(retrying(url)) as client,
    ):
        ledger = DynamoDbLedger(client, TABLE)
        for n in range(6):
            ledger.append(STREAM, n, entry(n))
            direct.append("effect:other", n, entry(f"other {n}"))

    assert [each.key for each in direct.read(STREAM)] == ["0", "1", "2", "3", "4", "5"]
    assert whole_chain(direct) == 12


def retrying(url: str) -> Any:
    return aws_client("dynamodb", url, retries={"total_max_attempts": 2, "mode": "legacy"})


# --- chains and clocks ---------------------------------------------------------------------


def test_a_job_is_chained_with_its_account_and_everything_else_at_home(table: Any) -> None:
    """Each chain counts for itself."""
    ledger = DynamoDbLedger(table, TABLE, home="111122223333/eu-west-1")

    ledger.append(f"job:{ARN}", 0, entry())
    ledger.append("effect:x", 0, entry())
    ledger.append(f"job:{ARN}", 1, entry())
    ledger.append("job:a recorded file", 0, entry())

    assert list(ledger.chains()) == ["111122223333/eu-west-1", "444455556666/us-east-1"]
    assert [whole_chain(ledger, chain) for chain in ledger.chains()] == [2, 2]


def test_a_clock_that_goes_backwards_breaks_no_chain(table: Any) -> None:
    """The records say what the clocks said, in the order in which they were written."""
    times = [NOW, NOW - timedelta(days=2), NOW - timedelta(days=40_000)]
    ledger = DynamoDbLedger(table, TABLE)

    for position, at in enumerate(times):
        ledger.append(STREAM, position, Entry("snapshot", "k", at, {}))

    assert whole_chain(ledger) == 3
    links = [link_from(stored.document) for stored in ledger.links("local")]
    assert [link.at for link in links] == times
    assert [made_at(link.id).year for link in links] == [2026, 2026, 1970]


@pytest.mark.parametrize("account", ["x", "1" * 2040])
def test_a_chain_that_could_have_no_name_is_no_key(stub: Stubber, account: str) -> None:
    """A home is configured by people."""
    ledger = ledger_of(stub, home="" if account == "x" else account)

    with pytest.raises(LedgerRefused, match="no chain can have the name"):
        ledger.append("effect:x", 0, entry())


# --- restored, or changed by hand ----------------------------------------------------------


def test_a_head_older_than_the_links_overwrites_none(table: Any) -> None:
    """A ledger restored in part: it is said what happened and what to ask; nothing is written."""
    ledger = DynamoDbLedger(table, TABLE)
    for n in range(3):
        ledger.append(STREAM, n, entry(n))
    second = next(ledger.links("local", 2))
    table.put_item(TableName=TABLE, Item=head_item(2, sha256(second.document)))
    before = everything(table)

    for restored in (ledger, DynamoDbLedger(table, TABLE)):
        with pytest.raises(LedgerRefused) as refused:
            restored.append("effect:x", 0, entry())
        assert str(refused.value) == (
            f"cannot write entry 0 (snapshot) of 'effect:x' in the table {TABLE}: chain local has "
            "a link 3 already and ends at 2: the ledger was restored from a backup or changed by "
            "hand. Nothing was written; `recgate audit verify` tells more"
        )

    assert everything(table) == before


def test_a_head_taken_away_begins_no_second_chain(table: Any) -> None:
    """The links are still there."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, entry())
    table.delete_item(TableName=TABLE, Key=key("chain-head:local", 0))

    with pytest.raises(LedgerRefused, match="has a link 1 already and ends at 0: the ledger was"):
        ledger.append(STREAM, 1, entry())

    assert len(ledger.read(STREAM)) == 1


@pytest.mark.parametrize(
    "bent",
    [
        {"sequence": {"N": "1"}},
        {"sequence": {"S": "1"}, "digest": {"S": "d" * 64}},
        {"sequence": {"N": "0"}, "digest": {"S": "d" * 64}},
        {"sequence": {"N": "1"}, "digest": {"S": "short"}},
        {"sequence": {"N": "1"}, "digest": {"B": b"d" * 64}},
    ],
)
def test_a_head_that_no_version_wrote_is_not_gone_on_from(table: Any, bent: dict[str, Any]) -> None:
    """Also when the ledger was warm. What stands there is handed over to whoever checks."""
    ledger = DynamoDbLedger(table, TABLE)
    ledger.append(STREAM, 0, entry())
    table.put_item(TableName=TABLE, Item=key("chain-head:local", 0) | bent)

    for warm_or_not in (ledger, DynamoDbLedger(table, TABLE)):
        with pytest.raises(LedgerRefused, match="head of chain local cannot be read: the ledger"):
            warm_or_not.append(STREAM, 1, entry())

    assert len(ledger.read(STREAM)) == 1
    assert ledger.head("local") is not None


def test_a_warm_ledger_over_a_restored_table_goes_on_from_what_is_there(table: Any) -> None:
    """What it remembers is a guess; that records are gone is for the verification to find."""
    ledger = DynamoDbLedger(table, TABLE)
    for n in range(3):
        ledger.append(STREAM, n, entry(n))
    for item in everything(table):
        table.delete_item(TableName=TABLE, Key={n: item[n] for n in ("stream", "position")})
    DynamoDbLedger(table, TABLE).append(STREAM, 0, entry("restored"))

    ledger.append(STREAM, 1, entry("after"))

    assert whole_chain(ledger) == 2


@pytest.mark.parametrize("shown", [True, False])
def test_a_link_in_the_way_of_a_race_is_a_race(stub: Stubber, shown: bool) -> None:
    """DynamoDB may name one reason of several: only a head that stays is another matter."""
    the_head(stub, 40)
    codes = {LINKED: FAILED, HEAD: FAILED} if shown else {LINKED: FAILED}
    cancelled(stub, FIRST, codes, {HEAD: head_item(41)} if shown else None)
    if not shown:
        the_head(stub, 40)  # the winner is not quite done
        cancelled(stub, FIRST, codes)
        the_head(stub, 41)
    stub.add_response("transact_write_items", {})

    ledger_of(stub).append(STREAM, 0, ENTRY)

    stub.assert_no_pending_responses()


def test_what_was_written_is_asked_for_by_its_key(stub: Stubber) -> None:
    """The head is one item, read consistently."""
    stub.add_response("get_item", {"Item": head_item(3)}, get("chain-head:a/b"))

    assert ledger_of(stub).head("a/b") == Head(3, "d" * 64)
