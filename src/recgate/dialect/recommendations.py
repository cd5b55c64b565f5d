"""The recommendations of a Describe response, each as a candidate with its readings."""

from collections.abc import Callable, Mapping, Sequence

from recgate.dialect.measured import measured_p99, recommendation_ids
from recgate.dialect.readings import (
    IMPLAUSIBLE_USERS,
    concurrent_users,
    gain_pct,
    price,
    reading,
)
from recgate.domain.candidate import Candidate, EndpointKind, Metric, instance_family
from recgate.domain.canonical import Json, canonical_json
from recgate.domain.job import ExistingEndpoint
from recgate.domain.ranking import figures_key
from recgate.domain.reading import NOT_REPORTED, Reading, Source

_MILLION = 1e6


def candidates_of(
    rows: Sequence[Mapping[str, Json]],
    existing: Sequence[ExistingEndpoint],
    measured: Json,
) -> tuple[Candidate, ...]:
    """The candidates in the total order of rule 3: cost per hour, latency, RecommendationId."""
    names = recommendation_ids(rows)
    made = [
        (_candidate(row, name, existing, measured), row)
        for row, name in zip(rows, names, strict=True)
    ]
    return tuple(candidate for candidate, _ in sorted(made, key=_order))


def existing_endpoints_of(rows: Sequence[Mapping[str, Json]]) -> tuple[ExistingEndpoint, ...]:
    """The endpoints that the job compared its recommendations with."""
    return tuple(_existing(row) for row in rows)


def _existing(row: Mapping[str, Json]) -> ExistingEndpoint:
    metrics = _object(row, "Metrics")
    # The guide prints EndpointConfiguration where the API says EndpointInfo.
    info = _object(row, "EndpointInfo") or _object(row, "EndpointConfiguration")
    return ExistingEndpoint(
        endpoint_name=str(info.get("EndpointName") or "unnamed endpoint"),
        model_latency=reading(metrics.get("ModelLatency")),
        invocations_per_minute=reading(metrics.get("MaxInvocations")),
    )


def _candidate(
    row: Mapping[str, Json],
    name: str,
    existing: Sequence[ExistingEndpoint],
    measured: Json,
) -> Candidate:
    endpoint = _object(row, "EndpointConfiguration")
    serverless = _object(endpoint, "ServerlessConfig")
    is_serverless = endpoint.get("ServerlessConfig") is not None
    instance_type = None if is_serverless else endpoint.get("InstanceType")
    readings = _metric_readings(_object(row, "Metrics"), measured_p99(measured, name))
    readings[Metric.INSTANCE_COUNT] = (
        NOT_REPORTED if is_serverless else reading(endpoint.get("InitialInstanceCount"))
    )
    readings[Metric.SERVERLESS_MEMORY_MB] = reading(serverless.get("MemorySizeInMB"))
    readings[Metric.SERVERLESS_CONCURRENCY] = reading(serverless.get("MaxConcurrency"))
    _add_gains(readings, existing)
    count = readings[Metric.INSTANCE_COUNT].value
    return Candidate(
        recommendation_id=name,
        kind=EndpointKind.SERVERLESS if is_serverless else EndpointKind.REALTIME,
        readings=tuple(readings[metric] for metric in Metric),
        instance_type=instance_type if isinstance(instance_type, str) else None,
        family=instance_family(instance_type) if isinstance(instance_type, str) else None,
        instance_count=None if count is None else int(count),
        environment=_environment(_object(row, "ModelConfiguration")),
        endpoint_name=str(endpoint["EndpointName"]) if endpoint.get("EndpointName") else None,
    )


def _metric_readings(metrics: Mapping[str, Json], p99: Reading) -> dict[Metric, Reading]:
    latency = reading(metrics.get("ModelLatency"))
    invocations = reading(metrics.get("MaxInvocations"))
    users = concurrent_users(invocations.value, latency.value)
    if users > IMPLAUSIBLE_USERS:
        latency = Reading(
            None,
            latency.raw,
            latency.source,
            f"implausible: {users:,.0f} concurrent users by Little's law; not in milliseconds?",
        )
    return {
        Metric.COST_PER_HOUR_USD: price(metrics.get("CostPerHour")),
        Metric.COST_PER_MILLION_INFERENCES_USD: price(
            metrics.get("CostPerInference"), scale=_MILLION
        ),
        Metric.LATENCY_P99_MS: p99,
        Metric.MODEL_LATENCY_MS: latency,
        Metric.INVOCATIONS_PER_MINUTE: invocations,
        Metric.CPU_UTILIZATION_PCT: reading(metrics.get("CpuUtilization")),
        Metric.MEMORY_UTILIZATION_PCT: reading(metrics.get("MemoryUtilization")),
    }


def _add_gains(readings: dict[Metric, Reading], existing: Sequence[ExistingEndpoint]) -> None:
    """Compare with the best existing endpoint: the fastest, and the one that takes the most."""
    none = Reading(None, None, Source.DERIVED, "the job compared with no existing endpoint")
    readings[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] = none
    readings[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT] = none
    if not existing:
        return
    latencies = [each.model_latency.value for each in existing]
    rates = [each.invocations_per_minute.value for each in existing]
    # One endpoint without a figure might be the best of them: then the comparison is unknown.
    fastest = _best_known(latencies, min)
    most = _best_known(rates, max)
    readings[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] = gain_pct(
        readings[Metric.MODEL_LATENCY_MS].value, fastest
    )
    rate = readings[Metric.INVOCATIONS_PER_MINUTE].value
    loss = gain_pct(rate, most)
    readings[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT] = (
        loss if loss.value is None else Reading(0.0 - loss.value, None, Source.DERIVED)
    )


def _best_known(
    figures: Sequence[float | None], best: Callable[[list[float]], float]
) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return best(known) if len(known) == len(figures) else None


def _order(
    made: tuple[Candidate, Mapping[str, Json]],
) -> tuple[float, float, float, str, bytes]:
    """Rule 3: cost per hour, then latency, then the id; what is missing comes last.

    Rows come in no reliable order, so a row without an id, or with another's, is settled by
    what it holds and not by its place.
    """
    candidate, row = made
    name = str(row.get("RecommendationId") or candidate.endpoint_name or "")
    return (*figures_key(candidate), name, canonical_json(row))


def _environment(model: Mapping[str, Json]) -> dict[str, str]:
    parameters = model.get("EnvironmentParameters")
    if not isinstance(parameters, list | tuple):
        return {}
    return {
        str(parameter["Key"]): str(parameter.get("Value", ""))
        for parameter in parameters
        if isinstance(parameter, Mapping) and "Key" in parameter
    }


def _object(owner: Mapping[str, Json], member: str) -> Mapping[str, Json]:
    """The object under a member; empty when it is absent, null or something else."""
    value = owner.get(member)
    return value if isinstance(value, Mapping) else {}
