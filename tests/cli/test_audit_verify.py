"""`recgate audit verify` as an auditor uses it: on a ledger, an archive, with keys and without."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.local_key import new_local_key, public_path
from recgate.domain.link import sha256
from tests.cli.runner import Answer, recgate
from tests.cli.sealing_desk import CHAIN, SealingDesk, sealing_desk

OPEN = """
    UPDATE entries SET body = replace(body, '"gate":"closed"', '"gate":"open"')
    WHERE kind = 'decision' AND body LIKE '%"gate":"closed"%'
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealingDesk:
    """Two decisions, sealed, archived, with a checkpoint that is kept in head.json."""
    made = sealing_desk(tmp_path, monkeypatch)
    made.record("support-summarizer-v3", "fraud-ranker-v14")
    answer = made.seal("--checkpoint", "--save", tmp_path / "head.json")
    assert answer.code == 0, answer.err
    return made


def verify(
    desk: SealingDesk, *options: str | Path, ledger: bool = True, key: bool = True
) -> Answer:
    """`recgate audit verify` with the desk's ledger, public key and archive."""
    named: list[str | Path] = ["--ledger", desk.ledger] if ledger else []
    keys: list[str | Path] = ["--public-key", public_path(desk.key)] if key else []
    return recgate("audit", "verify", *named, *keys, "--archive", desk.archive, *options)


def verified(desk: SealingDesk, *options: str | Path, **more: bool) -> Any:
    """The document, and nothing else on standard output."""
    answer = verify(desk, "--output", "json", *options, **more)
    assert answer.err == ""
    document = json.loads(answer.out)
    codes = {"intact": 0, "tampered": 1, "incomplete": 2}
    assert answer.code == codes[document["answer"]]
    assert next(iter(document)) == "schema"
    return document


def in_short(document: Any) -> list[tuple[str, int | None]]:
    return [(flaw["kind"], flaw["sequence"]) for flaw in document["flaws"]]


def sequence_of(desk: SealingDesk, kind: str) -> int:
    """The number of the first record of that kind in the jobs' chain."""
    with closing(sqlite3.connect(desk.ledger)) as connection:
        (sequence,) = connection.execute(
            "SELECT min(sequence) FROM links JOIN entries USING (stream, position) "
            "WHERE kind = ? AND chain = ?",
            (kind, CHAIN),
        ).fetchone()
    return int(sequence)


def test_a_sealed_ledger_is_intact_and_judged_again(desk: SealingDesk) -> None:
    """Exit code 0, and the state of each chain."""
    answer = verify(desk, "--replay", "--checkpoint", desk.folder / "head.json")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"INTACT: {desk.ledger}: ")
    assert f"\n{CHAIN}\n" in answer.out
    assert "  judged again  2 decisions\n" in answer.out


def test_an_edited_decision_is_named_with_what_it_was(desk: SealingDesk) -> None:
    """The archive has what was recorded."""
    sequence = sequence_of(desk, "decision")
    desk.tamper(OPEN)

    answer, document = verify(desk), verified(desk)

    [flaw] = document["flaws"]
    assert answer.code == 1
    assert (flaw["kind"], flaw["chain"], flaw["sequence"]) == ("edited", CHAIN, sequence)
    assert flaw["what"] == 'its entry was changed: gate is "open" and was "closed"'
    assert f"  ✗ edited #{sequence} in {desk.ledger}\n" in answer.out
    assert "(decision in job:arn:aws:sagemaker:" in answer.out


def test_a_decision_that_is_hidden_in_the_index_is_named_and_found_again_by_adopting(
    desk: SealingDesk,
) -> None:
    """`recgate audit list --model` does not show it, and no record was changed."""
    sequence = sequence_of(desk, "decision")
    shown = recgate("audit", "list", "--ledger", desk.ledger, "--model", "support-summarizer")
    desk.tamper("DELETE FROM decisions_by_model WHERE model = 'support-summarizer'")
    hidden = recgate("audit", "list", "--ledger", desk.ledger, "--model", "support-summarizer")

    document = verified(desk)
    adopted = recgate("audit", "adopt", "--ledger", desk.ledger)

    [flaw] = document["flaws"]
    assert (flaw["kind"], flaw["chain"], flaw["sequence"]) == ("hidden", CHAIN, sequence)
    assert flaw["tampering"]
    assert "does not find it by its model: recgate audit adopt puts it right" in flaw["what"]
    assert (adopted.code, adopted.out.splitlines()[0]) == (0, "0 records linked now.")
    assert verified(desk)["answer"] == "intact"
    again = recgate("audit", "list", "--ledger", desk.ledger, "--model", "support-summarizer")
    assert again.out == shown.out != hidden.out


def test_the_archive_alone_can_be_verified(desk: SealingDesk) -> None:
    """Also when the ledger is gone."""
    desk.ledger.unlink()

    whole = verified(desk, "--archive-only", ledger=False)
    desk.archived()[1].unlink()
    torn = verified(desk, "--archive-only", ledger=False)

    assert (whole["answer"], whole["ledger"]) == ("intact", None)
    assert in_short(torn) == [("deleted", 2)]


def test_without_a_public_key_it_is_said_how_to_get_one(desk: SealingDesk) -> None:
    """A key that lies beside the records would prove nothing, so none is looked for."""
    answer = verify(desk, key=False)

    assert answer.code == 2
    assert "no public key was given, so no signature was checked" in answer.out
    assert "recgate audit key --from-kms ARN" in answer.out


def test_another_s_key_is_told_once_for_each_chain(desk: SealingDesk) -> None:
    """And another beside the right one does no harm."""
    stranger = desk.folder / "stranger.pem"
    new_local_key(stranger)

    wrong = verified(desk, "--public-key", public_path(stranger), key=False)
    both = verified(desk, "--public-key", public_path(stranger))

    assert wrong["answer"] == "tampered"
    assert {flaw["kind"] for flaw in wrong["flaws"]} == {"forged"}
    assert len(wrong["flaws"]) == len(wrong["chains"])
    assert "it is not the signer's" in wrong["flaws"][0]["what"]
    assert both["answer"] == "intact"


def test_a_restored_backup_is_told_by_the_archive(desk: SealingDesk) -> None:
    """And an archive that was emptied then is told by the seals."""
    backup = desk.folder / "backup.db"
    with (
        closing(sqlite3.connect(desk.ledger)) as now,
        closing(sqlite3.connect(backup)) as before,
    ):
        now.backup(before)
    desk.record("image-tagger-v2")
    assert desk.seal().code == 0
    grown = verified(desk)
    for file in (desk.ledger, desk.ledger.with_name("decisions.db-wal")):
        file.unlink(missing_ok=True)
    shutil.copy(backup, desk.ledger)

    by_archive = verified(desk)
    shutil.rmtree(desk.archive)
    desk.archive.mkdir()
    without = verified(desk)

    assert grown["answer"] == "intact"
    assert ("truncated", grown["chains"][0]["records"] - 1) in in_short(by_archive)
    assert {kind for kind, _ in in_short(without)} == {"deleted"}


def test_a_checkpoint_holds_a_shorter_ledger_to_it(desk: SealingDesk) -> None:
    """Cut back together with the archive, it is told by nothing else."""
    head = desk.folder / "head.json"
    last = sequence_of(desk, "checkpoint")
    for what in (
        f"links WHERE chain = '{CHAIN}' AND sequence = {last}",
        f"entries WHERE stream = 'checkpoint:{CHAIN}'",
        f"seals WHERE chain = '{CHAIN}' AND sequence = {last}",
    ):
        desk.tamper(f"DELETE FROM {what}")  # noqa: S608
    desk.archived()[last - 1].unlink()
    with closing(sqlite3.connect(desk.ledger)) as connection:
        (link,) = connection.execute(
            "SELECT CAST(link AS BLOB) FROM links WHERE chain = ? AND sequence = ?",
            (CHAIN, last - 1),
        ).fetchone()
    for table in ("heads", "sealed_to"):
        moved = f"sequence = {last - 1}, digest = '{sha256(link)}' WHERE chain = '{CHAIN}'"
        desk.tamper(f"UPDATE {table} SET {moved}")  # noqa: S608

    alone, held = verified(desk), verified(desk, "--checkpoint", head)

    assert alone["answer"] == "intact"
    assert in_short(held) == [("truncated", last)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty: there is no checkpoint in it"),
        (b"{}\n", "head.bad:1: it is no signed record"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(
    desk: SealingDesk, content: bytes | None, words: str
) -> None:
    """With its place; nothing is verified then."""
    bad = desk.folder / "head.bad"
    if content is not None:
        bad.write_bytes(content)

    answer = verify(desk, "--checkpoint", bad)

    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err


def test_a_checkpoint_file_that_was_cut_is_refused(desk: SealingDesk) -> None:
    """Half a line is no envelope; a line that is missing is not missed."""
    bad = desk.folder / "cut.json"
    bad.write_bytes((desk.folder / "head.json").read_bytes()[:-30])

    answer = verify(desk, "--checkpoint", bad)

    assert answer.code == 2
    assert "it is no signed record, or not the whole of it" in answer.err


def test_a_file_that_is_no_public_key_is_refused(desk: SealingDesk) -> None:
    """The private one is none either, and is not repeated."""
    answer = verify(desk, "--public-key", desk.key, key=False)

    assert (answer.code, answer.out) == (2, "")
    assert str(desk.key) in answer.err
    assert "-----" not in answer.err.replace("-----BEGIN PUBLIC KEY-----", "")


def test_a_ledger_file_that_was_cut_is_no_answer(desk: SealingDesk) -> None:
    """It cannot be read, which is neither intact nor tampered with."""
    with closing(sqlite3.connect(desk.ledger)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = desk.ledger.read_bytes()
    desk.ledger.write_bytes(content[: len(content) // 2])

    answer = verify(desk)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("recgate: ")


def test_an_archive_of_garbage_is_told_name_by_name(desk: SealingDesk) -> None:
    """Every kind of it, in one look."""
    first, second, third, *_ = desk.archived()
    for file, content in ((first, b""), (second, b"\xff\x00"), (third, b"[" * 100_000)):
        file.unlink()
        file.write_bytes(content)
    (desk.archive / "records" / "notes.txt").write_text("hello")
    (desk.archive / "records" / "local" / "x.json").write_text("{}")

    document = verified(desk)

    assert in_short(document)[:3] == [("edited", 1), ("edited", 2), ("edited", 3)]
    assert [kind for kind, _ in in_short(document)].count("forged") == 2


def test_an_archive_that_is_not_there_leaves_the_ledger_checked(desk: SealingDesk) -> None:
    """It is told, and the answer is not complete."""
    shutil.rmtree(desk.archive)

    document = verified(desk)

    assert document["answer"] == "incomplete"
    assert in_short(document) == [("not checked", None)]
    assert document["chains"][0]["signed"] == document["chains"][0]["records"]


def test_a_ledger_that_is_not_there_is_not_made(desk: SealingDesk) -> None:
    """An empty one would be verified then."""
    answer = recgate("audit", "verify", "--ledger", desk.folder / "nothing.db")

    assert answer.code == 2
    assert "There is no ledger" in answer.err
    assert not (desk.folder / "nothing.db").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--archive-only"], "leave out --ledger"),
        (["--archive-only", "--stack", "x"], "leave out --ledger"),
    ],
)
def test_options_that_go_against_each_other_are_refused(
    desk: SealingDesk, options: list[str], words: str
) -> None:
    """Before anything is read."""
    answer = verify(desk, *options)

    assert answer.code == 2
    assert words in answer.err


def test_an_archive_alone_has_to_be_named(desk: SealingDesk) -> None:
    """There is none to look in otherwise."""
    answer = recgate("audit", "verify", "--archive-only")

    assert answer.code == 2
    assert "There is no archive to look in" in answer.err


def test_the_environment_names_ledger_and_archive(
    desk: SealingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does for every other command."""
    monkeypatch.setenv("RECGATE_LEDGER", str(desk.ledger))
    monkeypatch.setenv("RECGATE_ARCHIVE", str(desk.archive))

    answer = recgate("audit", "verify", "--public-key", public_path(desk.key))

    assert answer.code == 0, answer.out


def test_what_is_recorded_and_not_sealed_is_told(desk: SealingDesk) -> None:
    """It is sealed with one command."""
    desk.record("image-tagger-v2")

    before = verified(desk)
    desk.seal()

    assert before["answer"] == "incomplete"
    assert {flaw["kind"] for flaw in before["flaws"]} == {"not sealed"}
    assert verified(desk)["answer"] == "intact"
