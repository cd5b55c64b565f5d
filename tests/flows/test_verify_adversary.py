"""What somebody found who set out to deceive `verify`, or to make it fail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recgate.adapters.policy_files.job_paths import compile_path
from recgate.dialect.replay import CannotJudgeAgain, differs_when_judged_again
from recgate.domain.decision_record import decision_record
from recgate.domain.link import Head, sha256
from recgate.domain.statement import Signature
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import SignatureCheck, StoredEntry
from recgate.flows.evidence.left_over import LeftOver
from recgate.flows.evidence.seal import seal
from tests.flows.evidence_fakes import FakeKey
from tests.flows.verify_desk import JOB, RECORDS, SHOP, Desk, a_desk, only, told
from tests.rendering.decisions import decisions

K = FlawKind
LONG_AGO = "2020-01-01T00:00:00.000000+00:00"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_snapshot_that_no_recgate_recorded_cannot_be_judged_again(number: float) -> None:
    """Python reads NaN and 1e999 out of JSON, and nothing has a digest that says them."""
    record = decision_record(next(iter(decisions().values())), effects=())

    with pytest.raises(CannotJudgeAgain, match="not what recgate records"):
        differs_when_judged_again(record, {"x": number}, compile_path=compile_path)


@pytest.mark.parametrize("at", [datetime.min, datetime.max])  # noqa: DTZ901  it is given one
def test_the_first_and_the_last_time_there_is_are_times(at: datetime) -> None:
    """Links were deleted between records of them, and that is told, whatever they say."""
    bent = at.replace(tzinfo=UTC)
    left = LeftOver()
    left.lost(1, bent, bent)

    assert left.explains(bent.isoformat(), "body")


def test_a_link_that_says_that_it_is_newer_is_held_to_the_archive() -> None:
    """Whoever cannot sign could else take everything away from being checked."""
    desk = a_desk()
    newer = b'{"schema":2}'
    desk.ledger.edit_link(SHOP, RECORDS, newer)
    desk.ledger.heads[SHOP] = desk.ledger.sealed[SHOP] = Head(RECORDS, sha256(newer))

    found = desk.verify()

    assert found.is_tampered
    assert (K.EDITED, RECORDS) in told(found)


def _two_keys(one: FakeKey, other: FakeKey) -> SignatureCheck:
    def check(message: bytes, signature: Signature) -> str | None:
        return one.check(message, signature) or other.check(message, signature)

    return check


def _signed_by(desk: Desk, *keys: FakeKey) -> None:
    for key in keys:
        desk.key = key
        desk.record(2)
        desk.seal()


OLD, NEW = FakeKey("old", b"old"), FakeKey("new", b"new")


def test_a_key_that_took_over_from_another_is_fine() -> None:
    """Keys are changed, and a reader trusts both."""
    desk = Desk()
    _signed_by(desk, OLD, NEW)
    desk.checkpoint()
    desk.seal()

    assert desk.verify(check=_two_keys(OLD, NEW)).flaws == ()


def test_a_key_of_before_that_signs_again_is_named() -> None:
    """It may have been changed because it was lost; those in a row are told once."""
    desk = Desk()
    _signed_by(desk, OLD, NEW, OLD)
    desk.key = NEW
    desk.checkpoint()
    desk.seal()

    flaw = only(desk.verify(check=_two_keys(OLD, NEW)))

    assert (flaw.kind, flaw.sequence, flaw.last) == (K.FORGED, 5, 6)
    assert "signed by the key old, from which new had taken over at #3" in flaw.what


def _sealed_before_there_was_an_archive() -> Desk:
    desk = Desk()
    desk.record(2)
    assert seal(replace(desk.parts, archive=None)).is_all
    desk.record(2)
    desk.checkpoint()
    desk.seal()
    return desk


def test_what_was_sealed_before_there_was_an_archive_was_not_deleted() -> None:
    """It is signed; only that nobody can delete it is not so."""
    found = _sealed_before_there_was_an_archive().verify()

    flaw = only(found)
    assert (flaw.kind, flaw.sequence, flaw.last) == (K.UNSEALED, 1, 2)
    assert flaw.what.startswith("it is signed, and not archived")
    assert not found.is_tampered


def test_once_an_archive_locks_what_is_not_in_it_was_deleted() -> None:
    """To say in the ledger that it never was there does not help."""
    desk = a_desk()
    desk.edit_seal(4, archived_as="", version="")
    del desk.archive.objects[desk.object_name(4)]

    assert (K.DELETED, 4) in told(desk.verify())


def _add(desk: Desk, body: bytes) -> None:
    place = (f"{JOB}added", 0)
    made = StoredEntry(*place, "decision", "k", LONG_AGO, body, None, None)
    desk.ledger.stored[place] = made


@pytest.mark.parametrize(
    ("is_all_linked", "body", "kind"),
    [
        (True, b'{"gate":"open"}', K.FORGED),
        (True, b'{"gate": "open"}', K.UNCHECKED),
        (False, b'{"gate":"open"}', K.UNCHECKED),
    ],
)
def test_an_old_entry_without_a_link_is_forged_where_all_were_linked(
    is_all_linked: bool,
    body: bytes,
    kind: FlawKind,
) -> None:
    """Unless adopting left it out, as it does what recgate never wrote so."""
    desk = a_desk()
    desk.ledger.is_all_linked = is_all_linked
    _add(desk, body)

    assert only(desk.verify()).kind is kind
