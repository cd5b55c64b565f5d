"""What verifying says of an archive that does not lock what it holds."""

from pathlib import Path

from recgate.adapters.folder_archive import FolderArchive
from recgate.domain.verification import FlawKind, Verification
from recgate.evidence_ports import ArchiveRefused, ArchiveUnavailable, Retention
from recgate.flows.evidence.archive_only import verify_archive
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.verify import verify
from tests.flows.evidence_fakes import MemoryArchive
from tests.flows.verify_desk import RECORDS, Desk, a_desk, only, told

K = FlawKind
OTHER_PLACE = "job:arn:aws:sagemaker:us-east-1:111122223333:inference-recommendations-job/other"


class PartlyLocked(MemoryArchive):
    """An archive that locks the records up to a number, and none behind it."""

    last = 3

    def retention(self, name: str, version: str) -> Retention | None:
        found = super().retention(name, version)
        return found if int(name[-17:-5]) <= self.last else None


def partly_locked(desk: Desk) -> PartlyLocked:
    archive = PartlyLocked(clock=desk.clock, objects=desk.archive.objects)
    desk.archive = archive
    return archive


def ranges(found: Verification) -> list[tuple[FlawKind, int | None, int | None]]:
    return [(flaw.kind, flaw.sequence, flaw.last) for flaw in found.flaws]


def test_what_is_locked_by_an_archive_that_locks_is_no_flaw() -> None:
    """In the ledger's eyes and by itself."""
    desk = a_desk()

    alone = verify_archive(desk.archive, check=desk.key.check, now=desk.clock(), locks=True)

    assert told(desk.verify()) == told(alone) == []


def test_records_that_are_not_locked_are_named_in_one_line_for_those_in_a_row() -> None:
    """Where others are, and the archive locks what is put there."""
    desk = a_desk()
    partly_locked(desk)

    assert ranges(desk.verify()) == [(K.UNLOCKED, 4, RECORDS)]


def test_a_folder_at_a_desk_is_not_said_to_be_unlocked(tmp_path: Path) -> None:
    """It never said that it locks; a reader of the page knows what a folder is."""
    desk = Desk()
    desk.record(3)
    desk.checkpoint()
    folder = FolderArchive(tmp_path / "evidence")
    assert seal(SealParts(desk.ledger, desk.key, folder, desk.clock)).is_all

    found = verify(
        desk.ledger,
        where="the ledger",
        archive=folder,
        check=desk.key.check,
        now=desk.clock(),
        locks=False,
    )
    alone = verify_archive(folder, check=desk.key.check, now=desk.clock(), locks=False)

    assert told(found) == told(alone) == []
    assert found.chains[0].archived == 4


def test_an_archive_that_locks_nothing_is_told_once_and_not_for_each_record() -> None:
    """However many chains and gaps there are."""
    desk = a_desk()
    desk.record(2, stream="effect:key:console")
    desk.record(2, stream=OTHER_PLACE)
    desk.seal()
    desk.archive.locks = desk.archive.default = None
    del desk.archive.objects[desk.object_name(4)]

    found = desk.verify()

    assert len(found.chains) > 2
    assert [each for each in told(found) if each[0] is K.UNLOCKED] == [(K.UNLOCKED, None)]
    assert (K.DELETED, 4) in told(found)
    (flaw,) = (each for each in found.flaws if each.kind is K.UNLOCKED)
    assert (flaw.chain, flaw.where) == ("", "memory:archive")
    assert flaw.what == "it locks nothing: whoever may write there can delete every record"


def test_an_archive_that_locks_nothing_is_told_without_its_ledger_too() -> None:
    """Once, and it is a reason not to trust it."""
    desk = a_desk()
    desk.archive.locks = desk.archive.default = None

    found = verify_archive(desk.archive, check=desk.key.check, now=desk.clock(), locks=True)

    assert told(found) == [(K.UNLOCKED, None)]
    assert found.is_tampered


def test_a_default_lock_that_was_taken_away_is_told_before_anything_was_put_there() -> None:
    """What is archived from now on could be deleted; what is there is locked all the same."""
    desk = a_desk()
    desk.archive.default = None

    flaw = only(desk.verify())

    assert (flaw.kind, flaw.sequence) == (K.UNLOCKED, None)
    assert "from now on, though it holds records that are locked" in flaw.what


def test_after_a_default_lock_was_taken_away_the_records_without_one_are_named() -> None:
    """The archive in one line, and the records that were put there since in another."""
    desk = a_desk()
    partly_locked(desk).default = None

    assert ranges(desk.verify()) == [(K.UNLOCKED, 4, RECORDS), (K.UNLOCKED, None, None)]


def test_a_lock_that_nobody_may_ask_for_is_not_checked() -> None:
    """No tampering, and not intact either; each record's own lock is looked at."""
    desk = a_desk()
    desk.archive.plan.outages["archive.default_lock"] = ArchiveRefused("not allowed")

    found = desk.verify()

    flaw = only(found)
    assert flaw.kind is K.UNCHECKED
    assert flaw.what == "whether it locks what is put there cannot be told: not allowed"
    assert (found.is_tampered, found.is_intact) == (False, False)


def test_an_archive_that_cannot_be_read_is_not_asked_for_its_lock() -> None:
    """It is told once."""
    desk = a_desk()
    desk.archive.plan.outages["archive."] = ArchiveUnavailable("S3 is down")

    assert told(desk.verify()) == [(K.UNCHECKED, None)]
    assert desk.archive.plan.count("archive.default_lock") == 0


def test_a_folder_is_not_asked_for_its_lock() -> None:
    """``locks`` says that it is none that could."""
    desk = a_desk()
    desk.archive.locks = desk.archive.default = None

    found = verify_archive(desk.archive, check=desk.key.check, now=desk.clock(), locks=False)

    assert told(found) == []
    assert desk.archive.plan.count("archive.default_lock") == 0
