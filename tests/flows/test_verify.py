"""Verifying: every change is named, once, at the record that was changed; and nothing else is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from recgate.domain.canonical import Json, digest
from recgate.domain.chain import LOCAL
from recgate.domain.link import Head, link_bytes, sha256
from recgate.domain.statement import Envelope, envelope_bytes
from recgate.domain.verification import Flaw, FlawKind, Verification
from recgate.evidence_ports import (
    ArchivedVersion,
    ArchiveRefused,
    ArchiveUnavailable,
    Place,
    StoredEntry,
    StoredLink,
)
from recgate.flows.evidence.chain_check import TOGETHER
from recgate.flows.evidence.verify import verify
from recgate.ports import LedgerUnavailable, RecgateError
from tests.flows.evidence_fakes import FakeKey, MemoryArchive, MemoryChains
from tests.flows.verify_desk import JOB, RECORDS, SHOP, Desk, a_desk, only, told

K = FlawKind


# --- what is as it was recorded ---------------------------------------------------------------


def test_what_was_recorded_sealed_and_archived_is_intact() -> None:
    """And what was looked at is told."""
    desk = a_desk()

    found = desk.verify()

    [state] = found.chains
    assert found.is_intact
    assert found.flaws == ()
    assert (state.chain, state.records, state.sealed, state.archived) == (SHOP, 8, 8, 8)
    assert state.head_digest == desk.ledger.heads[SHOP].digest
    assert state.checkpoint_at == state.last_at
    assert (state.replayed, state.adopted, state.unchecked_seals) == (None, 0, 0)


def test_chains_are_told_in_the_order_of_their_names() -> None:
    """The flaws of each with it."""
    desk = a_desk()
    desk.record(2, stream="effect:one:slack")
    desk.checkpoint()
    desk.seal()

    assert [state.chain for state in desk.verify().chains] == [SHOP, LOCAL]
    assert desk.verify().is_intact


def test_a_long_chain_is_read_some_records_at_a_time() -> None:
    """None is lost between two readings, and no more are asked for at once."""
    desk = a_desk(3 * TOGETHER + 7)
    before = len(desk.ledger.plan.calls)
    desk.edit_body(TOGETHER, verdict="PASS")
    desk.edit_body(2 * TOGETHER + 1, verdict="PASS")

    found = desk.verify()

    assert told(found) == [(K.EDITED, TOGETHER), (K.EDITED, 2 * TOGETHER + 1)]
    assert found.chains[0].records == 3 * TOGETHER + 8
    readings = desk.ledger.plan.calls[before:].count("ledger.entries")
    assert readings == 4


def test_an_empty_ledger_is_not_called_intact() -> None:
    """It may have been emptied: nobody can tell."""
    flaw = only(Desk().verify())

    assert flaw.kind is K.UNCHECKED
    assert "nothing was verified" in flaw.what


# --- the ledger is tampered with ----------------------------------------------------------------


def exchange_entries(desk: Desk) -> None:
    one, other = (desk.ledger.stored[desk.place(n)] for n in (3, 5))
    for here, there in ((one, other), (other, one)):
        desk.ledger.edit(
            (here.stream, here.position),
            kind=there.kind,
            key=there.key,
            recorded_at=there.recorded_at,
            body=there.body,
        )


def exchange_links(desk: Desk) -> None:
    one, other = (desk.ledger.linked[SHOP][n].document for n in (3, 5))
    desk.ledger.edit_link(SHOP, 3, other)
    desk.ledger.edit_link(SHOP, 5, one)


def copy_entry(desk: Desk) -> None:
    there = desk.ledger.stored[desk.place(3)]
    copied = replace(there, stream="effect:x", position=0, chain=None, sequence=None)
    desk.ledger.stored["effect:x", 0] = copied


def forge_entry(desk: Desk) -> None:
    there = desk.ledger.stored[desk.place(3)]
    place = (there.stream, 3)
    desk.ledger.stored[place] = replace(
        there, position=3, body=b'{"verdict":"PASS"}', chain=None, sequence=None
    )


def rechain_from(sequence: int) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        desk.edit_body(sequence, verdict="PASS")
        desk.rechain(sequence)

    return act


def move_up(desk: Desk) -> None:
    links = desk.ledger.linked[SHOP]
    desk.delete(3)
    for number in range(4, RECORDS + 1):
        links[number - 1] = replace(links.pop(number), sequence=number - 1)
    desk.ledger.heads[SHOP] = Head(RECORDS - 1, sha256(links[RECORDS - 1].document))


def exchange_seals(desk: Desk) -> None:
    links = desk.ledger.linked[SHOP]
    links[3], links[5] = (
        replace(links[3], seal=links[5].seal),
        replace(links[5], seal=links[3].seal),
    )


def reuse_id(desk: Desk) -> None:
    desk.edit_link(5, id=desk.link(3).id)
    desk.rechain(6)


def mark(sequence: int, digits: str = "1" * 64) -> Callable[[Desk], None]:
    return lambda desk: desk.ledger.sealed.update({SHOP: Head(sequence, digits)})


def head(sequence: int, digits: str = "1" * 64) -> Callable[[Desk], None]:
    return lambda desk: desk.ledger.heads.update({SHOP: Head(sequence, digits)})


def unsealed_and_marked(desk: Desk) -> None:
    desk.record(3)
    desk.ledger.sealed[SHOP] = desk.ledger.heads[SHOP]


def remove_chain(desk: Desk) -> None:
    for table in (desk.ledger.linked, desk.ledger.heads, desk.ledger.sealed, desk.ledger.stored):
        table.clear()


def foreign_stream(desk: Desk) -> None:
    """A record that is chained where recgate would not have."""
    moved = JOB.replace("eu-west-1", "us-east-1")
    place = desk.place(RECORDS)
    desk.ledger.stored[moved, 0] = replace(desk.ledger.stored.pop(place), stream=moved, position=0)
    link = link_bytes(replace(desk.link(RECORDS), stream=moved, position=0))
    desk.ledger.edit_link(SHOP, RECORDS, link)
    desk.ledger.heads[SHOP] = desk.ledger.sealed[SHOP] = Head(RECORDS, sha256(link))
    desk.take_seal(RECORDS)
    desk.ledger.sealed[SHOP] = Head(7, sha256(desk.ledger.linked[SHOP][7].document))
    del desk.archive.objects[desk.object_name(RECORDS)]


LAST = RECORDS
"""The number of the last record."""

TAMPERED: Mapping[str, tuple[Callable[[Desk], object], FlawKind, int | None, str]] = {
    "a body": (lambda d: d.edit_body(3, verdict="PASS"), K.EDITED, 3, 'verdict is "PASS" and was'),
    "a kind": (lambda d: d.ledger.edit(d.place(3), kind="x"), K.EDITED, 3, "its kind is 'x' and"),
    "a key": (lambda d: d.ledger.edit(d.place(3), key="x"), K.EDITED, 3, "its key is 'x' and was"),
    "a time": (
        lambda d: d.ledger.edit(d.place(3), recorded_at="2020-01-01T00:00:00.000000+00:00"),
        K.EDITED,
        3,
        "its time is 2020-01-01T00:00:00.000000+00:00 and was",
    ),
    "an entry deleted": (lambda d: d.delete(3, link=False), K.DELETED, 3, "its entry, number 2 of"),
    "a link deleted": (lambda d: d.delete(3, entry=False), K.DELETED, 3, "no link of it"),
    "both deleted": (lambda d: d.delete(3), K.DELETED, 3, "the archive holds #3"),
    "the first deleted": (lambda d: d.delete(1), K.DELETED, 1, "no link of it"),
    "entries exchanged": (exchange_entries, K.REORDERED, 3, "that of #5 were exchanged"),
    "links exchanged": (exchange_links, K.REORDERED, 3, "that of #5 were exchanged"),
    "a link copied": (
        lambda d: d.ledger.edit_link(SHOP, 5, d.ledger.linked[SHOP][3].document),
        K.REPLAYED,
        5,
        "a copy of the link of #3",
    ),
    "an entry copied": (copy_entry, K.REPLAYED, None, "a copy of the entry of #3"),
    "an entry forged": (forge_entry, K.FORGED, None, "recgate audit adopt"),
    "chained anew": (rechain_from(3), K.EDITED, 3, 'verdict is "PASS" and was "FAIL"'),
    "all chained anew": (rechain_from(1), K.EDITED, 1, 'verdict is "PASS" and was "FAIL"'),
    "the last changed": (rechain_from(LAST), K.EDITED, LAST, 'verdict is "PASS" and was not'),
    "moved up": (move_up, K.DELETED, 3, "#4 to #8 stand 1 too far up"),
    "an id twice": (reuse_id, K.EDITED, 5, "id is"),
    "a link unreadable": (lambda d: d.ledger.edit_link(SHOP, 3, b"\xff"), K.EDITED, 3, "read"),
    "a newer link": (
        lambda d: d.ledger.edit_link(
            SHOP, 3, d.ledger.linked[SHOP][3].document.replace(b'schema":1', b'schema":2')
        ),
        K.EDITED,
        3,
        "record #4 was chained to another one",
    ),
    "the end cut": (lambda d: d.cut(6, head=False), K.TRUNCATED, 7, "the head of the chain"),
    "the end and the head": (lambda d: d.cut(6, head=True), K.TRUNCATED, 7, "the archive"),
    "the end, not its entries": (
        lambda d: d.cut(6, head=True, entries=False),
        K.TRUNCATED,
        7,
        "the archive",
    ),
    "all of it": (remove_chain, K.DELETED, 1, "the ledger has nothing of the chain"),
    "the head's digest": (head(LAST), K.EDITED, None, "the head was changed"),
    "the head set back": (head(5), K.EDITED, None, "names #5 as the last record"),
    "the head set forward": (head(12), K.TRUNCATED, 9, "the head of the chain tells of #12"),
    "no head": (lambda d: d.ledger.heads.clear(), K.DELETED, None, "has no head"),
    "the mark's digest": (mark(LAST), K.EDITED, None, "the mark was changed"),
    "the mark behind the end": (mark(11), K.TRUNCATED, 9, "the mark of what is sealed tells"),
    "the mark over what is not": (unsealed_and_marked, K.DELETED, 9, "it has no seal"),
    "no mark that could be": (mark(-1), K.EDITED, None, "which no record is"),
    "a seal removed": (lambda d: d.take_seal(3), K.DELETED, 3, "its seal was taken away"),
    "the last seal removed": (lambda d: d.take_seal(LAST), K.DELETED, LAST, "it has no seal"),
    "a seal of another key": (
        lambda d: d.edit_seal(3, signature=FakeKey(secret=b"other").sign(b"")),
        K.FORGED,
        3,
        "not by the public key; the record itself is what was chained",
    ),
    "a seal's key name": (
        lambda d: d.edit_seal(3, signature=replace(d.envelope(3).signature, key_id="mine")),
        K.EDITED,
        3,
        "its seal names the key mine",
    ),
    "a seal's object": (
        lambda d: d.edit_seal(3, archived_as=d.object_name(4)),
        K.REPLAYED,
        3,
        "names the envelope of record #4",
    ),
    "a seal without object": (
        lambda d: d.edit_seal(3, archived_as="", version=""),
        K.EDITED,
        3,
        "says that it was not archived",
    ),
    "a seal's version": (
        lambda d: d.edit_seal(3, version="v99"),
        K.EDITED,
        3,
        "its envelope is version 'v3'",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_change_of_the_ledger_is_named_once_at_its_record(name: str) -> None:
    """What, where, and why: one cause is one flaw, whatever it breaks further on."""
    act, kind, sequence, words = TAMPERED[name]
    desk = a_desk()
    act(desk)

    found = desk.verify()

    flaw = only(found)
    assert found.is_tampered
    assert (flaw.kind, flaw.chain, flaw.sequence) == (kind, flaw.chain, sequence)
    assert words in flaw.what
    assert flaw.where == "the ledger"


@pytest.mark.parametrize("name", sorted({*TAMPERED} - {"all of it", "the end and the head"}))
def test_most_of_it_is_found_without_a_key_and_an_archive(name: str) -> None:
    """The chain alone tells, if not always as exactly; and nothing is ever called intact."""
    act, *_ = TAMPERED[name]
    desk = a_desk()
    act(desk)

    assert not desk.verify(has_key=False, is_archived=False).is_intact


@pytest.mark.parametrize("sequence", [1, 2, 5, LAST - 1, LAST])
@pytest.mark.parametrize(
    "change",
    [
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"previous": "1" * 64},
        {"stream": f"{JOB}another"},
        {"position": 99},
        {"kind": "other"},
        {"key": "other"},
        {"recorded_at": "2026-11-21T07:32:03.500000+00:00"},
        {"body_digest": "1" * 64},
        {"adopted_at": "2026-11-21T07:32:03.500000+00:00"},
        {"sequence": 77},
        {"chain": LOCAL},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("has_key", [True, False], ids=["key", "no key"])
def test_every_field_of_a_link_counts(
    change: Mapping[str, Json], sequence: int, has_key: bool
) -> None:
    """Also those that nothing else repeats: the id, the time of adoption."""
    desk = a_desk()
    desk.edit_link(sequence, **change)

    tampering = [f for f in desk.verify(has_key=has_key).flaws if f.kind.is_tampering]

    assert [(flaw.kind, flaw.sequence) for flaw in tampering] == [(K.EDITED, sequence)]


def test_two_changes_are_two_flaws() -> None:
    """After a broken link the chain is followed as it is stored."""
    desk = a_desk()
    desk.edit_link(2, key="x")
    desk.edit_body(4, verdict="PASS")
    desk.take_seal(6)

    assert told(desk.verify()) == [(K.EDITED, 2), (K.EDITED, 4), (K.DELETED, 6)]


def test_neighbours_that_were_both_changed_are_both_named() -> None:
    """Their signatures tell them apart."""
    desk = a_desk()
    desk.edit_link(3, id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    desk.edit_link(4, id="01ARZ3NDEKTSV4RRFFQ69G5FAW")

    assert told(desk.verify()) == [(K.EDITED, 3), (K.EDITED, 4)]


def test_a_signed_record_between_two_changed_ones_is_not_blamed() -> None:
    """It fits neither side, and is what was signed."""
    desk = a_desk()
    desk.edit_link(3, id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    desk.edit_link(5, previous="1" * 64)

    assert told(desk.verify()) == [(K.EDITED, 3), (K.EDITED, 5)]


def test_records_that_were_chained_anew_are_told_as_one_change() -> None:
    """From the first of them to the end."""
    desk = a_desk()
    rechain_from(3)(desk)

    with_archive, without = only(desk.verify()), only_tampering(desk.verify(is_archived=False))

    assert (with_archive.sequence, with_archive.last) == (3, LAST)
    assert (without.kind, without.sequence, without.last) == (K.EDITED, 3, LAST)


def test_records_chained_anew_up_to_a_signed_one_end_there() -> None:
    """Whoever leaves the rest as it was leaves the place where the two meet."""
    desk = a_desk()
    links = dict(desk.ledger.linked[SHOP])
    rechain_from(3)(desk)
    for number in (7, 8):
        desk.ledger.linked[SHOP][number] = links[number]
    desk.ledger.heads[SHOP] = desk.ledger.sealed[SHOP] = Head(8, sha256(links[8].document))

    flaw = only_tampering(desk.verify(is_archived=False))

    assert (flaw.kind, flaw.sequence, flaw.last) == (K.EDITED, 3, 6)


def test_a_copied_signature_says_whose_it_is() -> None:
    """The record itself is what was chained."""
    desk = a_desk()
    desk.edit_seal(5, signature=desk.envelope(3).signature)

    flaw = only(desk.verify())

    assert (flaw.kind, flaw.sequence) == (K.FORGED, 5)
    assert flaw.what.endswith("; it is that of #3")


def test_exchanged_seals_say_whose_they_are() -> None:
    """By the objects that they name."""
    desk = a_desk()
    exchange_seals(desk)

    assert told(desk.verify()) == [(K.REPLAYED, 3), (K.REPLAYED, 5)]


def test_a_record_in_the_chain_of_another_place_is_forged() -> None:
    """A job's stream is chained with its own account and region."""
    desk = a_desk()
    foreign_stream(desk)

    [first, *_] = desk.verify().flaws

    assert (first.kind, first.sequence) == (K.FORGED, LAST)
    assert "belongs to the chain 111122223333/us-east-1" in first.what


def test_two_records_with_one_id_are_told_where_nothing_else_tells() -> None:
    """Not sealed yet, and chained as recgate does: the id alone gives it away."""
    desk = a_desk()
    desk.record(2)
    desk.edit_link(10, id=desk.link(3).id)
    desk.rechain(10)

    assert (K.REPLAYED, 10) in told(desk.verify())


def test_an_entry_that_the_ledger_keeps_as_another_record_s_is_told() -> None:
    """What an entry says of its link is held to the link."""
    desk = a_desk()
    desk.ledger.edit(desk.place(3), sequence=5)

    flaw = only(desk.verify())

    assert (flaw.kind, flaw.sequence) == (K.REPLAYED, 3)


def test_a_chain_of_an_unknown_name_is_forged() -> None:
    """Recgate names chains by account and region."""
    desk = a_desk()
    desk.ledger.home = "evil"
    desk.record(1, stream="effect:x")

    assert (K.FORGED, "evil") in [(f.kind, f.chain) for f in desk.verify(has_key=False).flaws]


def only_tampering(found: Verification) -> Flaw:
    """The one flaw that is more than incompleteness."""
    [flaw] = [flaw for flaw in found.flaws if flaw.kind.is_tampering]
    return flaw


# --- restored from a backup ---------------------------------------------------------------------


def restored(desk: Desk) -> Desk:
    """The ledger as it was before its last three records; the archive knows them."""
    backup = desk.ledger.copied()
    desk.record(3)
    desk.seal()
    return Desk(desk.clock, backup, desk.key)


def test_a_restored_backup_is_told_by_the_archive() -> None:
    """The archive has records that the ledger does not know."""
    desk = a_desk()
    old = restored(desk)
    old.archive = desk.archive

    flaw = only(old.verify())

    assert (flaw.kind, flaw.sequence, flaw.last) == (K.TRUNCATED, 9, 11)


def test_a_restored_backup_that_went_on_is_a_fork() -> None:
    """At the first record that both have and that differs, sealed or not."""
    desk = a_desk()
    old = restored(desk)
    old.archive = desk.archive
    old.record(2, by="the second history")

    found = old.verify()

    assert told(found)[0] == (K.FORKED, 9)
    assert "Was the ledger restored from a backup?" in found.flaws[0].what


def test_a_restored_backup_is_told_by_a_checkpoint_kept_elsewhere() -> None:
    """Without an archive nothing in the ledger itself tells."""
    desk = a_desk()
    old = restored(desk)
    kept = desk.envelope(10)

    silent = old.verify(is_archived=False)
    [flaw, *_] = old.verify(is_archived=False, checkpoints=[kept]).flaws

    assert not silent.is_tampered
    assert (flaw.kind, flaw.sequence) == (K.TRUNCATED, 9)
    assert "kept elsewhere" in flaw.what


# --- the archive is tampered with ---------------------------------------------------------------


def put(desk: Desk, sequence: int, content: bytes) -> None:
    """Change what the kept version holds, as nobody can in S3 and anybody in a folder."""
    name = desk.object_name(sequence)
    [(version, _, at)] = desk.archive.objects[name]
    desk.archive.objects[name] = [(version, content, at)]


def got(desk: Desk, sequence: int) -> bytes:
    content = desk.archive.content(desk.object_name(sequence), "")
    assert content is not None
    return content


def signed_by_another(desk: Desk) -> bytes:
    envelope = desk.envelope(3)
    other = FakeKey(secret=b"other").sign(envelope.payload)
    return envelope_bytes(Envelope(envelope.payload, other))


def edited_payload(desk: Desk) -> bytes:
    envelope = desk.envelope(3)
    payload = envelope.payload.replace(b"FAIL", b"PASS")
    return envelope_bytes(Envelope(payload, envelope.signature))


IN_ARCHIVE: Mapping[str, tuple[Callable[[Desk], object], FlawKind, int | None, str]] = {
    "gone": (lambda d: d.archive.objects.pop(d.object_name(3)), K.DELETED, 3, "is not there"),
    "all gone": (lambda d: d.archive.objects.clear(), K.DELETED, 1, "is not there"),
    "marked as deleted": (
        lambda d: d.archive.mark_deleted(d.object_name(3)),
        K.OVERLAID,
        3,
        "a delete marker (m9,",
    ),
    "overlaid": (
        lambda d: d.archive.put_on_top(d.object_name(3), b"x"),
        K.OVERLAID,
        3,
        "a newer version (v9,",
    ),
    "white space": (lambda d: put(d, 3, got(d, 3) + b"\n"), K.EDITED, 3, "not in the form"),
    "garbage": (lambda d: put(d, 3, b"\x00"), K.EDITED, 3, "no DSSE envelope"),
    "empty": (lambda d: put(d, 3, b""), K.EDITED, 3, "no DSSE envelope"),
    "truncated": (lambda d: put(d, 3, got(d, 3)[:-40]), K.EDITED, 3, "no DSSE envelope"),
    "another record's": (lambda d: put(d, 3, got(d, 5)), K.REPLAYED, 3, "record #5"),
    "edited": (lambda d: put(d, 3, edited_payload(d)), K.EDITED, 3, "not signed by the public key"),
    "another key's": (lambda d: put(d, 3, signed_by_another(d)), K.FORGED, 3, "a signature that"),
    "no locks": (lambda d: setattr(d.archive, "locks", None), K.UNLOCKED, 1, "is not locked"),
    "foreign": (lambda d: d.archive.put_on_top("records/x", b""), K.FORGED, None, "records/x"),
    "foreign in a chain": (
        lambda d: d.archive.put_on_top(f"records/{SHOP}/x", b""),
        K.FORGED,
        None,
        "no record's object",
    ),
    "garbage behind the end": (
        lambda d: d.archive.put_on_top(d.object_name(12), b"x"),
        K.FORGED,
        12,
        "no signed record of this chain",
    ),
    "a copy behind the end": (
        lambda d: d.archive.put_on_top(d.object_name(12), got(d, 3)),
        K.FORGED,
        12,
        "no signed record of this chain",
    ),
}


@pytest.mark.parametrize("name", IN_ARCHIVE)
def test_a_change_of_the_archive_is_named_once(name: str) -> None:
    """And told as one of the archive."""
    act, kind, sequence, words = IN_ARCHIVE[name]
    desk = a_desk()
    act(desk)

    flaw = only(desk.verify())

    assert (flaw.kind, flaw.sequence) == (kind, sequence)
    assert words in flaw.what
    assert flaw.where == desk.archive.where


def test_what_lies_on_top_does_not_hide_what_was_kept() -> None:
    """The version that recgate wrote is still checked, and counts."""
    desk = a_desk()
    desk.archive.put_on_top(desk.object_name(3), got(desk, 5))
    desk.archive.mark_deleted(desk.object_name(4))

    found = desk.verify()

    assert found.chains[0].archived == RECORDS
    assert told(found) == [(K.OVERLAID, 3), (K.OVERLAID, 4)]


def test_the_archive_does_not_say_less_because_the_ledger_is_wrong() -> None:
    """A record that was edited in the ledger and overlaid in the archive has two flaws."""
    desk = a_desk()
    desk.edit_body(3, verdict="PASS")
    desk.archive.mark_deleted(desk.object_name(3))

    assert told(desk.verify()) == [(K.OVERLAID, 3), (K.EDITED, 3)]


def test_an_archive_out_of_reach_leaves_the_rest_checked() -> None:
    """It is told once, and the answer is not complete."""
    desk = a_desk()
    desk.record(2, stream="effect:one:slack")
    desk.seal()
    desk.archive.plan.outages["archive"] = ArchiveUnavailable("S3 is down")

    found = desk.verify()

    assert told(found) == [(K.UNCHECKED, None)]
    assert "S3 is down" in only(found).what
    assert [(state.sealed, state.archived) for state in found.chains] == [(8, None), (2, None)]
    assert not found.is_intact


def test_an_archive_that_goes_away_in_the_middle_does_not_end_it() -> None:
    """Later changes of the ledger are still found."""
    desk = a_desk(TOGETHER + 20)
    desk.edit_body(TOGETHER + 5, verdict="PASS")
    reads = 0

    def fails(name: str) -> None:
        nonlocal reads
        reads += name == "archive.content"
        if reads > TOGETHER:
            raise ArchiveUnavailable("S3 is gone")

    desk.archive.plan.before = fails

    found = desk.verify()

    assert (K.EDITED, TOGETHER + 5) in told(found)
    assert [f.what for f in found.flaws if f.kind is K.UNCHECKED] == [
        "the archive cannot be read: S3 is gone"
    ]


def test_one_object_that_is_refused_hides_no_other() -> None:
    """It is told as not checked; the others are."""
    desk = a_desk()
    names = iter([None, None, ArchiveRefused("it is too large")])

    def refuses(name: str) -> None:
        error = next(names, None) if name == "archive.content" else None
        if error is not None:
            raise error

    desk.archive.plan.before = refuses

    found = desk.verify()

    assert only(found).kind is K.UNCHECKED
    assert "it is too large" in only(found).what
    assert found.chains[0].archived == RECORDS - 1


def test_a_ledger_out_of_reach_is_no_answer() -> None:
    """Nothing is said about what could not be read."""
    desk = a_desk()
    desk.ledger.plan.outages["ledger.links"] = LedgerUnavailable("throttled")

    with pytest.raises(LedgerUnavailable):
        desk.verify()


# --- checkpoints --------------------------------------------------------------------------------


def test_a_checkpoint_kept_elsewhere_holds_the_chain_to_it() -> None:
    """Also when the key itself was used to record everything anew."""
    desk = a_desk()
    kept = desk.envelope(LAST)
    rechain_from(3)(desk)
    for number in range(1, LAST + 1):
        desk.take_seal(number)
    desk.ledger.sealed.clear()
    desk.archive = MemoryArchive(clock=desk.clock)
    desk.seal()

    alone, held = desk.verify(), desk.verify(checkpoints=[kept])

    assert alone.is_intact or told(alone) == [(K.FORKED, 7)]
    assert (K.FORKED, LAST) in told(held)


def test_a_checkpoint_that_fits_is_no_flaw() -> None:
    """However often the chain has grown since."""
    desk = a_desk()
    kept = [desk.envelope(LAST), desk.envelope(2)]
    desk.record(5)
    desk.seal()

    assert desk.verify(checkpoints=kept).is_intact


def test_a_checkpoint_of_another_key_is_forged() -> None:
    """It says nothing about the chain."""
    desk = a_desk()
    payload = desk.envelope(LAST).payload
    forged = Envelope(payload, FakeKey(secret=b"other").sign(payload))

    flaw = only(desk.verify(checkpoints=[forged]))

    assert (flaw.kind, flaw.where) == (K.FORGED, "checkpoint 1 of 1")


def test_a_checkpoint_of_a_chain_that_is_gone_tells_of_it() -> None:
    """Where nothing else does."""
    desk = a_desk()
    kept = desk.envelope(LAST)
    remove_chain(desk)

    flaw = only_tampering(desk.verify(is_archived=False, checkpoints=[kept]))

    assert (flaw.kind, flaw.chain, flaw.sequence, flaw.last) == (K.DELETED, SHOP, 1, LAST)


def test_an_old_checkpoint_vouches_for_nothing_that_came_since() -> None:
    """After a day and a half it is told; until then it is not."""
    desk = a_desk()

    in_time = desk.verify(after=timedelta(hours=35))
    late = only(desk.verify(after=timedelta(hours=37)))

    assert in_time.is_intact
    assert late.kind is K.STALE
    assert "more than 36 hours ago" in late.what


def test_an_old_checkpoint_is_not_told_beside_what_made_it_one() -> None:
    """A chain that was changed has other troubles: one cause is told once."""
    desk = a_desk()
    rechain_from(3)(desk)

    assert told(desk.verify(after=timedelta(hours=37))) == [(K.EDITED, 3)]


def test_a_checkpoint_of_a_day_that_is_to_come_is_told() -> None:
    """A clock that ran ahead made it: no other one is made until then, which nobody would see."""
    desk = a_desk()

    apart = desk.verify(after=timedelta(minutes=-59))
    ahead = only(desk.verify(after=timedelta(days=-30)))

    assert apart.is_intact
    assert (ahead.kind, ahead.sequence) == (K.UNCHECKED, None)
    assert "is of 2026-11-21 07:32 UTC, which is still to come" in ahead.what


def test_a_chain_that_never_had_a_checkpoint_is_told_when_it_is_old() -> None:
    """A young one may not have had the time."""
    desk = Desk()
    desk.record(2)
    desk.seal()

    assert desk.verify().is_intact
    assert only(desk.verify(after=timedelta(days=2))).kind is K.STALE


def test_a_checkpoint_that_says_something_else_than_the_chain_is_a_fork() -> None:
    """Even a signed one: then what it tells of is not what was there when it was made."""
    desk = a_desk(2)
    body: dict[str, Json] = {"schema": 1, "chain": SHOP, "day": "2026-11-22"}
    desk.ledger.add(
        f"checkpoint:{SHOP}",
        "checkpoint",
        "2026-11-22",
        body | {"sequence": 2, "digest": "1" * 64},
        desk.clock(),
    )
    desk.seal()

    flaw = only(desk.verify())

    assert (flaw.kind, flaw.sequence) == (K.FORKED, 2)
    assert "checkpoint #4 says that its digest is 1111111111111111…" in flaw.what


# --- what is not complete -----------------------------------------------------------------------


def test_what_is_not_sealed_yet_is_told_with_its_number_and_since_when() -> None:
    """It is neither intact nor tampered with."""
    desk = a_desk()
    desk.record(3)

    found = desk.verify()

    flaw = only(found)
    assert not found.is_tampered
    assert not found.is_intact
    assert (flaw.kind, flaw.sequence, flaw.last) == (K.UNSEALED, 9, 11)
    assert "since 2026-11-21 07:32:08 UTC" in flaw.what


def test_a_ledger_that_nobody_seals_is_not_complete() -> None:
    """Its chain is checked all the same."""
    desk = Desk()
    desk.record(4)

    untouched = desk.verify(is_archived=False, has_key=False)
    desk.edit_body(2, verdict="PASS")

    assert told(untouched) == [(K.UNSEALED, 1)]
    assert (K.EDITED, 2) in told(desk.verify(is_archived=False, has_key=False))


def test_without_a_key_no_signature_is_called_checked() -> None:
    """They are counted apart."""
    found = a_desk().verify(has_key=False)

    assert only(found).kind is K.UNCHECKED
    assert (found.chains[0].sealed, found.chains[0].unchecked_seals) == (0, RECORDS)


def test_records_that_were_archived_are_not_complete_without_the_archive() -> None:
    """A cut end would be seen there alone."""
    flaw = only(a_desk().verify(is_archived=False))

    assert flaw.kind is K.UNCHECKED
    assert "no archive was given" in flaw.what


def test_a_key_that_is_not_the_signer_s_is_told_as_that() -> None:
    """Once, and not as a thousand forgeries."""
    flaw = only(a_desk().verify(check=FakeKey(secret=b"another").check))

    assert (flaw.kind, flaw.sequence, flaw.last) == (K.FORGED, 1, RECORDS)
    assert "it is not the signer's" in flaw.what


def test_a_mark_that_has_not_followed_is_an_interruption() -> None:
    """Sealing goes on where it was: nobody can tell whether it was set back."""
    desk = a_desk()
    desk.ledger.sealed[SHOP] = Head(5, sha256(desk.ledger.linked[SHOP][5].document))

    found = desk.verify()

    assert only(found).kind is K.UNSEALED
    assert not found.is_tampered


def test_records_of_a_newer_recgate_are_neither_intact_nor_tampered_with() -> None:
    """They are chained by their bytes, which can be followed without reading them."""
    desk = Desk()
    desk.record(6)
    links = desk.ledger.linked[SHOP]
    document = links[4].document.replace(b'"schema":1', b'"schema":2')
    links[4] = replace(links[4], document=document)
    previous = sha256(document)
    for number in (5, 6):
        links[number] = replace(
            links[number], document=link_bytes(replace(desk.link(number), previous=previous))
        )
        previous = sha256(links[number].document)
    desk.ledger.heads[SHOP] = Head(6, previous)

    found = desk.verify(is_archived=False)

    assert not found.is_tampered
    assert told(found) == [(K.UNSEALED, 1), (K.UNCHECKED, 4)]


def test_entries_of_before_there_were_chains_are_not_called_forged() -> None:
    """They are to be adopted; those that are younger than the chain are forged."""
    desk = a_desk()
    old = replace(
        desk.ledger.stored[desk.place(1)],
        stream=f"{JOB}old",
        recorded_at="2026-01-01T00:00:00.000000+00:00",
        body=b"{}",
        chain=None,
        sequence=None,
    )
    desk.ledger.stored[old.stream, 0] = old

    flaw = only(desk.verify())

    assert flaw.kind is K.UNCHECKED
    assert "recgate audit adopt" in flaw.what


def test_a_ledger_without_any_chain_is_to_be_adopted() -> None:
    """As an earlier version left it."""
    desk = Desk()
    desk.record(3)
    desk.ledger.linked.clear()
    desk.ledger.heads.clear()
    for place in list(desk.ledger.stored):
        desk.ledger.edit(place, chain=None, sequence=None)

    flaw = only(desk.verify(is_archived=False))

    assert flaw.kind is K.UNCHECKED
    assert flaw.what.startswith("3 entries have no link")


def test_a_clock_that_went_back_is_a_note() -> None:
    """By more than a minute: two writers are never exactly together."""
    desk = Desk()
    desk.record(2)
    desk.clock.advance(minutes=-30)
    desk.record(2)
    desk.clock.advance(hours=1, seconds=-30)
    desk.record(1)
    desk.checkpoint()
    desk.seal()

    found = desk.verify()

    assert (only(found).kind, only(found).sequence) == (K.CLOCK, 3)
    assert "0:29:59 before" in only(found).what
    assert found.is_intact


def test_adopted_records_are_counted_and_their_times_are_no_clock_s_fault() -> None:
    """Nothing vouches for them before they were adopted, behind records that are younger."""
    desk = Desk()
    desk.record(2)
    desk.clock.advance(days=-1)
    desk.record(1)
    desk.clock.advance(days=1)
    desk.edit_link(3, adopted_at="2026-11-22T00:00:00.000000+00:00")
    desk.rechain(3)
    desk.seal()

    found = desk.verify()

    assert found.flaws == ()
    assert found.chains[0].adopted == 1


# --- while the ledger is in use -----------------------------------------------------------------


@dataclass
class Busy:
    """A ledger in which somebody records and seals whenever it is read."""

    desk: Desk
    left: int = 30

    def __call__(self, name: str) -> None:
        if name.startswith("ledger.") and self.left:
            self.left -= 1
            before, self.desk.ledger.plan.before = self.desk.ledger.plan.before, lambda name: None
            self.desk.record(1)
            if self.left % 3:
                self.desk.seal()
            self.desk.ledger.plan.before = before


def test_what_is_recorded_and_sealed_meanwhile_is_no_flaw() -> None:
    """The head is asked for after the links, the mark before them."""
    desk = a_desk()
    desk.ledger.plan.before = Busy(desk)

    found = desk.verify()

    assert not found.is_tampered, found.flaws
    assert {flaw.kind for flaw in found.flaws} <= {K.UNSEALED}


class _PageByPage(MemoryChains):
    """Reads the links one after the other, as a store with pages does."""

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        for number in sorted(self.linked.get(chain, {})):
            if number >= first:
                with self.plan.step("ledger.link"):
                    yield self.linked[chain][number]


def test_a_record_that_is_sealed_between_two_pages_has_not_lost_its_seal() -> None:
    """It was read without, and the next one with."""
    desk = Desk(ledger=_PageByPage())
    desk.record(6)
    reads = 0

    def seals_in_between(name: str) -> None:
        nonlocal reads
        reads += name == "ledger.link"
        if reads == 3:
            reads += 1
            desk.seal()

    desk.ledger.plan.before = seals_in_between

    found = desk.verify(is_archived=False)

    assert not found.is_tampered, found.flaws


class _LiveArchive(MemoryArchive):
    """Lists what is there at the time, as a store with pages does."""

    def versions(self, prefix: str) -> Iterator[ArchivedVersion]:
        last = ""
        while name := min(
            (n for n in self.objects if n > last and n.startswith(prefix)), default=""
        ):
            yield from super().versions(name)
            last = name


def test_a_record_that_is_archived_at_the_end_of_the_look_does_not_lie_behind_it() -> None:
    """The head is asked for once more before anything is called cut off."""
    desk = a_desk()
    archive = _LiveArchive(clock=desk.clock, objects=desk.archive.objects)
    desk.archive = archive
    reads = 0

    def records(name: str) -> None:
        """Behind the head that was read, and before the archive is listed to its end."""
        nonlocal reads
        reads += name == "ledger.entries"
        if name == "ledger.entries" and reads <= 2:
            desk.ledger.plan.before = lambda name: None
            desk.record(2)
            desk.seal()
            desk.ledger.plan.before = records

    desk.ledger.plan.before = records

    found = desk.verify()

    assert found.is_intact, found.flaws
    assert found.chains[0].records == RECORDS + 2
    assert len(archive.objects) == RECORDS + 4


# --- judged again -------------------------------------------------------------------------------


def a_judged_desk() -> tuple[Desk, str]:
    """A snapshot, and a decision that was made from it."""
    desk = Desk()
    snapshot: dict[str, Json] = {"job": {"Status": "COMPLETED"}}
    stream = f"{JOB}judged"
    desk.clock.advance(seconds=1)
    desk.ledger.add(stream, "snapshot", "s", snapshot, desk.clock())
    decision: dict[str, Json] = {"verdict": "PASS", "snapshot_digest": digest(snapshot)}
    desk.ledger.add(stream, "decision", "d", decision, desk.clock())
    desk.seal()
    return desk, stream


def test_every_decision_is_judged_again_from_its_snapshot() -> None:
    """The one in its own stream with the digest that it names."""
    desk, _ = a_judged_desk()
    judged: list[tuple[Mapping[str, Json], Mapping[str, Json]]] = []

    def judges(record: Mapping[str, Json], snapshot: Mapping[str, Json]) -> str:
        judged.append((record, snapshot))
        return ""

    found = desk.verify(replay=judges)

    [(record, snapshot)] = judged
    assert found.is_intact
    assert found.chains[0].replayed == 1
    assert (record["verdict"], snapshot) == ("PASS", {"job": {"Status": "COMPLETED"}})


def test_a_decision_that_comes_out_differently_is_named() -> None:
    """Its chain and its signature are as they were: the evaluator was wrong, or lied."""
    desk, _ = a_judged_desk()

    found = desk.verify(replay=lambda record, snapshot: "verdict: PASS, now FAIL")

    flaw = only(found)
    assert found.is_tampered
    assert (flaw.kind, flaw.sequence) == (K.DIFFERENT, 2)
    assert "verdict: PASS, now FAIL" in flaw.what


def test_a_decision_that_cannot_be_judged_again_is_not_called_right() -> None:
    """Another engine judged it, say."""
    desk, _ = a_judged_desk()

    def cannot(record: Mapping[str, Json], snapshot: Mapping[str, Json]) -> str:
        raise RecgateError("it was judged by engine 9")

    found = desk.verify(replay=cannot)

    assert only(found).kind is K.UNCHECKED
    assert found.chains[0].replayed == 0


def test_a_decision_without_its_snapshot_is_told() -> None:
    """There is nothing that it could be judged by."""
    desk = a_desk()

    found = desk.verify(replay=lambda record, snapshot: "")

    assert told(found) == [(K.DELETED, number) for number in range(1, RECORDS)]
    assert "snapshot" in found.flaws[0].what


def test_an_edited_record_is_told_as_edited_and_not_judged() -> None:
    """Neither is a decision whose snapshot was edited: that is told of the snapshot."""
    edited_decision, _ = a_judged_desk()
    edited_decision.edit_body(2, verdict="FAIL")
    edited_snapshot, _ = a_judged_desk()
    edited_snapshot.edit_body(1, more="than there was")

    def judges(record: Mapping[str, Json], snapshot: Mapping[str, Json]) -> str:
        raise AssertionError("what was edited is judged")

    assert told(edited_decision.verify(replay=judges)) == [(K.EDITED, 2)]
    assert told(edited_snapshot.verify(replay=judges)) == [(K.EDITED, 1)]


# --- hostile --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"schema":1}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"schema":1e400}',
        b'{"schema":"1"}',
        b'{"schema":true}',
    ],
)
def test_a_link_of_any_bytes_is_told_and_stops_nothing(document: bytes) -> None:
    """Whatever somebody puts there, the rest of the chain is read."""
    desk = a_desk()
    desk.ledger.edit_link(SHOP, 3, document)
    desk.edit_body(6, verdict="PASS")

    tampering = [f for f in desk.verify().flaws if f.kind.is_tampering]

    assert [(flaw.kind, flaw.sequence) for flaw in tampering] == [(K.EDITED, 3), (K.EDITED, 6)]


class _StrictChains(MemoryChains):
    """Takes no number that a store could not look for."""

    def links(self, chain: str, first: int = 1) -> Iterator[StoredLink]:
        assert first < 2**63
        return super().links(chain, first)

    def entries(self, places: Iterable[Place]) -> Mapping[Place, StoredEntry]:
        asked = list(places)
        assert all(type(n) is int and 0 <= n < 2**63 for _, n in asked)
        return super().entries(asked)


@pytest.mark.parametrize(
    "change",
    [
        {"stream": "\ud800"},
        {"position": 2**70},
        {"position": -1},
        {"position": "0"},
        {"position": True},
        {"sequence": "3"},
        {"sequence": 10**40},
        {"id": "not a ULID"},
        {"key": 7},
        {"stream": ""},
    ],
    ids=repr,
)
def test_a_link_with_values_that_no_ledger_has_is_told(change: Mapping[str, Json]) -> None:
    """They are never asked for in the ledger."""
    desk = Desk(ledger=_StrictChains())
    desk.record(RECORDS - 1)
    desk.checkpoint()
    desk.seal()
    desk.edit_link(3, **change)

    assert told(desk.verify()) == [(K.EDITED, 3)]


def test_names_of_records_come_from_the_archive_when_the_ledger_lies() -> None:
    """An auditor is told which record it was."""
    desk = a_desk()
    was = desk.link(3).id
    desk.edit_link(3, id="01ARZ3NDEKTSV4RRFFQ69G5FAV")

    assert only(desk.verify()).record.startswith(was)


def test_nothing_is_written_by_verifying() -> None:
    """Neither to the ledger nor to the archive, nor is anything signed."""
    desk = a_desk()
    desk.ledger.plan.calls.clear()
    before = (dict(desk.ledger.stored), dict(desk.archive.objects))

    verify(
        desk.ledger,
        where="x",
        archive=desk.archive,
        check=desk.key.check,
        now=desk.clock(),
    )

    assert (desk.ledger.stored, desk.archive.objects) == before
    assert {"ledger.append", "ledger.keep_seal", "ledger.move_sealed"}.isdisjoint(
        desk.ledger.plan.calls
    )
