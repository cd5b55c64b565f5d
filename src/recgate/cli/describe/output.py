"""Printing an answer in the formats of the AWS CLI."""

import os
import sys

import click
from rich.console import Console

from recgate.cli.describe.options import JSON, TABLE, TEXT, YAML, YAML_STREAM
from recgate.cli.describe.yaml_text import yaml_text
from recgate.cli.screen import screen
from recgate.rendering.aws_output.json_text import json_text
from recgate.rendering.aws_output.table_text import WIDTH_WITHOUT_TERMINAL, table_text
from recgate.rendering.aws_output.text_rows import text_rows


def print_answer(value: object, output: str, *, title: str, color: str) -> None:
    """Print the value on standard output, where there is nothing else."""
    written = answer_text(value, output, title=title, color=color)
    if not _fits(written):
        # What standard output cannot encode is escaped, in a way that JSON and YAML read back.
        ascii_text = answer_text(value, output, title=title, color=color, ascii_only=True)
        written = ascii_text.encode("ascii", "backslashreplace").decode("ascii")
    click.echo(written, nl=False, color=True if color == "on" else None)


def answer_text(
    value: object, output: str, *, title: str, color: str, ascii_only: bool = False
) -> str:
    """The value in one of the formats; ``title`` stands above a table."""
    if output == JSON:
        return json_text(value, ascii_only=ascii_only)
    if output == YAML:
        return yaml_text(value, ascii_only=ascii_only)
    if output == YAML_STREAM:
        return yaml_text([value], ascii_only=ascii_only)
    if output == TEXT:
        return text_rows(value)
    if output == TABLE:
        return table_text(title, value, width=_width(), colours=_has_colours(color))
    raise ValueError(f"{output} is no format of the AWS CLI")


def page_screen(color: str) -> Console:
    """Where the page is printed, in colours if they are asked for or it is a terminal."""
    if color == "auto":
        return screen()
    plain = screen()
    return Console(
        markup=False,
        highlight=False,
        emoji=False,
        width=plain.width,
        force_terminal=True if color == "on" else None,
        color_system="standard" if color == "on" else None,
        no_color=color == "off",
    )


def _has_colours(color: str) -> bool:
    if color != "auto":
        return color == "on"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH_WITHOUT_TERMINAL
    except (OSError, ValueError):  # no terminal, or no file at all
        return WIDTH_WITHOUT_TERMINAL


def _fits(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
