"""What the archive holds for one place of a chain, and what that says."""

from dataclasses import dataclass
from enum import Enum, auto

from recgate.domain.link import LinkTooNew
from recgate.domain.statement import (
    Envelope,
    EnvelopeUnreadable,
    Statement,
    envelope_bytes,
    envelope_from,
    pae,
    statement_from,
)
from recgate.evidence_ports import ArchivedVersion, Retention, SignatureCheck


@dataclass(frozen=True, slots=True)
class Archived:
    """The versions of an object, the newest first, and what was read of the one that counts.

    ``version`` is the one that the ledger names, else the oldest; "" when there is none.
    ``content`` None: that version is not there, or cannot be read, as ``trouble`` says then.
    ``other`` is another version, the oldest, that holds what the ledger's seal belongs to.
    """

    versions: tuple[ArchivedVersion, ...]
    version: str
    content: bytes | None
    retention: Retention | None
    trouble: str = ""
    other: str | None = None


class Says(Enum):
    """What an archived envelope says about a place in a chain."""

    SAME = auto()
    """Exactly the record that the ledger has there."""
    ANOTHER = auto()
    """Another record for this place, or one where the ledger has none that is whole."""
    ELSEWHERE = auto()
    """A record of another place."""
    NEWER = auto()
    """A record that a later version of recgate wrote."""
    NOTHING = auto()
    """It is no envelope about a record."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """``is_signed`` is None when there is no public key to check with; ``trouble`` says why an
    envelope could not be read.
    """

    says: Says
    is_signed: bool | None = None
    envelope: Envelope | None = None
    statement: Statement | None = None
    trouble: str = ""


def testimony(
    content: bytes,
    payload: bytes | None,
    *,
    chain: str,
    sequence: int,
    check: SignatureCheck | None,
) -> Testimony:
    """What an archived object says. ``payload`` is that of the ledger's record, None without one.

    The form counts, too: what recgate wrote has one.
    """
    try:
        envelope = envelope_from(content)
    except EnvelopeUnreadable as error:
        return Testimony(Says.NOTHING, trouble=str(error))
    if envelope_bytes(envelope) != content:
        trouble = "it is not in the form in which recgate writes envelopes"
        return Testimony(Says.NOTHING, trouble=trouble)
    is_signed = None
    if check is not None:
        is_signed = check(pae(envelope.payload), envelope.signature) is not None
    if envelope.payload == payload:
        return Testimony(Says.SAME, is_signed, envelope)
    try:
        statement = statement_from(envelope.payload)
    except LinkTooNew as error:
        return Testimony(Says.NEWER, is_signed, envelope, trouble=str(error))
    except ValueError as error:
        return Testimony(Says.NOTHING, is_signed, envelope, trouble=str(error))
    here = (statement.link.chain, statement.link.sequence) == (chain, sequence)
    says = Says.ANOTHER if here else Says.ELSEWHERE
    return Testimony(says, is_signed, envelope, statement)
