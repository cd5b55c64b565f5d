"""`recgate audit key`: make a key to sign with at a desk, or show the public one of a key."""

import json
from pathlib import Path

import click

from recgate.adapters.aws_clients import Aws
from recgate.adapters.kms_signer import KmsSigner
from recgate.adapters.local_key import LocalKey, new_local_key, public_path
from recgate.adapters.signature_check import PublicKeys
from recgate.cli.deployment import aws_options
from recgate.cli.exits import FINE
from recgate.cli.output_option import JSON, output_option

SCHEMA = "recgate-audit-key/1"


@click.command("key")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--public",
    is_flag=True,
    help="Make nothing: print the public key of the private one in FILE, in PEM.",
)
@click.option(
    "--from-kms",
    metavar="KEY",
    help="Make nothing: print the public key of this KMS key (ARN, id or alias), in PEM.",
)
@aws_options
@output_option()
def key_command(
    *,
    file: Path | None,
    public: bool,
    from_kms: str | None,
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    output: str,
) -> int:
    """Make a key to sign records with at a desk, or print a public key.

    \b
    recgate audit key signing.pem
    recgate audit key --public signing.pem > signing.pem.pub
    recgate audit key --from-kms arn:aws:kms:eu-west-1:111122223333:key/0a1b > signer.pub

    It writes a private key on P-256 to FILE, readable by you alone, and the public one to
    FILE.pub; it never writes over a file. Keep the private key out of every repository, and give
    the public one to whoever checks: beside the ledger it would be exchanged together with it.

    In AWS the key is in KMS and nobody can read it; --from-kms fetches the public one, for
    recgate audit verify and for openssl. The region is that of the ARN unless you say another.

    Exit codes: 0 made or printed, 2 neither.
    """  # noqa: D301  click reads the \b as "keep these lines"
    if (file is None) == (from_kms is None):
        raise click.UsageError("Name the FILE of a key, or a key in KMS (--from-kms KEY).")
    if from_kms is not None:
        if public:
            raise click.UsageError("--public goes with FILE: --from-kms prints the public key.")
        aws = Aws(region or _region_of(from_kms), profile, endpoint_url)
        try:
            pem = KmsSigner(aws.client("kms"), from_kms).public_key()
        finally:
            aws.close()
        _print_public(pem, from_kms, output)
    elif file is not None and public:
        key = LocalKey(file)
        _print_public(key.public_key(), key.key_id, output, private=file)
    elif file is not None:
        _print_made(new_local_key(file), file, output)
    return FINE


def _region_of(key: str) -> str | None:
    """The region in an ARN of KMS; None if it is none, and boto3's own configuration counts."""
    parts = key.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 5 and parts[2] == "kms" else None


def _print_public(pem: bytes, key_id: str, output: str, private: Path | None = None) -> None:
    if output == JSON:
        _print_document(pem, key_id, private=private)
    else:
        click.echo(pem.decode(), nl=False)


def _print_made(key: LocalKey, file: Path, output: str) -> None:
    public = public_path(file)
    if output == JSON:
        _print_document(key.public_key(), key.key_id, private=file, public=public)
        return
    click.echo(
        f"Private key  {file} (only you can read it)\n"
        f"Public key   {public}\n"
        f"Key id       {key.key_id}\n\n"
        f"Sign with it:  recgate audit seal --key {file}\n"
        f"Check with it: recgate audit verify --public-key {public}\n\n"
        "Keep the public key where the auditor is, and not beside the ledger: whoever can change\n"
        "the ledger could exchange the key as well. Whoever has the private key can sign as you."
    )


def _print_document(
    pem: bytes, key_id: str, *, private: Path | None = None, public: Path | None = None
) -> None:
    document = {
        "schema": SCHEMA,
        "key_id": key_id,
        "fingerprint": PublicKeys([pem]).key_ids[0],
        "public_key": pem.decode(),
        "private_key_file": None if private is None else str(private),
        "public_key_file": None if public is None else str(public),
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
