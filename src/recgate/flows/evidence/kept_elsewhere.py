"""Envelopes that were kept elsewhere: what they vouch for, if they are signed."""

from collections.abc import Mapping, Sequence

from recgate.domain.link import LinkTooNew, link_bytes, sha256
from recgate.domain.statement import Envelope, EnvelopeUnreadable, pae, statement_from
from recgate.domain.verification import FlawKind
from recgate.evidence_ports import SignatureCheck
from recgate.flows.evidence.checkpoint_check import Vouched
from recgate.flows.evidence.flaw_list import FlawList


def kept_elsewhere(
    checkpoints: Sequence[Envelope], check: SignatureCheck | None, others: FlawList
) -> Mapping[str, Sequence[Vouched]]:
    """What these envelopes say, by chain; ``others`` is told of those that say nothing."""
    found: dict[str, list[Vouched]] = {}
    for number, envelope in enumerate(checkpoints, start=1):
        where = f"checkpoint {number} of {len(checkpoints)}"
        if check is not None and check(pae(envelope.payload), envelope.signature) is None:
            what = "it is not signed by the public key"
            others.tell(FlawKind.FORGED, None, what, where=where)
            continue
        try:
            statement = statement_from(envelope.payload)
        except LinkTooNew as error:
            others.tell(FlawKind.UNCHECKED, None, str(error), where=where)
            continue
        except EnvelopeUnreadable as error:
            others.tell(FlawKind.EDITED, None, f"it is no record: {error}", where=where)
            continue
        link = statement.link
        who = f"the envelope of #{link.sequence} kept elsewhere"
        digest = sha256(link_bytes(link))
        found.setdefault(link.chain, []).append(Vouched(link.sequence, digest, who))
    return found
