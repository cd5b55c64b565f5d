"""The jobs of a local SageMaker that were created by a call: they age when somebody looks."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.servers.aws_json import Refused
from tests.servers.job_lives import RUNS_TAG, Life, Pace
from tests.servers.job_scripts import script_for, tags_of

Latencies = list[tuple[float, float]]

_ENDED = ("COMPLETED", "FAILED", "STOPPED")


class LivingJobs:
    """Lives by job name, and when each of them changes next. Not thread-safe by itself."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._lives: dict[str, Life] = {}
        self._due: dict[str, float] = {}
        self._published_until: dict[str, float] = {}

    def get(self, name: str) -> Life | None:
        """The life of the job of that name; None for a job that was put in as it is."""
        return self._lives.get(name)

    def create(self, request: Mapping[str, Any], job_arn: str, now: float) -> Life:
        """Begin a job's life. Raises Refused for a request that no script can be found for."""
        config = request["InputConfig"]
        if not (config.get("ModelPackageVersionArn") or config.get("ModelName")):
            raise Refused(
                "ValidationException", "Either ModelPackageVersionArn or ModelName is required."
            )
        wanted = tags_of(request).get(RUNS_TAG)
        life = Life(
            script=script_for(request),
            request=request,
            job_arn=job_arn,
            starts=now,
            pending_s=self._pace.pending_s,
            running_s=self._pace.running_s if wanted is None else _seconds(wanted),
            stopping_s=self._pace.stopping_s,
        )
        self._keep(life, now)
        return life

    def stop(self, name: str, status: str, now: float) -> Life:
        """Ask a job to stop; gives the life that it has from now on.

        Raises Refused when it has ended or is stopping already, in the words that SageMaker has
        for a training job; for this kind of job none are documented.
        """
        life = self._lives.get(name)
        if life is None or status in (*_ENDED, "STOPPING"):
            raise Refused(
                "ValidationException",
                f"The request was rejected because the inference recommendations job is in "
                f"status {status}.",
            )
        stopped = replace(life, stop_asked=now)
        self._keep(stopped, now)
        return stopped

    def changed(self, now: float) -> Iterator[Life]:
        """The jobs that are other than when they were last given out."""
        for name in [name for name, due in self._due.items() if due <= now]:
            self._keep(self._lives[name], now)
            yield self._lives[name]

    def published(self, now: float) -> Iterator[tuple[str, str, Latencies]]:
        """What CloudWatch has by now and had not before: endpoint, job, latencies."""
        late = self._pace.metrics_late_s
        for name, until in list(self._published_until.items()):
            life = self._lives[name]
            for end, endpoint, latencies in life.measured():
                if until < end + late <= now:
                    yield endpoint, name, latencies
            self._published_until[name] = now
            if now >= life.ends + late:
                del self._published_until[name]

    def _keep(self, life: Life, now: float) -> None:
        name = life.request["JobName"]
        self._lives[name] = life
        self._published_until.setdefault(name, now)
        due = life.next_change(now)
        if due is None:
            self._due.pop(name, None)
        else:
            self._due[name] = due


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise Refused("ValidationException", f"The tag {RUNS_TAG} is no number of seconds: {text}")
    return seconds
