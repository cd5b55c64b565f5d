"""`recgate check`: judge one job, from SageMaker or from a file."""

import json
import sys
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.exits import COULD_NOT_JUDGE, exit_code
from recgate.cli.report import print_report
from recgate.dialect.describe import snapshot_from
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.domain.decision_record import decision_record
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.route import Route
from recgate.flows.check import NotEnded, SamplesMissing, check
from recgate.flows.parts import SETTLING_TIME, CheckParts
from recgate.ports import Channel, JobSource, RecgateError
from recgate.wiring import close_ledger, ledger, policy_source, sagemaker_jobs, utc_now


@click.command("check")
@click.argument("job", required=False)
@click.option(
    "--file",
    "file",
    metavar="F",
    help="A recorded Describe response (raw, or as the AWS CLI prints it); - reads standard input.",
)
@click.option(
    "--extra",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Tags, steps and measured P99 for --file. Default: NAME.extra.json beside it.",
)
@click.option(
    "--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the job in --file."
)
@click.option(
    "--policies",
    type=click.Path(path_type=Path),
    default=Path("policies"),
    show_default=True,
    envvar="RECGATE_POLICIES",
    help="The folder of policies.",
)
@click.option("--region", help="The AWS region of JOB.")
@click.option("--profile", help="The AWS profile to use.")
@click.option("--endpoint-url", help="Another address for AWS, such as a local emulator.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--record", is_flag=True, help="Record the snapshot and the decision in the ledger.")
@click.option(
    "--ledger",
    "ledger_name",
    envvar="RECGATE_LEDGER",
    metavar="FILE",
    help="Where --record writes: a SQLite file, or dynamodb:TABLE.",
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
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
    record: bool,
    ledger_name: str | None,
    settle: bool,
) -> int:
    """Judge the recommendations of one job by the policies.

    \b
    recgate check fraud-ranker-v14 --region eu-west-1
    recgate check --file examples/jobs/fraud-ranker-v14.json
    aws sagemaker describe-inference-recommendations-job --job-name J | recgate check -

    Exit codes: 0 the gate is open (PASS, WARN, WAIVED), 1 it is closed, 2 nothing could be
    judged (a broken policy, an unreadable file, a job that has not ended).
    """  # noqa: D301  click reads the \b as "keep these lines"
    if job == "-" and file is None:
        job, file = None, "-"
    if (job is None) is (file is None):
        raise click.UsageError("Name a JOB, or a recorded one with --file, and not both.")
    if file is None and (extra is not None or tags):
        raise click.UsageError(
            "--extra and --tag go with --file; SageMaker knows a job's own tags."
        )
    if record and not ledger_name:
        raise click.UsageError("--record needs --ledger FILE or RECGATE_LEDGER.")
    aws = Aws(region=region, profile=profile, endpoint_url=endpoint_url)
    source = policy_source(policies, {})
    source.load()  # so that every mistake is told, and nothing is recorded
    parts = CheckParts(
        jobs=_jobs(file, extra, _tags(tags), aws),
        policies=source,
        ledger=ledger(ledger_name if record and ledger_name else "memory", aws),
        read_snapshot=snapshot_from,
        channel_for=_no_channel,
        clock=utc_now,
        worker="command line",
        settling=SETTLING_TIME if settle and file is None else SETTLING_TIME * 0,
    )
    notice = JobNotice(job or "recorded job", Trigger(TriggerSource.COMMAND_LINE))
    try:
        result = check(notice, parts)
    except SamplesMissing as early:
        raise RecgateError(
            f"{early} Try again then, or judge without them: --no-settle."
        ) from early
    finally:
        aws.close()
        close_ledger(parts.ledger)
    if isinstance(result, NotEnded):
        click.echo(
            f"recgate: job {result.job_name} is {result.status}: it has not ended.", err=True
        )
        return COULD_NOT_JUDGE
    if result.fault is not None:
        raise result.fault
    if output == "json":
        body = {"key": result.decision.key, **decision_record(result.decision, effects=())}
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        print_report(result.decision, recorded=ledger_name if record else None)
    return exit_code(result.decision.verdict)


def _jobs(file: str | None, extra: Path | None, tags: dict[str, str] | None, aws: Aws) -> JobSource:
    if file is None:
        return sagemaker_jobs(aws, minimum_samples=DEFAULT_MINIMUM_SAMPLES)
    from recgate.adapters.recorded_jobs import RecordedFile

    stream = sys.stdin.buffer if file == "-" else None
    return RecordedFile(file if stream else Path(file), stream=stream, companion=extra, tags=tags)


def _tags(words: tuple[str, ...]) -> dict[str, str] | None:
    """The tags given by hand; None when there are none, which is not the same as "no tags"."""
    tags = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise click.UsageError(f"--tag {word!r}: KEY=VALUE is needed, such as env=prod.")
        tags[key] = value
    return tags or None


def _no_channel(route: Route) -> Channel:
    raise RecgateError(f"The command line tells nobody, route {route.name} included.")
