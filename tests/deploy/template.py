"""template.yaml and member.yaml as data, for tests that hold them to their promises."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
MEMBER = ROOT / "member.yaml"

FUNCTIONS = ("CheckFunction", "WatchFunction", "SealFunction")


@cache
def load_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """The template, with ``!Ref``, ``!GetAtt`` and so on in their long forms."""
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), _TemplateLoader)  # noqa: S506
    return loaded


def resources(of_type: str, template: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """The resources of one type by their logical ids."""
    found = load_template(template)["Resources"].items()
    return {name: resource for name, resource in found if resource["Type"] == of_type}


def properties(name: str, template: Path = TEMPLATE) -> dict[str, Any]:
    """The properties of one resource."""
    found: dict[str, Any] = load_template(template)["Resources"][name]["Properties"]
    return found


def variables(function: str) -> dict[str, Any]:
    """The environment variables of a function."""
    found: dict[str, Any] = properties(function)["Environment"]["Variables"]
    return found


def role_statements(role: str, template: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Every statement of a role by its Sid, those under a condition included."""
    return {
        statement["Sid"]: statement
        for policy in policies_of(role, template)
        for document in _under_conditions(policy)
        for statement in document["PolicyDocument"]["Statement"]
    }


def policies_of(role: str, template: Path = TEMPLATE) -> list[dict[str, Any]]:
    """The policies of a role: those in it, and those that stand apart and name it."""
    apart = (each["Properties"] for each in resources("AWS::IAM::Policy", template).values())
    return [
        *properties(role, template)["Policies"],
        *(policy for policy in apart if {"Ref": role} in policy["Roles"]),
    ]


def conditional_statements(role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements of a role that are under a condition, each with the condition's name."""
    for policy in properties(role)["Policies"]:
        if "Fn::If" in policy:
            condition, then, _ = policy["Fn::If"]
            for statement in then["PolicyDocument"]["Statement"]:
                yield condition, statement


def with_values(value: Any, values: Mapping[str, Any]) -> Any:
    """The same with every ``Ref`` to one of these names replaced by its value."""
    if isinstance(value, list):
        return [with_values(each, values) for each in value]
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in values:
            return values[value["Ref"]]
        return {key: with_values(each, values) for key, each in value.items()}
    return value


def listed(value: Any) -> list[Any]:
    """IAM writes one of something without a list."""
    return value if isinstance(value, list) else [value]


def _under_conditions(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Fn::If" not in policy:
        yield policy
        return
    _, then, otherwise = policy["Fn::If"]
    yield from (branch for branch in (then, otherwise) if branch != {"Ref": "AWS::NoValue"})


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if tag == "GetAtt":
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_TemplateLoader.add_multi_constructor("!", _long_form)
