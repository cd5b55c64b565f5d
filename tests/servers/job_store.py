"""What a local SageMaker holds: jobs with their tags and steps, and what CloudWatch measured."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.servers.job_index import JobIndex
from tests.servers.job_lives import Life, Pace
from tests.servers.job_scripts import tags_of
from tests.servers.latency_metrics import LatencyMetrics, PublishedAs
from tests.servers.living_jobs import LivingJobs
from tests.servers.shapes import mistakes, output_shape


@dataclass(frozen=True, slots=True)
class JobNow:
    """A job as it is, for a person to look at.

    ``script`` is the sample that it will end as, empty for a job that was put in as it is;
    ``share`` is how much of its time has passed, from 0 to 1.
    """

    job: Mapping[str, Any]
    tags: Mapping[str, str]
    steps: Sequence[Mapping[str, Any]]
    script: str = ""
    share: float = 1.0


class JobStore:
    """Jobs that were put in and jobs that live. Who reads or writes holds ``lock``."""

    def __init__(self, metrics: LatencyMetrics, clock: Callable[[], datetime], pace: Pace) -> None:
        self.lock = threading.RLock()
        self.metrics = metrics
        self.jobs = JobIndex()
        self.living = LivingJobs(pace)
        self.tags: dict[str, dict[str, str]] = {}
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.unchecked: set[str] = set()
        self._clock = clock

    def put_job(
        self,
        job: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        steps: Sequence[Mapping[str, Any]] = (),
        checked: bool = True,
    ) -> None:
        """Put a Describe response in (times as epoch seconds) with the job's tags and steps.

        ``checked`` False leaves the service model out of it: for members that SageMaker requires
        and published results do not have, and for a hundred thousand jobs at once.
        """
        name = job["JobName"]
        if checked:
            shape = output_shape("sagemaker", "DescribeInferenceRecommendationsJob")
            found = list(mistakes(shape, job))
            assert not found, found
        with self.lock:
            (self.unchecked.discard if checked else self.unchecked.add)(name)
            self.jobs.put(dict(job))
            self.tags[job["JobArn"]] = dict(tags or {})
            self.steps[name] = [dict(step) for step in steps]

    def put_latencies(
        self,
        endpoint: str,
        job: str,
        latencies: Sequence[tuple[float, float]],
        *,
        published_as: PublishedAs = "pair",
    ) -> None:
        """Publish invocations as (epoch seconds, milliseconds)."""
        with self.lock:
            self.metrics.put(endpoint, job, latencies, published_as)

    def newest(self, count: int) -> list[JobNow]:
        """The jobs that were created last as they are now, the newest first."""
        with self.lock:
            now = self.catch_up()
            return [self._now(job, now) for job in self.jobs.newest(count)]

    def catch_up(self) -> float:
        """Let every job become as old as it is; gives the time in epoch seconds."""
        self.metrics.now = self._clock()
        now = round(self.metrics.now.timestamp(), 3)
        for life in self.living.changed(now):
            self.show(life, now)
        for endpoint, job, latencies in self.living.published(now):
            self.metrics.put(endpoint, job, latencies, "pair")
        return now

    def show(self, life: Life, now: float) -> None:
        """Put a living job in as it is at that time."""
        self.put_job(life.describe(now), tags=tags_of(life.request), steps=life.steps(now))

    def _now(self, job: Mapping[str, Any], now: float) -> JobNow:
        name = job["JobName"]
        told = self.tags[job["JobArn"]], self.steps[name]
        life = self.living.get(name)
        return JobNow(job, *told, life.script.name, life.share(now)) if life else JobNow(job, *told)
