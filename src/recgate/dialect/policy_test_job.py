"""The job of a test: the document that SageMaker and CloudWatch would have given for it.

Rows written out by hand go the way of every answer of Describe, so that a test is judged by
the same readings, the same rounding and the same order as a job in production.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.dialect.recorded_extras import without_nulls
from recgate.domain.candidate import Candidate, Metric
from recgate.domain.job import Snapshot
from recgate.domain.reading import Reading, Source, comparable

Document = Mapping[str, Any]

MISSING = "missing"
"""What stands in place of a figure that was not measured."""

METRIC_KEYS = {
    metric.name.lower(): metric
    for metric in Metric
    if metric
    not in (Metric.INSTANCE_COUNT, Metric.SERVERLESS_MEMORY_MB, Metric.SERVERLESS_CONCURRENCY)
}
"""The figures of a row, each named as its limit is, without max_ or min_."""

SAMPLES = 1000
"""How many requests a P99 is measured on where a test does not say."""

JOB_NAME = "given job"
"""What a job is called where a test does not say."""

RESERVED = {
    "JobName": "job_name",
    "JobArn": "region and account",
    "JobType": "job_type",
    "Status": "status",
    "InferenceRecommendations": "given",
}
"""Members of Describe that a test says by a key of its own."""

_DESCRIBED = {
    "model_latency_ms": ("ModelLatency", 1.0),
    "invocations_per_minute": ("MaxInvocations", 1.0),
    "cost_per_hour_usd": ("CostPerHour", 1.0),
    "cost_per_million_inferences_usd": ("CostPerInference", 1e6),
    "cpu_utilization_pct": ("CpuUtilization", 1.0),
    "memory_utilization_pct": ("MemoryUtilization", 1.0),
}
"""The member of Metrics for each figure, and how many of the one make the other."""

_GAINS = ("latency_gain_over_existing_pct", "throughput_gain_over_existing_pct")

_SCOPE_KEYS = {
    "job_name": "job_names",
    "tags": "tags",
    "model_package_group": "model_package_groups",
    "region": "regions",
    "account": "accounts",
    "job_type": "job_types",
}
"""The keys of ``given_job`` and those of ``applies_to`` that they answer."""


def said_of_scope(given_job: Document) -> frozenset[str]:
    """The keys of ``applies_to`` that a test says something about."""
    return frozenset(_SCOPE_KEYS[key] for key in given_job if key in _SCOPE_KEYS)


def given_snapshot(rows: Sequence[Document], given_job: Document) -> Snapshot:
    """The snapshot of a job with these recommendations. Both have been checked.

    Raises `recgate.ports.JobUnusable` for fields under ``describe`` that no job has.
    """
    names = [str(row.get("name", f"given {at:03d}")) for at, row in enumerate(rows, start=1)]
    job = {
        **_described(given_job),
        "InferenceRecommendations": [
            _recommendation(row, name) for row, name in zip(rows, names, strict=True)
        ],
    }
    tags = given_job.get("tags")
    snapshot = snapshot_from(
        snapshot_document(
            job,
            tags=None
            if tags is None
            else [{"Key": key, "Value": value} for key, value in tags.items()],
            measured={
                "minimum_samples": DEFAULT_MINIMUM_SAMPLES,
                "rows": [
                    _measured(row, name)
                    for row, name in zip(rows, names, strict=True)
                    if _is_number(row.get("latency_p99_ms"))
                ],
            },
        )
    )
    gains = {name: _gains(row) for row, name in zip(rows, names, strict=True)}
    if not any(gains.values()):
        return snapshot
    return replace(
        snapshot,
        candidates=tuple(
            _with_readings(row, gains[row.recommendation_id]) for row in snapshot.candidates
        ),
    )


def _described(given_job: Document) -> dict[str, Any]:
    """The response of Describe around the recommendations."""
    name = given_job.get("job_name", JOB_NAME)
    job: dict[str, Any] = {"JobName": name, "Status": given_job.get("status", "COMPLETED")}
    region, account = given_job.get("region", ""), given_job.get("account", "")
    if region or account:
        job["JobArn"] = f"arn:aws:sagemaker:{region}:{account}:inference-recommendations-job/{name}"
    if "job_type" in given_job:
        job["JobType"] = given_job["job_type"]
    described = without_nulls(given_job.get("describe", {}))
    job |= described if isinstance(described, dict) else {}
    group = given_job.get("model_package_group")
    if group is not None:
        config = job.get("InputConfig")
        package = f"arn:aws:sagemaker:{region}:{account}:model-package/{group}/1"
        job["InputConfig"] = {
            **(config if isinstance(config, Mapping) else {}),
            "ModelPackageVersionArn": package,
        }
    return job


def _recommendation(row: Document, name: str) -> dict[str, Any]:
    serverless = row.get("serverless")
    endpoint: dict[str, Any] = {"EndpointName": name, "VariantName": name}
    if serverless is not None:
        sizes = {"memory_mb": "MemorySizeInMB", "concurrency": "MaxConcurrency"}
        endpoint["ServerlessConfig"] = {
            member: serverless[key] for key, member in sizes.items() if key in serverless
        }
    elif "instance" in row:
        endpoint["InstanceType"] = row["instance"]
    count = row.get("instance_count", 1)
    if serverless is None and _is_number(count):
        endpoint["InitialInstanceCount"] = count
    metrics = {
        member: row[key] / scale
        for key, (member, scale) in _DESCRIBED.items()
        if _is_number(row.get(key))
    }
    environment = row.get("environment", {})
    return {
        "RecommendationId": name,
        "EndpointConfiguration": endpoint,
        "ModelConfiguration": {
            "EnvironmentParameters": [
                {"Key": key, "ValueType": "String", "Value": value}
                for key, value in environment.items()
            ]
        },
        "Metrics": metrics,
    }


def _measured(row: Document, name: str) -> dict[str, Any]:
    return {
        "recommendation": name,
        "p99_ms": row["latency_p99_ms"],
        "samples": row.get("latency_p99_samples", SAMPLES),
        "source": Source.RECORDED.value,
        "note": "",
    }


def _gains(row: Document) -> dict[Metric, float]:
    """The gains that a row states; without them, they are worked out as for every job."""
    return {METRIC_KEYS[key]: float(row[key]) for key in _GAINS if _is_number(row.get(key))}


def _with_readings(candidate: Candidate, stated: Mapping[Metric, float]) -> Candidate:
    if not stated:
        return candidate
    readings = list(candidate.readings)
    for metric, value in stated.items():
        readings[metric] = Reading(comparable(value), value, Source.DERIVED)
    return replace(candidate, readings=tuple(readings))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
