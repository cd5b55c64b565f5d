"""Decisions on a job that does not exist, for messages that are sent to see whether they arrive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from recgate.domain.candidate import Candidate, EndpointKind, Metric, instance_family
from recgate.domain.canonical import digest
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision, decision_key
from recgate.domain.evaluation import evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limits import OnMissing
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Mode, Policy
from recgate.domain.reading import NOT_REPORTED, Reading, Source

SAMPLE_JOB = "recgate-sample"

_RAN_FOR = timedelta(minutes=42)
_REASON = "This is a sample of recgate's: no job failed."


def sample_verdicts() -> tuple[str, ...]:
    """The words that `sample_decision` takes."""
    return tuple(_SAMPLES)


def sample_decision(word: str, now: datetime) -> Decision:
    """A decision with this verdict, on an invented job; FAILED is a job that failed.

    It is judged as any other: what is said of it is what would be said.
    """
    snapshot, policies = _SAMPLES[word](_snapshot(word, now))
    evaluation = evaluate(snapshot, policies, now.date())
    policies_digest = digest({each.name: each.digest for each in policies})
    return Decision(
        key=decision_key(snapshot, evaluation, policies_digest),
        snapshot=snapshot,
        evaluation=evaluation,
        policies_digest=policies_digest,
        judged_on=now.date(),
        decided_at=now,
        trigger=Trigger(TriggerSource.COMMAND_LINE),
    )


_Case = tuple[Snapshot, tuple[Policy, ...]]


def _cost_and_latency(job: Snapshot, *, latency_ms: float, mode: Mode = Mode.ENFORCE) -> _Case:
    cost = NumericLimit(NUMERIC_LIMITS["max_cost_per_hour_usd"], None, 1.5, OnMissing.FAIL)
    latency = NumericLimit(NUMERIC_LIMITS["max_latency_p99_ms"], None, latency_ms, OnMissing.FAIL)
    return job, (_policy(cost, latency, mode=mode),)


def _warned(job: Snapshot) -> _Case:
    cost = NumericLimit(NUMERIC_LIMITS["max_cost_per_hour_usd"], 0.1, 1.5, OnMissing.FAIL)
    return job, (_policy(cost),)


def _unmeasured(job: Snapshot) -> _Case:
    rows = tuple(
        replace(row, readings=_readings({**_figures(row), Metric.LATENCY_P99_MS: None}))
        for row in job.candidates
    )
    return _cost_and_latency(replace(job, candidates=rows), latency_ms=120)


def _without_rows(job: Snapshot, status: JobStatus, reason: str | None = None) -> _Case:
    ended = replace(job, status=status, candidates=(), failure_reason=reason)
    return _cost_and_latency(ended, latency_ms=120)


_SAMPLES: dict[str, Callable[[Snapshot], _Case]] = {
    "PASS": lambda job: _cost_and_latency(job, latency_ms=120),
    "WARN": _warned,
    "WOULD_FAIL": lambda job: _cost_and_latency(job, latency_ms=50, mode=Mode.OBSERVE),
    "UNCOVERED": lambda job: (job, ()),
    "NO_RESULT": lambda job: _without_rows(job, JobStatus.STOPPED),
    "UNKNOWN": _unmeasured,
    "FAIL": lambda job: _cost_and_latency(job, latency_ms=50),
    "FAILED": lambda job: _without_rows(job, JobStatus.FAILED, _REASON),
}


def _snapshot(word: str, now: datetime) -> Snapshot:
    small = _row("ml.c7g.xlarge", (0.174, 0.4, 84.0, 7260.0))
    large = _row("ml.g6.2xlarge", (1.222, 8.7, 129.0, 2340.0))
    document = {"job": {"JobName": SAMPLE_JOB, "Status": "COMPLETED"}}
    return Snapshot(
        job_name=SAMPLE_JOB,
        job_arn=None,
        status=JobStatus.COMPLETED,
        document=document,
        # Each sample is a decision of its own, so that nobody takes it for one that they know.
        digest=digest({"sample": word, "at": now.isoformat()}),
        job_type="Default",
        created_at=now - _RAN_FOR,
        modified_at=now,
        ended_at=now,
        model_known=True,
        model_name="recgate-sample-model",
        tags={},
        candidates=(small, large),
    )


_METRICS = (
    Metric.COST_PER_HOUR_USD,
    Metric.COST_PER_MILLION_INFERENCES_USD,
    Metric.LATENCY_P99_MS,
    Metric.INVOCATIONS_PER_MINUTE,
)


def _row(instance: str, figures: tuple[float, float, float, float]) -> Candidate:
    return Candidate(
        recommendation_id=f"{SAMPLE_JOB}/{instance}",
        kind=EndpointKind.REALTIME,
        readings=_readings(dict(zip(_METRICS, figures, strict=True))),
        instance_type=instance,
        family=instance_family(instance),
        instance_count=1,
    )


def _figures(row: Candidate) -> dict[Metric, float | None]:
    return {metric: row.values[metric] for metric in _METRICS}


def _readings(figures: dict[Metric, float | None]) -> tuple[Reading, ...]:
    """Every metric's reading; those that are not named are not reported."""
    readings = [NOT_REPORTED] * len(Metric)
    for metric, value in figures.items():
        if value is not None:
            readings[metric] = Reading(value, value, Source.RECORDED)
    return tuple(readings)


def _policy(*limits: NumericLimit, mode: Mode = Mode.ENFORCE) -> Policy:
    return Policy(
        name="recgate-sample", limits=limits, digest=digest({"policy": SAMPLE_JOB}), mode=mode
    )
