"""What a verification found, as an auditor reads it and as programs do.

Everything about a record is untrusted text: whoever tampered with it wrote it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from recgate.domain.canonical import Json
from recgate.domain.verification import ChainState, Flaw, FlawKind, Verification
from recgate.rendering.evidence.decision_words import when
from recgate.rendering.safe_text import clean

SCHEMA = "recgate-verification/1"

FLAWS_MAX = 100
"""Flaws of one chain that are printed; the document has all of them."""

_NAME, _TEXT = 120, 600
_LABEL = 12


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at, and when. ``ledger`` is empty where only the archive was, ``archive``
    where there is none; ``keys`` is how many public keys were given.
    """

    ledger: str
    archive: str
    keys: int
    at: datetime


@dataclass(frozen=True, slots=True)
class VerificationLine:
    """``is_bad`` where it tells of tampering, ``is_doubt`` where of what is not complete."""

    text: str
    is_bad: bool = False
    is_doubt: bool = False


def answer(found: Verification) -> str:
    """``intact``, ``tampered`` or ``incomplete``."""
    if found.is_tampered:
        return "tampered"
    return "intact" if found.is_intact else "incomplete"


def verification_lines(found: Verification, looked: Looked) -> Iterator[VerificationLine]:
    """The answer first, then a block for each chain with what is wrong in it."""
    yield _headline(found, looked)
    for state in found.chains:
        yield VerificationLine("")
        yield VerificationLine(clean(state.chain, _NAME))
        yield from (VerificationLine(line) for line in _state_lines(state, looked))
        yield from _flaw_lines([flaw for flaw in found.flaws if flaw.chain == state.chain])
    known = {state.chain for state in found.chains}
    others = [flaw for flaw in found.flaws if flaw.chain not in known]
    if others:
        yield VerificationLine("")
        yield from _flaw_lines(others)
    hints = list(_hints(found, looked))
    if hints:
        yield VerificationLine("")
        yield from (VerificationLine(hint) for hint in hints)


def verification_document(found: Verification, looked: Looked) -> dict[str, Json]:
    """The whole answer; a flaw without a ``sequence`` concerns no single record."""
    return {
        "schema": SCHEMA,
        "answer": answer(found),
        "ledger": clean(looked.ledger, _TEXT) or None,
        "archive": clean(looked.archive, _TEXT) or None,
        "public_keys": looked.keys,
        "verified_at": looked.at.isoformat(),
        "chains": [_state_document(state) for state in found.chains],
        "flaws": [_flaw_document(flaw) for flaw in found.flaws],
    }


def _headline(found: Verification, looked: Looked) -> VerificationLine:
    about = clean(looked.ledger or looked.archive, _NAME)
    records = sum(state.records for state in found.chains)
    if found.is_tampered:
        number = sum(flaw.kind.is_tampering for flaw in found.flaws)
        text = f"TAMPERED WITH: {about}: {_count(number, 'flaw')}, named below"
        return VerificationLine(text, is_bad=True)
    if found.is_intact:
        return VerificationLine(f"INTACT: {about}: {_count(records, 'record')}, all as recorded")
    text = f"NOT COMPLETE: {about}: nothing was found changed, and not everything could be checked"
    return VerificationLine(text, is_doubt=True)


def _state_lines(state: ChainState, looked: Looked) -> Iterator[str]:
    span = ""
    if state.first_at is not None and state.last_at is not None:
        span = f", {when(state.first_at)} to {when(state.last_at)} UTC"
    adopted = f", {state.adopted:,} of them adopted later" if state.adopted else ""
    yield _row("records", f"{state.records:,}{span}{adopted}")
    signed = f"{state.sealed:,} of {state.records:,}"
    if not looked.keys:
        signed = f"{state.unchecked_seals:,} of {state.records:,}, not checked"
    yield _row("signed", signed)
    if state.archived is not None:
        yield _row("archived", f"{state.archived:,} of {state.records:,}")
    if state.replayed is not None:
        yield _row("judged again", f"{state.replayed:,} decisions")
    newest = f"{when(state.checkpoint_at)} UTC" if state.checkpoint_at else "none"
    yield _row("checkpoint", newest)
    if state.head_digest:
        yield _row("head", clean(state.head_digest, _NAME))


def _row(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}  {text}"


def _flaw_lines(flaws: Sequence[Flaw]) -> Iterator[VerificationLine]:
    for flaw in flaws[:FLAWS_MAX]:
        colours = {"is_bad": flaw.kind.is_tampering, "is_doubt": not flaw.kind.is_tampering}
        where = clean(flaw.where, _NAME)
        yield VerificationLine(f"  {_mark(flaw)} {flaw.kind}{_records(flaw)} in {where}", **colours)
        if flaw.record:
            yield VerificationLine(f"      {clean(flaw.record, _TEXT)}")
        yield VerificationLine(f"      {clean(flaw.what, _TEXT)}")
    if len(flaws) > FLAWS_MAX:
        yield VerificationLine(
            f"  and {len(flaws) - FLAWS_MAX:,} more: --output json tells all of them"
        )


def _mark(flaw: Flaw) -> str:
    if flaw.kind.is_tampering:
        return "✗"
    return "·" if flaw.kind.is_note else "?"


def _records(flaw: Flaw) -> str:
    if flaw.sequence is None:
        return ""
    return f" #{flaw.sequence}" if flaw.last is None else f" #{flaw.sequence} to #{flaw.last}"


def _hints(found: Verification, looked: Looked) -> Iterator[str]:
    kinds = {flaw.kind for flaw in found.flaws}
    if not looked.keys and FlawKind.UNCHECKED in kinds:
        yield (
            "Signatures are checked with the signer's public key: --public-key FILE. At a desk it "
            "is the .pub beside the private key; recgate audit key --from-kms ARN fetches that of "
            "a stack. Keep it where neither the ledger nor the archive is."
        )
    if FlawKind.UNSEALED in kinds and not found.is_tampered:
        yield "recgate audit seal signs what is not signed yet; a stack does it every minute."
    if found.is_tampered:
        yield (
            "Keep the ledger and the archive as they are now, and compare them with a backup: "
            "what is named above is not what recgate recorded."
        )


def _state_document(state: ChainState) -> dict[str, Json]:
    return {
        "chain": clean(state.chain, _NAME),
        "records": state.records,
        "signed": state.sealed,
        "signatures_not_checked": state.unchecked_seals,
        "archived": state.archived,
        "judged_again": state.replayed,
        "adopted": state.adopted,
        "first_at": _time(state.first_at),
        "last_at": _time(state.last_at),
        "checkpoint_at": _time(state.checkpoint_at),
        "head_digest": clean(state.head_digest, _NAME) or None,
    }


def _flaw_document(flaw: Flaw) -> dict[str, Json]:
    return {
        "kind": flaw.kind.value,
        "tampering": flaw.kind.is_tampering,
        "chain": clean(flaw.chain, _NAME) or None,
        "sequence": flaw.sequence,
        "last": flaw.last,
        "record": clean(flaw.record, _TEXT) or None,
        "where": clean(flaw.where, _TEXT),
        "what": clean(flaw.what, _TEXT),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
