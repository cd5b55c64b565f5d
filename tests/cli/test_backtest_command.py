"""`recgate backtest`, as a person or a pipeline runs it."""

import json
import shutil
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recgate.cli.backtest import progress
from recgate.cli.backtest.progress import Watching
from tests.cli.runner import JOBS, POLICIES, Answer, recgate

SCHEMA = json.loads(files("recgate").joinpath("backtest.v1.schema.json").read_text("utf-8"))
ON = ("--on", "2026-11-22")
FRAUD = "fraud-ranker-v14"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one decision on each of the six example jobs, by the shipped policies."""
    path = tmp_path_factory.mktemp("ledger") / "decisions.db"
    for job in sorted(JOBS.glob("*.json")):
        if not job.name.endswith(".extra.json"):
            made = recgate(
                *("check", "--file", job, "--policies", POLICIES),
                *("--record", "--ledger", path),
            )
            assert made.code in (0, 1)
    return path


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """The shipped policies with a cost limit below that of the only PASS in production."""
    return changed(tmp_path / "stricter", "fail: 2.50", "fail: 0.15", "warn: 2.00", "warn: 0.10")


def changed(folder: Path, *replacements: str) -> Path:
    shutil.copytree(POLICIES, folder)
    file = folder / "prod-realtime.yaml"
    text = file.read_text("utf-8")
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return folder


def document(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_the_policies_that_decided_change_nothing(ledger: Path) -> None:
    """Judging again what was decided gives what was decided: exit code 0."""
    answer = recgate("backtest", "--ledger", ledger, "--policies", POLICIES)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("No answer changes (6 jobs judged again)\n")


def test_a_gate_that_closes_is_told_with_its_limit_and_its_cost(
    ledger: Path, stricter: Path
) -> None:
    """Which job, in what direction, by which limit, and what it does to approved cost."""
    answer = recgate("backtest", "--ledger", ledger, "--policies", stricter, "--output", "json")

    found = document(answer)
    assert answer.code == 1
    assert found["directions"] == {"gate_closes": 1, "same": 5}
    assert found["limits"] == [
        {
            "policy": "prod-realtime",
            "limit": "max_cost_per_hour_usd",
            "directions": {"gate_closes": 1},
        }
    ]
    (change,) = found["changes"]
    assert (change["job"], change["before"]["verdict"]) == (FRAUD, "PASS")
    assert (change["after"]["verdict"], change["after"]["approved"]) == ("FAIL", None)
    assert change["because"] == "cost/hour $0.17 > limit $0.15 (+16%)"
    cost = found["approved_cost"]
    assert cost["difference_per_hour_usd"] == -0.174
    assert cost["difference_per_month_usd"] == pytest.approx(-127.02)
    assert {"before": "PASS", "after": "FAIL", "jobs": 1} in found["by_policy"]["prod-realtime"]


def test_the_other_way_round_the_gate_opens(ledger: Path, stricter: Path) -> None:
    """Compared with a folder; the limit that is told is the one that kept it closed."""
    answer = recgate(
        *("backtest", "--ledger", ledger, "--policies", POLICIES),
        *("--against", stricter, "--output", "json"),
    )

    found = document(answer)
    assert answer.code == 1
    assert found["directions"]["gate_opens"] == 1
    assert found["changes"][0]["because"] == "before: cost/hour $0.17 > limit $0.15 (+16%)"


def test_a_warning_more_moves_no_gate(tmp_path: Path, ledger: Path) -> None:
    """Another verdict with the gate as it was is told, and the exit code is 0."""
    warier = changed(tmp_path / "warier", "warn: 2.00", "warn: 0.10")

    answer = recgate("backtest", "--ledger", ledger, "--policies", warier)

    assert answer.code == 0
    assert answer.out.startswith("1 of 6 answers changes: 1 other change of verdict\n")
    assert "PASS → WARN" in answer.out


def test_job_files_are_compared_with_a_folder(stricter: Path) -> None:
    """As a pull request is: no ledger, no account."""
    answer = recgate(
        *("backtest", "--jobs", JOBS, "--policies", stricter, "--against", POLICIES, *ON)
    )

    assert answer.code == 1
    assert "1 gate closes" in answer.out
    assert "on 2026-11-22" in answer.out


def test_job_files_alone_give_the_distribution() -> None:
    """Nothing is compared, so nothing changes, and no arrow is shown."""
    answer = recgate("backtest", "--jobs", JOBS, "--policies", POLICIES, "--output", "json")

    found = document(answer)
    assert (answer.code, found["compared"], found["judged"]) == (0, False, 6)
    assert found["approved_cost"]["before"] is None
    assert {each["before"] for each in found["verdicts"]} == {None}


def test_what_cannot_be_read_is_told_and_no_answer(tmp_path: Path) -> None:
    """A broken file among six is never left out in silence: exit code 2, unless it may be."""
    folder = tmp_path / "jobs"
    shutil.copytree(JOBS, folder)
    (folder / "broken.json").write_text("{", "utf-8")
    running = json.loads((folder / f"{FRAUD}.json").read_text("utf-8"))
    (folder / "running.json").write_text(json.dumps(running | {"Status": "IN_PROGRESS"}), "utf-8")
    asked = ("backtest", "--jobs", folder, "--policies", POLICIES)

    answer = recgate(*asked)

    assert answer.code == 2
    assert "Could not be judged again: 2" in answer.out
    assert "broken.json: " in answer.out
    assert "the job is IN_PROGRESS: it has not ended" in answer.out
    assert recgate(*asked, "--skip-unreadable").code == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("replace(body, '\"schema\":1', '\"schema\":9')", "schema 9 and this recgate reads 1"),
        ("'{'", "its record is no JSON"),
        ('replace(body, \'"gate":"open"\', \'"gate":"closed"\')', "that the gate is closed"),
    ],
)
def test_a_record_that_cannot_be_judged_again_is_told(
    tmp_path: Path, ledger: Path, change: str, told: str
) -> None:
    """Of another version, torn, or against itself."""
    statement = f"UPDATE entries SET body = {change} WHERE kind = 'decision'"  # noqa: S608  constants
    copy = tampered(tmp_path, ledger, statement)

    answer = recgate("backtest", "--ledger", copy, "--policies", POLICIES)

    assert answer.code == 2
    assert told in answer.out


def test_a_decision_without_its_snapshot_is_told(tmp_path: Path, ledger: Path) -> None:
    """Nothing is judged from evidence that was changed."""
    copy = tampered(
        tmp_path,
        ledger,
        "UPDATE entries SET body = replace(body, 'COMPLETED', 'STOPPED') WHERE kind = 'snapshot'",
    )

    answer = recgate("backtest", "--ledger", copy, "--policies", POLICIES)

    assert answer.code == 2
    assert "that it was made from is not in the ledger, or was changed by hand" in answer.out


def tampered(folder: Path, ledger: Path, statement: str) -> Path:
    copy = folder / "copy.db"
    shutil.copyfile(ledger, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DROP TRIGGER entries_never_change")
        connection.execute(statement)
    return copy


def test_a_span_leaves_out_what_was_decided_at_another_time(ledger: Path) -> None:
    """And a span without any decision is no "nothing changes"."""
    answer = recgate(
        *("backtest", "--ledger", ledger, "--policies", POLICIES, "--until", "2020-01-01")
    )

    assert answer.code == 2
    assert "There is no job in the ledger" in answer.err
    assert "nothing was judged" in answer.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--jobs", JOBS, "--ledger", "x.db"), "--jobs is a folder of files"),
        (("--jobs", JOBS, "--against", "recorded"), "--against recorded is about the decisions"),
        (("--account",), "--account needs --since"),
        (("--account", "--ledger", "x.db", "--since", "7d"), "Name one of --account and --ledger"),
        ((), "There is no ledger to look in"),
        (("--ledger", "no-such.db"), "There is no ledger no-such.db"),
        (("--jobs", "no-such-folder"), "is no folder of recorded jobs"),
        (("--ledger", "x.db", "--against", "no-such-revision"), "no-such-revision"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(options: tuple[Any, ...], told: str) -> None:
    """Before anything is read, in a sentence."""
    answer = recgate("backtest", "--policies", POLICIES, *options)

    assert answer.code == 2
    assert answer.out == ""
    assert told in answer.err


@pytest.mark.parametrize(
    ("output", "begins"), [("markdown", "### "), ("html", "<!doctype html>"), ("text", "1 of 6")]
)
def test_every_output_may_go_to_a_file(
    tmp_path: Path, ledger: Path, stricter: Path, output: str, begins: str
) -> None:
    """Standard output stays empty then."""
    page = tmp_path / "page"

    answer = recgate(
        *("backtest", "--ledger", ledger, "--policies", stricter),
        *("--output", output, "--out", page),
    )

    assert (answer.code, answer.out) == (1, "")
    assert page.read_text("utf-8").startswith(begins)
    assert str(page) in answer.err


def test_the_limit_counts_what_it_leaves_out(tmp_path: Path) -> None:
    """JSON has all of them all the same."""
    closed = changed(
        *(tmp_path / "closed", "fail: 2.50", "fail: 0.02", "warn: 2.00", "warn: 0.01"),
    )
    asked = ("backtest", "--jobs", JOBS, "--policies", closed, "--against", POLICIES, *ON)

    answer = recgate(*asked, "--limit", "1")

    changes = document(recgate(*asked, "--output", "json"))["changes"]
    assert len(changes) > 1
    assert f"… {len(changes) - 1} more changes" in answer.out


def test_a_bar_appears_only_at_a_terminal_and_after_a_moment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe sees nothing of it; short work neither."""
    now = [0.0]
    with Watching(lambda: 10, clock=lambda: now[0]) as piped:
        now[0] = 60.0
        piped(5)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    with Watching(lambda: 10, clock=lambda: now[0]) as watching:
        watching(5)
        early = capsys.readouterr().err
        now[0] += progress.MOMENT_S
        watching(7)

    assert early == ""
    assert "7/10" in capsys.readouterr().err
