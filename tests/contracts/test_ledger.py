"""The promises of every ledger."""

import itertools
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.dialect.ledger_entry import BODY_BYTES_MAX, DEPTH_MAX
from recgate.domain.canonical import Json, canonical_json
from recgate.ports import Entry, Ledger, LedgerRefused, PositionTaken
from tests.builders import NOW

STREAM = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/fraud-v14"

_numbers = itertools.count(1)
_any_character = st.characters(exclude_categories=())  # lone surrogates too: \ud800 is valid JSON
_text = st.text(_any_character, max_size=20)
_json: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**60), max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=12,
)


def entry(
    body: dict[str, Any] | None = None,
    *,
    kind: str = "decision",
    key: str = "k",
    recorded_at: datetime = NOW,
) -> Entry:
    return Entry(kind, key, recorded_at, {} if body is None else body)


def exact(body: Any) -> bytes:
    """The body in the form that tells 1 from 1.0 and from true, and 0.0 from -0.0."""
    return canonical_json(body)


def test_a_stream_nobody_wrote_to_is_empty(ledger: Ledger) -> None:
    """Reading is no error before the first entry."""
    ledger.append("another", 0, entry())

    assert list(ledger.read(STREAM)) == []


def test_entries_come_back_whole_and_in_the_order_of_their_positions(ledger: Ledger) -> None:
    """Twelve, so that an order by text (0, 1, 10, 11, 2) shows."""
    written = [
        entry({"n": n}, kind=f"kind {n}", key=f"key {n}", recorded_at=NOW + timedelta(seconds=n))
        for n in range(12)
    ]

    for position, each in enumerate(written):
        ledger.append(STREAM, position, each)

    assert list(ledger.read(STREAM)) == written


def test_the_time_comes_back_to_the_microsecond_and_in_utc(ledger: Ledger) -> None:
    """Whatever zone it was told in, it is the same moment."""
    at = datetime(2026, 11, 21, 8, 32, 1, 7, tzinfo=timezone(timedelta(hours=2)))

    ledger.append(STREAM, 0, entry(recorded_at=at))

    (read,) = ledger.read(STREAM)
    assert read.recorded_at == at
    assert read.recorded_at.utcoffset() == timedelta(0)
    assert read.recorded_at.tzinfo is UTC


def test_a_position_can_be_written_once(ledger: Ledger) -> None:
    """The first stays; the second is told, also when it says the same."""
    first, last = entry({"by": "first"}), entry({"by": "last"})
    ledger.append(STREAM, 0, first)
    ledger.append(STREAM, 1, last)

    for position, again in [(0, first), (0, last), (1, first), (1, last)]:
        with pytest.raises(PositionTaken, match=f"entry {position} .*read the stream again"):
            ledger.append(STREAM, position, again)

    assert list(ledger.read(STREAM)) == [first, last]


@pytest.mark.parametrize(("there", "position"), [(0, 1), (0, 7), (2, 3), (2, 40)])
def test_a_gap_is_refused_and_leaves_nothing(ledger: Ledger, there: int, position: int) -> None:
    """A position beyond the end is a programming error, not a race."""
    written = [entry({"n": n}) for n in range(there)]
    for each, made in enumerate(written):
        ledger.append(STREAM, each, made)

    with pytest.raises(LedgerRefused, match=f"entry {position} "):
        ledger.append(STREAM, position, entry())

    assert list(ledger.read(STREAM)) == written


def test_streams_do_not_see_each_other(ledger: Ledger) -> None:
    """Each has its own positions, also where names differ by little."""
    names = [STREAM, STREAM + " ", STREAM.upper(), STREAM[:-1], "effect:k:Ω/'\"%_\n\0"]

    for name in names:
        ledger.append(name, 0, entry({"of": name}))
        ledger.append(name, 1, entry({"of": name, "n": 1}))

    for name in names:
        assert [read.body for read in ledger.read(name)] == [{"of": name}, {"of": name, "n": 1}]


def test_what_is_hard_to_store_comes_back_exactly(ledger: Ledger) -> None:
    """What float32, DynamoDB's numbers, SQLite's integers and its text would each bend."""
    body = {
        "price": 0.7360000014305115,
        "smallest": 5e-324,
        "zero": -0.0,
        "whole": 12.0,
        "beyond 64 bits": 2**200 + 1,
        "38 digits and more": 12345678901234567890123456789012345678901234567890,
        "text": "Ω ‹é› \U0001f600 \0 \u2028 \ud800 \ud83d\ude00 \\ud83d",
        "": {"": None, "deep": [[[None, {"x": [None]}], []], {}]},
        "true": [True, 1, 1.0, "1"],
        "NaN": {"missing": "NaN"},
    }

    ledger.append(STREAM, 0, entry(body))

    (read,) = ledger.read(STREAM)
    assert exact(read.body) == exact(body)
    assert read.body == body


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.dictionaries(_text, _json, max_size=5))
def test_any_json_document_comes_back_equal(ledger: Ledger, body: dict[str, Any]) -> None:
    """Nothing that JSON can say is lost or changed."""
    stream = f"any:{next(_numbers)}"  # the ledger is one for all examples

    ledger.append(stream, 0, entry(body))

    (read,) = ledger.read(stream)
    assert exact(read.body) == exact(body)


def test_a_megabyte_of_job_results_fits(ledger: Ledger) -> None:
    """JSON of jobs repeats itself, so it compresses well below DynamoDB's 400 KB."""
    row = {"InstanceType": "ml.c7g.xlarge", "CostPerHour": 0.7360000014305115, "n": 0}
    body = {"rows": [row | {"n": n} for n in range(15_000)]}
    assert len(exact(body)) > 1_000_000

    ledger.append(STREAM, 0, entry(body))

    (read,) = ledger.read(STREAM)
    assert read.body == body


def test_a_stream_of_several_megabytes_is_read_whole(ledger: Ledger) -> None:
    """More than the megabyte that one page of a DynamoDB query holds."""
    written = [entry({"n": n, "noise": _noise(n, digits=300_000)}) for n in range(9)]
    for position, each in enumerate(written):
        ledger.append(STREAM, position, each)

    read = ledger.read(STREAM)

    assert list(read) == written


@pytest.mark.parametrize(
    ("stream", "position", "wrong"),
    [
        (STREAM, 0, entry({"p99": float("nan")})),
        (STREAM, 0, entry({"p99": float("inf")})),
        (STREAM, 0, entry({"when": NOW})),
        (STREAM, 0, entry(recorded_at=NOW.replace(tzinfo=None))),
        (STREAM, 0, entry(key="\ud800")),
        (STREAM, 0, entry(kind="\udfff")),
        (STREAM + "\ud800", 0, entry()),
        (STREAM, -1, entry()),
        ("", 0, entry()),
    ],
    ids=[
        "nan",
        "infinity",
        "not JSON",
        "no time zone",
        "surrogate in the key",
        "surrogate in the kind",
        "surrogate in the stream",
        "negative position",
        "no stream",
    ],
)
def test_what_cannot_be_recorded_faithfully_is_refused(
    ledger: Ledger, stream: str, position: int, wrong: Entry
) -> None:
    """Refused with its place, before anything is written."""
    with pytest.raises(LedgerRefused, match=f"cannot write entry {position} "):
        ledger.append(stream, position, wrong)

    assert list(ledger.read(STREAM)) == []


def test_racing_workers_lose_nothing_and_share_no_position(ledger: Ledger) -> None:
    """Four at once, each trying again at the new end whenever somebody was faster."""
    workers, each = 4, 6
    start = threading.Barrier(workers)
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            start.wait(timeout=30)
            for n in range(each):
                _append_at_the_end(ledger, STREAM, entry({"worker": worker, "n": n}))
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert failures == []
    bodies = [read.body for read in ledger.read(STREAM)]
    for worker in range(workers):
        mine = [body["n"] for body in bodies if body["worker"] == worker]
        assert mine == list(range(each))
    assert len(bodies) == workers * each


def test_of_many_claims_for_one_position_exactly_one_wins(ledger: Ledger) -> None:
    """What the lease of an effect stands on."""
    workers = 6
    start = threading.Barrier(workers)
    answers: list[str] = []

    def claim(worker: int) -> None:
        start.wait(timeout=30)
        try:
            ledger.append(STREAM, 0, entry({"worker": worker}))
            answers.append(f"won {worker}")
        except PositionTaken:
            answers.append("lost")

    threads = [threading.Thread(target=claim, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    (read,) = ledger.read(STREAM)
    assert sorted(answers) == ["lost"] * (workers - 1) + [f"won {read.body['worker']}"]


def _append_at_the_end(ledger: Ledger, stream: str, made: Entry) -> None:
    for _ in range(1000):
        try:
            ledger.append(stream, len(ledger.read(stream)), made)
        except PositionTaken:
            continue
        return
    pytest.fail("a thousand times somebody was faster")


def _noise(seed: int, *, digits: int) -> str:
    """Digits that no compressor makes much smaller, the same each time."""
    modulus = 2**61 - 1
    state, parts = seed + 1, []
    for _ in range(digits // 16):
        state = state * 6364136223846793005 % modulus
        parts.append(f"{state:016x}"[-16:])
    return "".join(parts)


def test_a_body_that_could_not_be_archived_is_refused(ledger: Ledger) -> None:
    """It would stop the sealing of everything behind it."""
    largest = "x" * (BODY_BYTES_MAX - len(b'{"x":""}'))

    with pytest.raises(LedgerRefused, match=f"is {BODY_BYTES_MAX + 1} bytes, and recgate takes"):
        ledger.append(STREAM, 0, Entry("note", "k", NOW, {"x": largest + "x"}))
    ledger.append(STREAM, 0, Entry("note", "k", NOW, {"x": largest}))

    assert len(ledger.read(STREAM)) == 1


@pytest.mark.parametrize("inside", [dict, list])
def test_a_body_that_is_nested_too_deep_is_refused(ledger: Ledger, inside: type) -> None:
    """Who signs and checks it has to go down as deep."""

    def nested(depth: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(depth - 1):
            value = {"x": value} if inside is dict else [value]
        return {"x": value}

    with pytest.raises(LedgerRefused, match=f"is nested more than {DEPTH_MAX} deep"):
        ledger.append(STREAM, 0, Entry("note", "k", NOW, nested(DEPTH_MAX + 1)))
    with pytest.raises(LedgerRefused):
        ledger.append(STREAM, 0, Entry("note", "k", NOW, nested(100_000)))
    ledger.append(STREAM, 0, Entry("note", "k", NOW, nested(DEPTH_MAX)))

    assert ledger.read(STREAM)[0].body == nested(DEPTH_MAX)
