"""The answers of `recgate doctor` as lines: what was not checked is told once for each reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recgate.domain.checkup import Health, Result
from recgate.rendering.checkup.document import FINDING_MAX, REMEDY_MAX, counts
from recgate.rendering.safe_text import clean

WITHOUT_AN_ACCOUNT = (
    "recgate demo",
    "recgate check --file examples/jobs/fraud-ranker-v14.json",
    "recgate policy validate",
    "recgate preview --file examples/jobs/fraud-ranker-v14.json",
)
"""What a new user can try before anything is configured."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer for people. ``remedy`` is '' where there is nothing to do."""

    health: Health
    subject: str
    finding: str
    remedy: str = ""


def checkup_lines(results: Sequence[Result]) -> Iterator[Line]:
    """What was looked at in its order, then what was not, by reason."""
    unlooked: dict[tuple[str, str], list[str]] = {}
    for result in results:
        about = clean(result.about, FINDING_MAX)
        subject = f"{result.id.value} {about}" if about else result.id.value
        finding = clean(result.finding, FINDING_MAX)
        remedy = clean(result.remedy, REMEDY_MAX)
        if result.health is Health.NOT_CHECKED:
            unlooked.setdefault((finding, remedy), []).append(subject)
        else:
            yield Line(result.health, subject, finding, remedy)
    for (finding, remedy), subjects in unlooked.items():
        yield Line(Health.NOT_CHECKED, ", ".join(subjects), finding, remedy)


def summary(results: Sequence[Result]) -> str:
    """How many there are of each state: ``9 ok, 1 warning, 4 not checked``."""
    return ", ".join(f"{count} {state}" for state, count in counts(results).items() if count)
