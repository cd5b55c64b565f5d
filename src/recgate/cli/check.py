"""`recgate check`: judge one job, from SageMaker or from a file."""

import json
import os
import sys
from contextlib import closing, nullcontext, redirect_stdout
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.check_parts import MEMORY, Desk, check_parts, notice_of
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.exits import COULD_NOT_JUDGE, exit_code
from recgate.cli.job_options import evidence_options, policies_option
from recgate.cli.output_option import output_option
from recgate.cli.recorded_job import recorded_job
from recgate.cli.report import print_report
from recgate.cli.seal_recorded import seal_recorded
from recgate.cli.told import RouteReport, complain, print_told, route_reports
from recgate.dialect.job_names import named_job
from recgate.domain.decision_record import decision_record
from recgate.flows.check import NotEnded, SamplesMissing, check
from recgate.flows.record_and_tell import Checked
from recgate.ports import RecgateError
from recgate.settings import settings_from
from recgate.wiring import close_ledger


@click.command("check")
@click.argument("job", required=False)
@click.option(
    "--file",
    "file",
    metavar="F",
    help="A recorded Describe response (raw, or as the AWS CLI prints it); - reads standard input.",
)
@evidence_options
@policies_option()
@stack_option(purpose="The deployed stack whose ledger, routes and settings to use for JOB.")
@aws_options
@output_option()
@click.option("--record", is_flag=True, help="Record the snapshot and the decision in the ledger.")
@click.option(
    "--notify",
    is_flag=True,
    help="Tell every route that has not heard the decision; needs --record.",
)
@click.option(
    "--ledger",
    "ledger_name",
    metavar="FILE",
    help="Where --record writes: a SQLite file, or dynamodb:TABLE. Default: the ledger of "
    "--stack, else RECGATE_LEDGER.",
)
@click.option(
    "--settle/--no-settle",
    default=True,
    show_default=True,
    help="Refuse to judge JOB while CloudWatch may still be short of P99 samples.",
)
def check_command(
    *,
    job: str | None,
    file: str | None,
    extra: Path | None,
    tags: tuple[str, ...],
    policies: Path,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
    record: bool,
    notify: bool,
    ledger_name: str | None,
    settle: bool,
) -> int:
    """Judge the recommendations of one job by the policies.

    \b
    recgate check fraud-ranker-v14 --region eu-west-1
    recgate check --file examples/jobs/fraud-ranker-v14.json
    aws sagemaker describe-inference-recommendations-job --job-name J | recgate check -
    recgate check fraud-ranker-v14 --record --notify --stack recgate

    JOB is a name, or an ARN, which with --stack may be of any region and account that the stack
    serves.

    --record --notify does by hand what the deployed function would have done, with the ledger,
    routes and settings of --stack (or of the RECGATE_* environment): whoever comes second, the
    function or you, makes no second decision and tells no route twice. That holds for the same
    policies: point --policies at those that are deployed.

    Exit codes: 0 the gate is open (PASS, WARN, WAIVED), 1 it is closed, 2 nothing could be
    judged (a broken policy, an unreadable file, a job that has not ended). A route that could
    not be told is named on standard error and changes no exit code; the same command again
    tells only those that have not heard.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if job == "-" and file is None:
        job, file = None, "-"
    if (job is None) is (file is None):
        raise click.UsageError("Name a JOB, or a recorded one with --file, and not both.")
    if file is None and (extra is not None or tags):
        raise click.UsageError(
            "--extra and --tag go with --file; SageMaker knows a job's own tags."
        )
    if file is not None and (stack is not None or notify):
        raise click.UsageError("--stack and --notify are about a JOB in SageMaker, not a --file.")
    if notify and not record:
        raise click.UsageError("--notify needs --record: nobody is told what is not recorded.")
    if job is not None and not stack:
        region = region or named_job(job).region
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        deployed = deployment_of(aws, stack) if stack else None
        settings = deployed.settings if deployed else settings_from(os.environ)
        desk = Desk(
            settings=settings,
            policies=policies,
            ledger=(ledger_name or settings.ledger) if record else MEMORY,
            record=record,
            notify=notify,
            settle=settle,
        )
        recorded = None if file is None else recorded_job(file, extra=extra, tags=tags)
        parts = check_parts(desk, aws, recorded)
        try:
            # A machine reads standard output then, and a console route would speak in between.
            with redirect_stdout(sys.stderr) if output == "json" else nullcontext():
                result = check(notice_of(job, deployed, notify=notify), parts)
            reports = route_reports(result, parts) if notify else ()
            seal_recorded(desk, aws, parts.ledger)
        except SamplesMissing as early:
            raise RecgateError(
                f"{early} Try again then, or judge without them: --no-settle."
            ) from early
        finally:
            close_ledger(parts.ledger)
    if isinstance(result, NotEnded):
        click.echo(
            f"recgate: job {result.job_name} is {result.status}: it has not ended.", err=True
        )
        return COULD_NOT_JUDGE
    complain(reports)
    if result.fault is not None:
        raise result.fault
    if output == "json":
        _print_document(result, reports if notify else None)
    else:
        print_report(result.decision, recorded=desk.ledger if record else None)
        if notify:
            print_told(reports, result.silent_because)
    return exit_code(result.decision.verdict)


def _print_document(result: Checked, reports: tuple[RouteReport, ...] | None) -> None:
    """The record of the decision; with ``reports`` also how each route fared."""
    told = reports or ()
    body = {
        "key": result.decision.key,
        **decision_record(
            result.decision,
            effects=tuple(report.route for report in told),
            silent_because="" if reports is None else result.silent_because,
        ),
    }
    if reports is not None:
        body["routes"] = [report.document() for report in told]
    click.echo(json.dumps(body, indent=2, ensure_ascii=False))
