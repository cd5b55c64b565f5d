"""`recgate audit export`: what a spreadsheet and a program get."""

import csv
import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.recorded_decision import recorded_decision
from recgate.rendering.evidence.decision_export import export_lines
from recgate.rendering.evidence.decision_table import COLUMNS, TEXT_LIMIT, cell
from tests.builders import NOW
from tests.cli.audit_desk import (
    LEDGER,
    NASTY,
    assert_harmless,
    at_a_desk,
    audit,
    nasty_job,
    record,
)
from tests.cli.runner import ROOT
from tests.docs.console import environment
from tests.rendering.test_untrusted_text import NASTY as NASTY_TEXTS

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    return at_a_desk(tmp_path, monkeypatch)


def table(*arguments: str) -> list[dict[str, str]]:
    answer = audit("export", *arguments, "--out", "out.csv")
    assert (answer.code, answer.out) == (0, "")
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_there_is_a_row_for_each_policy_of_each_decision() -> None:
    """Newest first; a decision that no policy judged has one row all the same."""
    record("fraud-ranker-v14", "support-summarizer-v3", "image-tagger-v2", "thumbnailer-v5")

    found = table()

    assert list(found[0]) == list(COLUMNS)
    assert [(row["job"], row["policy"], row["is_approved"]) for row in found] == [
        ("thumbnailer-v5", "prod-realtime", "yes"),
        ("thumbnailer-v5", "serverless", "no"),
        ("image-tagger-v2", "prod-realtime", "no"),
        ("image-tagger-v2", "serverless", "no"),
        ("support-summarizer-v3", "prod-realtime", "no"),
        ("fraud-ranker-v14", "prod-realtime", "yes"),
    ]


def test_numbers_are_exact_and_times_are_utc() -> None:
    """No exponent, no rounding."""
    record("fraud-ranker-v14")

    (row,) = table("--model", "fraud-ranker")

    assert row["cost_per_hour_usd"] == "0.174"
    assert row["latency_p99_ms"] == "84"
    assert row["recorded_at"].endswith("+00:00")
    assert (row["model"], row["model_version"]) == ("fraud-ranker", "14")
    assert len(row["decision"]) == len(row["policy_revision"]) == 64


def test_the_lines_are_those_of_rfc_4180() -> None:
    """CRLF after each, the last one too."""
    record("fraud-ranker-v14")
    audit("export", "--out", "out.csv")

    content = Path("out.csv").read_bytes()

    assert content.count(b"\r\n") == content.count(b"\n") == 2
    assert content.endswith(b"\r\n")


def test_no_cell_of_a_hostile_job_is_a_formula(desk: Path) -> None:
    """Nor has one a line break, or anything that cannot be seen."""
    record(nasty_job(desk), policies=desk / "policies")

    (row,) = table()

    assert row["recommendation_id"].startswith("'=cmd")
    assert row["environment"].startswith("'=A=")
    for text in row.values():
        assert_harmless(text)
        assert not text.startswith(DANGEROUS)
        assert ";@" not in text


hostile = st.one_of(
    st.sampled_from(NASTY_TEXTS),
    st.text(max_size=40),
    st.tuples(st.text(alphabet=" ;\t\r\u200b\u202e'\"", max_size=4), st.sampled_from(DANGEROUS))
    .map("".join)
    .flatmap(lambda lead: st.text(max_size=9).map(lambda tail: lead + tail)),
)


@given(hostile)
def test_no_text_becomes_a_formula(text: str) -> None:
    """Wherever a spreadsheet splits, and whatever it trims; a plain number stays one."""
    shown = cell(text)

    assert_harmless(shown.replace("\n", "!"))
    assert len(shown) <= TEXT_LIMIT * 2
    for part in shown.split(";"):
        begins = part.lstrip()
        is_number = shown.removeprefix("-").replace(".", "", 1).isascii() and _is_number(shown)
        assert is_number or not begins.startswith(DANGEROUS), shown
    (read,) = csv.reader(io.StringIO(_written(shown), newline=""), strict=True)
    assert read == [shown]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _written(text: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([text])
    return out.getvalue()


@pytest.mark.parametrize("number", ["-1", "-0.5", "12.25", "0"])
def test_a_plain_number_stays_a_number(number: str) -> None:
    """An apostrophe would make text of it."""
    assert cell(number) == number


def test_the_document_has_every_record_as_it_was_recorded(desk: Path) -> None:
    """One document, and each record on a line of its own."""
    record("fraud-ranker-v14", nasty_job(desk), policies=desk / "policies")
    answer = audit("export", "--output", "json", "--out", "out.json")

    text = Path("out.json").read_text("utf-8")
    found = json.loads(text)

    assert answer.code == 0
    assert next(iter(found)) == "schema"
    assert found["schema"] == "recgate-export/1"
    assert [each["record"]["job"]["name"] for each in found["decisions"]] == [
        f"job {NASTY}",
        "fraud-ranker-v14",
    ]
    assert len(text.splitlines()) == 4
    assert_harmless(text)
    one = json.loads(audit("show", "fraud-ranker-v14", "--output", "json").out)
    assert found["decisions"][1]["record"] == one["body"]


def test_a_record_that_json_cannot_say_ends_no_document() -> None:
    """It is told as unreadable, and every other one is there."""
    fine = recorded_decision("job:a", "1", NOW, {"n": 1})
    odd = recorded_decision("job:b", "2", NOW, {"n": math.nan})

    found = json.loads("".join(export_lines([odd, fine], looked={})))

    first, second = found["decisions"]
    assert (first["decision"], first["record"]) == ("2", None)
    assert "NaN" in first["unreadable"]
    assert second["record"] == {"n": 1}
    assert "unreadable" not in second


@pytest.mark.parametrize("output", ["csv", "json"])
def test_nothing_found_is_an_empty_export(output: str) -> None:
    """With its head, and exit code 0."""
    record("fraud-ranker-v14")

    answer = audit("export", "--verdict", "ERROR", "--output", output, "--out", "out")

    assert answer.code == 0
    assert answer.err.startswith("0 decisions of the last 30 days")
    text = Path("out").read_text("utf-8")
    if output == "csv":
        assert text == ",".join(COLUMNS) + "\n"
    else:
        assert json.loads(text)["decisions"] == []


def test_a_file_is_there_whole_or_not_at_all(desk: Path) -> None:
    """An export that fails leaves the one of before."""
    record("fraud-ranker-v14")
    (desk / "out.csv").write_text("before")
    (desk / LEDGER).write_bytes(b"no ledger at all, and longer than a header of SQLite is" * 99)

    answer = audit("export", "--out", "out.csv")

    assert (answer.code, answer.out) == (2, "")
    assert (desk / "out.csv").read_text() == "before"
    assert [each.name for each in desk.iterdir() if each.name.startswith(".out")] == []


def test_standard_output_has_the_table_alone(desk: Path) -> None:
    """In UTF-8, whatever the locale is; what was looked through is told on standard error."""
    record("fraud-ranker-v14")

    done = subprocess.run(
        [sys.executable, "-c", "from recgate.cli.main import run; run()", "audit", "export"],
        cwd=desk,
        env=environment(PYTHONPATH=str(ROOT / "src"), RECGATE_LEDGER=LEDGER, LC_ALL="C"),
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0
    assert done.stdout.count(b"\r\n") == 2
    assert done.stderr.decode() == "1 decision of the last 30 days (--since looks further back)\n"


def test_a_folder_that_is_not_there_is_told() -> None:
    """Exit code 2, in one line."""
    record("fraud-ranker-v14")

    answer = audit("export", "--out", "nowhere/out.csv")

    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
