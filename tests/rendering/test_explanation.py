"""What is told of a decision to somebody who asks why."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.decision_reader import decision_from
from recgate.domain.candidate import Metric
from recgate.domain.canonical import canonical_json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import OnMissing
from recgate.domain.policy import ALL, Quantifier
from recgate.domain.reading import Reading
from recgate.domain.scope import Applies, Condition, Scope
from recgate.domain.verdict import Verdict
from recgate.ports import Entry
from recgate.rendering.advice.policy_changes import change_steps, in_question
from recgate.rendering.explanation.comparison import comparison, source_words
from recgate.rendering.explanation.conditions import asked_of, asked_words, job_value
from recgate.rendering.explanation.document import explanation_document
from recgate.rendering.explanation.order_words import behind_words, placed, quantifier_words
from recgate.rendering.explanation.page import explanation_sections
from recgate.rendering.explanation.parts import Grid, Line, Origin, Section, Shown
from recgate.rendering.explanation.turning_words import turning_of, way_words
from recgate.rendering.explanation.why import why
from recgate.rendering.safe_text import clean
from tests.builders import (
    TODAY,
    at_most,
    candidate,
    decision,
    families,
    policy,
    snapshot,
    waiver,
)
from tests.rendering.decisions import decisions
from tests.rendering.explanation_contract import CHECK, SCHEMA, unknown_members
from tests.rendering.hostile_tellings import KINDS, hostile_telling
from tests.rendering.test_untrusted_text import NASTY

GOLDEN = decisions()
EVERYTHING = Shown(every_limit=True)
HERE = Origin(recorded=False, page="recgate report --file job.json")


def told(made: Decision, shown: Shown = EVERYTHING) -> str:
    """Everything on the page, one line for each line and each row."""
    return "\n".join(_lines(explanation_sections(made, shown, HERE)))


def _lines(sections: tuple[Section, ...]) -> Iterator[str]:
    for section in sections:
        yield section.heading
        for part in section.parts:
            if isinstance(part, Line):
                yield f"{part.word} {part.text}".strip()
            else:
                yield from (" | ".join(row) for row in part.rows)


def read_back(made: Decision) -> Decision:
    """The decision as it comes out of a ledger, where policies and their readers are gone."""
    record = json.loads(canonical_json(decision_record(made, effects=())))
    return decision_from(Entry("decision", made.key, made.decided_at, record), made.snapshot)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_document_is_by_the_schema(name: str) -> None:
    """Every kind of decision, each member described; and JSON can say all of it."""
    made = explanation_document(GOLDEN[name], Shown(), HERE)
    document = json.loads(json.dumps(made, allow_nan=False))

    assert [error.message for error in CHECK.iter_errors(document)] == []
    assert list(unknown_members(document, SCHEMA)) == []
    assert next(iter(made)) == "schema"


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_recorded_decision_is_explained_as_it_was(name: str) -> None:
    """Without the policies: the same words, the same ways, the same numbers."""
    made, again = GOLDEN[name], read_back(GOLDEN[name])

    assert told(again) == told(made)
    assert explanation_document(again, Shown(), HERE) == explanation_document(made, Shown(), HERE)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(NASTY) | st.text(max_size=60), min_size=1, max_size=6),
    st.integers(1, 3),
    st.integers(0, 30),
)
def test_foreign_text_breaks_nothing(kind: str, texts: list[str], size: int, turn: int) -> None:
    """No line breaks, nothing that a terminal obeys, no line without an end; the schema holds."""
    source = cycle(texts)
    made = hostile_telling(kind, lambda: next(source), size=size, turn=turn).decision

    sections = explanation_sections(made, EVERYTHING, HERE)
    document = json.loads(json.dumps(explanation_document(made, Shown(), HERE), allow_nan=False))

    for line in _lines(sections):
        assert line.isprintable()
        assert len(line) < 3_000
    assert [error.message for error in CHECK.iter_errors(document)] == []


def test_the_paragraph_says_gate_policy_and_how_many_comply() -> None:
    """In words that need no code."""
    assert why(GOLDEN["fail"]) == (
        "The gate is closed. Policy prod-realtime says FAIL. It wants one configuration that meets "
        "all of its 5 limits; of 3, none does. The nearest is ml.g5.2xlarge × 1: cost/hour $1.504, "
        "$0.0040 over; it passes at a limit of $1.504."
    )
    assert "none is worse: PASS" in why(GOLDEN["pass-two-policies"])
    assert why(GOLDEN["fail-no-joint-witness"]) == (
        "The gate is closed. Every policy is met, but no one configuration meets them all."
    )
    assert "only observes before 2026-12-01" in why(GOLDEN["would-fail-until"])
    assert "wants every configuration to meet" in why(GOLDEN["fail-all-must"])


_PLACES: list[tuple[str, Snapshot, str]] = [
    ("tags.env", snapshot(tags={"env": "prod"}), "prod"),
    ("job_names", snapshot(), "fraud-ranker-v14"),
    ("model_package_groups", snapshot(), "fraud-ranker"),
    ("regions", snapshot(), "eu-west-1"),
    ("accounts", snapshot(), "111122223333"),
    ("job_types", snapshot(), "Default"),
]


@pytest.mark.parametrize(("key", "job", "value"), _PLACES, ids=lambda each: str(each)[:20])
def test_the_value_that_is_shown_is_the_one_that_was_matched(
    key: str, job: Snapshot, value: str
) -> None:
    """Held to the scope's own answer: that value, and no other, is accepted."""
    assert job_value(key, job) == value
    assert Condition(key, (value,)).match(job).applies is Applies.YES
    assert Condition(key, (f"{value}x",)).match(job).applies is Applies.NO


def test_each_condition_stands_with_what_the_job_has() -> None:
    """Of a policy that applies, of one that does not, and of one that nobody can tell of."""
    scope = Scope(
        (Condition("tags.env", ("prod", "production")), Condition("regions", ("us-*",))),
        candidate().kind,
    )
    only = policy(at_most("max_cost_per_hour_usd", 1), scope=scope)
    tagged = snapshot(candidate(), candidate(serverless_memory_mb=1), tags={"env": "prod"})

    words = [asked_words(each) for each in asked_of(only, tagged)]
    unknown = [asked_words(each) for each in asked_of(only, replace(tagged, tags=None))]
    unset = [asked_words(each) for each in asked_of(only, replace(tagged, tags={}))]

    assert words == [
        "tags.env: prod is one of prod, production",
        "regions: eu-west-1 is not us-*",
        "endpoint_kind: 1 of 2 recommendations are realtime",
    ]
    assert unknown[0] == "tags.env: not known for this job; wanted is one of prod, production"
    assert unset[0] == "tags.env: not set is none of prod, production"


def test_of_a_policy_that_does_not_apply_every_condition_is_told() -> None:
    """Not the first that said no: whoever mends one wants to know of the next."""
    scope = Scope((Condition("tags.env", ("prod",)), Condition("regions", ("us-east-1",))))
    made = decision(
        snapshot(candidate(), tags={"env": "dev"}),
        policy(at_most("max_cost_per_hour_usd", 1), scope=scope),
    )

    text = told(made)

    assert "no | tags.env: dev is not prod" in text
    assert "no | regions: eu-west-1 is not us-east-1" in text
    assert "Nearest to applying:" in text


def _compared(limit: Any, **figures: Any) -> str:
    made = decision(snapshot(candidate(**figures)), policy(limit))
    return comparison(made.evaluation.judgements[0].findings(0)[0])


@pytest.mark.parametrize(
    ("limit", "figures", "words"),
    [
        (
            at_most("max_cost_per_hour_usd", 2.5, warn=2.0),
            {"cost_per_hour_usd": 2.2},
            "$2.20 > $2.00 warn, ≤ $2.50 fail (+10%)",
        ),
        (
            at_most("max_cost_per_hour_usd", 2.5),
            {"cost_per_hour_usd": 2.5},
            "$2.50 ≤ $2.50 fail (at the limit)",
        ),
        (
            at_most("max_cost_per_hour_usd", 2.5),
            {"cost_per_hour_usd": 2.50001},
            "$2.50001 > $2.50 fail (+<0.001%)",
        ),
        (
            at_most("min_invocations_per_minute", 400, warn=600),
            {"invocations_per_minute": 300},
            "300/min < 600/min warn, < 400/min fail (-25%)",
        ),
        (
            at_most("max_latency_p99_ms", 120),
            {},
            "missing: not reported; wanted is ≤ 120 ms fail",
        ),
        (families(allow=("c7g", "m7g")), {}, "c7g is one of c7g, m7g"),
        (families(deny=("c7g",)), {}, "c7g is denied: wanted is none of c7g"),
        (families(allow=("m7g",)), {}, "c7g is not one of m7g"),
    ],
)
def test_a_comparison_stands_in_symbols_and_true_digits(
    limit: Any, figures: dict[str, float], words: str
) -> None:
    """Each bound with its own sign; two amounts that differ never read alike."""
    assert _compared(limit, **figures) == words


@pytest.mark.parametrize(
    ("present", "found", "words"),
    [
        (True, None, "is not there; wanted is present (inside the VPC)"),
        (True, "vpc-1", "is there: vpc-1; wanted is present (inside the VPC)"),
        (False, None, "is not there; wanted is not present (inside the VPC)"),
        (False, "vpc-1", "is there: vpc-1; wanted is not present (inside the VPC)"),
    ],
)
def test_a_limit_on_the_job_says_what_was_found(
    present: bool, found: str | None, words: str
) -> None:
    """Whether it is there is the answer; nothing of it is missing."""
    rule = JobLimit(
        "VpcConfig", "inside the VPC", OnMissing.FAIL, read=lambda _: found, present=present
    )

    assert _compared(rule) == words


def test_the_raw_value_stands_beside_the_one_that_was_compared() -> None:
    """A float32 in all its digits, CloudWatch's samples, what a cost of a million is made of."""
    row = candidate(cost_per_hour_usd=0.7360000014305115, latency_p99_ms=84.0)
    readings = list(row.readings)
    readings[Metric.COST_PER_MILLION_INFERENCES_USD] = Reading(0.399449, 3.994490e-07)
    row = replace(row, readings=tuple(readings))
    made = decision(
        snapshot(row),
        policy(
            at_most("max_cost_per_hour_usd", 1),
            at_most("max_latency_p99_ms", 120),
            at_most("max_cost_per_million_inferences_usd", 2),
            families(allow=("c7g",)),
        ),
    )

    said = [
        source_words(each, row, made.snapshot) for each in made.evaluation.judgements[0].findings(0)
    ]

    assert said == [
        "SageMaker, reported 0.7360000014305115",
        "CloudWatch, 5,000 samples",
        "SageMaker's CostPerInference 3.99449e-07 × 1,000,000",
        "read from ml.c7g.xlarge",
    ]


def test_a_gain_says_what_it_was_computed_from() -> None:
    """The candidate's figure and that of the best existing endpoint."""
    assert "computed: (60 ms - 41 ms) / 60 ms, against the fastest existing endpoint" in told(
        GOLDEN["pass-beside-an-endpoint"]
    )


def test_a_value_that_does_not_count_is_shown_as_it_was_reported() -> None:
    """Too few samples: the number is there, and is not used."""
    few = Reading(None, 44.0, missing="too few samples: 37 of at least 100", samples=37)
    text = told(
        decision(snapshot(candidate(latency_p99_ms=few)), policy(at_most("max_latency_p99_ms", 1)))
    )

    assert "missing: too few samples: 37 of at least 100; wanted is ≤ 1 ms fail" in text
    assert "reported was 44.0" in text


def test_the_order_names_what_put_each_one_where_it_stands() -> None:
    """Verdict, warnings, cost, latency."""
    rows = (
        candidate("ml.c7g.large", cost_per_hour_usd=0.1, latency_p99_ms=80.0),
        candidate("ml.c7g.xlarge", cost_per_hour_usd=0.1, latency_p99_ms=90.0),
        candidate("ml.m7g.large", cost_per_hour_usd=0.4, latency_p99_ms=70.0),
        candidate("ml.m7g.xlarge", cost_per_hour_usd=0.9, latency_p99_ms=60.0),
        candidate("ml.g5.xlarge", cost_per_hour_usd=1.9, latency_p99_ms=60.0),
    )
    made = decision(snapshot(*rows), policy(at_most("max_cost_per_hour_usd", 1.0, warn=0.5)))

    words = [behind_words(each) for each in placed(made.evaluation.judgements[0])]

    assert words == [
        "the best of them",
        "costs the same; latency P99 90 ms, the one before 80 ms",
        "cost per hour $0.40, the one before $0.10",
        "WARN is worse than PASS",
        "FAIL is worse than WARN",
    ]


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        (Quantifier(1), "so the first decides: ml.c7g.large × 1."),
        (ALL, "candidates: all, so the last of the 2 decides: ml.g5.large × 1."),
        (Quantifier(2), "candidates: at_least 2, so number 2 of the 2 decides: ml.g5.large × 1."),
        (Quantifier(3), "No candidate decides: 3 configurations must comply and the job has 2."),
    ],
)
def test_the_quantifier_says_whom_it_picks(needed: Quantifier, words: str) -> None:
    """Of the order that stands below it."""
    rows = (
        candidate("ml.c7g.large", cost_per_hour_usd=0.1),
        candidate("ml.g5.large", cost_per_hour_usd=0.4),
    )
    made = decision(
        snapshot(*rows), policy(at_most("max_cost_per_hour_usd", 0.2), candidates=needed)
    )

    assert quantifier_words(made.evaluation.judgements[0]).endswith(words)


def test_a_waiver_is_told_with_its_bound_its_end_and_its_approver() -> None:
    """Used, not needed, and out of reach."""
    rows = (
        candidate("ml.g5.xlarge", cost_per_hour_usd=3.0, latency_p99_ms=50.0),
        candidate("ml.p4d.24xlarge", cost_per_hour_usd=9.0, latency_p99_ms=40.0),
    )
    waivers = [
        waiver(up_to=3.5),
        waiver("max_latency_p99_ms", id="W-2", up_to=200.0, approved_by="bo <b@x>"),
    ]
    judged_by = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120))
    shot = snapshot(*rows)
    made = decision(shot, judged_by, evaluation=evaluate(shot, [judged_by], TODAY, waivers=waivers))

    text = told(made)

    assert made.verdict is Verdict.WAIVED
    assert "WAIVED | max_cost_per_hour_usd | $3.00 > $2.50 fail (+20%)" in text
    assert "waived by W-2026-014" in text
    assert "waiver W-2026-014: cost/hour up to $3.50 until 31 Dec 2026" in text
    assert "approved by finops-lead@example.com" in text
    assert "waiver W-2026-014 does not reach: cost/hour up to $3.50" in text
    assert "used for ml.g5.xlarge × 1; does not reach ml.p4d.24xlarge × 1" in text
    assert "not needed: no candidate fails max_latency_p99_ms" in text
    document = json.loads(json.dumps(explanation_document(made, Shown(), HERE)))
    assert [error.message for error in CHECK.iter_errors(document)] == []
    [used, unused] = document["policies"][0]["judgement"]["waivers"]
    assert used["used_for"] == ["fraud-ranker-v14/ml.g5.xlarge"]
    assert used["up_to"] == "3.5"
    assert unused["used_for"] == unused["does_not_reach"] == []


@pytest.mark.parametrize("name", ["fail", "fail-by-a-hair", "would-fail", "fail-another-way"])
def test_the_first_way_says_what_the_message_says(name: str) -> None:
    """A message and its explanation name the same change in the same words."""
    made = GOLDEN[name]
    judgement = made.evaluation.judgements[0]
    [step] = change_steps(judgement, in_question(judgement))

    first = turning_of(made).ways[0]

    change = step.partition(", ")[2].partition(" in policy prod-realtime")[0]
    assert change in way_words(first)


def test_what_the_other_candidates_need_is_told_as_the_policies_stand() -> None:
    """The nearest first: what it would have to be, and what it is."""
    text = told(GOLDEN["fail"])

    assert "ml.g5.2xlarge × 1 | cost/hour $1.50 or less (now $1.504, 0.266% less is needed)" in text
    assert text.index("ml.g5.2xlarge × 1 | cost/hour") < text.index("ml.g6.2xlarge × 1 | latency")
    assert "In the way, the nearest first" in told(GOLDEN["fail-all-must"])


def test_an_unmeasured_p99_is_to_be_measured() -> None:
    """No number of a policy mends it, and the advice says how."""
    text = told(GOLDEN["unknown"])

    assert "No change of a limit opens the gate" in text
    assert "latency P99 measured at 120 ms or less" in text
    assert "Send more requests to each configuration" in text


def test_observing_is_told_only_where_nothing_else_helps() -> None:
    """And as what it is: the gate stays closed."""
    assert "mode: observe" not in told(GOLDEN["fail"])
    assert "mode: observe in policy prod-realtime would make it WOULD FAIL" in told(
        GOLDEN["fail-too-few"]
    )


def test_an_open_gate_tells_how_much_tighter_it_could_be() -> None:
    """The tightest limit first, and what the configuration to deploy is nearest to."""
    text = told(GOLDEN["pass-of-seven"])

    assert "max_cost_per_million_inferences_usd | from $2.00 to $0.399449 (by 80%)" in text
    assert (
        "ml.c7g.xlarge × 1 itself is nearest to min_invocations_per_minute: 7,260/min of at least "
        "6,000/min, 21% is left."
    ) in text


def test_nothing_is_left_out_without_a_word() -> None:
    """Of seven candidates those that decide nothing are shortened; --all shows every limit."""
    short, whole = told(GOLDEN["fail-all-must"], Shown()), told(GOLDEN["fail-all-must"])

    assert "all 4 limits are met (--all shows them)" in short
    assert "met, not shown: max_cost_per_hour_usd, max_cost_per_million_inferences_usd" in short
    assert "--all shows them" not in whole
    assert whole.count("max_latency_p99_ms |") == 7


def test_what_was_not_asked_for_is_counted() -> None:
    """One policy, one candidate, with every limit of it."""
    text = told(GOLDEN["pass-two-policies"], Shown(policy="dev", candidate="P4D"))

    assert "Shown are 1 of 2 policies (--policy) and 1 of 2 candidates (--candidate)." in text
    assert "Each limit of dev" in text
    assert "Each limit of prod-realtime" not in text
    assert "c7g.xlarge × 1 |" not in text


def test_a_policy_before_its_day_says_so() -> None:
    """In the document, too: the day, the mode in the file and the mode in force."""
    document: Any = explanation_document(GOLDEN["would-fail-until"], Shown(), HERE)

    [told_of] = document["policies"]
    assert told_of["judgement"]["enforce_from"] == date(2026, 12, 1).isoformat()
    assert told_of["judgement"]["mode"] == "observe"
    assert told_of["judgement"]["mode_in_file"] == "enforce"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("failed", "Run the image locally"),
        ("stopped", "Start the job again"),
        ("empty", "it completed without a recommendation"),
        ("error", "Mend policies/prod.yaml:6"),
        ("uncovered", "Tag such jobs with env=prod"),
    ],
)
def test_where_nothing_was_judged_the_next_step_is_told(name: str, words: str) -> None:
    """No verdict, and what to do for one."""
    assert words in told(GOLDEN[name])


def test_an_error_blames_no_missing_policy() -> None:
    """They are there, and could not be read."""
    text = told(GOLDEN["error"])

    assert "None was asked: they could not be applied." in text
    assert "There is no policy." not in text


def test_a_verdict_of_no_single_policy_is_decided_by_none() -> None:
    """Each says PASS, and together they fail."""
    document: Any = explanation_document(GOLDEN["fail-no-joint-witness"], Shown(), HERE)

    assert document["decided_by"] is None
    assert [each["judgement"]["decides"] for each in document["policies"]] == [False, False]


def test_the_evidence_can_be_found_again() -> None:
    """Every digit of its digests, and the command that gives the page."""
    made = GOLDEN["fail"]
    text = told(made)

    for each in (made.key, made.snapshot.digest, made.policies_digest):
        assert each in text
    assert "page | recgate report --file job.json" in text


def test_a_job_that_was_deleted_has_nothing_to_compare() -> None:
    """No section stands empty."""
    made = decision(snapshot(status=JobStatus.DELETED), policy(at_most("max_cost_per_hour_usd", 1)))

    sections = explanation_sections(made, EVERYTHING, HERE)

    assert all(section.parts for section in sections)
    assert not any(isinstance(part, Grid) and not part.rows for s in sections for part in s.parts)
    assert clean("Each limit", 20) not in told(made)
