"""Names and reasons that others write never break the page, nor say what we do not say."""

import re

import pytest

from recgate.cli.describe.layout import PIPE
from recgate.domain.job import JobStatus
from tests.cli.describe.page_text import HOSTILE, described, page, recorded, too_wide
from tests.cli.runner import ROOT

PUBLISHED = ROOT.parent / "shared" / "real-jobs"
LONG = "x" * 10_000
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def hostile_job(text: str, status: JobStatus) -> dict[str, object]:
    """A Describe response with the text in every field that others write."""
    endpoint = {"EndpointName": text, "InstanceType": text, "InitialInstanceCount": 1}
    environment = [{"Key": text, "Value": text}]
    metrics = {"CostPerHour": 0.5, "ModelLatency": text, "MaxInvocations": {"a": text}}
    return {
        "JobName": text,
        "JobDescription": text,
        "JobType": text,
        "Status": status.value,
        "FailureReason": text,
        "RoleArn": text,
        "InputConfig": {
            "ModelName": text,
            "JobDurationInSeconds": text,
            "VolumeKmsKeyId": text,
            "TrafficPattern": {"TrafficType": text, "Phases": [{"SpawnRate": text}, text]},
            "ResourceLimit": {"MaxNumberOfTests": text},
            "EndpointConfigurations": [
                {"InstanceType": text, "EnvironmentParameterRanges": {
                    "CategoricalParameterRanges": [{"Name": text, "Value": [text] * 30}]}},
                {"ServerlessConfig": {"MemorySizeInMB": text}},
            ] * 30,
            "ContainerConfig": {
                "Framework": text, "NearestModelName": text, "SupportedInstanceTypes": text,
                "PayloadConfig": {"SamplePayloadUrl": text, "SupportedContentTypes": [text]},
            },
            "Endpoints": [{"EndpointName": text}],
            "VpcConfig": {"Subnets": [text] * 40, "SecurityGroupIds": [text, 7]},
        },
        "StoppingConditions": {
            "MaxInvocations": text,
            "ModelLatencyThresholds": [{"Percentile": text, "ValueInMilliseconds": text}] * 30,
            "FlatInvocations": text,
        },
        "InferenceRecommendations": [
            {
                "RecommendationId": text,
                "Metrics": metrics,
                "EndpointConfiguration": endpoint,
                "ModelConfiguration": {"EnvironmentParameters": environment},
            }
        ] * 3,
        "EndpointPerformances": [
            {"EndpointInfo": {"EndpointName": text}, "Metrics": {"ModelLatency": 5}}
        ],
    }  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.IN_PROGRESS])
@pytest.mark.parametrize("text", [HOSTILE, LONG, "測試" * 5_000, "\u202e" * 50, "\n" * 50, " "])
def test_hostile_text_stays_text(text: str, status: JobStatus, width: int) -> None:
    """No control character, no forged line, no line wider than the screen but what is copied."""
    step = {
        "Status": "FAILED",
        "InferenceBenchmark": {
            "FailureReason": text,
            "EndpointConfiguration": {"InstanceType": text, "EndpointName": text},
        },
    }
    running = {"Status": "IN_PROGRESS", "InferenceBenchmark": step["InferenceBenchmark"]}
    job = described(
        hostile_job(text, status), tags={text: text}, steps=[step] * 30 + [running] * 30
    )

    printed = page(job, width)

    assert not CONTROLS.search(printed)
    assert not [line for line in printed.splitlines() if line.startswith("FORGED")]
    name_and_copied = ("Role", "KMS key", "Console", "Logs")
    wide = [
        line
        for line in too_wide(printed, width)
        if not line.strip().startswith(name_and_copied) and line != printed.splitlines()[0]
    ]
    assert not wide
    assert len(printed) < 40_000


def test_the_page_of_a_job_with_markup_shows_the_markup() -> None:
    """Rich's markup in a description is printed and not obeyed."""
    job = described(
        {"JobName": "j", "Status": "COMPLETED", "JobDescription": "[red]x[/red] :bomb:"}
    )

    assert "[red]x[/red] :bomb:" in page(job)


def test_a_command_to_copy_never_holds_a_foreign_name() -> None:
    """A name that is none of SageMaker's is left for the reader to fill in."""
    job = described(
        {
            "JobName": "x; rm -rf ~",
            "JobArn": "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/x",
            "Status": "COMPLETED",
        }
    )

    assert page(job).endswith("Judge it  recgate check JOB --region eu-west-1\n")


def test_a_file_with_a_strange_name_is_quoted() -> None:
    """The command can be pasted into a shell."""
    job = described({"JobName": "j", "Status": "COMPLETED"})

    assert page(job, file="a b;c.json").endswith("recgate check --file 'a b;c.json'\n")


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published results are not here")
@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_published_results_have_a_readable_page(width: int) -> None:
    """Every published answer but the preview's, however sparse it is."""
    files = [path for path in sorted(PUBLISHED.glob("*.json")) if "preview" not in path.name]

    pages = {path.stem: page(recorded(path), width) for path in files}

    assert len(pages) >= 7
    assert not {name: wide for name, text in pages.items() if (wide := too_wide(text, width))}
    assert not [name for name, text in pages.items() if "$0.00" in text]


def test_in_a_pipe_no_line_is_broken() -> None:
    """What is searched for with grep stands on one line, however long it is."""
    reason = "INVALID_INPUT : " + "why " * 250
    job = described({"JobName": "j", "Status": "FAILED", "FailureReason": reason})

    assert f"\n  {reason.strip()}\n" in page(job, PIPE)
