"""What a check at a desk is made of: the function's own parts, or those of a recorded job."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import click

from recgate.adapters.aws_clients import Aws
from recgate.channel_wiring import channel_maker, conversation_maker
from recgate.cli.deployment import Deployment
from recgate.dialect.describe import snapshot_from
from recgate.dialect.job_names import named_job
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.flows.parts import CheckParts
from recgate.ports import JobSource
from recgate.settings import Settings
from recgate.wiring import (
    built_in_routes,
    index_of,
    job_source,
    ledger,
    policy_source,
    reports,
    served_places,
    utc_now,
)

MEMORY = "memory"
"""The ledger that is gone when the command ends."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What was asked for. ``settings`` are those of the stack, or of the environment.

    ``policies`` is the folder at this desk; ``settings.policies`` may be inside a Lambda package.
    """

    settings: Settings
    policies: Path
    ledger: str
    record: bool
    notify: bool
    settle: bool


def check_parts(desk: Desk, aws: Aws, recorded: JobSource | None) -> CheckParts:
    """The parts of a check of a job in SageMaker, or of the one that is ``recorded``.

    They are what the function has, so that the key of a decision and the streams of its effects
    are the function's, too. Every mistake of the policies is raised here, before anything is
    recorded; also click.UsageError when the ledger or everybody to tell is missing.
    """
    # A folder of recorded jobs is the demo's; here JOB is SageMaker's.
    settings = replace(desk.settings, jobs=None)
    if desk.record and desk.ledger == MEMORY:
        raise click.UsageError(
            "--record needs a ledger that lasts: --ledger FILE, --stack NAME or RECGATE_LEDGER."
        )
    routes = built_in_routes(settings) if recorded is None else {}
    source = policy_source(desk.policies, routes, revision=settings.revision)
    knows_whom_to_tell = bool(source.load().routes)
    if desk.notify and not knows_whom_to_tell:
        raise click.UsageError(
            "--notify has nobody to tell: name the deployed stack with --stack, or set "
            "RECGATE_SNS_TOPIC_ARN or RECGATE_SLACK_SECRET, or write a routes.yaml beside the "
            "policies."
        )
    settles = desk.settle and recorded is None
    channel_for = channel_maker(settings, aws)
    kept = ledger(desk.ledger, aws, account=settings.account)
    return CheckParts(
        jobs=recorded or job_source(settings, aws, served_places(settings, aws)),
        policies=source,
        ledger=kept,
        index=index_of(kept),
        read_snapshot=snapshot_from,
        channel_for=channel_for,
        conversation_for=conversation_maker(channel_for),
        reports=reports(settings, aws) if desk.notify else None,
        tells=desk.notify,
        clock=utc_now,
        worker="command line",
        built_in_routes=routes,
        settling=settings.settling if settles else timedelta(0),
    )


def notice_of(job: str | None, deployed: Deployment | None, *, notify: bool) -> JobNotice:
    """The notice that a person gives, by the job's name or its ARN.

    A name is that of a job in the stack's own place, if a stack was named. The notice has an id
    of its own, so that a route that refused the decision before is tried anew.
    """
    trigger = Trigger(TriggerSource.COMMAND_LINE, event_id=str(uuid4()) if notify else None)
    home = deployed.home if deployed else None
    named = named_job(job or "recorded job")
    return JobNotice(
        named.name,
        trigger,
        job_arn=named.arn,
        region=named.region or (home.region if home else None),
        account=named.account or (home.account if home else None),
    )
