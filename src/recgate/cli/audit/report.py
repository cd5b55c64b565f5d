"""`recgate audit report`: the page for an auditor, written and opened."""

import os
import shlex
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.deployed_stack import SEAL_FUNCTION
from recgate.cli.audit.selection import model_option, time_options
from recgate.cli.audit.verifying import verifier, verifying_options
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.page_output import check_page_options, page_options, put_out
from recgate.cli.read_ledger import ledger_to_read
from recgate.domain.model_wanted import ModelWanted
from recgate.evidence_ports import Evidence
from recgate.flows.evidence.report import audit_report
from recgate.flows.evidence.whole_record import Records
from recgate.rendering.evidence.report.page import audit_page
from recgate.settings import archive_name, settings_from


@click.command("report")
@model_option("Only this model: its package group, GROUP/VERSION, its name, or an ARN of these.")
@time_options(
    "What was decided since: 12h, 30d, or a date. Default: 30d; of a --model, everything."
)
@click.option(
    "--ledger",
    "ledger_name",
    metavar="FILE",
    help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else RECGATE_LEDGER.",
)
@stack_option(purpose="The deployed stack whose ledger and archive to read.")
@aws_options
@verifying_options
@page_options("recgate-evidence-DATE.html")
def report_command(
    *,
    model: ModelWanted | None,
    since: datetime | None,
    until: datetime | None,
    ledger_name: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    archive: str | None,
    out: str | None,
    opens: bool | None,
    **verifying: Any,  # noqa: ANN401  what `verifying_options` adds
) -> int:
    """Write the page for an auditor: what is approved, by whom, on which numbers.

    \b
    recgate audit report --ledger decisions.db --public-key signing.pem.pub --replay
    recgate audit report --stack recgate --public-key recgate-public.pem --since 2026-01-01
    recgate audit report --model fraud-ranker --stack recgate --out fraud-ranker.html

    It verifies the whole ledger first, and says at the top what came of that. Without
    --public-key no signature is checked, and the page says so. The page is one file that needs
    no network; it is written whatever was found.

    Exit codes: 0 the page is written, 2 it is not.
    """  # noqa: D301  click reads the \b as "keep these lines"
    check_page_options(out, opens=opens)
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not before --until: nothing is between.")
    now = datetime.now(UTC)
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = (
            deployment_of(aws, stack, function=SEAL_FUNCTION).settings
            if stack
            else settings_from(os.environ)
        )
        if archive:
            settings = replace(settings, archive=archive_name(archive, told_by="--archive"))
        name = ledger_name or settings.ledger
        checks = verifier(settings, aws, now=now, **verifying)
        with ledger_to_read(name, aws) as (opened, index):
            report = audit_report(
                Records(name, opened, index, opened if isinstance(opened, Evidence) else None),
                model=model,
                about=f"Model {model}" if model else "All models",
                command="",
                since=since,
                until=until,
                verification=checks.ledger(opened, name),
                now=now,
            )
    command = _command(
        {
            "--stack": stack,
            "--ledger": ledger_name if stack else name,
            "--model": model.words if model else "",
            "--since": _moment(report.since),
            "--until": _moment(min(report.until, now)),
            "--archive": archive if stack else settings.archive,
            "--public-key": verifying["public_keys"],
            "--checkpoint": verifying["checkpoint_files"],
            "--replay": verifying["judges_again"],
            "--region": region,
            "--profile": profile,
            "--endpoint-url": endpoint_url,
        }
    )
    put_out(
        audit_page(replace(report, command=command)),
        name=f"recgate-evidence-{now:%Y-%m-%d}.html",
        out=out,
        opens=opens,
        said="Evidence report written to {}",
    )
    return 0


def _command(said: Mapping[str, object]) -> str:
    """The command that makes the page again: the options that are set, and each as a shell takes
    it. True is an option without a value, and several values are several options.
    """
    words = ["recgate", "audit", "report"]
    for option, value in said.items():
        values = value if isinstance(value, tuple) else (value,)
        for each in values:
            if each is True:
                words.append(option)
            elif each:
                words += [option, str(each)]
    return shlex.join(words)


def _moment(at: datetime | None) -> str:
    """The time as --since and --until take it, to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() if at else ""
