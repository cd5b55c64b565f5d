"""The link of an entry that is about to be written: how every ledger makes it."""

from dataclasses import dataclass

from recgate.domain.link import (
    FIRST,
    NOTHING_BEFORE,
    Head,
    Link,
    link_bytes,
    sha256,
)
from recgate.ports import Entry


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link, its stored bytes, and the head of the chain once it is written."""

    link: Link
    document: bytes
    head: Head


def next_link(
    stream: str,
    position: int,
    entry: Entry,
    *,
    recorded_at: str,
    body: bytes,
    chain: str,
    head: Head | None,
    new_id: str,
    adopted_at: str = "",
) -> NewLink:
    """The link behind ``head`` (None: the chain is new) for an entry of these stored bytes."""
    link = Link(
        id=new_id,
        chain=chain,
        sequence=head.sequence + 1 if head else FIRST,
        previous=head.digest if head else NOTHING_BEFORE,
        stream=stream,
        position=position,
        kind=entry.kind,
        key=entry.key,
        recorded_at=recorded_at,
        body_digest=sha256(body),
        adopted_at=adopted_at,
    )
    document = link_bytes(link)
    return NewLink(link, document, Head(link.sequence, sha256(document)))
