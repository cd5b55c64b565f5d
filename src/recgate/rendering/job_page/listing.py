"""Listed jobs in rows and words, and the filters that were in force."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from recgate.domain.job_query import JobQuery, SortBy
from recgate.domain.status_change import ListedJob
from recgate.rendering.job_page.parts import Figures, Heading, missing
from recgate.rendering.progress_words import spoken_span
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time
from recgate.rendering.words import NAME_LIMIT

_REASON = 72
_FILTER = 100
_STATUS = 20
_WHY = Heading(("Why it failed",), is_figure=False)


def listed(jobs: Sequence[ListedJob], now: datetime) -> Figures:
    """The jobs as rows, in their order, with all that a list tells of them."""
    return Figures(
        headings=_headings("Job", "Status", "Type", "Started (UTC)", "Took", "Model"),
        rows=tuple(
            (*_lead(job), _type(job), _started(job), _took(job, now), model_of(job)) for job in jobs
        ),
        aside=_WHY if any(job.failure_reason for job in jobs) else None,
        asides=tuple(_reason(job) for job in jobs),
    )


def narrowly_listed(jobs: Sequence[ListedJob], now: datetime) -> Figures:
    """The same for a narrow screen: type, model and reason stand below each row."""
    below = ((f"{_type(job)}, {model_of(job)}", _reason(job)) for job in jobs)
    return Figures(
        headings=_headings("Job", "Status", "Started (UTC)", "Took"),
        rows=tuple((*_lead(job), _started(job), _took(job, now)) for job in jobs),
        asides=tuple(": ".join(part for part in parts if part) for parts in below),
    )


def took(job: ListedJob, now: datetime) -> timedelta:
    """How long the job ran, or has run until now; never negative.

    SageMaker seldom gives a CompletionTime: the last change is the end then.
    """
    until = job.completed_at or (job.modified_at if job.has_ended else now)
    return max(until - job.created_at, timedelta(0))


def model_of(job: ListedJob) -> str:
    """``fraud-ranker v14``, the name of a model, or that there is none."""
    if job.model_package_arn:
        group, _, version = job.model_package_arn.partition(":model-package/")[2].partition("/")
        return clean(f"{group} v{version}" if version else group, NAME_LIMIT) or missing()
    return clean(job.model_name or "", NAME_LIMIT) or missing()


def filter_words(query: JobQuery) -> str:
    """``with status FAILED, whose name contains "x"``; empty when every job was asked for."""
    return ", ".join(_filters(query))


def order_words(query: JobQuery) -> str:
    """``the newest first``."""
    if query.sort_by is SortBy.CREATED:
        return "the newest first" if query.is_descending else "the oldest first"
    return f"by {query.sort_by}{', descending' if query.is_descending else ''}"


def _headings(*words: str) -> tuple[Heading, ...]:
    return tuple(Heading((each,), is_figure=False) for each in words)


def _lead(job: ListedJob) -> tuple[str, str]:
    return clean(job.name, NAME_LIMIT), clean(job.status, _STATUS)


def _type(job: ListedJob) -> str:
    return clean(job.job_type or "", _STATUS) or missing()


def _started(job: ListedJob) -> str:
    return f"{job.created_at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _took(job: ListedJob, now: datetime) -> str:
    ran = spoken_span(took(job, now))
    return ran if job.has_ended else f"{ran} so far"


def _reason(job: ListedJob) -> str:
    return clean(job.failure_reason or "", _REASON)


def _filters(query: JobQuery) -> Iterator[str]:
    if query.statuses:
        yield f"with status {' or '.join(clean(status, _STATUS) for status in query.statuses)}"
    if query.name_contains:
        yield f'whose name contains "{clean(query.name_contains, _FILTER)}"'
    if query.model_name:
        yield f'for model "{clean(query.model_name, _FILTER)}"'
    if query.model_package_arn:
        yield f'for model package "{clean(query.model_package_arn, 2 * _FILTER)}"'
    for what, after, before in (
        ("created", query.created_after, query.created_before),
        ("last modified", query.modified_after, query.modified_before),
    ):
        bounds = [
            f"{word} {spoken_time(moment)}"
            for word, moment in (("since", after), ("until", before))
            if moment is not None
        ]
        if bounds:
            yield f"{what} {' and '.join(bounds)}"
