"""What stands beside a verdict in a preview: its thread, and the message about the running job."""

from dataclasses import replace

from recgate.domain.job import JobStatus
from recgate.domain.progress import benchmarks_of
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Telling
from recgate.rendering.chart.drawing import chart_svg
from recgate.rendering.preview.parts import clock_words, part_html
from recgate.rendering.preview.slack import pane_html
from recgate.rendering.slack.progress import closed_progress_form, progress_form
from recgate.rendering.slack.thread import details_form

_HALF = 2


def thread_html(telling: Telling) -> str:
    """The details and the chart that follow in the thread; nothing when neither is there."""
    panes = ""
    details, chart = details_form(telling), chart_svg(telling.decision)
    if details is not None:
        when = clock_words(telling.decision.decided_at)
        panes += pane_html("Details, light", details, when=when)
        panes += pane_html("Details, dark", details, when=when, css="dark")
    if chart:
        panes += _chart("Chart, light", chart) + _chart("Chart, dark", chart, css=" dark")
    hint = "Answers in the thread of the verdict. The chart is posted as a picture, in light."
    return (
        part_html("thread", "Slack, the thread", f'<div class="panes">{panes}</div>', hint)
        if panes
        else ""
    )


def _chart(words: str, svg: str, *, css: str = "") -> str:
    caption = f"<figcaption>{words}</figcaption>"
    return f'<figure class="pane">{caption}<div class="chart{css}">{svg}</div></figure>'


def progress_html(telling: Telling) -> str:
    """The message about the running job, half-way and after the verdict."""
    decision, snapshot = telling.decision, telling.decision.snapshot
    if snapshot.created_at is None:
        return ""
    ended = snapshot.ended_at or decision.decided_at
    half = snapshot.created_at + (ended - snapshot.created_at) / _HALF
    steps = snapshot.steps[: (len(snapshot.steps) + 1) // _HALF]
    running = replace(
        snapshot,
        status=JobStatus.IN_PROGRESS,
        candidates=(),
        ended_at=None,
        failure_reason=None,
        modified_at=half,
        steps=steps,
    )
    names = tuple(judgement.policy.name for judgement in decision.evaluation.judgements)
    note = ProgressNote(running, benchmarks_of(steps), names, half)
    when = clock_words(snapshot.created_at)
    message = progress_form(note)
    closed = closed_progress_form(telling)
    panes = pane_html("Half-way", message, when=when, edited=True)
    panes += pane_html("After the verdict", closed, when=when, edited=True)
    panes += pane_html("Half-way, dark", message, when=when, css="dark", edited=True)
    panes += pane_html("After the verdict, dark", closed, when=when, css="dark", edited=True)
    hint = (
        "Only on routes that want progress. Half-way is made up here: the job as it may have stood."
    )
    return part_html(
        "progress", "Slack, while the job ran", f'<div class="panes">{panes}</div>', hint
    )
