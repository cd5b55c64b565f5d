"""The page about one job, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.job import Snapshot
from recgate.domain.reading import Reading
from recgate.rendering.job_page.asked_for import asked_for
from recgate.rendering.job_page.chart import Bars, bars_of
from recgate.rendering.job_page.facts import description, facts
from recgate.rendering.job_page.failures import Failure, LoadTests, failure_of, load_tests
from recgate.rendering.job_page.parts import Fact, Figures
from recgate.rendering.job_page.recommendations import details, recommendations
from recgate.rendering.links import job_url, logs_url
from recgate.rendering.safe_text import clean, first
from recgate.rendering.story import LINE_LIMIT, LINES_LIMIT
from recgate.rendering.words import NAME_LIMIT


@dataclass(frozen=True, slots=True)
class JobPage:
    """Everything that the page says; None and empty where there is nothing to say.

    ``nothing`` stands in the place of the recommendations of a job that ended without any.
    ``warnings`` are about the figures, not about the job. No policy plays a part.
    """

    name: str
    status: str
    description: str
    facts: tuple[Fact, ...]
    failure: Failure | None
    recommendations: Figures | None
    details: Figures | None
    nothing: str
    bars: Bars | None
    load_tests: LoadTests
    asked_for: tuple[Fact, ...]
    warnings: tuple[str, ...]
    links: tuple[Fact, ...]


def job_page(snapshot: Snapshot, setup_times: Mapping[str, Reading], now: datetime) -> JobPage:
    """The page about a job as of ``now``. ``setup_times`` are by recommendation id."""
    table = recommendations(snapshot)
    return JobPage(
        name=clean(snapshot.job_name, NAME_LIMIT),
        status=snapshot.status.value,
        description=description(snapshot),
        facts=facts(snapshot, now),
        failure=failure_of(snapshot),
        recommendations=table,
        details=details(snapshot, setup_times),
        nothing=_nothing(snapshot) if table is None else "",
        bars=bars_of(snapshot),
        load_tests=load_tests(snapshot.steps),
        asked_for=asked_for(snapshot),
        warnings=_warnings(snapshot),
        links=_links(snapshot),
    )


def _nothing(snapshot: Snapshot) -> str:
    if snapshot.status.is_terminal:
        return "No recommendations: the job ended without any."
    return "No recommendations yet: SageMaker gives them when the job has ended."


def _warnings(snapshot: Snapshot) -> tuple[str, ...]:
    told = [clean(warning, LINE_LIMIT) for warning in snapshot.warnings]
    return tuple(first(told, LINES_LIMIT, thing="warnings"))


def _links(snapshot: Snapshot) -> tuple[Fact, ...]:
    found = (
        Fact("Console", job_url(snapshot), is_copied=True),
        Fact("Logs", logs_url(snapshot) if snapshot.failure_reason else "", is_copied=True),
    )
    return tuple(fact for fact in found if fact.value)
