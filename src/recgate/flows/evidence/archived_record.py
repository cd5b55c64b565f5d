"""One record sealed: signed, archived, and its seal kept beside its link, in this order.

Whoever dies in between leaves a record that the next one seals again: the archive takes one
object for a place, so a second signature is dropped and the archived one is kept.
"""

from datetime import UTC, datetime

from recgate.domain.seal import Seal, archive_name
from recgate.domain.statement import (
    Envelope,
    EnvelopeUnreadable,
    Signature,
    envelope_bytes,
    envelope_from,
    pae,
    statement_from,
)
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import (
    ArchiveUnavailable,
    Evidence,
    EvidenceArchive,
    NameTaken,
    Signer,
)
from recgate.flows.evidence.continuation import THE_LEDGER, NextRecord, named


def seal_record(
    record: NextRecord,
    payload: bytes,
    *,
    evidence: Evidence,
    signer: Signer,
    archive: EvidenceArchive | None,
    now: datetime,
) -> bool:
    """Sign, archive, keep the seal. Gives False when another sealer has kept its own.

    Raises NotContinued when the archive holds another record at this place, or when a signature
    that is there already is not by the signer's key; and the errors of the ports:
    SignerUnavailable, SignerRefused, ArchiveUnavailable, ArchiveRefused, LedgerUnavailable,
    LedgerRefused.
    """
    link = record.link
    if record.stored.seal is not None:
        _check_sealed(record, payload, record.stored.seal, signer, archive)
        return False
    signature = signer.sign(pae(payload))
    name = version = ""
    if archive is not None:
        name = archive_name(link.chain, link.sequence)
        try:
            version = archive.keep(name, envelope_bytes(Envelope(payload, signature)))
        except NameTaken:
            signature, version = _kept_before(record, payload, name, signer, archive)
    sealed_at = now.astimezone(UTC).isoformat(timespec="microseconds")
    seal = Seal(signature, sealed_at, name, version)
    return evidence.keep_seal(link.chain, link.sequence, seal)


def _kept_before(
    record: NextRecord, payload: bytes, name: str, signer: Signer, archive: EvidenceArchive
) -> tuple[Signature, str]:
    """The signature and the version of the object that is there, if it is of this record.

    Another sealer put it there, or one that died before it kept the seal. Raises NotContinued for
    what neither of them did.
    """
    found = [each for each in archive.versions(name) if each.name == name and not each.is_marker]
    content = archive.content(name, found[-1].version) if found else None
    if content is None:
        raise ArchiveUnavailable(
            f"{archive.where} says that there is an object {name}, and does not give it: the next "
            "run asks again."
        )
    signature = _archived(record, payload, content, archive).signature
    _check_made(record, payload, signature, signer, where=archive.where)
    return signature, found[-1].version


def _check_sealed(
    record: NextRecord,
    payload: bytes,
    seal: Seal,
    signer: Signer,
    archive: EvidenceArchive | None,
) -> None:
    """Raises NotContinued unless the seal in the ledger is ours, and the archive holds what it
    tells of.
    """
    if archive is not None and seal.archived_as:
        _check_archived(record, payload, seal, archive)
    _check_made(record, payload, seal.signature, signer, where=THE_LEDGER)


def _check_archived(
    record: NextRecord, payload: bytes, seal: Seal, archive: EvidenceArchive
) -> None:
    name = archive_name(record.link.chain, record.link.sequence)
    if seal.archived_as != name:
        what = "its seal names the archived object of another record"
        raise record.refused(FlawKind.REPLAYED, what)
    content = archive.content(name, seal.version)
    if content is None:
        what = f"its seal names version {seal.version} of {name}, which is not there"
        raise record.refused(FlawKind.DELETED, what, where=archive.where)
    if _archived(record, payload, content, archive).signature.value != seal.signature.value:
        what = "the signature of its seal is not the archived one"
        raise record.refused(FlawKind.EDITED, what)


def _check_made(
    record: NextRecord, payload: bytes, signature: Signature, signer: Signer, *, where: str
) -> None:
    """Raises NotContinued for a signature that was there already and is not by our key."""
    if not signer.made(pae(payload), signature):
        what = (
            "it has a signature already, which is not by the key that signs now. Was the key "
            "changed before everything was sealed? Then let the old one sign until all is sealed."
        )
        raise record.refused(FlawKind.FORGED, what, where=where)


def _archived(
    record: NextRecord, payload: bytes, content: bytes, archive: EvidenceArchive
) -> Envelope:
    """The archived envelope. Raises NotContinued if it is not about this very record."""
    try:
        envelope = envelope_from(content)
    except EnvelopeUnreadable as error:
        what = f"the archive holds no record at this place: {error}"
        raise record.refused(FlawKind.FORKED, what, where=archive.where) from error
    if envelope.payload != payload:
        what = (
            f"the archive holds another record at this place, {_told(envelope.payload)}. Was the "
            "ledger restored from a backup?"
        )
        raise record.refused(FlawKind.FORKED, what, where=archive.where)
    return envelope


def _told(payload: bytes) -> str:
    """Which record an archived payload is about."""
    try:
        link = statement_from(payload).link
    except ValueError as error:
        return f"which cannot be read ({error})"
    return f"{named(link)} of {link.recorded_at}"
