"""A ledger in a file, sealed and archived, that somebody with every permission tampers with.

The records are those of `recgate check --record` over the jobs in examples/, told on a console,
with checkpoints between them. A `Scene` is a copy of all of it to tamper with; the pristine one
is made once.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recgate.adapters.folder_archive import FolderArchive
from recgate.adapters.local_key import LocalKey, new_local_key
from recgate.adapters.signature_check import PublicKeys
from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.canonical import canonical_json
from recgate.domain.chain import LOCAL
from recgate.domain.link import NOTHING_BEFORE, Link, link_bytes, link_from, sha256
from recgate.domain.seal import archive_name
from recgate.domain.statement import (
    Envelope,
    pae,
    statement_bytes,
)
from recgate.domain.verification import Verification
from recgate.evidence_ports import EvidenceArchive, SignatureCheck
from recgate.flows.evidence.checkpoint import checkpoint
from recgate.flows.evidence.seal import SealParts, seal
from recgate.flows.evidence.verify import verify
from recgate.ports import Entry
from tests.cli.runner import JOBS, POLICIES, recgate

SHOP = "111122223333/eu-west-1"
LEDGER, ARCHIVE = "the ledger", "the archive"


@dataclass(frozen=True, slots=True)
class Pristine:
    """The folder with ``ledger.db`` and ``archive/``, and who signed."""

    folder: Path
    signer: LocalKey
    stranger: LocalKey
    check: SignatureCheck
    now: datetime


def make_pristine(folder: Path) -> Pristine:
    """Record, seal and archive."""
    folder.mkdir()
    ledger = folder / "ledger.db"
    for job in sorted(JOBS.glob("*.json")):
        if ".extra." not in job.name:
            answer = recgate(
                "check", "--file", job, "--policies", POLICIES, "--record", "--ledger", ledger
            )
            assert answer.code in (0, 1, 2), answer.err
    signer = new_local_key(folder / "signing.pem")
    stranger = new_local_key(folder / "stranger.pem")
    archive = FolderArchive(folder / "archive")
    now = datetime.now(UTC)
    with SqliteLedger(ledger) as opened:
        for day in range(4):
            at = now + timedelta(days=day)
            for number in range(3):
                stream = f"effect:{day}:{number}"
                claim: dict[str, Any] = {"worker": f"w{number}", "attempt": 1, "day": day}
                opened.append(stream, 0, Entry("claimed", stream, at, claim))
                sent: dict[str, Any] = {"attempt": 1, "receipt": f"{day}.{number}", "note": ""}
                opened.append(stream, 1, Entry("delivered", stream, at, sent))
            parts = SealParts(opened, signer, archive, lambda at=at: at)
            checkpoint(parts, at)
            assert seal(parts).is_all
    check = PublicKeys([signer.public_key()])
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.commit()
    return Pristine(folder, signer, stranger, check, now + timedelta(days=3, hours=1))


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the file has it."""

    chain: str
    sequence: int
    stream: str
    position: int
    document: bytes

    @property
    def link(self) -> Link:
        return link_from(self.document)


@dataclass
class Scene:
    """A copy to tamper with."""

    folder: Path
    pristine: Pristine
    random: random.Random
    connection: sqlite3.Connection

    # Looking.

    def rows(self, chain: str) -> Sequence[Row]:
        """The links of a chain, in order."""
        found = self.connection.execute(
            "SELECT chain, sequence, stream, position, CAST(link AS BLOB) FROM links "
            "WHERE chain = ? ORDER BY sequence",
            (chain,),
        )
        return [Row(*row) for row in found]

    def any_chain(self) -> str:
        return self.random.choice((SHOP, LOCAL))

    def any_row(self, chain: str | None = None, *, but_last: int = 0) -> Row:
        """A record of any chain, or of this one."""
        rows = self.rows(chain or self.any_chain())
        return self.random.choice(rows[: len(rows) - but_last])

    def two_rows(self) -> tuple[Row, Row]:
        """Two records of one chain, in order."""
        rows = self.rows(self.any_chain())
        one, other = sorted(self.random.sample(range(len(rows)), 2))
        return rows[one], rows[other]

    def body(self, row: Row) -> bytes:
        (body,) = self.connection.execute(
            "SELECT CAST(body AS BLOB) FROM entries WHERE stream = ? AND position = ?",
            (row.stream, row.position),
        ).fetchone()
        return bytes(body)

    def entry(self, row: Row) -> tuple[Any, ...]:
        """Kind, key, time and body."""
        found = self.connection.execute(
            "SELECT kind, key, recorded_at, CAST(body AS BLOB) FROM entries "
            "WHERE stream = ? AND position = ?",
            (row.stream, row.position),
        ).fetchone()
        return tuple(found)

    def head(self, chain: str, table: str = "heads") -> tuple[int, str]:
        found = self.connection.execute(
            f"SELECT sequence, digest FROM {table} WHERE chain = ?",  # noqa: S608
            (chain,),
        ).fetchone()
        return int(found[0]), str(found[1])

    def file(self, row: Row) -> Path:
        """The archived envelope of a record."""
        return self.folder / "archive" / archive_name(row.chain, row.sequence)

    # Tampering.

    def run(self, statement: str, *arguments: Any) -> None:
        self.connection.execute(statement, arguments)

    def set_body(self, row: Row, body: bytes) -> None:
        self.run(
            "UPDATE entries SET body = CAST(? AS TEXT) WHERE stream = ? AND position = ?",
            body,
            row.stream,
            row.position,
        )

    def set_entry(self, row: Row, entry: Sequence[Any]) -> None:
        self.run(
            "UPDATE entries SET kind = ?, key = ?, recorded_at = ?, body = CAST(? AS TEXT) "
            "WHERE stream = ? AND position = ?",
            *entry,
            row.stream,
            row.position,
        )

    def set_link(self, row: Row, document: bytes) -> None:
        self.run(
            "UPDATE links SET link = CAST(? AS TEXT) WHERE chain = ? AND sequence = ?",
            document,
            row.chain,
            row.sequence,
        )

    def delete(self, table: str, row: Row) -> None:
        if table == "entries":
            where, place = "stream = ? AND position = ?", (row.stream, row.position)
        else:
            where, place = "chain = ? AND sequence = ?", (row.chain, row.sequence)
        self.run(f"DELETE FROM {table} WHERE {where}", *place)  # noqa: S608

    def set_head(self, chain: str, sequence: int, digest: str, table: str = "heads") -> None:
        self.run(
            f"UPDATE {table} SET sequence = ?, digest = ? WHERE chain = ?",  # noqa: S608
            sequence,
            digest,
            chain,
        )

    def rechain(self, chain: str, first: int, *, mark: bool = True) -> None:
        """Chain everything from a record on anew to its entry, move head and mark there."""
        previous = NOTHING_BEFORE
        for row in self.rows(chain):
            if row.sequence >= first:
                kind, key, recorded_at, body = self.entry(row)
                link = replace(
                    row.link,
                    previous=previous,
                    kind=kind,
                    key=key,
                    recorded_at=recorded_at,
                    body_digest=sha256(body),
                )
                self.set_link(row, link_bytes(link))
                previous = sha256(link_bytes(link))
            else:
                previous = sha256(row.document)
        last = self.rows(chain)[-1]
        self.set_head(chain, last.sequence, sha256(last.document))
        if mark:
            self.set_head(chain, last.sequence, sha256(last.document), "sealed_to")

    def sign_again(self, chain: str, first: int, signer: LocalKey) -> None:
        """Put seals of another key beside every record from one on."""
        for row in self.rows(chain):
            if row.sequence >= first:
                signature = self.signed(row, signer).signature
                self.run(
                    "UPDATE seals SET signature = ?, key_id = ? WHERE chain = ? AND sequence = ?",
                    signature.value,
                    signature.key_id,
                    chain,
                    row.sequence,
                )

    def signed(self, row: Row, signer: LocalKey) -> Envelope:
        """The record as it is now, signed by that key."""
        payload = statement_bytes(row.document, self.body(row))
        return Envelope(payload, signer.sign(pae(payload)))

    def write(self, file: Path, content: bytes) -> None:
        """Put content into an archived file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(content)

    # Verifying.

    def verify(
        self,
        *,
        archive: EvidenceArchive | None = None,
        check: SignatureCheck | None = None,
        has_archive: bool = True,
    ) -> Verification:
        self.connection.commit()
        kept = archive or FolderArchive(self.folder / "archive")
        with SqliteLedger(self.folder / "ledger.db") as ledger:
            return verify(
                ledger,
                where=LEDGER,
                archive=kept if has_archive else None,
                check=check or self.pristine.check,
                now=self.pristine.now,
                index=ledger,
            )


@contextmanager
def scene(pristine: Pristine, folder: Path, seed: object) -> Iterator[Scene]:
    """A copy in that folder, which must not be there yet, and is gone afterwards."""
    folder.mkdir()
    shutil.copy(pristine.folder / "ledger.db", folder / "ledger.db")
    shutil.copytree(pristine.folder / "archive", folder / "archive")
    try:
        with closing(sqlite3.connect(folder / "ledger.db")) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            picks = random.Random(str(seed))  # noqa: S311  no secret
            yield Scene(folder, pristine, picks, connection)
    finally:
        shutil.rmtree(folder)


def other_text(rng: random.Random, text: str) -> str:
    """The text with one character changed."""
    if not text:
        return "x"
    place = rng.randrange(len(text))
    new = rng.choice([c for c in "0123456789abcdefxyz-" if c != text[place]])
    return text[:place] + new + text[place + 1 :]


def other_bytes(rng: random.Random, content: bytes) -> bytes:
    """The bytes with one of them changed, cut, put in, or taken out."""
    place = rng.randrange(len(content))
    match rng.randrange(4):
        case 0:
            new = bytes([(content[place] + rng.randrange(1, 256)) % 256])
            return content[:place] + new + content[place + 1 :]
        case 1:
            return content[:place]
        case 2:
            return content[:place] + bytes([rng.randrange(256)]) + content[place:]
        case _:
            return content[:place] + content[place + 1 :]


def other_member(rng: random.Random, document: Any) -> Any:
    """The document with one value in it changed, removed or added, wherever it is."""
    if isinstance(document, Mapping) and document:
        changed: dict[str, Any] = dict(document)
        name = rng.choice(sorted(changed))
        match rng.randrange(8):
            case 0:
                del changed[name]
            case 1:
                changed[f"{name}_"] = changed[name]
            case _:
                changed[name] = other_member(rng, changed[name])
        return changed
    if isinstance(document, list) and document:
        made = list(document)
        place = rng.randrange(len(made))
        if rng.randrange(5):
            made[place] = other_member(rng, made[place])
        else:
            del made[place]
        return made
    if isinstance(document, bool) or document is None or not document:
        return "something else"
    if isinstance(document, str):
        return other_text(rng, document)
    return document + 1


def edited_body(rng: random.Random, body: bytes) -> bytes:
    """The body with a member changed, in the canonical form."""
    return canonical_json(other_member(rng, json.loads(body)))
