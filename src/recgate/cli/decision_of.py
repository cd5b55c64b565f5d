"""The decision that a command is about: one that is recorded, or that on a job in a file."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import MEMORY, Desk, check_parts, notice_of
from recgate.cli.deployment import Deployment, aws_options, deployment_of, stack_option
from recgate.cli.job_options import evidence_options, policies_option
from recgate.cli.read_ledger import ledger_to_read
from recgate.cli.recorded_job import recorded_job
from recgate.dialect.decision_reader import decision_from
from recgate.dialect.describe import snapshot_from
from recgate.dialect.job_names import JOB_NAME
from recgate.domain.decision import Decision
from recgate.flows.check import NotEnded, check
from recgate.flows.recorded_decisions import Archive, recorded_decision
from recgate.ports import RecgateError
from recgate.settings import settings_from
from recgate.wiring import close_ledger, utc_now

C = TypeVar("C", bound=Callable[..., object])

_BOTH_WAYS = (
    "Name a recorded DECISION (its key, at least 12 digits of it; or its job's ARN or name, for "
    "the last one), or a recorded job with --file, and not both."
)


def decision_options(command: C) -> C:
    """Add the argument DECISION, --file and all that `decision_of` takes beside them."""
    for option in (
        aws_options,
        stack_option(purpose="The deployed stack in whose ledger to look for DECISION."),
        click.option(
            "--ledger",
            metavar="FILE",
            help="Where to look for DECISION: a SQLite file, or dynamodb:TABLE. Default: the "
            "ledger of --stack, else RECGATE_LEDGER.",
        ),
        policies_option("The folder of policies that judge --file."),
        evidence_options,
        click.option(
            "--file",
            metavar="F",
            help="A recorded Describe response (raw, or as the AWS CLI prints it), judged now; "
            "- reads standard input.",
        ),
        click.argument("decision", metavar="[DECISION]", required=False),
    ):
        command = option(command)
    return command


def decision_of(
    *,
    decision: str | None,
    file: str | None,
    extra: Path | None,
    tags: tuple[str, ...],
    policies: Path,
    ledger: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
) -> Decision:
    """The decision that the options of `decision_options` name.

    A recorded one is rebuilt from the ledger, as it was decided. The job in ``file`` is judged
    by the folder of policies, as `recgate check --file` does, and nothing is recorded.
    Raises click.UsageError, NoLedgerThere, DecisionNotFound, DecisionUnreadable, and what the
    ports raise.
    """
    if decision == "-" and file is None:
        decision, file = None, "-"
    if (decision is None) is (file is None):
        raise click.UsageError(_BOTH_WAYS)
    if file is None and (extra is not None or tags):
        raise click.UsageError("--extra and --tag go with --file; a DECISION has its evidence.")
    if file is not None and (stack is not None or ledger is not None):
        raise click.UsageError("--stack and --ledger are about a DECISION, not a --file.")
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        if file is not None:
            return _judged(file, extra=extra, tags=tags, policies=policies, aws=aws)
        deployed = deployment_of(aws, stack) if stack else None
        settings = deployed.settings if deployed else settings_from(os.environ)
        return _recorded(decision or "", ledger or settings.ledger, deployed, aws)


def _judged(
    file: str, *, extra: Path | None, tags: tuple[str, ...], policies: Path, aws: Aws
) -> Decision:
    """The decision on the job in a file, which is recorded nowhere."""
    desk = Desk(
        settings=settings_from(os.environ),
        policies=policies,
        ledger=MEMORY,
        record=False,
        notify=False,
        settle=False,
    )
    parts = check_parts(desk, aws, recorded_job(file, extra=extra, tags=tags))
    try:
        result = check(notice_of(None, None, notify=False), parts)
    finally:
        close_ledger(parts.ledger)
    if isinstance(result, NotEnded):
        raise RecgateError(
            f"Job {result.job_name} is {result.status}: it has not ended, so nothing is decided."
        )
    if result.fault is not None:
        raise result.fault
    return result.decision


def _recorded(named: str, name: str, deployed: Deployment | None, aws: Aws) -> Decision:
    """The decision in the ledger of that name."""
    with ledger_to_read(name, aws) as (ledger, index):
        archive = Archive(f"the ledger {name}", ledger, index, snapshot_from, decision_from)
        arns = job_arns(named, deployed, aws) if deployed else ()
        return recorded_decision(named, archive, today=utc_now().date(), job_arns=arns)


def job_arns(name: str, deployed: Deployment, aws: Aws) -> tuple[str, ...]:
    """What the ARN of a job of that name would be in each place that the stack serves."""
    if not JOB_NAME.fullmatch(name):
        return ()
    partition = aws.client("cloudformation").meta.partition
    return tuple(
        f"arn:{partition}:sagemaker:{place.region}:{place.account}:"
        f"inference-recommendations-job/{name}"
        for place in deployed.settings.places(deployed.home.region)
    )
