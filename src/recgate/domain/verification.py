"""What a look at the evidence found: the state of each chain, and each flaw by name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FlawKind(StrEnum):
    """What is wrong with a record. All but the last four are what only tampering (or a damaged
    disk) leaves; those four say that the evidence is not complete.
    """

    EDITED = "edited"
    """The entry, its link or its envelope is not what was chained or signed."""
    DELETED = "deleted"
    """A record that the chain, a seal or the archive tells of is not there."""
    REORDERED = "reordered"
    """A record stands at another place than the one that it was chained for."""
    FORGED = "forged"
    """A record that was never chained, or a signature that is not of the signer's key."""
    REPLAYED = "replayed"
    """An envelope, an entry or a link that stands in more than one place, or in another's."""
    TRUNCATED = "truncated"
    """The end of the chain is missing: a head, checkpoint or archived record lies behind it."""
    FORKED = "forked"
    """Two histories: the ledger and the archive or a checkpoint disagree about one place, as
    after a restored backup."""
    OVERLAID = "overlaid"
    """A newer version or a delete marker lies on top of the archived object."""
    UNLOCKED = "unlocked"
    """The archived version is not locked against deletion, or the bucket does not lock."""
    HIDDEN = "hidden"
    """A recorded decision that the index does not find, or finds under another name."""
    DIFFERENT = "judged differently"
    """The recorded snapshot and policies give another result than the record says."""
    UNSEALED = "not sealed"
    """The record is not signed (or not archived) yet."""
    UNCHECKED = "not checked"
    """It could not be checked: a newer schema, no public key, an archive out of reach."""
    STALE = "no recent checkpoint"
    """The newest checkpoint is too old to vouch for the end of the chain."""
    CLOCK = "clock went back"
    """The record says an earlier time than the one before it."""

    @property
    def is_tampering(self) -> bool:
        """Whether it makes the evidence tampered with, and not only incomplete."""
        return self not in _INCOMPLETE

    @property
    def is_note(self) -> bool:
        """Whether it is told and changes no answer."""
        return self is FlawKind.CLOCK


_INCOMPLETE = frozenset({FlawKind.UNSEALED, FlawKind.UNCHECKED, FlawKind.STALE, FlawKind.CLOCK})


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong.

    ``sequence`` is None for what concerns no single record of the chain; ``record`` names the
    record as far as it says its name (its id, and what it is about). ``where`` is the ledger,
    the archive or a file; ``what`` says for a person what was expected and what is there.
    ``last`` is the last of the records in a row, from ``sequence`` on, of which the same is true
    for the same cause; None: of this one alone.
    """

    kind: FlawKind
    chain: str
    sequence: int | None
    where: str
    what: str
    record: str = ""
    last: int | None = None

    def covers(self, sequence: int) -> bool:
        """Whether the record of that number is one of those that it tells of."""
        return self.sequence is not None and self.sequence <= sequence <= (
            self.last or self.sequence
        )


@dataclass(frozen=True, slots=True)
class ChainState:
    """What was looked at of one chain.

    ``records`` is how many there are, ``sealed`` how many of them have a valid signature,
    ``unchecked_seals`` how many have one that nobody could check without a public key,
    ``archived`` how many were found whole in the archive (None: there is none to look in).
    ``replayed`` counts the decisions that were judged again (None: not asked for).
    """

    chain: str
    records: int
    sealed: int
    archived: int | None
    head_digest: str
    first_at: datetime | None
    last_at: datetime | None
    checkpoint_at: datetime | None
    replayed: int | None = None
    adopted: int = 0
    unchecked_seals: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer: what was looked at, and what is wrong, in the order of the chains."""

    chains: tuple[ChainState, ...]
    flaws: tuple[Flaw, ...]

    @property
    def is_tampered(self) -> bool:
        """Whether something was changed after it was recorded."""
        return any(flaw.kind.is_tampering for flaw in self.flaws)

    @property
    def is_intact(self) -> bool:
        """Whether everything was checked and found to be as it was recorded."""
        return all(flaw.kind.is_note for flaw in self.flaws)
