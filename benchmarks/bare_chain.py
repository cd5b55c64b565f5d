"""The least that a durable chain of records is: what the SQLite ledger is compared with.

One table of one program: no streams, no positions to claim, no links to sign, nothing found by
its day, key or model, no accounts, nothing that keeps another hand from changing it.
"""

import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from recgate.domain.canonical import Json, canonical_json

_INSERT = "INSERT INTO records VALUES (?, CAST(? AS TEXT), ?)"


class BareChain:
    """Each record's canonical JSON, and SHA-256 over the digest before it and those bytes."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # As the ledger has it.
        self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
        self._connection.execute("PRAGMA synchronous = EXTRA")
        self._connection.execute(
            "CREATE TABLE records (sequence INTEGER PRIMARY KEY, body TEXT, digest TEXT)"
        )
        self._sequence, self._digest = 0, "0" * 64

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def append_all(self, bodies: Iterable[Json]) -> None:
        """Add records in one transaction, on the disk when it returns."""
        self.append_bytes(canonical_json(body) for body in bodies)

    def append_bytes(self, bodies: Iterable[bytes]) -> None:
        """Add records whose canonical JSON was made before."""
        rows = []
        for body in bodies:
            self._sequence += 1
            self._digest = sha256(self._digest.encode() + body).hexdigest()
            rows.append((self._sequence, body, self._digest))
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_INSERT, rows)
        self._connection.execute("COMMIT")

    def whole(self) -> int:
        """How many records there are. Raises ValueError if they are no chain."""
        digest, count = "0" * 64, 0
        for body, stored in self._connection.execute(
            "SELECT CAST(body AS BLOB), digest FROM records ORDER BY sequence"
        ):
            digest, count = sha256(digest.encode() + body).hexdigest(), count + 1
            if digest != stored:
                raise ValueError(f"record {count} is not the one that was chained")
        return count
