"""The message that shows how far a running job is: changed in place, calling nobody."""

from collections.abc import Callable

from recgate.domain.job import JobStatus
from recgate.domain.progress import Benchmarks, usual_duration
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Telling
from recgate.rendering.links import job_url, logs_url
from recgate.rendering.progress_words import failure_lines, spoken_span, usual_words
from recgate.rendering.safe_text import clean
from recgate.rendering.slack.envelope import message
from recgate.rendering.slack.limits import Message, violations
from recgate.rendering.slack.links import is_link, job_words
from recgate.rendering.slack.parts import (
    Block,
    Room,
    actions,
    code,
    context,
    escaped,
    header,
    identified,
    link_button,
    plain_lines,
    reader_time,
    rich_line,
    rich_list,
    rich_text,
    section,
)
from recgate.rendering.words import Span, Style, verdict_word

EVENT_TYPE = "recgate_progress"

_MODEL_LIMIT = 60
_ROOMS = (
    Room(rows=0, columns=0, policies=6, notes=0, lines=6, line=160, why=0, reason=0, address=3_000),
    Room(rows=0, columns=0, policies=1, notes=0, lines=1, line=40, why=0, reason=0, address=600),
)
_STATES = {
    JobStatus.PENDING: "Pending",
    JobStatus.IN_PROGRESS: "In progress",
    JobStatus.STOPPING: "Stopping",
}


def progress_form(note: ProgressNote) -> Message:
    """How far a running job is, for a new message or in the place of an earlier one."""
    snapshot = note.snapshot
    model = clean(snapshot.model, _MODEL_LIMIT)
    payload = {
        "verdict": "PENDING",
        "policies": ", ".join(note.policies),
        "dedupe_key": f"{snapshot.job_arn or snapshot.job_name}:progress",
    }
    text = f"Benchmarking {model}: {_done(note.benchmarks)}"
    made = message(text, EVENT_TYPE, snapshot, payload)
    return _fitting(made, lambda room: _running(note, model, room), f"{note.seen_at:%d%H%M%S}")


def closed_progress_form(telling: Telling, *, told: bool = True) -> Message:
    """What the progress message becomes once there is a verdict: quiet, and pointing to it if it
    was ``told`` here.
    """
    decision = telling.decision
    snapshot = decision.snapshot
    word, model = verdict_word(decision), clean(snapshot.model, _MODEL_LIMIT)
    said = f"Benchmarked {model}: {word}"
    where = "The verdict is in a message of its own." if told else "This channel is not told more."
    payload = {
        "verdict": word.replace(" ", "_"),
        "decision": decision.key,
        "dedupe_key": f"{snapshot.job_arn or snapshot.job_name}:progress",
    }

    def blocks(room: Room) -> list[Block]:
        job = job_words(snapshot.job_name, job_url(snapshot), room)
        return [
            header(said),
            section("verdict", f"*{word}*. {where}"),
            context("facts", f"{job} · {reader_time(decision.decided_at)}"),
        ]

    text = f"{said}. {where}"
    return _fitting(message(text, EVENT_TYPE, snapshot, payload), blocks, decision.key[:8])


def _fitting(made: Message, build: Callable[[Room], list[Block]], suffix: str) -> Message:
    for room in _ROOMS:
        made["blocks"] = identified(build(room), suffix)
        if not violations(made):
            return made
    # ``chat.update`` keeps the blocks that were there unless it is sent others.
    return {**made, "blocks": []}


def _running(note: ProgressNote, model: str, room: Room) -> list[Block]:
    snapshot = note.snapshot
    state = _STATES.get(snapshot.status, "In progress")
    lines = [f":hourglass_flowing_sand: *{state}*, {_done(note.benchmarks)}", *_time(note)]
    lines.append(_checked(note, room))
    links = [
        ("console", "Open Job", job_url(snapshot)),
        ("logs", "Open Logs", logs_url(snapshot)),
    ]
    buttons = [
        link_button(f"recgate_{action}", text, url)
        for action, text, url in links
        if is_link(url) and len(url) <= room.address
    ]
    parts = [
        job_words(snapshot.job_name, job_url(snapshot), room),
        escaped(snapshot.job_type or "", room.line),
        escaped(snapshot.region or "", room.line),
        escaped(snapshot.account or "", room.line),
        f"as of {reader_time(note.seen_at)}",
        "updated in place, no new message until the verdict",
    ]
    return [
        header(f"Benchmarking {model}"),
        section("verdict", "\n".join(lines)),
        *_failures(note.benchmarks, room),
        *([actions("actions", buttons)] if buttons else []),
        context("facts", " · ".join(part for part in parts if part)),
    ]


def _done(benchmarks: Benchmarks) -> str:
    """``3 of 5 load tests done``; more may be started, and what waits is told."""
    if not benchmarks.started and not benchmarks.waiting:
        return "no load test has started yet"
    listed = benchmarks.started + benchmarks.waiting
    told = f"{benchmarks.done} of {listed} load tests done so far"
    return f"{told}, {len(benchmarks.failed)} of them failed" if benchmarks.failed else told


def _time(note: ProgressNote) -> list[str]:
    """How long it has run, and how long its like usually run."""
    started, kind = note.snapshot.created_at, note.snapshot.job_type
    said = []
    if started is not None and started <= note.seen_at:
        begun = "asked for" if note.snapshot.status is JobStatus.PENDING else "started"
        said.append(f"{begun} {spoken_span(note.seen_at - started)} ago")
    usual = usual_duration(kind, ())
    if usual is not None:
        said.append(f"usual: {usual_words(usual)}")
    line = ", ".join(said)
    return [line[0].upper() + line[1:]] if line else []


def _checked(note: ProgressNote, room: Room) -> str:
    if not note.policies:
        return "No policy is known to apply to it yet: without one it will be UNCOVERED"
    names = [code(name, room.line) for name in note.policies[: room.policies]]
    left = len(note.policies) - len(names)
    more = f" and {left} more" if left > 0 else ""
    return f"Checked against {', '.join(names)}{more} when the job completes"


def _failures(benchmarks: Benchmarks, room: Room) -> list[Block]:
    lines = [(Span(line),) for line in plain_lines(failure_lines(benchmarks.failed), room)]
    if not lines:
        return []
    title = rich_line((Span("Failed so far", Style.DISTANCE),))
    return [rich_text("benchmarks", title, rich_list(lines))]
