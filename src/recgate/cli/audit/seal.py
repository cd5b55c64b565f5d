"""`recgate audit seal`: sign and archive at a desk what the deployed function does every minute."""

import json
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.cli.audit.evidence_ledger import ledger_at_hand
from recgate.cli.audit.seal_report import exit_code_of, print_sealed, sealed_document
from recgate.cli.deployment import aws_options, deployment_of, stack_option
from recgate.cli.output_option import JSON, output_option
from recgate.domain.statement import envelope_bytes
from recgate.evidence_wiring import seal_parts
from recgate.flows.evidence.checkpoint import Checkpointed, checkpoint, newest_checkpoint
from recgate.flows.evidence.seal import SealParts, seal
from recgate.ports import RecgateError
from recgate.settings import Settings, archive_name, key_name, settings_from
from recgate.written_whole import written_whole

_FUNCTION = "SealFunction"


class CheckpointNotSaved(RecgateError):
    """There is no signed checkpoint to keep elsewhere, or no room for it."""


@click.command("seal")
@click.option(
    "--ledger",
    "ledger_name",
    metavar="FILE",
    help="A SQLite file, or dynamodb:TABLE. Default: the ledger of --stack, else RECGATE_LEDGER.",
)
@stack_option(purpose="The deployed stack whose ledger, key and archive to use.")
@aws_options
@click.option(
    "--key",
    metavar="KEY",
    help="What signs: a file with a private key (recgate audit key makes one), or kms:ARN. "
    "Default: the key of --stack, else RECGATE_SIGNING_KEY.",
)
@click.option(
    "--archive",
    metavar="PLACE",
    help="Where signed records are kept: a folder, or s3:BUCKET. Default: the archive of --stack, "
    "else RECGATE_ARCHIVE; without one, seals are kept in the ledger alone.",
)
@click.option(
    "--checkpoint", "makes_checkpoint", is_flag=True, help="Make today's checkpoint, too."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="F",
    help="Write the signed checkpoint of each chain to this file, one a line; needs --checkpoint.",
)
@output_option()
def seal_command(
    *,
    ledger_name: str | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    key: str | None,
    archive: str | None,
    makes_checkpoint: bool,
    save: Path | None,
    output: str,
) -> int:
    """Sign and archive what is recorded and not sealed yet.

    \b
    recgate audit seal --ledger decisions.db --key signing.pem --archive evidence
    recgate audit seal --ledger decisions.db --key signing.pem --checkpoint --save head.json
    recgate audit seal --stack recgate

    In the order of each chain, from where it was sealed. A record that does not continue what
    was sealed before is never signed: its chain stops there, and what is wrong is printed.
    Beside others that do the same it does no harm.

    A checkpoint records the end of each chain, once a day (UTC). Kept where whoever can change
    the ledger and the archive cannot, it shows when the end was cut off.

    With --stack it does now what the deployed function does every minute; only that function is
    allowed to sign and to archive, unless you have changed who is.

    Exit codes: 0 everything is sealed, 1 the evidence is broken, 2 something could not be sealed
    (no key, refused, out of reach).
    """  # noqa: D301  click reads the \b as "keep these lines"
    if save is not None and not makes_checkpoint:
        raise click.UsageError("--save writes the checkpoint that --checkpoint makes.")
    with closing(Aws(region=region, profile=profile, endpoint_url=endpoint_url)) as aws:
        if stack:
            settings = deployment_of(aws, stack, function=_FUNCTION).settings
        else:
            settings = settings_from(os.environ)
        settings = _chosen(settings, ledger_name, key, archive)
        with ledger_at_hand(settings.ledger, settings, aws) as opened:
            parts = seal_parts(settings, aws, opened)
            made = checkpoint(parts, parts.clock()) if makes_checkpoint else ()
            sealed = seal(parts)
            if sealed.faults:
                raise sealed.faults[0]
            if output == JSON:
                document = sealed_document(settings.ledger, parts.archive, sealed, made)
                click.echo(json.dumps(document, indent=2, ensure_ascii=False))
            else:
                print_sealed(sealed, made, parts.archive)
            if save is not None:
                _save(save, parts, made)
                click.echo(f"The signed checkpoints are in {save}.", err=output == JSON)
    return exit_code_of(sealed, made)


def _chosen(
    settings: Settings, ledger: str | None, key: str | None, archive: str | None
) -> Settings:
    """The settings with what was said on the command line."""
    return replace(
        settings,
        ledger=ledger or settings.ledger,
        signing_key=key_name(key, told_by="--key") if key else settings.signing_key,
        archive=archive_name(archive, told_by="--archive") if archive else settings.archive,
    )


def _save(file: Path, parts: SealParts, made: Sequence[Checkpointed]) -> None:
    """Write the newest checkpoint of every chain as it was signed, one a line, whole or not at
    all.
    """
    lines = []
    for each in made:
        found = newest_checkpoint(each.chain, parts.ledger)
        if found is None:
            raise CheckpointNotSaved(
                f"The checkpoint of {each.chain} is not sealed, so {file} was not written: mend "
                "what is in the way, and say it again."
            )
        lines.append(envelope_bytes(found[1]) + b"\n")
    if not lines:
        raise CheckpointNotSaved(f"Nothing is recorded yet, so {file} was not written.")
    try:
        with written_whole(file) as opened:
            opened.writelines(lines)
    except OSError as problem:
        raise CheckpointNotSaved(
            f"{file} was not written: {problem.strerror or type(problem).__name__}. Name a file in "
            "a folder that is there."
        ) from problem
