"""Asking again when SageMaker is busy, and saying so: a person who waits wants to know for what."""

import time
from collections.abc import Callable
from typing import TypeVar

import click

from recgate.ports import JobSourceBusy

T = TypeVar("T")

WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""Before each further attempt. The client has tried several times by then, in silence."""


def _tell(words: str) -> None:
    click.echo(f"recgate: {words}", err=True)


class Patience:
    """Asks a question up to five times; each wait is told on standard error.

    Only a service that answers that it is busy is asked again: where nobody answers at all, the
    client has tried several times, and a person looks for the cable first.
    """

    def __init__(
        self,
        *,
        wait: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = _tell,
    ) -> None:
        self._wait = wait
        self._tell = tell

    def __call__(self, question: Callable[[], T]) -> T:
        """The answer. Raises the last JobSourceBusy, and at once whatever else is raised."""
        for seconds in WAITS_S:
            try:
                return question()
            except JobSourceBusy as busy:
                if busy.__cause__ is not None:  # `recgate.aws_asking`: that of a connection
                    raise
                # What can be done about it is done now.
                why = str(busy).removesuffix(" The same question may be answered later.")
                self._tell(f"{why} Asking again in {seconds:g} s.")
                self._wait(seconds)
        return question()
