"""Requests of a person who creates jobs, and the account that they are made in."""

from typing import Any

from tests.servers.job_lives import Pace
from tests.servers.sagemaker import LocalSageMaker

ACCOUNT, REGION = "000000000000", "us-east-1"
PACE = Pace(pending_s=5, running_s=100, stopping_s=3)
PACKAGE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/fraud-ranker/15"


def request_for(name: str, **changes: Any) -> Any:
    """A Create request as a person would make it."""
    return {
        "JobName": name,
        "JobType": "Default",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/inference-recommender",
        "InputConfig": {"ModelPackageVersionArn": PACKAGE},
        "Tags": [{"Key": "env", "Value": "prod"}],
        **changes,
    }


def create(server: LocalSageMaker, name: str = "nightly", **changes: Any) -> str:
    """Create a job; gives its ARN."""
    client = server.client("sagemaker")
    return client.create_inference_recommendations_job(**request_for(name, **changes))["JobArn"]
