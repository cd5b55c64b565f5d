"""How a question is asked at a terminal: once more, with the reason, until it can be read.

Questions go to standard error, so that standard output holds the answer of the command alone.
"""

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from recgate.ports import RecgateError
from recgate.rendering.safe_text import clean

T = TypeVar("T")


def is_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirmed(question: str) -> bool:
    """Whether the answer is yes."""
    return ask("", question, "yes", _yes_or_no)


def ask(why: str, question: str, default: str, read: Callable[[str], T]) -> T:
    """The answer, read; asked again with the reason as long as it cannot be."""
    return ask_offering(why, question, default, read, None)


def ask_offering(
    why: str, question: str, default: str, read: Callable[[str], T], taken: T | None
) -> T:
    """As `ask`; Enter takes ``taken`` itself, which its text may not tell exactly."""
    if why:
        click.echo(f"\n{why}", err=True)
    while True:
        click.echo(f"{question} [{clean(default, 200)}]: ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            raise click.Abort
        answer = line.strip()
        if not answer and taken is not None:
            return taken
        try:
            return read(answer or default)
        except (ValueError, RecgateError) as reason:
            click.echo(f"  {reason}", err=True)


def _yes_or_no(text: str) -> bool:
    if text.lower() in ("y", "yes"):
        return True
    if text.lower() in ("n", "no"):
        return False
    raise ValueError(f"{text} is neither yes nor no")
