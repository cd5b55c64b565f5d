"""What a digest says, before anybody decides how it looks.

Every string is cleaned and cut, and is still untrusted: a medium that reads markup escapes it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from recgate.domain.digest import Approved, Digest, Period, Rhythm, Waiting
from recgate.domain.reading import comparable
from recgate.domain.telling import DigestTelling
from recgate.rendering.amounts import distinct, number, with_unit
from recgate.rendering.safe_text import clean
from recgate.rendering.stand_in import stand_in_words
from recgate.rendering.waiver_words import bound_words, day_words, scope_words
from recgate.rendering.words import NAME_LIMIT, brief_words

_WHY_LIMIT = 120
_USD = "USD"

_COUNTED = {
    "PASS": "passed",
    "WARN": "passed with warnings",
    "WAIVED": "waived",
    "FAIL": "failed",
    "FAILED": "failed in SageMaker",
    "ERROR": "could not be judged",
    "UNKNOWN": "undecided",
    "WOULD_FAIL": "would fail (observed only)",
    "NO_RESULT": "without a result",
    "STOPPED": "stopped",
    "UNCOVERED": "without a policy",
}
"""What is said after the number of jobs with each verdict, in the order in which it is said."""

_WAIVERS = 3
"""So many waivers that end soon are named."""

HEADINGS = ("Needs a decision", "Verdict", "Since")
"""Of the three columns of a `WaitingRow`."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One closed gate: ``support-summarizer v3``, ``FAIL: cost/hour +61%``, ``Tue 17 Nov``."""

    name: str
    verdict: str
    since: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What is approved, in three pieces so that the amount can stand out; it may be empty."""

    lead: str
    amount: str = ""
    tail: str = ""

    def __str__(self) -> str:
        return f"{self.lead}{self.amount}{self.tail}"


@dataclass(frozen=True, slots=True)
class DigestStory:
    """Everything that a digest says, in the order in which it says it.

    ``counts`` is empty when nothing was decided in the period; then ``title`` and ``nothing``
    say all there is. ``about`` says how to read it. ``stood_in`` says which route refused the
    message before this one.
    """

    title: str
    counts: tuple[str, ...]
    nothing: str
    cost: Cost | None
    rows: tuple[WaitingRow, ...]
    notes: tuple[str, ...]
    stood_in: tuple[str, ...]
    about: str

    @property
    def brief(self) -> str:
        """The counts in one line, for a subject and a phone."""
        return f"{self.title}: {', '.join(self.counts) or self.nothing}"

    @property
    def headline(self) -> str:
        """All figures in one line, for a push text."""
        return f"{self.brief}. {self.cost}" if self.cost else self.brief


def digest_story(telling: DigestTelling) -> DigestStory:
    """The story of a digest."""
    digest = telling.digest
    return DigestStory(
        title=f"Inference policy, {spoken_period(digest.period)}",
        counts=tuple(
            f"{digest.counts[word]} {said}"
            for word, said in _COUNTED.items()
            if digest.counts.get(word)
        )
        + _ending(digest),
        nothing="" if digest.jobs or digest.ending else "no decision",
        cost=_cost(digest),
        rows=_rows(digest),
        notes=_notes(digest),
        stood_in=tuple(stand_in_words(each) for each in telling.stands_in_for),
        about=_about(digest),
    )


def spoken_period(period: Period) -> str:
    """``21 Nov 2026``, ``16 to 22 Nov 2026``, ``28 Dec 2026 to 3 Jan 2027``."""
    first, last = period.first, period.last
    if first == last:
        return _day(last, "%b %Y")
    if first.year != last.year:
        return f"{_day(first, '%b %Y')} to {_day(last, '%b %Y')}"
    beginning = str(first.day) if first.month == last.month else _day(first, "%b")
    return f"{beginning} to {_day(last, '%b %Y')}"


def why(waiting: Waiting) -> str:
    """Why a gate is closed, in a few words: ``cost/hour +61% and 1 more``; may be empty."""
    if waiting.broken is None:
        return clean(waiting.reason, _WHY_LIMIT)
    more = f" and {waiting.broken_more} more" if waiting.broken_more else ""
    return clean(brief_words(waiting.broken), _WHY_LIMIT) + more


def _day(day: date, rest: str) -> str:
    return f"{day.day} {day.strftime(rest)}"


def _rows(digest: Digest) -> tuple[WaitingRow, ...]:
    models = Counter(waiting.model for waiting in digest.waiting)
    return tuple(
        WaitingRow(
            _name(waiting, alone=models[waiting.model] == 1),
            ": ".join(filter(None, (waiting.verdict.replace("_", " "), why(waiting)))),
            _since(waiting.since, digest.period),
        )
        for waiting in digest.waiting
    )


def _name(waiting: Waiting, *, alone: bool) -> str:
    """The model; with the job's name where two jobs are about the same one."""
    model, job = clean(waiting.model, NAME_LIMIT), clean(waiting.job_name, NAME_LIMIT)
    if alone or model == job:
        return model or job or "job without a name"
    return f"{model} ({job})"


def _since(since: datetime, period: Period) -> str:
    """The day, or in a digest of that very day the time."""
    if period.rhythm is Rhythm.DAILY and since.date() == period.last:
        return f"{since:%H:%M} UTC"
    return f"{since:%a} {_day(since.date(), '%b')}"


def _cost(digest: Digest) -> Cost | None:
    """The cost of what is approved, and how it changed; None when that would say nothing."""
    now, before = digest.approved, digest.before
    span = "day" if digest.period.rhythm is Rhythm.DAILY else "week"
    if not now.models:
        return Cost("No configuration was approved") if digest.jobs else None
    plural = now.models != 1
    configurations = f"{now.models} approved configuration{'s' if plural else ''}"
    if now.unpriced == now.models:
        return Cost(f"The price of the {configurations} is not known")
    old = before.cost_per_hour_usd if before and _is_whole(before) and _is_whole(now) else None
    amounts = [now.cost_per_hour_usd, *([] if old is None else [old])]
    written = distinct(amounts, _USD)[comparable(now.cost_per_hour_usd)]
    return Cost(
        f"{configurations} cost{'' if plural else 's'} ",
        f"{with_unit(written, _USD)}/h",
        "" if old is None else f", {_change(now.cost_per_hour_usd, old)} the {span} before",
    )


def _is_whole(approved: Approved) -> bool:
    """Whether the sum leaves nothing out: only then may it be compared."""
    return approved.models > 0 and not approved.unpriced


def _change(now: float, before: float) -> str:
    difference = comparable(now - before)
    if comparable(now) == comparable(before):
        return "as much as"
    told = with_unit(number(abs(difference), _USD), _USD)
    return f"{told}/h {'more' if difference > 0 else 'less'} than"


def _ending(digest: Digest) -> tuple[str, ...]:
    """``2 waivers end soon``."""
    count = len(digest.ending)
    if not count:
        return ()
    return ("1 waiver ends soon",) if count == 1 else (f"{count} waivers end soon",)


def _notes(digest: Digest) -> tuple[str, ...]:
    notes = [
        f"Waiver {clean(waiver.id, NAME_LIMIT)} holds until {day_words(waiver.expires)}: "
        f"{bound_words(waiver)} for {scope_words(waiver)}"
        for waiver in digest.ending[:_WAIVERS]
    ]
    if len(digest.ending) > _WAIVERS:
        notes.append(f"{len(digest.ending) - _WAIVERS} more waivers end soon: recgate waiver list")
    unpriced, since = digest.approved.unpriced, digest.approved_since
    if 0 < unpriced < digest.approved.models:
        notes.append(f"The price of {unpriced} of them is not known and not in the sum")
    if since:
        jobs = "1 more gate was" if since == 1 else f"{since} more gates were"
        notes.append(f"{jobs} closed, and opened by a later decision about the same model")
    return tuple(notes)


def _about(digest: Digest) -> str:
    if not digest.jobs:
        return "This comes all the same, so that silence is not taken for peace"
    return (
        "Days are in UTC; each job counts once, by its last decision. digest: and on: in "
        "routes.yaml say how often this comes, and what is posted at once"
    )
