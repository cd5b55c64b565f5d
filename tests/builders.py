"""Builders that name only what a test is about; everything else has a harmless value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from recgate.domain.candidate import Candidate, EndpointKind, Metric, instance_family
from recgate.domain.canonical import digest
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision, decision_key
from recgate.domain.evaluation import Evaluation, evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import Request, Trigger, TriggerSource
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.reading import NOT_REPORTED, Reading, Source, comparable
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver

NOW = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)
TODAY = NOW.date()
JOB_ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/fraud-ranker-v14"

_METRICS = {
    "cost_per_hour_usd": Metric.COST_PER_HOUR_USD,
    "cost_per_million_inferences_usd": Metric.COST_PER_MILLION_INFERENCES_USD,
    "latency_p99_ms": Metric.LATENCY_P99_MS,
    "model_latency_ms": Metric.MODEL_LATENCY_MS,
    "invocations_per_minute": Metric.INVOCATIONS_PER_MINUTE,
    "cpu_utilization_pct": Metric.CPU_UTILIZATION_PCT,
    "memory_utilization_pct": Metric.MEMORY_UTILIZATION_PCT,
    "serverless_memory_mb": Metric.SERVERLESS_MEMORY_MB,
    "serverless_concurrency": Metric.SERVERLESS_CONCURRENCY,
}


def candidate(
    instance: str | None = "ml.c7g.xlarge",
    *,
    recommendation_id: str | None = None,
    instance_count: int | None = 1,
    **figures: float | Reading | None,
) -> Candidate:
    """A recommendation; figures by their names in `_METRICS`, None or absent for missing.

    ``serverless_memory_mb`` makes it a serverless row.
    """
    serverless = "serverless_memory_mb" in figures
    readings = [NOT_REPORTED] * len(Metric)
    for name, figure in figures.items():
        if isinstance(figure, Reading):
            readings[_METRICS[name]] = figure
        elif figure is not None:
            samples = 5000 if name == "latency_p99_ms" else None
            source = Source.CLOUDWATCH if samples else Source.DESCRIBE
            readings[_METRICS[name]] = Reading(comparable(figure), figure, source, samples=samples)
    if not serverless and instance_count is not None:
        readings[Metric.INSTANCE_COUNT] = Reading(float(instance_count), instance_count)
    return Candidate(
        recommendation_id=recommendation_id or f"fraud-ranker-v14/{instance or 'serverless'}",
        kind=EndpointKind.SERVERLESS if serverless else EndpointKind.REALTIME,
        readings=tuple(readings),
        instance_type=None if serverless else instance,
        family=None if serverless else instance_family(instance),
        instance_count=None if serverless else instance_count,
        endpoint_name=f"sm-epc-{instance}",
    )


def snapshot(
    *candidates: Candidate,
    status: JobStatus = JobStatus.COMPLETED,
    failure_reason: str | None = None,
    tags: Mapping[str, str] | None = None,
    document: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Snapshot:
    """A completed job named fraud-ranker-v14 with these recommendations, in this order."""
    made = document or {"job": {"JobName": "fraud-ranker-v14", "Status": status}}
    built = Snapshot(
        job_name="fraud-ranker-v14",
        job_arn=JOB_ARN,
        status=status,
        document=made,
        digest=digest({"made": repr((made, candidates, status, failure_reason, tags))}),
        account="111122223333",
        region="eu-west-1",
        job_type="Default",
        created_at=datetime(2026, 11, 21, 4, 40, tzinfo=UTC),
        modified_at=NOW,
        ended_at=NOW,
        failure_reason=failure_reason,
        model_known=True,
        model_package_arn="arn:aws:sagemaker:eu-west-1:111122223333:model-package/fraud-ranker/14",
        model_package_group="fraud-ranker",
        tags={} if tags is None else tags,
        candidates=candidates,
    )
    return replace(built, **changes) if changes else built


def at_most(
    name: str,
    fail: float | None = None,
    *,
    warn: float | None = None,
    on_missing: OnMissing = OnMissing.FAIL,
) -> NumericLimit:
    """A numeric limit by its name under ``require`` (also the ``min_…`` ones)."""
    return NumericLimit(NUMERIC_LIMITS[name], warn, fail, on_missing)


def families(*, allow: tuple[str, ...] | None = None, deny: tuple[str, ...] = ()) -> SetLimit:
    """A limit on instance families."""
    allowed = None if allow is None else frozenset(allow)
    return SetLimit("instance_families", allowed, frozenset(deny), OnMissing.FAIL)


def policy(*limits: Limit, name: str = "prod-realtime", **changes: Any) -> Policy:
    """A policy that applies to every job."""
    made = Policy(name=name, limits=limits, digest=digest({"policy": repr((name, limits))}))
    return replace(made, **changes) if changes else made


def waiver(limit: str = "max_cost_per_hour_usd", **changes: Any) -> Waiver:
    """A waiver of a limit of prod-realtime for fraud-ranker jobs, in force around TODAY."""
    made = Waiver(
        id="W-2026-014",
        policy="prod-realtime",
        limit=limit,
        scope=Scope((Condition("job_names", ("fraud-ranker-*",)),)),
        reason="GPU shortage in eu-west-1, CHG-4471",
        requested_by="dana@example.com",
        approved_by="finops-lead@example.com",
        starts=date(2026, 11, 1),
        expires=date(2026, 12, 31),
        digest="",
    )
    made = replace(made, **changes)
    return replace(made, digest=digest({"waiver": repr(made)}))


def decision(
    judged: Snapshot,
    *policies: Policy,
    evaluation: Evaluation | None = None,
    today: date = TODAY,
    requests: tuple[Request, ...] = (),
    waivers: Sequence[Waiver] = (),
) -> Decision:
    """The decision on a job by these policies."""
    made = evaluation or evaluate(judged, policies, today, waivers)
    policies_digest = digest({each.name: each.digest for each in policies})
    return Decision(
        key=decision_key(judged, made, policies_digest),
        snapshot=judged,
        evaluation=made,
        policies_digest=policies_digest,
        judged_on=today,
        decided_at=NOW,
        trigger=Trigger(TriggerSource.SWEEP),
        requests=requests,
    )
