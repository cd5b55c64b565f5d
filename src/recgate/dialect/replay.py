"""A recorded decision judged again, by the recorded policies, on the day that it was judged on.

A chain shows that nobody has changed a record. This shows that what was recorded is what the
snapshot and the policies give: that whoever judged was honest, or made no mistake.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from recgate.dialect.describe import snapshot_from
from recgate.dialect.mistake import quoted
from recgate.dialect.policy_document import CompilePath
from recgate.dialect.record_difference import Difference, first_difference, other_members, unlike
from recgate.dialect.record_values import Record, list_in, objects_in, text_in
from recgate.dialect.recorded_policy import judging_policy
from recgate.dialect.recorded_waiver import waiver_in
from recgate.domain.canonical import Json, digest
from recgate.domain.decision import ENGINE, OUR_FAULT, Decision
from recgate.domain.decision_record import RECORD_SCHEMA, decision_record
from recgate.domain.evaluation import Evaluation, evaluate, failed_evaluation
from recgate.domain.job import Snapshot
from recgate.domain.notice import Trigger, TriggerSource
from recgate.domain.verdict import Verdict
from recgate.ports import RecgateError

_OF_THE_JOB = (
    *("name", "arn", "status", "type", "account", "region", "created_at", "ended_at"),
    *("model_package_arn", "model_name", "failure_reason", "tags"),
)
"""What a record tells of the job that is in its snapshot."""

_OF_A_CANDIDATE = ("configuration", "environment")
_UNMATCHED = ("policy_digest", "reason", "in_doubt")


class CannotJudgeAgain(RecgateError):
    """The record does not say enough to be judged again, or was judged by another engine."""


def differs_when_judged_again(
    record: Mapping[str, Json], snapshot: Mapping[str, Json], *, compile_path: CompilePath
) -> str:
    """Where a decision comes out otherwise than its record says; empty where it does not.

    ``record`` is the body of an entry of kind ``decision``, ``snapshot`` that of the entry that
    it was made from. The first difference is told on one line: what, as recorded, as it is now.
    Of an ERROR, which judged nothing, it is only held that it says so.
    Raises CannotJudgeAgain, and JobUnusable for a snapshot that cannot be read.
    """
    _refuse_others(record)
    try:
        found = digest(snapshot)
    except (ValueError, RecursionError) as error:
        raise CannotJudgeAgain(
            f"The snapshot that the decision was made from is not what recgate records ({error})."
        ) from error
    if record.get("snapshot_digest") != found:
        return _told(Difference("snapshot_digest", record.get("snapshot_digest"), found))
    return differs_from_snapshot(record, snapshot_from(snapshot), compile_path=compile_path)


def differs_from_snapshot(
    record: Mapping[str, Json], snapshot: Snapshot, *, compile_path: CompilePath
) -> str:
    """The same for a snapshot that was read already. Raises CannotJudgeAgain."""
    _refuse_others(record)
    try:
        differs = _difference(record, snapshot, compile_path)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise CannotJudgeAgain(
            f"The decision about job {snapshot.job_name} cannot be judged again "
            f"({type(error).__name__}: {error}): its record was written by another version of "
            "recgate, or changed by hand. Use the version that recorded it."
        ) from error
    return "" if differs is None else _told(differs)


def _refuse_others(record: Record) -> None:
    for name, mine in (("schema", RECORD_SCHEMA), ("engine", ENGINE)):
        if record.get(name) != mine:
            raise CannotJudgeAgain(
                f"The decision was recorded with {name} {quoted(record.get(name))} and this "
                f"recgate has {quoted(mine)}: judge it again with the version that recorded it."
            )


def _difference(record: Record, snapshot: Snapshot, compile_path: CompilePath) -> Difference | None:
    today = date.fromisoformat(text_in(record["judged_on"]))
    if record["verdict"] == Verdict.ERROR:
        problems = tuple(map(text_in, list_in(record, "problems")))
        evaluation = failed_evaluation(problems)
        policies_digest = _digest_of_broken(record, problems)
    else:
        evaluation, policies_digest = _judged_again(record, snapshot, today, compile_path)
    made = Decision(
        key="",
        snapshot=snapshot,
        evaluation=evaluation,
        policies_digest=policies_digest,
        judged_on=today,
        decided_at=datetime.min.replace(tzinfo=UTC),
        trigger=Trigger(TriggerSource.COMMAND_LINE),
    )
    again = decision_record(made, effects=None)
    return (
        unlike(record, again, ("snapshot_digest", "policies_digest"))
        or _of_the_job(record, again)
        or first_difference(record, again)
        or _of_configurations(record, again)
        or _of_unmatched(record, again)
    )


def _digest_of_broken(record: Record, problems: tuple[str, ...]) -> str:
    """The digest that stands for policies that could not be read: that of their mistakes.

    Records of earlier versions, and those of a fault of ours, do not have it.
    """
    if "rules" not in record or any(each.startswith(OUR_FAULT) for each in problems):
        return text_in(record["policies_digest"])
    return digest(list(problems))


def _judged_again(
    record: Record, snapshot: Snapshot, today: date, compile_path: CompilePath
) -> tuple[Evaluation, str]:
    judgements = objects_in(record, "judgements")
    recorded = (*judgements, *objects_in(record, "unmatched"))
    policies = [judging_policy(each, compile_path) for each in recorded]
    # Those that counted: what a waiver allows that did not count, no policy's verdict rests on.
    waivers = dict.fromkeys(
        waiver_in(each)
        for judgement in judgements
        # Records from before there were waivers say nothing of them.
        for each in (objects_in(judgement, "waivers") if "waivers" in judgement else ())
    )
    digests: dict[str, Json] = {policy.name: policy.digest for policy in policies}
    if len(digests) < len(policies):
        raise ValueError("a policy is in it twice")
    return evaluate(snapshot, policies, today, tuple(waivers)), digest(digests)


def _of_the_job(recorded: Record, again: Record) -> Difference | None:
    said, made = recorded["job"], again["job"]
    if not isinstance(said, Mapping) or not isinstance(made, Mapping):
        return unlike(recorded, again, ("job",))
    return unlike(said, made, [name for name in _OF_THE_JOB if name in said], of="the job")


def _of_configurations(recorded: Record, again: Record) -> Difference | None:
    """What could be deployed, as the record names it; the judgements are the same in both."""
    judgements = zip(
        objects_in(recorded, "judgements"), objects_in(again, "judgements"), strict=True
    )
    for said, made in judgements:
        rows = zip(objects_in(said, "candidates"), objects_in(made, "candidates"), strict=True)
        for row, judged in rows:
            of = f"{row['recommendation_id']} under policy {said['policy']}"
            names = [name for name in _OF_A_CANDIDATE if name in row]
            if differs := unlike(row, judged, names, of=of):
                return differs
    return None


def _of_unmatched(recorded: Record, again: Record) -> Difference | None:
    said, made = objects_in(recorded, "unmatched"), objects_in(again, "unmatched")
    if differs := other_members("unmatched", "policy", said, made):
        return differs
    for each, judged in zip(said, made, strict=True):
        if differs := unlike(each, judged, _UNMATCHED, of=f"unmatched policy {each['policy']}"):
            return differs
    return None


def _told(differs: Difference) -> str:
    """The difference on one line, without anything that nobody can see."""
    told = (
        f"{differs.what}: recorded {quoted(differs.recorded)}, judged again {quoted(differs.now)}"
    )
    return "".join(letter if letter.isprintable() else "�" for letter in told)
