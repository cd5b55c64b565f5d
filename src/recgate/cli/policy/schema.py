"""`recgate policy schema`: the JSON Schemas for editors, and the reference page made of them."""

import json
from importlib.resources import files

import click

from recgate.cli.exits import FINE
from recgate.dialect.mistake import did_you_mean
from recgate.rendering.policy_reference.page import FILES, reference_page

_ENDING = ".v1.schema.json"
_DEFAULT = "policy"
_MARKDOWN = "markdown"


@click.command("schema")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--list", "lists", is_flag=True, help="List the schemas there are.")
@click.option(
    "--output",
    type=click.Choice(["json", _MARKDOWN]),
    default="json",
    show_default=True,
    help="json is the schema itself, for a program and an editor; markdown the reference page of "
    "all files that people write, for people.",
)
def schema_command(*, name: str | None, lists: bool, output: str) -> int:
    """Print the JSON Schema of a file or message, for editors.

    \b
    recgate policy schema > policy.v1.schema.json
    recgate policy schema routes
    recgate policy schema --list
    recgate policy schema --output markdown > docs/policy-reference.md

    NAME is policy (the default), routes, waivers or policy-test for the files that people write;
    the others are those of messages and answers. An editor completes and explains keys when the
    first line of a file names its schema:

    \b
    # yaml-language-server: $schema=../policy.v1.schema.json

    A schema is JSON Schema 2020-12, and byte for byte the one that recgate itself checks with.
    """  # noqa: D301  click reads the \b as "keep these lines"
    there = _names()
    if lists:
        if name is not None or output == _MARKDOWN:
            raise click.UsageError("--list stands alone.")
        width = max(map(len, there))
        for each in there:
            click.echo(f"{each:<{width}}  {_title(each)}")
        return FINE
    if output == _MARKDOWN:
        if name is not None:
            raise click.UsageError("--output markdown is one page about all files: leave out NAME.")
        click.echo(reference_page({each: json.loads(_text(each)) for each in FILES}), nl=False)
        return FINE
    chosen = (name or _DEFAULT).removesuffix(_ENDING)
    if chosen not in there:
        hint = did_you_mean(chosen, there) or f"; there are {', '.join(there)}"
        raise click.UsageError(f"There is no schema {chosen!r}{hint}")
    click.echo(_text(chosen), nl=False)
    return FINE


def _names() -> list[str]:
    """Every schema in the package: those of files first, then the others."""
    found = {
        each.name.removesuffix(_ENDING)
        for each in files("recgate").iterdir()
        if each.name.endswith(_ENDING)
    }
    return [*(each for each in FILES if each in found), *sorted(found - set(FILES))]


def _text(name: str) -> str:
    return files("recgate").joinpath(f"{name}{_ENDING}").read_text("utf-8")


def _title(name: str) -> str:
    title: str = json.loads(_text(name))["title"]
    return title
