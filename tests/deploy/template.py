"""template.yaml as data, for tests that hold it to its promises."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"


def load_template() -> dict[str, Any]:
    """The template, with ``!Ref``, ``!GetAtt`` and so on in their long forms."""
    loaded: dict[str, Any] = yaml.load(TEMPLATE.read_text("utf-8"), _TemplateLoader)  # noqa: S506
    return loaded


def resources(of_type: str) -> dict[str, dict[str, Any]]:
    """The resources of one type by their logical ids."""
    found = load_template()["Resources"].items()
    return {name: resource for name, resource in found if resource["Type"] == of_type}


def properties(name: str) -> dict[str, Any]:
    """The properties of one resource."""
    found: dict[str, Any] = load_template()["Resources"][name]["Properties"]
    return found


def role_statements() -> dict[str, dict[str, Any]]:
    """Every statement of the function's role by its Sid, those under a condition included."""
    return {
        statement["Sid"]: statement
        for policy in properties("CheckRole")["Policies"]
        for document in _under_conditions(policy)
        for statement in document["PolicyDocument"]["Statement"]
    }


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
