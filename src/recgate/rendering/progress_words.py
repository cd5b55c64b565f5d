"""What is known of a job that is being followed, in words."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from recgate.domain.job import Step
from recgate.domain.progress import Basis, Benchmarks, Progress, Usual
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

_REASON_LIMIT = 240


def line_words(seen: Progress, now: datetime) -> str:
    """All that is known, in one line."""
    if seen.silence is not None:
        return f"{clean(seen.job_name, NAME_LIMIT)}: no answer {silence_words(seen, now)}"
    name = clean(seen.job.job_name if seen.job else seen.job_name, NAME_LIMIT)
    words = [f"{name}: {status_words(seen)}"]
    if seen.benchmarks is not None:
        counts = benchmark_words(seen.benchmarks, ended=seen.has_ended)
        words.append(f"benchmarks: {counts}")
    if time := time_words(seen, now):
        words.append(time)
    if seen.usual is not None and not seen.has_ended:
        words.append(f"usual {usual_words(seen.usual)}")
    if seen.settled_at is not None:
        words.append(settling_words(seen.settled_at, now))
    return "; ".join(words)


def status_words(seen: Progress) -> str:
    """SageMaker's word for the state, and the type of the job."""
    if seen.job is None:
        return "not known yet"
    kind = f" ({clean(seen.job.job_type, NAME_LIMIT)})" if seen.job.job_type else ""
    return f"{seen.job.status}{kind}"


def time_words(seen: Progress, now: datetime) -> str:
    """How long the job has run, and by how much too long; empty while that is not known."""
    elapsed, over = seen.elapsed(now), seen.over(now)
    if elapsed is None:
        return ""
    so_far = "in all" if seen.has_ended else "so far"
    beyond = f", over the usual by {spoken_span(over)}" if over and not seen.has_ended else ""
    return f"{spoken_span(elapsed)} {so_far}{beyond}"


def usual_words(usual: Usual) -> str:
    """The usual duration and what it rests on."""
    kind = clean(usual.job_type, NAME_LIMIT)
    basis = {
        Basis.MEDIAN: f"median of the last {usual.jobs} {kind} jobs",
        Basis.DOCUMENTED_MOST: f"at most, as AWS documents {kind} jobs",
        Basis.DOCUMENTED_AVERAGE: f"on average, as AWS documents {kind} jobs",
    }[usual.basis]
    return f"{spoken_span(usual.duration)} ({basis})"


def benchmark_words(benchmarks: Benchmarks, *, ended: bool) -> str:
    """The counts; until the job has ended more may be started, and the words say so."""
    if not benchmarks.started and not benchmarks.waiting:
        return "none" if ended else "none started so far"
    so_far = "" if ended else "started so far are "
    words = [f"{benchmarks.done} of {benchmarks.started} {so_far}done"]
    if benchmarks.failed:
        words.append(f"{len(benchmarks.failed)} failed")
    if benchmarks.waiting:
        words.append(f"{benchmarks.waiting} waiting")
    return ", ".join(words)


def failure_lines(steps: Sequence[Step]) -> list[str]:
    """Where each benchmark failed, and why."""
    return [
        clean(
            f"{step.instance_type or step.endpoint_name or 'benchmark'}: "
            f"{step.failure_reason or 'SageMaker gave no reason'}",
            _REASON_LIMIT,
        )
        for step in steps
    ]


def settling_words(settled_at: datetime, now: datetime) -> str:
    """What a job that has ended is waiting for."""
    left = max(settled_at - now, timedelta(0))
    return f"waiting for CloudWatch's samples, {spoken_span(left, up=True)} left at most"


def silence_words(seen: Progress, now: datetime) -> str:
    """Since when nobody answers, when it is asked again, and the first sentence of why."""
    if seen.silence is None:
        return ""
    why = clean(seen.silence.why.split(". ")[0], _REASON_LIMIT)
    left = (seen.next_look_at or now) - now
    again = f"trying again in {spoken_span(left, up=True)}" if left > timedelta(0) else "asking now"
    return f"for {spoken_span(now - seen.silence.since)}, {again}: {why}"


def look_words(seen: Progress, now: datetime) -> str:
    """When the last answer came, and when the next look is due."""
    answered = f"{seen.answered_at:%H:%M:%S} UTC" if seen.answered_at else "none yet"
    if seen.next_look_at is None:
        return f"{answered}; {'judging' if seen.has_ended else 'asking'} now"
    return f"{answered}; next in {spoken_span(seen.next_look_at - now, up=True)}"


def spoken_span(span: timedelta, *, up: bool = False) -> str:
    """``45 s``, ``12 min``, ``2 h``, ``2 h 05 min``: rounded down, or ``up`` for what is left."""
    round_ = math.ceil if up else math.floor
    seconds = max(round_(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round_(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if rest else f"{hours} h"
