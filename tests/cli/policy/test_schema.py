"""`recgate policy schema`: what an editor needs, byte for byte what recgate itself checks with."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from recgate.rendering.policy_reference.page import FILES
from tests.cli.runner import ROOT, recgate

SHIPPED = sorted(
    each.name.removesuffix(".v1.schema.json")
    for each in files("recgate").iterdir()
    if each.name.endswith(".v1.schema.json")
)


def shipped(name: str) -> str:
    return files("recgate").joinpath(f"{name}.v1.schema.json").read_text("utf-8")


def test_a_policys_schema_is_what_is_printed_unless_another_is_named() -> None:
    """And nothing else, so that it can be put into a file."""
    answer = recgate("policy", "schema")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == shipped("policy")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_schema_of_the_package_is_printed_and_is_one(name: str) -> None:
    """Adding a file adds a name."""
    answer = recgate("policy", "schema", name)

    assert (answer.code, answer.out) == (0, shipped(name))
    Draft202012Validator.check_schema(json.loads(answer.out))


def test_the_list_has_files_that_people_write_first() -> None:
    """Each with its title."""
    lines = recgate("policy", "schema", "--list").out.splitlines()

    names = [line.split()[0] for line in lines]
    assert sorted(names) == SHIPPED
    assert names[: len(FILES)] == [*FILES]
    assert lines[0].split(maxsplit=1) == ["policy", "recgate policy, version 1"]


def test_the_reference_page_in_docs_is_what_the_command_prints() -> None:
    """The page says so of itself."""
    answer = recgate("policy", "schema", "--output", "markdown")

    assert answer.out == (ROOT / "docs" / "policy-reference.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["waiver"], "There is no schema 'waiver', did you mean waivers?"),
        (["zzz"], f"There is no schema 'zzz'; there are {', '.join(FILES)}, "),
        (["--list", "policy"], "--list stands alone."),
        (["policy", "--output", "markdown"], "leave out NAME"),
    ],
)
def test_what_there_is_not_is_told(arguments: list[str], told: str) -> None:
    """With the nearest name, or all of them."""
    answer = recgate("policy", "schema", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert told in " ".join(answer.err.split())


def test_the_name_of_the_file_is_a_name_too() -> None:
    """As the first line of a policy has it."""
    assert recgate("policy", "schema", "routes.v1.schema.json").out == shipped("routes")
