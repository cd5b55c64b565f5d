"""The text of a new policy and of its tests: valid, whatever names are in it."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.strict_yaml import read_yaml
from recgate.domain.candidate import EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.new_policy import NewPolicy, Origin, scope_of
from recgate.domain.new_policy_bounds import Bound, Headroom, LeftOut, bound_at, bounds_around
from recgate.domain.policy import Mode, Policy
from recgate.domain.verdict import Verdict
from recgate.rendering.new_policy.policy_text import MEASURES, leaves_words, policy_text
from recgate.rendering.new_policy.sentence import sentence
from recgate.rendering.new_policy.tests_text import JobCase, text_of_tests
from recgate.rendering.new_policy.yaml_text import comment, figure
from recgate.rendering.yaml_flow import scalar
from tests.builders import candidate, snapshot

ROW = candidate(
    cost_per_hour_usd=0.174,
    latency_p99_ms=84.0,
    model_latency_ms=31.0,
    invocations_per_minute=7260.0,
)
DAY = date(2026, 11, 22)


def made(**changes: Any) -> NewPolicy:
    """A policy around a recommendation."""
    bounds, left_out = bounds_around(ROW, Headroom())
    origin = Origin("fraud-ranker-v14", ROW, ("c7g", "g5"))
    new = NewPolicy("fraud", EndpointKind.REALTIME, bounds, left_out, origin=origin)
    return replace(new, **changes)


def load(text: str, name: str = "fraud") -> Policy:
    """What the real loader makes of it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / f"{name}.yaml").write_text(text, "utf-8")
        (policy,) = PolicyFiles(Path(folder)).load().policies
    return policy


def policy_lines(new: NewPolicy) -> list[str]:
    return policy_text(new, schema="policy.v1.schema.json").splitlines()


def test_the_file_is_commented_in_the_hand_of_the_shipped_ones() -> None:
    """What to change first, what each line means, what the job had, what could be added."""
    new = made(tags={"env": ("prod",)}, model_package_groups=("fraud-ranker",), owner="risk")

    text = policy_text(new, schema="policy.v1.schema.json")

    assert text == WHOLE


WHOLE = """\
# yaml-language-server: $schema=policy.v1.schema.json
#
# What real-time recommendations must meet before they are deployed.
# Made from the job fraud-ranker-v14,
# around its recommendation ml.c7g.xlarge × 1.
#
# Change first:
#   1. applies_to    which jobs it concerns
#   2. max_cost_per_hour_usd and max_latency_p99_ms    what you can pay, what your callers bear
#
# Its tests are in tests/fraud.yaml: run them with recgate policy test.
# The whole language, with every key: docs/policy-language.md of recgate.

version: 1      # of the policy language
policy: fraud   # the id in messages and records: always the file's name
owner: risk     # whom to ask about these limits
description: What real-time recommendations must meet before they are deployed.

applies_to:                 # every key must match; a list means "one of"; globs such as prod-* work
  tags: {env: [prod]}
  model_package_groups: [fraud-ranker]
  endpoint_kind: realtime   # serverless rows of the same job are not judged here

candidates: any    # one recommendation must meet every limit (or: all, {at_least: 2})
on_missing: fail   # what was not measured keeps the gate closed, as UNKNOWN
mode: enforce      # observe: failures are told as WOULD_FAIL

require:                                                 # a bare number fails beyond it; {warn, fail} warns first
  max_cost_per_hour_usd: {warn: 0.195, fail: 0.21}       # the job: 0.174 USD an hour; leaves 20% (for the whole fleet)
  max_latency_p99_ms: {warn: 96, fail: 105}              # the job: 84 ms; leaves 25% (measured in CloudWatch)
  max_model_latency_ms: {warn: 35, fail: 38}             # the job: 31 ms; leaves 22% (of no stated percentile)
  min_invocations_per_minute: {warn: 6400, fail: 5800}   # the job: 7260 a minute; leaves 20% (for the whole fleet)
  # instance_families: {deny: [p4d, p5]}                 # left out: every family; those of the job: c7g, g5

# Who hears of it: names in routes.yaml. Left out, the default routes do.
# notify: [slack-ml-prod, sns-finops]

# What follows in the model registry: nothing, unless you ask for it.
# on_pass: {registry: approve}
# on_fail: {registry: reject}
"""  # noqa: E501  the file itself, whole


def test_a_limit_that_is_left_out_stands_there_as_a_comment_with_the_reason() -> None:
    """Whoever reads the file sees what is not held, and why; no figure is made up."""
    new = made(left_out=(LeftOut("max_latency_p99_ms", "the job has no figure: NaN"),))

    lines = [line for line in policy_lines(new) if "# max_latency_p99_ms:" in line]

    assert [" ".join(line.split()) for line in lines] == [
        "# max_latency_p99_ms: # left out: the job has no figure: NaN"
    ]


HOSTILE = [
    "a\nrequire: {max_instance_count: 9}",
    "a\r\x85\u2028\u2029require: {}",
    "# yaml-language-server: $schema=https://evil.example/x.json",
    '"]}, require: {max_instance_count: 9} #',
    "\u202eevil\ufeff\x00\x1b[31m",
    "': - ? ! & * | > % @ `",
    "\ud800",
    "x" * 5000,
]


@given(text=st.text() | st.sampled_from(HOSTILE))
@example(text=HOSTILE[0])
@example(text=HOSTILE[1])
def test_no_name_breaks_out_of_its_comment_or_its_value(text: str) -> None:
    """The same policy is loaded, whatever the job, its tags and its model are called."""
    row = candidate(text, recommendation_id=text, cost_per_hour_usd=0.174)
    bounds, _ = bounds_around(row, Headroom())
    reason = LeftOut("max_latency_p99_ms", text)
    job = snapshot(row, tags={"env": text, "team": text}, model_package_group=text or None)
    scope = scope_of(job)
    new = made(
        bounds=bounds,
        left_out=(reason,),
        origin=Origin(text, row),
        owner=scope.owner,
        tags=scope.tags,
        model_package_groups=scope.model_package_groups,
    )

    written = policy_text(new, schema="policy.v1.schema.json")
    policy = load(written)

    assert [limit.name for limit in policy.limits] == ["max_cost_per_hour_usd"]
    assert policy.owner == scope.owner
    conditions = {condition.key: condition.patterns for condition in policy.scope.conditions}
    groups = scope.model_package_groups
    assert conditions == {
        **{f"tags.{key}": values for key, values in scope.tags.items()},
        **({"model_package_groups": groups} if groups else {}),
    }
    assert all(condition.match(job).applies == "yes" for condition in policy.scope.conditions)
    assert not any(line.startswith("# yaml-language-server") for line in written.splitlines()[1:])
    tests = text_of_tests(new, schema="x", today=DAY, job=JobCase(scalar("a.json"), Verdict.PASS))
    assert not read_yaml(tests).flaws


@given(text=st.text())
def test_a_comment_is_one_line(text: str) -> None:
    """Whatever a line break is to whom."""
    written = comment(text)

    assert written.startswith("#")
    assert len(written.splitlines()) == 1
    assert written == "#" or written[2:].isprintable()


@given(text=st.text().filter(str.isprintable))
def test_a_scalar_is_the_text_that_it_was(text: str) -> None:
    """In a mapping, in a list, as a key: quoted where it could be anything else."""
    source = read_yaml(f"[{{{scalar(text)}: {scalar(text)}}}, {scalar(text)}]")

    assert not source.flaws
    assert source.value == [{text: text}, text]


@pytest.mark.parametrize("text", ["yes", "NO", "null", "true", "1.5", "012", "1:30", "a: b", ".5"])
def test_what_some_take_for_something_else_is_quoted(text: str) -> None:
    """Other readers of YAML than ours read the file, too."""
    assert scalar(text) == json.dumps(text)


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_figure_is_read_back_as_it_was(value: float) -> None:
    """To the digits that count in a comparison."""
    rounded = float(f"{value:.6g}")

    source = read_yaml(f"a: {figure(rounded)}")

    assert source.value == {"a": rounded}
    assert not source.flaws


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [(2.5, "USD", "2.50"), (0.195, "USD", "0.195"), (5800.0, "/min", "5800"), (38.5, "ms", "38.5")],
)
def test_money_has_cents_and_a_round_figure_no_point(value: float, unit: str, written: str) -> None:
    """As a person writes it."""
    assert figure(value, unit) == written


@pytest.mark.parametrize(
    ("had", "fail", "asked", "said"),
    [
        (0.736, 0.9, 0.2, "22%"),
        (100.0, 120.0, 0.2, "20%"),
        (100.0, 107.0, 0.07, "7%"),
        (80.0, 90.0, 0.125, "12.5%"),
        (1000.0, 1004.0, 0.0, "0.4%"),
        (100.0, 100.0, 0.0, "0%"),
    ],
)
def test_the_headroom_that_is_told_is_never_more_than_there_is(
    had: float, fail: float, asked: float, said: str
) -> None:
    """Nor less than was asked for."""
    bound = Bound(NUMERIC_LIMITS["max_latency_p99_ms"], fail, None, had, asked)

    assert leaves_words(bound) == said


def test_the_sentence_is_the_policy_read_aloud() -> None:
    """Whom it concerns, what it demands, and since when."""
    new = made(
        bounds=(bound_at("max_cost_per_hour_usd", 2.5), bound_at("max_latency_p99_ms", 120.0)),
        families=("c7g", "m7g"),
        tags={"env": ("prod", "production")},
        job_names=("checkout-*",),
        enforce_from=date(2027, 3, 1),
    )

    assert sentence(new) == (
        "One real-time recommendation of each job tagged env=prod or production and called "
        "checkout-* must cost at most 2.50 USD an hour (warning from 2.00), answer within 120 ms "
        "at P99 (warning from 96) and run on c7g or m7g; until 2027-03-01 it only observes, from "
        "then on it is enforced."
    )
    assert sentence(made(bounds=(), families=("c7g",), mode=Mode.OBSERVE)) == (
        "One real-time recommendation of every job must run on c7g; it only observes, and stops "
        "nothing."
    )


def test_every_limit_that_can_be_written_has_its_words() -> None:
    """A new limit in the catalogue that can be set here must be explained here."""
    realtime = made(bounds=tuple(bound_at(name, 5.0) for name in MEASURES))

    assert load(policy_text(made(bounds=(bound_at("max_latency_p99_ms", 5.0),)), schema="x"))
    for bound in realtime.bounds:
        assert sentence(replace(realtime, bounds=(bound,)))
