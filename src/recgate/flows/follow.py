"""Following one job: look, wait, look again, until it has ended and is judged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from recgate.domain.canonical import Json
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice
from recgate.domain.progress import Progress, Silence
from recgate.flows.check import NotEnded, SamplesMissing, check
from recgate.flows.parts import CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import CannotTellYet, JobSourceRefused, JobState

EVERY_S = 15.0
"""How often to look at a running job, unless told otherwise."""

_LONGEST_PAUSE_S = 120.0
"""How long to wait at most before asking again what got no answer."""

_SHORTEST_PAUSE_S = 1.0
_MOST_DOUBLINGS = 10


class ProgressSource(Protocol):
    """What is to be known of a running job beside its description."""

    def benchmarks(self, job_name: str) -> Sequence[Mapping[str, Json]]:
        """The steps of the job that the source lists so far, in the canonical form.

        Empty when it knows none. Raises JobSourceBusy, JobSourceRefused.
        """
        ...

    def durations(self, job_type: str) -> Sequence[timedelta]:
        """How long the account's last completed jobs of a type took, the newest first.

        Raises JobSourceBusy, JobSourceRefused.
        """
        ...


@dataclass(frozen=True, slots=True)
class FollowParts:
    """Everything that following a job needs from outside; ``wait`` lets so many seconds pass."""

    check: CheckParts
    progress: ProgressSource
    wait: Callable[[float], None]
    every_s: float = EVERY_S


def follow(notice: JobNotice, parts: FollowParts) -> Iterator[Progress | Checked]:
    """Yield what is known of the job after every look, and last its verdict.

    What may be answered later (CannotTellYet) is asked again, less and less often, for ever.
    Raises the permanent errors of the ports: JobNotFound, JobSourceRefused, JobUnusable.
    """
    seen = Progress(notice.job_name)
    while True:
        yield replace(seen, pause_s=None)
        seen = _look(seen, notice, parts)
        if seen.has_ended and seen.silence is None:
            yield seen
            answer = _judge(seen, notice, parts)
            if isinstance(answer, Checked):
                yield answer
                return
            seen = answer
        yield seen
        parts.wait(seen.pause_s or 0)


def _look(seen: Progress, notice: JobNotice, parts: FollowParts) -> Progress:
    """What is known after a look at the job; there is no pause after its end."""
    try:
        state = parts.check.jobs.state(notice)
        job = _described(state, parts.progress.benchmarks(state.job_name), parts)
    except CannotTellYet as busy:
        return _unanswered(seen, busy, parts)
    now = parts.check.clock()
    return replace(
        seen,
        job=job,
        answered_at=now,
        durations=_durations(seen, job, parts),
        silence=None,
        settled_at=seen.settled_at if job.status.is_terminal else None,
        looked_at=now,
        pause_s=None if job.status.is_terminal else parts.every_s,
    )


def _described(
    state: JobState, steps: Sequence[Mapping[str, Json]], parts: FollowParts
) -> Snapshot:
    """The state and its benchmarks as a snapshot: for looking at, not the one that is judged."""
    document: dict[str, Json] = {
        "schema": 1,
        "job": dict(state.response),
        "tags": None,
        "steps": [dict(step) for step in steps],
        "called": state.job_name,
    }
    return parts.check.read_snapshot(document)


def _durations(seen: Progress, job: Snapshot, parts: FollowParts) -> tuple[timedelta, ...] | None:
    """How long jobs like this one took: asked until it is answered, then never again.

    It is worth having and nothing hangs on it, so who may not ask does without.
    """
    if seen.durations is not None or job.job_type is None or job.status.is_terminal:
        return seen.durations
    try:
        return tuple(parts.progress.durations(job.job_type))
    except JobSourceRefused:
        return ()
    except CannotTellYet:
        return None


def _judge(seen: Progress, notice: JobNotice, parts: FollowParts) -> Checked | Progress:
    """The verdict, or what is known while it cannot be given yet."""
    try:
        result = check(notice, parts.check)
    except SamplesMissing as early:
        ended = seen.job.ended_at if seen.job else None
        return replace(
            seen,
            settled_at=ended + parts.check.settling if ended else None,
            looked_at=parts.check.clock(),
            pause_s=max(early.after_s or parts.every_s, _SHORTEST_PAUSE_S),
        )
    except CannotTellYet as busy:
        return _unanswered(seen, busy, parts)
    if isinstance(result, NotEnded):
        # Another job of the name has begun between the two looks: it is followed then.
        return replace(seen, looked_at=parts.check.clock(), pause_s=parts.every_s)
    return result


def _unanswered(seen: Progress, busy: CannotTellYet, parts: FollowParts) -> Progress:
    """What is known when nobody answers: what it was, and each time a longer pause."""
    now = parts.check.clock()
    before = seen.silence or Silence(now, 0, "")
    pause_s = parts.every_s * 2 ** min(before.attempts, _MOST_DOUBLINGS)
    return replace(
        seen,
        silence=Silence(before.since, before.attempts + 1, str(busy)),
        looked_at=now,
        pause_s=min(pause_s, max(_LONGEST_PAUSE_S, parts.every_s)),
    )
