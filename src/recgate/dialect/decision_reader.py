"""A recorded decision read back whole, from its record and its snapshot.

Without the policies folder, which has changed since: the outcomes are those of the record, and
nothing is judged again. What was rebuilt is recorded once more and compared, so that a record
that does not fit its snapshot (another version reads a figure differently) is refused rather
than told wrongly.

A record that was written before policies were kept whole (their file, owner, scope, limits) gives
policies that say what the findings tell, and no more.
"""

from collections.abc import Mapping
from datetime import date, datetime

from recgate.dialect.record_difference import first_difference
from recgate.dialect.record_values import Record, list_in, objects_in, text_in, texts_in
from recgate.dialect.recorded_judgement import judgement_from
from recgate.dialect.recorded_policy import policy_from
from recgate.dialect.recorded_rules import rules_in, snapshot_place_in
from recgate.domain.canonical import Json
from recgate.domain.decision import Decision
from recgate.domain.decision_record import RECORD_SCHEMA, decision_record, recorded_requests
from recgate.domain.evaluation import Evaluation, Unmatched
from recgate.domain.job import Snapshot
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.verdict import Verdict
from recgate.ports import Entry, RecgateError


class DecisionUnreadable(RecgateError):
    """A recorded decision cannot be rebuilt as it was; the message says what does not fit."""


def decision_from(entry: Entry, snapshot: Snapshot) -> Decision:
    """The decision that an entry of kind ``decision`` records.

    ``snapshot`` is the one that it rests on, read from the same stream. Every renderer makes of
    the result what it made of the decision itself. Raises DecisionUnreadable.
    """
    body, where = entry.body, f"decision {entry.key[:12]} of job {snapshot.job_name}"
    if body.get("schema") != RECORD_SCHEMA:
        raise DecisionUnreadable(
            f"The record of {where} has schema {body.get('schema')!r} and this recgate reads "
            f"{RECORD_SCHEMA}: use the version that recorded it, or a newer one."
        )
    if body.get("snapshot_digest") != snapshot.digest:
        raise DecisionUnreadable(
            f"The {where} was made from snapshot {str(body.get('snapshot_digest'))[:12]} and this "
            f"is {snapshot.digest[:12]}: nothing is told of a decision without its evidence."
        )
    try:
        decision = _decision(entry, snapshot)
        differs = first_difference(body, decision_record(decision, effects=None))
    except (LookupError, TypeError, ValueError) as error:
        raise DecisionUnreadable(
            f"The record of {where} cannot be read ({type(error).__name__}: {error}): it was "
            "written by another version of recgate, or changed by hand. Use the version that "
            "recorded it."
        ) from error
    if differs:
        raise DecisionUnreadable(
            f"The record of {where} and its snapshot do not fit together ({differs.what}): another "
            "version of recgate read the figures differently. Use the version that recorded it."
        )
    return decision


def _decision(entry: Entry, snapshot: Snapshot) -> Decision:
    body = entry.body
    return Decision(
        key=entry.key,
        snapshot=snapshot,
        evaluation=Evaluation(
            Verdict(text_in(body["verdict"])),
            tuple(judgement_from(each, snapshot) for each in objects_in(body, "judgements")),
            tuple(_unmatched(each) for each in objects_in(body, "unmatched")),
            text_in(body["reason"]),
            tuple(text_in(problem) for problem in list_in(body, "problems")),
        ),
        policies_digest=text_in(body["policies_digest"]),
        judged_on=date.fromisoformat(text_in(body["judged_on"])),
        decided_at=datetime.fromisoformat(text_in(body["decided_at"])),
        trigger=_trigger(body["trigger"]),
        requests=recorded_requests(body),
        waiver_problems=texts_in(body, "waiver_problems") if "waiver_problems" in body else (),
        rules=rules_in(body),
        snapshot_at=snapshot_place_in(body),
    )


def _unmatched(record: Record) -> Unmatched:
    return Unmatched(
        policy_from(record),
        text_in(record["reason"]),
        record["in_doubt"] is True,
    )


def _trigger(record: Json) -> Trigger:
    if not isinstance(record, Mapping):
        raise TypeError("trigger is not an object")
    time, event_id, redrive_of = record["time"], record["event_id"], record["redrive_of"]
    return Trigger(
        TriggerSource(text_in(record["source"])),
        event_id=None if event_id is None else text_in(event_id),
        time=None if time is None else datetime.fromisoformat(text_in(time)),
        redrive_of=None if redrive_of is None else text_in(redrive_of),
    )
