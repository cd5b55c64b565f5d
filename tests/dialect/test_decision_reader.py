"""A recorded decision is told as it was decided, whatever the policies say today."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.decision_reader import DecisionUnreadable, decision_from
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.dialect.recorded_policy import RecordedLimit
from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json, canonical_json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Finding, OnMissing
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import ALL, ANY, Mode, Policy, Quantifier, RegistryAction
from recgate.domain.reading import Reading
from recgate.domain.scope import Condition, Scope
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome, Verdict
from recgate.ports import Entry
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.headline import headline
from recgate.rendering.plain_text import plain_text
from recgate.rendering.report.page import report_page
from recgate.rendering.slack.blocks import forms
from recgate.rendering.sns.message import publish_arguments
from recgate.rendering.verdict_document import verdict_document
from tests.builders import NOW, at_most, candidate, decision, families, policy, snapshot
from tests.rendering.decisions import DEAR, PROD, SMALL, decisions

GOLDEN = decisions()
MENTIONS = ("<@U0123ABCD>",)


def recorded(made: Decision, **changes: Json) -> Entry:
    """The entry as it comes out of a ledger: JSON, with members changed by hand."""
    record = json.loads(canonical_json(decision_record(made, effects=("slack",))))
    return Entry("decision", made.key, made.decided_at, record | changes)


def told(made: Decision) -> list[object]:
    """What every renderer makes of a decision."""
    telling = Telling(made)
    return [
        headline(made),
        plain_text(telling),
        forms(telling, mentions=MENTIONS),
        verdict_document(telling),
        publish_arguments(telling),
    ]


def drawn(made: Decision) -> list[str]:
    """The page and the chart of a decision, which take a while."""
    return [report_page(Telling(made)), chart_svg(made)]


def judged(made: Decision) -> list[object]:
    """What a decision is: each policy's verdict, order, choice, nearest miss and findings."""
    return [
        made.verdict,
        [
            (
                each.verdict,
                each.mode,
                each.reason,
                each.deciding,
                each.chosen,
                each.order,
                each.standings,
                nearest_miss(each),
                [each.findings(place) for place in range(len(each.candidates))],
            )
            for each in made.evaluation.judgements
        ],
        made.evaluation.reason,
        made.evaluation.problems,
        [(each.policy.name, each.reason, each.in_doubt) for each in made.evaluation.unmatched],
    ]


def job_limit(path: str, found: Json, **rules: Any) -> JobLimit:
    """A limit on a field of Describe, which a reader of its own finds."""
    return JobLimit(path, "so we said", OnMissing.WARN, read=lambda _: found, **rules)


# --- the same again ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_message_reads_as_it_did(name: str) -> None:
    """Character for character, in each medium."""
    made = GOLDEN[name]

    again = decision_from(recorded(made), made.snapshot)

    assert told(again) == told(made)
    assert drawn(again) == drawn(made)
    assert judged(again) == judged(made)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_rebuilt_decision_is_recorded_as_the_same(name: str) -> None:
    """Nothing that the record has is lost on the way back."""
    made = GOLDEN[name]
    entry = recorded(made)

    again = decision_from(entry, made.snapshot)

    assert json.loads(canonical_json(decision_record(again, effects=("slack",)))) == entry.body


def test_what_stands_beside_the_evaluation_comes_back() -> None:
    """Key, day, trigger and who asked for the job."""
    trigger = Trigger(TriggerSource.CLOUDTRAIL, event_id="e-1", time=NOW, redrive_of="e-0")
    made = replace(GOLDEN["stopped-by-somebody"], trigger=trigger, decided_at=NOW)

    again = decision_from(recorded(made), made.snapshot)

    assert replace(again, evaluation=made.evaluation) == made


def test_what_the_policys_file_says_comes_back() -> None:
    """For a page that names the owner; the limits are those of then."""
    said = policy(
        at_most("max_cost_per_hour_usd", 1.5, warn=1, on_missing=OnMissing.WARN),
        families(allow=("c7g",)),
        file="policies/prod.yaml",
        owner="ml-platform",
        description="Production",
        docs="https://wiki.example/prod",
        notify=("slack-ml-prod", "sns-finops"),
        scope=Scope((Condition("tags.env", ("prod", "p*")),), EndpointKind.REALTIME),
        candidates=ALL,
        enforce_from=date(2026, 12, 1),
        on_pass=RegistryAction.APPROVE,
        on_fail=RegistryAction.REJECT,
    )
    made = decision(snapshot(SMALL, tags={"env": "prod"}), said)

    (judgement,) = decision_from(recorded(made), made.snapshot).evaluation.judgements

    rebuilt = judgement.policy
    assert judgement.mode is Mode.OBSERVE
    assert rebuilt == said


def test_thresholds_come_back_as_numbers_also_where_nothing_was_judged() -> None:
    """The amounts of a message are told apart from its limits, too."""
    made = decision(snapshot(), PROD)

    (judgement,) = decision_from(recorded(made), made.snapshot).evaluation.judgements

    numeric = [limit for limit in judgement.policy.limits if isinstance(limit, NumericLimit)]
    assert numeric == [limit for limit in PROD.limits if isinstance(limit, NumericLimit)]
    assert [limit.name for limit in judgement.policy.limits] == [each.name for each in PROD.limits]


def test_a_threshold_keeps_every_digit_and_its_type() -> None:
    """120 is not told as 120.0, nor 0.1 as 0.1000000000000000055."""
    bounds = (0.1, 1e-9, 123456789.123, 1e300, 0)
    limits = [at_most("max_cost_per_hour_usd", bound) for bound in (*bounds, 120, 120.0)]
    made = decision(snapshot(SMALL), *(policy(each, name=f"p{n}") for n, each in enumerate(limits)))

    again = decision_from(recorded(made), made.snapshot)

    found = [judgement.policy.limits[0] for judgement in again.evaluation.judgements]
    assert [repr(limit.fail) for limit in found if isinstance(limit, NumericLimit)] == [
        repr(limit.fail) for limit in limits
    ]


def test_limits_on_fields_of_the_job_are_remembered_and_not_asked_again() -> None:
    """Nothing reads the response a second time: the finding is in the record."""
    made = decision(
        snapshot(SMALL, DEAR),
        policy(
            job_limit("JobType", "Default", one_of=("Advanced",)),
            job_limit("InputConfig.ModelName", None, one_of=("x",)),
            job_limit("OutputConfig.KmsKeyId", {"a": [1]}, present=True),
            job_limit("RoleArn", "there", present=False),
        ),
    )

    again = decision_from(recorded(made), made.snapshot)

    assert told(again) == told(made)
    (judgement,) = again.evaluation.judgements
    (first, *_) = judgement.policy.limits
    assert first.outcomes(made.snapshot.rows(None), made.snapshot) == judgement.columns[0]


def test_a_waived_limit_stays_waived() -> None:
    """Waivers end; what was waived then was waived, and by which waiver."""
    made = GOLDEN["waived"]

    again = decision_from(recorded(made), made.snapshot)

    assert told(again) == told(made)
    assert judged(again) == judged(made)
    (before,), (after,) = made.evaluation.judgements, again.evaluation.judgements
    assert after.waivers == before.waivers
    assert after.used_waivers == before.used_waivers != ()
    assert after.verdict_without_waivers is Verdict.FAIL


def test_rows_with_the_same_id_are_told_apart_by_their_order() -> None:
    """SageMaker gives every row an id of its own; a recorded file may not."""
    rows = [
        candidate("ml.c7g.large", recommendation_id="same", cost_per_hour_usd=cost)
        for cost in (3.0, 1.0, 2.0)
    ]
    serverless = candidate(
        None, recommendation_id="same", serverless_memory_mb=2048, cost_per_hour_usd=0.5
    )
    held = policy(
        at_most("max_cost_per_hour_usd", 2.5), scope=Scope(endpoint_kind=EndpointKind.REALTIME)
    )
    quantified = [replace(held, name=f"p{n}", candidates=Quantifier(n)) for n in (None, 1, 2, 3)]
    made = decision(snapshot(serverless, *rows), *quantified)

    again = decision_from(recorded(made), made.snapshot)

    assert judged(again) == judged(made)
    assert [[id(row) for row in each.candidates] for each in again.evaluation.judgements] == [
        [id(row) for row in rows]
    ] * 4


# --- any decision --------------------------------------------------------------------------

_FIGURES = st.none() | st.sampled_from([0.5, 1.0, 1.5, 119.6, 120.0, 2.0]) | st.floats(1e-6, 1e6)
_BOUNDS = st.sampled_from([0.5, 1, 1.5, 120, 0.0]) | st.floats(1e-6, 1e6)
_ON_MISSING = st.sampled_from(list(OnMissing))


@st.composite
def _limits(draw: st.DrawFn) -> NumericLimit:
    name = draw(
        st.sampled_from(
            [
                "max_cost_per_hour_usd",
                "max_latency_p99_ms",
                "min_invocations_per_minute",
                "max_instance_count",
                "max_serverless_memory_mb",
            ]
        )
    )
    fail, warn = draw(st.none() | _BOUNDS), draw(st.none() | _BOUNDS)
    missing = draw(_ON_MISSING)
    return at_most(
        name, draw(_BOUNDS) if fail is warn is None else fail, warn=warn, on_missing=missing
    )


_policies = st.builds(
    lambda limits, n, extra, needed, mode, kind: policy(
        *limits,
        *extra,
        name=f"policy-{n}",
        candidates=needed,
        mode=mode,
        scope=Scope(endpoint_kind=kind),
    ),
    st.lists(_limits(), min_size=1, max_size=4, unique_by=lambda limit: limit.name),
    st.integers(0, 10**6),
    st.lists(
        st.sampled_from(
            [families(allow=("c7g",)), families(deny=("p4d",)), families(allow=(), deny=("g5",))]
        ),
        max_size=1,
    ),
    st.sampled_from([ANY, ALL, Quantifier(2), Quantifier(5)]),
    st.sampled_from(list(Mode)),
    st.sampled_from([None, *EndpointKind]),
)
_candidates = st.builds(
    lambda instance, rid, memory, **figures: candidate(
        instance,
        recommendation_id=rid,
        **(figures if memory is None else {**figures, "serverless_memory_mb": memory}),
    ),
    st.sampled_from(["ml.c7g.xlarge", "ml.p4d.24xlarge", "ml.odd", None]),
    st.sampled_from(["a", "b", "c", "job/<!here>", "job/\u202e"]),
    st.none() | st.sampled_from([1024.0, 2048.0]),
    cost_per_hour_usd=_FIGURES,
    latency_p99_ms=_FIGURES | st.just(Reading(None, missing="too few samples", samples=12)),
    invocations_per_minute=_FIGURES,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_candidates, max_size=5), st.lists(_policies, max_size=3))
def test_any_decision_comes_back_as_it_was(rows: list[Any], held: list[Policy]) -> None:
    """Missing figures, both kinds of row, ids that repeat, every quantifier and mode."""
    made = decision(snapshot(*rows), *held)

    again = decision_from(recorded(made), made.snapshot)

    assert told(again) == told(made)
    assert judged(again) == judged(made)


@settings(max_examples=25, deadline=None)
@given(st.lists(_candidates, max_size=4), st.lists(_policies, min_size=1, max_size=2))
def test_any_decision_is_drawn_as_it_was(rows: list[Any], held: list[Policy]) -> None:
    """The page and the chart, too."""
    made = decision(snapshot(*rows), *held)

    again = decision_from(recorded(made), made.snapshot)

    assert drawn(again) == drawn(made)


def test_a_decision_on_a_described_job_comes_back_through_its_document() -> None:
    """The way of a ledger: the snapshot, too, is read from what was recorded."""
    response: dict[str, Any] = {
        "JobName": "j",
        "Status": "COMPLETED",
        "CreationTime": datetime(2026, 11, 21, tzinfo=UTC),
        "InferenceRecommendations": [
            {
                "RecommendationId": f"j/{n}",
                "Metrics": {"CostPerHour": 0.7360000014305115 * n, "MaxInvocations": math.nan},
                "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge"},
            }
            for n in (1, 2, 3)
        ],
    }
    document = snapshot_document(response, tags=[], steps=None, measured=None)
    made = decision(snapshot_from(document), PROD)
    kept = json.loads(canonical_json(made.snapshot.document))

    again = decision_from(recorded(made), snapshot_from(kept))

    assert told(again) == told(made)


# --- records of before and of tomorrow -----------------------------------------------------


_SINCE = (
    "file owner description docs notify enforce_from mode_in_file applies_to endpoint_kind limits"
)


def _older(entry: Entry) -> Entry:
    """The record as recgate wrote it before policies were kept whole."""
    body = json.loads(canonical_json(entry.body))
    for record in (*body["judgements"], *body["unmatched"]):
        for member in _SINCE.split():
            record.pop(member, None)
    for unmatched in body["unmatched"]:
        del unmatched["policy_digest"]
    return replace(entry, body=body)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_record_of_before_gives_the_same_verdict_and_findings(name: str) -> None:
    """What nobody had written down (owner, scope, day of enforcement) is left out of messages."""
    made = GOLDEN[name]

    again = decision_from(_older(recorded(made)), made.snapshot)

    assert headline(again) == headline(made)
    assert judged(again) == judged(made)
    assert all(told(again))


def test_what_a_newer_version_adds_under_the_same_schema_is_passed_over() -> None:
    """Fields that a reader may do without."""
    made = GOLDEN["fail"]
    body = json.loads(canonical_json(recorded(made).body))
    body["weather"] = "fine"
    body["judgements"][0]["mood"] = body["judgements"][0]["candidates"][0]["colour"] = "blue"
    body["judgements"][0]["candidates"][0]["findings"][0]["shade"] = 1

    again = decision_from(replace(recorded(made), body=body), made.snapshot)

    assert told(again) == told(made)


def test_a_limit_that_is_not_known_here_is_told_by_its_name() -> None:
    """It was judged by a newer recgate, which wrote what it found."""
    made = decision(snapshot(SMALL), policy(families(allow=("g6",))))
    body = json.loads(
        canonical_json(recorded(made).body).replace(b"instance_families", b"tomorrows")
    )

    again = decision_from(replace(recorded(made), body=body), made.snapshot)

    assert headline(again) == "FAIL fraud-ranker v14: tomorrows c7g is not one of g6"


@pytest.mark.parametrize("schema", [2, "1", None, 0, [1]])
def test_a_record_of_another_schema_is_refused(schema: Json) -> None:
    """Nobody guesses what tomorrow's record means."""
    made = GOLDEN["pass"]

    with pytest.raises(DecisionUnreadable) as refusal:
        decision_from(recorded(made, schema=schema), made.snapshot)

    assert str(refusal.value) == (
        f"The record of decision {made.key[:12]} of job fraud-ranker-v14 has schema {schema!r} "
        "and this recgate reads 1: use the version that recorded it, or a newer one."
    )


def test_a_decision_is_not_told_with_the_evidence_of_another() -> None:
    """Two snapshots of one job: only the digest says which one it was."""
    made, other = GOLDEN["pass"], GOLDEN["fail"]

    with pytest.raises(DecisionUnreadable, match="nothing is told of a decision without its evid"):
        decision_from(recorded(made), other.snapshot)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "told_in"),
    [
        (lambda it: it.update(verdict="PASS"), "verdict|gate"),
        (lambda it: it.update(verdict="SPLENDID"), "SPLENDID"),
        (lambda it: it.update(gate="open"), "gate"),
        (lambda it: it.pop("judgements"), "judgements"),
        (lambda it: it.update(judgements={}), "judgements is not a list"),
        (lambda it: it.update(judgements=[1]), "judgements does not hold objects"),
        (lambda it: it["judgements"][0].update(verdict="NOTHING"), "NOTHING"),
        (lambda it: it["judgements"][0].update(chosen="x"), "chosen of policy prod-realtime"),
        (lambda it: it["judgements"][0].update(deciding="x"), "deciding x is none"),
        (lambda it: it["judgements"][0].update(nearest_miss=None), "nearest_miss of policy"),
        (lambda it: it["judgements"][0].update(candidates_needed=True), "not a count"),
        (lambda it: it["judgements"][0]["candidates"].reverse(), "no realtime recommendation"),
        (lambda it: row_of(it).update(verdict="PASS"), "verdict of fraud-ranker-v14/ml.g6"),
        (lambda it: row_of(it).update(kind="serverless"), "no serverless recommendation"),
        (lambda it: row_of(it)["findings"].pop(), "ValueError"),
        (
            lambda it: row_of(it)["readings"]["cost_per_hour_usd"].update(value="0.1"),
            "cost_per_hour_usd of fraud-ranker-v14/ml.g6",
        ),
        (lambda it: finding_of(it).update(outcome="FAIL"), r"max_cost_per_hour_usd\.excess"),
        (lambda it: finding_of(it).update(outcome="SO_SO"), "SO_SO"),
        (lambda it: finding_of(it).update(value="0.1"), r"max_cost_per_hour_usd\.value"),
        (lambda it: finding_of(it).update(fail="many"), r"max_cost_per_hour_usd\.fail"),
        (lambda it: finding_of(it).update(limit="max_latency_p99_ms"), "recorded of every"),
        (lambda it: it.update(trigger=None), "trigger is not an object"),
        (lambda it: it.update(judged_on="yesterday"), "yesterday"),
        (lambda it: it.update(decided_at=5), "is not text"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_in_words(change: Change, told_in: str) -> None:
    """Changed by hand, or by a version that reads figures differently: it is never half told."""
    made = GOLDEN["fail"]
    body = json.loads(canonical_json(recorded(made).body))
    change(body)

    with pytest.raises(DecisionUnreadable, match=told_in) as refusal:
        decision_from(replace(recorded(made), body=body), made.snapshot)

    assert str(refusal.value).startswith(f"The record of decision {made.key[:12]} of job ")
    assert "Use the version that recorded it." in str(refusal.value)


def row_of(body: dict[str, Any]) -> Any:
    return body["judgements"][0]["candidates"][0]


def finding_of(body: dict[str, Any]) -> Any:
    return row_of(body)["findings"][0]


def test_a_remembered_limit_knows_no_other_candidates() -> None:
    """It judges nothing: a row that it has not seen is a fault of ours."""
    found = Finding("instance_families", "instance family", Outcome.FAIL)
    remembered = RecordedLimit("instance_families", (SMALL,), (found,))

    with pytest.raises(LookupError, match=r"was not recorded for fraud-ranker-v14/ml.p4d"):
        remembered.finding(DEAR, snapshot(DEAR), Outcome.FAIL)

    assert remembered.finding(SMALL, snapshot(SMALL), Outcome.WAIVED).outcome is Outcome.WAIVED
