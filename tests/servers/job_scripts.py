"""How a recommendation job may end: the sample jobs of ``examples/jobs``, each one a script."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.aws_json import Refused

SAMPLES = Path(__file__).parents[2] / "examples" / "jobs"
DEFAULT_SCRIPT = "fraud-ranker-v14"
"""Passes the policies of this repository when the job is tagged ``env=prod``."""

SCRIPT_TAG = "playground"
"""A tag with the name of a sample decides how the job ends, whatever model it is about."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark of a script: a recommendation to be, or a failed step with its reason."""

    row: Mapping[str, Any]
    failure: str | None = None
    p99_ms: float | None = None
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """How a job ends: the Describe response of a sample, and its benchmarks in their order."""

    name: str
    job: Mapping[str, Any]
    benchmarks: tuple[Benchmark, ...]

    @property
    def model_group(self) -> str:
        """The model package group that the sample is about."""
        return _group(self.job["InputConfig"]["ModelPackageVersionArn"])


@cache
def scripts() -> Mapping[str, Script]:
    """Every sample job as a script, by its name."""
    files = sorted(SAMPLES.glob("*.json"))
    return {file.stem: _script(file.stem) for file in files if not file.stem.endswith(".extra")}


def script_for(request: Mapping[str, Any]) -> Script:
    """The script of a Create request: by its tag, else by its model, else one that passes.

    Raises Refused for a tag that names no sample.
    """
    named = tags_of(request).get(SCRIPT_TAG)
    if named is not None and named not in scripts():
        raise Refused(
            "ValidationException", f"No sample is called {named}; there are {', '.join(scripts())}."
        )
    if named is not None:
        return scripts()[named]
    config = request["InputConfig"]
    package = config.get("ModelPackageVersionArn")
    model = _group(package) if package else config.get("ModelName", "")
    found = (script for script in scripts().values() if script.model_group == model)
    return next(found, scripts()[DEFAULT_SCRIPT])


def tags_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a Create request."""
    return {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}


def _group(package_arn: str) -> str:
    return package_arn.rsplit("/", 2)[-2]


def _script(name: str) -> Script:
    job = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    extra = json.loads((SAMPLES / f"{name}.extra.json").read_text("utf-8"))
    measured = {row["RecommendationId"]: row for row in extra.get("MeasuredLatency", ())}
    rows = sorted(
        job.get("InferenceRecommendations", ()),
        key=lambda row: row.get("InvocationStartTime", float("inf")),
    )
    good = [_good(row, measured.get(row["RecommendationId"])) for row in rows]
    failed = [
        Benchmark(step["InferenceBenchmark"], step["InferenceBenchmark"]["FailureReason"])
        for step in extra.get("Steps", ())
        if step["Status"] == "FAILED"
    ]
    # A failed benchmark in the middle, as a person sees it while the others still run.
    return Script(name, job, (*good[:1], *failed, *good[1:]))


def _good(row: Mapping[str, Any], measured: Mapping[str, Any] | None) -> Benchmark:
    if measured is None:
        return Benchmark(row)
    return Benchmark(row, None, measured["P99Milliseconds"], measured["SampleCount"])
