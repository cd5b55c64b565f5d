"""What the ledger's DynamoDB table keeps of its chains, beside the entries.

    stream               position   attributes
    chain:CHAIN          sequence   link, and once it is sealed its seal
    chain-head:CHAIN     0          sequence, digest: of the last link
    chain-sealed:CHAIN   0          sequence, digest: every link up to this one is sealed
    chains               0          names

What is read here is not judged: what is not there or of another type is read as empty.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from recgate.domain.link import Head
from recgate.domain.seal import Seal
from recgate.domain.statement import Signature
from recgate.evidence_ports import StoredLink

Item = Mapping[str, Mapping[str, Any]]
"""An item as the low-level client has it: attribute → {type: value}."""

CHAINS = "chains"
_LINKS, _HEAD, _SEALED = "chain:", "chain-head:", "chain-sealed:"
_RESERVED = (_LINKS, _HEAD, _SEALED)


def is_reserved(stream: str) -> bool:
    """Whether a stream of that name would stand where a ledger keeps its chains."""
    return stream == CHAINS or stream.startswith(_RESERVED)


def links_stream(chain: str) -> str:
    """Where the links of a chain are, each at its sequence number."""
    return _LINKS + chain


def head_stream(chain: str) -> str:
    """Where the head of a chain is, at 0."""
    return _HEAD + chain


def sealed_stream(chain: str) -> str:
    """Where it is, at 0, up to where a chain is sealed."""
    return _SEALED + chain


def key_of(stream: str, position: int) -> dict[str, Mapping[str, Any]]:
    """The table's key."""
    return {"stream": {"S": stream}, "position": {"N": str(position)}}


# --- reading -------------------------------------------------------------------------------


def text_in(item: Item, attribute: str) -> str:
    """A text of an item."""
    found = item.get(attribute, {}).get("S")
    return found if isinstance(found, str) else ""


def bytes_in(item: Item, attribute: str) -> bytes:
    """Bytes of an item."""
    found = item.get(attribute, {}).get("B")
    return found if isinstance(found, bytes) else b""


def number_in(item: Item, attribute: str) -> int | None:
    """A whole number of an item, what is behind its point cut off; None when there is none."""
    try:
        return int(Decimal(item.get(attribute, {})["N"]))
    except (InvalidOperation, KeyError, TypeError):
        return None


def whole_in(item: Item, attribute: str) -> int:
    """A number that counts; -1 for what is none, also for one with something behind its point."""
    try:
        number = Decimal(item.get(attribute, {})["N"])
    except (InvalidOperation, KeyError, TypeError):
        return -1
    return int(number) if number == number.to_integral_value() else -1


def head_of(item: Item) -> Head:
    """What an item says of the end of a chain, or of the part of it that is sealed."""
    return Head(number_in(item, "sequence") or 0, text_in(item, "digest"))


def names_of(item: Item) -> frozenset[str]:
    """The names of the chains in the item that lists them."""
    found = item.get("names", {}).get("SS", ())
    return frozenset(name for name in found if isinstance(name, str))


def link_of(chain: str, item: Item) -> StoredLink:
    """The link in an item of the chain."""
    return StoredLink(
        chain, number_in(item, "position") or 0, bytes_in(item, "link"), _seal_of(item)
    )


# The seal is in attributes of its own, so that a size can be read from the table as it is.
_SEAL_TEXTS = ("seal_key", "sealed_at", "archived_as", "archived_version")
SEAL_SIGNATURE = "seal_signature"


def seal_attributes(seal: Seal) -> dict[str, Mapping[str, Any]]:
    """The attributes that keep a seal beside its link."""
    texts = (seal.signature.key_id, seal.sealed_at, seal.archived_as, seal.version)
    kept: dict[str, Mapping[str, Any]] = {
        name: {"S": text} for name, text in zip(_SEAL_TEXTS, texts, strict=True)
    }
    return kept | {SEAL_SIGNATURE: {"B": seal.signature.value}}


def _seal_of(item: Item) -> Seal | None:
    if not any(name in item for name in (SEAL_SIGNATURE, *_SEAL_TEXTS)):
        return None
    key_id, sealed_at, archived_as, version = (text_in(item, name) for name in _SEAL_TEXTS)
    return Seal(
        Signature(key_id, bytes_in(item, SEAL_SIGNATURE)),
        sealed_at=sealed_at,
        archived_as=archived_as,
        version=version,
    )
