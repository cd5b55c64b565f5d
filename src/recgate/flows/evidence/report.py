"""Everything that the page for an auditor shows, read from the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from recgate.domain.approval import Approval
from recgate.domain.audit_report import AuditReport
from recgate.domain.decision_tally import DecisionTally
from recgate.domain.model_wanted import ModelWanted
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.verification import Verification
from recgate.domain.whole_record import WholeRecord
from recgate.flows.evidence.approved import approved
from recgate.flows.evidence.find import Wanted, found_decisions, look_for
from recgate.flows.evidence.whole_record import Records, whole_record, with_deliveries
from recgate.flows.job_stream import DECISION

DECISIONS = 500
"""The most decisions that a report lists, and the most former approvals whose records it reads."""


def audit_report(
    records: Records,
    *,
    model: ModelWanted | None,
    about: str,
    command: str,
    since: datetime | None,
    until: datetime | None,
    verification: Verification,
    now: datetime,
) -> AuditReport:
    """The report about one model, or about every model that was decided on in a time.

    ``until`` None: now. Raises RangeTooLong, LedgerUnavailable, LedgerRefused.
    """
    wanted = Wanted(model, since=since, until=until)
    look = look_for(wanted, now)
    found = found_decisions(wanted, look, ledger=records.ledger, index=records.index, now=now)
    decisions, tally = _counted(found)
    models = approved(
        model=model,
        since=look.since,
        until=until,
        ledger=records.ledger,
        index=records.index,
        now=now,
    ).models
    report = AuditReport(
        ledger=records.name,
        about=about,
        command=command,
        made_at=now,
        since=look.since,
        until=until or now,
        models=models,
        decisions=decisions,
        tally=tally,
        records={},
        verification=verification,
        wanted=model,
    )
    read = _records(report.in_force, report.former[:DECISIONS], records)
    return replace(report, records={(record.stream, record.key): record for record in read})


def _counted(
    found: Iterable[RecordedDecision],
) -> tuple[tuple[RecordedDecision, ...], DecisionTally]:
    """The first decisions, and what is counted of all of them."""
    shown, tally = list[RecordedDecision](), DecisionTally()
    for made in found:
        tally.count(made)
        if len(shown) < DECISIONS:
            shown.append(made)
    return tuple(shown), tally


def _records(
    in_force: Iterable[Approval], former: Iterable[Approval], records: Records
) -> Iterator[WholeRecord]:
    """The records of approvals, those in force with who was told. Each stream is read once."""
    streams: dict[str, dict[str, bool]] = {}
    for approvals, is_told in ((former, False), (in_force, True)):
        for approval in approvals:
            made = approval.decision
            streams.setdefault(made.stream, {})[made.key] = is_told
    for name, keys in streams.items():
        stream = records.ledger.read(name)
        for position, entry in enumerate(stream):
            if entry.kind == DECISION and entry.key in keys:
                record = whole_record(name, position, entry, records)
                yield with_deliveries(record, stream, records) if keys[entry.key] else record
