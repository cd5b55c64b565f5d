"""The promises of whatever finds recorded decisions."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol, cast

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.canonical import digest
from recgate.ports import DecisionIndex, Entry, Ledger, LedgerRefused, Recorded
from tests.builders import NOW
from tests.servers.aws import LocalAws, create_ledger_table

DAY = date(2026, 11, 21)
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
STREAM = f"job:{ARN}fraud-ranker-v14"
OTHER = "job:a recorded file"
DAWN = datetime(2026, 11, 21, tzinfo=UTC)

ONE_DECISION = """
import sys
from datetime import UTC, datetime
from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Entry
from tests.servers.aws import aws_client
kind, where, table, key = sys.argv[1:]
entry = Entry("decision", key, datetime(2026, 11, 21, 6, 32, tzinfo=UTC), {"by": "another"})
if kind == "sqlite":
    with SqliteLedger(where) as ledger:
        ledger.append("job:theirs", 0, entry)
else:
    client = aws_client("dynamodb", where)
    DynamoDbLedger(client, table).append("job:theirs", 0, entry)
    client.close()
"""


class IndexedLedger(Ledger, DecisionIndex, Protocol):
    """What both adapters are."""


@pytest.fixture
def index(ledger: Ledger) -> IndexedLedger:
    """The ledger of the contract tests, which is its own index."""
    return cast("IndexedLedger", ledger)


def key(n: object) -> str:
    return digest({"n": str(n)})


def decided(n: object, at: datetime = NOW, **body: Any) -> Entry:
    return Entry("decision", key(n), at, body)


def write(ledger: Ledger, stream: str, *entries: Entry) -> None:
    there = len(ledger.read(stream))
    for position, entry in enumerate(entries, start=there):
        ledger.append(stream, position, entry)


def test_a_day_without_decisions_is_empty(index: IndexedLedger) -> None:
    """A day is no error, and neither is a key that nobody recorded."""
    write(index, STREAM, decided(1))

    assert list(index.decided_on(DAY - timedelta(days=1))) == []
    assert list(index.decided_on(date.max)) == []
    assert list(index.find(key("nobody's"))) == []


def test_a_day_is_from_midnight_to_midnight_in_utc(index: IndexedLedger) -> None:
    """The first microsecond of it and the last, whatever zone the time was told in."""
    tick = timedelta(microseconds=1)
    here = timezone(timedelta(hours=-2))  # where it is still yesterday
    before, first = decided("before", DAWN - tick), decided("first", DAWN.astimezone(here))
    last = decided("last", DAWN + timedelta(days=1) - tick)
    after = decided("after", DAWN + timedelta(days=1))
    write(index, STREAM, before, first, last, after)

    days = [index.decided_on(DAY + timedelta(days=n)) for n in (-1, 0, 1)]

    found = [[each.entry.key for each in day] for day in days]
    assert found == [[before.key], [first.key, last.key], [after.key]]


def test_decisions_come_whole_and_in_the_order_of_their_times(index: IndexedLedger) -> None:
    """Not in the order of their streams or of their writing."""
    late, early = decided("late", NOW, verdict="FAIL"), decided("early", NOW - timedelta(hours=1))
    middle = decided("middle", NOW - timedelta(minutes=1), cost=1.5)
    write(index, STREAM, late, early)
    write(index, OTHER, middle)

    found = index.decided_on(DAY)

    assert list(found) == [
        Recorded(STREAM, early),
        Recorded(OTHER, middle),
        Recorded(STREAM, late),
    ]


def test_only_decisions_about_jobs_are_found(index: IndexedLedger) -> None:
    """Snapshots, audiences and claims have keys and times of that day, too."""
    others = [
        Entry("snapshot", key(1), NOW, {}),
        Entry("audience", key(1), NOW, {}),
        Entry("Decision", key(1), NOW, {}),
    ]
    write(index, STREAM, others[0], decided(1), *others[1:])
    write(index, f"effect:{key(1)}:slack", decided(1))
    write(index, "jobs:x", decided(1))

    assert [each.stream for each in index.decided_on(DAY)] == [STREAM]
    assert [each.stream for each in index.find(key(1))] == [STREAM]


@pytest.mark.parametrize("digits", [12, 13, 40, 63, 64])
def test_a_decision_is_found_by_the_beginning_of_its_key(index: IndexedLedger, digits: int) -> None:
    """Twelve digits are enough, and every further one has to be right."""
    write(index, STREAM, *(decided(n) for n in range(5)))
    wrong = "0" if key(3)[digits - 1] != "0" else "1"

    assert list(index.find(key(3)[:digits])) == [Recorded(STREAM, decided(3))]
    assert list(index.find(key(3)[: digits - 1] + wrong)) == []


def test_decisions_that_begin_alike_are_all_found(index: IndexedLedger) -> None:
    """Whoever asks has to choose; a longer beginning tells them apart."""
    alike = [
        Entry("decision", "a" * 12 + tail * 52, NOW + timedelta(seconds=n), {})
        for n, tail in enumerate("0f1")
    ]
    write(index, STREAM, *alike)

    assert [each.entry for each in index.find("a" * 12)] == alike
    assert [each.entry for each in index.find("a" * 12 + "f")] == [alike[1]]


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", "0" * 11, "0" * 65, "ABCDEF012345", "fraud-ranker", " 0123456789ab", "é" * 12],
)
def test_what_is_no_beginning_of_a_key_is_refused_in_words(
    index: IndexedLedger, wrong: str
) -> None:
    """It is said what would be one; nothing is looked for."""
    with pytest.raises(
        LedgerRefused, match=r"the first 12 to 64 digits of its key, in 0-9 and a-f"
    ):
        index.find(wrong)


def test_a_decision_whose_key_is_no_digest_is_found_by_its_day(index: IndexedLedger) -> None:
    """No entry is kept out of the ledger by how it would be found."""
    odd = Entry("decision", "k", NOW, {})
    none = Entry("decision", "", NOW, {})
    write(index, STREAM, odd, none)

    assert [each.entry for each in index.decided_on(DAY)] == [odd, none]


def test_a_day_of_many_large_decisions_is_found_whole(index: IndexedLedger) -> None:
    """More than the hundred that DynamoDB reads at once."""
    written = [
        decided(n, NOW + timedelta(seconds=n), noise=digest({"n": n}) * 300) for n in range(120)
    ]
    write(index, STREAM, *written[:60])
    write(index, OTHER, *written[60:])

    found = index.decided_on(DAY)

    assert [each.entry for each in found] == written


GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker"


def about(n: object, model: dict[str, Any] | None, at: datetime = NOW) -> Entry:
    """A decision whose record names a model so."""
    job = {"name": "j", "model_package_arn": None, "model_name": None, **(model or {})}
    return decided(n, at, job=job)


def test_the_decisions_about_a_model_are_found_in_the_order_of_their_times(
    index: IndexedLedger,
) -> None:
    """All versions of its package group, in whatever job; whole, and no other model's."""
    late, early = (
        about(1, {"model_package_arn": f"{GROUP}/14"}),
        about(2, {"model_package_arn": f"{GROUP}/9"}, NOW - timedelta(days=90)),
    )
    middle = about(3, {"model_package_arn": GROUP}, NOW - timedelta(minutes=1))
    others = [
        about(4, {"model_package_arn": f"{GROUP}-2/14"}),
        about(5, {"model_name": "fraud"}),
        about(6, None),
        decided(7),
    ]
    write(index, STREAM, late, *others[:2], early)
    write(index, OTHER, *others[2:], middle)

    found = index.of_model("fraud-ranker")

    assert list(found) == [
        Recorded(STREAM, early),
        Recorded(OTHER, middle),
        Recorded(STREAM, late),
    ]


@pytest.mark.parametrize("name", ["churn-xgb-v8", "Ω / \u00a0' \"%", "x" * 200])
def test_a_model_without_a_package_is_found_by_its_plain_name(
    index: IndexedLedger, name: str
) -> None:
    """Names are compared whole, and exactly."""
    write(index, STREAM, about(1, {"model_name": name}))

    assert [each.entry for each in index.of_model(name)] == [about(1, {"model_name": name})]
    for other in (name[:-1], name + "x", name.swapcase(), ""):
        assert list(index.of_model(other)) == []


def test_the_decisions_about_a_model_can_be_asked_for_a_time(index: IndexedLedger) -> None:
    """From the first moment on and before the last, whatever zone they are told in."""
    times = [NOW + timedelta(microseconds=n) for n in range(4)]
    write(index, STREAM, *(about(n, {"model_name": "m"}, at) for n, at in enumerate(times)))
    here = timezone(timedelta(hours=-5))

    def found(**span: datetime) -> list[str]:
        return [each.entry.key for each in index.of_model("m", **span)]

    keys = [key(n) for n in range(4)]
    assert found(since=times[1]) == keys[1:]
    assert found(until=times[2].astimezone(here)) == keys[:2]
    assert found(since=times[1].astimezone(here), until=times[3]) == keys[1:3]
    assert found(since=times[2], until=times[2]) == []
    assert found(since=times[3], until=times[0]) == []


def test_only_decisions_about_jobs_are_found_by_their_model(index: IndexedLedger) -> None:
    """Whatever else has a record like one."""
    made = about(1, {"model_name": "m"})
    write(index, STREAM, Entry("snapshot", made.key, NOW, made.body), made)
    write(index, f"effect:{key(1)}:slack", made)

    assert list(index.of_model("m")) == [Recorded(STREAM, made)]
    assert list(index.of_model("nobody's")) == []


@pytest.mark.parametrize("job", ["text", ["list"], {"model_name": 7}, {"model_package_arn": {}}])
def test_an_odd_record_is_kept_and_has_no_model(index: IndexedLedger, job: Any) -> None:
    """No entry is kept out of the ledger by how it would be found."""
    odd = decided(1, job=job)

    write(index, STREAM, odd)

    assert [each.entry for each in index.decided_on(DAY)] == [odd]
    assert list(index.of_model("7")) == []


def test_many_decisions_about_a_model_are_found_whole(index: IndexedLedger) -> None:
    """More than the hundred that DynamoDB reads at once."""
    written = [about(n, {"model_name": "m"}, NOW + timedelta(hours=n)) for n in range(120)]
    write(index, STREAM, *written)

    found = index.of_model("m", since=NOW + timedelta(hours=1))

    assert [each.entry for each in found] == written[1:]


def test_what_another_process_wrote_is_found(
    index: IndexedLedger, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Also when the index was asked before."""
    if isinstance(index, SqliteLedger):
        path = tmp_path / "ledger.db"
        if not path.exists():
            pytest.skip("memory belongs to one process")
        place = ["sqlite", str(path), "-"]
    else:
        aws: LocalAws = request.getfixturevalue("aws")
        assert isinstance(index, DynamoDbLedger)
        create_ledger_table(aws.client("dynamodb"), "shared-ledger")
        index = DynamoDbLedger(aws.client("dynamodb"), "shared-ledger")
        place = ["dynamodb", aws.endpoint_url, "shared-ledger"]
    before = list(index.decided_on(DAY))

    ended = subprocess.run(
        [sys.executable, "-c", ONE_DECISION, *place, key("theirs")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (before, ended.returncode) == ([], 0), ended.stderr
    assert [each.stream for each in index.decided_on(DAY)] == ["job:theirs"]
    assert [each.entry.body for each in index.find(key("theirs")[:12])] == [{"by": "another"}]
