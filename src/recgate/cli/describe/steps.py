"""`recgate describe steps`: the load tests of a job."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import aws_options
from recgate.cli.describe.layout import say, say_figures, say_heading, say_lines
from recgate.cli.describe.page import STATUS_STYLES, command_for, say_failed
from recgate.cli.describe.patience import Patience
from recgate.cli.exits import FINE
from recgate.cli.output_option import JSON, output_option
from recgate.cli.recorded_job import recorded_job
from recgate.cli.screen import screen
from recgate.dialect.benchmarks import benchmarks_in
from recgate.dialect.describe import snapshot_of
from recgate.dialect.job_names import named_job
from recgate.dialect.measured import DEFAULT_MINIMUM_SAMPLES
from recgate.domain.benchmark import Benchmark
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import RecgateError
from recgate.rendering.job_page.benchmarks import benchmark_table, counted, failed_benchmarks
from recgate.rendering.job_page.documents import steps_document
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT
from recgate.wiring import sagemaker_jobs

_STATUSES = click.Choice([each.value for each in JobStatus], case_sensitive=False)


class StepsNotRecorded(RecgateError):
    """A recorded job without what SageMaker says of its load tests."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """A job and its load tests: all of them, and those that were asked for."""

    job: Snapshot
    every: tuple[Benchmark, ...]
    shown: tuple[Benchmark, ...]
    statuses: tuple[str, ...]


@click.command("steps")
@click.argument("job", required=False)
@click.option(
    "--file",
    "file",
    metavar="F",
    help="A recorded Describe response, with its Steps in it or in NAME.extra.json beside it; "
    "- reads standard input.",
)
@click.option(
    "--extra",
    type=click.Path(path_type=Path),
    metavar="F",
    help="The Steps for --file. Default: NAME.extra.json beside it.",
)
@click.option(
    "--status",
    "statuses",
    type=_STATUSES,
    multiple=True,
    metavar="STATUS",
    help="Only load tests with this status, such as FAILED; may be said several times.",
)
@aws_options
@output_option()
def steps_command(
    *,
    job: str | None,
    file: str | None,
    extra: Path | None,
    statuses: tuple[str, ...],
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Show the load tests (benchmark steps) of one job, and why some failed.

    \b
    recgate describe steps fraud-ranker-v14 --region eu-west-1
    recgate describe steps fraud-ranker-v14 --status FAILED
    recgate describe steps --file examples/jobs/image-tagger-v2.json

    JOB is a name or an ARN. A job that COMPLETED can have load tests that FAILED: they are told
    nowhere else.

    Exit codes: 0 there is an answer, that there are none too; 2 there is none (no such job, a
    file without Steps).
    """  # noqa: D301  click reads the \b as "keep these lines"
    if (job is None) is (file is None):
        raise click.UsageError("Name a JOB, or a recorded one with --file, and not both.")
    if file is None and extra is not None:
        raise click.UsageError("--extra goes with --file; SageMaker knows a job's own steps.")
    if file is not None:
        found = _recorded(file, extra)
    else:
        region = region or named_job(job or "").region
        with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
            found = _asked(aws, job or "", Patience())
    every = benchmarks_in(found.document.get("steps"))
    wanted = tuple(dict.fromkeys(statuses))
    shown = tuple(each for each in every if not wanted or each.status in wanted)
    steps = _Steps(found, every, shown, wanted)
    if output == JSON:
        click.echo(json.dumps(_document(steps), indent=2, ensure_ascii=False))
    else:
        print_steps(steps.job, every, shown, wanted, screen())
    return FINE


def print_steps(
    job: Snapshot,
    every: Sequence[Benchmark],
    shown: Sequence[Benchmark],
    statuses: Sequence[str],
    out: Console,
) -> None:
    """Print the load tests that were asked for, and say how many there are."""
    status = job.status.value
    title = Text(clean(job.job_name, NAME_LIMIT), style="bold").append("  ")
    say(out, title.append(status, style=STATUS_STYLES.get(status, "bold")))
    if not every:
        say(out, "No load tests." if job.status.is_terminal else "No load tests so far.")
        return
    so_far = "" if job.status.is_terminal else " so far"
    say_lines(out, f"{counted(every)}{so_far}", first="")
    if not shown:
        say_lines(out, f"None of them is {' or '.join(statuses)}.", first="")
        return
    say(out)
    say_figures(out, benchmark_table(shown), styles=STATUS_STYLES)
    failed = failed_benchmarks(shown)
    if failed:
        say_heading(out, "Why they failed" if len(shown) > 1 else "Why it failed")
        for group in failed:
            say_failed(out, group, is_whole=True)
    if not job.status.is_terminal:
        say(out)
        say(out, Text(f"It runs. Follow it: {command_for(job, 'watch')}", style="dim"))


def _document(steps: _Steps) -> dict[str, object]:
    job = steps.job
    return steps_document(
        job.job_name,
        job.job_arn,
        job.status,
        steps.shown,
        statuses=steps.statuses,
        in_all=len(steps.every),
    )


def _asked(aws: Aws, job: str, patience: Patience) -> Snapshot:
    """The job and its load tests as SageMaker has them. Raises JobNotFound, JobSourceBusy, …

    It is described first: the list of steps does not tell a job without any from no job.
    """
    from recgate.adapters.sagemaker_progress import SageMakerProgress

    named = named_job(job)
    notice = JobNotice(named.name, Trigger(TriggerSource.COMMAND_LINE), job_arn=named.arn)
    jobs = sagemaker_jobs(aws, minimum_samples=DEFAULT_MINIMUM_SAMPLES)
    progress = SageMakerProgress(aws.client("sagemaker"))
    state = patience(lambda: jobs.state(notice))
    steps = patience(lambda: progress.benchmarks(state.job_name))
    return snapshot_of(state, tags=None, steps=steps, measured=None)


def _recorded(file: str, extra: Path | None) -> Snapshot:
    source = recorded_job(file, extra=extra, tags=())
    notice = JobNotice(file, Trigger(TriggerSource.COMMAND_LINE))
    found = source.gather(source.state(notice))
    if found.document.get("steps") is None:
        name = clean(found.job_name, NAME_LIMIT)
        beside = "F.extra.json" if file == "-" else f"{Path(file).stem}.extra.json"
        raise StepsNotRecorded(
            f"{clean(file, 200)}: nothing is recorded of the load tests of job {name}. Record "
            "them: aws sagemaker list-inference-recommendations-job-steps --job-name "
            f"{name} --output json > {clean(beside, 100)}, and keep it beside the file (or name "
            "it with --extra)."
        )
    return found
