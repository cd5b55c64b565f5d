"""`recgate check JOB` against a SageMaker, played on this machine."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from tests.cli.runner import JOBS, POLICIES, Answer, recgate
from tests.servers.aws import create_ledger_table, local_aws
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker

JOB = "fraud-ranker-v14"


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with local_sagemaker() as server:
        yield server


def check(server: LocalSageMaker, job: str = JOB, *options: str) -> Answer:
    return recgate(
        "check", job, "--policies", POLICIES, "--region", "eu-west-1",
        "--endpoint-url", server.endpoint_url, *options,
    )  # fmt: skip


def put(server: LocalSageMaker, **changes: object) -> None:
    """The sample job with its latencies."""
    job = json.loads((JOBS / f"{JOB}.json").read_text("utf-8")) | changes
    extra = json.loads((JOBS / f"{JOB}.extra.json").read_text("utf-8"))
    server.put_job(job, tags={"env": "prod"}, checked=False)
    measured = {row["RecommendationId"]: row for row in extra["MeasuredLatency"]}
    for row in job["InferenceRecommendations"]:
        latency = measured[row["RecommendationId"]]["P99Milliseconds"]
        at = float(row["InvocationStartTime"]) + 60
        endpoint = row["EndpointConfiguration"]["EndpointName"]
        server.put_latencies(endpoint, JOB, [(at, latency)] * 200)


def test_a_job_in_sagemaker_is_judged_like_a_recorded_one(sagemaker: LocalSageMaker) -> None:
    """Describe, tags, failed steps, and one call for the P99 of all rows."""
    put(sagemaker)

    answer = check(sagemaker)

    assert answer.code == 0, answer.err
    assert answer.out.startswith("PASS fraud-ranker v14\ncheapest compliant is ml.c7g.xlarge × 1")
    assert sagemaker.count("GetMetricData") == 1


def test_a_job_that_is_not_there_is_exit_2(sagemaker: LocalSageMaker) -> None:
    """A person has misspelt it."""
    answer = check(sagemaker, "fraud-ranker-v41")

    assert (answer.code, answer.out) == (2, "")
    assert "fraud-ranker-v41" in answer.err


def test_a_job_that_runs_is_exit_2(sagemaker: LocalSageMaker) -> None:
    """There is nothing to judge yet."""
    put(sagemaker, Status="IN_PROGRESS")

    answer = check(sagemaker)

    assert (answer.code, answer.out) == (2, "")
    assert "is IN_PROGRESS" in answer.err


def test_a_permission_that_is_missing_is_named(sagemaker: LocalSageMaker) -> None:
    """Who may not do what."""
    put(sagemaker)
    sagemaker.fail("ListTags", "AccessDeniedException", message="not authorized")

    answer = check(sagemaker)

    assert answer.code == 2
    assert "sagemaker:ListTags" in answer.err


def test_too_early_is_exit_2_and_says_how_to_judge_all_the_same(sagemaker: LocalSageMaker) -> None:
    """CloudWatch may still be short of samples."""
    job = json.loads((JOBS / "churn-xgb-v8.json").read_text("utf-8"))
    fresh = job | {"LastModifiedTime": time.time()}
    sagemaker.put_job(fresh, tags={"env": "prod"}, checked=False)

    early = check(sagemaker, "churn-xgb-v8")
    anyway = check(sagemaker, "churn-xgb-v8", "--no-settle")

    assert early.code == 2
    assert "--no-settle" in early.err
    assert anyway.code == 1
    assert anyway.out.startswith("UNKNOWN")


def test_a_server_that_is_not_there_is_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    answer = recgate(
        "check", JOB, "--policies", POLICIES, "--region", "eu-west-1",
        "--endpoint-url", "http://127.0.0.1:9",
    )  # fmt: skip

    assert answer.code == 2
    assert "Traceback" not in answer.err


def test_an_account_without_credentials_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """Exit 2, before anything is asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    answer = recgate("check", JOB, "--policies", POLICIES, "--region", "eu-west-1")

    assert answer.code == 2
    assert "credentials" in answer.err.lower()


def test_a_decision_can_be_recorded_in_the_deployed_table(
    sagemaker: LocalSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--ledger dynamodb:TABLE``: the same decision, once, beside those of the function."""
    put(sagemaker)
    with local_aws() as aws:
        aws.reset()
        create_ledger_table(aws.client("dynamodb"), "ledger")
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", aws.endpoint_url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", sagemaker.endpoint_url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", sagemaker.endpoint_url)
        options = ("--policies", POLICIES, "--region", "eu-west-1", "--record")

        answers = [recgate("check", JOB, *options, "--ledger", "dynamodb:ledger") for _ in "ab"]

        stored = list(DynamoDbLedger(aws.client("dynamodb"), "ledger").every_entry())
    assert [answer.code for answer in answers] == [0, 0]
    assert sorted(entry.kind for entry in stored) == ["configuration", "decision", "snapshot"]
    assert all(entry.chain for entry in stored)


@pytest.mark.parametrize(
    "options", [(), ("--profile", "nobody"), ("--region", "eu-west-1", "--endpoint-url", "nowhere")]
)
def test_an_aws_that_cannot_be_asked_is_no_fault_of_recgate(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No region, no such profile, a bad address: what to say instead."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    answer = recgate("check", JOB, "--policies", POLICIES, *options)

    assert answer.code == 2
    assert answer.err.startswith("recgate: AWS cannot be asked (sagemaker): ")
    assert "Check --region, --profile" in answer.err
