"""What a new policy says, in one sentence that its owner can read aloud."""

from collections.abc import Iterable, Sequence

from recgate.domain.candidate import EndpointKind
from recgate.domain.new_policy import NewPolicy
from recgate.domain.new_policy_bounds import Bound
from recgate.domain.policy import Mode
from recgate.rendering.new_policy.yaml_text import figure
from recgate.rendering.safe_text import clean

_PHRASES = {
    "max_cost_per_hour_usd": "cost at most {} USD an hour",
    "max_cost_per_million_inferences_usd": "cost at most {} USD a million inferences",
    "max_latency_p99_ms": "answer within {} ms at P99",
    "max_model_latency_ms": "have a model latency of at most {} ms",
    "min_invocations_per_minute": "take at least {} invocations a minute",
    "max_cpu_utilization_pct": "use at most {} % of CPU",
    "max_memory_utilization_pct": "use at most {} % of memory",
    "max_instance_count": "need at most {} instances",
    "max_serverless_memory_mb": "have at most {} MB of memory",
    "max_serverless_concurrency": "run at most {} invocations at once",
}
_KINDS = {
    EndpointKind.REALTIME: "real-time recommendation",
    EndpointKind.SERVERLESS: "serverless recommendation",
}
_NAME = 80


def sentence(new: NewPolicy) -> str:
    """Whom the policy concerns, what it demands, and since when."""
    demands = [_demand(bound) for bound in new.bounds]
    if new.families:
        demands.append(f"run on {_either(new.families)}")
    kind = _KINDS[new.kind]
    return f"One {kind} of {_jobs(new)} must {_all(demands)}; {_when(new)}."


def _demand(bound: Bound) -> str:
    said = _PHRASES[bound.name].format(figure(bound.fail, bound.spec.unit))
    if bound.warn is None:
        return said
    return f"{said} (warning from {figure(bound.warn, bound.spec.unit)})"


def _jobs(new: NewPolicy) -> str:
    if new.concerns_every_job:
        return "every job"
    conditions = [f"tagged {clean(key, _NAME)}={_either(new.tags[key])}" for key in new.tags]
    if new.job_names:
        conditions.append(f"called {_either(new.job_names)}")
    if new.model_package_groups:
        conditions.append(f"for the model {_either(new.model_package_groups)}")
    return f"each job {_all(conditions)}"


def _when(new: NewPolicy) -> str:
    if new.mode is Mode.OBSERVE:
        return "it only observes, and stops nothing"
    if new.enforce_from:
        return f"until {new.enforce_from.isoformat()} it only observes, from then on it is enforced"
    return "it is enforced from now on"


def _either(texts: Iterable[str]) -> str:
    return _joined([clean(text, _NAME) for text in texts], "or")


def _all(texts: Sequence[str]) -> str:
    return _joined(texts, "and")


def _joined(texts: Sequence[str], word: str) -> str:
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"
