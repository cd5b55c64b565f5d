"""The terminal as every command writes to it: colours only where a person looks."""

import os
from typing import TextIO

from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 10_000
"""Wide enough that a line in a pipe is never broken."""


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end with 1, which is an answer here: `recgate.cli.main.run` ends it."""
        raise BrokenPipeError


def screen(*, stderr: bool = False, file: TextIO | None = None) -> Console:
    """Standard output (or error, or a file) for text that is printed as it is.

    In a pipe it has no colours, and no line is broken or cut. NO_COLOR turns them off at a
    terminal, too, and bold type with them (https://no-color.org); COLUMNS sets the width.
    """
    console = _Screen(
        stderr=stderr,
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        # Rich itself leaves bold and dim type under NO_COLOR.
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH_WITHOUT_TERMINAL)
    return console
