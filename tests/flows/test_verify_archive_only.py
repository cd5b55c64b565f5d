"""The archive by itself: what its envelopes prove when there is no ledger."""

from collections.abc import Callable, Mapping

import pytest

from recgate.domain.statement import Envelope, envelope_bytes, pae
from recgate.domain.verification import FlawKind, Verification
from recgate.evidence_ports import ArchiveUnavailable, SignatureCheck
from recgate.flows.evidence.archive_only import verify_archive
from tests.flows.evidence_fakes import FakeKey
from tests.flows.verify_desk import RECORDS, SHOP, Desk, a_desk, only, told

K = FlawKind


def verified(
    desk: Desk, *, check: SignatureCheck | None = None, has_key: bool = True, **more: object
) -> Verification:
    return verify_archive(
        desk.archive,
        check=(check or desk.key.check) if has_key else None,
        now=desk.clock(),
        locks=True,
        **more,  # type: ignore[arg-type]
    )


def put(desk: Desk, sequence: int, content: bytes) -> None:
    name = desk.object_name(sequence)
    [(version, _, at)] = desk.archive.objects[name]
    desk.archive.objects[name] = [(version, content, at)]


def got(desk: Desk, sequence: int) -> bytes:
    content = desk.archive.content(desk.object_name(sequence), "")
    assert content is not None
    return content


def exchange(desk: Desk) -> None:
    here, there = got(desk, 3), got(desk, 5)
    put(desk, 3, there)
    put(desk, 5, here)


def edit(desk: Desk, before: bytes, after: bytes) -> None:
    """Change what an envelope says, under the signature that it had."""
    envelope = desk.envelope(3)
    payload = envelope.payload.replace(before, after)
    assert payload != envelope.payload
    put(desk, 3, envelope_bytes(Envelope(payload, envelope.signature)))


def sign(desk: Desk) -> None:
    payload = desk.envelope(3).payload
    other = FakeKey(secret=b"other").sign(pae(payload))
    put(desk, 3, envelope_bytes(Envelope(payload, other)))


def test_an_archive_that_nobody_touched_is_intact() -> None:
    """It holds whole records: nothing else is needed to check them."""
    desk = a_desk(230)

    found = verified(desk)

    [state] = found.chains
    assert found.flaws == ()
    assert (state.records, state.sealed, state.archived) == (231, 231, 231)
    assert state.head_digest == desk.ledger.heads[SHOP].digest


def test_every_object_is_fetched_once() -> None:
    """An archive of a million records takes its time already."""
    desk = a_desk(150)
    desk.archive.plan.calls.clear()

    verified(desk)

    # Once for each, and the last of them to know the end before and after.
    assert desk.archive.plan.count("archive.content") == 151


CHANGES: Mapping[str, tuple[Callable[[Desk], object], FlawKind, int | None]] = {
    "gone": (lambda d: d.archive.objects.pop(d.object_name(3)), K.DELETED, 3),
    "the first gone": (lambda d: d.archive.objects.pop(d.object_name(1)), K.DELETED, 1),
    "garbage": (lambda d: put(d, 3, b"\xff"), K.EDITED, 3),
    "the last is garbage": (lambda d: put(d, RECORDS, b"{}"), K.EDITED, RECORDS),
    "truncated": (lambda d: put(d, 3, got(d, 3)[:90]), K.EDITED, 3),
    "a value": (lambda d: edit(d, b"FAIL", b"PASS"), K.EDITED, 3),
    "a link": (lambda d: edit(d, b'"key":"key-2"', b'"key":"key-3"'), K.EDITED, 3),
    "copied": (lambda d: put(d, 3, got(d, 5)), K.REPLAYED, 3),
    "exchanged": (exchange, K.REORDERED, 3),
    "another key's": (sign, K.FORGED, 3),
    "overlaid": (lambda d: d.archive.put_on_top(d.object_name(3), got(d, 5)), K.OVERLAID, 3),
    "marked": (lambda d: d.archive.mark_deleted(d.object_name(3)), K.OVERLAID, 3),
    "foreign": (lambda d: d.archive.put_on_top("records/x/y/z.json", b""), K.FORGED, None),
    "unlocked": (lambda d: setattr(d.archive, "locks", None), K.UNLOCKED, 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named_once(name: str) -> None:
    """Where the archive is, at the object that was changed."""
    act, kind, sequence = CHANGES[name]
    desk = a_desk()
    act(desk)

    flaw = only(verified(desk))

    assert (flaw.kind, flaw.sequence) == (kind, sequence)
    assert flaw.where == desk.archive.where


def test_a_missing_end_is_told_by_what_was_kept_elsewhere() -> None:
    """The archive alone cannot tell it from a chain that was shorter."""
    desk = a_desk()
    kept = desk.envelope(RECORDS)
    del desk.archive.objects[desk.object_name(RECORDS)]

    assert verified(desk).is_intact
    assert told(verified(desk, checkpoints=[kept])) == [(K.TRUNCATED, RECORDS)]


def test_records_of_a_newer_recgate_are_not_checked() -> None:
    """They are neither intact nor tampered with."""
    desk = a_desk()
    payload = desk.envelope(RECORDS).payload.replace(b'"schema":1,"sequ', b'"schema":2,"sequ')
    put(desk, RECORDS, envelope_bytes(Envelope(payload, desk.key.sign(pae(payload)))))

    found = verified(desk)

    assert not found.is_tampered
    assert {flaw.kind for flaw in found.flaws} == {K.UNCHECKED}


def test_an_empty_archive_is_not_called_intact() -> None:
    """Everything in it may have been deleted."""
    assert only(verified(Desk())).kind is K.UNCHECKED


def test_without_a_key_nothing_is_called_checked() -> None:
    """The chain is followed all the same."""
    desk = a_desk()
    assert only(verified(desk, has_key=False)).kind is K.UNCHECKED

    exchange(desk)

    assert (K.REORDERED, 3) in told(verified(desk, has_key=False))


def test_another_key_is_told_once() -> None:
    """It is not the signer's, or all of it is another history."""
    flaw = only(verified(a_desk(), check=FakeKey(secret=b"other").check))

    assert (flaw.kind, flaw.sequence, flaw.last) == (K.FORGED, 1, RECORDS)


def test_an_archive_out_of_reach_is_no_answer() -> None:
    """There is nothing else to look at."""
    desk = a_desk()
    desk.archive.plan.outages["archive"] = ArchiveUnavailable("S3 is down")

    with pytest.raises(ArchiveUnavailable):
        verified(desk)
