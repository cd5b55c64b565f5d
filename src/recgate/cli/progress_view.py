"""A followed job on the terminal: a live panel, or a plain line whenever something changed."""

from collections import Counter
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TextIO

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from recgate.cli.screen import screen
from recgate.domain.progress import Progress, Usual
from recgate.ports import Clock
from recgate.rendering.progress_words import (
    benchmark_words,
    failure_lines,
    line_words,
    look_words,
    settling_words,
    silence_words,
    status_words,
    time_words,
    usual_words,
)
from recgate.rendering.safe_text import clean, first
from recgate.rendering.words import NAME_LIMIT

SILENT_AT_MOST = timedelta(minutes=10)
"""A log that says nothing for longer looks like a program that hangs."""

_WIDEST = 100
_MARGIN = 3
"""Columns left free, so that the ^C that a terminal prints does not begin a new line."""

_MOST_FAILURES = 5
_STATUS_STYLES = {"COMPLETED": "bold green", "FAILED": "bold red", "STOPPED": "bold yellow"}


class ProgressView(Protocol):
    """Where a person sees what is known of the job; a context that leaves no trace on a screen."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, seen: Progress) -> None:
        """Show it in the place of what was shown before."""
        ...


def view_on(stream: TextIO, clock: Clock) -> ProgressView:
    """The view that suits a stream: only a terminal that can move its cursor gets the panel."""
    console = screen(file=stream)
    # rich takes a log for a terminal when FORCE_COLOR says so, as it does in many a CI.
    if stream.isatty() and not console.is_dumb_terminal:
        return LiveView(console, clock)
    return LineView(stream, clock)


class LiveView:
    """The panel, drawn again every second in its place, and gone in the end."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._seen: Progress | None = None
        self._live = Live(
            console=console, get_renderable=self._drawn, transient=True, refresh_per_second=1
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, seen: Progress) -> None:
        """Draw it, and again every second, for the times in it."""
        self._seen = seen
        self._live.refresh()

    def _drawn(self) -> RenderableType:
        if self._seen is None:
            return Text()
        width = min(self._console.width - _MARGIN, _WIDEST)
        return panel(self._seen, self._clock(), width=width)


class LineView:
    """A line whenever something changed, and after ten minutes without; no control characters."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._told: tuple[object, ...] = ()
        self._told_at: datetime | None = None
        self._failures: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """There is nothing to leave behind."""

    def show(self, seen: Progress) -> None:
        """Write a line, if it is news or time."""
        if seen.job is None and seen.silence is None:
            return
        now = self._clock()
        counts = seen.benchmarks
        facts = (
            seen.job and seen.job.status,
            counts and (counts.started, counts.done, counts.waiting, len(counts.failed)),
            seen.silence is None,
            seen.settled_at,
        )
        due = self._told_at is None or (seen.next_look_at or now) - self._told_at > SILENT_AT_MOST
        if facts != self._told or due:
            self._told, self._told_at = facts, now
            self._say(f"{now:%Y-%m-%dT%H:%M:%SZ} {line_words(seen, now)}")
        failures = Counter(failure_lines(counts.failed if counts else ()))
        for failure in (failures - self._failures).elements():
            self._say(f"  failed: {failure}")
        self._failures |= failures

    def _say(self, text: str) -> None:
        click.echo(text, file=self._stream)


def panel(seen: Progress, now: datetime, *, width: int) -> Panel:
    """All that is known, as a panel of this width; the times in it are as of ``now``."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1, overflow="fold")
    for label, value in _rows(seen, now):
        table.add_row(Text(label), value)
    return Panel(
        table,
        title=Text(clean(seen.job_name, NAME_LIMIT), style="bold"),
        title_align="left",
        subtitle=Text("Ctrl-C ends the watching, not the job", style="dim"),
        subtitle_align="right",
        width=width,
    )


def _rows(seen: Progress, now: datetime) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = []
    if seen.job is not None:
        rows.append(("Model", Text(clean(seen.job.model, NAME_LIMIT))))
    style = _STATUS_STYLES.get(seen.job.status if seen.job else "", "bold")
    rows.append(("Status", Text(status_words(seen), style=style)))
    if time := time_words(seen, now):
        rows.append(("Time", Text(time)))
    if seen.usual is not None and not seen.has_ended:
        rows.append(("", _bar(seen, seen.usual, now)))
        rows.append(("Usual", Text(usual_words(seen.usual))))
    if (benchmarks := seen.benchmarks) is not None:
        counts = benchmark_words(benchmarks, ended=seen.has_ended)
        rows.append(("Benchmarks", Text(counts)))
        if benchmarks.failed:
            told = first(failure_lines(benchmarks.failed), _MOST_FAILURES, thing="that failed")
            rows.append(("", Group(*(Text(each, style="red") for each in told))))
    if seen.settled_at is not None:
        rows.append(("Verdict", Text(settling_words(seen.settled_at, now))))
    if seen.silence is not None:
        rows.append(("No answer", Text(silence_words(seen, now), style="yellow")))
    rows.append(("Last look", Text(look_words(seen, now))))
    return rows


def _bar(seen: Progress, usual: Usual, now: datetime) -> ProgressBar:
    """Time so far against the usual: full, and yellow, when that is exceeded."""
    elapsed = (seen.elapsed(now) or timedelta(0)).total_seconds()
    total = usual.duration.total_seconds()
    return ProgressBar(total, min(elapsed, total), finished_style="yellow")
