"""Decisions to record: those about the jobs in examples/jobs by the policies in policies/."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.recorded_jobs import RecordedFile
from recgate.domain.decision import Decision, decision_key
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.policy_set import PolicySet
from recgate.ports import Entry, job_stream

ROOT = Path(__file__).resolve().parent.parent
_TODAY = date(2026, 11, 21)
_AT = datetime(2026, 11, 21, 6, 32, tzinfo=UTC)
_TRIGGER = Trigger(TriggerSource.COMMAND_LINE)
_ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"

NewEntry = tuple[str, int, Entry]
"""A stream, a position in it, and what is to be appended there."""


def decisions() -> list[Entry]:
    """The decision about each recorded job, as the ledger gets it."""
    policies = PolicyFiles(ROOT / "policies").load()
    files = sorted((ROOT / "examples" / "jobs").glob("*.json"))
    return [_decided(file, policies) for file in files if not file.name.endswith(".extra.json")]


def _decided(file: Path, policies: PolicySet) -> Entry:
    jobs = RecordedFile(file)
    snapshot = jobs.gather(jobs.state(JobNotice(file.stem, _TRIGGER)))
    evaluation = evaluate(snapshot, policies.policies, _TODAY)
    decision = Decision(
        key=decision_key(snapshot, evaluation, policies.digest),
        snapshot=snapshot,
        evaluation=evaluation,
        policies_digest=policies.digest,
        judged_on=_TODAY,
        decided_at=_AT,
        trigger=_TRIGGER,
    )
    return Entry("decision", decision.key, _AT, decision_record(decision, effects=("slack",)))


def new_entries(made: Sequence[Entry], count: int) -> Iterator[NewEntry]:
    """So many decisions, each the first entry of a job of its own.

    The names of the jobs are in no order: an index that they are put into has it no easier than
    in production.
    """
    for number in range(count):
        entry = made[number % len(made)]
        name = sha256(str(number).encode()).hexdigest()
        at = _AT + timedelta(seconds=number)
        yield job_stream(f"{_ARN}job-{name[:12]}"), 0, Entry("decision", name, at, entry.body)
