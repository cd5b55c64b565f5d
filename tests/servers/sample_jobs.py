"""Describe responses as they come over the wire: complete by the service model, figures made up
except where a name says otherwise. Times are epoch seconds.
"""

from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
CREATED = 1795236000.125  # 2026-11-21T04:40:00.125Z
ENDED = 1795242720.5  # 2026-11-21T06:32:00.500Z


def arn_of(name: str) -> str:
    """The ARN of a job of this name."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:inference-recommendations-job/{name}"


def job(name: str = "fraud-ranker-v14", **members: Any) -> dict[str, Any]:
    """A completed Default job with one recommendation; None leaves a member out."""
    made = {
        "JobName": name,
        "JobDescription": "made for the tests",
        "JobType": "Default",
        "JobArn": arn_of(name),
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/recommender",
        "Status": "COMPLETED",
        "CreationTime": CREATED,
        "CompletionTime": ENDED,
        "LastModifiedTime": ENDED,
        "InputConfig": {
            "ModelPackageVersionArn": (
                f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/fraud-ranker/14"
            )
        },
        "InferenceRecommendations": [row()],
        **members,
    }
    return {member: value for member, value in made.items() if value is not None}


def row(
    identity: str = "fraud-ranker-v14/a1b2c3d4",
    *,
    endpoint: str = "sm-epc-1",
    instance: str = "ml.c7g.xlarge",
    count: int = 1,
    invoked: tuple[float, float] | None = None,
    **metrics: Any,
) -> dict[str, Any]:
    """A real-time recommendation; ``invoked`` is when its invocations started and ended."""
    figures = {"CostPerHour": 0.736, "MaxInvocations": 1645, "ModelLatency": 171, **metrics}
    times = {"InvocationStartTime": invoked[0], "InvocationEndTime": invoked[1]} if invoked else {}
    return {
        "RecommendationId": identity,
        "Metrics": {name: value for name, value in figures.items() if value is not None},
        "EndpointConfiguration": {
            "EndpointName": endpoint,
            "VariantName": endpoint,
            "InstanceType": instance,
            "InitialInstanceCount": count,
        },
        "ModelConfiguration": {"EnvironmentParameters": []},
        **times,
    }


def serverless_row(
    identity: str = "fraud-ranker-v14/s1s2s3s4", *, endpoint: str = "sm-epc-serverless"
) -> dict[str, Any]:
    """A serverless recommendation: no instance type, no count, a setup time."""
    return {
        "RecommendationId": identity,
        "Metrics": {
            "CostPerInference": 2.5e-06,
            "MaxInvocations": 300,
            "ModelLatency": 220,
            "ModelSetupTime": 1_900_000,
        },
        "EndpointConfiguration": {
            "EndpointName": endpoint,
            "VariantName": endpoint,
            "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
        },
        "ModelConfiguration": {"EnvironmentParameters": []},
    }


def step(name: str, status: str, *, reason: str | None = None) -> dict[str, Any]:
    """One benchmark of a job."""
    failed = {"FailureReason": reason} if reason else {}
    return {
        "StepType": "BENCHMARK",
        "JobName": name,
        "Status": status,
        "InferenceBenchmark": {
            "EndpointConfiguration": {
                "EndpointName": "sm-epc-9",
                "VariantName": "sm-epc-9",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            },
            "ModelConfiguration": {},
            "InvocationStartTime": CREATED + 600,
            "InvocationEndTime": CREATED + 900.75,
            **failed,
        },
    }


def a_job_of_each_kind() -> dict[str, dict[str, Any]]:
    """One job of every kind that Inference Recommender has, by a word for the kind."""
    name = "fraud-ranker-v14"
    return {
        "default": job(InferenceRecommendations=[row(), row(f"{name}/b", endpoint="sm-epc-2")]),
        "advanced": job(
            JobType="Advanced",
            StoppingConditions={
                "MaxInvocations": 300,
                "ModelLatencyThresholds": [{"Percentile": "P95", "ValueInMilliseconds": 100}],
            },
            InferenceRecommendations=[row(count=3, CostPerHour=0.69, MaxInvocations=387)],
        ),
        "serverless": job(InferenceRecommendations=[serverless_row()]),
        "mixed": job(InferenceRecommendations=[serverless_row(), row()]),
        "existing endpoint": job(
            EndpointPerformances=[
                {
                    "Metrics": {"MaxInvocations": 184, "ModelLatency": 1312},
                    "EndpointInfo": {"EndpointName": "endpoint-in-service"},
                }
            ]
        ),
        "existing endpoint only": job(
            InferenceRecommendations=None,
            EndpointPerformances=[
                {
                    "Metrics": {"MaxInvocations": 184, "ModelLatency": 1312},
                    "EndpointInfo": {"EndpointName": "endpoint-in-service"},
                }
            ],
        ),
        "failed": job(
            Status="FAILED",
            FailureReason="INVALID_INPUT : 1. Model returned 4xx or 5xx error code.",
            InferenceRecommendations=None,
        ),
        "stopped": job(Status="STOPPED", InferenceRecommendations=None),
        "in progress": job(
            Status="IN_PROGRESS", InferenceRecommendations=None, CompletionTime=None
        ),
        "without completion time": job(CompletionTime=None),
    }
