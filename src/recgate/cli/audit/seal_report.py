"""What `recgate audit seal` shows: each chain, what was sealed, what is left and why."""

from collections.abc import Sequence

import click

from recgate.cli.exits import COULD_NOT_TELL, FINE, NOT_FINE
from recgate.domain.canonical import Json
from recgate.domain.verification import Flaw
from recgate.evidence_ports import EvidenceArchive
from recgate.flows.evidence.checkpoint import Checkpointed
from recgate.flows.evidence.sealed import ChainSealed, Sealed
from recgate.rendering.safe_text import clean

_NAME, _TEXT = 80, 600


def print_sealed(
    sealed: Sealed, made: Sequence[Checkpointed], archive: EvidenceArchive | None
) -> None:
    """Print it for people, what is wrong with a chain on the lines below it."""
    if not sealed.chains:
        click.echo("Nothing is recorded yet.")
    for each in made:
        if each.made and each.last:
            click.echo(f"{clean(each.chain, _NAME)}: checkpoint of {each.last} recorded.")
    for chain in sealed.chains:
        click.echo(_line(chain))
        if chain.flaw is not None:
            click.echo(f"  broken: {_flaw(chain.flaw)}")
        elif chain.why:
            click.echo(f"  {chain.stopped}: {clean(chain.why, _TEXT)}")
    for each in made:
        if each.trouble:
            click.echo(
                f"{clean(each.chain, _NAME)}: no checkpoint yet: {clean(each.trouble, _TEXT)}"
            )
    if archive is not None:
        click.echo(f"Archive: {clean(archive.where, _TEXT)}")
    else:
        click.echo("No archive: the seals are in the ledger alone.")


def exit_code_of(sealed: Sealed, made: Sequence[Checkpointed]) -> int:
    """0 everything is sealed, 1 something is broken, 2 something could not be done."""
    if sealed.broken:
        return NOT_FINE
    is_done = sealed.is_all and not any(each.trouble for each in made)
    return FINE if is_done else COULD_NOT_TELL


def sealed_document(
    ledger: str,
    archive: EvidenceArchive | None,
    sealed: Sealed,
    made: Sequence[Checkpointed],
) -> dict[str, Json]:
    """The same for machines."""
    return {
        "schema": "recgate-audit-sealed/1",
        "ledger": ledger,
        "archive": None if archive is None else archive.where,
        "sealed": sealed.sealed,
        "chains": [_chain_document(each) for each in sealed.chains],
        "checkpoints": [
            {
                "chain": each.chain,
                "day": each.last.isoformat() if each.last else None,
                "made": each.made,
                "trouble": each.trouble,
            }
            for each in made
        ],
    }


def _chain_document(each: ChainSealed) -> dict[str, Json]:
    return {
        "chain": each.chain,
        "sealed": each.sealed,
        "left": each.left,
        "oldest_left_s": None if each.age is None else each.age.total_seconds(),
        "stopped": each.stopped.value,
        "why": each.why,
        "flaw": None if each.flaw is None else _flaw_document(each.flaw),
    }


def _flaw_document(flaw: Flaw) -> dict[str, Json]:
    return {
        "kind": flaw.kind.value,
        "sequence": flaw.sequence,
        "record": flaw.record,
        "where": flaw.where,
        "what": flaw.what,
    }


def _line(each: ChainSealed) -> str:
    left = "an unknown number" if each.left is None else str(each.left or "none")
    return f"{clean(each.chain, _NAME)}: {each.sealed} sealed now, {left} left."


def _flaw(flaw: Flaw) -> str:
    record = "" if flaw.sequence is None else f"record {flaw.sequence} "
    about = f"\n  {clean(flaw.record, _TEXT)}" if flaw.record else ""
    return f"{record}{flaw.kind} ({clean(flaw.where, _TEXT)}): {clean(flaw.what, _TEXT)}{about}"
