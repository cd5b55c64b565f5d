"""A seal: the signature of a record, and where its envelope was archived."""

from dataclasses import dataclass

from recgate.domain.statement import Signature


@dataclass(frozen=True, slots=True)
class Seal:
    """What the ledger keeps about a record that was signed.

    ``archived_as`` names the object that holds the envelope (see `archive_name`), and ``version``
    the version of it that recgate wrote: others may be put on top. Both are empty where there is
    no archive. ``sealed_at`` is ISO 8601, UTC.
    """

    signature: Signature
    sealed_at: str
    archived_as: str = ""
    version: str = ""


def archive_name(chain: str, sequence: int) -> str:
    """The name of a record's object in the archive.

    It follows from the place in the chain alone: two records for one place cannot both be
    archived, whatever they say.
    """
    return f"records/{chain}/{sequence:012d}.json"
