"""The decisions whose messages are kept whole in ``golden/``, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from recgate.domain.candidate import Candidate
from recgate.domain.canonical import digest
from recgate.domain.decision import Decision
from recgate.domain.evaluation import failed_evaluation
from recgate.domain.job import JobStatus, Step
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.policy import Mode, Policy, Quantifier
from recgate.domain.reading import Reading
from recgate.domain.scope import Condition, Scope
from tests.builders import at_most, candidate, decision, families, snapshot
from tests.builders import policy as built_policy


def policy(*limits: Limit, name: str = "prod-realtime", **changes: Any) -> Policy:
    """A policy whose digest is the same in every process: sets are printed in any order."""
    return built_policy(*limits, name=name, **{"digest": digest({"policy": name}), **changes})


HOSTILE = (
    "Benchmark failed for all instance types. ClientError: \x00the primary container did not "
    "pass the ping health check.\u202e <!channel> *urgent*\r\n`see` "
    "<https://evil.example/login|the runbook> &lt;!here&gt;\u200b"
)

SMALL: Candidate = candidate(
    "ml.c7g.xlarge",
    cost_per_hour_usd=0.174,
    cost_per_million_inferences_usd=0.399449,
    latency_p99_ms=84.0,
    model_latency_ms=41.0,
    invocations_per_minute=7260,
)
SLOW: Candidate = candidate(
    "ml.g6.2xlarge",
    cost_per_hour_usd=1.222,
    cost_per_million_inferences_usd=8.7037,
    latency_p99_ms=129.0,
    model_latency_ms=88.0,
    invocations_per_minute=2340,
)
DEAR: Candidate = candidate(
    "ml.p4d.24xlarge",
    cost_per_hour_usd=25.251,
    cost_per_million_inferences_usd=19.4838,
    latency_p99_ms=31.0,
    invocations_per_minute=21600,
)
NEARLY: Candidate = candidate(
    "ml.g5.2xlarge",
    cost_per_hour_usd=1.504,
    cost_per_million_inferences_usd=10.2642,
    latency_p99_ms=119.0,
    invocations_per_minute=2460,
)

LIMITS = (
    at_most("max_cost_per_hour_usd", 1.5),
    at_most("max_latency_p99_ms", 120),
    at_most("min_invocations_per_minute", 1200, warn=6000),
    at_most("max_cpu_utilization_pct", warn=80, on_missing=OnMissing.IGNORE),
    families(allow=("c7g", "g5", "g6")),
)
PROD = policy(*LIMITS)

STARTED = Request(
    RequestedAction.CREATED,
    by="arn:aws:sts::111122223333:assumed-role/ml-engineer/dana",
    at=datetime(2026, 11, 21, 4, 40, tzinfo=UTC),
)
STOPPED = Request(
    RequestedAction.STOPPED,
    by="arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_FinOps_0123456789abcdef/bo@example.com",
    at=datetime(2026, 11, 21, 6, 31, tzinfo=UTC),
)
BY_A_HOSTILE_CALLER = Request(
    RequestedAction.CREATED, by="arn:aws:iam::111122223333:user/<!here> *x*|`\u202e\n&lt;"
)
DEV = policy(at_most("max_cost_per_hour_usd", 50.0, warn=20.0), name="dev")

_UNMEASURED = Reading(None, missing="too few samples: 12 of at least 100", samples=12)
_NO_P99 = candidate(
    "ml.c7g.large",
    cost_per_hour_usd=0.087,
    model_latency_ms=41.0,
    invocations_per_minute=9480,
    latency_p99_ms=_UNMEASURED,
)
_NOTHING = candidate("ml.t2.medium")

_PROD_ONLY = policy(
    *LIMITS, scope=Scope((Condition("tags.env", ("prod", "production")),)), name="tagged"
)


def decisions() -> dict[str, Decision]:
    """Every kind of decision that people are told about."""
    failed = snapshot(
        status=JobStatus.FAILED,
        failure_reason=HOSTILE,
        steps=(
            Step("FAILED", "ml.c5.large", failure_reason="ModelError: <!here> 500"),
            Step("COMPLETED", "ml.c7g.large"),
        ),
    )
    return {
        "pass": decision(snapshot(SMALL, SLOW, DEAR, tags={"env": "prod"}), PROD),
        "pass-two-policies": decision(snapshot(SMALL, DEAR), PROD, DEV),
        "warn": decision(
            snapshot(SLOW),
            policy(at_most("max_cost_per_hour_usd", 1.5, warn=1.0)),
        ),
        "fail": decision(snapshot(SLOW, NEARLY, DEAR), PROD, requests=(STARTED,)),
        "fail-by-a-hair": decision(snapshot(NEARLY), PROD),
        "fail-too-few": decision(snapshot(SMALL), policy(*LIMITS, candidates=Quantifier(2))),
        "fail-no-joint-witness": decision(
            snapshot(SMALL, SLOW), PROD, policy(families(allow=("g6",)), name="gpu")
        ),
        "unknown": decision(snapshot(_NO_P99, _NOTHING), PROD),
        "unknown-scope": decision(
            replace(snapshot(SMALL), tags=None, warnings=("CostPerInference does not add up",)),
            PROD,
            _PROD_ONLY,
        ),
        "would-fail": decision(snapshot(SLOW, DEAR), policy(*LIMITS, mode=Mode.OBSERVE)),
        "would-fail-until": decision(
            snapshot(SLOW), policy(*LIMITS, enforce_from=date(2026, 12, 1))
        ),
        "uncovered": decision(snapshot(SMALL, tags={"env": "dev"}), _PROD_ONLY),
        "failed": decision(failed, PROD, requests=(BY_A_HOSTILE_CALLER,)),
        "stopped": decision(snapshot(status=JobStatus.STOPPED), PROD),
        "stopped-by-somebody": decision(
            snapshot(status=JobStatus.STOPPED), PROD, requests=(STARTED, STOPPED)
        ),
        "gone": decision(snapshot(status=JobStatus.DELETED), PROD),
        "empty": decision(snapshot(), PROD),
        "error": decision(
            snapshot(SMALL),
            evaluation=failed_evaluation(
                ["policies/prod.yaml:6: require.max_cost: unknown key", "policies/dev.yaml: empty"]
            ),
        ),
        "serverless": decision(
            snapshot(
                candidate(
                    None,
                    serverless_memory_mb=2048,
                    serverless_concurrency=5,
                    cost_per_million_inferences_usd=4.2,
                    latency_p99_ms=310,
                )
            ),
            policy(at_most("max_serverless_memory_mb", 4096), at_most("max_latency_p99_ms", 400)),
        ),
    }
