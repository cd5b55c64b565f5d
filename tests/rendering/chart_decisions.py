"""The decisions whose charts are kept in ``golden-charts/``, by name."""

from dataclasses import replace

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.canonical import digest
from recgate.domain.decision import Decision
from recgate.domain.job import ExistingEndpoint
from recgate.domain.policy import Policy
from recgate.domain.reading import NOT_REPORTED, Reading
from recgate.domain.scope import Scope
from tests.builders import at_most, candidate, decision, families, policy, snapshot

COST = at_most("max_cost_per_hour_usd", 1.5)
P99 = at_most("max_latency_p99_ms", 120)
LIMITS = (COST, P99)


def row(
    instance: str, cost: float | None, p99: float | None, model_latency: float | None = None
) -> Candidate:
    """A recommendation with a cost per hour and a measured P99."""
    return candidate(
        instance, cost_per_hour_usd=cost, latency_p99_ms=p99, model_latency_ms=model_latency
    )


def unmeasured(instance: str, cost: float, model_latency: float) -> Candidate:
    """A recommendation of which only the model latency is known."""
    return candidate(instance, cost_per_hour_usd=cost, model_latency_ms=model_latency)


DESIGN = (
    row("ml.c7g.xlarge", 0.174, 84),
    row("ml.c6i.xlarge", 0.204, 92),
    row("ml.m7i.xlarge", 0.242, 104),
    row("ml.c7g.2xlarge", 0.348, 61),
    row("ml.g5.xlarge", 1.41, 18),
    row("ml.c5.large", 0.102, 131),
    row("ml.g5.2xlarge", 1.515, 17),
)
"""The rows of the chart that we were shown as the one to reach."""

UNMEASURED = (
    unmeasured("ml.c7g.xlarge", 0.174, 84),
    unmeasured("ml.c6i.xlarge", 0.204, 92),
    unmeasured("ml.m7i.xlarge", 0.242, 104),
    unmeasured("ml.c7g.2xlarge", 0.348, 61),
)
EXISTING = ExistingEndpoint("ranker-prod", Reading(98.0, 98.0), NOT_REPORTED)

_TEN = tuple(
    row(f"ml.{family}.{size}", cost, p99)
    for family, size, cost, p99 in (
        ("c7g", "large", 0.095, 68.6),
        ("c7g", "xlarge", 0.193, 47.2),
        ("c7g", "2xlarge", 0.36, 36.8),
        ("c7g", "4xlarge", 0.86, 30.5),
        ("c7g", "8xlarge", 1.71, 14.2),
        ("m6i", "large", 0.101, 78.1),
        ("m6i", "xlarge", 0.187, 45.4),
        ("m6i", "2xlarge", 0.372, 49.3),
        ("m6i", "4xlarge", 0.868, 30.6),
        ("m6i", "8xlarge", 1.7, 14.1),
    )
)
_SERVERLESS = candidate(
    serverless_memory_mb=2048, serverless_concurrency=5, cost_per_hour_usd=0.4, latency_p99_ms=310
)


def chart_decisions() -> dict[str, Decision]:
    """One decision for everything that a chart can show."""
    return {
        "pass": decision(snapshot(*DESIGN), policy(*LIMITS)),
        "warn": decision(
            snapshot(*DESIGN),
            policy(
                at_most("max_cost_per_hour_usd", 1.5, warn=0.15),
                at_most("max_latency_p99_ms", 120, warn=80),
            ),
        ),
        "fail": decision(
            snapshot(
                row("ml.g6.2xlarge", 1.222, 129),
                row("ml.g5.2xlarge", 1.504, 119),
                row("ml.p4d.24xlarge", 25.25, 31),
            ),
            policy(*LIMITS),
        ),
        "one": decision(snapshot(DESIGN[0]), policy(*LIMITS)),
        "ten": decision(snapshot(*_TEN), policy(*LIMITS)),
        "equal": decision(
            snapshot(
                *(row(f"ml.{name}.xlarge", 0.174, 84) for name in ("c7g", "c6g", "m7i", "p4d")),
                row("ml.c5.large", 0.102, 131),
            ),
            policy(*LIMITS, families(allow=("c7g", "c6g", "c5"))),
        ),
        "existing-endpoint": decision(
            snapshot(*UNMEASURED, existing_endpoints=(EXISTING,)),
            policy(COST, at_most("max_model_latency_ms", 120)),
        ),
        "limits-far-away": decision(
            snapshot(*DESIGN),
            policy(at_most("max_cost_per_hour_usd", 50_000), at_most("max_latency_p99_ms", 0.5)),
        ),
        "no-limits": decision(snapshot(*DESIGN), policy(families(allow=("c7g", "g5")))),
        "uncovered": decision(snapshot(DESIGN[0], DESIGN[1])),
        "figures-missing": decision(
            snapshot(*DESIGN, row("ml.c7g.large", 0.087, None), row("ml.t2.medium", None, None)),
            policy(*LIMITS),
        ),
        "wide": decision(
            snapshot(
                *(row(f"ml.x{i}.xlarge", 10.0 ** (i - 6), 10.0 ** (5 - i / 2)) for i in range(13))
            ),
            policy(*LIMITS),
        ),
        "two-policies": decision(
            snapshot(*DESIGN, _SERVERLESS),
            policy(COST, at_most("max_latency_p99_ms", 400), name="everything"),
            _for_kind("instances", EndpointKind.REALTIME),
        ),
    }


def _for_kind(name: str, kind: EndpointKind) -> Policy:
    made = policy(P99, name=name, digest=digest({"policy": name}))
    return replace(made, scope=Scope(endpoint_kind=kind))
