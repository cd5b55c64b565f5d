"""Every way to tamper that we thought of, once each; `make campaign` does it by the thousand."""

from pathlib import Path

import pytest

from recgate.domain.verification import FlawKind
from tests.tampering.campaign import PARTS, Trial, run, table, try_edit
from tests.tampering.edits import EDITS, Done, Edit, Owed
from tests.tampering.world import SHOP, Pristine, Scene, make_pristine, scene


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The evidence as it was recorded."""
    return make_pristine(tmp_path_factory.mktemp("tampering") / "pristine")


def test_what_nobody_touched_is_intact(pristine: Pristine, tmp_path: Path) -> None:
    """Otherwise everything would be found, and nothing be told by it."""
    with scene(pristine, tmp_path / "copy", "untouched") as copy:
        found = copy.verify()

    assert found.flaws == ()
    assert [state.chain for state in found.chains] == [SHOP, "local"]
    assert all(state.records == state.sealed == state.archived for state in found.chains)


@pytest.mark.parametrize(
    "number", range(len(EDITS)), ids=[f"{edit.part}: {edit.name}" for edit in EDITS]
)
def test_every_edit_is_found_and_named(number: int, pristine: Pristine, tmp_path: Path) -> None:
    """The first record that is named is one that was changed; what changes nothing is no flaw."""
    trial = try_edit(EDITS[number], f"test/{number}", pristine, tmp_path / "copy")

    assert trial.is_found, trial
    assert trial.is_named, trial


def test_the_campaign_notices_what_is_not_found(pristine: Pristine, tmp_path: Path) -> None:
    """An edit that nobody could find, and one that was made elsewhere than it says."""

    def nothing(scene: Scene) -> Done:
        return Done(SHOP, (1,))

    def elsewhere(scene: Scene) -> Done:
        row = scene.rows(SHOP)[2]
        scene.set_body(row, b"{}")
        return Done(SHOP, (1,))

    def trial(act: object) -> Trial:
        edit = Edit("test", "test", Owed.TAMPERED, act)  # type: ignore[arg-type]
        return try_edit(edit, "test", pristine, tmp_path / "copy")

    missed, misnamed = trial(nothing), trial(elsewhere)

    assert not missed.is_found
    assert misnamed.is_found
    assert not misnamed.is_named


def test_the_campaign_counts_what_it_does(tmp_path: Path) -> None:
    """The table has a line for each kind of edit, and the sums."""
    trials = run(3, 1, tmp_path, EDITS[:2])

    lines = table(trials).splitlines()

    assert len(PARTS) == 5
    assert [line.split()[-3:] for line in lines[1:]] == [list("222"), list("111"), list("333")]


def test_the_time_of_a_seal_is_no_evidence(pristine: Pristine, tmp_path: Path) -> None:
    """It is not signed: when a record was sealed at the latest, the archive's own time says."""
    with scene(pristine, tmp_path / "copy", "time") as copy:
        copy.run("UPDATE seals SET sealed_at = '1999-01-01T00:00:00.000000+00:00'")

        assert copy.verify().is_intact


def test_a_record_that_was_forged_before_it_was_sealed_is_told_as_not_sealed(
    pristine: Pristine, tmp_path: Path
) -> None:
    """Whoever writes to the ledger as recgate does can record: only the seal is out of reach."""
    [forged] = [edit for edit in EDITS if edit.name == "forged at the end, head moved"]
    with scene(pristine, tmp_path / "copy", "forged") as copy:
        done = forged.act(copy)

        found = copy.verify()

    assert [(flaw.kind, flaw.sequence) for flaw in found.flaws] == [
        (FlawKind.UNSEALED, done.records[0])
    ]
