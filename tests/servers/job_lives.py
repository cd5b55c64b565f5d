"""How a recommendation job lives: from a Create request to its end, as a function of time.

A job of ours ends as its script says (see `tests.servers.job_scripts`), under its own name, with
its own endpoints, at its own times. Nothing runs here: a life is asked what is true at a time.
Times are epoch seconds with milliseconds, as SageMaker's are.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers.job_scripts import Benchmark, Script

RUNS_TAG = "playground-runs-s"
"""A tag with a number of seconds decides how long the job is in progress."""

_MEASURING = 0.95
"""The part of a job's time in which benchmarks run, one after the other."""

_LATENCIES_MAX = 200
"""Invocations published for a benchmark, at most: enough for a P99."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds; ``metrics_late_s`` is how far CloudWatch is behind."""

    pending_s: float = 2.0
    running_s: float = 20.0
    stopping_s: float = 2.0
    metrics_late_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One job. ``starts`` is when Create was called, ``stop_asked`` when Stop was, if it was."""

    script: Script
    request: Mapping[str, Any]
    job_arn: str
    starts: float
    pending_s: float
    running_s: float
    stopping_s: float = 2.0
    stop_asked: float | None = None

    @property
    def begins(self) -> float:
        """When the job's status becomes IN_PROGRESS."""
        return round(self.starts + self.pending_s, 3)

    @property
    def ends(self) -> float:
        """When the job reaches the status that it never leaves."""
        if self.stop_asked is not None:
            return round(self.stop_asked + self.stopping_s, 3)
        return round(self.begins + self.running_s, 3)

    def status(self, now: float) -> str:
        """SageMaker's word at that time."""
        if self.stop_asked is not None and now >= self.stop_asked:
            return "STOPPED" if now >= self.ends else "STOPPING"
        if now < self.begins:
            return "PENDING"
        return str(self.script.job["Status"]) if now >= self.ends else "IN_PROGRESS"

    def share(self, now: float) -> float:
        """How much of the job's time has passed, from 0 to 1."""
        return min(max((now - self.starts) / max(self.ends - self.starts, 0.001), 0.0), 1.0)

    def next_change(self, now: float) -> float | None:
        """When something about the job will be other than it is now; None: never."""
        return next((moment for moment in self._moments() if moment > now), None)

    def describe(self, now: float) -> dict[str, Any]:
        """The Describe response at that time. CompletionTime is absent, as in all that AWS
        has published.
        """
        asked = ("JobName", "JobType", "RoleArn", "InputConfig", "StoppingConditions")
        moments = self._moments()
        job = {
            **{member: self.request[member] for member in asked if member in self.request},
            "JobDescription": self.request.get("JobDescription", ""),
            "JobArn": self.job_arn,
            "Status": self.status(now),
            "CreationTime": self.starts,
            "LastModifiedTime": moments[max(bisect_right(moments, now) - 1, 0)],
        }
        if job["Status"] == "FAILED":
            job["FailureReason"] = self.script.job["FailureReason"]
        if job["Status"] == "COMPLETED":
            rows = [
                {**self._own(benchmark.row), **_invoked(start, end)}
                for benchmark, start, end in self._slots()
                if benchmark.failure is None
            ]
            job["InferenceRecommendations"] = rows
            if "EndpointPerformances" in self.script.job:
                job["EndpointPerformances"] = self.script.job["EndpointPerformances"]
        return job

    def steps(self, now: float) -> list[dict[str, Any]]:
        """The benchmarks that have started by that time, with what those that ended came to."""
        last = now if self.stop_asked is None else min(now, self.stop_asked)
        return [
            self._step(benchmark, start, end, now)
            for benchmark, start, end in self._slots()
            if start <= last
        ]

    def measured(self) -> Iterator[tuple[float, str, list[tuple[float, float]]]]:
        """When each benchmark ends, its endpoint, and its latencies as CloudWatch takes them."""
        for benchmark, start, end in self._slots():
            stopped = self.stop_asked is not None and end > self.stop_asked
            if benchmark.p99_ms is None or stopped:
                continue
            count = min(benchmark.samples, _LATENCIES_MAX)
            step = (end - start) / count
            spread = [(start + (at + 0.5) * step, benchmark.p99_ms) for at in range(count)]
            yield end, self._own(benchmark.row)["EndpointConfiguration"]["EndpointName"], spread

    def _slots(self) -> Iterator[tuple[Benchmark, float, float]]:
        """Every benchmark with when it starts and ends, if nobody stops the job."""
        benchmarks = self.script.benchmarks
        slot = self.running_s * _MEASURING / max(len(benchmarks), 1)
        for place, benchmark in enumerate(benchmarks):
            start = self.begins + place * slot
            yield benchmark, round(start, 3), round(start + slot, 3)

    def _moments(self) -> list[float]:
        """When something changes, in order; the first is the job's creation."""
        planned = [self.starts, self.begins]
        planned += [moment for _, start, end in self._slots() for moment in (start, end)]
        if self.stop_asked is None:
            return sorted({*planned, self.ends})
        happened = {moment for moment in planned if moment < self.stop_asked}
        return sorted({*happened, self.stop_asked, self.ends})

    def _step(self, benchmark: Benchmark, start: float, end: float, now: float) -> dict[str, Any]:
        own = self._own(benchmark.row)
        told = ("EndpointConfiguration", "ModelConfiguration")
        inside = {member: own[member] for member in told if member in own}
        if self.stop_asked is not None and end > self.stop_asked:
            status = self.status(now)
            times = {"InvocationStartTime": start}
        elif now < end:
            status = "IN_PROGRESS"
            times = {"InvocationStartTime": start}
        else:
            status = "FAILED" if benchmark.failure else "COMPLETED"
            times = _invoked(start, end)
            inside |= {"FailureReason": benchmark.failure} if benchmark.failure else {}
            inside |= {"Metrics": own["Metrics"]} if "Metrics" in own else {}
        return {
            "StepType": "BENCHMARK",
            "JobName": self.request["JobName"],
            "Status": status,
            "InferenceBenchmark": {**inside, **times},
        }

    def _own(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of the script under this job's name and with an endpoint that no other job has."""
        endpoint = row["EndpointConfiguration"]
        seed = f"{self.job_arn}|{self.starts}|{endpoint['EndpointName']}"
        name = f"sm-epc-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
        named: dict[str, Any] = {
            "EndpointConfiguration": {**endpoint, "EndpointName": name, "VariantName": name}
        }
        if "RecommendationId" in row:
            last = row["RecommendationId"].rsplit("/", 1)[-1]
            named["RecommendationId"] = f"{self.request['JobName']}/{last}"
        return {**row, **named}


def _invoked(start: float, end: float) -> dict[str, float]:
    return {"InvocationStartTime": start, "InvocationEndTime": end}
