"""`recgate watch`: follow one job until it ends, then judge it."""

import json
import sys
import time
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import aws_options
from recgate.cli.exits import INTERRUPTED, exit_code
from recgate.cli.job_options import policies_option
from recgate.cli.progress_view import ProgressView, view_on
from recgate.cli.report import print_report
from recgate.dialect.describe import snapshot_from
from recgate.dialect.job_names import named_job
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.domain.decision_record import decision_record
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.progress import Progress
from recgate.domain.route import Route
from recgate.flows.follow import EVERY_S, FollowParts, follow
from recgate.flows.parts import SETTLING_TIME, CheckParts
from recgate.flows.record_and_tell import Checked
from recgate.ports import PolicySource, RecgateError
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT
from recgate.telling_ports import Channel
from recgate.wiring import close_ledger, ledger, policy_source, sagemaker_jobs, utc_now

_LEAST_EVERY_S, _MOST_EVERY_S = 5, 600
"""SageMaker throttles who asks too often; a view of ten minutes ago is not live."""


@click.command("watch")
@click.argument("job")
@policies_option()
@aws_options
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(_LEAST_EVERY_S, _MOST_EVERY_S),
    default=EVERY_S,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@click.option(
    "--settle/--no-settle",
    default=True,
    show_default=True,
    help="Wait while CloudWatch may still be short of P99 samples.",
)
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: the decision alone on standard output, the progress on standard error.",
)
def watch_command(
    *,
    job: str,
    policies: Path,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    every_s: float,
    settle: bool,
    output: str,
) -> int:
    """Follow one job until it ends, then judge it. JOB is its name or its ARN.

    \b
    recgate watch fraud-ranker-v14 --region eu-west-1

    Exit codes: those of check (0 the gate is open, 1 it is closed, 2 nothing could be judged),
    and 130 when Ctrl-C ended the watching. The job is left alone.
    """  # noqa: D301  click reads the \b as "keep these lines"
    source = policy_source(policies, {})
    source.load()  # so that every mistake is told now, and not after an hour
    aws = Aws(region=region or named_job(job).region, profile=profile, endpoint_url=endpoint_url)
    try:
        parts = _follow_parts(source, aws, every_s=every_s, settle=settle)
        try:
            view = view_on(sys.stderr if output == "json" else sys.stdout, utc_now)
            return watch(job, parts, view, output=output)
        finally:
            close_ledger(parts.check.ledger)
    finally:
        aws.close()


def watch(job: str, parts: FollowParts, view: ProgressView, *, output: str) -> int:
    """Show the job in the view until it has a verdict, print that, and give the exit code."""
    named = named_job(job)
    notice = JobNotice(named.name, Trigger(TriggerSource.COMMAND_LINE), job_arn=named.arn)
    result = _result(notice, parts, view)
    if isinstance(result, Progress):
        click.echo(_farewell(result), err=True)
        return INTERRUPTED
    if result.fault is not None:
        raise result.fault
    if output == "json":
        body = {"key": result.decision.key, **decision_record(result.decision, effects=())}
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        print_report(result.decision)
    return exit_code(result.decision.verdict)


def _result(notice: JobNotice, parts: FollowParts, view: ProgressView) -> Checked | Progress:
    """The verdict, or what was known last when Ctrl-C ended the watching."""
    seen: Progress | Checked = Progress(notice.job_name)
    try:
        with view:
            for seen in follow(notice, parts):
                if isinstance(seen, Progress):
                    view.show(seen)
    except KeyboardInterrupt:
        pass  # what was seen last is the answer
    return seen


def _farewell(seen: Progress) -> str:
    if seen.has_ended:
        name = clean(seen.job_name, NAME_LIMIT)
        return f"Stopped watching; the job has ended: recgate check {name} judges it."
    return "Stopped watching; the job goes on."


def _follow_parts(source: PolicySource, aws: Aws, *, every_s: float, settle: bool) -> FollowParts:
    from recgate.adapters.sagemaker_progress import SageMakerProgress

    return FollowParts(
        check=CheckParts(
            jobs=sagemaker_jobs(aws, minimum_samples=DEFAULT_MINIMUM_SAMPLES),
            policies=source,
            ledger=ledger("memory", aws),
            read_snapshot=snapshot_from,
            channel_for=_no_channel,
            clock=utc_now,
            worker="command line",
            settling=SETTLING_TIME if settle else SETTLING_TIME * 0,
        ),
        progress=SageMakerProgress(aws.client("sagemaker")),
        wait=time.sleep,
        every_s=every_s,
    )


def _no_channel(route: Route) -> Channel:
    raise RecgateError(f"The command line tells nobody, route {route.name} included.")
