"""An entry as every ledger writes it: canonical JSON, and the time in UTC to the microsecond."""

import json
from datetime import UTC, datetime

from recgate.domain.canonical import canonical_json
from recgate.ports import Entry, LedgerRefused


def encoded(stream: str, position: int, entry: Entry, *, where: str) -> tuple[str, bytes]:
    """The entry's time and body as they are stored.

    ``where`` names the place for people. Raises LedgerRefused for an entry that could not be
    read back as it is, which is a fault of whoever made it.
    """
    if not stream or position < 0:
        raise LedgerRefused(f"cannot write {where}: streams have names, positions count from 0")
    if entry.recorded_at.utcoffset() is None:
        raise LedgerRefused(f"cannot write {where}: recorded_at has no time zone")
    try:
        for name in (stream, entry.kind, entry.key):
            name.encode()
        body = canonical_json(entry.body)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerRefused(f"cannot write {where}: it is not JSON ({error})") from error
    return entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"), body


def decoded(kind: str, key: str, recorded_at: str, body: bytes) -> Entry:
    """The entry that `encoded` wrote. Raises ValueError or RecursionError for anything else."""
    document = json.loads(body.decode("utf-8", "surrogatepass"))
    return Entry(kind, key, datetime.fromisoformat(recorded_at), document)
