"""The reference page is made of the schemas, is fresh, and what it shows as an example loads."""

import json
import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.schema_check import schema_mistakes
from recgate.adapters.policy_files.source_text import decoded
from recgate.adapters.policy_files.strict_yaml import read_yaml
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.rendering.policy_reference.entries import Entry, entries
from recgate.rendering.policy_reference.page import FILES, reference_page
from recgate.rendering.yaml_flow import flow

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policy-reference.md"
_COMMAND = "recgate policy schema --output markdown > docs/policy-reference.md"
_UNITS = re.compile(
    "USD|Milliseconds|Megabytes|Percent|days|unit of|own unit|Invocations per|Concurrent|"
    "Number of|number of|How many"
)


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        files("recgate").joinpath(f"{name}.v1.schema.json").read_text("utf-8")
    )
    return loaded


def page() -> str:
    return reference_page({name: schema(name) for name in FILES})


def test_the_reference_page_is_fresh() -> None:
    """Made by the command that it names; RECGATE_UPDATE_GOLDEN=1 writes it anew."""
    made = page()
    if os.environ.get("RECGATE_UPDATE_GOLDEN") == "1":
        PAGE.write_text(made, "utf-8")

    assert PAGE.read_text("utf-8") == made
    assert _COMMAND in made


@pytest.mark.parametrize("name", FILES)
def test_the_page_has_every_key_of_every_file(name: str) -> None:
    """A key without a heading is one that nobody finds."""
    text = page()
    section = text.partition(f"\n## {FILES[name][0]}\n")[2].partition("\n## ")[0]

    for key in set(_keys(schema(name))):
        assert f"{key}`" in section, key


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for each in node.values():
            yield from _keys(each)
    elif isinstance(node, list):
        for each in node:
            yield from _keys(each)


# --- what an editor's user is told ---------------------------------------------------------


def _properties(whole: dict[str, Any], node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every property, through $defs, lists and names, with what it refers to."""
    if isinstance(node, dict):
        properties = node.get("properties")
        for key, about in properties.items() if isinstance(properties, dict) else ():
            target = whole["$defs"][about["$ref"].rsplit("/", 1)[-1]] if "$ref" in about else {}
            yield f"{path}.{key}", {**target, **about}
        for step, each in node.items():
            yield from _properties(whole, each, f"{path}.{step}")
    elif isinstance(node, list):
        for each in node:
            yield from _properties(whole, each, path)


@pytest.mark.parametrize("name", FILES)
def test_every_key_has_title_description_and_examples(name: str) -> None:
    """In every file that people write, however deep."""
    whole = schema(name)
    found = list(_properties(whole, whole))

    assert len(found) > 10
    for path, about in found:
        assert about.get("title"), path
        assert about.get("description", "").endswith("."), path
        assert about.get("examples"), path


@pytest.mark.parametrize("name", FILES)
def test_every_figure_says_its_unit(name: str) -> None:
    """A bare number is the commonest mistake there is."""
    whole = schema(name)

    for path, about in _properties(whole, whole):
        if {"number", "integer"} & {*_listed(about["type"])} and "const" not in about:
            assert "unit" in about or _UNITS.search(about["description"]), path


def _listed(written: str | list[str]) -> list[str]:
    return [written] if isinstance(written, str) else written


@pytest.mark.parametrize("name", ["policy", "routes"])
def test_every_key_that_may_be_left_out_says_what_happens_then(name: str) -> None:
    """A default in the schema, or words in the description."""
    exempt = ("require.", "sns", "slack", "console", "given", "expect")
    for entry in entries(schema(name)):
        told = "default" in entry.about or "Left out: " in entry.about["description"]
        is_choice = entry.name in exempt or entry.path.rpartition(".")[0] == "require"
        assert entry.required or told or is_choice, entry.path


def test_the_sides_of_warn_are_those_of_the_catalogue() -> None:
    """For a ceiling it lies below fail, for a floor above."""
    text = page()

    for name, spec in NUMERIC_LIMITS.items():
        entry = text.partition(f"### `require.{name}`\n")[2].partition("\n### ")[0]
        side = "at most" if spec.direction is Direction.AT_MOST else "at least"
        assert f"- `warn`: {side} `fail`" in entry
        assert "- a missing value: counts as `on_missing` says" in entry


# --- examples ------------------------------------------------------------------------------

_ROUTES = ("slack-ml-prod", "sns-finops", "slack-ml-platform")
_POLICY: dict[str, Any] = {"version": 1, "policy": "p", "require": {"max_instance_count": 8}}
_WAIVER: dict[str, Any] = {
    "id": "W-1",
    "policy": "p",
    "limit": "max_instance_count",
    "up_to": 9,
    "only_for": {"job_names": ["a"]},
    "reason": "r",
    "requested_by": "a",
    "approved_by": "b",
    "starts": "2026-11-01",
    "expires": "2026-12-31",
}
_BESIDE: dict[str, dict[str, Any]] = {
    "require.LIMIT": {"fail": 2.5},
    "require.instance_families": {"deny": ["p9"]},
    "require.instance_types": {"deny": ["ml.p9.large"]},
    "require.job[]": {"path": "A.B", "one_of": ["x"]},
    "waivers[]": _WAIVER,
    "routes.NAME.slack": {"channel": "C0123456789", "token_secret": "a/b"},
    "tests[]": {"name": "t", "expect": {"verdict": "PASS"}},
}
"""What else must stand beside a key for the file to be whole."""
_INSTEAD = {
    "require.job[].present": "one_of",
    "routes.NAME.slack.webhook_secret": "channel token_secret",
    "waivers[].down_to": "up_to",
    "waivers[].allow": "up_to",
}
"""What a key takes the place of."""


def _examples(name: str) -> Iterator[tuple[Entry, str]]:
    """Each example as the page shows it."""
    text = page().partition(f"\n## {FILES[name][0]}\n")[2].partition("\n## ")[0]
    for entry in entries(schema(name)):
        block = text.partition(f"### `{entry.path}`\n")[2].partition("\n### ")[0]
        shown = re.search(r"^- examples?: (.*)$", block, re.MULTILINE)
        assert shown, entry.path
        for each in re.findall(r"`([^`]+)`", shown[1]):
            yield entry, each


def _document(entry: Entry, example: str, base: dict[str, Any]) -> dict[str, Any]:
    """The base with the example in its place; the example is read as the loader reads it."""
    written: Any = read_yaml(decoded(f"{example}\n".encode())).value
    around, _, key = entry.path.rpartition(".")
    value = written[entry.name]
    while around:
        beside = dict(_BESIDE.get(around, {}))
        for gone in _INSTEAD.get(f"{around}.{key}", "").split():
            del beside[gone]
        holder: Any = {**beside, key.removesuffix("[]"): [value] if key.endswith("[]") else value}
        around, _, key = around.rpartition(".")
        value = holder
    key = {"NAME": "a", "LIMIT": "max_cost_per_hour_usd"}.get(key, key)
    top = {**base, key.removesuffix("[]"): [value] if key.endswith("[]") else value}
    text = yaml.safe_dump(top, sort_keys=False)
    named: dict[str, Any] = yaml.safe_load(
        text.replace("NAME:", "a:").replace("LIMIT:", f"{_limit(entry)}:")
    )
    return named


def _limit(entry: Entry) -> str:
    return entry.name if len(entry.names) > 1 else "max_cost_per_hour_usd"


def _load(folder: Path, **documents: dict[str, Any]) -> None:
    folder.mkdir()
    for name, document in {"p": _POLICY, **documents}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    assert PolicyFiles(folder).load().waiver_problems == ()


def test_examples_of_policies_load(tmp_path: Path) -> None:
    """Through the loader itself, one key at a time."""
    routes = {"version": 1, "routes": {name: {"console": {}} for name in _ROUTES}}
    for number, (entry, example) in enumerate(_examples("policy")):
        document = _document(entry, example, _POLICY)
        name = document["policy"] if entry.path == "policy" else "p"

        _load(tmp_path / str(number), **{name: document, "routes": routes})

    assert number > 50


def test_examples_of_routes_load(tmp_path: Path) -> None:
    """Every kind of destination, and what each wants."""
    others: dict[str, Any] = {name: {"console": {}} for name in _ROUTES}
    for number, (entry, example) in enumerate(_examples("routes")):
        document = _document(entry, example, {"version": 1})
        routes = document.setdefault("routes", {})
        for route in routes.values():
            if not {"slack", "sns", "console"} & set(route):
                route["console"] = {}
        routes.update(others)

        _load(tmp_path / str(number), routes=document)

    assert number > 10


def test_examples_of_waivers_load(tmp_path: Path) -> None:
    """Without a mistake in any of them, which would count as absent."""
    fitting = {"down_to": "min_invocations_per_minute", "allow": "instance_families"}
    limited = {
        **_POLICY["require"],
        "max_cost_per_hour_usd": 2.5,
        "min_invocations_per_minute": 400,
        "instance_families": {"deny": ["p5"]},
    }
    for number, (entry, example) in enumerate(_examples("waivers")):
        document = _document(entry, example, {"version": 1, "waivers": []})
        for waiver in document["waivers"]:
            waiver["limit"] = fitting.get(entry.name, waiver["limit"])
        policies = {
            name: {**_POLICY, "policy": name, "require": limited} for name in ("p", "prod-realtime")
        }

        _load(tmp_path / str(number), waivers=document, **policies)

    assert number > 15


def test_examples_of_tests_fit_their_schema() -> None:
    """One key at a time."""
    base = {"policy": "p", "today": "2026-12-10", "tests": [_BESIDE["tests[]"]]}
    for entry, example in _examples("policy-test"):
        document = _document(entry, example, base)

        mistakes = list(schema_mistakes(document, "policy-test.v1.schema.json", {}))

        assert mistakes == [], entry.path


@pytest.mark.parametrize(
    "value",
    ["c7g", "yes", "NO", "true", "2.1", "a: b", "a #b", "checkout-*", "", " a", "a,b", "x]", "{a",
     "2026-12-01", "https://a.example/b", "arn:aws:sns:eu-west-1:111122223333:t", "a:", "null",
     "111122223333", "@here", "%a", "`", "é", '"', "-", "--- a", "1:30", "0x1F", 1, 2.5, True,
     {"a b": [1, "x, y"]}, [], {}, [{}]],
)  # fmt: skip
def test_a_value_on_one_line_is_read_as_what_it_is(value: Any) -> None:
    """By the strict reader, in a list and as a value."""
    source = read_yaml(decoded(f"a: {flow(value)}\nb: [{flow(value)}]\n".encode()))

    assert source.flaws == []
    assert source.value == {"a": value, "b": [value]}
