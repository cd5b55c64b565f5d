"""Why a job or a load test failed: SageMaker's reason, and what it most likely means."""

from collections.abc import Sequence
from dataclasses import dataclass

from recgate.domain.job import JobStatus, Snapshot, Step
from recgate.rendering.advice.likely_cause import likely_cause
from recgate.rendering.safe_text import clean, clean_lines
from recgate.rendering.story import REASON_LIMIT
from recgate.rendering.words import NAME_LIMIT

NO_REASON = "SageMaker gave no reason."
STEPS_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """SageMaker's reason in lines, the likely cause in a sentence or two (empty: not known), and
    what to do next.
    """

    reason: tuple[str, ...]
    cause: str = ""
    next_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedTests:
    """The load tests that failed for one reason. ``title`` is the cause in a few words."""

    which: tuple[str, ...]
    failure: Failure
    title: str = ""


@dataclass(frozen=True, slots=True)
class LoadTests:
    """The load tests that call for a look: those that failed, by their reasons, and those under
    way. ``more`` of them are not told.
    """

    failed: tuple[FailedTests, ...] = ()
    running: tuple[str, ...] = ()
    more: int = 0


def failure_of(snapshot: Snapshot) -> Failure | None:
    """Why the job failed; None for one that did not and has no reason."""
    reason = snapshot.failure_reason or ""
    if not reason and snapshot.status is not JobStatus.FAILED:
        return None
    return explained(reason)


def explained(reason: str) -> Failure:
    """A reason with what is known about it."""
    lines = tuple(clean_lines(reason, REASON_LIMIT).splitlines()) or (NO_REASON,)
    known = likely_cause(reason)
    return Failure(lines, known.cause, known.next_steps) if known else Failure(lines)


def load_tests(steps: Sequence[Step]) -> LoadTests:
    """What the page about a job says of its load tests."""
    failed = [step for step in steps if step.status == JobStatus.FAILED]
    running = [step for step in steps if step.status in (JobStatus.IN_PROGRESS, JobStatus.STOPPING)]
    shown = running[:STEPS_LIMIT]
    return LoadTests(
        failed=by_reason(
            [(_what(step), step.failure_reason or "") for step in failed[:STEPS_LIMIT]]
        ),
        running=tuple(map(_what, shown)),
        more=max(len(failed) - STEPS_LIMIT, 0) + len(running) - len(shown),
    )


def by_reason(failed: Sequence[tuple[str, str]]) -> tuple[FailedTests, ...]:
    """Names and reasons, grouped by the reasons in the order in which they first come."""
    groups: dict[str, list[str]] = {}
    for name, reason in failed:
        groups.setdefault(reason, []).append(name)
    made = []
    for reason, names in groups.items():
        known = likely_cause(reason)
        made.append(FailedTests(tuple(names), explained(reason), known.title if known else ""))
    return tuple(made)


def _what(step: Step) -> str:
    kind, endpoint = step.instance_type, step.endpoint_name
    name = f"{kind} ({endpoint})" if kind and endpoint else kind or endpoint or "load test"
    return clean(name, 2 * NAME_LIMIT)
