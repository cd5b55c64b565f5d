"""`recgate describe steps`, from a SageMaker played on this machine and from files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import JOBS, Answer, recgate
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker
from tests.servers.sample_jobs import arn_of, job

NAME = "fraud-ranker-v14"
METRICS = {
    "CostPerHour": 0.17399999499320984,
    "CostPerInference": 2.4166666e-06,
    "MaxInvocations": 1200,
    "ModelLatency": 61,
}
QUOTA = "ResourceLimitExceeded when calling CreateEndpoint"


def step(status: str, instance_type: str, **benchmark: object) -> dict[str, object]:
    endpoint = {
        "EndpointName": f"sm-epc-{instance_type[3:]}",
        "VariantName": "v",
        "InstanceType": instance_type,
        "InitialInstanceCount": 1,
    }
    made = {"EndpointConfiguration": endpoint, "ModelConfiguration": {}, **benchmark}
    return {
        "StepType": "BENCHMARK",
        "JobName": NAME,
        "Status": status,
        "InferenceBenchmark": made,
    }


STEPS = [
    step("COMPLETED", "ml.c7g.xlarge", Metrics=METRICS),
    step("FAILED", "ml.g5.xlarge", FailureReason=QUOTA),
    step("FAILED", "ml.g6.xlarge", FailureReason=QUOTA),
]


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    with local_sagemaker() as server:
        server.put_job(job(), steps=STEPS)
        yield server


def steps(server: LocalSageMaker, *arguments: str) -> Answer:
    return recgate(
        "describe", "steps", "--region", "eu-west-1", "--endpoint-url", server.endpoint_url,
        *arguments,
    )  # fmt: skip


def test_load_tests_are_told_with_figures_and_why_some_failed(sagemaker: LocalSageMaker) -> None:
    """One reason is told once, with what to do about it."""
    answer = steps(sagemaker, NAME)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "fraud-ranker-v14  COMPLETED\n"
        "3 load tests: 1 COMPLETED, 2 FAILED\n"
        "\n"
        "Load test          Status     Cost/hour  Cost/1M inf.  Model latency ms  Max inv./min  "
        "Endpoint\n"
        "ml.c7g.xlarge × 1  COMPLETED      $0.17         $2.42                61         1,200  "
        "sm-epc-c7g.xlarge\n"
        "ml.g5.xlarge × 1   FAILED           n/a           n/a               n/a           n/a  "
        "sm-epc-g5.xlarge\n"
        "ml.g6.xlarge × 1   FAILED           n/a           n/a               n/a           n/a  "
        "sm-epc-g6.xlarge\n"
        "n/a: SageMaker reports no figure of that load test.\n"
        "\n"
        "Why they failed\n"
        "  ml.g5.xlarge × 1, ml.g6.xlarge × 1\n"
        "    ResourceLimitExceeded when calling CreateEndpoint\n"
        "    Likely cause: A quota of the account is used up or zero, such as the number of "
        "instances of one type for endpoint usage, so that an endpoint could not be made.\n"
        "    - Ask for more in Service Quotas: Amazon SageMaker, the instance type, for endpoint "
        "usage.\n"
        "    - Or delete endpoints that nobody needs, or take that instance type out of the job.\n"
        "    - Start the job again when the quota is raised.\n"
    )


def test_a_status_chooses_load_tests_and_the_rest_is_counted(sagemaker: LocalSageMaker) -> None:
    """In text and in JSON."""
    some = steps(sagemaker, NAME, "--status", "completed")
    none = steps(sagemaker, NAME, "--status", "STOPPED")
    document = json.loads(steps(sagemaker, NAME, "--status", "FAILED", "--output", "json").out)

    assert "ml.c7g.xlarge" in some.out
    assert "ml.g5.xlarge" not in some.out
    assert none.out.endswith("1 COMPLETED, 2 FAILED\nNone of them is STOPPED.\n")
    assert none.code == 0
    assert (document["schema"], document["in_all"]) == ("recgate-steps/1", 3)
    assert [each["instance_type"] for each in document["steps"]] == ["ml.g5.xlarge", "ml.g6.xlarge"]


def test_every_page_of_load_tests_is_read(sagemaker: LocalSageMaker) -> None:
    """There may be more than fit into one answer."""
    sagemaker.page_size = 1

    answer = steps(sagemaker, NAME)

    assert "3 load tests" in answer.out
    assert sagemaker.count("ListInferenceRecommendationsJobSteps") == 3


def test_a_job_may_be_named_by_its_arn(sagemaker: LocalSageMaker) -> None:
    """Its region is in it."""
    answer = recgate("describe", "steps", arn_of(NAME), "--endpoint-url", sagemaker.endpoint_url)

    assert answer.code == 0
    assert "3 load tests" in answer.out


def test_a_running_job_says_so_far_and_how_to_follow_it(sagemaker: LocalSageMaker) -> None:
    """More may come."""
    sagemaker.put_job(job("runs", Status="IN_PROGRESS"), steps=[step("IN_PROGRESS", "ml.m5.large")])
    sagemaker.put_job(job("begins", Status="PENDING"))

    runs, begins = steps(sagemaker, "runs"), steps(sagemaker, "begins")

    assert "1 load test: 1 IN_PROGRESS so far\n" in runs.out
    assert runs.out.endswith("It runs. Follow it: recgate watch runs --region eu-west-1\n")
    assert begins.out == "begins  PENDING\nNo load tests so far.\n"


def test_a_job_that_is_not_there_is_exit_2(sagemaker: LocalSageMaker) -> None:
    """It is not a job without load tests."""
    sagemaker.put_job(job("none"))

    missing, none = steps(sagemaker, "nope"), steps(sagemaker, "none")

    assert (missing.code, missing.out) == (2, "")
    assert "there is no such job" in missing.err
    assert (none.code, none.out) == (0, "none  COMPLETED\nNo load tests.\n")


def test_a_job_in_another_account_is_not_taken_for_it(sagemaker: LocalSageMaker) -> None:
    """The same name is another job there."""
    answer = steps(sagemaker, arn_of(NAME).replace("111122223333", "444455556666"))

    assert answer.code == 2
    assert "another account" in answer.err


def test_a_recorded_job_tells_its_recorded_load_tests() -> None:
    """Those in NAME.extra.json beside it."""
    answer = recgate("describe", "steps", "--file", JOBS / "image-tagger-v2.json")

    assert answer.code == 0, answer.err
    assert answer.out.startswith("image-tagger-v2  FAILED\n2 load tests: 2 FAILED\n")
    assert "Likely cause: " in answer.out


def test_a_recorded_job_may_come_through_a_pipe_with_its_steps_named() -> None:
    """The companion has another name then."""
    stdin = (JOBS / "image-tagger-v2.json").read_bytes()

    answer = recgate(
        "describe", "steps", "--file", "-", "--extra", JOBS / "image-tagger-v2.extra.json",
        "--output", "json", stdin=stdin,
    )  # fmt: skip

    assert json.loads(answer.out)["in_all"] == 2


def test_a_recorded_job_without_steps_says_how_to_record_them(tmp_path: Path) -> None:
    """Not known is not none."""
    shutil.copy(JOBS / "image-tagger-v2.json", tmp_path)

    answer = recgate("describe", "steps", "--file", tmp_path / "image-tagger-v2.json")

    assert (answer.code, answer.out) == (2, "")
    assert (
        "aws sagemaker list-inference-recommendations-job-steps --job-name image-tagger-v2 "
        "--output json > image-tagger-v2.extra.json"
    ) in answer.err


@pytest.mark.parametrize(
    "arguments",
    [(), ("j", "--file", "f.json"), ("j", "--extra", "f.json"), ("j", "--status", "DONE")],
)
def test_a_wrong_option_is_exit_2(arguments: tuple[str, ...]) -> None:
    """Before anybody is asked."""
    answer = recgate("describe", "steps", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_exit_2() -> None:
    """One line."""
    answer = recgate("describe", "steps", "--file", "nowhere.json")

    assert answer.code == 2
    assert "nowhere.json: no such file" in answer.err
