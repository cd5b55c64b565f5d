"""`recgate describe list` against a SageMaker, played on this machine."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import Answer, recgate
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import CREATED, job

LIST = "ListInferenceRecommendationsJobs"
REASON = (
    "INVALID_INPUT : 1. Model (owned by the customer in the container) returned 4xx or 5xx error "
    "code."
)


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    with local_sagemaker() as server:
        put(server, "fraud-ranker-v14")
        put(server, "image-tagger-v2", place=1, Status="FAILED", FailureReason=REASON)
        put(server, "churn-xgb-v8", place=2, JobType="Advanced")
        yield server


def put(server: LocalSageMaker, name: str, *, place: int = 0, **members: object) -> None:
    """A job that began so many days after the first one, and took 43 minutes."""
    at = CREATED + place * 86_400
    times = {"CreationTime": at, "LastModifiedTime": at + 2580, "CompletionTime": None}
    server.put_job(job(name, **times, **members))


def listed(server: LocalSageMaker, *options: str) -> Answer:
    return recgate(
        "describe", "list", "--region", "eu-west-1", "--endpoint-url", server.endpoint_url, *options
    )


def names(answer: Answer) -> list[str]:
    """The jobs in a JSON answer."""
    return [each["job_name"] for each in json.loads(answer.out)["jobs"]]


def test_the_jobs_of_an_account_are_listed_a_line_each(sagemaker: LocalSageMaker) -> None:
    """In a pipe whole, aligned, without control characters or spaces at the ends of lines."""
    answer = listed(sagemaker)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "Job               Status     Type      Started (UTC)     Took    Model             "
        "Why it failed\n"
        "churn-xgb-v8      COMPLETED  Advanced  2026-11-23 04:40  43 min  fraud-ranker v14\n"
        "image-tagger-v2   FAILED     Default   2026-11-22 04:40  43 min  fraud-ranker v14  "
        "INVALID_INPUT : 1. Model (owned by the customer in the container) retur…\n"
        "fraud-ranker-v14  COMPLETED  Default   2026-11-21 04:40  43 min  fraud-ranker v14\n"
        "\n"
        "3 jobs in eu-west-1, the newest first.\n"
    )


@pytest.mark.parametrize("columns", ["60", "80"])
def test_on_a_narrow_terminal_what_is_long_stands_below_the_row(
    sagemaker: LocalSageMaker, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, and no line is wider than the screen; colours are for terminals."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    answer = listed(sagemaker)

    plain = re.sub(r"\x1b\[[0-9;]*m", "", answer.out)
    assert "\x1b[1;31mFAILED" in answer.out
    assert "\n  Advanced, fraud-ranker v14\n" in plain
    assert "INVALID_INPUT" in plain
    assert max(map(len, plain.splitlines())) <= int(columns)


def test_filters_are_joined_and_told(sagemaker: LocalSageMaker) -> None:
    """Statuses are alternatives, everything else must hold as well."""
    answer = listed(sagemaker, "--status", "failed", "--status", "COMPLETED", "--limit", "1")
    none = listed(sagemaker, "--status", "FAILED", "--name-contains", "fraud")

    assert answer.code == none.code == 0
    assert answer.out.splitlines()[1].startswith("churn-xgb-v8")
    assert answer.out.endswith(
        "The first job in eu-west-1 with status FAILED or COMPLETED, the newest first.\n"
        "There are more: --limit N lists more of them.\n"
    )
    assert none.out == (
        "No inference recommendations jobs in eu-west-1 with status FAILED, "
        'whose name contains "fraud".\n'
    )


def test_times_are_of_creation_unless_it_is_said_otherwise(sagemaker: LocalSageMaker) -> None:
    """A job that was created before may have ended since."""
    created = listed(sagemaker, "--since", "2026-11-21T05:00", "--output", "json")
    modified = listed(
        sagemaker, "--since", "2026-11-21T05:00", "--by", "modified", "--output", "json"
    )

    assert names(created) == ["churn-xgb-v8", "image-tagger-v2"]
    assert names(modified) == ["churn-xgb-v8", "image-tagger-v2", "fraud-ranker-v14"]


def test_until_and_the_models_are_filters(sagemaker: LocalSageMaker) -> None:
    """What ListInferenceRecommendationsJobs offers."""
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14"
    put(sagemaker, "by-name", InputConfig={"ModelName": "fraud"})

    by_time = listed(sagemaker, "--until", "2026-11-21T05:00", "--output", "json")
    by_name = listed(sagemaker, "--model-name-equals", "fraud", "--output", "json")
    by_package = listed(sagemaker, "--model-package-version-arn-equals", arn, "--output", "json")

    assert names(by_time) == ["fraud-ranker-v14", "by-name"]
    assert names(by_name) == ["by-name"]
    assert len(names(by_package)) == 3


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ((), "churn-xgb-v8"),
        (("--reverse",), "fraud-ranker-v14"),
        (("--sort-by", "name"), "churn-xgb-v8"),
        (("--sort-by", "name", "--reverse"), "image-tagger-v2"),
        (("--sort-by", "status", "--reverse"), "image-tagger-v2"),
    ],
)
def test_orders_are_sagemakers(
    sagemaker: LocalSageMaker, options: tuple[str, ...], first: str
) -> None:
    """By creation the newest comes first, by name the first."""
    assert names(listed(sagemaker, *options, "--output", "json"))[0] == first


def test_json_is_one_document_alone_on_standard_output(sagemaker: LocalSageMaker) -> None:
    """With what was asked, so that it can be kept."""
    answer = listed(sagemaker, "--status", "FAILED", "--output", "json")

    document = json.loads(answer.out)
    assert answer.out.startswith('{\n  "schema": "recgate-jobs/1",\n')
    assert document["filters"]["statuses"] == ["FAILED"]
    assert document["has_more"] is False
    assert document["jobs"][0]["failure_reason"] == REASON
    assert document["jobs"][0]["likely_cause"]["title"]
    assert document["jobs"][0]["duration_s"] == 2580


def test_many_pages_are_read_up_to_the_limit(sagemaker: LocalSageMaker) -> None:
    """And not one page more than is needed to know that there are more."""
    for place in range(10):
        put(sagemaker, f"job-{place}", place=10 + place)
    sagemaker.page_size = 3

    answer = listed(sagemaker, "--limit", "7", "--output", "json")

    assert len(names(answer)) == 7
    assert json.loads(answer.out)["has_more"] is True
    assert sagemaker.count(LIST) == 3


def test_hostile_names_and_reasons_stay_text(sagemaker: LocalSageMaker) -> None:
    """A job of somebody else's cannot forge a line nor move the cursor."""
    reason = "why\r\nFORGED  COMPLETED \x1b[2J\u202e[bold]x[/bold]" + "y" * 1000
    put(sagemaker, "odd", place=5, Status="FAILED", FailureReason=reason)

    answer = listed(sagemaker)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", answer.out)
    assert len(answer.out.splitlines()) == 7
    assert "why FORGED COMPLETED [2J[bold]x[/bold]yyy" in answer.out


def test_a_permission_that_is_missing_is_named(sagemaker: LocalSageMaker) -> None:
    """One line, what next, exit 2."""
    sagemaker.fail(LIST, "AccessDeniedException", message="not authorized")

    answer = listed(sagemaker)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert "allow sagemaker:ListInferenceRecommendationsJobs" in answer.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--status", "DONE"), "'DONE' is not one of"),
        (("--since", "soon"), "is no time in the past"),
        (("--since", "1d", "--until", "2d"), "--until is not after --since"),
        (("--limit", "0"), "--limit"),
        (("--type", "Default"), "--type"),
    ],
)
def test_a_wrong_option_is_exit_2(options: tuple[str, ...], said: str) -> None:
    """Before anybody is asked."""
    answer = recgate("describe", "list", *options)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_no_region_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Exit 2."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    answer = recgate("describe", "list")

    assert answer.code == 2
    assert "Check --region" in answer.err
