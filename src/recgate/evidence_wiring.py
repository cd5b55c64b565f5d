"""What seals records, for the function and for a desk: a ledger with chains, a key, an archive."""

from pathlib import Path
from typing import TYPE_CHECKING

from recgate.evidence_ports import EvidenceArchive, Signer
from recgate.flows.evidence.seal import ChainedLedger, SealParts
from recgate.ports import Ledger, RecgateError
from recgate.settings import Settings, SettingsInvalid
from recgate.wiring import deployed_ledger, utc_now

if TYPE_CHECKING:
    from recgate.adapters.aws_clients import Aws


class NoChains(RecgateError):
    """The ledger does not chain what is appended to it, so it cannot be sealed."""


def seal_parts(settings: Settings, aws: "Aws", opened: Ledger | None = None) -> SealParts:
    """The parts of the sealer. ``opened`` is another ledger than that of the settings.

    Raises SettingsInvalid, NoChains, AwsNotConfigured, SignerRefused, ArchiveRefused.
    """
    # The key first: without one nothing else is looked at.
    key = signer(settings.signing_key, aws)
    kept = deployed_ledger(settings, aws) if opened is None else opened
    return SealParts(
        ledger=chained(kept, settings.ledger),
        signer=key,
        archive=archive(settings.archive, aws),
        clock=utc_now,
    )


def chained(opened: Ledger, name: str) -> ChainedLedger:
    """The ledger as one that has chains; ``name`` is what people call it. Raises NoChains."""
    if not isinstance(opened, ChainedLedger):
        raise NoChains(
            f"The ledger {name} chains nothing, so there is nothing to seal: name a file of "
            "recgate check --record, or dynamodb:TABLE."
        )
    return opened


def signer(name: str, aws: "Aws") -> Signer:
    """The key of that name: ``kms:`` and its ARN or id, or a file with a private key in PEM.

    Raises SettingsInvalid for none, SignerRefused for a file that holds no such key.
    """
    if not name:
        raise SettingsInvalid(
            "RECGATE_SIGNING_KEY: a key to sign records with is needed: kms:ARN, or a file that "
            "recgate audit key makes."
        )
    kind, _, key_id = name.partition(":")
    if kind == "kms":
        from recgate.adapters.kms_signer import KmsSigner

        return KmsSigner(aws.client("kms", _region_of(key_id)), key_id)
    from recgate.adapters.local_key import LocalKey

    return LocalKey(Path(name))


def archive(name: str, aws: "Aws") -> EvidenceArchive | None:
    """Where signed records are kept: ``s3:BUCKET``, a folder, or nowhere."""
    kind, _, bucket = name.partition(":")
    if kind == "s3":
        from recgate.adapters.s3_archive import S3Archive

        return S3Archive(aws.client("s3"), bucket)
    if name:
        from recgate.adapters.folder_archive import FolderArchive

        return FolderArchive(Path(name))
    return None


def _region_of(key_id: str) -> str | None:
    """The region that a key's ARN names; None: that of the caller."""
    parts = key_id.split(":")
    return parts[3] if len(parts) > 5 and parts[0] == "arn" else None
