"""What changed between two versions of policies is said in words, the direction with it."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from recgate.adapters.policy_files import PolicyFiles
from recgate.domain.policy_change import Change
from recgate.domain.policy_changes import changes_between
from recgate.domain.policy_set import PolicySet
from recgate.rendering.policy_diff.diff import PolicyDiff
from recgate.rendering.policy_diff.document import diff_document
from recgate.rendering.policy_diff.markdown import code, markdown_lines
from recgate.rendering.policy_diff.text import text_lines
from recgate.rendering.policy_diff.words import change_words

TODAY = date(2026, 11, 22)
BASE: Mapping[str, Any] = {
    "version": 1,
    "policy": "prod",
    "require": {"max_cost_per_hour_usd": {"warn": 2.0, "fail": 2.5}, "max_instance_count": 8},
}
WAIVER: Mapping[str, Any] = {
    "id": "W-1",
    "policy": "prod",
    "limit": "max_cost_per_hour_usd",
    "up_to": 3.5,
    "only_for": {"job_names": ["checkout-*"]},
    "reason": "CHG-4471",
    "requested_by": "dana@example.com",
    "approved_by": "lead@example.com",
    "starts": "2026-11-01",
    "expires": "2026-12-31",
}
SLACK = {"slack": {"channel": "C0123456789", "token_secret": "recgate/slack"}, "on": ["FAIL"]}
SNS = {"sns": {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"}}


def loaded(folder: Path, **files: object) -> PolicySet:
    """The folder with these documents."""
    folder.mkdir()
    for name, document in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return PolicyFiles(folder).load()


def changes(
    tmp_path: Path, old: Mapping[str, object], new: Mapping[str, object]
) -> tuple[Change, ...]:
    before, after = loaded(tmp_path / "old", **old), loaded(tmp_path / "new", **new)
    assert not [*before.waiver_problems, *after.waiver_problems]
    return changes_between(before, after, TODAY)


def told(tmp_path: Path, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [change_words(change) for change in changes(tmp_path, old, new)]


def policy(**keys: object) -> dict[str, object]:
    """The base policy with other keys; ``require`` takes the place of all of its limits."""
    return {"prod": {**BASE, **keys}}


def limits(**demands: object) -> dict[str, object]:
    """The base policy with other limits; None takes one out."""
    whole = {**BASE["require"], **demands}
    return policy(require={name: each for name, each in whole.items() if each is not None})


# --- limits --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            {},
            {"max_cost_per_hour_usd": {"warn": 2.0, "fail": 2.0}},
            "prod: max_cost_per_hour_usd fail 2.50 → 2.00 (tighter, -20%)",
        ),
        (
            {},
            {"max_cost_per_hour_usd": {"warn": 2.0, "fail": 3}},
            "prod: max_cost_per_hour_usd fail 2.50 → 3.00 (looser, +20%)",
        ),
        (
            {"min_invocations_per_minute": 400},
            {"min_invocations_per_minute": 10000},
            "prod: min_invocations_per_minute fail 400 → 10000 (tighter, +2,400%)",
        ),
        (
            {"min_latency_gain_over_existing_pct": 0},
            {"min_latency_gain_over_existing_pct": -5},
            "prod: min_latency_gain_over_existing_pct fail 0 → -5 (looser)",
        ),
        (
            {},
            {"max_cost_per_hour_usd": 2.5},
            "prod: max_cost_per_hour_usd warn 2.00 is gone",
        ),
        (
            {},
            {"max_instance_count": {"warn": 4, "fail": 8}},
            "prod: max_instance_count warn 4 is new: beyond it the verdict is WARN, and the gate "
            "stays open",
        ),
        (
            {},
            {"max_cost_per_hour_usd": {"warn": 1.8, "fail": 2.5}},
            "prod: max_cost_per_hour_usd warn 2.00 → 1.80 (warns sooner)",
        ),
        (
            {},
            {"max_cost_per_hour_usd": {"warn": 2}},
            "prod: max_cost_per_hour_usd fail 2.50 is gone: it only warns now (looser)",
        ),
        (
            {"max_instance_count": {"warn": 4}},
            {"max_instance_count": {"warn": 4, "fail": 8}},
            "prod: max_instance_count fail 8 is new: it only warned before (tighter)",
        ),
        (
            {},
            {"max_latency_p99_ms": {"fail": 120, "on_missing": "warn"}},
            "prod: limit max_latency_p99_ms is new: fail 120, on_missing warn (tighter)",
        ),
        (
            {},
            {"max_instance_count": None},
            "prod: limit max_instance_count is gone, was fail 8 (looser)",
        ),
        (
            {"max_cost_per_hour_usd": None, "max_instance_count": None,
             "max_serverless_memory_mb": 4096},
            {"max_cost_per_hour_usd": 2, "max_instance_count": None,
             "max_serverless_memory_mb": 4096},
            "prod: limit max_cost_per_hour_usd is new: fail 2.00; a recommendation that no limit "
            "is for is UNKNOWN (either way)",
        ),
        (
            {},
            {"max_instance_count": {"fail": 8, "on_missing": "ignore"}},
            "prod: max_instance_count on_missing fail → ignore: a value that was not measured "
            "kept the gate closed (UNKNOWN), now it counts as a pass (looser)",
        ),
        (
            {"instance_families": {"allow": ["c7g", "p5"]}},
            {"instance_families": {"allow": ["c7g", "m7g", "g5"]}},
            "prod: instance_families: g5 and m7g are newly allowed; p5 is no longer (either way)",
        ),
        (
            {"instance_families": {"allow": ["c7g", "m7g"]}},
            {"instance_families": {"allow": ["c7g"], "deny": ["m7g"]}},
            "prod: instance_families: m7g is no longer allowed (tighter)",
        ),
        (
            {"instance_families": {"allow": ["c7g"]}},
            {"instance_families": {"allow": ["c7g"], "deny": ["p5"]}},
            "prod: instance_families: written otherwise (p5), and the same names are allowed",
        ),
        (
            {"instance_families": {"deny": ["p5"]}},
            {"instance_families": {"allow": ["c7g"]}},
            "prod: instance_families: only c7g now, every name but p5 before (tighter)",
        ),
        (
            {"instance_types": {"allow": ["ml.c7g.xlarge"]}},
            {"instance_types": {"deny": ["ml.p5.48xlarge"]}},
            "prod: instance_types: every name but ml.p5.48xlarge is allowed now, "
            "only ml.c7g.xlarge before (looser)",
        ),
        (
            {"job": [{"path": "JobType", "one_of": ["A", "B", True]}]},
            {"job": [{"path": "JobType", "one_of": ["B", "C", 1]}]},
            "prod: job JobType: C and 1 are newly accepted; A and true are no longer (either way)",
        ),
        (
            {"job": [{"path": "JobType", "present": True}]},
            {"job": [{"path": "JobType", "one_of": ["A"]}]},
            "prod: job JobType: must be there → must be A (tighter)",
        ),
        (
            {},
            {"job": [{"path": "InputConfig.VpcConfig", "present": True, "reason": "VPC only"}]},
            "prod: job InputConfig.VpcConfig is new: must be there (tighter)",
        ),
        (
            {"job": [{"path": "JobType", "present": True, "reason": "because"}]},
            {"job": [{"path": "JobType", "present": True, "reason": "all the same"}]},
            "prod: job.JobType.reason: because → all the same",
        ),
    ],
)  # fmt: skip
def test_a_limit_that_changed_is_told_with_its_values(
    tmp_path: Path, old: Mapping[str, object], new: Mapping[str, object], line: str
) -> None:
    """Which limit, from what to what, and whether that is tighter or looser."""
    assert told(tmp_path, limits(**old), limits(**new)) == [line]


# --- the rest of a policy ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            {"applies_to": {"tags": {"env": ["dev", "staging"]}}},
            {"applies_to": {"tags": {"env": "dev"}}},
            "prod: tags.env: staging is no longer concerned (either way)",
        ),
        (
            {"applies_to": {"regions": ["eu-west-1"]}},
            {"applies_to": {"regions": ["eu-*", "us-east-1"]}},
            "prod: regions: us-east-1 is newly concerned; eu-* is newly concerned "
            "(eu-west-1 was before) (either way)",
        ),
        (
            {"applies_to": {"job_names": ["checkout-*"]}},
            {"applies_to": {"job_names": ["checkout-*", "checkout-ranker-*"]}},
            "prod: job_names: checkout-* → checkout-* and checkout-ranker-*, "
            "which is the same jobs",
        ),
        (
            {},
            {"applies_to": {"accounts": ["111122223333"]}},
            "prod: accounts: only 111122223333 is concerned now, everything was before "
            "(either way)",
        ),
        (
            {"applies_to": {"job_types": ["Advanced"]}},
            {},
            "prod: job_types: does not matter any more, only Advanced was concerned before "
            "(either way)",
        ),
        (
            {},
            {"applies_to": {"endpoint_kind": "realtime"}},
            "prod: endpoint_kind any → realtime: serverless recommendations are no candidates "
            "any more (either way)",
        ),
        (
            {"applies_to": {"endpoint_kind": "realtime"}},
            {
                "applies_to": {"endpoint_kind": "realtime"},
                "require": {**BASE["require"], "max_serverless_memory_mb": 2048},
            },
            "prod: limit max_serverless_memory_mb is new: fail 2048; no candidate of this policy "
            "is of the kind that it is for",
        ),
        (
            {"candidates": {"at_least": 2}},
            {"candidates": "any"},
            "prod: candidates {at_least: 2} → any: one recommendation that meets every limit is "
            "enough, 2 had to (looser)",
        ),
        (
            {"candidates": {"at_least": 2}},
            {"candidates": "all"},
            "prod: candidates {at_least: 2} → all: every recommendation must meet every limit, "
            "2 had to (either way)",
        ),
        (
            {},
            {"on_missing": "warn"},
            "prod: on_missing fail → warn (for max_cost_per_hour_usd and max_instance_count): a "
            "value that was not measured kept the gate closed (UNKNOWN), now it only warns "
            "(looser)",
        ),
        (
            {"mode": "observe"},
            {"enforce_from": "2026-12-01"},
            "prod: is enforced from 2026-12-01, was only observed: a failure from 2026-12-01 on "
            "is FAIL, and was WOULD_FAIL (the gate is closed under both)",
        ),
        (
            {"enforce_from": "2026-12-01"},
            {"enforce_from": "2027-01-01"},
            "prod: is enforced from 2027-01-01, was enforced from 2026-12-01: a failure from "
            "2026-12-01 to 2026-12-31 is WOULD_FAIL, and was FAIL (the gate is closed under both)",
        ),
        (
            {"enforce_from": "2026-12-01"},
            {},
            "prod: is enforced, was enforced from 2026-12-01: a failure until 2026-11-30 is FAIL, "
            "and was WOULD_FAIL (the gate is closed under both)",
        ),
        (
            {},
            {"mode": "observe"},
            "prod: is only observed, was enforced: a failure is WOULD_FAIL, and was FAIL "
            "(the gate is closed under both)",
        ),
        (
            {"mode": "observe"},
            {"mode": "observe", "enforce_from": "2026-12-01"},
            "prod: is only observed (mode: observe; enforce_from 2026-12-01), was only observed: "
            "without effect",
        ),
        (
            {},
            {"on_pass": {"registry": "approve"}},
            "prod: on_pass: an open gate now approves the model package in the registry",
        ),
        (
            {"on_fail": {"registry": "reject"}},
            {},
            "prod: on_fail: a failure no longer rejects the model package in the registry",
        ),
        ({"owner": "ml"}, {"owner": "ml-2"}, "prod: owner: ml → ml-2"),
        ({}, {"docs": "https://x.example"}, "prod: docs is new: https://x.example"),
        ({"description": "All."}, {}, "prod: description is gone, was: All."),
    ],
)
def test_a_policy_that_changed_says_for_whom(
    tmp_path: Path, old: Mapping[str, object], new: Mapping[str, object], line: str
) -> None:
    """Scope, number of candidates, what is missing, from which day, what follows, whom to ask."""
    assert told(tmp_path, policy(**old), policy(**new)) == [line]


def test_policies_come_go_and_change_their_names(tmp_path: Path) -> None:
    """The same content under another name is no other policy."""
    kept = {**BASE, "policy": "kept"}
    dev = {**BASE, "policy": "dev", "applies_to": {"tags": {"env": ["dev", "test"]}}}

    lines = told(
        tmp_path,
        {"kept": kept, "prod": BASE, "dev": dev},
        {"kept": kept, "live": {**BASE, "policy": "live"}, "small": {
            "version": 1, "policy": "small", "require": {"max_serverless_memory_mb": 1},
            "applies_to": {"endpoint_kind": "serverless"},
        }},
    )  # fmt: skip

    assert lines == [
        "dev: is gone: it judged jobs with tags.env dev or test; limits max_cost_per_hour_usd "
        "and max_instance_count (either way)",
        "small: is new: judges every job, serverless recommendations only; limits "
        "max_serverless_memory_mb (either way)",
        "live: renamed, was prod; the content is the same",
    ]


def test_a_new_name_and_other_routes_are_another_policy(tmp_path: Path) -> None:
    """Only what is the same in everything is called renamed."""
    routes = {"version": 1, "routes": {"b": SNS}}
    live = {**BASE, "policy": "live", "notify": ["b"]}

    lines = told(tmp_path, {"prod": BASE, "routes": routes}, {"live": live, "routes": routes})

    assert [line.split(":")[0] for line in lines] == ["live", "prod"]
    assert "is new" in lines[0]


def test_comments_order_and_the_form_of_numbers_are_no_change(tmp_path: Path) -> None:
    """A verdict cannot tell them apart."""
    for name, text in (
        ("old", "version: 1\npolicy: prod\nowner: ml\napplies_to: {regions: [a-1, b-1]}\n"
                "require:\n  max_cost_per_hour_usd: 2.5\n"
                "  instance_families: {allow: [c7g, m7g]}\n"),
        ("new", "# new\nversion: 1\nrequire:\n  instance_families: {allow: [m7g, c7g]}\n"
                "  max_cost_per_hour_usd: {fail: 2.50}\nowner: \"ml\"\nmode: enforce\n"
                "applies_to: {regions: [b-1, a-1]}\npolicy: prod\ncandidates: any\n"),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "prod.yaml").write_text(text)

    old, new = (PolicyFiles(tmp_path / name).load() for name in ("old", "new"))

    assert changes_between(old, new, TODAY) == ()
    assert [*text_lines(PolicyDiff("a", "b", ()))][-1] == (
        "No change: every job gets the same verdict."
    )


# --- waivers and routes --------------------------------------------------------------------


def waivers(*entries: Mapping[str, object]) -> dict[str, object]:
    return {"prod": BASE, "waivers": {"version": 1, "waivers": list(entries)}}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            [],
            [WAIVER],
            "waiver W-1: is new: prod max_cost_per_hour_usd up to 3.50 for jobs with job_names "
            "checkout-*, 2026-11-01 to 2026-12-31, approved by lead@example.com: CHG-4471 (looser)",
        ),
        (
            [{**WAIVER, "expires": "2026-11-21"}],
            [],
            "waiver W-1: is gone: it was prod max_cost_per_hour_usd up to 3.50 for jobs with "
            "job_names checkout-*, 2026-11-01 to 2026-11-21, approved by lead@example.com: "
            "CHG-4471; it has ended, so nothing changes",
        ),
        (
            [WAIVER],
            [{**WAIVER, "expires": "2027-01-15"}],
            "waiver W-1: ends 2027-01-15, was 2026-12-31, extended by 15 days (looser)",
        ),
        (
            [WAIVER],
            [{**WAIVER, "starts": "2026-11-30", "expires": "2026-12-30"}],
            "waiver W-1: begins 2026-11-30, was 2026-11-01; ends 2026-12-30, was 2026-12-31, "
            "shortened by 1 day (tighter)",
        ),
        (
            [WAIVER],
            [{**WAIVER, "up_to": 4}],
            "waiver W-1: up_to 3.50 → 4.00 (max_cost_per_hour_usd of prod) (looser, +14%)",
        ),
        (
            [WAIVER],
            [{**WAIVER, "only_for": {"job_names": ["checkout-a-*"]}}],
            "waiver W-1: job_names: checkout-* is no longer covered (checkout-a-* still is) "
            "(tighter)",
        ),
        (
            [WAIVER],
            [{**WAIVER, "approved_by": "boss@example.com"}],
            "waiver W-1: approved_by: lead@example.com → boss@example.com",
        ),
    ],
)
def test_a_waiver_that_changed_says_what_is_allowed_to_whom(
    tmp_path: Path,
    old: list[Mapping[str, object]],
    new: list[Mapping[str, object]],
    line: str,
) -> None:
    """Added, ended, extended, its ceiling moved, for whom."""
    assert told(tmp_path, waivers(*old), waivers(*new)) == [line]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            {"a": SLACK},
            {"a": {**SLACK, "on": ["WARN", "FAIL"], "digest": "weekly"}},
            ["route a: on: hears WARN now", "route a: digest is new: weekly"],
        ),
        (
            {"a": {"console": {}}},
            {"a": {"console": {}, "on": ["FAIL"]}},
            ["route a: on: hears less: FAIL, every verdict before"],
        ),
        (
            {"a": SLACK},
            {"a": {**SNS, "on": ["FAIL"]}},
            ["route a: destination: Slack channel C0123456789, with a bot token → SNS topic "
             "arn:aws:sns:eu-west-1:111122223333:ml-verdicts"],
        ),
        (
            {"a": SLACK},
            {"b": SLACK},
            ["route a: is gone: it was Slack channel C0123456789, with a bot token, hears FAIL",
             "route b: is new: Slack channel C0123456789, with a bot token, hears FAIL"],
        ),
        (
            {"a": SLACK},
            {"a": {**SLACK, "slack": {**SLACK["slack"], "token_secret": "recgate/other",  # type: ignore[dict-item]
                                      "progress": True, "mention_on_fail": ["<@U0123ABCD>"]}}},
            ["route a: slack.progress: false → true",
             "route a: mentions <@U0123ABCD> on a failure now",
             "route a: slack.token_secret: recgate/slack → recgate/other"],
        ),
    ],
)  # fmt: skip
def test_a_route_that_changed_says_who_hears_more_and_who_less(
    tmp_path: Path, old: Mapping[str, object], new: Mapping[str, object], lines: list[str]
) -> None:
    """Destinations by their words; a secret by its name."""
    both = [{"prod": BASE, "routes": {"version": 1, "routes": each}} for each in (old, new)]

    assert told(tmp_path, *both) == lines


def test_other_routes_of_a_policy_are_told_once(tmp_path: Path) -> None:
    """By name where it names them, as default routes where it does not."""
    routes = {"version": 1, "default": ["a"], "routes": {"a": SLACK, "b": SNS}}
    other = {**BASE, "policy": "other"}

    lines = told(
        tmp_path,
        {"prod": BASE, "other": other, "routes": routes},
        {"prod": {**BASE, "notify": ["b"]}, "other": other, "routes": {**routes, "default": ["b"]}},
    )

    assert lines == [
        "prod: notify: b hears of it now; a no longer",
        "default routes: b is one now; a no longer",
    ]


# --- whole answers -------------------------------------------------------------------------


@pytest.fixture
def diff(tmp_path: Path) -> PolicyDiff:
    """One change of each direction, and a text that means harm."""
    hostile = "@here `rm` ](http://x) <b>\n# heading"
    new = {
        **policy(
            description=hostile,
            applies_to={"regions": ["eu-west-1"]},
            require={"max_cost_per_hour_usd": {"warn": 2.0, "fail": 2.25}},
        )
    }
    made = changes(tmp_path, policy(), new)
    return PolicyDiff("main:policies", "policies", made, ("policies/waivers.yaml:3: W-1: no",))


def test_the_text_has_first_what_can_open_a_gate(diff: PolicyDiff) -> None:
    """And the sum of it at the end."""
    assert [*text_lines(diff)] == [
        "main:policies → policies",
        "",
        "Looser: can open a gate that was closed",
        "! prod: limit max_instance_count is gone, was fail 8 (looser)",
        "",
        "Either way: can open one gate and close another",
        "! prod: regions: only eu-west-1 is concerned now, everything was before (either way)",
        "  (a job that no policy judges is UNCOVERED, its gate closed; one that several judge "
        "must please them all)",
        "",
        "Tighter: can close a gate that was open",
        "  prod: max_cost_per_hour_usd fail 2.50 → 2.25 (tighter, -10%)",
        "",
        "Moves no gate",
        "  prod: description is new: @here `rm` ](http://x) <b> # heading",
        "",
        "Waivers with mistakes, which count as absent",
        "  policies/waivers.yaml:3: W-1: no",
        "",
        "4 changes: 1 looser, 1 either way, 1 tighter, 1 that moves no gate: some jobs whose gate "
        "was closed could pass, and some that passed could be stopped.",
    ]


def test_markdown_keeps_what_people_wrote_in_code(diff: PolicyDiff) -> None:
    """Nothing in a policy mentions, links or makes a heading in a pull request."""
    lines = [*markdown_lines(diff)]

    assert lines[0] == "### Policies: `main:policies` → `policies`"
    assert "- `prod: limit max_instance_count is gone, was fail 8 (looser)`" in lines
    assert "- `` prod: description is new: @here `rm` ](http://x) <b> # heading ``" in lines
    assert not [line for line in lines[1:] if line.startswith("#")]


@pytest.mark.parametrize("text", ["`", "a``b", "`a`", "", "``` `"])
def test_a_code_span_ends_where_it_should(text: str) -> None:
    """Its fence is longer than any run of backticks inside."""
    span = code(text)
    fence = span[: len(span) - len(span.lstrip("`"))]

    assert span.endswith(fence)
    assert fence not in span[len(fence) : -len(fence)].strip()


def test_the_document_has_every_change_with_both_sides(diff: PolicyDiff) -> None:
    """For a program, under a schema with a name."""
    document = json.loads(json.dumps(diff_document(diff)))

    assert [*document][:3] == ["schema", "old", "new"]
    assert document["schema"] == "recgate-policy-diff/1"
    assert document["summary"] == {
        "looser": 1,
        "either": 1,
        "tighter": 1,
        "none": 1,
        "can_open": True,
        "can_close": True,
        "text": document["summary"]["text"],
    }
    assert document["changes"][2] == {
        "of": "policy",
        "name": "prod",
        "key": "require.max_cost_per_hour_usd.fail",
        "direction": "tighter",
        "touches": "gate",
        "from": 2.5,
        "to": 2.25,
        "text": "prod: max_cost_per_hour_usd fail 2.50 → 2.25 (tighter, -10%)",
    }
    assert (document["changes"][0]["from"], document["changes"][0]["to"]) == (
        {"warn": None, "fail": 8.0, "on_missing": "fail"},
        None,
    )
