"""An entry as every ledger writes it: canonical JSON, and the time in UTC to the microsecond."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from recgate.dialect.chain_item import is_reserved
from recgate.domain.canonical import canonical_json
from recgate.domain.chain import CHECKPOINTS, is_chain
from recgate.ports import Entry, LedgerRefused

BODY_BYTES_MAX = 16 * 1024 * 1024
"""What could be recorded and not archived (32 MiB with its envelope, in base64) would stop its
chain for good.
"""


DEPTH_MAX = 200
"""How deep a body may be nested. Whoever signs, reads or checks it goes down as deep, with more
around it, and Python goes down 1,000 calls.
"""


def encoded(stream: str, position: int, entry: Entry, *, where: str) -> tuple[str, bytes]:
    """The entry's time and body as they are stored.

    ``where`` names the place for people. Raises LedgerRefused for an entry that could not be
    read back as it is, which is a fault of whoever made it.
    """
    if not stream or position < 0:
        raise LedgerRefused(f"cannot write {where}: streams have names, positions count from 0")
    if is_reserved(stream):
        raise LedgerRefused(f"cannot write {where}: streams of that name are kept for chains")
    if stream.startswith(CHECKPOINTS) and not is_chain(stream.removeprefix(CHECKPOINTS)):
        raise LedgerRefused(
            f"cannot write {where}: checkpoints are of a chain, which is ACCOUNT/REGION or local"
        )
    if entry.recorded_at.utcoffset() is None:
        raise LedgerRefused(f"cannot write {where}: recorded_at has no time zone")
    try:
        for name in (stream, entry.kind, entry.key):
            name.encode()
        body = canonical_json(entry.body)
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerRefused(f"cannot write {where}: it is not JSON ({error})") from error
    if not _is_flat_enough(entry.body):
        raise LedgerRefused(
            f"cannot write {where}: its body is nested more than {DEPTH_MAX} deep; make it flatter"
        )
    if len(body) > BODY_BYTES_MAX:
        raise LedgerRefused(
            f"cannot write {where}: its body is {len(body)} bytes, and recgate takes "
            f"{BODY_BYTES_MAX}; make it smaller"
        )
    try:
        at = entry.recorded_at.astimezone(UTC)
    except OverflowError as error:
        raise LedgerRefused(f"cannot write {where}: recorded_at is no time in UTC") from error
    return at.isoformat(timespec="microseconds"), body


def is_as_written(entry: Entry, body: bytes) -> bool:
    """Whether `encoded` would write the entry's body so."""
    try:
        is_canonical = canonical_json(entry.body) == body
    except (ValueError, RecursionError):
        return False
    return is_canonical and len(body) <= BODY_BYTES_MAX and _is_flat_enough(entry.body)


def _is_flat_enough(body: object) -> bool:
    level = [body]
    for _ in range(DEPTH_MAX + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def decoded(kind: str, key: str, recorded_at: str, body: bytes) -> Entry:
    """The entry that `encoded` wrote. Raises ValueError or RecursionError for anything else."""
    stored = (kind, key, recorded_at, body)
    if tuple(map(type, stored)) != (str, str, str, bytes):
        raise ValueError("it is stored as something else than text")
    document = json.loads(body.decode("utf-8", "surrogatepass"))
    if not isinstance(document, dict):
        raise ValueError("its body is no JSON object")  # noqa: TRY004  as for all that is wrong
    return Entry(kind, key, datetime.fromisoformat(recorded_at), document)
