"""record.v1.schema.json is what is recorded, of every kind, and nothing else."""

import copy
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recgate.domain.candidate import EndpointKind
from recgate.domain.configuration_record import RECORD_SCHEMA as CONFIGURATION_SCHEMA
from recgate.domain.decision_record import RECORD_SCHEMA
from recgate.domain.delivery import RefusalKind
from recgate.domain.effect import EffectEvent
from recgate.domain.job import JobStatus
from recgate.domain.limits import OnMissing
from recgate.domain.link import LINK_SCHEMA
from recgate.domain.notice import RequestedAction, TriggerSource
from recgate.domain.policy import Mode, RegistryAction
from recgate.domain.reading import Source
from recgate.domain.rules import RuleKind
from recgate.domain.statement import PREDICATE_TYPE, STATEMENT_TYPE
from recgate.domain.verdict import Outcome, Verdict
from recgate.flows.configuration import CONFIGURATION
from recgate.flows.evidence.checkpoint import CHECKPOINT
from recgate.flows.job_stream import AUDIENCE, DECISION, REQUEST, SNAPSHOT
from tests.flows.recorded_world import ROOT, records

SCHEMA: dict[str, Any] = json.loads(files("recgate").joinpath("record.v1.schema.json").read_text())
DEFINED = SCHEMA["$defs"]
VALIDATOR = Draft202012Validator(SCHEMA)
KINDS = {REQUEST, SNAPSHOT, DECISION, AUDIENCE, *EffectEvent, "reminded", CONFIGURATION, CHECKPOINT}
OPEN = ("job", "tags", "steps", "measured")
"""What AWS says, in its own shape, inside a snapshot."""

SUBSETS = {(AUDIENCE, DECISION), ("reminded", "released")}
"""Bodies that say all that another kind says, and more."""

Way = tuple[str | int, ...]


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    policies = tmp_path_factory.mktemp("world") / "policies"
    shutil.copytree(ROOT / "policies", policies)
    with records(policies) as every:
        yield every


def kind_of(record: dict[str, Any]) -> str:
    return str(record["predicate"]["link"]["kind"])


def one_of_each(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The longest record of each kind, of decisions the longest that names rules and routes."""

    def length(record: dict[str, Any]) -> tuple[bool, int]:
        body = record["predicate"]["body"]
        return "rules" in body and bool(body.get("effects")), len(json.dumps(record))

    return list({kind_of(each): each for each in sorted(made, key=length)}.values())


def mistakes(record: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(record)]


def leaves(value: Any, way: Way = ()) -> Iterator[Way]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*way, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, (*way, place))
    else:
        yield way


def changed(record: dict[str, Any], way: Way, value: object) -> dict[str, Any]:
    """A copy with another value there."""
    copied = copy.deepcopy(record)
    owner: Any = copied
    for step in way[:-1]:
        owner = owner[step]
    owner[way[-1]] = value
    return copied


def without(record: dict[str, Any], way: Way) -> dict[str, Any]:
    copied = copy.deepcopy(record)
    owner: Any = copied
    for step in way[:-1]:
        owner = owner[step]
    del owner[way[-1]]
    return copied


def closed(schema: Any) -> Any:
    """The schema without its promise that bodies may grow."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {name: closed(each) for name, each in schema.items()}
    if "type" in schema and isinstance(schema.get("properties"), dict):
        inside.setdefault("additionalProperties", False)
    return inside


def test_every_record_of_every_kind_is_by_the_schema(made: list[dict[str, Any]]) -> None:
    """As the flows write them, the golden decisions among them."""
    counted = Counter(map(kind_of, made))

    assert set(counted) == {str(kind) for kind in KINDS}
    assert sum(counted.values()) > 60
    assert [found for record in made for found in mistakes(record)] == []


def test_nothing_is_written_that_the_schema_does_not_tell_of(made: list[dict[str, Any]]) -> None:
    """A new member is described when it is written."""
    strict = Draft202012Validator(closed(SCHEMA))

    assert [error.message for record in made for error in strict.iter_errors(record)] == []


def test_no_member_of_the_schema_is_one_that_nobody_writes(made: list[dict[str, Any]]) -> None:
    """What it describes can be found in records; but for what only some of them have."""
    seen = {name for record in made for name in _names(record)}
    told = {
        name for part in (DEFINED["link"], *DEFINED.values()) for name in part.get("properties", ())
    }

    rare = {"adopted_at", "called", "down_to"}
    assert told - seen - rare == set()


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)


def test_a_leaf_of_another_type_is_refused(made: list[dict[str, Any]]) -> None:
    """Wherever it is, but for what AWS says and for the values that a policy may ask for."""
    for record in one_of_each(made):
        for way in leaves(record):
            is_theirs = kind_of(record) == SNAPSHOT and not set(way[2:3]).isdisjoint(OPEN)
            if not is_theirs and "one_of" not in way:
                assert mistakes(changed(record, way, [[]])), way


def test_no_member_that_is_required_may_be_taken_away(made: list[dict[str, Any]]) -> None:
    """Of the statement, the link, and each kind of body."""
    for record in one_of_each(made):
        body = DEFINED[kind_of(record)]
        ways: list[Way] = [
            *((name,) for name in SCHEMA["required"]),
            *(("predicate", name) for name in ("link", "body")),
            *(("predicate", "link", name) for name in DEFINED["link"]["required"]),
            *(("predicate", "body", name) for name in body["required"]),
            ("subject", 0, "name"),
            ("subject", 0, "digest", "sha256"),
        ]
        for way in ways:
            assert mistakes(without(record, way)), way


def test_nothing_may_be_put_beside_what_is_chained(made: list[dict[str, Any]]) -> None:
    """The shape around the body is fixed; a body may grow."""
    record = made[0]
    places: list[Way] = [(), ("predicate",), ("predicate", "link"), ("subject", 0)]

    for place in [*places, ("subject", 0, "digest")]:
        assert mistakes(changed(record, (*place, "more"), 1)), place
    assert mistakes(changed(record, ("predicate", "body", "more"), 1)) == []
    assert mistakes(changed(record, ("subject",), [])) != []
    assert mistakes(changed(record, ("subject",), record["subject"] * 2)) != []


def test_a_body_of_another_kind_is_refused(made: list[dict[str, Any]]) -> None:
    """The link says what it is."""
    examples = one_of_each(made)

    for record in examples:
        for other in examples:
            swapped = changed(record, ("predicate", "body"), other["predicate"]["body"])
            kinds = kind_of(record), kind_of(other)
            assert bool(mistakes(swapped)) is (len(set(kinds)) == 2 and kinds not in SUBSETS), kinds


@pytest.mark.parametrize(
    ("kind", "way", "value"),
    [
        (DECISION, ("link", "kind"), "decisions"),
        (DECISION, ("link", "id"), "01ARZ3NDEKTSV4RRFFQ69G5FAVX"),
        (DECISION, ("link", "id"), "81ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (DECISION, ("link", "sequence"), 0),
        (DECISION, ("link", "sequence"), 1.5),
        (DECISION, ("link", "position"), -1),
        (DECISION, ("link", "previous"), "0" * 63),
        (DECISION, ("link", "body_digest"), "G" * 64),
        (DECISION, ("link", "chain"), "111122223333"),
        (DECISION, ("link", "recorded_at"), "2026-11-21T06:32:00+00:00"),
        (DECISION, ("link", "recorded_at"), "2026-11-21T06:32:00.000000+01:00"),
        (DECISION, ("link", "schema"), 2),
        (DECISION, ("link", "stream"), ""),
        (DECISION, ("body", "schema"), 2),
        (DECISION, ("body", "verdict"), "SPLENDID"),
        (DECISION, ("body", "gate"), "ajar"),
        (DECISION, ("body", "judged_on"), "yesterday"),
        (DECISION, ("body", "snapshot_digest"), ""),
        (DECISION, ("body", "trigger", "source"), "rumour"),
        (DECISION, ("body", "rules", "files", 0, "kind"), "poem"),
        (DECISION, ("body", "rules", "files", 0, "digest"), "abc"),
        (DECISION, ("body", "snapshot"), {"stream": "s"}),
        (DECISION, ("body", "judgements", 0, "candidates", 0, "kind"), "edge"),
        (DECISION, ("body", "judgements", 0, "candidates_needed"), 0),
        (DECISION, ("body", "judgements", 0, "candidates_needed"), "any"),
        (CONFIGURATION, ("body", "schema"), "1"),
        (CHECKPOINT, ("body", "sequence"), 0),
        (CHECKPOINT, ("body", "day"), "2026-11-21T00:00:00"),
        ("refused", ("body", "kind"), "weather"),
        ("claimed", ("body", "attempt"), 0),
        (REQUEST, ("body", "action"), "renamed"),
    ],
)
def test_a_value_that_nobody_writes_is_refused(
    made: list[dict[str, Any]], kind: str, way: Way, value: object
) -> None:
    """Words, patterns, bounds."""
    (record,) = [each for each in one_of_each(made) if kind_of(each) == kind]

    assert mistakes(record) == []
    assert mistakes(changed(record, ("predicate", *way), value)) != []


def test_a_gate_that_does_not_follow_its_verdict_is_refused(made: list[dict[str, Any]]) -> None:
    """Unknown is never a pass."""
    decided = [each for each in made if kind_of(each) == DECISION]
    gates = {"open": "closed", "closed": "open"}

    for record in decided:
        way = ("predicate", "body", "gate")
        assert mistakes(changed(record, way, gates[record["predicate"]["body"]["gate"]]))


def test_a_reading_is_a_value_or_says_why_not(made: list[dict[str, Any]]) -> None:
    """Never both, never neither: an unparsable number is no 0."""
    (record,) = [each for each in one_of_each(made) if kind_of(each) == DECISION]
    way = ("predicate", "body", "judgements", 0, "candidates", 0, "readings")
    reading: Way = (*way, "cost_per_hour_usd")

    assert mistakes(changed(record, reading, {"raw": "1", "source": "describe"}))
    assert mistakes(
        changed(record, reading, {"raw": "1", "source": "describe", "value": "1", "missing": "NaN"})
    )
    assert mistakes(changed(record, reading, {"raw": 1.5, "source": "describe", "value": "1.5"}))
    assert not mistakes(
        changed(record, reading, {"raw": "1e-07", "source": "describe", "value": "1e-07"})
    )
    assert mistakes(changed(record, reading, {"raw": "1", "source": "describe", "value": "many"}))


def test_the_schema_is_one_and_says_of_every_member_what_it_is() -> None:
    """An auditor's program reads nothing else."""
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$id"] == PREDICATE_TYPE
    assert [name for name, part in DEFINED.items() if not part.get("description")] == []
    assert [
        f"{part}.{name}"
        for part, owner in [("", SCHEMA), *DEFINED.items()]
        for name, member in owner["properties"].items()
        if not member.get("description") and "$ref" not in member
    ] == []


def test_its_words_are_those_of_the_code() -> None:
    """A new verdict, kind, outcome or source is a change of the contract."""

    def words(part: str, name: str) -> set[str | None]:
        return set(DEFINED[part]["properties"][name]["enum"])

    verdicts = {each.value for each in Verdict}
    assert SCHEMA["properties"]["_type"]["const"] == STATEMENT_TYPE
    assert SCHEMA["properties"]["predicateType"]["const"] == PREDICATE_TYPE
    assert words("link", "kind") == {str(kind) for kind in KINDS}
    assert DEFINED["link"]["properties"]["schema"]["const"] == LINK_SCHEMA
    assert DEFINED["decision"]["properties"]["schema"]["const"] == RECORD_SCHEMA
    assert DEFINED["configuration"]["properties"]["schema"]["const"] == CONFIGURATION_SCHEMA
    for part, name in (
        ("decision", "verdict"),
        ("judgement", "verdict"),
        ("judgement", "verdict_without_waivers"),
        ("candidate", "verdict"),
    ):
        assert words(part, name) == verdicts
    assert words("finding", "outcome") == set(Outcome.__members__)
    assert words("reading", "source") == {each.value for each in Source}
    assert words("rule_file", "kind") == {each.value for each in RuleKind}
    assert words("limit", "on_missing") == {each.value for each in OnMissing}
    assert words("refused", "kind") == {each.value for each in RefusalKind}
    assert words("request", "action") == {each.value for each in RequestedAction}
    assert words("candidate", "kind") == {each.value for each in EndpointKind}
    assert words("judgement", "mode") == {each.value for each in Mode}
    assert words("judgement", "on_pass") == {each.value for each in RegistryAction}
    assert words("job", "status") == {each.value for each in JobStatus if each.is_terminal}
    trigger = DEFINED["decision"]["properties"]["trigger"]["properties"]
    assert set(trigger["source"]["enum"]) == {each.value for each in TriggerSource}


def test_the_file_says_each_thing_once() -> None:
    """Two members of one name would be one, whichever."""
    text = Path(str(files("recgate").joinpath("record.v1.schema.json"))).read_text("utf-8")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    assert json.loads(text, object_pairs_hook=unique) == SCHEMA
    assert text == json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
