"""The edges of an explanation: what is missing, waived, not for its kind, or first of several."""

import json
from dataclasses import replace
from typing import Any

import pytest

from recgate.dialect.policy_test_job import given_snapshot
from recgate.domain.candidate import Metric
from recgate.domain.limits import OnMissing
from recgate.domain.reading import Reading, Source
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.explanation.comparison import comparison, source_words
from recgate.rendering.explanation.document import explanation_document
from recgate.rendering.explanation.order_words import behind_words, placed
from recgate.rendering.explanation.parts import Shown
from tests.builders import at_most, candidate, decision, families, policy, snapshot, waiver
from tests.rendering.test_explanation import HERE, told


def test_a_p99_that_is_missing_comes_last_among_equal_costs() -> None:
    """What nobody measured is no advantage."""
    rows: list[dict[str, Any]] = [
        {"name": "unmeasured", "instance": "ml.c7g.xlarge", "cost_per_hour_usd": 0.26},
        {
            "name": "measured",
            "instance": "ml.m7g.xlarge",
            "cost_per_hour_usd": 0.26,
            "latency_p99_ms": 5000,
        },
    ]
    made = decision(given_snapshot(rows, {}), policy(at_most("max_cost_per_hour_usd", 1)))

    order = placed(made.evaluation.judgements[0])

    assert [each.candidate.recommendation_id for each in order] == ["measured", "unmeasured"]
    assert behind_words(order[1]) == (
        "costs the same; latency P99 not known, the one before 5,000 ms"
    )


def test_a_family_that_is_waived_is_still_said_not_to_be_allowed() -> None:
    """The waiver lets it pass; it does not make it one of those that the policy names."""
    allowed = waiver("instance_families", allow=frozenset({"g5"}))
    made = decision(
        snapshot(candidate("ml.g5.xlarge")),
        policy(families(allow=("c7g", "m7g"))),
        waivers=[allowed],
    )

    [finding] = made.evaluation.judgements[0].findings(0)

    assert finding.outcome is Outcome.WAIVED
    assert comparison(finding) == "g5 is not one of c7g, m7g"


def test_the_policy_that_decides_stands_first_of_those_that_judged() -> None:
    """Wherever its name is in the alphabet."""
    made = decision(
        snapshot(candidate(cost_per_hour_usd=3)),
        policy(at_most("max_cost_per_hour_usd", 9), name="a"),
        policy(at_most("max_cost_per_hour_usd", 1), name="b"),
        policy(at_most("max_cost_per_hour_usd", 9), name="c"),
    )

    document = explanation_document(made, Shown(), HERE)
    text = told(made)

    found: Any = document["policies"]
    assert (made.verdict, document["decided_by"]) == (Verdict.FAIL, "b")
    assert [each["policy"] for each in found] == ["b", "a", "c"]
    assert text.index("The order under b") < text.index("The order under a")


def test_mistakes_in_waivers_are_in_the_document() -> None:
    """A program sees that an exception may have counted as absent."""
    problem = "waivers.yaml:4: waivers[0].up_to: expected a number"
    made = decision(
        snapshot(candidate(cost_per_hour_usd=3)), policy(at_most("max_cost_per_hour_usd", 1))
    )

    document = explanation_document(replace(made, waiver_problems=(problem,)), Shown(), HERE)

    assert json.loads(json.dumps(document))["waiver_problems"] == [problem]


@pytest.mark.parametrize(
    "reading",
    [
        Reading(None, 2, missing="not a number"),
        Reading(None, None, Source.CLOUDWATCH, missing="no metric"),
    ],
)
def test_a_limit_that_is_not_for_the_kind_names_no_source(reading: Reading) -> None:
    """Nothing was compared, so nothing came from anywhere."""
    row = candidate(None, serverless_memory_mb=1024.0, cost_per_hour_usd=1)
    readings = list(row.readings)
    readings[Metric.INSTANCE_COUNT] = reading
    row = replace(row, readings=tuple(readings))
    limit = at_most("max_instance_count", 1, on_missing=OnMissing.WARN)
    made = decision(snapshot(row), policy(limit, at_most("max_cost_per_hour_usd", 9)))

    finding = made.evaluation.judgements[0].findings(0)[0]

    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert source_words(finding, row, made.snapshot) == ""


def test_of_several_existing_endpoints_the_best_is_the_one_compared_with() -> None:
    """Wherever it stands in the answer: what is in service already is not to be undercut."""
    existing = [
        {
            "EndpointInfo": {"EndpointName": name},
            "Metrics": {"ModelLatency": ms, "MaxInvocations": n},
        }
        for name, ms, n in (("slow", 90, 500), ("fast", 60, 900), ("old", 80, 700))
    ]
    row = {"instance": "ml.c7g.xlarge", "model_latency_ms": 45, "invocations_per_minute": 990}
    job = given_snapshot([row], {"describe": {"EndpointPerformances": existing}})
    made = decision(
        job,
        policy(
            at_most("min_latency_gain_over_existing_pct", 10),
            at_most("min_throughput_gain_over_existing_pct", 5),
        ),
    )

    latency, throughput = made.evaluation.judgements[0].findings(0)

    assert (latency.observed, throughput.observed) == (25.0, 10.0)
    assert source_words(latency, job.candidates[0], job) == (
        "computed: (60 ms - 45 ms) / 60 ms, against the fastest existing endpoint"
    )
    assert source_words(throughput, job.candidates[0], job) == (
        "computed: (990/min - 900/min) / 900/min, against the existing endpoint that takes most"
    )
