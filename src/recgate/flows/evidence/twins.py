"""Where else something is that was found at a wrong place: one look through all chains."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from recgate.domain.link import LinkTooNew, LinkUnreadable, link_from
from recgate.evidence_ports import Evidence, StoredLink

InChain = tuple[str, int]
"""A chain and a sequence number."""

EntryDigests = tuple[str, str, str, str]
"""An entry wherever it stands: kind, key, time, digest of the body."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Where else something is that was found at a wrong place, by its digest."""

    bodies: Mapping[str, InChain]
    entries: Mapping[EntryDigests, InChain]
    signatures: Mapping[bytes, InChain]


def twins_of(
    *,
    bodies: Set[str],
    entries: Set[EntryDigests],
    seals: Sequence[InChain],
    evidence: Evidence,
    chains: Iterable[str],
) -> Twins:
    """Look through the chains for what was found at a wrong place; without any, at nothing."""
    signatures: dict[bytes, list[InChain]] = {}
    for place in seals:
        signature = signature_at(evidence, *place)
        if signature:
            signatures.setdefault(signature, []).append(place)
    if not bodies and not entries and not signatures:
        return Twins({}, {}, {})
    at_bodies: dict[str, InChain] = {}
    at_entries: dict[EntryDigests, InChain] = {}
    at_signatures: dict[bytes, InChain] = {}
    for chain in chains:
        for stored in evidence.links(chain):
            here = (chain, stored.sequence)
            seal = stored.seal
            if seal is not None and here not in signatures.get(seal.signature.value, [here]):
                at_signatures.setdefault(seal.signature.value, here)
            told = _entry_of(stored)
            if told is not None and told[-1] in bodies:
                at_bodies.setdefault(told[-1], here)
            if told is not None and told in entries:
                at_entries.setdefault(told, here)
    return Twins(at_bodies, at_entries, at_signatures)


def signature_at(evidence: Evidence, chain: str, sequence: int) -> bytes | None:
    """The signature that the ledger keeps of a record."""
    stored = next(iter(evidence.links(chain, sequence)), None)
    if stored is None or stored.sequence != sequence or stored.seal is None:
        return None
    return stored.seal.signature.value


def _entry_of(stored: StoredLink) -> EntryDigests | None:
    try:
        link = link_from(stored.document)
    except (LinkUnreadable, LinkTooNew):
        return None
    return link.kind, link.key, link.recorded_at, link.body_digest
