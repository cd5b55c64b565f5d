"""A progress bar on standard error: only at a terminal, and only for work that takes a while."""

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from recgate.cli.screen import screen

MOMENT_S = 0.7
"""Seconds that work may take without a bar."""


class Watching:
    """Shows how far the work is, while the block lasts.

    ``count`` gives how many jobs there are (None: not known), asked when the bar appears.
    """

    def __init__(
        self, count: Callable[[], int | None], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._count, self._clock = count, clock
        self._console = screen(stderr=True)
        self._began = clock()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, seen: int) -> None:
        """So many jobs have been looked at."""
        if not self._console.is_terminal or self._clock() - self._began < MOMENT_S:
            return
        if self._bar is None:
            self._bar = Progress(
                TextColumn("judging again"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("jobs", total=self._count())
            self._bar.start()
        if self._task is not None:
            self._bar.update(self._task, completed=seen)
