"""Where the job comes from: SageMaker, with what is asked beside it for the page, or a file."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from recgate.adapters.described_job.answer import described, explained, refuse_other_account
from recgate.adapters.described_job.connection import ConfiguredAws, without_user
from recgate.adapters.sagemaker_jobs import SageMakerJobs
from recgate.cli.describe.debug_log import SecretFree
from recgate.cli.describe.output import page_screen
from recgate.cli.recorded_job import recorded_job
from recgate.dialect.describe import snapshot_of
from recgate.dialect.job_names import NamedJob
from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.ports import JobSourceBusy, JobSourceRefused, JobState


def answer_of(job: NamedJob, aws: ConfiguredAws, log: SecretFree | None) -> Mapping[str, Any]:
    """What SageMaker answers, times as text. Raises NotConnected and what `described` raises."""
    aws.print_times(aws.timestamp_format)
    client = _client(aws, log)
    with aws.asking():
        return described(client, job)


def page_of(
    job: NamedJob, aws: ConfiguredAws, log: SecretFree | None, *, now: datetime, color: str
) -> None:
    """Print the page of a job in SageMaker. Raises what `JobSource` and `ConfiguredAws` raise."""
    client = _client(aws, log)
    jobs = SageMakerJobs(client, lambda: aws.client("cloudwatch"))
    with aws.asking():
        with explained(client):
            state = jobs.state(JobNotice(job.name, _BY_HAND))
        refuse_other_account(job, state.job_arn)
        snapshot = _gathered(jobs, state)
    _print_page(snapshot, now=now, color=color)


def recorded_page(
    file: str, *, extra: Path | None, tags: tuple[str, ...], now: datetime, color: str
) -> None:
    """Print the page of a recorded job. Raises JobUnusable, click.UsageError."""
    jobs = recorded_job(file, extra=extra, tags=tags)
    state = jobs.state(JobNotice("recorded job", _BY_HAND))
    _print_page(jobs.gather(state), now=now, color=color, file=file)


_BY_HAND = Trigger(TriggerSource.COMMAND_LINE, event_id=None)


def _client(aws: ConfiguredAws, log: SecretFree | None) -> Any:  # noqa: ANN401  botocore has no types
    client = aws.client("sagemaker")
    if log is not None:
        log.secrets.update(aws.secrets())
    if not aws.verifies:
        where = without_user(client.meta.endpoint_url)
        click.echo(
            f"recgate: nobody knows who answers at {where}: its certificate is not looked at "
            "(--no-verify-ssl).",
            err=True,
        )
    return client


def _gathered(jobs: SageMakerJobs, state: JobState) -> Snapshot:
    """The job with all that belongs to it, or without, if whoever asks may not know that."""
    try:
        return jobs.gather(state)
    except (JobSourceRefused, JobSourceBusy) as problem:
        # The job itself is known: the page shows it, and says what it does not know.
        click.echo(
            f"recgate: the page is without tags, steps and measured latencies: {problem}", err=True
        )
        return snapshot_of(state, tags=None, steps=None, measured=None)


def _print_page(snapshot: Snapshot, *, now: datetime, color: str, file: str | None = None) -> None:
    from recgate.cli.describe.page import print_job_page

    print_job_page(snapshot, now=now, screen=page_screen(color), file=file)
