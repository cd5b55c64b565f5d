"""Jobs for `recgate describe`: the samples, published results, and answers nobody wishes for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import JOBS, ROOT, Answer, recgate
from tests.servers.sagemaker import REGION, LocalSageMaker, local_sagemaker

PUBLISHED = ROOT.parent / "shared" / "real-jobs"
ARN = f"arn:aws:sagemaker:{REGION}:111122223333:inference-recommendations-job"

ODD: dict[str, dict[str, Any]] = {
    "serverless-and-nan": {
        "InferenceRecommendations": [
            {
                "RecommendationId": "serverless-and-nan/1",
                "Metrics": {"CostPerHour": "NaN", "MaxInvocations": 12.5, "CpuUtilization": "NaN"},
                "EndpointConfiguration": {
                    "EndpointName": "sm-epc-1",
                    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
                },
                "ModelConfiguration": {"EnvironmentParameters": []},
            },
            {"EndpointConfiguration": {"EndpointName": "sm-epc-2", "InstanceType": "ml.m5.large"}},
            {
                "Metrics": None,
                "ModelConfiguration": {
                    "EnvironmentParameters": [
                        {"Key": "OMP_NUM_THREADS", "ValueType": "String", "Value": "4"},
                        {"Key": "SPRACHE", "ValueType": "String", "Value": "yes"},
                    ]
                },
            },
        ]
    },
    "unicode": {
        "JobDescription": "größer als 日本語 — “quoted” 'and' \\ back",
        "FailureReason": "no: yes # comment, 12:30, 0x1F, ~, null, - item",
    },
    "nothing-in-it": {
        "InputConfig": {},
        "InferenceRecommendations": [],
        "EndpointPerformances": [],
    },
}
"""Answers that the AWS CLI prints as well as recgate does."""

HOSTILE: dict[str, dict[str, Any]] = {
    "bare-nan": {
        "InferenceRecommendations": [
            {"Metrics": {"CostPerHour": float("nan"), "CpuUtilization": float("-inf")}}
        ]
    },
    "unseen": {"FailureReason": "two\nlines\tand \x1b[31mred\x9b \u202e half \ud800 nul \x00"},
}
"""Answers that the AWS CLI prints as something that is not JSON, or that moves the cursor."""


def job(name: str, **members: Any) -> dict[str, Any]:
    """An answer of Describe, with those members."""
    return {
        "JobName": name,
        "JobType": "Default",
        "JobArn": f"{ARN}/{name}",
        "Status": "COMPLETED",
        "CreationTime": 1750068000.7,
        "InputConfig": {"ModelName": "model-1"},
        **members,
    }


def odd_job(name: str) -> dict[str, Any]:
    """One of ODD and HOSTILE."""
    return job(name, **(ODD | HOSTILE)[name])


def recorded_files() -> list[Path]:
    """The files of the samples and, where they are, of published results."""
    samples = [*sorted(JOBS.glob("*.json")), *sorted(PUBLISHED.glob("*.json"))]
    return [path for path in samples if not path.name.endswith(".extra.json")]


def recorded(path: Path) -> dict[str, Any]:
    """The answer in a file with what SageMaker always says and some published results leave out.

    The file's name is the job's, so that no two have the same.
    """
    answer: dict[str, Any] = json.loads(path.read_text("utf-8"))
    named = {"JobName": path.stem, "JobArn": f"{ARN}/{path.stem}"}
    return {"CreationTime": 1750068000.7, **answer, **named}


@contextmanager
def sagemaker_with(*jobs: dict[str, Any]) -> Iterator[LocalSageMaker]:
    """A local SageMaker that has these jobs."""
    with local_sagemaker() as server:
        for each in jobs:
            server.put_job(each, checked=False, tags={"env": "prod"})
        yield server


def at_a_desk(monkeypatch: pytest.MonkeyPatch, folder: Path, config: str = "[default]\n") -> None:
    """The environment of somebody with credentials and an AWS configuration, and nothing else."""
    for name in ("AWS_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (folder / "aws-config").write_text(config, "utf-8")
    for name, value in desk(folder).items():
        monkeypatch.setenv(name, value)


def desk(folder: Path) -> dict[str, str]:
    """The variables of that environment."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-desk",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(folder / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }


def describe(server: LocalSageMaker, *arguments: str, stdin: bytes = b"") -> Answer:
    """Run ``recgate describe`` against the server."""
    return recgate("describe", *arguments, "--endpoint-url", server.endpoint_url, stdin=stdin)
