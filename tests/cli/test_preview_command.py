"""`recgate preview`: every message on one page, and none sent."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from recgate.cli.preview import preview_command
from tests.cli.runner import JOBS, POLICIES, recgate
from tests.rendering.page_check import PageCheck, checked

JOB = JOBS / "fraud-ranker-v14.json"
SAMPLES = sorted(file for file in JOBS.glob("*.json") if not file.match("*.extra.json"))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECGATE_LEDGER", "RECGATE_SLACK_SECRET", "RECGATE_SNS_TOPIC_ARN"):
        monkeypatch.delenv(name, raising=False)


def page_of(folder: Path, *options: str | Path) -> PageCheck:
    """The page that the command writes with these options."""
    page = folder / "page.html"
    answer = recgate("preview", *options, "--out", page)
    assert answer.code == 0, answer.err
    return checked(page.read_text("utf-8"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_every_sample_job_has_a_page(file: Path, tmp_path: Path) -> None:
    """Whole, whatever its verdict is."""
    check = page_of(tmp_path, "--file", file, "--policies", POLICIES)

    assert check.unbalanced == []
    assert check.asks == []


def test_the_page_goes_to_standard_output() -> None:
    """In UTF-8, and nothing else with it."""
    options = ["--file", str(JOB), "--policies", str(POLICIES), "--out", "-"]

    answer = CliRunner().invoke(preview_command, options)

    page = answer.stdout_bytes.decode()
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")


def test_the_page_is_written_beside_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name tells the job; without a terminal no browser starts."""
    monkeypatch.chdir(tmp_path)

    answer = recgate("preview", "--file", JOB, "--policies", POLICIES)

    assert answer.code == 0, answer.err
    written = tmp_path / "recgate-preview-fraud-ranker-v14.html"
    assert (
        answer.out == "Preview written to recgate-preview-fraud-ranker-v14.html; nothing was sent\n"
    )
    assert "fraud-ranker v14" in written.read_text("utf-8")


def test_a_recorded_decision_is_drawn_from_the_ledger(tmp_path: Path) -> None:
    """As it was decided: the policies of today change nothing but the routes."""
    ledger = tmp_path / "ledger.db"
    judged = recgate("check", "--file", JOB, "--policies", POLICIES, "--record", "--ledger", ledger)

    nowhere = tmp_path / "nowhere"
    text = page_of(tmp_path, "fraud-ranker-v14", "--ledger", ledger, "--policies", nowhere).text

    assert judged.code == 0, judged.err
    assert "PASS fraud-ranker v14" in text
    assert "The policies could not be read, so the routes are not known" in text


def test_the_routes_of_the_folder_are_told_and_the_first_one_mentions(tmp_path: Path) -> None:
    """Who hears it, who does not, and whom Slack calls."""
    folder = policies_with_routes(tmp_path)

    text = page_of(tmp_path, "--file", JOB, "--policies", folder).text

    assert "slack-ml-prodhears itpolicy strict names itSlack channel C0123456789" in text
    assert "sns-finopsdoes not hear itno policy that judged the job names it" in text
    assert "@S0123ABCD" in text


def test_a_route_that_the_settings_describe_is_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the deployed function has it."""
    monkeypatch.setenv("RECGATE_SNS_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:verdicts")
    (tmp_path / "strict.yaml").write_text(STRICT, "utf-8")

    text = page_of(tmp_path, "--file", JOB, "--policies", tmp_path).text

    assert "SNS topic arn:aws:sns:eu-west-1:111122223333:verdicts" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Name a recorded DECISION"),
        (["--file", str(JOB), "--out", "-", "--open"], "--open needs a file to open"),
        (["--file", "nowhere.json", "--out", "-"], "nowhere.json"),
        (["--file", str(JOB), "--out", "/dev/null/x.html"], "The page was not written"),
    ],
)
def test_what_cannot_be_drawn_is_told(options: list[str], words: str) -> None:
    """With exit code 2, and no page."""
    answer = recgate("preview", "--policies", POLICIES, *options)

    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""


STRICT = """version: 1
policy: strict
require:
  max_cost_per_hour_usd: {fail: 0.0001}
"""


def policies_with_routes(folder: Path) -> Path:
    (folder / "strict.yaml").write_text(f"{STRICT}notify: [slack-ml-prod]\n", "utf-8")
    (folder / "routes.yaml").write_text(
        """version: 1
default: [sns-finops]
routes:
  slack-ml-prod:
    slack:
      channel: C0123456789
      token_secret: recgate/bot
      mention_on_fail: ["<!subteam^S0123ABCD>"]
  sns-finops:
    sns: {topic_arn: "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"}
""",
        "utf-8",
    )
    return folder
