"""`recgate explain` as a person uses it: on files, on a ledger, at any width, and by programs."""

import io
import json
import os
import shlex
import shutil
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from recgate.cli.explain_page import print_sections
from recgate.domain.decision import Decision
from recgate.rendering.explanation.page import explanation_sections
from recgate.rendering.explanation.parts import Origin, Shown
from tests.cli.runner import JOBS, POLICIES, ROOT, Answer, recgate
from tests.rendering.decisions import decisions
from tests.rendering.explanation_contract import CHECK, SCHEMA, unknown_members
from tests.rendering.hostile_tellings import KINDS, hostile_telling
from tests.rendering.test_untrusted_text import NASTY

REAL_JOBS = Path(os.environ.get("RECGATE_REAL_JOBS", ROOT.parent / "shared" / "real-jobs"))
EXAMPLES = sorted(path for path in JOBS.glob("*.json") if ".extra." not in path.name)
GOLDEN = decisions()
GOLDEN_FOLDER = Path(__file__).parent / "golden-explanations"
SUMMARIZER = JOBS / "support-summarizer-v3.json"
FRAUD = JOBS / "fraud-ranker-v14.json"


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no setting of the machine's own."""
    for name in [each for each in os.environ if each.startswith(("AWS_", "RECGATE_"))]:
        if name not in ("RECGATE_UPDATE_GOLDEN", "RECGATE_REAL_JOBS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explain(*arguments: str | Path, stdin: bytes = b"") -> Answer:
    return recgate("explain", *arguments, stdin=stdin)


def explained(*arguments: str | Path) -> Any:
    """The document; it meets its contract, and nothing else is on standard output."""
    answer = explain(*arguments, "--output", "json")
    assert answer.code == 0, answer.err
    assert answer.err == ""
    document = json.loads(answer.out)
    assert [error.message for error in CHECK.iter_errors(document)] == []
    assert list(unknown_members(document, SCHEMA)) == []
    return document


def printed(made: Decision, width: int, shown: Shown | None = None) -> str:
    """The sections as a terminal of so many columns shows them."""
    out = io.StringIO()
    screen = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    origin = Origin(recorded=True, page=f"recgate report {made.key[:16]}")
    print_sections(screen, explanation_sections(made, shown or Shown(), origin))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


@pytest.mark.parametrize("job", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_explained_whatever_its_verdict(job: Path) -> None:
    """In text and in JSON, with exit code 0: a closed gate is no failure of the explanation."""
    text = explain("--file", job, "--policies", POLICIES)
    document = explained("--file", job, "--policies", POLICIES)

    assert text.code == 0
    assert text.err == ""
    assert text.out.splitlines()[0] == document["headline"]
    assert f"The gate is {document['gate']}." in text.out
    assert next(iter(document)) == "schema"


@pytest.mark.skipif(not REAL_JOBS.is_dir(), reason="the published results are not here")
@pytest.mark.parametrize(
    "job",
    sorted(path.name for path in REAL_JOBS.glob("*.json")) if REAL_JOBS.is_dir() else [],
)
def test_published_results_are_explained(job: str) -> None:
    """All but the one of the 2021 preview, whose figures nobody can trust."""
    answer = explain(
        "--file", REAL_JOBS / job, "--policies", POLICIES, "--tag", "env=prod", "--output", "json"
    )

    if job.startswith("preview-2021"):
        assert answer.code == 2
        assert answer.out == ""
    else:
        assert answer.code == 0, answer.err
        assert [error.message for error in CHECK.iter_errors(json.loads(answer.out))] == []


def test_a_recorded_decision_is_explained_as_it_was(desk: Path) -> None:
    """By key and by name, with other policies in the folder since: they have no say."""
    shutil.copytree(POLICIES, "policies")
    recgate("check", "--file", SUMMARIZER, "--record", "--ledger", "ledger.db")
    before = explained("--file", SUMMARIZER)
    rules = desk / "policies" / "prod-realtime.yaml"
    rules.write_text(rules.read_text("utf-8").replace("fail: 2.50", "fail: 99"), "utf-8")

    by_name = explained("support-summarizer-v3", "--ledger", "ledger.db")
    by_key = explained(before["evidence"]["decision"][:12], "--ledger", "ledger.db")

    assert by_name == by_key
    assert by_name["evidence"]["recorded"] is True
    changing = ("decided_at", "evidence", "job", "trigger")
    assert {name: by_name[name] for name in by_name if name not in changing} == {
        name: before[name] for name in before if name not in changing
    }
    assert explained("--file", SUMMARIZER)["gate"] == "open"


@pytest.mark.parametrize("job", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_reads_the_same_out_of_a_ledger(job: Path) -> None:
    """But for where it was found."""
    recgate("check", "--file", job, "--policies", POLICIES, "--record", "--ledger", "l.db")
    now = explained("--file", job, "--policies", POLICIES)

    then = explained(now["evidence"]["decision"], "--ledger", "l.db")

    for part in ("policies", "turning", "why", "headline", "verdict", "decided_by", "to_deploy"):
        assert then[part] == now[part]


def test_the_command_for_the_page_gives_the_page(desk: Path) -> None:
    """From a file with its options, and from a ledger: as it stands there."""
    judged = explained("--file", FRAUD, "--policies", POLICIES, "--tag", "env=a b")
    recgate("check", "--file", FRAUD, "--policies", POLICIES, "--record", "--ledger", "my l.db")
    recorded = explained("fraud-ranker-v14", "--ledger", "my l.db")

    for place, document in enumerate((judged, recorded)):
        program, *words = shlex.split(document["evidence"]["page"])
        done = recgate(*words, "--out", f"{place}.html")

        assert program == "recgate"
        assert done.code == 0, done.err
        assert document["evidence"]["decision"] in (desk / f"{place}.html").read_text("utf-8")


def test_what_came_through_a_pipe_has_no_command_for_its_page() -> None:
    """It cannot be asked for again."""
    answer = explain("-", "--policies", POLICIES, "--output", "json", stdin=FRAUD.read_bytes())

    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["evidence"]["page"] == ""


def test_one_policy_and_some_candidates_can_be_asked_for() -> None:
    """The document says what was asked; the verdict stays that of all."""
    document = explained(
        "--file", SUMMARIZER, "--policies", POLICIES, "--policy", "prod-realtime",
        "--candidate", "G5",
    )  # fmt: skip

    [told] = document["policies"]
    assert document["shown"] == {"policy": "prod-realtime", "candidate": "G5"}
    assert [each["configuration"] for each in told["judgement"]["candidates"]] == [
        "ml.g5.2xlarge × 1"
    ]
    assert [each["rank"] for each in told["judgement"]["order"]] == [2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name a recorded DECISION"),
        (("x", "--file", "y"), "and not both"),
        (("--file", SUMMARIZER, "--policy", "prod-realtim"), "did you mean prod-realtime?"),
        (("--file", SUMMARIZER, "--policy", "zzz"), "it has prod-realtime, dev, serverless"),
        (("--file", SUMMARIZER, "--candidate", "ml.zzz"), "it has ml.g6.2xlarge × 1"),
        (("--file", "nowhere.json"), "nowhere.json"),
        (("abc", "--ledger", "nowhere.db"), "There is no ledger nowhere.db"),
        (("--file", SUMMARIZER, "--output", "yaml"), "yaml"),
    ],
)
def test_what_cannot_be_explained_is_told_and_ends_with_2(
    arguments: tuple[str | Path, ...], words: str
) -> None:
    """Who, what, what next; no traceback, and nothing on standard output."""
    answer = explain(*arguments, "--policies", POLICIES)

    assert answer.code == 2
    assert answer.out == ""
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_the_help_has_examples() -> None:
    """Each of them a command that exists."""
    answer = explain("--help")

    assert answer.code == 0
    assert "recgate explain --file examples/jobs/support-summarizer-v3.json" in answer.out
    assert "--candidate" in answer.out


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_explanation_reads_as_it_was_approved(name: str) -> None:
    """At 100 columns. RECGATE_UPDATE_GOLDEN=1 writes them anew, for somebody to look at."""
    text, path = printed(GOLDEN[name], 100), GOLDEN_FOLDER / f"{name}.txt"
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


def test_no_approved_explanation_is_left_over() -> None:
    """Every file belongs to a decision."""
    assert {path.stem for path in GOLDEN_FOLDER.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize("width", [60, 80, 100, 140, 400])
@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_no_width_hides_or_cuts_anything(name: str, width: int) -> None:
    """Every character of the widest page is on the narrowest, within its columns."""
    whole, made = printed(GOLDEN[name], 1_000), printed(GOLDEN[name], width)

    assert max(map(cell_len, made.splitlines())) <= width
    assert Counter("".join(made.split())) == Counter("".join(whole.split()))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(NASTY) | st.text(max_size=40), min_size=1, max_size=5),
    st.integers(0, 30),
)
def test_foreign_text_does_nothing_to_a_terminal(kind: str, texts: list[str], turn: int) -> None:
    """No escape sequence, no line beyond the screen."""
    source = cycle(texts)
    made = hostile_telling(kind, lambda: next(source), size=2, turn=turn).decision

    text = printed(made, 100, Shown(every_limit=True))

    assert all(line.isprintable() for line in text.split("\n"))
    assert max(map(cell_len, text.splitlines())) <= 100
