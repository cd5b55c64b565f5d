"""The decisions whose messages are kept whole in ``golden/``, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.canonical import digest
from recgate.domain.decision import Decision
from recgate.domain.evaluation import failed_evaluation
from recgate.domain.job import ExistingEndpoint, JobStatus, Snapshot, Step
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import Request, RequestedAction
from recgate.domain.policy import ALL, Mode, Policy, Quantifier
from recgate.domain.progress import benchmarks_of
from recgate.domain.progress_note import ProgressNote
from recgate.domain.reading import Reading
from recgate.domain.scope import Condition, Scope
from recgate.domain.telling import StandIn, Telling
from recgate.domain.verdict import Verdict
from tests.builders import at_most, candidate, decision, families, snapshot, waiver
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


def seven() -> Snapshot:
    """A job as large as most: the seven configurations of the design, two of which fail."""
    rows = [
        ("ml.c5.large", 0.102, 0.555556, 131.0, 3060.0, 97.5),
        ("ml.c7g.xlarge", 0.174, 0.399449, 84.0, 7260.0, 71.0),
        ("ml.c6i.xlarge", 0.204, 0.497076, 92.0, 6840.0, 74.2),
        ("ml.m7i.xlarge", 0.242, 0.659041, 104.0, 6120.0, 80.4),
        ("ml.c7g.2xlarge", 0.348, 0.414878, 61.0, 13980.0, 44.0),
        ("ml.g5.xlarge", 1.408, 0.752137, 18.0, 31200.0, 12.0),
        ("ml.g5.2xlarge", 1.515, 0.779321, 17.0, 32400.0, 9.0),
    ]
    return snapshot(
        *(
            candidate(
                name,
                cost_per_hour_usd=cost,
                cost_per_million_inferences_usd=million,
                latency_p99_ms=latency,
                model_latency_ms=latency / 2,
                invocations_per_minute=rate,
                cpu_utilization_pct=cpu,
            )
            for name, cost, million, latency, rate, cpu in rows
        ),
        steps=(Step("COMPLETED", "ml.c7g.xlarge"),) * 7,
    )


REALTIME_LIMITS = (
    at_most("max_cost_per_hour_usd", 1.5),
    at_most("max_cost_per_million_inferences_usd", 2.0),
    at_most("max_latency_p99_ms", 120),
    at_most("min_invocations_per_minute", 6000),
)


def beside_an_endpoint() -> Snapshot:
    """A job on an existing endpoint: one recommendation is better, one is not known to be."""
    rows = (
        _gaining(SMALL, latency=31.7, throughput=45.2),
        _gaining(replace(NEARLY, recommendation_id="second"), latency=-46.67, throughput=None),
    )
    endpoint = ExistingEndpoint("fraud-prod", Reading(60.0, 60), Reading(5000.0, 5000))
    return snapshot(*rows, existing_endpoints=(endpoint,))


def _gaining(row: Candidate, *, latency: float | None, throughput: float | None) -> Candidate:
    readings = list(row.readings)
    readings[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] = Reading(latency)
    readings[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT] = Reading(throughput)
    return replace(row, readings=tuple(readings))


def waived() -> Decision:
    """A failure that a waiver allows, and one on another row that it does not reach."""
    allowed = waiver("max_latency_p99_ms", up_to=130)
    return decision(snapshot(SLOW, DEAR), PROD, waivers=[allowed])


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
        "pass-of-seven": decision(seven(), policy(*REALTIME_LIMITS), requests=(STARTED,)),
        "pass-beside-an-endpoint": decision(
            beside_an_endpoint(),
            policy(*LIMITS, at_most("min_latency_gain_over_existing_pct", 20)),
        ),
        "pass-judged-on-more": decision(
            seven(), policy(*REALTIME_LIMITS, at_most("max_cpu_utilization_pct", 90))
        ),
        "waived": waived(),
        "fail-another-way": decision(
            snapshot(SLOW, replace(DEAR, recommendation_id="dear")),
            policy(at_most("max_cost_per_hour_usd", 1.5), at_most("max_latency_p99_ms", 120)),
        ),
        "fail-all-must": decision(seven(), policy(*REALTIME_LIMITS, candidates=ALL)),
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
        "uncovered-without-policies": decision(snapshot(SMALL)),
        "failed": decision(failed, PROD, requests=(BY_A_HOSTILE_CALLER,)),
        "stopped": decision(snapshot(status=JobStatus.STOPPED), PROD),
        "stopped-by-somebody": decision(
            snapshot(
                status=JobStatus.STOPPED,
                steps=(Step("COMPLETED", "ml.c5.large"),) * 3
                + (Step("STOPPED", "ml.m5.large"),) * 5,
            ),
            PROD,
            requests=(STARTED, STOPPED),
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


REPORT = "https://reports.example.com/decisions/3f9c2a1.html?versionId=1&part=2"
PARENT = "C0123456789:1795242725.000100"


def tellings() -> dict[str, Telling]:
    """Every decision as a route hears it, and what is only in how it is told."""
    made = decisions()
    refused = StandIn(
        "slack-ml",
        "Slack refused the message for channel C0123456789: not_in_channel",
        "invite the bot: /invite @recgate",
    )
    return {
        **{name: Telling(each) for name, each in made.items()},
        "pass-of-seven": Telling(made["pass-of-seven"], report_url=REPORT),
        "fail-another-way": Telling(made["fail-another-way"], report_url=REPORT),
        "told-change": Telling(
            made["fail"], REPORT, parent=PARENT, former=Verdict.PASS, progress=PARENT
        ),
        "told-for-another-route": Telling(made["fail"], stands_in_for=(refused,)),
        "told-as-a-sample": Telling(made["fail"], label="TEST"),
    }


def notes() -> dict[str, ProgressNote]:
    """Jobs that run, as they are shown."""
    steps = (
        Step("COMPLETED", "ml.c5.large"),
        Step("FAILED", "ml.c7g.large", failure_reason="ModelError: <!here> 500"),
        Step("IN_PROGRESS", "ml.m5.large"),
        Step("PENDING", "ml.g5.xlarge"),
    )
    at = datetime(2026, 11, 21, 5, 18, tzinfo=UTC)
    running = snapshot(status=JobStatus.IN_PROGRESS, steps=steps, ended_at=None)
    begun = replace(running, steps=(), status=JobStatus.PENDING)
    return {
        "progress": ProgressNote(running, benchmarks_of(steps), ("prod-realtime", "dev"), at),
        "progress-at-first": ProgressNote(begun, benchmarks_of(()), (), at),
    }
