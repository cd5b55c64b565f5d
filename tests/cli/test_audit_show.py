"""`recgate audit show`: one record, for whoever has to be convinced by it."""

import json
import sqlite3
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature, envelope_from, statement_from
from tests.cli.audit_desk import (
    LEDGER,
    NASTY,
    assert_harmless,
    at_a_desk,
    audit,
    document,
    nasty_job,
    record,
)

CHAIN = "111122223333/eu-west-1"
SEAL = Seal(Signature("sha256:abc", b"\x30\x00"), "2026-11-22T00:00:00+00:00", "records/x", "v7")


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    return at_a_desk(tmp_path, monkeypatch)


def seal(sequence: int) -> None:
    with SqliteLedger(LEDGER) as ledger:
        ledger.keep_seal(CHAIN, sequence, SEAL)


def test_a_decision_is_shown_whole() -> None:
    """Who, where, why, by which rules, with which result, and what came of it."""
    record("fraud-ranker-v14")
    seal(2)

    answer = audit("show", "35ebe0ef69a0")

    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == "PASS fraud-ranker v14"
    assert [line for line in lines if line and not line.startswith(" ")][1:] == [
        "Identity",
        "Seal",
        "What it is about",
        "Why it was judged",
        "By which rules",
        "What was decided",
        "Under prod-realtime (cfa8261)",
        "Who was told",
        "Decided later about the same job",
    ]
    for told in (f"{CHAIN}#2", "sha256:abc", "records/x", "v7", "84.0", "warn 100.0, fail 120.0"):
        assert told in answer.out


def test_the_document_has_the_record_itself() -> None:
    """Link, body and seal, from which everything can be checked."""
    record("fraud-ranker-v14")

    found = document("show", "fraud-ranker-v14")

    assert next(iter(found)) == "schema"
    assert found["schema"] == "recgate-record/1"
    assert (found["link"]["chain"], found["link"]["sequence"]) == (CHAIN, 2)
    assert found["link"]["body_digest"] == found["body_digest"]
    assert found["body"]["verdict"] == "PASS"
    assert found["seal"] is None
    assert document("show", f"{CHAIN}#2") == found
    assert document("show", found["link"]["id"]) == found


def test_any_record_is_shown_with_its_body() -> None:
    """A snapshot as the JSON that it is."""
    record("fraud-ranker-v14")

    answer = audit("show", f"{CHAIN}#1")

    assert answer.code == 0
    assert answer.out.startswith("snapshot COMPLETED@")
    assert '"InferenceRecommendations": [' in answer.out


def test_an_envelope_holds_what_is_stored(desk: Path) -> None:
    """The link and the body as they are, and the signature beside them."""
    record("fraud-ranker-v14")
    seal(2)

    written = audit("show", "fraud-ranker-v14", "--envelope", "record.json")
    printed = audit("show", "fraud-ranker-v14", "--envelope", "-")

    assert (written.code, written.out) == (0, "Envelope written to record.json\n")
    assert printed.out.encode() == (desk / "record.json").read_bytes()
    envelope = envelope_from((desk / "record.json").read_bytes())
    statement = statement_from(envelope.payload)
    assert (statement.link.chain, statement.link.sequence) == (CHAIN, 2)
    assert json.loads(statement.body)["verdict"] == "PASS"
    assert envelope.signature == SEAL.signature


def test_an_envelope_that_cannot_be_written_is_told(desk: Path) -> None:
    """Which file, why, and what to do; nothing is left behind."""
    record("fraud-ranker-v14")
    seal(2)

    answer = audit("show", f"{CHAIN}#2", "--envelope", "nowhere/e.json")

    assert (answer.code, answer.out) == (2, "")
    assert "cannot be written to nowhere/e.json: No such file or directory." in answer.err
    assert "- for standard output" in answer.err


def test_without_a_seal_there_is_no_envelope(desk: Path) -> None:
    """And what makes one is said; no file is left."""
    record("fraud-ranker-v14")

    answer = audit("show", "fraud-ranker-v14", "--envelope", "record.json")

    assert (answer.code, answer.out) == (2, "")
    assert "recgate audit seal" in answer.err
    assert not (desk / "record.json").exists()


def test_an_edited_record_is_no_answer_yes() -> None:
    """Exit code 1, and the first thing that is said."""
    record("support-summarizer-v3")
    file = sqlite3.connect(LEDGER)
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        file.execute(f"DROP TRIGGER {name}")
    file.execute(
        "UPDATE entries SET body = replace(body, '2.812', '1.812') WHERE kind = 'decision'"
    )
    file.commit()
    file.close()

    answer = audit("show", "76c272a59ea4")

    assert answer.code == 1
    assert answer.out.splitlines()[2] == "This is not what was recorded"
    assert "recgate audit verify" in answer.out
    assert document("show", "76c272a59ea4", code=1)["troubles"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "name the job by its ARN"),
        (["35ebe0ef"], "12 digits"),
        ([f"{CHAIN}#99"], "its records are 1 to 2"),
        (["elsewhere#1"], f"It has: {CHAIN}"),
        (["fraud-ranker-v14", "--envelope", "x", "--output", "json"], "leave out --output"),
        ([], "RECORD"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(arguments: list[str], said: str) -> None:
    """Exit code 2, and nothing on standard output."""
    record("fraud-ranker-v14")

    answer = audit("show", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_hostile_names_are_cleaned_for_people_and_exact_for_programs(desk: Path) -> None:
    """Also in the body of a snapshot, which is shown as JSON."""
    record(nasty_job(desk), policies=desk / "policies")
    named = document("list")["decisions"][0]["decision"]

    assert_harmless(audit("show", named).out)
    assert_harmless(audit("show", named, "--output", "json").out)
    assert_harmless(audit("show", "local#2").out)
    assert document("show", named)["body"]["job"]["name"] == f"job {NASTY}"
