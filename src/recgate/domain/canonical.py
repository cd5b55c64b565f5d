"""One canonical form for everything that is recorded, and its digest."""

import hashlib
import json
from collections.abc import Mapping, Sequence

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(document: Json) -> bytes:
    """The document as UTF-8 JSON: keys sorted, no white space, shortest exact numbers.

    Raises ValueError for NaN and infinity, which JSON cannot say: the dialect layer has
    written them as ``{"missing": "NaN"}`` before a document comes here.
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def digest(document: Json) -> str:
    """SHA-256 over the canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
