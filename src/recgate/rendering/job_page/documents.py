"""Listed jobs and load tests as documents for machines."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from recgate.domain.benchmark import Benchmark
from recgate.domain.candidate import Metric
from recgate.domain.job import JobStatus
from recgate.domain.job_query import FoundJobs, JobQuery
from recgate.domain.status_change import ListedJob
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.job_page.listing import took
from recgate.rendering.safe_text import clean, clean_lines
from recgate.rendering.story import REASON_LIMIT

JOBS_SCHEMA = "recgate-jobs/1"
STEPS_SCHEMA = "recgate-steps/1"

_NAME, _ARN = 200, 2_048
_FIGURES = {
    "cost_per_hour_usd": Metric.COST_PER_HOUR_USD,
    "cost_per_million_inferences_usd": Metric.COST_PER_MILLION_INFERENCES_USD,
    "model_latency_ms": Metric.MODEL_LATENCY_MS,
    "max_invocations_per_minute": Metric.INVOCATIONS_PER_MINUTE,
    "cpu_utilization_pct": Metric.CPU_UTILIZATION_PCT,
    "memory_utilization_pct": Metric.MEMORY_UTILIZATION_PCT,
}


def jobs_document(
    found: FoundJobs, query: JobQuery, *, region: str, now: datetime
) -> dict[str, object]:
    """``{"schema": "recgate-jobs/1", "region": …, "filters": {…}, "has_more": …, "jobs": […]}``."""
    return {
        "schema": JOBS_SCHEMA,
        "region": region,
        "filters": {
            "statuses": list(query.statuses),
            "name_contains": query.name_contains,
            "created_after": _time(query.created_after),
            "created_before": _time(query.created_before),
            "modified_after": _time(query.modified_after),
            "modified_before": _time(query.modified_before),
            "model_name": query.model_name,
            "model_package_arn": query.model_package_arn,
        },
        "sort_by": query.sort_by.value,
        "is_descending": query.is_descending,
        "has_more": found.has_more,
        "jobs": [_job(job, now) for job in found.jobs],
    }


def steps_document(
    name: str,
    arn: str | None,
    status: JobStatus,
    benchmarks: Sequence[Benchmark],
    *,
    statuses: Sequence[str],
    in_all: int,
) -> dict[str, object]:
    """``{"schema": "recgate-steps/1", "job_name": …, "in_all": 7, "steps": […]}``.

    ``in_all`` counts the job's load tests, those that ``statuses`` left out among them.
    """
    return {
        "schema": STEPS_SCHEMA,
        "job_name": clean(name, _NAME),
        "job_arn": _text(arn),
        "job_status": status.value,
        "filters": {"statuses": list(statuses)},
        "in_all": in_all,
        "steps": [_step(each) for each in benchmarks],
    }


def _job(job: ListedJob, now: datetime) -> dict[str, object]:
    return {
        "job_name": clean(job.name, _NAME),
        "job_arn": clean(job.arn, _ARN),
        "status": clean(job.status, _NAME),
        "has_ended": job.has_ended,
        "job_type": _text(job.job_type),
        "created_at": _time(job.created_at),
        "modified_at": _time(job.modified_at),
        "completed_at": _time(job.completed_at),
        "duration_s": round(took(job, now).total_seconds()),
        "model_package_arn": _text(job.model_package_arn),
        "model_name": _text(job.model_name),
        **_failure(job.failure_reason),
    }


def _step(benchmark: Benchmark) -> dict[str, object]:
    made = benchmark.made
    missing = {
        name: clean(made.readings[metric].missing, _NAME)
        for name, metric in _FIGURES.items()
        if made.values[metric] is None
    }
    return {
        "status": clean(benchmark.status, _NAME),
        "configuration": clean(made.configuration, _NAME),
        "instance_type": _text(made.instance_type),
        "endpoint_name": _text(made.endpoint_name),
        "is_existing_endpoint": benchmark.is_existing,
        "environment": _environment(made.environment),
        **{name: made.values[metric] for name, metric in _FIGURES.items()},
        "model_setup_time": benchmark.setup_time.value,
        "missing": missing,
        "started_at": _time(benchmark.started_at),
        "ended_at": _time(benchmark.ended_at),
        **_failure(benchmark.failure_reason),
    }


def _failure(reason: str | None) -> dict[str, object]:
    """The reason and what is known about it; both null where nothing failed."""
    known = likely_cause(reason) if reason else None
    return {
        "failure_reason": clean_lines(reason, REASON_LIMIT) if reason else None,
        "likely_cause": None
        if known is None
        else {
            "title": known.title,
            "cause": known.cause,
            "next_steps": list(known.next_steps),
        },
    }


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {clean(name, _NAME): clean(value, _NAME) for name, value in sorted(environment.items())}


def _text(text: str | None) -> str | None:
    return None if text is None else clean(text, _ARN)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
