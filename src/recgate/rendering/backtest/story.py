"""What a backtest says, before anybody decides how it looks.

Every string is cleaned and cut, and is still untrusted: a medium that reads markup escapes it.
"""

from dataclasses import dataclass

from recgate.domain.backtest import Answer, Backtest, Change, Direction
from recgate.rendering.backtest.because import because
from recgate.rendering.backtest.cost import cost_words, unpriced_words, usd
from recgate.rendering.backtest.matrix import Matrix, matrix_of
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, spoken

REASON_LIMIT = 300

_MANY = {
    Direction.OPENS: ("gate opens", "gates open"),
    Direction.CLOSES: ("gate closes", "gates close"),
    Direction.OTHER_VERDICT: ("other change of verdict", "other changes of verdict"),
    Direction.OTHER_CONFIGURATION: (
        "same verdict with another configuration",
        "same verdicts with another configuration",
    ),
}
HEADINGS = ("Change", "Job", "Verdict", "Configuration", "Cost/hour", "Because")
"""Of the columns of a `ChangeRow`."""
LIMIT_HEADINGS = ("Policy", "Limit", "Opens", "Closes", "Other")
"""Of the columns of a `LimitRow`."""
TOTAL = "overall"
"""The name of the matrix over all policies."""


@dataclass(frozen=True, slots=True)
class About:
    """What was judged, by what, and on which day. ``old`` None: there is no comparison."""

    new: str
    old: str | None
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change in a line of a table."""

    direction: Direction
    job: str
    verdict: str
    configuration: str
    cost: str
    because: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells, under `HEADINGS`."""
        word = self.direction.value
        return word, self.job, self.verdict, self.configuration, self.cost, self.because


@dataclass(frozen=True, slots=True)
class LimitRow:
    """For how many changes a limit is responsible."""

    policy: str
    limit: str
    opens: int
    closes: int
    other: int

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells, under `LIMIT_HEADINGS`."""
        return self.policy, self.limit, *(map(str, (self.opens, self.closes, self.other)))


@dataclass(frozen=True, slots=True)
class BacktestStory:
    """All that is said, in its order. ``matrices`` has the overall verdicts first."""

    title: str
    about: str
    cost: str
    notes: tuple[str, ...]
    rows: tuple[ChangeRow, ...]
    rows_left_out: int
    limits: tuple[LimitRow, ...]
    matrices: tuple[Matrix, ...]
    not_judged: tuple[str, ...]
    not_judged_left_out: int
    is_compared: bool

    @property
    def told_matrices(self) -> tuple[Matrix, ...]:
        """The overall one, and those of the policies whose verdicts change (or all of them,
        without a comparison).
        """
        overall, *policies = self.matrices
        return (overall, *(each for each in policies if not (each.is_still and self.is_compared)))

    @property
    def still_policies(self) -> str:
        """The names of the policies no verdict of which changes; empty without a comparison."""
        policies = self.matrices[1:] if self.is_compared else ()
        return ", ".join(each.name for each in policies if each.is_still)


def backtest_story(found: Backtest, about: About, *, limit: int) -> BacktestStory:
    """The story of a backtest; at most ``limit`` changes, and as many jobs not judged."""
    return BacktestStory(
        title=title_of(found),
        about=_about(found, about),
        cost=cost_words(found),
        notes=unpriced_words(found),
        rows=tuple(_row(change) for change in found.changes[:limit]),
        rows_left_out=max(len(found.changes) - limit, 0),
        limits=tuple(_limits(found)),
        matrices=(
            matrix_of(TOTAL, found.verdicts, compared=found.compared),
            *(
                matrix_of(clean(name, NAME_LIMIT), shifts, compared=found.compared)
                for name, shifts in found.policies.items()
            ),
        ),
        not_judged=tuple(
            clean(f"{job.place}: {job.reason.removeprefix(f'{job.place}: ')}", REASON_LIMIT)
            for job in found.not_judged[:limit]
        ),
        not_judged_left_out=max(len(found.not_judged) - limit, 0),
        is_compared=found.compared,
    )


def title_of(found: Backtest) -> str:
    """``2 of 6 answers change: 1 gate opens, 1 gate closes``."""
    if not found.compared:
        return f"{_jobs(found.judged)} judged"
    if not found.changed:
        return f"No answer changes ({_jobs(found.judged)} judged again)"
    parts = [
        f"{count} {_MANY[way][count != 1]}"
        for way, count in found.directions.items()
        if way in _MANY
    ]
    changes = "changes" if found.changed == 1 else "change"
    return f"{found.changed:,} of {found.judged:,} answers {changes}: {', '.join(parts)}"


def _jobs(count: int) -> str:
    return f"{count:,} job{'' if count == 1 else 's'}"


def _about(found: Backtest, about: About) -> str:
    old = f", compared with {about.old}" if about.old is not None else ""
    return clean(f"{about.new}{old}; {_jobs(found.judged)} {about.source}; {about.day}", 400)


def _row(change: Change) -> ChangeRow:
    return ChangeRow(
        direction=change.direction,
        job=clean(change.job_name, NAME_LIMIT),
        verdict=_shift(spoken(change.before.verdict), spoken(change.after.verdict)),
        configuration=_shift(
            clean(change.configuration_before, NAME_LIMIT) or "none",
            clean(change.configuration_after, NAME_LIMIT) or "none",
        ),
        cost=_shift(_price(change.before), _price(change.after)),
        because=because(change),
    )


def _shift(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _price(answer: Answer) -> str:
    if answer.approved is None:
        return "none"
    cost = answer.approved.cost_per_hour_usd
    return "not known" if cost is None else usd(cost)


def _limits(found: Backtest) -> list[LimitRow]:
    return [
        LimitRow(
            clean(policy, NAME_LIMIT),
            clean(limit, NAME_LIMIT),
            counts.get(Direction.OPENS, 0),
            counts.get(Direction.CLOSES, 0),
            sum(count for way, count in counts.items() if not way.moves_gate),
        )
        for (policy, limit), counts in found.limits.items()
    ]
