"""What is approved for each model, now or on a day of the past."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.approval import ModelApprovals, approvals
from recgate.domain.model_wanted import ModelWanted
from recgate.domain.recorded_decision import RecordedDecision
from recgate.flows.evidence.find import Wanted, decisions_in, found_decisions, look_for, read
from recgate.ports import DecisionIndex, Ledger

LOOK_BACK_DAYS = 90
"""How far back models are looked for where nobody says it. What was decided about a model that
is found is read from its beginning.
"""


@dataclass(frozen=True, slots=True)
class Approved:
    """The approvals of the models that were asked for, by the models' names.

    ``since`` is from when on a model must have been decided on to be among them, None where one
    was asked for by name; ``is_default``: nobody said since when.
    """

    models: tuple[ModelApprovals, ...]
    since: datetime | None
    is_default: bool


def approved(
    *,
    model: ModelWanted | None,
    since: datetime | None,
    until: datetime | None,
    ledger: Ledger,
    index: DecisionIndex,
    now: datetime,
) -> Approved:
    """What was approved before ``until`` (None: now) for one model, or for each model that was
    decided on from ``since`` on.

    Raises RangeTooLong, LedgerUnavailable, LedgerRefused.
    """
    wanted = Wanted(model, since=None if model else since, until=until)
    look = look_for(wanted, now, days=LOOK_BACK_DAYS)
    if model is None:
        lately = list(found_decisions(wanted, look, ledger=ledger, index=index, now=now))
        names = {made.model for made in lately}
    else:
        lately, names = [], {model.name}
    told = {made.family for made in lately}
    streams = _by_streams(
        read(found)
        for name in sorted(name for name in names if name is not None)
        for found in index.of_model(name, until=until)
    )
    # A job that names no model is known by its stream alone.
    streams |= {made.stream: () for made in lately if made.model is None}
    models = _settled(streams, ledger, until)
    return Approved(
        tuple(
            each
            for each in models
            if (model.is_about(each.last) if model is not None else each.family in told)
        ),
        look.since,
        look.is_default,
    )


def _by_streams(decisions: Iterable[RecordedDecision]) -> dict[str, Sequence[RecordedDecision]]:
    streams: dict[str, list[RecordedDecision]] = {}
    for made in decisions:
        streams.setdefault(made.stream, []).append(made)
    return dict(streams)


def _settled(
    streams: Mapping[str, Sequence[RecordedDecision]], ledger: Ledger, until: datetime | None
) -> tuple[ModelApprovals, ...]:
    """The approvals, with the stream itself of every job on which something hangs: one that an
    approval in force rests on, the last one that was decided on about a model, and one that was
    decided in several ways.

    The index may be moments behind, and knows nothing of the order in a stream but the times: a
    decision that takes an approval away, or gives it back, is not to be missed for either.
    """
    known, checked = dict(streams), set[str]()
    unread = {stream for stream, made in known.items() if not made or _went_both_ways(made)}
    while True:
        for stream in unread:
            known[stream] = tuple(
                made
                for made in map(read, decisions_in(stream, ledger))
                if until is None or made.recorded_at < until
            )
        checked |= unread
        found = approvals(made for decisions in known.values() for made in decisions)
        in_force = {each.in_force.decision.stream for each in found if each.in_force is not None}
        unread = (in_force | {each.last.stream for each in found}) - checked
        if not unread:
            return found


def _went_both_ways(decisions: Sequence[RecordedDecision]) -> bool:
    """Whether it matters which of a job's decisions is the last one."""
    return len({(made.is_open, made.family) for made in decisions}) > 1
