"""`recgate audit seal`: a desk seals what it recorded, and is told what it cannot."""

import json
import os
import shutil
from pathlib import Path

import pytest

from recgate.adapters.local_key import LocalKey, new_local_key, public_path
from recgate.adapters.signature_check import PublicKeys
from recgate.domain.statement import envelope_from, pae, statement_from
from tests.cli.runner import recgate
from tests.cli.sealing_desk import CHAIN, SealingDesk, sealing_desk

JOB = "support-summarizer-v3"
OTHER_JOB = "fraud-ranker-v14"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealingDesk:
    """A desk with two decisions that nobody sealed."""
    made = sealing_desk(tmp_path, monkeypatch)
    made.record(JOB, OTHER_JOB)
    return made


def left_of(answer_out: str) -> dict[str, int]:
    """How many records each chain has left, from the JSON answer."""
    return {each["chain"]: each["left"] for each in json.loads(answer_out)["chains"]}


def test_everything_is_signed_with_the_key_and_archived(desk: SealingDesk) -> None:
    """Each envelope by itself can be checked with the public key alone."""
    answer = desk.seal()

    assert (answer.code, answer.err) == (0, "")
    archived = desk.archived()
    assert f"{CHAIN}: {sum(CHAIN in str(path) for path in archived)} sealed now, none left." in (
        answer.out.splitlines()
    )
    assert answer.out.splitlines()[-1] == f"Archive: {desk.archive}"
    check = PublicKeys([public_path(desk.key).read_bytes()])
    for path in archived:
        envelope = envelope_from(path.read_bytes())
        assert check(pae(envelope.payload), envelope.signature)
    kinds = [statement_from(envelope_from(p.read_bytes()).payload).link.kind for p in archived]
    assert kinds.count("decision") == 2


def test_again_seals_only_what_is_new(desk: SealingDesk) -> None:
    """And what is archived stays as it is."""
    desk.seal()
    before = {path: path.read_bytes() for path in desk.archived()}

    idle = desk.seal()
    desk.record("image-tagger-v2")
    more = desk.seal()

    assert f"{CHAIN}: 0 sealed now, none left." in idle.out
    assert more.code == 0
    after = {path: path.read_bytes() for path in desk.archived()}
    assert len(after) > len(before)
    assert before.items() <= after.items()


def test_without_an_archive_the_seals_are_in_the_ledger(desk: SealingDesk) -> None:
    """It says so, since whoever can change the ledger can take them away."""
    answer = recgate("audit", "seal", "--ledger", desk.ledger, "--key", desk.key)

    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "No archive: the seals are in the ledger alone."
    assert not desk.archive.exists()


def test_key_and_archive_come_from_the_environment(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a pipeline says them once."""
    monkeypatch.setenv("RECGATE_LEDGER", str(desk.ledger))
    monkeypatch.setenv("RECGATE_SIGNING_KEY", str(desk.key))
    monkeypatch.setenv("RECGATE_ARCHIVE", str(desk.archive))

    answer = recgate("audit", "seal")

    assert answer.code == 0
    assert desk.archived()


def test_json_is_the_whole_answer(desk: SealingDesk) -> None:
    """Every chain, with what is left and how old it is."""
    answer = desk.seal("--checkpoint", "--output", "json")

    document = json.loads(answer.out)
    assert next(iter(document.items())) == ("schema", "recgate-audit-sealed/1")
    assert document["sealed"] == len(desk.archived())
    [chain] = [each for each in document["chains"] if each["chain"] == CHAIN]
    assert (chain["left"], chain["oldest_left_s"], chain["stopped"]) == (0, 0.0, "no")
    assert (chain["why"], chain["flaw"]) == ("", None)
    assert {each["chain"] for each in document["checkpoints"]} >= {CHAIN}
    assert all(each["made"] for each in document["checkpoints"])


# --- checkpoints -----------------------------------------------------------------------------


def test_a_checkpoint_is_recorded_sealed_and_saved(desk: SealingDesk) -> None:
    """The saved line is the very envelope in the archive."""
    file = desk.folder / "head.json"

    answer = desk.seal("--checkpoint", "--save", file)

    assert answer.code == 0
    assert f"The signed checkpoints are in {file}." in answer.out
    archived = {path.read_bytes() for path in desk.archived()}
    lines = file.read_bytes().splitlines()
    assert lines
    assert set(lines) <= archived
    statements = [statement_from(envelope_from(line).payload) for line in lines]
    [link] = [each.link for each in statements if each.link.chain == CHAIN]
    [body] = [json.loads(each.body) for each in statements if each.link.chain == CHAIN]
    assert (link.kind, body["sequence"]) == ("checkpoint", link.sequence - 1)
    assert body["digest"] == link.previous


def test_a_day_has_one_checkpoint_which_can_be_saved_again(desk: SealingDesk) -> None:
    """The second time makes none, and writes the same."""
    first, second = desk.folder / "a.json", desk.folder / "b.json"
    desk.seal("--checkpoint", "--save", first)
    number = len(desk.archived())

    answer = desk.seal("--checkpoint", "--save", second)

    assert answer.code == 0
    assert "recorded." not in answer.out
    # Past midnight (UTC) between the two, the second one is the next day's.
    assert first.read_bytes() == second.read_bytes() or len(desk.archived()) > number


def test_a_checkpoint_that_cannot_be_saved_is_an_error(desk: SealingDesk) -> None:
    """The folder is not there; what was sealed stays sealed."""
    file = desk.folder / "not-there" / "head.json"

    answer = desk.seal("--checkpoint", "--save", file)

    assert answer.code == 2
    assert f"{file} was not written" in answer.err
    assert desk.archived()


def test_a_checkpoint_that_is_not_sealed_is_not_saved(desk: SealingDesk) -> None:
    """An unsigned one would prove nothing."""
    desk.tamper("UPDATE entries SET body = '{}' WHERE kind = 'decision'")
    file = desk.folder / "head.json"

    answer = desk.seal("--checkpoint", "--save", file)

    assert answer.code == 2
    assert "is not sealed" in answer.err
    assert not file.exists()


def test_save_needs_a_checkpoint(desk: SealingDesk) -> None:
    """A wrong use is told, and seals nothing."""
    answer = desk.seal("--save", "head.json")

    assert answer.code == 2
    assert "--checkpoint" in answer.err
    assert desk.archived() == []


# --- what is broken, and what could not be done ----------------------------------------------


def test_an_edited_record_is_named_and_not_signed(desk: SealingDesk) -> None:
    """Exit code 1; what comes before it is sealed, and again changes nothing."""
    desk.tamper(
        "UPDATE entries SET body = replace(body, 'verdict', 'Verdict') "
        "WHERE kind = 'decision' AND stream LIKE '%fraud-ranker%'"
    )

    answer = desk.seal()
    again = desk.seal("--output", "json")

    assert (answer.code, again.code) == (1, 1)
    assert "  broken: record " in answer.out
    assert "edited (the ledger): the entry's body is not the one that was chained" in answer.out
    assert "(decision in job:arn:aws:sagemaker:eu-west-1:111122223333:" in answer.out
    [chain] = [each for each in json.loads(again.out)["chains"] if each["chain"] == CHAIN]
    assert (chain["flaw"]["kind"], chain["stopped"], chain["sealed"]) == ("edited", "broken", 0)
    signed = [statement_from(envelope_from(p.read_bytes()).payload) for p in desk.archived()]
    fraud = [each for each in signed if "fraud-ranker" in each.link.stream]
    assert all(each.link.kind != "decision" for each in fraud)


def test_a_restored_backup_is_a_fork(desk: SealingDesk) -> None:
    """The archive is ahead of the ledger: told, exit code 1, and nothing of it is signed."""
    desk.seal()
    backup = desk.folder / "backup.db"
    shutil.copy(desk.ledger, backup)
    desk.record("image-tagger-v2")
    desk.seal()
    archived = {path: path.read_bytes() for path in desk.archived()}
    for file in desk.folder.glob("decisions.db*"):
        file.unlink()
    shutil.copy(backup, desk.ledger)
    desk.record("churn-xgb-v8")

    answer = desk.seal()

    assert answer.code == 1
    assert f"forked ({desk.archive}): the archive holds another record" in answer.out
    assert "Was the ledger restored from a backup?" in answer.out
    assert {path: path.read_bytes() for path in desk.archived()} == archived


def test_without_a_key_nothing_is_sealed(desk: SealingDesk) -> None:
    """It says how to get one."""
    answer = recgate("audit", "seal", "--ledger", desk.ledger)

    assert (answer.code, answer.out) == (2, "")
    assert "RECGATE_SIGNING_KEY" in answer.err
    assert "recgate audit key" in answer.err


def test_a_key_that_others_may_read_signs_nothing(desk: SealingDesk) -> None:
    """The port's own words, in one line."""
    desk.key.chmod(0o644)

    answer = desk.seal()

    assert (answer.code, answer.out) == (2, "")
    assert str(desk.key) in answer.err
    assert len(answer.err.splitlines()) == 1


def test_an_archive_that_takes_nothing_is_told_and_the_records_wait(desk: SealingDesk) -> None:
    """A file where the folder should be: exit code 2, and the next run seals all."""
    desk.archive.write_text("no folder")

    refused = desk.seal()
    desk.archive.unlink()
    mended = desk.seal("--output", "json")

    assert refused.code == 2
    assert str(desk.archive) in refused.out
    assert mended.code == 0
    assert set(left_of(mended.out).values()) == {0}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--key", "-----BEGIN PRIVATE KEY-----"], "--key: kms:"),
        (["--key", "kms:"], "--key: kms:"),
        (["--archive", "s3://bucket"], "--archive: s3: and the name of a bucket"),
    ],
)
def test_a_wrong_word_is_refused_by_the_option_that_has_it(
    desk: SealingDesk, options: list[str], told: str
) -> None:
    """And a key that was pasted is not repeated."""
    answer = desk.seal(*options)

    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert "BEGIN" not in answer.err


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """SQLite would make an empty one, of which everything is sealed."""
    path = tmp_path / "no.db"

    answer = recgate("audit", "seal", "--ledger", path, "--key", "k")

    assert answer.code == 2
    assert str(path) in answer.err
    assert not path.exists()


def test_no_ledger_at_all_is_a_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory has nothing to seal."""
    monkeypatch.delenv("RECGATE_LEDGER", raising=False)

    answer = recgate("audit", "seal", "--key", "k")

    assert answer.code == 2
    assert "--ledger FILE" in answer.err


# --- recgate check --record ------------------------------------------------------------------


def test_what_a_check_records_is_sealed_at_once(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the environment names a key; its answer and its output are the same."""
    plain = desk.check(JOB)
    monkeypatch.setenv("RECGATE_SIGNING_KEY", str(desk.key))
    monkeypatch.setenv("RECGATE_ARCHIVE", str(desk.archive))

    answer = desk.check(JOB)

    assert answer == plain
    assert desk.archived()
    assert f"{CHAIN}: 0 sealed now, none left." in desk.seal().out


def test_a_check_whose_record_cannot_be_sealed_says_so_and_answers_all_the_same(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is recorded; a pipeline's gate does not hang on the archive."""
    plain = desk.check(JOB)
    monkeypatch.setenv("RECGATE_SIGNING_KEY", str(desk.folder / "no-such-key.pem"))

    answer = desk.check(JOB)

    assert (answer.code, answer.out) == (plain.code, plain.out)
    assert answer.err.startswith("recgate: recorded, and not sealed: ")
    assert "no-such-key.pem" in answer.err
    assert "recgate audit seal" in answer.err


def test_a_check_over_broken_evidence_says_so(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by its chain, on standard error."""
    monkeypatch.setenv("RECGATE_SIGNING_KEY", str(desk.key))
    desk.tamper("UPDATE entries SET kind = 'other' WHERE kind = 'decision'")

    answer = desk.check("image-tagger-v2")

    assert f"recgate: recorded, and not sealed: {CHAIN}: the entry's place" in answer.err


def test_a_check_that_records_nothing_needs_no_key(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that cannot be read is none of its business."""
    monkeypatch.setenv("RECGATE_SIGNING_KEY", str(desk.folder / "no-such-key.pem"))

    answer = recgate("check", "--file", f"examples/jobs/{JOB}.json", "--policies", "policies")

    assert answer.err == ""


def test_the_key_is_the_one_that_signs(desk: SealingDesk) -> None:
    """Another key's public half checks nothing."""
    other = desk.folder / "other.pem"
    new_local_key(other)
    desk.seal("--key", other)

    [*_, path] = desk.archived()
    envelope = envelope_from(path.read_bytes())

    assert envelope.signature.key_id == LocalKey(other).key_id
    assert not PublicKeys([public_path(desk.key).read_bytes()])(
        pae(envelope.payload), envelope.signature
    )
    assert os.stat(path).st_mode & 0o222 == 0
