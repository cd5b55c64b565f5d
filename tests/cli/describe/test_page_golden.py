"""Whole pages about jobs, as they were looked at. RECGATE_UPDATE_GOLDEN=1 writes them anew."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from recgate.cli.describe.layout import PIPE
from recgate.domain.job import Snapshot
from tests.cli.describe.page_text import NOW, described, page, recorded, too_wide
from tests.cli.runner import JOBS

FOLDER = Path(__file__).parents[1] / "golden" / "describe"
SAMPLES = sorted(path.stem for path in JOBS.glob("*.json") if ".extra" not in path.name)
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/fraud-ranker-v15"


def step(status: str, instance_type: str, **benchmark: object) -> dict[str, object]:
    endpoint = {"InstanceType": instance_type, "EndpointName": f"sm-epc-{instance_type[-6:]}"}
    return {
        "Status": status,
        "InferenceBenchmark": {"EndpointConfiguration": endpoint, **benchmark},
    }


def running() -> Snapshot:
    """A job made up for these pages: 50 minutes old, with all settings that a job can have."""
    return described(
        {
            "JobName": "fraud-ranker-v15",
            "JobArn": ARN,
            "JobType": "Advanced",
            "JobDescription": "Fraud ranker, the candidate for November",
            "Status": "IN_PROGRESS",
            "CreationTime": NOW - timedelta(minutes=50),
            "LastModifiedTime": NOW,
            "RoleArn": "arn:aws:iam::111122223333:role/inference-recommender",
            "InputConfig": {
                "ModelName": "fraud-ranker-2026-11",
                "JobDurationInSeconds": 7200,
                "TrafficPattern": {
                    "TrafficType": "STAIRS",
                    "Stairs": {"DurationInSeconds": 120, "NumberOfSteps": 3, "UsersPerStep": 2},
                },
                "ResourceLimit": {"MaxNumberOfTests": 10, "MaxParallelOfTests": 2},
                "EndpointConfigurations": [
                    {"InstanceType": "ml.c7g.xlarge"},
                    {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}},
                ],
                "VpcConfig": {"Subnets": ["subnet-1a", "subnet-1b"], "SecurityGroupIds": ["sg-1"]},
                "ContainerConfig": {
                    "Domain": "MACHINE_LEARNING",
                    "Task": "CLASSIFICATION",
                    "Framework": "XGBOOST",
                    "FrameworkVersion": "1.7",
                    "PayloadConfig": {
                        "SamplePayloadUrl": "s3://payloads/fraud.tar.gz",
                        "SupportedContentTypes": ["text/csv"],
                    },
                },
                "VolumeKmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/0f6f1c9e",
            },
            "StoppingConditions": {"MaxInvocations": 3000, "FlatInvocations": "Continue"},
        },
        tags={"team": "risk", "env": "prod"},
        steps=[
            step("COMPLETED", "ml.c7g.xlarge"),
            step("IN_PROGRESS", "ml.c6i.xlarge"),
            step(
                "FAILED",
                "ml.g5.xlarge",
                FailureReason="ResourceLimitExceeded when calling CreateEndpoint: The "
                "account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances.",
            ),
            step("PENDING", "ml.m5.large"),
        ],
    )


def job(name: str) -> Snapshot:
    return running() if name == "running" else recorded(JOBS / f"{name}.json")


@pytest.mark.parametrize("width", [60, 80, PIPE])
@pytest.mark.parametrize("name", [*SAMPLES, "running"])
def test_every_page_reads_as_it_was_approved(name: str, width: int) -> None:
    """A change of the page is a change that somebody looks at."""
    text = page(job(name), width)

    path = FOLDER / f"{name}.{'pipe' if width == PIPE else width}.txt"
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
    assert not too_wide(text, width)


def test_no_golden_page_is_left_over() -> None:
    """Every file belongs to a page."""
    expected = {
        f"{name}.{width}.txt" for name in (*SAMPLES, "running") for width in (60, 80, "pipe")
    }

    assert {path.name for path in FOLDER.iterdir()} == expected
