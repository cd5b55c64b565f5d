"""How a followed job looks: whole screens, and whole logs."""

import io
import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from recgate.cli.progress_view import LineView, LiveView, panel, view_on
from recgate.domain.job import JobStatus, Step
from recgate.domain.progress import Progress, Silence
from recgate.rendering.progress_words import spoken_span
from tests.builders import NOW, snapshot
from tests.flows.fakes import Clock

HOSTILE = "[bold]\x1b[31mred\x1b[0m[/bold] \u202eevil\nline [link=https://example.com]x[/link]"
TWELVE = tuple(timedelta(minutes=minutes) for minutes in range(32, 44))


def steps(*statuses: str) -> tuple[Step, ...]:
    """Benchmarks, each on an instance type of its own."""
    types = ("ml.c7g.xlarge", "ml.m5.large", "ml.g5.xlarge", "ml.inf2.xlarge", "ml.c6i.large")
    return tuple(
        Step(
            status,
            instance_type=types[place % len(types)],
            failure_reason="ModelError when calling InvokeEndpoint" if status == "FAILED" else None,
        )
        for place, status in enumerate(statuses)
    )


def seen(
    *statuses: str,
    status: JobStatus = JobStatus.IN_PROGRESS,
    ran_min: float = 24,
    job: dict[str, Any] | None = None,
    **changes: Any,
) -> Progress:
    """A job of 12 like it, created so many minutes before NOW, looked at NOW."""
    members: dict[str, Any] = {
        "status": status,
        "job_type": "Advanced",
        "created_at": NOW - timedelta(minutes=ran_min),
        "ended_at": NOW if status.is_terminal else None,
        "steps": steps(*statuses),
    }
    known = {
        "job": snapshot(**{**members, **(job or {})}),
        "answered_at": NOW,
        "durations": TWELVE,
        "looked_at": NOW,
        "pause_s": 15.0,
    }
    return Progress(**{"job_name": "fraud-ranker-v14", **known, **changes})


def screen(progress: Progress, now: datetime = NOW, *, width: int = 72) -> str:
    """The panel as text."""
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(panel(progress, now, width=width))
    return text.getvalue()


def test_a_running_job() -> None:
    """Status, time against the usual, benchmarks and the one that failed, looks."""
    progress = seen("COMPLETED", "FAILED", "COMPLETED", "COMPLETED", "IN_PROGRESS", "PENDING")

    assert (
        screen(progress, NOW + timedelta(seconds=6))
        == """\
╭─ fraud-ranker-v14 ───────────────────────────────────────────────────╮
│ Model       fraud-ranker v14                                         │
│ Status      IN_PROGRESS (Advanced)                                   │
│ Time        24 min so far                                            │
│             ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸                     │
│ Usual       37 min (median of the last 12 Advanced jobs)             │
│ Benchmarks  4 of 5 started so far are done, 1 failed, 1 waiting      │
│             ml.m5.large: ModelError when calling InvokeEndpoint      │
│ Last look   06:32:00 UTC; next in 9 s                                │
╰────────────────────────────── Ctrl-C ends the watching, not the job ─╯
"""
    )


def test_a_job_that_takes_longer_than_usual() -> None:
    """The bar is full, and the words say by how much it is exceeded: it is not nearly done."""
    progress = seen("IN_PROGRESS", ran_min=49.6, pause_s=None)

    assert (
        screen(progress)
        == """\
╭─ fraud-ranker-v14 ───────────────────────────────────────────────────╮
│ Model       fraud-ranker v14                                         │
│ Status      IN_PROGRESS (Advanced)                                   │
│ Time        49 min so far, over the usual by 12 min                  │
│             ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ │
│ Usual       37 min (median of the last 12 Advanced jobs)             │
│ Benchmarks  0 of 1 started so far are done                           │
│ Last look   06:32:00 UTC; asking now                                 │
╰────────────────────────────── Ctrl-C ends the watching, not the job ─╯
"""
    )


def test_before_anything_is_known() -> None:
    """Nothing is made up."""
    assert (
        screen(Progress("fraud-ranker-v14"), width=60)
        == """\
╭─ fraud-ranker-v14 ───────────────────────────────────────╮
│ Status     not known yet                                 │
│ Last look  none yet; asking now                          │
╰────────────────── Ctrl-C ends the watching, not the job ─╯
"""
    )


def test_a_silence() -> None:
    """What was known stays, with the time of the last answer."""
    why = "SageMaker did not describe job fraud-ranker-v14: EndpointConnectionError. Ask again."
    silence = Silence(NOW + timedelta(seconds=15), 3, why)
    later = NOW + timedelta(seconds=85)
    progress = seen(ran_min=3, silence=silence, looked_at=later, pause_s=60.0, durations=())

    assert (
        screen(progress, later + timedelta(seconds=20))
        == """\
╭─ fraud-ranker-v14 ───────────────────────────────────────────────────╮
│ Model       fraud-ranker v14                                         │
│ Status      IN_PROGRESS (Advanced)                                   │
│ Time        4 min so far                                             │
│             ━━                                                       │
│ Usual       2 h (on average, as AWS documents Advanced jobs)         │
│ Benchmarks  none started so far                                      │
│ No answer   for 1 min, trying again in 40 s: SageMaker did not       │
│             describe job fraud-ranker-v14: EndpointConnectionError   │
│ Last look   06:32:00 UTC; next in 40 s                               │
╰────────────────────────────── Ctrl-C ends the watching, not the job ─╯
"""
    )


def test_a_job_that_waits_for_its_samples() -> None:
    """A countdown, rounded up because it says "at most"; the job itself does not get older."""
    progress = seen(
        "COMPLETED",
        status=JobStatus.COMPLETED,
        ran_min=41,
        settled_at=NOW + timedelta(minutes=15),
        pause_s=180.0,
    )

    assert (
        screen(progress, NOW + timedelta(minutes=3, seconds=1))
        == """\
╭─ fraud-ranker-v14 ───────────────────────────────────────────────────╮
│ Model       fraud-ranker v14                                         │
│ Status      COMPLETED (Advanced)                                     │
│ Time        41 min in all                                            │
│ Benchmarks  1 of 1 done                                              │
│ Verdict     waiting for CloudWatch's samples, 12 min left at most    │
│ Last look   06:32:00 UTC; next in 0 s                                │
╰────────────────────────────── Ctrl-C ends the watching, not the job ─╯
"""
    )


def test_many_failures_leave_room_for_the_rest() -> None:
    """The verdict lists them all."""
    drawn = screen(seen(*["FAILED"] * 9))

    assert drawn.count("ModelError") == 4
    assert "… 5 more that failed" in drawn


def test_nothing_on_the_screen_is_obeyed() -> None:
    """Names and reasons come from others: no colour, no link, no direction, no new line."""
    hostile = seen(
        job={
            "job_type": HOSTILE,
            "model_package_arn": None,
            "model_name": HOSTILE,
            "steps": (Step("FAILED", instance_type=HOSTILE, failure_reason=HOSTILE),),
        },
        job_name=HOSTILE,
        silence=Silence(NOW, 1, HOSTILE),
    )
    log = io.StringIO()

    drawn = screen(hostile, width=200)
    LineView(log, lambda: NOW).show(hostile)

    for text in (drawn, log.getvalue()):
        assert "[bold][31mred[0m[/bold] evil line [link=https://example.com]x[/link]" in text
        assert not set("\x1b\u202e") & set(text)
    assert len({len(line) for line in drawn.splitlines()}) == 1


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_terminal_folds_the_words(width: int) -> None:
    """No line is wider than the panel, or the panel would not be drawn over itself."""
    drawn = screen(seen("FAILED", "COMPLETED"), width=width)

    assert max(len(line) for line in drawn.splitlines()) <= width


def log_of(*moments: tuple[float, Progress]) -> list[str]:
    """The lines for what was seen, each so many minutes after NOW, without their times."""
    stream, clock = io.StringIO(), Clock(NOW)
    with LineView(stream, clock) as view:
        for minutes, progress in moments:
            clock.now = NOW + timedelta(minutes=minutes)
            view.show(progress)
    return [re.sub(r"^\S+Z ", "", line) for line in stream.getvalue().splitlines()]


def test_the_log_has_a_line_for_each_change() -> None:
    """And none for a look that found nothing new."""
    same = seen("COMPLETED", "IN_PROGRESS", ran_min=10)
    failed = seen("COMPLETED", "FAILED", ran_min=10)
    ended = seen("COMPLETED", "FAILED", status=JobStatus.COMPLETED, ran_min=10, pause_s=None)

    log = log_of(
        (0, Progress("fraud-ranker-v14")),
        (0, same),
        (1, same),
        (2, failed),
        (3, failed),
        (4, ended),
    )

    usual = "usual 37 min (median of the last 12 Advanced jobs)"
    name = "fraud-ranker-v14: "
    assert log == [
        f"{name}IN_PROGRESS (Advanced); benchmarks: 1 of 2 started so far are done; "
        f"10 min so far; {usual}",
        f"{name}IN_PROGRESS (Advanced); benchmarks: 2 of 2 started so far are done, 1 failed; "
        f"12 min so far; {usual}",
        "  failed: ml.m5.large: ModelError when calling InvokeEndpoint",
        f"{name}COMPLETED (Advanced); benchmarks: 2 of 2 done, 1 failed; 10 min in all",
    ]


def test_every_failure_is_told_once() -> None:
    """Two that failed alike are two."""
    once, twice = seen("FAILED"), seen("FAILED", *["COMPLETED"] * 4, "FAILED")

    log = log_of((0, once), (1, once), (2, twice), (3, twice), (4, once), (5, twice))

    assert sum(line.startswith("  failed: ml.c7g.xlarge") for line in log) == 2


def test_a_log_never_says_nothing_for_longer_than_ten_minutes() -> None:
    """Looks come every 15 seconds: the line comes with the last one before."""
    looks = [
        (quarters / 4, seen(looked_at=NOW + timedelta(minutes=quarters / 4)))
        for quarters in range(4 * 25)
    ]
    stream, clock = io.StringIO(), Clock(NOW)
    view = LineView(stream, clock)

    for minutes, progress in looks:
        clock.now = NOW + timedelta(minutes=minutes)
        view.show(progress)

    times = [line.split("Z ")[0] for line in stream.getvalue().splitlines()]
    assert times == ["2026-11-21T06:32:00", "2026-11-21T06:42:00", "2026-11-21T06:52:00"]


def test_a_silence_is_a_line_and_its_end_is_one() -> None:
    """Not one for every attempt."""
    why = "SageMaker did not describe job fraud-ranker-v14: ThrottlingException (HTTP 400). Later."

    def silent(minutes: float, pause_s: float, attempts: int) -> tuple[float, Progress]:
        at = NOW + timedelta(minutes=minutes)
        silence = Silence(NOW + timedelta(minutes=1), attempts, why)
        return minutes, seen(ran_min=0, silence=silence, looked_at=at, pause_s=pause_s)

    log = log_of(
        (0, seen(ran_min=0)),
        silent(1, 15, 1),
        silent(1.25, 30, 2),
        silent(1.75, 60, 3),
        (3, seen(ran_min=0)),
    )

    assert [line.split(";")[0] for line in log] == [
        "fraud-ranker-v14: IN_PROGRESS (Advanced)",
        "fraud-ranker-v14: no answer for 0 s, trying again in 15 s: SageMaker did not describe job "
        "fraud-ranker-v14: ThrottlingException (HTTP 400)",
        "fraud-ranker-v14: IN_PROGRESS (Advanced)",
    ]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "term", "live"),
    [
        (Terminal(), "xterm-256color", True),
        (Terminal(), "dumb", False),
        (io.StringIO(), "xterm-256color", False),
    ],
)
def test_only_a_terminal_gets_the_panel(
    stream: io.StringIO, term: str, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CI's FORCE_COLOR makes no terminal of a log."""
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")

    view = view_on(stream, lambda: NOW)

    assert isinstance(view, LiveView if live else LineView)


def test_the_live_view_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursor is hidden while it draws, and back in the end, on an error too."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()

    with suppress(KeyboardInterrupt), view_on(stream, lambda: NOW) as view:
        view.show(seen("COMPLETED"))
        raise KeyboardInterrupt

    written = stream.getvalue()
    assert "1 of 1 started so far are done" in written
    assert written.count("\x1b[?25l") == 1
    assert written.count("\x1b[?25h") == 1
    # After the cursor is back, every line of the panel is erased: up one line, erase it.
    assert written.rsplit("\x1b[?25h")[1].count("\x1b[1A\x1b[2K") == len(
        screen(seen("COMPLETED")).splitlines()
    )


@pytest.mark.parametrize(
    ("seconds", "down", "up"),
    [
        (-5, "0 s", "0 s"),
        (0.4, "0 s", "1 s"),
        (59, "59 s", "59 s"),
        (59.4, "59 s", "1 min"),
        (60, "1 min", "1 min"),
        (61, "1 min", "2 min"),
        (3599, "59 min", "1 h"),
        (3600, "1 h", "1 h"),
        (7500, "2 h 05 min", "2 h 05 min"),
        (90_061, "25 h 01 min", "25 h 02 min"),
    ],
)
def test_spans_are_spoken(seconds: float, down: str, up: str) -> None:
    """What has passed is rounded down, what is left up."""
    span = timedelta(seconds=seconds)

    assert (spoken_span(span), spoken_span(span, up=True)) == (down, up)
