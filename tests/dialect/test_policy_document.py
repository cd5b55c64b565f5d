"""Every key of the language becomes what it says, and mistakes between values are found."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from recgate.dialect.mistake import Mistake, dotted, quoted, without_secrets
from recgate.dialect.policy_document import policy_from
from recgate.dialect.policy_mistakes import policy_mistakes
from recgate.dialect.route_document import default_routes_from, route_mistakes, routes_from
from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json, digest
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.evaluation import evaluate
from recgate.domain.job_limit import JobLimit, JobReader
from recgate.domain.limits import OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import ALL, ANY, Mode, Policy, Quantifier, RegistryAction
from recgate.domain.route import Console, Route, SlackBot, SlackWebhook, SnsTopic
from recgate.domain.scope import EVERY_JOB, Condition
from recgate.domain.set_limit import SetLimit
from recgate.domain.verdict import Verdict
from tests.builders import TODAY, candidate, snapshot


def field_reader(path: str) -> JobReader:
    """Reads a top-level field; a path with a space in it is refused."""
    if " " in path:
        raise ValueError("a space")

    def read(job: Mapping[str, Json]) -> Json:
        return job.get(path)

    return read


def read_policy(**changes: Any) -> Policy:
    document = {"version": 1, "policy": "prod", "require": {"max_instance_count": 8}, **changes}
    return policy_from(document, "prod.yaml", field_reader)


def mistakes_in(**changes: Any) -> list[Mistake]:
    document = {"version": 1, "policy": "prod", "require": {"max_instance_count": 8}, **changes}
    return list(policy_mistakes(document, "prod", compile_path=field_reader))


def test_a_policy_without_options_has_the_defaults_of_the_language() -> None:
    """What is left out means what the language says it means."""
    document: dict[str, Json] = {
        "version": 1,
        "policy": "prod",
        "require": {"max_instance_count": 8},
    }

    policy = policy_from(document, "prod.yaml", field_reader)

    assert policy == Policy(
        name="prod",
        limits=(NumericLimit(NUMERIC_LIMITS["max_instance_count"], None, 8.0, OnMissing.FAIL),),
        digest=digest(document),
        scope=EVERY_JOB,
        candidates=ANY,
        on_missing=OnMissing.FAIL,
        mode=Mode.ENFORCE,
        enforce_from=None,
        file="prod.yaml",
    )


def test_the_words_about_a_policy_are_kept() -> None:
    """Who owns it, what it is for, where to read more, whom it tells."""
    policy = read_policy(owner="ml", description="d", docs="https://e.example", notify=["a", "b"])

    assert (policy.owner, policy.description, policy.docs) == ("ml", "d", "https://e.example")
    assert policy.notify == ("a", "b")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("any", ANY),
        ("all", ALL),
        ({"at_least": 2}, Quantifier(2)),
        ({"at_least": 3.0}, Quantifier(3)),
    ],
)
def test_candidates_say_how_many_must_comply(written: Any, meant: Quantifier) -> None:
    """Any is one, all is every one, at_least is a number."""
    assert read_policy(candidates=written).candidates == meant


def test_modes_days_and_effects_are_read() -> None:
    """A day is a date, and the registry's words are its actions."""
    policy = read_policy(
        mode="observe",
        enforce_from="2026-12-01",
        on_pass={"registry": "approve"},
        on_fail={"registry": "reject"},
    )

    assert policy.mode is Mode.OBSERVE
    assert policy.enforce_from == date(2026, 12, 1)
    assert (policy.on_pass, policy.on_fail) == (RegistryAction.APPROVE, RegistryAction.REJECT)


def test_every_key_of_the_scope_becomes_a_condition() -> None:
    """Each tag is a condition of its own; one word is a list of one."""
    policy = read_policy(
        applies_to={
            "tags": {"env": ["prod", "production"], "team": "ml-*"},
            "job_names": ["checkout-*"],
            "model_package_groups": ["g"],
            "regions": ["eu-*"],
            "accounts": ["111122223333"],
            "job_types": ["Default"],
            "endpoint_kind": "serverless",
        }
    )

    assert policy.scope.conditions == (
        Condition("tags.env", ("prod", "production")),
        Condition("tags.team", ("ml-*",)),
        Condition("job_names", ("checkout-*",)),
        Condition("model_package_groups", ("g",)),
        Condition("regions", ("eu-*",)),
        Condition("accounts", ("111122223333",)),
        Condition("job_types", ("Default",)),
    )
    assert policy.scope.endpoint_kind is EndpointKind.SERVERLESS


def test_any_kind_of_endpoint_is_no_condition() -> None:
    """`endpoint_kind: any` and its absence are the same."""
    assert read_policy(applies_to={"endpoint_kind": "any"}).scope == EVERY_JOB


@pytest.mark.parametrize("name", NUMERIC_LIMITS)
def test_every_numeric_limit_is_read_in_both_forms(name: str) -> None:
    """A bare number is the limit that fails."""
    bare = read_policy(require={name: 5}).limits
    full = read_policy(require={name: {"warn": 4, "fail": 5, "on_missing": "warn"}}).limits

    spec = NUMERIC_LIMITS[name]
    assert bare == (NumericLimit(spec, None, 5.0, OnMissing.FAIL),)
    assert full == (NumericLimit(spec, 4.0, 5.0, OnMissing.WARN),)


def test_limits_keep_the_order_in_which_they_are_written() -> None:
    """Messages list limits as the owner did."""
    policy = read_policy(
        require={
            "job": [{"path": "RoleArn", "present": True}, {"path": "JobType", "one_of": ["D"]}],
            "instance_types": {"deny": ["ml.p5.48xlarge"]},
            "max_latency_p99_ms": 1,
            "instance_families": {"allow": ["c7g"], "deny": ["p5"]},
        }
    )

    assert [limit.name for limit in policy.limits] == [
        "job.RoleArn",
        "job.JobType",
        "instance_types",
        "max_latency_p99_ms",
        "instance_families",
    ]


def test_set_limits_tell_no_allow_from_an_allow() -> None:
    """Without allow, everything is allowed that is not denied."""
    limits = read_policy(
        require={
            "instance_families": {"allow": ["c7g"], "on_missing": "ignore"},
            "instance_types": {"deny": ["ml.p5.48xlarge"]},
        }
    ).limits

    assert limits == (
        SetLimit("instance_families", frozenset({"c7g"}), frozenset(), OnMissing.IGNORE),
        SetLimit("instance_types", None, frozenset({"ml.p5.48xlarge"}), OnMissing.FAIL),
    )


def test_job_rules_carry_their_reason_and_reader() -> None:
    """A rule reads the job by its path."""
    (limit,) = read_policy(
        require={"job": [{"path": "JobType", "one_of": ["Default", 2], "reason": "why"}]}
    ).limits

    assert isinstance(limit, JobLimit)
    assert (limit.present, limit.one_of, limit.reason) == (None, ("Default", 2), "why")
    assert limit.read({"JobType": "Default"}) == "Default"


def test_a_limits_own_word_on_missing_beats_the_policys() -> None:
    """The nearest word counts; without one, the policy's."""
    limits = read_policy(
        on_missing="ignore",
        require={"max_latency_p99_ms": {"fail": 1, "on_missing": "fail"}, "max_instance_count": 2},
    ).limits

    assert [limit.on_missing for limit in limits if isinstance(limit, NumericLimit)] == [
        OnMissing.FAIL,
        OnMissing.IGNORE,
    ]


def test_a_policy_can_be_read_back_from_json() -> None:
    """A build step may compile checked policies to JSON: the same policy, the same digest."""
    document: dict[str, Json] = {
        "version": 1,
        "policy": "p",
        "enforce_from": "2026-12-01",
        "require": {"max_latency_p99_ms": {"warn": 1.5, "fail": 2}},
    }

    compiled = json.loads(json.dumps(document))

    assert policy_from(compiled, "p", field_reader) == policy_from(document, "p", field_reader)


def test_the_digest_is_of_what_is_said() -> None:
    """Another number is another policy; the order of keys is not."""
    first = read_policy(owner="a", mode="enforce")

    assert first.digest == read_policy(mode="enforce", owner="a").digest
    assert first.digest != read_policy(owner="b", mode="enforce").digest


@pytest.mark.parametrize(
    "require",
    [
        {"max_latency": 1},
        {"max_latency_p99_ms": {}},
        {"max_latency_p99_ms": {"on_missing": "warn"}},
        {"instance_families": {}},
    ],
)
def test_an_unchecked_document_never_makes_a_limit_that_demands_nothing(
    require: dict[str, Any],
) -> None:
    """Even past the checks, a gate does not stand open by mistake."""
    with pytest.raises(ValueError, match="require"):
        read_policy(require=require)


def test_the_worked_example_of_the_docs_is_true() -> None:
    """Each limit met by another configuration is a FAIL; unmeasured, it is UNKNOWN."""
    policy = read_policy(
        require={"max_cost_per_hour_usd": {"warn": 2.0, "fail": 2.5}, "max_latency_p99_ms": 120}
    )
    cheap = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.26, latency_p99_ms=129)
    fast = candidate("ml.g5.12xlarge", cost_per_hour_usd=7.09, latency_p99_ms=30)
    unmeasured = candidate("ml.c7g.xlarge", cost_per_hour_usd=0.26)

    split = evaluate(snapshot(cheap, fast), [policy], TODAY)
    unknown = evaluate(snapshot(unmeasured, fast), [policy], TODAY)

    assert (split.verdict, unknown.verdict) == (Verdict.FAIL, Verdict.UNKNOWN)


@pytest.mark.parametrize(
    "shape", [None, [], "text", 3, {"require": []}, {"require": {"job": {}}},
              {"require": {"job": [None, 3]}}, {"require": {"max_latency_p99_ms": "x"}},
              {"require": {"instance_types": {"allow": [{}], "deny": 3}}},
              {"policy": 3, "enforce_from": 3}]
)  # fmt: skip
def test_checks_between_values_bear_any_shape(shape: Any) -> None:
    """Where the schema has spoken, nothing is added, and nothing breaks."""
    assert not list(policy_mistakes(shape, "prod", compile_path=field_reader))
    assert not list(route_mistakes(shape, built_in={}))


def test_equal_warn_and_fail_are_no_mistake() -> None:
    """The boundary belongs to the safe side."""
    assert not mistakes_in(require={"max_latency_p99_ms": {"warn": 5, "fail": 5}})


def test_a_refused_path_is_told_with_the_reason() -> None:
    """The reader's own reason reaches the owner, at the path."""
    assert mistakes_in(require={"job": [{"path": "a b", "present": True}]}) == [
        Mistake(("require", "job", 0, "path"), "is not a JMESPath: a space")
    ]


def test_every_destination_is_read() -> None:
    """Slack by bot or webhook, SNS, and the console."""
    document: dict[str, Any] = {
        "version": 1,
        "default": ["bot"],
        "routes": {
            "bot": {
                "slack": {"channel": "C1", "token_secret": "s", "mention_on_fail": ["<@U1>"]},
                "on": ["FAIL", "FAILED"],
                "fallback": "topic",
            },
            "hook": {"slack": {"webhook_secret": "h"}},
            "topic": {"sns": {"topic_arn": "arn"}},
            "desk": {"console": {}},
        },
    }

    assert routes_from(document) == {
        "bot": Route(
            "bot", SlackBot("C1", "s", ("<@U1>",)), frozenset({"FAIL", "FAILED"}), "topic"
        ),
        "hook": Route("hook", SlackWebhook("h")),
        "topic": Route("topic", SnsTopic("arn")),
        "desk": Route("desk", Console()),
    }
    assert default_routes_from(document) == ("bot",)
    assert default_routes_from({"version": 1}) is None


def test_a_circle_through_a_built_in_route_is_told_in_the_file() -> None:
    """The file is where it can be mended."""
    built_in = {"env": Route("env", Console(), fallback="mine")}
    document: Json = {"routes": {"mine": {"console": {}, "fallback": "env"}}}

    assert list(route_mistakes(document, built_in=built_in)) == [
        Mistake(("routes", "mine", "fallback"), "goes round in a circle: mine → env → mine")
    ]


def test_paths_and_values_are_written_as_a_person_would() -> None:
    """Dots and brackets, odd keys in quotes, long values cut, no line breaks."""
    assert dotted(("require", "job", 0, "path")) == "require.job[0].path"
    assert dotted(("tags", "a b", "c")) == 'tags["a b"].c'
    assert quoted("x" * 100) == f'"{"x" * 58}…'
    assert quoted("a\nb\u202e") == '"a\\nb�"'


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1-2-abc",
        "xapp-1-A-b",
        "https://hooks.slack.com/services/T0/B0/abc",
        "T00000000/B00000000/abcdef",
    ],
)
def test_nothing_with_the_shape_of_a_secret_is_repeated(secret: str) -> None:
    """Wherever it was pasted."""
    assert without_secrets(f'found "{secret}" here') == 'found "‹secret›" here'
