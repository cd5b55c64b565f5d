"""`recgate describe JOB`: one job as SageMaker has it, or as it was recorded."""

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from recgate.adapters.described_job.connection import ConfiguredAws, Connection
from recgate.adapters.described_job.model import (
    TITLE,
    as_modelled,
    input_skeleton,
    input_skeleton_yaml,
    output_skeleton,
)
from recgate.adapters.described_job.recorded import recorded_answer
from recgate.cli.describe.debug_log import SecretFree, botocore_log
from recgate.cli.describe.job_or_command import JobOrCommand, complete_command
from recgate.cli.describe.options import (
    INPUT,
    JSON,
    PAGE,
    YAML_INPUT,
    accepted_options,
    connection_options,
    input_options,
    output_options,
)
from recgate.cli.describe.output import print_answer
from recgate.cli.describe.query import query_of
from recgate.cli.describe.request import job_asked_for
from recgate.cli.describe.sources import answer_of, page_of, recorded_page
from recgate.cli.exits import FINE
from recgate.cli.job_options import evidence_options
from recgate.dialect.job_names import NamedJob
from recgate.ports import JobSourceRefused
from recgate.wiring import utc_now


@click.command("describe", cls=JobOrCommand, no_args_is_help=True)
@click.argument("job", required=False, shell_complete=complete_command)
@input_options
@click.option(
    "--file",
    metavar="F",
    help="A recorded answer instead of a job (raw, or as the AWS CLI prints it); - reads standard "
    "input.",
)
@evidence_options
@output_options
@connection_options
@accepted_options
@click.option(
    "--debug", is_flag=True, help="Show tracebacks of errors, and botocore's log without secrets."
)
def job_command(
    *,
    job: str | None,
    job_name: str | None,
    cli_input_json: str | None,
    cli_input_yaml: str | None,
    skeleton: str | None,
    file: str | None,
    extra: Path | None,
    tags: tuple[str, ...],
    output: str | None,
    query: str | None,
    color: str,
    connection: Connection,
    named_region: str | None,
    debug: bool,
) -> int:
    """Show one job, as a page or as the AWS CLI shows it.

    \b
    recgate describe fraud-ranker-v14 --region eu-west-1
    recgate describe fraud-ranker-v14 --output json
    recgate describe fraud-ranker-v14 --query Status --output text
    recgate describe --file examples/jobs/fraud-ranker-v14.json
    recgate describe list --status COMPLETED
    recgate describe steps fraud-ranker-v14

    JOB is a name or an ARN. It takes every option of aws sagemaker
    describe-inference-recommendations-job, and prints the same with --output json, yaml,
    yaml-stream, text and table.

    Exit codes: 0 the job is described, 2 it could not be.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if job == "-" and file is None:
        job, file = None, "-"
    asked = query_of(query) if query is not None else None
    named = job_asked_for(
        job=job, job_name=job_name, cli_input_json=cli_input_json, cli_input_yaml=cli_input_yaml
    )
    if output == PAGE and (asked or skeleton):
        raise click.UsageError("--output page is the whole job; --query goes with the others.")
    if (extra or tags) and (file is None or (output or PAGE) != PAGE or asked):
        raise click.UsageError("--extra and --tag go with --file and the page, which shows them.")
    if skeleton == INPUT:
        _print(input_skeleton(), JSON, color)
        return FINE
    if skeleton == YAML_INPUT:
        click.echo(input_skeleton_yaml(), nl=False)
        return FINE
    if skeleton:
        sample: object = output_skeleton()
        _print(asked.of(sample) if asked else sample, output or JSON, color)
        return FINE
    if (named is None) is (file is None):
        raise click.UsageError(
            "Name a JOB (or --job-name, --cli-input-json, --cli-input-yaml), or a recorded answer "
            "with --file, and not both."
        )
    shown = output or (JSON if asked else PAGE)
    with botocore_log(wanted=debug) as log:
        if file is not None and shown == PAGE:
            recorded_page(file, extra=extra, tags=tags, now=utc_now(), color=color)
        elif named is not None and shown == PAGE:
            with closing(ConfiguredAws(_at(named, connection, named_region))) as aws:
                page_of(named, aws, log if debug else None, now=utc_now(), color=color)
        else:
            answer = _answer(named, file, _at(named, connection, named_region), log, debug=debug)
            _print(asked.of(answer) if asked else answer, shown, color)
    return FINE


def _answer(
    named: NamedJob | None,
    file: str | None,
    connection: Connection,
    log: SecretFree,
    *,
    debug: bool,
) -> object:
    """The whole answer, times as text; from the file if there is one."""
    with closing(ConfiguredAws(connection)) as aws:
        if named is not None:
            return answer_of(named, aws, log if debug else None)
        stream = sys.stdin.buffer if file == "-" else None
        return as_modelled(recorded_answer(Path(file or ""), stream=stream), aws.timestamp_format)


def _at(named: NamedJob | None, connection: Connection, region: str | None) -> Connection:
    """The connection to the region of the job's ARN. Raises JobSourceRefused for two regions."""
    if named is None or named.region is None:
        return connection
    if region not in (None, named.region):
        raise JobSourceRefused(
            f"Job {named.name} is in {named.region}, as its ARN says, and not in {region}. Leave "
            "--region out, or correct one of them."
        )
    return replace(connection, region=named.region)


def _print(value: object, output: str, color: str) -> None:
    print_answer(value, output, title=TITLE, color=color)
