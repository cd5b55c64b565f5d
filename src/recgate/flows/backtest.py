"""Judging again: every job by the new policies, beside what was decided or other policies say.

A job is read just as far as a verdict needs it, and judged by `evaluate`. Only where the answers
differ is the whole snapshot read, and judged once more: what is reported rests on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from recgate.domain.backtest import (
    Answer,
    Approval,
    Backtest,
    Change,
    Direction,
    NotJudged,
    direction_of,
)
from recgate.domain.backtest_approval import answer_of, configuration_of
from recgate.domain.backtest_blame import Side, blame
from recgate.domain.backtest_tally import Tally
from recgate.domain.canonical import Json
from recgate.domain.evaluation import Evaluation, evaluate
from recgate.domain.job import Snapshot
from recgate.domain.policy_set import PolicySet
from recgate.flows.backtest_past import Past, Pasts, RecordedAnswer
from recgate.flows.recorded_decisions import DecisionReader
from recgate.ports import RecgateError, SnapshotReader

SNAPSHOT_SCHEMA = 1
"""Of `recgate.dialect.document`; what has another is not read."""

_EVERY = 256
"""After so many jobs somebody who watches is told."""


class NoSuchJudgement(RecgateError):
    """The quick reading and the whole one gave different answers: a fault of recgate."""


@dataclass(frozen=True, slots=True)
class BacktestParts:
    """What a backtest works with.

    ``old`` None compares with what was recorded, where anything was. ``on`` is the day that
    waivers and ``enforce_from`` see; None: each decision's own, and ``today`` for a job that
    nobody decided on. ``quick`` reads a document as far as a verdict needs it, None for what is
    not plain. ``watch`` is told how many jobs were looked at.
    """

    new: PolicySet
    old: PolicySet | None
    today: date
    on: date | None
    quick: Callable[[Mapping[str, Json]], Snapshot | None]
    read_snapshot: SnapshotReader
    read_decision: DecisionReader
    watch: Callable[[int], None]


def backtest(pasts: Pasts, parts: BacktestParts) -> Backtest:
    """Judge all of them again. What cannot be judged is in the result, with the reason.

    Raises what the source of ``pasts`` raises, NoSuchJudgement.
    """
    tally = Tally()
    seen = 0
    for seen, past in enumerate(pasts, start=1):
        if isinstance(past, NotJudged):
            tally.leave_out(past)
        else:
            _judge(past, parts, tally)
        if not seen % _EVERY:
            parts.watch(seen)
    parts.watch(seen)
    return tally.result()


def _judge(past: Past, parts: BacktestParts, tally: Tally) -> None:
    try:
        snapshot = _snapshot(past, parts)
        day = parts.on or past.judged_on or parts.today
        after = answer_of(_evaluate(snapshot, parts.new, day))
        before = _before(past, snapshot, day, parts)
        direction = Direction.SAME if before is None else direction_of(before, after)
        change = None
        if before is not None and direction is not Direction.SAME:
            change = _explained(past, day, (before, after), direction, parts)
    except NoSuchJudgement:
        raise
    except RecgateError as problem:
        tally.leave_out(NotJudged(past.place, str(problem)))
    except Exception as fault:  # a policy that crashes is told, and is never "no change"
        reason = f"recgate failed while judging ({type(fault).__name__}): this is a fault of ours"
        tally.leave_out(NotJudged(past.place, reason))
    else:
        tally.count(past.place, past.at, snapshot, before, after)
        if change is not None:
            tally.change(change)


class _NotEnded(RecgateError):
    """The job still runs, so there is nothing to judge."""


class _OtherSchema(RecgateError):
    """A version of recgate that this one does not know wrote it."""


def _snapshot(past: Past, parts: BacktestParts) -> Snapshot:
    schema = past.document.get("schema")
    if schema != SNAPSHOT_SCHEMA:
        raise _OtherSchema(
            f"its snapshot has schema {schema!r} and this recgate reads {SNAPSHOT_SCHEMA}: use the "
            "version that recorded it, or a newer one"
        )
    snapshot = parts.quick(past.document) or parts.read_snapshot(past.evidence())
    if not snapshot.status.is_terminal:
        raise _NotEnded(f"the job is {snapshot.status}: it has not ended")
    return snapshot


def _evaluate(snapshot: Snapshot, policies: PolicySet, day: date) -> Evaluation:
    return evaluate(snapshot, policies.policies, day, policies.waivers)


def _before(past: Past, snapshot: Snapshot, day: date, parts: BacktestParts) -> Answer | None:
    if parts.old is not None:
        return answer_of(_evaluate(snapshot, parts.old, day))
    if past.recorded is None:
        return None
    return _priced(past.recorded.answer, snapshot)


def _priced(answer: Answer, snapshot: Snapshot) -> Answer:
    """The recorded answer, with the cost of what was approved as the snapshot has it."""
    approval = answer.approved
    if approval is None or approval.cost_per_hour_usd is not None:
        return answer
    rows = snapshot.rows(None)
    for row, cost in zip(rows.candidates, rows.columns[0], strict=True):
        if row.recommendation_id == approval.recommendation_id:
            return Answer(
                answer.verdict, answer.policies, Approval(approval.recommendation_id, cost)
            )
    return answer


def _explained(
    past: Past,
    day: date,
    answers: tuple[Answer, Answer],
    direction: Direction,
    parts: BacktestParts,
) -> Change:
    """The change, told from the whole snapshot.

    Raises NoSuchJudgement when that gives another answer than the quick reading did.
    """
    snapshot = parts.read_snapshot(past.evidence())
    evaluation = _evaluate(snapshot, parts.new, day)
    before, after = answers
    if answer_of(evaluation) != after:
        raise NoSuchJudgement(
            f"{past.place}: read quickly it is {after.verdict}, and read whole "
            f"{evaluation.verdict}: this is a fault of recgate, please report it with the job."
        )
    former = _former(past.recorded, snapshot, day, parts)
    told = blame(
        direction,
        Side(former, before.verdict, before.approved),
        Side(evaluation, after.verdict, after.approved),
    )
    return Change(
        place=past.place,
        job_name=snapshot.job_name,
        model=snapshot.model,
        direction=direction,
        before=before,
        after=after,
        configuration_before=configuration_of(snapshot, before.approved),
        configuration_after=configuration_of(snapshot, after.approved),
        broken=told.broken,
        broken_before=told.before,
        reason=told.reason,
    )


def _former(
    recorded: RecordedAnswer | None, snapshot: Snapshot, day: date, parts: BacktestParts
) -> Evaluation | None:
    """The evaluation of before: made again by the old policies, or rebuilt from its record."""
    if parts.old is not None:
        return _evaluate(snapshot, parts.old, day)
    if recorded is None:
        return None
    try:
        return parts.read_decision(recorded.entry(), snapshot).evaluation
    except RecgateError:
        # Its verdict is known all the same; the change says that its limits are not.
        return None
