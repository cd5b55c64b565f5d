"""Finding recorded decisions, by the index that reads the least: never by going through it all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge

from recgate.domain.model_wanted import ModelWanted
from recgate.domain.recorded_decision import RecordedDecision, recorded_decision
from recgate.flows.job_stream import DECISION
from recgate.ports import DecisionIndex, Ledger, RecgateError, Recorded, job_stream

LOOK_BACK_DAYS = 30
"""How far back is looked where nobody says it and the ledger is asked day by day."""

MOST_DAYS = 400
"""Of how many days a ledger is asked at most, one after the other: a year and a month."""

_ARN = "arn:"


class RangeTooLong(RecgateError):
    """A ledger would be asked for more days, one by one, than anybody waits for."""


class LookBy(StrEnum):
    """By what index decisions are found."""

    MODEL = "model"
    JOB = "job"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class PolicyWanted:
    """A policy by its name, and the beginning of its revision's digest; empty: any revision."""

    name: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are wanted; what is not set leaves nothing out.

    ``job`` is an ARN or a name, and ``job_arns`` the ARNs that the name stands for, see
    `with_arns`. ``verdicts`` are verdicts, or FAILED and STOPPED. ``by`` is a
    part of the name of whoever started the job, or asked for or approved a waiver that was used.
    ``since`` is included and ``until`` is not; both are UTC.
    """

    model: ModelWanted | None = None
    job: str | None = None
    job_arns: tuple[str, ...] = ()
    policies: tuple[PolicyWanted, ...] = ()
    verdicts: frozenset[str] = frozenset()
    by: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, made: RecordedDecision) -> bool:
        """Whether a decision is one of these."""
        return (
            (self.model is None or self.model.is_exactly(made))
            and (self.job is None or self.job in (made.job_arn, made.job_name))
            and (not self.policies or any(_is_of(made, each) for each in self.policies))
            and (not self.verdicts or not self.verdicts.isdisjoint((made.word, made.verdict)))
            and (not self.by or any(self.by.casefold() in each for each in people_of(made)))
            and all(made.tags.get(name) == value for name, value in self.tags.items())
            and (self.since is None or made.recorded_at >= self.since)
            and (self.until is None or made.recorded_at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Look:
    """How decisions are looked for: by which index, and over what time.

    ``since`` None: from the beginning. ``is_default``: nobody said since when, and the whole
    history is not looked through.
    """

    by: LookBy
    since: datetime | None
    until: datetime | None
    is_default: bool = False


def with_arns(wanted: Wanted, arns: Sequence[str], ledger: Ledger) -> Wanted:
    """The same, with those of the ARNs under which anything was decided: a job that is wanted by
    its name is found there at once. ``arns`` is what its ARN would be wherever it may have run.

    Without one it is looked for as before. Raises LedgerUnavailable, LedgerRefused.
    """
    return replace(
        wanted, job_arns=tuple(arn for arn in arns if decisions_in(job_stream(arn), ledger))
    )


def look_for(wanted: Wanted, now: datetime, *, days: int = LOOK_BACK_DAYS) -> Look:
    """How to look for what is wanted: a model and a job whose ARN is known are found at once,
    however long ago; else the ledger is asked day by day, for the last ``days`` unless it is said.

    Raises RangeTooLong.
    """
    if wanted.model is not None:
        return Look(LookBy.MODEL, wanted.since, wanted.until)
    if _arns_of(wanted):
        return Look(LookBy.JOB, wanted.since, wanted.until)
    behind = min(wanted.until or now, now)
    since = wanted.since or behind - timedelta(days=days)
    asked = (behind.date() - since.date()).days + 1
    if asked > MOST_DAYS:
        raise RangeTooLong(
            f"From {since:%Y-%m-%d} to {behind:%Y-%m-%d} are {asked} days, and a ledger is asked "
            f"for one after the other, at most {MOST_DAYS}. Name a model or a job's ARN, whose "
            "decisions are found at once, or a shorter time (--since, --until)."
        )
    return Look(LookBy.DAY, since, wanted.until, is_default=wanted.since is None)


def found_decisions(
    wanted: Wanted, look: Look, *, ledger: Ledger, index: DecisionIndex, now: datetime
) -> Iterator[RecordedDecision]:
    """The decisions that are wanted, the newest first, read as they are asked for.

    Raises LedgerUnavailable and LedgerRefused.
    """
    for found in _looked_up(wanted, look, ledger=ledger, index=index, now=now):
        made = read(found)
        if (look.since is None or made.recorded_at >= look.since) and wanted.takes(made):
            yield made


def read(found: Recorded) -> RecordedDecision:
    """The decision in an entry, of whatever shape that is."""
    entry = found.entry
    return recorded_decision(found.stream, entry.key, entry.recorded_at, entry.body)


def decisions_in(stream: str, ledger: Ledger) -> tuple[Recorded, ...]:
    """The decisions in a job's stream, in its order. Raises LedgerUnavailable, LedgerRefused."""
    return tuple(Recorded(stream, each) for each in ledger.read(stream) if each.kind == DECISION)


def people_of(made: RecordedDecision) -> Iterator[str]:
    """The names, in small letters, of whoever started the job, or asked for or approved a waiver
    that was used.
    """
    created = made.created
    named = (created.by, created.person) if created else ()
    waivers = ((each.requested_by, each.approved_by) for each in made.waivers)
    for name in (*named, *(name for pair in waivers for name in pair)):
        if name:
            yield name.casefold()


def _is_of(made: RecordedDecision, wanted: PolicyWanted) -> bool:
    return any(
        each.policy == wanted.name and each.digest.startswith(wanted.revision)
        for each in made.policies
    )


def _looked_up(
    wanted: Wanted, look: Look, *, ledger: Ledger, index: DecisionIndex, now: datetime
) -> Iterable[Recorded]:
    if look.by is LookBy.MODEL and wanted.model is not None:
        return reversed(index.of_model(wanted.model.name, since=look.since, until=look.until))
    if look.by is LookBy.JOB:
        streams = [decisions_in(job_stream(arn), ledger) for arn in _arns_of(wanted)]
        # Each in its own order, whatever its clock did.
        return reversed(list(merge(*streams, key=lambda each: each.entry.recorded_at)))
    return _by_days(look, index, now)


def _arns_of(wanted: Wanted) -> tuple[str, ...]:
    """The ARNs of the job that is wanted, as far as they are known."""
    if wanted.job is not None and wanted.job.startswith(_ARN):
        return (wanted.job,)
    return wanted.job_arns


def _by_days(look: Look, index: DecisionIndex, now: datetime) -> Iterator[Recorded]:
    """The decisions of one day after the other, the last day first."""
    day = min(look.until or now, now).date()
    while look.since is not None and day >= look.since.date():
        yield from reversed(index.decided_on(day))
        day -= timedelta(days=1)
