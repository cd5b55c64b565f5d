"""The runs that the monthly cost is computed from: idle minutes, jobs alone, jobs in a crowd."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from tests.servers.job_lives import Life, Pace
from tests.servers.job_scripts import SCRIPT_TAG, scripts

from benchmarks.call_counts import counting_calls
from benchmarks.local_deployment import ACCOUNT, REGION, LocalDeployment, local_deployment
from benchmarks.sagemaker_process import job as existing_job
from benchmarks.tally import Tally
from benchmarks.watchers import ListsEverything
from recgate.adapters.aws_clients import Aws
from recgate.flows.configuration import CONFIGURATION
from recgate.flows.evidence.checkpoint import CHECKPOINT
from recgate.flows.job_stream import DECISION
from recgate.ports import Entry

_MINUTE = timedelta(minutes=1)
_IDLE_SWEEPS = 20
_MONTH_MINUTES = 30 * 24 * 60
_LISTED_JOBS = 1_000

_OF_NO_JOB = (CONFIGURATION, CHECKPOINT)
"""Kinds of records that are not about a job."""


@dataclass(frozen=True, slots=True)
class Lives:
    """The lives that are counted. All times in seconds.

    ``samples`` of `examples/jobs` live one after the other, each alone; ``offsets_s`` is how
    long after a sweep each is created. ``metrics_late_s`` is how far CloudWatch is behind.
    ``crowd_a_month`` jobs a month live at the same time, for ``crowd_counted_min`` minutes
    after ``crowd_settled_min``, in which the first of them have been through all of it.
    """

    samples: tuple[str, ...] = ("fraud-ranker-v14", "support-summarizer-v3", "image-tagger-v2")
    offsets_s: tuple[float, ...] = (0.0, 20.0, 40.0)
    pending_s: float = 120.0
    running_s: float = 2_700.0
    metrics_late_s: float = 180.0
    crowd_a_month: int = 100_000
    crowd_settled_min: int = 90
    crowd_counted_min: int = 30

    @property
    def pace(self) -> Pace:
        """The same for the local SageMaker."""
        return Pace(
            pending_s=self.pending_s,
            running_s=self.running_s,
            metrics_late_s=self.metrics_late_s,
        )


class _AlwaysDecided:
    """A ledger in which every job has its decision, and reading it is not counted."""

    def __init__(self, deployment: LocalDeployment) -> None:
        self._deployment = deployment

    def read(self, stream: str) -> Sequence[Entry]:
        """One decision."""
        return [Entry(DECISION, "key", self._deployment.now, {})]

    def append(self, stream: str, position: int, entry: Entry) -> None:
        """Nobody writes."""
        raise AssertionError(f"the watcher wrote {entry.kind} at {position} of {stream}")


def count(lives: Lives) -> dict[str, Any]:
    """What was counted, as JSON can say it: for a minute, a job, a day, one list of all."""
    with local_deployment(pace=lives.pace) as deployment:
        with deployment.running():
            idle, idle_seal = _idle(deployment)
            alone, checked, sealed = _alone(deployment, lives, idle, idle_seal)
            records = _records(deployment, lives)
            verified = _verified(deployment)
        with deployment.running(ledger=_AlwaysDecided(deployment), has_rule=False):
            crowd = _with_the_looks(_crowd(deployment, lives, idle), alone)
    with local_deployment(pace=lives.pace) as deployment, deployment.running():
        together = _together(deployment, lives, idle_seal)
        day, start = _day_and_start(deployment, idle_seal)
    with local_deployment(pace=lives.pace) as deployment:
        listing = _list_of_all(deployment)
    return {
        "lives": asdict(lives),
        "idle sweep": idle,
        "idle seal": idle_seal,
        "watcher, a job alone": alone,
        "watcher, a job in a crowd": crowd,
        "check function, a job": checked,
        "sealer, a job alone": sealed,
        "sealer, a job in a crowd": together,
        "sealer, a day's checkpoint": day,
        "sealer, a start": start,
        "records": records,
        "verify, a record": verified,
        "list of all jobs": listing,
    }


def _idle(deployment: LocalDeployment) -> tuple[dict[str, Any], dict[str, Any]]:
    """A sweep of a place in which nothing happens, and a run that finds everything sealed.

    Before, the policies are recorded, and the day's checkpoint with them is sealed.
    """
    _begin(deployment)
    for _ in range(_IDLE_SWEEPS):
        deployment.now += _MINUTE
        deployment.sweep()
        deployment.seal()
    return _share(deployment.watched, _IDLE_SWEEPS), _share(deployment.sealed, _IDLE_SWEEPS)


def _begin(deployment: LocalDeployment) -> None:
    """What happens once, so that none of it is counted for a job."""
    deployment.sweep()  # begins the watch
    deployment.record_policies()
    assert deployment.seal()["sealed"] == len(("configuration", "checkpoint"))
    deployment.count_anew()


def _alone(
    deployment: LocalDeployment,
    lives: Lives,
    idle: Mapping[str, Any],
    idle_seal: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Whole lives, one after the other: what they add to idle minutes, and the checks.

    A job's life is over when its verdict was told and the watcher has looked for it. Every job
    finds a check function that has just started. What was recorded in a minute is sealed at its
    end.
    """
    deployment.count_anew()
    sweeps = 0
    for sample, offset_s in zip(lives.samples, lives.offsets_s, strict=True):
        worker = deployment.fresh_worker()
        deployment.now += timedelta(seconds=offset_s)
        deployment.create_job(_request(f"{sample}-again", sample))
        deployment.poll(worker)
        deployment.now += _MINUTE - timedelta(seconds=offset_s)
        for _ in range(_minutes_of_a_life(lives)):
            deployment.sweep()
            deployment.poll(worker)
            deployment.seal()
            deployment.now += _MINUTE
            sweeps += 1
        worker.close()
        assert deployment.is_quiet, f"{sample} has not come to its end"
    jobs = len(lives.samples)
    return (
        _share(deployment.watched, jobs, without=(idle, sweeps)),
        _share(deployment.checked, jobs),
        _share(deployment.sealed, jobs, without=(idle_seal, sweeps)),
    )


def _records(deployment: LocalDeployment, lives: Lives) -> dict[str, Any]:
    """What each kind of record takes; ``a_job`` is how many of them a job makes."""
    return {
        kind: {"a_job": 0.0 if kind in _OF_NO_JOB else counted["number"] / len(lives.samples)}
        | counted
        for kind, counted in deployment.records().items()
    }


def _verified(deployment: LocalDeployment) -> dict[str, Any]:
    """What `recgate audit verify` uses for each record. It runs at a desk."""
    records = sum(each["number"] for each in deployment.records().values())
    used, read = _share(deployment.verify(), records), "read_units ledger"
    return {"calls": used["calls"], "amounts": {read: used["amounts"][read]}, "metrics": []}


def _together(
    deployment: LocalDeployment, lives: Lives, idle_seal: Mapping[str, Any]
) -> dict[str, Any]:
    """The same lives at the same time, all of their records sealed in one run.

    In the crowd there is a job begun, judged and told about in every minute, so that a run finds
    as many records as these jobs have.
    """
    _begin(deployment)
    worker = deployment.fresh_worker()
    for sample in lives.samples:
        deployment.create_job(_request(f"{sample}-again", sample))
    for _ in range(_minutes_of_a_life(lives)):
        deployment.sweep()
        deployment.poll(worker)
        deployment.now += _MINUTE
    worker.close()
    assert deployment.is_quiet, "not all have come to their ends"
    deployment.seal()
    return _share(deployment.sealed, len(lives.samples), without=(idle_seal, 1))


def _day_and_start(
    deployment: LocalDeployment, idle_seal: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first run of a day, and what a function adds that has just started.

    One that starts looks for the checkpoint of the day, for the end of the chain before it adds to
    it, and at the archive before it seals anything: the same day's run twice, by a function that
    ran before and by one that did not.
    """
    found = []
    # Others recorded since the function's own last record, of which it learns by a refusal: how
    # often it asks then is a matter of chance, so the first day is not counted.
    for is_counted, starts_anew in ((False, False), (True, False), (True, True)):
        deployment.now += timedelta(days=1)
        deployment.count_anew()
        if starts_anew:
            deployment.sealer.start_anew()
        assert deployment.seal()["sealed"] == 1
        if is_counted:
            found.append(_share(deployment.sealed, 1, without=(idle_seal, 1)))
    day, with_start = found
    deployment.sealer.start_anew()
    deployment.count_anew()
    assert deployment.seal()["sealed"] == 0
    start = _share(deployment.sealed, 1, without=(idle_seal, 1))
    for name, number in with_start["calls"].items():
        more = round(number - day["calls"].get(name, 0), 4)
        start["calls"][name] = max(start["calls"].get(name, 0), more)
    start["calls"] = {name: number for name, number in sorted(start["calls"].items()) if number}
    return day, start


def _crowd(deployment: LocalDeployment, lives: Lives, idle: Mapping[str, Any]) -> dict[str, Any]:
    """What a job adds to idle sweeps where very many live at the same time.

    The check function does not run: it does the same for each of them, as for one alone.
    """
    apart_s = 60 * _MONTH_MINUTES / lives.crowd_a_month
    deployment.sweep()
    start, crowd = deployment.now.timestamp(), list[Life]()
    for minute in range(1, lives.crowd_settled_min + lives.crowd_counted_min + 1):
        before, now = start + 60 * (minute - 1), start + 60 * minute
        while (starts := start + len(crowd) * apart_s) < now:
            crowd.append(_life(len(crowd), starts, lives))
        for life in crowd:
            change = life.next_change(before) if life.starts < before else life.starts
            if change is not None and change <= now:
                # As the local SageMaker would, without the latencies that nobody asks for here.
                deployment.sagemaker.put_job(life.describe(now), checked=False)
        deployment.now += _MINUTE
        deployment.sweep()
        if minute == lives.crowd_settled_min:
            deployment.watched = Tally()
    jobs = lives.crowd_counted_min * lives.crowd_a_month / _MONTH_MINUTES
    return _share(deployment.watched, jobs, without=(idle, lives.crowd_counted_min))


def _with_the_looks(crowd: dict[str, Any], alone: Mapping[str, Any]) -> dict[str, Any]:
    """With the reads of the ledger, of which a job has as many in a crowd as it has alone."""
    for kind in ("calls", "amounts"):
        looks = {name: number for name, number in alone[kind].items() if name.endswith(" ledger")}
        crowd[kind] = dict(sorted({**crowd[kind], **looks}.items()))
    return crowd


def _life(number: int, starts: float, lives: Lives) -> Life:
    """The life of one of the crowd; ``starts`` is in epoch seconds."""
    name, sample = f"crowd-{number:05}", lives.samples[number % len(lives.samples)]
    kind = "inference-recommendations-job"
    return Life(
        script=scripts()[sample],
        request=_request(name, sample),
        job_arn=f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}",
        starts=round(starts, 3),
        pending_s=lives.pending_s,
        running_s=lives.running_s,
    )


def _list_of_all(deployment: LocalDeployment) -> dict[str, Any]:
    """The straightforward watcher's sweep, for its calls and its time for each page."""
    now = deployment.now.timestamp()
    for number in range(_LISTED_JOBS):
        listed = existing_job(number, size=_LISTED_JOBS, now=now)
        deployment.sagemaker.put_job(listed, checked=False)
    with counting_calls() as calls:
        clients = Aws()
        watcher = ListsEverything(clients)
        watcher.sweep(deployment.now)
        calls.clear()
        began = time.thread_time()
        watcher.sweep(deployment.now)
        spent = time.thread_time() - began
        counted = dict(calls)
        clients.close()
    return {"jobs": _LISTED_JOBS, "calls": counted, "cpu_s": round(spent, 4)}


def _minutes_of_a_life(lives: Lives) -> int:
    """From a job's creation until nothing about it is left to be done."""
    told_at_most_s, looked_for_s = 900.0, 1_800.0
    return math.ceil((lives.pending_s + lives.running_s + told_at_most_s + looked_for_s) / 60) + 5


def _request(name: str, sample: str) -> dict[str, Any]:
    """A Create request for a job that ends as the sample did."""
    job = scripts()[sample].job
    tags = {"env": "prod", SCRIPT_TAG: sample}
    request = {
        "JobName": name,
        "JobType": job["JobType"],
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/inference-recommender",
        "InputConfig": job["InputConfig"],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    if "StoppingConditions" in job:
        request["StoppingConditions"] = job["StoppingConditions"]
    return request


def _share(
    tally: Tally, parts: float, *, without: tuple[Mapping[str, Any], int] | None = None
) -> dict[str, Any]:
    """A tally divided by a number of sweeps or jobs, without so many idle sweeps."""
    idle, sweeps = without or ({"calls": {}, "amounts": {}, "cpu_s": 0.0}, 0)
    cpu_s = max(tally.cpu_s - sweeps * idle["cpu_s"], 0.0) / parts

    def shared(counted: Mapping[str, int], idle_counts: Mapping[str, float]) -> dict[str, float]:
        found = {
            name: round((number - sweeps * idle_counts.get(name, 0)) / parts, 4)
            for name, number in sorted(counted.items())
        }
        return {name: number for name, number in found.items() if number}

    return {
        "calls": shared(tally.calls, idle["calls"]),
        "amounts": shared(tally.amounts, idle["amounts"]),
        "metrics": sorted(tally.metrics),
        "cpu_s": round(cpu_s, 4),
    }
