"""`recgate audit verify`: whether anybody changed the records."""

import json
import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from recgate.adapters.aws_clients import Aws
from recgate.cli.audit.evidence_ledger import ledger_at_hand
from recgate.cli.audit.verifying import verifier, verifying_options
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.cli.output_option import JSON, output_option
from recgate.cli.screen import screen
from recgate.domain.verification import Verification
from recgate.rendering.evidence.verification import (
    Looked,
    verification_document,
    verification_lines,
)
from recgate.settings import Settings, archive_name, settings_from

_FUNCTION = "SealFunction"
"""The function of a stack that knows its archive."""


@click.command("verify")
@click.option(
    "--ledger",
    "ledger_name",
    metavar="FILE",
    help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else RECGATE_LEDGER.",
)
@stack_option(purpose="The deployed stack whose ledger and archive to verify.")
@aws_options
@verifying_options
@click.option("--archive-only", is_flag=True, help="Verify the archive alone, without any ledger.")
@output_option()
def verify_command(
    *,
    ledger_name: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    archive: str | None,
    archive_only: bool,
    public_keys: tuple[Path, ...],
    checkpoint_files: tuple[Path, ...],
    judges_again: bool,
    output: str,
) -> int:
    """Tell whether the records are what was recorded, and name each that is not.

    \b
    recgate audit verify --ledger decisions.db --public-key signing.pem.pub --archive evidence
    recgate audit verify --stack recgate --public-key recgate-public.pem --replay
    recgate audit verify --archive-only --archive s3:BUCKET --public-key recgate-public.pem
    recgate audit verify --ledger decisions.db --public-key k.pub --checkpoint head.json

    Every record is read: its entry, its link to the one before it, its signature, its envelope in
    the archive. What was edited, deleted, exchanged, forged, copied or cut off is named with its
    number in the chain. The key comes from you: one that lies beside the records proves nothing.

    Exit codes: 0 everything was checked and is as it was recorded; 1 something was changed;
    2 nothing was found changed, and something is not signed yet or could not be checked (no
    --public-key, an archive out of reach, records of a newer recgate).
    """  # noqa: D301  click reads the \b as "keep these lines"
    if archive_only and ledger_name:
        raise click.UsageError("--archive-only looks at no ledger: leave out --ledger.")
    now = datetime.now(UTC)
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        settings = _chosen(_settings(aws, stack), ledger_name, archive)
        held_against = verifier(
            settings,
            aws,
            public_keys=public_keys,
            checkpoint_files=checkpoint_files,
            judges_again=judges_again,
            now=now,
        )
        if archive_only:
            found = held_against.archive_alone()
        else:
            with ledger_at_hand(settings.ledger, settings, aws) as opened:
                found = held_against.ledger(opened, settings.ledger)
    looked = Looked(
        ledger="" if archive_only else settings.ledger,
        archive=held_against.archive.where if held_against.archive else "",
        keys=len(public_keys),
        at=now,
    )
    _print(found, looked, output)
    if found.is_tampered:
        return NOT_FINE
    return FINE if found.is_intact else COULD_NOT_TELL


def _settings(aws: Aws, stack: str | None) -> Settings:
    if stack:
        return deployment_of(aws, stack, function=_FUNCTION).settings
    return settings_from(os.environ)


def _chosen(settings: Settings, ledger: str | None, archive: str | None) -> Settings:
    """The settings with what was said on the command line."""
    return replace(
        settings,
        ledger=ledger or settings.ledger,
        archive=archive_name(archive, told_by="--archive") if archive else settings.archive,
    )


def _print(found: Verification, looked: Looked, output: str) -> None:
    if output == JSON:
        document = verification_document(found, looked)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    terminal = screen()
    for line in verification_lines(found, looked):
        style = "red" if line.is_bad else "yellow" if line.is_doubt else ""
        terminal.print(Text(line.text, style=style))
