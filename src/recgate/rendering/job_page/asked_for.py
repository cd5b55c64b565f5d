"""What whoever made the job asked for: traffic, limits, configurations, network.

A recorded file may hold anything in these places; what is not of the documented shape is left
out, or stands as ``?`` where a number should be.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeGuard

from recgate.domain.canonical import Json
from recgate.domain.job import Snapshot
from recgate.rendering.job_page.parts import Fact
from recgate.rendering.progress_words import spoken_span
from recgate.rendering.safe_text import clean, first

_TEXT = 200
_LINE = 600
_LISTED = 10
"""Phases, configurations or subnets in a line: SageMaker allows 10 configurations, 16 subnets."""

_FLAT = {
    "Stop": "when invocations no longer grow",
    "Continue": "not when invocations no longer grow",
}

_LONGEST_S = 366 * 86_400
"""A longer time is no duration of a job, whose most is 18,000 s."""


def asked_for(snapshot: Snapshot) -> tuple[Fact, ...]:
    """The settings that matter, as far as the job has them."""
    config = _object(snapshot.describe, "InputConfig")
    container = _object(config, "ContainerConfig")
    found = (
        Fact("Traffic", _traffic(_object(config, "TrafficPattern"))),
        Fact("At most", _most(config)),
        Fact("Stops at", _stops(_object(snapshot.describe, "StoppingConditions"))),
        Fact("Instances", _instances(config, container)),
        Fact("Compare with", _listed(_endpoints(config))),
        Fact("Container", _container(container)),
        Fact("Payload", _payload(_object(container, "PayloadConfig"))),
        Fact("VPC", _vpc(_object(config, "VpcConfig"))),
        Fact("KMS key", _text(config.get("VolumeKmsKeyId")), is_copied=True),
    )
    return tuple(fact for fact in found if fact.value)


def _traffic(pattern: Mapping[str, Json]) -> str:
    """``1 user at first, 1 more each minute, for 10 min``: SpawnRate is users in a minute."""
    stairs = _object(pattern, "Stairs")
    if stairs:
        steps, users = _count(stairs.get("NumberOfSteps")), _count(stairs.get("UsersPerStep"))
        lasts = _span(stairs.get("DurationInSeconds"))
        return f"{steps} steps of {lasts}, {users} more users in each"
    phases = [
        f"{_many(phase.get('InitialNumberOfUsers'), 'user')} at first, "
        f"{_count(phase.get('SpawnRate'))} more each minute, "
        f"for {_span(phase.get('DurationInSeconds'))}"
        for phase in _objects(pattern, "Phases")
    ]
    if len(phases) > 1:
        phases = [f"phase {place}: {told}" for place, told in enumerate(phases, start=1)]
    return _listed(phases, "; ", "phases") or _text(pattern.get("TrafficType"))


def _most(config: Mapping[str, Json]) -> str:
    limit = _object(config, "ResourceLimit")
    parts = []
    if config.get("JobDurationInSeconds") is not None:
        parts.append(_span(config.get("JobDurationInSeconds")))
    if limit.get("MaxNumberOfTests") is not None:
        parts.append(_many(limit.get("MaxNumberOfTests"), "load test"))
    if limit.get("MaxParallelOfTests") is not None:
        parts.append(f"{_count(limit.get('MaxParallelOfTests'))} at a time")
    return ", ".join(parts)


def _stops(conditions: Mapping[str, Json]) -> str:
    """The targets at which a load test ends. A latency here is a target, not a measurement."""
    parts = []
    if conditions.get("MaxInvocations") is not None:
        parts.append(f"{_count(conditions.get('MaxInvocations'))} invocations/min")
    parts += [
        f"{_text(each.get('Percentile')) or '?'} of model latency "
        f"{_count(each.get('ValueInMilliseconds'))} ms"
        for each in _objects(conditions, "ModelLatencyThresholds")[:_LISTED]
    ]
    flat = _text(conditions.get("FlatInvocations"))
    if flat:
        parts.append(_FLAT.get(flat, f"FlatInvocations {flat}"))
    return ", ".join(parts)


def _instances(config: Mapping[str, Json], container: Mapping[str, Json]) -> str:
    asked = [_instance(each) for each in _objects(config, "EndpointConfigurations")]
    if not asked:
        asked = _texts(container, "SupportedInstanceTypes")
    return _listed(asked, ", ", "configurations") or _text(container.get("SupportedEndpointType"))


def _instance(asked: Mapping[str, Json]) -> str:
    serverless = _object(asked, "ServerlessConfig")
    name = _text(asked.get("InstanceType")) or "?"
    if serverless:
        memory = _count(serverless.get("MemorySizeInMB")).replace(",", "")
        name = f"serverless {memory} MB × {_count(serverless.get('MaxConcurrency'))}"
    ranges = _objects(_object(asked, "EnvironmentParameterRanges"), "CategoricalParameterRanges")
    values = [
        f"{_text(each.get('Name')) or '?'} {'|'.join(_texts(each, 'Value')[:_LISTED])}"
        for each in ranges
    ]
    return f"{name} with {_listed(values, ' and ')}" if values else name


def _endpoints(config: Mapping[str, Json]) -> list[str]:
    return [_text(each.get("EndpointName")) or "?" for each in _objects(config, "Endpoints")]


def _container(container: Mapping[str, Json]) -> str:
    framework = " ".join(_texts_of(container, "Framework", "FrameworkVersion"))
    nearest = _text(container.get("NearestModelName"))
    parts = [framework, *_texts_of(container, "Domain", "Task")]
    return ", ".join(
        part for part in (*parts, f"nearest model {nearest}" if nearest else "") if part
    )


def _payload(payload: Mapping[str, Json]) -> str:
    kinds = _listed(_texts(payload, "SupportedContentTypes"))
    address = _text(payload.get("SamplePayloadUrl"))
    return f"{address} ({kinds})" if address and kinds else address or kinds


def _vpc(vpc: Mapping[str, Json]) -> str:
    subnets, groups = _texts(vpc, "Subnets"), _texts(vpc, "SecurityGroupIds")
    parts = (
        f"subnets {_listed(subnets)}" if subnets else "",
        f"security groups {_listed(groups)}" if groups else "",
    )
    return "; ".join(part for part in parts if part)


def _listed(names: Sequence[str], between: str = ", ", thing: str = "") -> str:
    return clean(between.join(first(list(names), _LISTED, thing=thing)), _LINE)


def _span(seconds: Json) -> str:
    if _is_number(seconds) and 0 <= float(seconds) <= _LONGEST_S:
        return spoken_span(timedelta(seconds=float(seconds)))
    return f"{_count(seconds)} s"


def _many(count: Json, thing: str) -> str:
    return f"{_count(count)} {thing}{'' if count == 1 else 's'}"


def _count(value: Json) -> str:
    return clean(f"{value:,}", 20) if _is_number(value) else "?"


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Json) -> str:
    return clean(value, _TEXT) if isinstance(value, str) else ""


def _texts(owner: Mapping[str, Json], member: str) -> list[str]:
    value = owner.get(member)
    found = value if isinstance(value, list | tuple) else ()
    return [text for text in map(_text, found) if text]


def _texts_of(owner: Mapping[str, Json], *members: str) -> list[str]:
    return [text for text in (_text(owner.get(member)) for member in members) if text]


def _object(owner: Mapping[str, Json], member: str) -> Mapping[str, Json]:
    value = owner.get(member)
    return value if isinstance(value, Mapping) else {}


def _objects(owner: Mapping[str, Json], member: str) -> list[Mapping[str, Json]]:
    value = owner.get(member)
    found = value if isinstance(value, list | tuple) else ()
    return [each for each in found if isinstance(each, Mapping)]
