"""The options of a command that makes a page, and where the page goes."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from recgate.adapters.folder_reports import write_page

C = TypeVar("C", bound=Callable[..., object])

_STANDARD_OUTPUT = "-"


def page_options(default: str) -> Callable[[C], C]:
    """Add --out and --open; ``default`` is the name of the file as the help says it."""

    def add(command: C) -> C:
        opens = click.option(
            "--open/--no-open",
            "opens",
            default=None,
            help="Open the page in the browser. Default: only at a terminal.",
        )
        out = click.option(
            "--out",
            metavar="F",
            help=f"Where to write the page; - is standard output. Default: {default} here.",
        )
        return out(opens(command))

    return add


def check_page_options(out: str | None, *, opens: bool | None) -> None:
    """Raises click.UsageError for options that go against each other, before any work is done."""
    if out == _STANDARD_OUTPUT and opens:
        raise click.UsageError("--open needs a file to open: leave out --out -.")


def put_out(page: str, *, name: str, out: str | None, opens: bool | None, said: str) -> None:
    """Write the page where ``out`` says, else under ``name``; open it if that is wanted.

    ``said`` is told with the path filled in for ``{}``. Raises OSError.
    """
    if out == _STANDARD_OUTPUT:
        # As bytes: the page says of itself that it is UTF-8, whatever the terminal's locale is.
        sys.stdout.buffer.write(page.encode())
        return
    path = Path(out or name)
    write_page(path, page)
    click.echo(said.format(path))
    # The page is there in any case, whether something shows it or not.
    if (sys.stdout.isatty() if opens is None else opens) and click.launch(str(path.resolve())):
        click.echo(f"recgate: no browser was found; open {path.resolve()} yourself.", err=True)
