"""The jobs and the limits that all contenders judge: made from a seed, the same every time."""

import math
import random
import struct
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

TODAY = date(2026, 11, 21)
SEED = 20_261_121
ROWS_PER_JOB = 10
"""As many as SageMaker ever returns."""

ALLOWED_FAMILIES = ("c6i", "c7g", "c7i", "g5", "m6i", "m7g", "m7i", "p5")
DENIED_FAMILIES = ("p4d", "p5")
OTHER_FAMILIES = ("c5", "m5", "p3", "t3", "p4d", "p5")

POLICY: dict[str, Any] = {
    "version": 1,
    "policy": "benchmark",
    "require": {
        "max_cost_per_hour_usd": 2.5,
        "max_latency_p99_ms": 120,
        "max_model_latency_ms": 200,
        "min_invocations_per_minute": 400,
        "max_cpu_utilization_pct": 85,
        "max_memory_utilization_pct": 85,
        "instance_families": {"allow": [*ALLOWED_FAMILIES], "deny": [*DENIED_FAMILIES]},
        "max_instance_count": 8,
    },
}
"""Eight limits, as a policy file says them."""

P99_MEMBER = "ClientLatencyP99"
"""Where a peer finds the P99. Describe has none; recgate reads CloudWatch's measurement of it,
and the peers get it laid into the row.
"""

FIGURES = {
    "max_cost_per_hour_usd": ("Metrics", "CostPerHour"),
    "max_latency_p99_ms": ("Metrics", P99_MEMBER),
    "max_model_latency_ms": ("Metrics", "ModelLatency"),
    "min_invocations_per_minute": ("Metrics", "MaxInvocations"),
    "max_cpu_utilization_pct": ("Metrics", "CpuUtilization"),
    "max_memory_utilization_pct": ("Metrics", "MemoryUtilization"),
    "instance_families": ("EndpointConfiguration", "InstanceType"),
    "max_instance_count": ("EndpointConfiguration", "InitialInstanceCount"),
}
"""Where in a row of Describe the figure of each limit lies."""

_WITHIN = {
    "max_cost_per_hour_usd": (0.1, 2.4),
    "max_latency_p99_ms": (20.0, 118.0),
    "max_model_latency_ms": (5.0, 190.0),
    "min_invocations_per_minute": (410, 6000),
    "max_cpu_utilization_pct": (5.0, 84.0),
    "max_memory_utilization_pct": (5.0, 84.0),
    "max_instance_count": (1, 8),
}
_BEYOND = {
    "max_cost_per_hour_usd": (2.6, 40.0),
    "max_latency_p99_ms": (121.0, 900.0),
    "max_model_latency_ms": (201.0, 1500.0),
    "min_invocations_per_minute": (10, 390),
    "max_cpu_utilization_pct": (86.0, 400.0),
    "max_memory_utilization_pct": (86.0, 100.0),
    "max_instance_count": (9, 20),
}


class RowKind(StrEnum):
    """What a row was made to be."""

    PASSING = "passing"
    """Within every limit."""
    FAILING = "failing"
    """Beyond one limit or two, and nothing missing."""
    MISSING = "missing"
    """Within every limit but one, and that one's figure is missing."""


class Mix(StrEnum):
    """Which rows a job holds."""

    MIXED = "mixed"
    """A third of the jobs like `PASSING`, a third like `FAILING`, and a third of everything."""
    PASSING = "passing"
    FAILING = "failing"


_WEIGHTS = {Mix.MIXED: (50, 30, 20), Mix.PASSING: (1, 0, 0), Mix.FAILING: (0, 1, 0)}


@dataclass(frozen=True, slots=True)
class Job:
    """One job: the Describe response, the measured P99s, and the kind of each row by its id."""

    response: Mapping[str, Any]
    measured: Mapping[str, Any]
    kinds: Mapping[str, RowKind]

    def peer_rows(self) -> list[dict[str, Any]]:
        """The rows of Describe with the measured P99 laid into them: what a peer judges."""
        rows: list[dict[str, Any]] = deepcopy(self.response["InferenceRecommendations"])
        for row, measurement in zip(rows, self.measured["rows"], strict=True):
            if measurement["p99_ms"] is not None:
                row["Metrics"][P99_MEMBER] = measurement["p99_ms"]
        return rows


def make_jobs(count: int, *, mix: Mix = Mix.MIXED) -> list[Job]:
    """As many jobs, always the same ones for the same count and mix."""
    dice = random.Random(SEED)  # noqa: S311  # figures to judge, not secrets
    shares = [Mix.PASSING, Mix.FAILING, Mix.MIXED] if mix is Mix.MIXED else [mix]
    return [_job(place, dice, shares[place % len(shares)]) for place in range(count)]


def _job(place: int, dice: random.Random, mix: Mix) -> Job:
    name = f"ranker-{place:05}"
    kinds = dice.choices(list(RowKind), _WEIGHTS[mix], k=ROWS_PER_JOB)
    ids = [f"{name}/{dice.getrandbits(32):08x}" for _ in kinds]
    made = [_row(name, kind, dice) for name, kind in zip(ids, kinds, strict=True)]
    arn = f"arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{name}"
    return Job(
        response={
            "JobName": name,
            "JobType": "Advanced",
            "JobArn": arn,
            "RoleArn": "arn:aws:iam::111122223333:role/recommender",
            "Status": "COMPLETED",
            "CreationTime": 1_795_239_600.593,
            "LastModifiedTime": 1_795_242_720.675,
            "InputConfig": {
                "ModelPackageVersionArn": (
                    f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/{name}/1"
                )
            },
            "InferenceRecommendations": [row for row, _ in made],
        },
        measured={
            "minimum_samples": 100,
            "rows": [
                {"recommendation": name, "p99_ms": p99, "samples": 5000, "source": "cloudwatch"}
                for name, (_, p99) in zip(ids, made, strict=True)
            ],
        },
        kinds=dict(zip(ids, kinds, strict=True)),
    )


def _row(name: str, kind: RowKind, dice: random.Random) -> tuple[dict[str, Any], float | None]:
    """A row of Describe and its measured P99 (None: not measured)."""
    broken = dice.sample(list(FIGURES), dice.choice((1, 1, 2))) if kind is RowKind.FAILING else []
    figures = {limit: _figure(limit, dice, broken) for limit in _WITHIN}
    cost, rate = figures["max_cost_per_hour_usd"], figures["min_invocations_per_minute"]
    p99: float | None = figures["max_latency_p99_ms"]
    row: dict[str, Any] = {
        "RecommendationId": name,
        "Metrics": {"CostPerInference": _float32(cost / (60 * rate))},
        "EndpointConfiguration": {
            "EndpointName": f"sm-epc-{name}",
            "VariantName": "main",
            "InstanceType": _instance_type(dice, broken),
        },
        "ModelConfiguration": {"EnvironmentParameters": []},
    }
    for limit, figure in figures.items():
        owner, member = FIGURES[limit]
        if member != P99_MEMBER:
            row[owner][member] = figure
    if kind is RowKind.MISSING:
        limit = dice.choice(list(FIGURES))
        if limit == "max_latency_p99_ms":
            p99 = None
        else:
            _lose(row, limit, dice)
    return row, p99


def _figure(limit: str, dice: random.Random, broken: Sequence[str]) -> float:
    low, high = (_BEYOND if limit in broken else _WITHIN)[limit]
    if isinstance(low, int) and isinstance(high, int):
        return dice.randint(low, high)
    return _float32(dice.uniform(low, high))


def _instance_type(dice: random.Random, broken: Sequence[str]) -> str:
    allowed = sorted(set(ALLOWED_FAMILIES) - set(DENIED_FAMILIES))
    family = dice.choice(OTHER_FAMILIES if "instance_families" in broken else allowed)
    return f"ml.{family}.{dice.choice(('large', 'xlarge', '2xlarge'))}"


def _lose(row: dict[str, Any], limit: str, dice: random.Random) -> None:
    """Take the limit's figure away, in one of the ways in which SageMaker has none."""
    owner, member = FIGURES[limit]
    if owner != "Metrics" or dice.random() < 1 / 3:
        del row[owner][member]
    else:
        row[owner][member] = dice.choice((math.nan, "NaN"))


def _float32(value: float) -> float:
    """The value as it arrives from SageMaker."""
    narrowed: float = struct.unpack("f", struct.pack("f", value))[0]
    return narrowed
