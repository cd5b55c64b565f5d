"""The promises of every ledger's chains: what `recgate.evidence_ports.Evidence` stands on."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol, cast

import pytest

from recgate.domain.canonical import canonical_json
from recgate.domain.chain import LOCAL, checkpoint_stream
from recgate.domain.link import FIRST, NOTHING_BEFORE, Head, Link, link_from, sha256
from recgate.domain.record_id import made_at
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature, statement_bytes, statement_from
from recgate.evidence_ports import Evidence, Place
from recgate.ports import Entry, Ledger, LedgerRefused, PositionTaken
from tests.builders import NOW

JOBS = "job:arn:aws:sagemaker:{}:{}:inference-recommendations-job/fraud-v14"
IRELAND = JOBS.format("eu-west-1", "111122223333")
VIRGINIA = JOBS.format("us-east-1", "444455556666")
AT_A_DESK = "job:a recorded file"


class ChainedLedger(Ledger, Evidence, Protocol):
    """What both adapters are."""

    def adopt(self, at: datetime) -> int:
        """Link what has no link; gives how many entries that were."""
        ...


@pytest.fixture
def chained(ledger: Ledger) -> ChainedLedger:
    """The ledger of the contract tests, which keeps its own evidence."""
    assert isinstance(ledger, Evidence)
    return cast("ChainedLedger", ledger)


def entry(*, kind: str = "decision", key: str = "k", at: datetime = NOW, **body: Any) -> Entry:
    return Entry(kind, key, at, body)


def write(ledger: Ledger, *places: tuple[str, Entry]) -> None:
    """Append each at the end of its stream."""
    for stream, made in places:
        ledger.append(stream, len(ledger.read(stream)), made)


def chain(ledger: Evidence, name: str = LOCAL, first: int = FIRST) -> list[Link]:
    return [link_from(stored.document) for stored in ledger.links(name, first)]


def assert_whole(ledger: Evidence, name: str, records: int) -> None:
    """The chain has so many links without a gap, each of which goes on from the one before and
    tells of an entry that is there.
    """
    stored = list(ledger.links(name))
    previous = NOTHING_BEFORE
    for number, each in enumerate(stored, start=FIRST):
        link = link_from(each.document)
        found = ledger.entries([(link.stream, link.position)])[link.stream, link.position]
        assert (each.chain, each.sequence) == (link.chain, link.sequence) == (name, number)
        assert (found.chain, found.sequence) == (name, number)
        assert link.previous == previous
        assert link.body_digest == sha256(found.body)
        previous = sha256(each.document)
    assert len(stored) == records
    assert ledger.head(name) == Head(records, previous)


def test_a_new_ledger_has_no_chains(chained: ChainedLedger) -> None:
    """Asking before the first record is no error."""
    assert list(chained.chains()) == []
    assert chained.head(LOCAL) is None
    assert chained.sealed_to(LOCAL) is None
    assert list(chained.links(LOCAL)) == []
    assert list(chained.every_entry()) == []
    assert dict(chained.entries([(AT_A_DESK, 0)])) == {}


def test_every_entry_is_a_link_whatever_it_is(chained: ChainedLedger) -> None:
    """No kind of entry is left out: what is not chained could be taken away."""
    kinds = ["request", "snapshot", "decision", "audience", "claimed", "delivered", "unheard of"]

    write(chained, *((AT_A_DESK, entry(kind=kind, n=n)) for n, kind in enumerate(kinds)))

    assert [link.kind for link in chain(chained)] == kinds
    assert_whole(chained, LOCAL, len(kinds))


def test_a_link_tells_of_its_entry(chained: ChainedLedger) -> None:
    """Where it stands, what it is, when it was recorded, and the digest of what it says."""
    at = datetime(2026, 11, 21, 8, 32, 1, 7, tzinfo=timezone(timedelta(hours=2)))
    body: dict[str, Any] = {"cost": 0.7360000014305115, "text": "Ω \ud800 \0", "none": None}

    write(chained, (IRELAND, entry(n=0)), (IRELAND, entry(kind="snapshot", key="K", at=at, **body)))

    link = chain(chained, "111122223333/eu-west-1")[1]
    assert (link.chain, link.sequence) == ("111122223333/eu-west-1", 2)
    assert (link.stream, link.position) == (IRELAND, 1)
    assert (link.kind, link.key) == ("snapshot", "K")
    assert link.recorded_at == "2026-11-21T06:32:01.000007+00:00"
    assert link.body_digest == sha256(canonical_json(body))
    assert link.adopted_at == ""


def test_the_id_of_a_record_says_when_it_was_made_and_is_its_own(chained: ChainedLedger) -> None:
    """To the millisecond; two of one moment differ."""
    at = NOW.replace(microsecond=123_456)

    write(chained, *((AT_A_DESK, entry(at=at, n=n)) for n in range(5)))

    ids = [link.id for link in chain(chained)]
    assert {made_at(each) for each in ids} == {NOW.replace(microsecond=123_000)}
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_a_clock_that_is_far_off_keeps_nothing_from_being_recorded(
    chained: ChainedLedger, at: datetime
) -> None:
    """The time is recorded as it was told."""
    write(chained, (AT_A_DESK, entry(at=at)))

    (link,) = chain(chained)
    assert link.at == at
    assert_whole(chained, LOCAL, 1)


def test_a_time_that_utc_does_not_have_is_refused(chained: ChainedLedger) -> None:
    """An hour before the year 1 began."""
    at = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))

    with pytest.raises(LedgerRefused, match="recorded_at is no time in UTC"):
        chained.append(AT_A_DESK, 0, entry(at=at))

    assert list(chained.chains()) == []


def test_a_clock_that_goes_back_does_not_break_the_chain(chained: ChainedLedger) -> None:
    """Links are in the order of writing, not of the times that they tell."""
    times = [NOW, NOW - timedelta(days=400), NOW + timedelta(days=1), NOW - timedelta(seconds=1)]

    write(chained, *((AT_A_DESK, entry(at=at)) for at in times))

    assert [link.at for link in chain(chained)] == times
    assert_whole(chained, LOCAL, 4)


def test_there_is_a_chain_for_each_account_and_region(chained: ChainedLedger) -> None:
    """And one for what is about no job of an account; each counts from 1."""
    streams = [IRELAND, AT_A_DESK, VIRGINIA, IRELAND, f"effect:{'0' * 64}:slack", IRELAND]

    write(chained, *((stream, entry(n=n)) for n, stream in enumerate(streams)))

    assert list(chained.chains()) == ["111122223333/eu-west-1", "444455556666/us-east-1", LOCAL]
    assert_whole(chained, "111122223333/eu-west-1", 3)
    assert_whole(chained, "444455556666/us-east-1", 1)
    assert_whole(chained, LOCAL, 2)


def test_a_checkpoint_is_a_link_of_the_chain_that_it_is_about(chained: ChainedLedger) -> None:
    """Not of the chain of whoever wrote it."""
    name = "111122223333/eu-west-1"
    write(chained, (IRELAND, entry()))

    write(chained, (checkpoint_stream(name), entry(kind="checkpoint", key="2026-11-21")))

    assert [link.kind for link in chain(chained, name)] == ["decision", "checkpoint"]
    assert list(chained.chains()) == [name]


@pytest.mark.parametrize(
    "name", ["chains", "chain:local", "chain-head:local", "chain-sealed:local", "chain:"]
)
def test_a_stream_cannot_be_named_as_a_ledger_names_its_chains(
    chained: ChainedLedger, name: str
) -> None:
    """Nobody writes a link by appending an entry."""
    with pytest.raises(LedgerRefused, match="cannot write entry 0 "):
        chained.append(name, 0, entry())

    assert list(chained.chains()) == []


@pytest.mark.parametrize("name", ["", "Local", "local ", "1/eu-west-1", "111122223333/", "a:b"])
def test_a_checkpoint_of_what_is_no_chain_is_refused(chained: ChainedLedger, name: str) -> None:
    """It would begin a chain that nobody looks at."""
    with pytest.raises(LedgerRefused, match=r"checkpoints are of a chain, which is ACCOUNT/REGION"):
        chained.append(checkpoint_stream(name), 0, entry(kind="checkpoint"))

    assert list(chained.chains()) == []


def test_what_is_refused_leaves_no_link(chained: ChainedLedger) -> None:
    """An entry and its link are written together or not at all."""
    write(chained, (AT_A_DESK, entry(n=0)), (AT_A_DESK, entry(n=1)))
    head = chained.head(LOCAL)

    with pytest.raises(PositionTaken):
        chained.append(AT_A_DESK, 1, entry(n=2))
    with pytest.raises(LedgerRefused):
        chained.append(AT_A_DESK, 3, entry(n=3))
    with pytest.raises(LedgerRefused):
        chained.append(AT_A_DESK, 2, entry(n=float("nan")))

    assert chained.head(LOCAL) == head
    assert_whole(chained, LOCAL, 2)


def test_links_can_be_read_from_any_one_on(chained: ChainedLedger) -> None:
    """Twelve, so that an order by text (1, 10, 11, 12, 2) shows; behind the last there is none."""
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(12)))

    for first, expected in [(1, [*range(1, 13)]), (10, [10, 11, 12]), (12, [12]), (13, [])]:
        assert [each.sequence for each in chained.links(LOCAL, first)] == expected
    assert list(chained.links(LOCAL, 10**30)) == []
    assert len(list(chained.links(LOCAL, -(10**30)))) == 12


def test_the_ledger_can_be_written_while_its_links_are_read(chained: ChainedLedger) -> None:
    """Verification looks for minutes at a ledger that is in use."""
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(4)))

    seen = []
    for each in chained.links(LOCAL):
        seen.append(each.sequence)
        if len(seen) <= 4:
            write(chained, (AT_A_DESK, entry(n=len(seen))))
    for _ in chained.every_entry():
        if len(chained.read(AT_A_DESK)) < 12:
            write(chained, (AT_A_DESK, entry()))

    assert seen[:4] == [1, 2, 3, 4]
    assert_whole(chained, LOCAL, 12)


def test_entries_are_given_as_they_are_stored(chained: ChainedLedger) -> None:
    """The bytes that were digested, and where the ledger has their link."""
    body: dict[str, Any] = {"b": [1, 1.0, True], "a": "\ud800"}
    write(chained, (AT_A_DESK, entry(n=0)), (IRELAND, entry(kind="snapshot", key="K", **body)))

    (found,) = chained.entries([(IRELAND, 0)]).values()

    assert (found.stream, found.position, found.kind, found.key) == (IRELAND, 0, "snapshot", "K")
    assert found.recorded_at == NOW.isoformat(timespec="microseconds")
    assert found.body == canonical_json(body)
    assert (found.chain, found.sequence) == ("111122223333/eu-west-1", 1)


def test_places_where_nothing_stands_are_left_out(chained: ChainedLedger) -> None:
    """Also places where nothing can stand: they may come from a link that somebody bent."""
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(3)))
    odd: Sequence[Any] = [
        (AT_A_DESK, 3),
        (AT_A_DESK, -1),
        (AT_A_DESK, 10**40),
        (AT_A_DESK, "0"),
        (AT_A_DESK, 1.0),
        (AT_A_DESK, None),
        ("", 0),
        ("\ud800", 0),
        ("x" * 5000, 0),
        (7, 0),
        (None, 0),
        ("job:nobody's", 0),
    ]

    found = chained.entries([(AT_A_DESK, 2), *odd, (AT_A_DESK, 0)])

    assert set(found) == {(AT_A_DESK, 0), (AT_A_DESK, 2)}


def test_many_entries_are_given_at_once(chained: ChainedLedger) -> None:
    """More than the hundred that DynamoDB reads at once, in any order and asked for twice."""
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(120)))
    places: list[Place] = [(AT_A_DESK, n) for n in reversed(range(120))]

    found = chained.entries(iter([*places, *places]))

    assert {place: each.body for place, each in found.items()} == {
        (AT_A_DESK, n): canonical_json({"n": n}) for n in range(120)
    }


def test_every_entry_is_given_once(chained: ChainedLedger) -> None:
    """Of every stream and kind, with its link."""
    streams = [IRELAND, AT_A_DESK, VIRGINIA, IRELAND, "effect:x", IRELAND, "digest:2026-11-21"]
    write(chained, *((stream, entry(n=n)) for n, stream in enumerate(streams)))

    found = list(chained.every_entry())

    assert sorted((each.stream, each.position) for each in found) == sorted(
        (stream, streams[:n].count(stream)) for n, stream in enumerate(streams)
    )
    assert {(each.chain, each.sequence) for each in found} == {
        ("111122223333/eu-west-1", 1),
        ("111122223333/eu-west-1", 2),
        ("111122223333/eu-west-1", 3),
        ("444455556666/us-east-1", 1),
        (LOCAL, 1),
        (LOCAL, 2),
        (LOCAL, 3),
    }


def test_a_record_can_be_made_a_statement_of_what_is_stored(chained: ChainedLedger) -> None:
    """The bytes of its link and of its entry, and none of them written anew."""
    write(chained, (IRELAND, entry(text="Ω \ud800 \u2028", n=-0.0)))
    (stored,) = chained.links("111122223333/eu-west-1")
    (found,) = chained.entries([(IRELAND, 0)]).values()

    statement = statement_from(statement_bytes(stored.document, found.body))

    assert statement.link == link_from(stored.document)
    assert statement.body == found.body


# --- seals ---------------------------------------------------------------------------------

SEAL = Seal(
    Signature("arn:aws:kms:eu-west-1:111122223333:key/x", b"\x30\x45\0\xff"),
    "2026-11-21T06:33:00.000000+00:00",
    "records/local/000000000002.json",
    "version.1",
)
AT_HOME = Seal(Signature("sha256:" + "0" * 64, b"\x30"), "2026-11-21T06:34:00.000000+00:00")


def test_a_seal_is_kept_beside_its_link(chained: ChainedLedger) -> None:
    """It changes neither the link nor the head; one without an archive is kept, too."""
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(3)))
    before, head = [each.document for each in chained.links(LOCAL)], chained.head(LOCAL)

    chained.keep_seal(LOCAL, 2, SEAL)
    chained.keep_seal(LOCAL, 3, AT_HOME)

    found = list(chained.links(LOCAL))
    assert [each.seal for each in found] == [None, SEAL, AT_HOME]
    assert [each.document for each in found] == before
    assert chained.head(LOCAL) == head


def test_the_first_seal_stays(chained: ChainedLedger) -> None:
    """Whoever seals again after a crash changes nothing, and is told so."""
    write(chained, (AT_A_DESK, entry()))

    kept = [chained.keep_seal(LOCAL, 1, seal) for seal in (SEAL, AT_HOME, SEAL)]

    assert kept == [True, False, False]
    assert [each.seal for each in chained.links(LOCAL)] == [SEAL]


def test_a_seal_of_no_link_is_refused(chained: ChainedLedger) -> None:
    """It would stand where the next record comes."""
    write(chained, (AT_A_DESK, entry()))

    for name, sequence in [(LOCAL, 2), ("111122223333/eu-west-1", 1)]:
        with pytest.raises(LedgerRefused, match=f"seal of link {sequence} .*there is no such link"):
            chained.keep_seal(name, sequence, SEAL)
    write(chained, (AT_A_DESK, entry()))

    assert [each.seal for each in chained.links(LOCAL)] == [None, None]
    assert list(chained.chains()) == [LOCAL]


def test_the_mark_of_what_is_sealed_never_moves_back(chained: ChainedLedger) -> None:
    """Two that seal at once leave the later one's; each chain has its own."""
    third, fifth = Head(3, "3" * 64), Head(5, "5" * 64)
    write(chained, *((AT_A_DESK, entry(n=n)) for n in range(5)), (IRELAND, entry()))

    marks = []
    for head in (third, fifth, third, Head(5, "6" * 64)):
        chained.move_sealed(LOCAL, head)
        marks.append(chained.sealed_to(LOCAL))

    assert marks == [third, fifth, fifth, fifth]
    assert chained.sealed_to("111122223333/eu-west-1") is None


def test_the_chain_goes_on_behind_what_is_sealed(chained: ChainedLedger) -> None:
    """Sealing and recording do not stand in each other's way."""
    write(chained, (AT_A_DESK, entry(n=0)))
    chained.keep_seal(LOCAL, 1, SEAL)
    chained.move_sealed(LOCAL, Head(1, "1" * 64))

    write(chained, (AT_A_DESK, entry(n=1)))

    assert_whole(chained, LOCAL, 2)


# --- many hands ----------------------------------------------------------------------------


def test_twenty_writers_of_one_chain_lose_nothing(chained: ChainedLedger) -> None:
    """Each in streams of its own, so that only the chain is what they race for."""
    writers, each = 20, 3
    start = threading.Barrier(writers)
    failures: list[BaseException] = []

    def work(writer: int) -> None:
        try:
            start.wait(timeout=60)
            for n in range(each):
                chained.append(f"effect:{writer}", n, entry(writer=writer, n=n))
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert failures == []
    assert_whole(chained, LOCAL, writers * each)
    told = [(link.stream, link.position) for link in chain(chained)]
    assert sorted(told) == sorted((f"effect:{w}", n) for w in range(writers) for n in range(each))


def test_there_is_nothing_to_adopt_in_a_ledger_with_chains(chained: ChainedLedger) -> None:
    """Asking again and again makes no second link."""
    write(chained, (AT_A_DESK, entry(n=0)), (IRELAND, entry(n=1)))

    adopted = [chained.adopt(NOW) for _ in range(2)]

    assert adopted == [0, 0]
    assert_whole(chained, LOCAL, 1)
    assert_whole(chained, "111122223333/eu-west-1", 1)
