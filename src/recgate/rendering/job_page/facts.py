"""What a job is: names, times, model, tags."""

from datetime import datetime

from recgate.domain.job import Snapshot
from recgate.domain.progress import Progress
from recgate.rendering.job_page.parts import Fact, missing
from recgate.rendering.progress_words import (
    benchmark_words,
    spoken_span,
    time_words,
    usual_words,
)
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time
from recgate.rendering.words import NAME_LIMIT

_LONG = 300
_TAGS = 2_000
"""SageMaker allows 50 tags of up to 384 characters; more than this is no page."""


def facts(snapshot: Snapshot, now: datetime) -> tuple[Fact, ...]:
    """The facts, in the order in which a person asks for them; empty ones are left out."""
    job = snapshot.describe
    found = (
        Fact("ARN", _text(snapshot.job_arn) or missing("not known"), is_copied=True),
        Fact("Type", _text(snapshot.job_type) or missing()),
        Fact("Model", _model(snapshot)),
        Fact("", _text(snapshot.model_package_arn), is_copied=True),
        Fact("Created", _created(snapshot)),
        Fact("Ended", _ended(snapshot)),
        *_time(snapshot, now),
        Fact("Role", _text(job.get("RoleArn")), is_copied=True),
        Fact("Tags", _tags(snapshot)),
    )
    return tuple(fact for fact in found if fact.value)


def description(snapshot: Snapshot) -> str:
    """What whoever made the job wrote about it; empty when they wrote nothing."""
    return _text(snapshot.describe.get("JobDescription"))


def _text(value: object) -> str:
    return clean(value, _LONG) if isinstance(value, str) else ""


def _model(snapshot: Snapshot) -> str:
    if not snapshot.model_package_arn and not snapshot.model_name:
        return missing()
    package = snapshot.model_package_arn
    if package and not snapshot.model_package_group:
        return clean(package.rsplit("/", 1)[-1], NAME_LIMIT)
    return clean(snapshot.model, NAME_LIMIT)


def _created(snapshot: Snapshot) -> str:
    return spoken_time(snapshot.created_at) if snapshot.created_at else missing()


def _ended(snapshot: Snapshot) -> str:
    """When it ended; where SageMaker gave no CompletionTime, its last change is that."""
    if not snapshot.status.is_terminal:
        return ""
    if snapshot.ended_at is None:
        return missing()
    named = snapshot.describe.get("CompletionTime") is not None
    return spoken_time(snapshot.ended_at) + ("" if named else " (its last change)")


def _time(snapshot: Snapshot, now: datetime) -> tuple[Fact, ...]:
    """How long it took; of a running job how far it is, and what is usual."""
    seen = Progress(snapshot.job_name, job=snapshot)
    elapsed = seen.elapsed(now)
    took = Fact("Duration", missing() if elapsed is None else spoken_span(elapsed))
    tests = Fact("Load tests", _load_tests(seen))
    if seen.has_ended:
        return took, tests
    so_far = Fact("Duration", time_words(seen, now) or missing())
    usual = Fact("Usual", usual_words(seen.usual) if seen.usual else "")
    return so_far, usual, tests


def _load_tests(seen: Progress) -> str:
    """How many there were; of a recorded job there may be those only that failed."""
    job, counts = seen.job, seen.benchmarks
    if job is None or counts is None:
        return ""
    if not job.steps and job.document.get("steps") is None:
        return missing("not known")
    if seen.has_ended and len(job.steps) < len(job.candidates):
        failed = f", {len(counts.failed)} failed" if counts.failed else ""
        return f"{len(job.steps)} recorded{failed}; there were more"
    return benchmark_words(counts, ended=seen.has_ended)


def _tags(snapshot: Snapshot) -> str:
    if snapshot.tags is None:
        return missing("not known")
    tags = ", ".join(f"{key}={value}" for key, value in sorted(snapshot.tags.items()))
    return clean(tags, _TAGS) or "none"
