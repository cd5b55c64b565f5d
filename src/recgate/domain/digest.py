"""What was decided in a day or a week, in figures and names."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from recgate.domain.limits import Finding
from recgate.domain.recorded_verdict import RecordedVerdict
from recgate.domain.waiver import Waiver

_SUNDAY = 6
"""`date.weekday` of the last day of a week (ISO 8601)."""


class Rhythm(StrEnum):
    """How often a route wants a digest."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, the first and the last included."""

    rhythm: Rhythm
    first: date
    last: date

    @property
    def key(self) -> str:
        """What sets its digest apart from every other: ``digest:weekly:2026-11-16``."""
        return f"digest:{self.rhythm}:{self.first.isoformat()}"

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        span = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=day) for day in range(span))

    @property
    def before(self) -> "Period":
        """The period of the same length that ends on the day before."""
        return period_ending(self.first - timedelta(days=1), self.rhythm)


def period_ending(last: date, rhythm: Rhythm) -> Period:
    """The day, or the seven days, that end with this one."""
    length = 1 if rhythm is Rhythm.DAILY else 7
    return Period(rhythm, last - timedelta(days=length - 1), last)


def periods_due(today: date) -> tuple[Period, ...]:
    """The periods that ended with the day before ``today`` (UTC): the day, and on Mondays the
    week from Monday to Sunday.
    """
    last = today - timedelta(days=1)
    rhythms = (Rhythm.DAILY, Rhythm.WEEKLY) if last.weekday() == _SUNDAY else (Rhythm.DAILY,)
    return tuple(period_ending(last, rhythm) for rhythm in rhythms)


@dataclass(frozen=True, slots=True)
class DigestDue:
    """The word of a schedule that it is time for the digests of what ended before ``at`` (UTC).

    ``event_id`` is the id of the message that says so, as far as it has one.
    """

    at: datetime
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job whose last decision keeps the gate closed, so that somebody has to decide.

    ``verdict`` is a verdict, or FAILED or STOPPED as messages say it of a job that ended so.
    ``broken`` is the first limit that gave the verdict (``broken_more`` counts the others), None
    where no limit did; then ``reason`` says why. Names and reasons are untrusted.
    ``since`` (UTC) is when the gate was first found closed without having been open after that,
    as far back as the digest looks.
    """

    model: str
    job_name: str
    verdict: str
    since: datetime
    broken: Finding | None = None
    broken_more: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """What the approved configurations cost together.

    Each model counts once, with the configuration that its latest decision with an open gate
    chose: a new version of a model takes the place of the one before.
    ``unpriced`` are those whose cost per hour is not known and so not in the sum.
    """

    models: int
    cost_per_hour_usd: float
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """A period's decisions: each job counts once, with its last one.

    ``counts`` has a verdict, or FAILED or STOPPED for jobs that ended so, and never a 0.
    ``waiting`` has the worst first. ``approved_since`` are closed gates that are not in it: a
    later decision in the period opened the gate for the same version of the model.
    ``before`` is what had been approved in the period before, None when nothing was decided
    then. ``ending`` are the waivers whose end is near on the day that it is told.
    """

    period: Period
    counts: Mapping[str, int]
    waiting: tuple[Waiting, ...]
    approved: Approved
    before: Approved | None = None
    approved_since: int = 0
    ending: tuple[Waiver, ...] = ()

    @property
    def jobs(self) -> int:
        """How many jobs were decided on."""
        return sum(self.counts.values())


def digest_of(
    period: Period, decisions: Iterable[RecordedVerdict], before: Iterable[RecordedVerdict]
) -> Digest:
    """The digest of the decisions of a period; ``before`` are those of the period before."""
    during, earlier = _in_time(decisions), _in_time(before)
    last, last_before = _last_of_each_job(during), _last_of_each_job(earlier)
    since = _closed_since([*earlier, *during])
    approved_at = {made.version: made.recorded_at for made in last if made.is_open}
    closed = [made for made in last if not made.is_open]
    waiting = [
        made
        for made in closed
        if made.recorded_at >= approved_at.get(made.version, made.recorded_at)
    ]
    return Digest(
        period=period,
        counts=Counter(made.word for made in last),
        waiting=tuple(
            Waiting(
                model=made.model,
                job_name=made.job_name,
                verdict=made.word,
                since=since[made.stream],
                broken=made.broken,
                broken_more=made.broken_more,
                reason=made.reason,
            )
            for made in sorted(
                waiting, key=lambda made: (-made.gravity, since[made.stream], made.stream)
            )
        ),
        approved=_approved(last),
        before=_approved(last_before) if last_before else None,
        approved_since=len(closed) - len(waiting),
    )


def _in_time(decisions: Iterable[RecordedVerdict]) -> list[RecordedVerdict]:
    return sorted(decisions, key=lambda made: made.recorded_at)


def _last_of_each_job(in_time: Sequence[RecordedVerdict]) -> list[RecordedVerdict]:
    """Each job's last decision, in the order of their times."""
    return _in_time({made.stream: made for made in in_time}.values())


def _closed_since(in_time: Sequence[RecordedVerdict]) -> dict[str, datetime]:
    """When each job's gate was found closed that is closed now."""
    since: dict[str, datetime] = {}
    for made in in_time:
        if made.is_open:
            since.pop(made.stream, None)
        else:
            since.setdefault(made.stream, made.recorded_at)
    return since


def _approved(last: Iterable[RecordedVerdict]) -> Approved:
    prices = {made.family: made.cost_per_hour_usd for made in last if made.is_open}
    known = [price for price in prices.values() if price is not None]
    # Exact: the records hold decimals, and a sum of binary fractions would show its errors.
    total = float(sum(known, Decimal(0)))
    return Approved(len(prices), total, unpriced=len(prices) - len(known))
