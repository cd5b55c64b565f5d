"""The load tests of a job as a table, and why some of them failed."""

from collections import Counter
from collections.abc import Sequence

from recgate.domain.benchmark import Benchmark
from recgate.domain.candidate import Metric
from recgate.domain.job import JobStatus
from recgate.domain.reading import Reading
from recgate.rendering.amounts import Scale
from recgate.rendering.job_page.amounts import cell, scale_for
from recgate.rendering.job_page.failures import FailedTests, by_reason
from recgate.rendering.job_page.parts import Figures, Heading
from recgate.rendering.job_page.recommendations import METRICS, environment_words
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

ROWS_LIMIT = 100
_FAILED_LIMIT = 50
_SHOWN = (
    Metric.COST_PER_HOUR_USD,
    Metric.COST_PER_MILLION_INFERENCES_USD,
    Metric.MODEL_LATENCY_MS,
    Metric.INVOCATIONS_PER_MINUTE,
    Metric.CPU_UTILIZATION_PCT,
    Metric.MEMORY_UTILIZATION_PCT,
)
_STATUS = 20
_NOT_MEASURED = "n/a"
_HEADINGS = (Heading(("Load test",), is_figure=False), Heading(("Status",), is_figure=False))
_WHERE = Heading(("Endpoint",), is_figure=False)


def benchmark_table(benchmarks: Sequence[Benchmark]) -> Figures:
    """The load tests in SageMaker's order. A figure that none of them has is left out."""
    rows = benchmarks[:ROWS_LIMIT]
    scale = scale_for(each.made for each in rows)
    metrics = [
        metric for metric in _SHOWN if any(each.made.values[metric] is not None for each in rows)
    ]
    asides = tuple(_where(each) for each in rows)
    notes = []
    if metrics and any(not _is_measured(each) for each in rows):
        notes.append("n/a: SageMaker reports no figure of that load test.")
    if len(benchmarks) > len(rows):
        more = len(benchmarks) - len(rows)
        notes.append(f"{more} more are not shown: --output json has them all.")
    return Figures(
        headings=(*_HEADINGS, *(METRICS[metric] for metric in metrics)),
        rows=tuple(
            (
                name_of(each),
                status_of(each),
                *(_figure(each, each.made.readings[metric], metric, scale) for metric in metrics),
            )
            for each in rows
        ),
        notes=tuple(notes),
        aside=_WHERE if any(asides) else None,
        asides=asides,
    )


def failed_benchmarks(benchmarks: Sequence[Benchmark]) -> tuple[FailedTests, ...]:
    """Those that failed, or have a reason all the same, grouped by their reasons."""
    failed = [
        each
        for each in benchmarks
        if each.status == JobStatus.FAILED or each.failure_reason is not None
    ]
    return by_reason(
        [(name_of(each), each.failure_reason or "") for each in failed[:_FAILED_LIMIT]]
    )


def name_of(benchmark: Benchmark) -> str:
    """What was tested: a configuration, or an endpoint that was there before the job."""
    made = benchmark.made
    if benchmark.is_existing and made.endpoint_name:
        return f"{clean(made.endpoint_name, NAME_LIMIT)} (existing)"
    return clean(made.configuration, NAME_LIMIT)


def status_of(benchmark: Benchmark) -> str:
    """SageMaker's word."""
    return clean(benchmark.status, _STATUS) or "not reported"


def counted(benchmarks: Sequence[Benchmark]) -> str:
    """``7 load tests: 5 COMPLETED, 2 FAILED``."""
    statuses = Counter(status_of(each) for each in benchmarks)
    told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    return f"{len(benchmarks)} load test{'' if len(benchmarks) == 1 else 's'}: {told}"


def _is_measured(benchmark: Benchmark) -> bool:
    return any(value is not None for value in _figures(benchmark))


def _figures(benchmark: Benchmark) -> list[float | None]:
    return [benchmark.made.values[metric] for metric in _SHOWN]


def _figure(benchmark: Benchmark, reading: Reading, metric: Metric, scale: Scale) -> str:
    return cell(reading, metric, scale) if _is_measured(benchmark) else _NOT_MEASURED


def _where(benchmark: Benchmark) -> str:
    made = benchmark.made
    endpoint = "" if benchmark.is_existing else clean(made.endpoint_name or "", NAME_LIMIT)
    environment = environment_words(made.environment)
    return " with ".join(part for part in (endpoint, environment) if part)
