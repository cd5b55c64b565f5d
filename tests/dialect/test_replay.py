"""A recorded decision judged again gives what was recorded, or is caught."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.job_paths import compile_path
from recgate.adapters.recorded_jobs import RecordedFile
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.dialect.describe import snapshot_from
from recgate.dialect.replay import (
    CannotJudgeAgain,
    differs_from_snapshot,
    differs_when_judged_again,
)
from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.canonical import Json, canonical_json, digest
from recgate.domain.decision import OUR_FAULT, Decision
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import failed_evaluation
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy import ALL, ANY, Mode, Policy, Quantifier
from recgate.domain.reading import Reading
from recgate.domain.rules import Rules
from recgate.domain.scope import Condition, Scope
from recgate.domain.waiver import Waiver
from recgate.ports import Entry, JobUnusable
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
from tests.flows.recorded_world import recorded_world
from tests.rendering.decisions import decisions

ROOT = Path(__file__).parents[2]
REAL_JOBS = Path(os.environ.get("RECGATE_REAL_JOBS", ROOT.parent / "shared" / "real-jobs"))
EXAMPLES = sorted(
    path
    for path in (ROOT / "examples" / "jobs").glob("*.json")
    if not path.name.endswith(".extra.json")
)
NOTICE = JobNotice("any", Trigger(TriggerSource.COMMAND_LINE))
GOLDEN = decisions()
SHIPPED = PolicyFiles(ROOT / "policies").load().policies


def recorded(made: Decision) -> dict[str, Any]:
    """The record as it comes out of a ledger."""
    record: dict[str, Any] = json.loads(canonical_json(decision_record(made, effects=("slack",))))
    return record


def differs(record: Mapping[str, Json], judged: Snapshot) -> str:
    return differs_from_snapshot(record, judged, compile_path=compile_path)


def differs_by_document(record: Mapping[str, Json], document: Mapping[str, Json]) -> str:
    return differs_when_judged_again(record, document, compile_path=compile_path)


# --- what was honestly judged comes out the same -----------------------------------------------


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_kind_of_decision_comes_out_as_it_was_recorded(name: str) -> None:
    """Waived, unknown, without a result, in doubt, in error: whatever people are told."""
    made = GOLDEN[name]

    assert differs(recorded(made), made.snapshot) == ""


def _recorded_jobs() -> list[Path]:
    real = sorted(REAL_JOBS.rglob("*.json")) if REAL_JOBS.is_dir() else []
    return EXAMPLES + [path for path in real if not path.name.endswith(".extra.json")]


WAIVED = (
    waiver(up_to=30.0, id="W-cost", policy="prod-realtime", scope=Scope(())),
    waiver("max_latency_p99_ms", up_to=500, id="W-p99", scope=Scope(())),
    waiver("instance_families", allow=frozenset({"p4d", "p5", "g6"}), id="W-set", scope=Scope(())),
    waiver(up_to=90.0, id="W-later", starts=TODAY + timedelta(days=3), scope=Scope(())),
    waiver("max_cost_per_hour_usd", up_to=40.0, id="W-dev", policy="dev", scope=Scope(())),
)


@pytest.mark.parametrize("path", _recorded_jobs(), ids=lambda path: path.stem)
@pytest.mark.parametrize("waivers", [(), WAIVED], ids=["", "waived"])
def test_every_job_at_hand_comes_out_as_it_was_recorded(
    path: Path, waivers: tuple[Waiver, ...]
) -> None:
    """By the shipped policies, and by the same for whatever the job is tagged."""
    for tags in (None, {"env": "prod"}, {"env": "dev"}):
        source = RecordedFile(path, tags=tags)
        try:
            state = source.state(NOTICE)
            judged = source.gather(state)
        except JobUnusable:
            return  # one of the jobs that nobody can judge
        if not judged.status.is_terminal:
            return
        made = decision(judged, *SHIPPED, waivers=waivers)
        document = json.loads(canonical_json(judged.document))

        assert differs_by_document(recorded(made), document) == ""


def test_every_decision_of_a_ledger_comes_out_as_it_was_recorded(tmp_path: Path) -> None:
    """By its record and the snapshot that it names, as somebody finds them who was not there."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    verdicts = set()
    with SqliteLedger(":memory:") as ledger:
        recorded_world(ledger, tmp_path / "policies")
        for entry in _decisions_of(ledger):
            place: Any = entry.body["snapshot"]
            (kept,) = [each for each in ledger.read(place["stream"]) if each.key == place["key"]]

            assert differs_by_document(entry.body, kept.body) == ""
            verdicts.add(entry.body["verdict"])
    assert verdicts >= {"PASS", "WARN", "FAIL", "UNKNOWN", "NO_RESULT", "ERROR"}


def _decisions_of(ledger: SqliteLedger) -> Iterator[Entry]:
    """Those that were made of a snapshot in the ledger."""
    for stream in {each.stream for each in ledger.every_entry()}:
        for entry in ledger.read(stream):
            if entry.kind == "decision" and "snapshot" in entry.body:
                yield entry


_FIGURES = st.none() | st.sampled_from([0.5, 1.0, 1.5, 119.6, 120.0, 2.0]) | st.floats(1e-6, 1e6)
_BOUNDS = st.sampled_from([0.5, 1, 1.5, 120, 0.0]) | st.floats(1e-6, 1e6)
_ON_MISSING = st.sampled_from(list(OnMissing))
_NUMERIC = (
    "max_cost_per_hour_usd",
    "max_latency_p99_ms",
    "min_invocations_per_minute",
    "max_instance_count",
    "max_serverless_memory_mb",
)
_NAMES = st.frozensets(st.sampled_from(["c7g", "p4d", "odd", "ml.c7g.xlarge"]), max_size=3)


def _job_limit(path: str, on_missing: OnMissing, reason: str, **rule: Any) -> JobLimit:
    return JobLimit(path, reason, on_missing, read=compile_path(path), **rule)


@st.composite
def _limits(draw: st.DrawFn) -> Limit:
    kind = draw(st.sampled_from(["figure", "figure", "set", "job"]))
    missing = draw(_ON_MISSING)
    if kind == "figure":
        fail, warn = draw(st.none() | _BOUNDS), draw(st.none() | _BOUNDS)
        name = draw(st.sampled_from(_NUMERIC))
        fail = draw(_BOUNDS) if fail is warn is None else fail
        return at_most(name, fail, warn=warn, on_missing=missing)
    if kind == "set":
        name = draw(st.sampled_from(["instance_families", "instance_types"]))
        allow = draw(st.none() | _NAMES)
        return replace(families(), name=name, allow=allow, deny=draw(_NAMES), on_missing=missing)
    path = draw(st.sampled_from(["Status", "JobName", "OutputConfig.KmsKeyId", "Extra[*].a"]))
    rule: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"present": True},
                {"present": False},
                {"one_of": ("COMPLETED", "fraud-ranker-v14")},
                {"one_of": (True, 1, None, "x")},
            ]
        )
    )
    return _job_limit(path, missing, draw(st.sampled_from(["", "so we said"])), **rule)


_CONDITIONS = st.sampled_from(
    [
        Condition("job_names", ("fraud-*",)),
        Condition("job_names", ("other",)),
        Condition("tags.env", ("prod", "p*")),
        Condition("regions", ("eu-west-1",)),
        Condition("accounts", ("999999999999",)),
        Condition("model_package_groups", ("fraud-ranker",)),
    ]
)
_SCOPES = st.builds(
    Scope,
    st.lists(_CONDITIONS, max_size=2).map(tuple),
    st.sampled_from([None, None, *EndpointKind]),
)
_POLICIES = st.lists(
    st.builds(
        lambda limits, n, **rest: policy(*limits, name=f"policy-{n}", **rest),
        st.lists(_limits(), min_size=1, max_size=4, unique_by=lambda limit: limit.name),
        st.integers(0, 3),
        candidates=st.sampled_from([ANY, ALL, Quantifier(2), Quantifier(5)]),
        mode=st.sampled_from(list(Mode)),
        enforce_from=st.none() | st.dates(date(2026, 11, 15), date(2026, 11, 30)),
        scope=_SCOPES,
        on_missing=_ON_MISSING,
    ),
    max_size=3,
    unique_by=lambda each: each.name,
)
_ROWS = st.lists(
    st.builds(
        lambda instance, rid, memory, **figures: candidate(
            instance,
            recommendation_id=rid,
            **(figures if memory is None else {**figures, "serverless_memory_mb": memory}),
        ),
        st.sampled_from(["ml.c7g.xlarge", "ml.p4d.24xlarge", "ml.odd", None]),
        st.sampled_from(["a", "b", "c", "job/<!here>"]),
        st.none() | st.sampled_from([1024.0, 2048.0]),
        cost_per_hour_usd=_FIGURES,
        latency_p99_ms=_FIGURES | st.just(Reading(None, missing="too few samples", samples=12)),
        invocations_per_minute=_FIGURES,
    ),
    max_size=5,
)
_WAIVERS = st.lists(
    st.builds(
        lambda number, name, bound, scope, starts: waiver(
            id=f"W-{number}", policy=name, scope=scope, starts=starts, **bound
        ),
        st.integers(0, 10**6),
        st.sampled_from(["policy-0", "policy-1", "policy-2"]),
        st.one_of(
            st.builds(lambda it: {"limit": "max_cost_per_hour_usd", "up_to": it}, _BOUNDS),
            st.builds(lambda it: {"limit": "max_latency_p99_ms", "up_to": it}, _BOUNDS),
            st.builds(lambda it: {"limit": "min_invocations_per_minute", "down_to": it}, _BOUNDS),
            st.just({"limit": "instance_families", "allow": frozenset({"p4d", "c7g"})}),
        ),
        _SCOPES.map(lambda scope: Scope(scope.conditions)),
        st.dates(date(2026, 11, 15), date(2026, 11, 25)),
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)
_SNAPSHOTS = st.builds(
    lambda rows, tags, status: replace(
        snapshot(*rows if status is JobStatus.COMPLETED else (), status=status), tags=tags
    ),
    _ROWS,
    st.sampled_from([None, {}, {"env": "prod"}, {"env": "dev"}]),
    st.sampled_from([*[JobStatus.COMPLETED] * 6, JobStatus.FAILED, JobStatus.STOPPED]),
)
_DECISIONS = st.builds(
    lambda judged, policies, waivers: decision(judged, *policies, waivers=waivers),
    _SNAPSHOTS,
    _POLICIES,
    _WAIVERS,
)


@settings(max_examples=400, deadline=None)
@given(_DECISIONS)
def test_any_decision_comes_out_as_it_was_recorded(made: Decision) -> None:
    """Every kind of limit, scope, quantifier and mode; waivers that count and that do not."""
    assert differs(recorded(made), made.snapshot) == ""


# --- what was changed is caught ----------------------------------------------------------------

_DEMANDED = frozenset(
    (
        *("owner", "description", "docs", "notify", "file", "on_pass", "on_fail"),
        *("limits", "applies_to", "endpoint_kind", "mode_in_file", "enforce_from"),
        "candidates_needed",
    )
)
"""What a policy demanded: it is judged by. That nobody has changed it, the chain shows."""
_TOLD_ELSEWHERE = frozenset({"created_by", "stopped_by", "requests"})
_LATER = frozenset(("configuration", "environment", "verdict_without_waivers", "waivers"))
"""What records of earlier versions do not have: they are judged again without."""


def _leaves(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*way, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _leaves(each, (*way, place))
    else:
        yield way


def results(record: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """The ways to everything in a record that follows from its snapshot and its policies."""
    parts = ("verdict", "gate", "reason", "policies_digest", "judgements", "unmatched")
    ways = [way for part in parts for way in _leaves(record[part], (part,))]
    ways = [way for way in ways if not _DEMANDED & {*map(str, way[:3])}]
    ways = [way for way in ways if "waivers" not in way or way[-1] == "used"]
    job = {name: each for name, each in record["job"].items() if name not in _TOLD_ELSEWHERE}
    return [*ways, *_leaves(job, ("job",)), ("snapshot_digest",)]


def _owner(record: Any, way: Sequence[str | int]) -> Any:
    for step in way[:-1]:
        record = record[step]
    return record


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value in ("PASS", "FAIL"):
            return "FAIL" if value == "PASS" else "PASS"
        case str():
            return f"{value}1"
        case _:
            return "1"


def is_caught(record: dict[str, Any], judged: Snapshot) -> bool:
    """Whether it is found to be otherwise, or refused; never called the same."""
    try:
        return differs(record, judged) != ""
    except CannotJudgeAgain:
        return True


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - {"error"}))
def test_every_changed_word_of_a_result_is_caught(name: str) -> None:
    """Verdicts, outcomes, values, who decides, why another policy did not judge: one by one."""
    made = GOLDEN[name]
    ways = results(recorded(made))
    assert len(ways) > 10

    for way in ways:
        record = recorded(made)
        _owner(record, way)[way[-1]] = _other(_owner(record, way)[way[-1]])
        assert is_caught(record, made.snapshot), way


@pytest.mark.parametrize("name", ["fail", "waived", "unknown", "unknown-scope", "pass"])
def test_a_word_of_a_result_that_is_taken_away_is_caught(name: str) -> None:
    """But for what earlier versions did not write."""
    made = GOLDEN[name]
    owners = [
        (way, member)
        for way in results(recorded(made))
        for member in [way[-1]]
        if isinstance(member, str) and not (_LATER & {*map(str, way)}) and "job" not in way
    ]

    for way, member in owners:
        record = recorded(made)
        if _owner(record, way)[member] is None:
            continue  # nothing and null are the same
        del _owner(record, way)[member]
        assert is_caught(record, made.snapshot), way


@settings(max_examples=300, deadline=None)
@given(_DECISIONS, st.data())
def test_any_changed_word_of_any_result_is_caught(made: Decision, data: st.DataObject) -> None:
    """Whatever was judged, wherever it was changed."""
    record = recorded(made)
    way = data.draw(st.sampled_from(results(record)))
    owner = _owner(record, way)
    changed = data.draw(
        st.sampled_from(["PASS", "FAIL", "WAIVED", "1.5", None, True, 0, "policy-0", "open", ""])
    )
    assume(canonical_json(changed) != canonical_json(owner[way[-1]]))
    assume(owner[way[-1]] is not None or changed not in (None, ""))
    owner[way[-1]] = changed

    assert is_caught(record, made.snapshot)


@settings(max_examples=100, deadline=None)
@given(_DECISIONS, st.data())
def test_a_policy_candidate_or_finding_that_is_moved_or_gone_is_caught(
    made: Decision, data: st.DataObject
) -> None:
    """Also one that did not judge: who leaves a policy out makes a gate that stands open."""
    record = recorded(made)
    rows = [row for each in record["judgements"] for row in (each["candidates"],)]
    policies: list[list[Any]] = [record["judgements"], record["unmatched"]]
    lists = [*policies, *rows, *(row["findings"] for each in rows for row in each)]
    place = data.draw(st.sampled_from([at for at, each in enumerate(lists) if each] or [-1]))
    assume(place >= 0)
    chosen = lists[place]
    before = list(chosen)
    match data.draw(st.sampled_from(["gone", "twice", "moved"])):
        case "gone":
            chosen.pop()
        case "twice":
            chosen.append(chosen[0])
        case _ if place >= len(policies):  # the order of policies is nobody's statement
            chosen.reverse()
    assume(chosen != before)

    assert is_caught(record, made.snapshot)


def _fraud() -> tuple[dict[str, Any], dict[str, Any]]:
    source = RecordedFile(ROOT / "examples" / "jobs" / "fraud-ranker-v14.json")
    judged = source.gather(source.state(NOTICE))
    document: dict[str, Any] = json.loads(canonical_json(judged.document))
    return recorded(decision(judged, *SHIPPED)), document


def _figures(document: dict[str, Any]) -> list[tuple[str | int, ...]]:
    rows = document["job"]["InferenceRecommendations"]
    measured = document["measured"]["rows"]
    return [
        *(
            ("job", "InferenceRecommendations", place, "Metrics", name)
            for place, row in enumerate(rows)
            for name in row["Metrics"]
        ),
        *(("measured", "rows", place, "p99_ms") for place in range(len(measured))),
    ]


@settings(max_examples=100, deadline=None)
@given(st.data(), st.floats(0.01, 100))
def test_a_changed_figure_of_the_snapshot_is_caught(data: st.DataObject, by: float) -> None:
    """By the digest; and by the figure, if somebody has put the digest right."""
    record, document = _fraud()
    way = data.draw(st.sampled_from(_figures(document)))
    owner = _owner(document, way)
    before = owner[way[-1]]
    owner[way[-1]] = before * by
    assume(owner[way[-1]] != before)

    forged = {**record, "snapshot_digest": digest(document)}

    assert differs_by_document(record, document).startswith("snapshot_digest: recorded ")
    assert differs_by_document(forged, document) != ""


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda it: it.update(verdict="PASS"),
            'verdict: recorded "PASS", judged again "FAIL"',
        ),
        (
            lambda it: it["judgements"][0].update(chosen="x\u202e"),
            'chosen of policy prod-realtime: recorded "x�", judged again null',
        ),
        (
            lambda it: row_of(it)["readings"]["cost_per_hour_usd"].update(value="0.1"),
            "cost_per_hour_usd of fraud-ranker-v14/ml.g6.2xlarge under policy prod-realtime: "
            'recorded {"raw": "1.222", "source": "describe", "value": "0.1"}, judged again '
            '{"raw": "1.222", "source": "describe", "value": "1.222"}',
        ),
        (
            lambda it: row_of(it)["findings"][0].update(outcome="WARN"),
            "max_cost_per_hour_usd.outcome of fraud-ranker-v14/ml.g6.2xlarge under policy "
            'prod-realtime: recorded "WARN", judged again "PASS"',
        ),
        (
            lambda it: row_of(it).update(configuration="ml.t2.nano × 1"),
            "configuration of fraud-ranker-v14/ml.g6.2xlarge under policy prod-realtime: "
            'recorded "ml.t2.nano × 1", judged again "ml.g6.2xlarge × 1"',
        ),
        (
            lambda it: it["judgements"][0]["candidates"].pop(),
            "candidates[2] of policy prod-realtime: recorded null, judged again "
            '"fraud-ranker-v14/ml.p4d.24xlarge"',
        ),
        (
            lambda it: it["job"].update(model_package_arn="another"),
            'model_package_arn of the job: recorded "another", judged again '
            '"arn:aws:sagemaker:eu-west-1:111122223333:model-package/fra…',
        ),
        (
            lambda it: it["judgements"][0]["limits"][0].update(fail="1.0"),
            "max_cost_per_hour_usd.outcome of fraud-ranker-v14/ml.g6.2xlarge under policy "
            'prod-realtime: recorded "PASS", judged again "FAIL"',
        ),
    ],
)
def test_the_first_difference_is_told_in_words(change: Change, told: str) -> None:
    """What, as recorded, as it is now; on one line, with nothing that nobody can see."""
    made = GOLDEN["fail"]
    record = recorded(made)
    change(record)

    found = differs(record, made.snapshot)

    assert found == told


def test_nothing_invisible_is_in_what_is_told() -> None:
    """An id is as the job has it, and may turn the direction of a terminal's text round."""
    judged = snapshot(candidate(recommendation_id="job/\u202e\n1", cost_per_hour_usd=3.0))
    record = recorded(decision(judged, policy(at_most("max_cost_per_hour_usd", 2.5))))
    row_of(record)["findings"][0]["outcome"] = "PASS"

    assert differs(record, judged) == (
        "max_cost_per_hour_usd.outcome of job/��1 under policy prod-realtime: "
        'recorded "PASS", judged again "FAIL"'
    )


def row_of(record: dict[str, Any]) -> Any:
    return record["judgements"][0]["candidates"][0]


def test_a_policy_that_did_not_judge_and_should_have_is_named() -> None:
    """Its scope is in the record."""
    other = policy(at_most("max_cost_per_hour_usd", 0.1), name="strict")
    made = decision(snapshot(candidate(cost_per_hour_usd=0.3)), other)
    record = recorded(made)
    record["unmatched"], record["judgements"] = record["judgements"], []
    record["unmatched"][0].update(reason="tags.env: not set is none of prod", in_doubt=False)
    record.update(verdict="FAIL", gate="closed")

    found = differs(record, made.snapshot)

    assert found == 'judgements[0]: recorded null, judged again "strict"'


# --- errors, and what cannot be judged again ---------------------------------------------------


def _error(*problems: str, rules: Rules | None) -> Decision:
    made = decision(snapshot(), evaluation=failed_evaluation(problems))
    return replace(made, policies_digest=digest(list(problems)), rules=rules)


def test_an_error_is_held_to_have_judged_nothing() -> None:
    """Broken policies give neither judgements nor an open gate, and their digest is theirs."""
    made = _error("prod.yaml:6: require.max_cost: unknown key", rules=Rules())
    changes: list[Change] = [
        lambda it: it.update(gate="open"),
        lambda it: it.update(reason="all is well"),
        lambda it: it.update(problems=["prod.yaml:7: something else"]),
        lambda it: it.update(problems="none"),
        lambda it: it.update(judgements=recorded(GOLDEN["pass"])["judgements"]),
        lambda it: it.update(unmatched=recorded(GOLDEN["uncovered"])["unmatched"]),
        lambda it: it.update(verdict="PASS", gate="open", reason="", problems=[]),
        lambda it: it.update(verdict="UNCOVERED", reason="no policy applies to this job"),
    ]

    assert differs(recorded(made), made.snapshot) == ""
    for change in changes:
        record = recorded(made)
        change(record)
        assert is_caught(record, made.snapshot)


def test_a_fault_of_ours_keeps_the_digest_of_the_policies() -> None:
    """They were in order; it is not that of a mistake."""
    made = replace(_error(f"{OUR_FAULT} (KeyError)", rules=Rules()), policies_digest="p")

    assert differs(recorded(made), made.snapshot) == ""


def test_a_failure_that_is_called_an_error_is_caught() -> None:
    """An ERROR has no judgements."""
    made = GOLDEN["fail"]
    record = {**recorded(made), "verdict": "ERROR"}

    assert "recorded" in differs(record, made.snapshot)


JOB = decision(
    snapshot(candidate(cost_per_hour_usd=0.3)),
    policy(_job_limit("JobName", OnMissing.FAIL, "", present=True)),
)


@pytest.mark.parametrize(
    ("made", "change", "why"),
    [
        (JOB, lambda it: it.update(schema=2), "recorded with schema 2 and this recgate has 1"),
        (JOB, lambda it: it.pop("schema"), "recorded with schema null and this recgate has 1"),
        (JOB, lambda it: it.update(engine="2"), 'recorded with engine "2" and this recgate has'),
        (
            JOB,
            lambda it: it["judgements"][0].pop("limits"),
            "it does not say what policy prod-realtime demanded",
        ),
        (
            JOB,
            lambda it: it["judgements"][0]["limits"][0].pop("present"),
            "it does not say what job.JobName demanded",
        ),
        (
            JOB,
            lambda it: it["judgements"][0]["limits"][0].pop("on_missing"),
            "it does not say what job.JobName made of a missing value",
        ),
        (
            JOB,
            lambda it: it["judgements"][0]["limits"][0].update(limit="job.["),
            r"cannot be judged again \(ValueError",
        ),
        (
            JOB,
            lambda it: it["judgements"][0].update(applies_to=[{"key": "x", "patterns": ["y"]}]),
            r"cannot be judged again \(KeyError",
        ),
        (JOB, lambda it: it.pop("judged_on"), r"cannot be judged again \(KeyError: 'judged_on'\)"),
        (JOB, lambda it: it.update(judgements=1), "judgements is not a list"),
        (
            GOLDEN["fail"],
            lambda it: it["judgements"][0]["limits"][0].pop("fail"),
            "it does not say what max_cost_per_hour_usd demanded",
        ),
        (
            GOLDEN["uncovered"],
            lambda it: it["unmatched"][0].pop("limits"),
            "it does not say what policy tagged demanded",
        ),
        (
            GOLDEN["waived"],
            lambda it: it["judgements"][0]["waivers"][0].pop("expires"),
            "KeyError: 'expires'",
        ),
    ],
)
def test_what_does_not_say_enough_is_refused(made: Decision, change: Change, why: str) -> None:
    """Records of other versions, or bent ones: they are never called the same."""
    record = recorded(made)
    change(record)

    with pytest.raises(CannotJudgeAgain, match=why):
        differs(record, made.snapshot)


def test_a_record_of_before_there_were_waivers_is_judged_again_without() -> None:
    """It says nothing of them."""
    made = GOLDEN["fail"]
    record = recorded(made)
    for name in ("waivers", "verdict_without_waivers"):
        del record["judgements"][0][name]
    del record["waiver_problems"]

    assert differs(record, made.snapshot) == ""


def test_a_snapshot_that_nobody_can_read_is_refused() -> None:
    """By the words of the reader."""
    record, document = _fraud()
    document["job"]["Status"] = "SPLENDID"

    with pytest.raises(JobUnusable, match="SPLENDID"):
        differs_by_document({**record, "snapshot_digest": digest(document)}, document)


def test_another_snapshot_is_told_and_not_judged() -> None:
    """Whatever it gives, the decision was not made from it."""
    record, _ = _fraud()

    assert differs_by_document(record, {}).startswith("snapshot_digest: recorded ")


def test_a_limit_of_a_field_is_read_again() -> None:
    """The field is in the snapshot, and its path in the record."""
    job = {"JobName": "fraud-ranker-v14", "Status": "COMPLETED"}
    judged = snapshot_from(
        {
            "schema": 1,
            "job": {
                **job,
                "InferenceRecommendations": [
                    {"RecommendationId": "a", "Metrics": {"CostPerHour": 1}}
                ],
            },
            "tags": [],
        }
    )
    wanted = _job_limit("OutputConfig.KmsKeyId", OnMissing.FAIL, "keys", one_of=("k",))
    made = decision(judged, policy(wanted))
    record = recorded(made)

    assert made.verdict == "UNKNOWN"
    assert differs(record, judged) == ""
    record["judgements"][0]["limits"][0].update(limit="job.JobName", one_of=["fraud-ranker-v14"])
    assert differs(record, judged) != ""


def test_rows_of_one_name_are_judged_again_in_their_order() -> None:
    """A recorded file may repeat an id."""
    rows: list[Candidate] = [
        candidate("ml.c7g.large", recommendation_id="same", cost_per_hour_usd=cost)
        for cost in (3.0, 1.0, 2.0)
    ]
    held: Policy = policy(at_most("max_cost_per_hour_usd", 2.5), candidates=ALL)
    made = decision(snapshot(*rows), held)

    assert differs(recorded(made), made.snapshot) == ""
