"""Which decisions a command is about, and in which ledger: the options that they all have."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.deployment import Deployment, aws_options, deployment_of, stack_option
from recgate.cli.read_ledger import ledger_to_read
from recgate.cli.since import since_option
from recgate.domain.canonical import Json
from recgate.domain.job import JobStatus
from recgate.domain.model_wanted import ModelWanted, NoModel, model_wanted
from recgate.domain.verdict import Verdict
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.find import Look, LookBy, PolicyWanted, Wanted
from recgate.flows.evidence.whole_record import Records
from recgate.rendering.evidence.decision_list import iso
from recgate.rendering.evidence.decision_words import when
from recgate.settings import settings_from

C = TypeVar("C", bound=Callable[..., object])

_WHERE = ("ledger", "stack", "region", "profile", "endpoint_url")
"""The names of what `ledger_options` adds."""

_VERDICTS = (*(each.value for each in Verdict), JobStatus.FAILED.value, JobStatus.STOPPED.value)
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{4}-?W\d{2}-?\d")
_WEEK = re.compile(r"\d{4}-?W\d{2}")
_REVISION = re.compile(r"[0-9a-f]{4,64}")


def ledger_options(command: C) -> C:
    """Add --ledger, --stack and those of AWS: where `records_in` looks."""
    for option in (
        aws_options,
        stack_option(purpose="The deployed stack whose ledger to read."),
        click.option(
            "--ledger",
            metavar="FILE",
            help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else "
            "RECGATE_LEDGER.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def records_in(
    *,
    ledger: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
) -> Iterator[Records]:
    """The ledger that the options of `ledger_options` name, open as long as the block lasts.

    Raises click.UsageError, NoLedgerThere, StackUnusable, LedgerUnavailable, LedgerRefused.
    """
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        deployed = deployment_of(aws, stack) if stack else None
        with opened_records(ledger, deployed, aws) as records:
            yield records


@contextmanager
def opened_records(ledger: str | None, deployed: Deployment | None, aws: Aws) -> Iterator[Records]:
    """The ledger of that name, else that of the stack, else that of the environment, open as long
    as the block lasts. Raises as `records_in` does.
    """
    settings = deployed.settings if deployed else settings_from(os.environ)
    name = ledger or settings.ledger
    with ledger_to_read(name, aws) as (opened, index):
        evidence = opened if isinstance(opened, Evidence) else None
        yield Records(f"the ledger {name}", opened, index, evidence)


def model_option(help_text: str) -> Callable[[C], C]:
    """Add --model, which gives a `ModelWanted`."""
    return click.option("--model", metavar="MODEL", callback=_model, help=help_text)


def time_options(since_help: str) -> Callable[[C], C]:
    """Add --since and --until, which give times in UTC."""

    def add(command: C) -> C:
        until = click.option(
            "--until",
            metavar="WHEN",
            callback=until_option,
            help="Only what was decided before this time (UTC); a date includes that day.",
        )
        since = click.option("--since", metavar="WHEN", callback=since_option, help=since_help)
        return since(until(command))

    return add


def selection_options(command: C) -> C:
    """Add the filters that `wanted_of` takes."""
    for option in (
        time_options("Only what was decided since: 12h, 30d, or a date. Default: 30d, see above."),
        click.option(
            "--tag",
            "tags",
            multiple=True,
            metavar="KEY=VALUE",
            help="Only jobs with this tag, such as env=prod. May be repeated: all of them.",
        ),
        click.option(
            "--by",
            metavar="WHO",
            help="Only decisions whose job WHO started, or with a waiver that WHO asked for or "
            "approved: a part of the name or ARN.",
        ),
        click.option(
            "--verdict",
            "verdicts",
            multiple=True,
            type=click.Choice(_VERDICTS, case_sensitive=False),
            help="Only this verdict. May be repeated: any of them.",
        ),
        click.option(
            "--policy",
            "policies",
            multiple=True,
            metavar="NAME",
            callback=_policies,
            help="Only decisions that this policy took part in; NAME@REVISION: in this revision. "
            "May be repeated: any of them.",
        ),
        click.option("--job", metavar="JOB", help="Only this job, by its name or ARN."),
        model_option(
            "Only this model: its package group, GROUP/VERSION, its name, or an ARN of these."
        ),
    ):
        command = option(command)
    return command


def wanted_of(
    *,
    model: ModelWanted | None,
    job: str | None,
    policies: tuple[PolicyWanted, ...],
    verdicts: tuple[str, ...],
    by: str | None,
    tags: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    """What the options of `selection_options` ask for. Raises click.UsageError."""
    if since is not None and until is not None and since >= until:
        raise click.UsageError(
            f"--since {when(since)} is not before --until {when(until)} (UTC): nothing is between."
        )
    pairs = [tag.partition("=") for tag in tags]
    if any(not key or not equals for key, equals, _ in pairs):
        raise click.UsageError("--tag is KEY=VALUE, such as --tag env=prod.")
    return Wanted(
        model=model,
        job=job,
        policies=policies,
        verdicts=frozenset(verdicts),
        by=(by or "").strip(),
        tags={key: value for key, _, value in pairs},
        since=since,
        until=until,
    )


def parted(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `wanted_of` takes, and what `records_in` does."""
    where = {name: options[name] for name in _WHERE}
    return {name: value for name, value in options.items() if name not in where}, where


def looked_words(look: Look, *, days: int) -> str:
    """What was looked through: ``of the last 30 days (--since looks further back)``."""
    until = "" if look.until is None else f" until {when(look.until)} UTC"
    if look.since is None:
        return f"of all times{until}"
    if look.is_default and look.until is None:
        return f"of the last {days} days (--since looks further back)"
    more = " (--since looks further back)" if look.is_default else ""
    return f"since {when(look.since)} UTC{until}{more}"


def looked_document(look: Look) -> dict[str, Json]:
    """The same for programs."""
    return {
        "by": LookBy(look.by).value,
        "since": None if look.since is None else iso(look.since),
        "until": None if look.until is None else iso(look.until),
        "is_default": look.is_default,
    }


def until_option(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    """The callback of an option that takes the end of a time: a date stands for all of that day,
    and a week (``2026-W47``) for all of that week.
    """
    found = since_option(context, option, value)
    if found is None or value is None:
        return found
    said = value.strip()
    days = 1 if _DAY.fullmatch(said) else 7 if _WEEK.fullmatch(said) else 0
    return found + timedelta(days=days)


def _model(
    context: click.Context, option: click.Parameter, value: str | None
) -> ModelWanted | None:
    try:
        return None if value is None else model_wanted(value)
    except NoModel as problem:
        raise click.BadParameter(f"{problem}.", context, option) from problem


def _policies(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[PolicyWanted, ...]:
    wanted = []
    for value in values:
        name, at, revision = value.partition("@")
        if not name or (at and not _REVISION.fullmatch(revision)):
            raise click.BadParameter(
                f"{value!r} is neither NAME nor NAME@REVISION with 4 digits of its digest or more.",
                context,
                option,
            )
        wanted.append(PolicyWanted(name, revision))
    return tuple(wanted)
