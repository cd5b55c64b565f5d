"""Where the jobs of a backtest come from: a ledger, a folder of files, or an account."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.job_folder import JobFolder
from recgate.adapters.sagemaker_job_list import SageMakerJobList
from recgate.adapters.sqlite_history import SqliteHistory
from recgate.cli.check_parts import MEMORY
from recgate.cli.deployment import deployment_of
from recgate.cli.read_ledger import ledger_to_read
from recgate.dialect.backtest_record import decided_whole
from recgate.flows.backtest_account import AccountHistory, ended_since
from recgate.flows.backtest_ledger import LedgerHistory
from recgate.flows.backtest_past import Pasts
from recgate.settings import Settings, settings_from
from recgate.wiring import sagemaker_jobs, utc_now

RECORDED = "recorded"
"""What --against says for the verdicts in the ledger."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that say which jobs. ``strictly``: policies read fields of Describe."""

    jobs: Path | None
    account: bool
    ledger: str | None
    stack: str | None
    since: datetime | None
    until: datetime | None
    at_most: int
    strictly: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The jobs, what to call them, and how many there are (None: nobody knows before)."""

    pasts: Pasts
    words: str
    count: Callable[[], int | None]


def check_source(asked: Asked, against: str | None) -> None:
    """Raises click.UsageError for options that go against each other."""
    from_ledger = asked.ledger is not None or asked.stack is not None
    if asked.jobs is not None and (asked.account or from_ledger or asked.since or asked.until):
        raise click.UsageError(
            "--jobs is a folder of files: --account, --ledger, --stack, --since and --until do "
            "not go with it."
        )
    if asked.account and asked.ledger is not None:
        raise click.UsageError("Name one of --account and --ledger.")
    if asked.account and asked.since is None:
        raise click.UsageError("--account needs --since: how far back to look for jobs.")
    if against == RECORDED and (asked.jobs is not None or asked.account):
        raise click.UsageError(
            "--against recorded is about the decisions in a ledger: for jobs from elsewhere name "
            "a folder of policies or a git revision."
        )


@contextmanager
def source_of(asked: Asked, aws: Aws) -> Iterator[Source]:
    """The source, open as long as the block lasts.

    Raises click.UsageError, NoLedgerThere, TooManyJobs, and what the ports raise.
    """
    if asked.jobs is not None:
        folder = JobFolder(asked.jobs, strictly=asked.strictly)
        yield Source(folder, f"in {asked.jobs}", folder.jobs)
    elif asked.account:
        yield _account(asked, aws)
    else:
        with _ledger(asked, aws) as source:
            yield source


def _account(asked: Asked, aws: Aws) -> Source:
    settings = (
        deployment_of(aws, asked.stack).settings if asked.stack else settings_from(os.environ)
    )
    since = asked.since or utc_now()
    jobs = SageMakerJobList(aws.client("sagemaker"))
    history = AccountHistory(
        ended_since(jobs, since, asked.until, at_most=asked.at_most),
        sagemaker_jobs(aws, minimum_samples=settings.minimum_samples),
        time.sleep,
    )
    return Source(history, f"of the account, {_span(asked)}", history.jobs)


@contextmanager
def _ledger(asked: Asked, aws: Aws) -> Iterator[Source]:
    name = asked.ledger or _settings(asked, aws).ledger
    words = " ".join(filter(None, (f"in the ledger {name}", _span(asked))))
    with ledger_to_read(name, aws) as (ledger, index):
        if name != MEMORY and not name.startswith("dynamodb:"):
            path = name.removeprefix("sqlite:")
            with SqliteHistory(path, since=asked.since, until=asked.until) as history:
                yield Source(history, words, history.jobs)
            return
        if asked.since is None:
            raise click.UsageError(
                f"The ledger {name} is read day by day: say with --since how far back, such as "
                "90d or 2026-09-01."
            )
        until = asked.until or utc_now() + timedelta(minutes=5)
        yield Source(
            LedgerHistory(ledger, index, decided_whole, asked.since, until), words, lambda: None
        )


def _settings(asked: Asked, aws: Aws) -> Settings:
    return deployment_of(aws, asked.stack).settings if asked.stack else settings_from(os.environ)


def _span(asked: Asked) -> str:
    since = f"since {asked.since:%Y-%m-%d %H:%M} UTC" if asked.since else ""
    until = f"until {asked.until:%Y-%m-%d %H:%M} UTC" if asked.until else ""
    return " ".join(filter(None, (since, until)))
