"""The decisions that a command is about, found in the ledger that it names."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from recgate.adapters.aws_clients import Aws
from recgate.cli.audit.selection import opened_records
from recgate.cli.decision_of import job_arns
from recgate.cli.deployment import deployment_of
from recgate.domain.recorded_decision import RecordedDecision
from recgate.flows.evidence.find import Look, Wanted, found_decisions, look_for, with_arns


@contextmanager
def decisions_found(
    wanted: Wanted,
    now: datetime,
    *,
    ledger: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
) -> Iterator[tuple[Look, Iterator[RecordedDecision]]]:
    """How the decisions that are wanted are looked for in the ledger that the options of
    `ledger_options` name, and these, the newest first, read as they are asked for.

    The name of a job of a stack is looked for by its ARN in each place that the stack serves.
    Raises as `records_in` does, and RangeTooLong.
    """
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        deployed = deployment_of(aws, stack) if stack else None
        with opened_records(ledger, deployed, aws) as records:
            if deployed is not None and wanted.job is not None:
                arns = job_arns(wanted.job, deployed, aws)
                wanted = with_arns(wanted, arns, records.ledger)
            look = look_for(wanted, now)
            yield (
                look,
                found_decisions(wanted, look, ledger=records.ledger, index=records.index, now=now),
            )
