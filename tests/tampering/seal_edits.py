"""Edits of seals, of checkpoints and of the archive."""

import os
import shutil
from dataclasses import replace

from recgate.domain.canonical import canonical_json
from recgate.domain.link import sha256
from recgate.domain.seal import archive_name
from recgate.domain.statement import Envelope, envelope_bytes, envelope_from
from tests.tampering.edits import Done, Owed, edit
from tests.tampering.world import Row, Scene, edited_body, other_bytes, other_member, other_text

SEAL, ARCHIVE = "seal", "archive"


def _set(scene: Scene, row: Row, column: str, value: object) -> None:
    scene.run(
        f"UPDATE seals SET {column} = ? WHERE chain = ? AND sequence = ?",  # noqa: S608
        value,
        row.chain,
        row.sequence,
    )


def _get(scene: Scene, row: Row, column: str) -> object:
    found = scene.connection.execute(
        f"SELECT {column} FROM seals WHERE chain = ? AND sequence = ?",  # noqa: S608
        (row.chain, row.sequence),
    ).fetchone()
    return found[0]


@edit(SEAL, "removed")
def removed(scene: Scene) -> Done:
    row = scene.any_row()
    scene.delete("seals", row)
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "removed from there on, mark set back", Owed.NOT_INTACT)
def removed_behind(scene: Scene) -> Done:
    row = scene.any_row()
    scene.run("DELETE FROM seals WHERE chain = ? AND sequence >= ?", row.chain, row.sequence)
    scene.run("DELETE FROM sealed_to WHERE chain = ?", row.chain)
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "a byte of the signature")
def signature_byte(scene: Scene) -> Done:
    row = scene.any_row()
    old = _get(scene, row, "signature")
    assert isinstance(old, bytes)
    _set(scene, row, "signature", other_bytes(scene.random, old))
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "two signatures exchanged")
def signatures_exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    here, there = _get(scene, one, "signature"), _get(scene, other, "signature")
    _set(scene, one, "signature", there)
    _set(scene, other, "signature", here)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(SEAL, "two exchanged whole")
def exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    for column in ("signature", "archived_as", "version", "sealed_at"):
        here, there = _get(scene, one, column), _get(scene, other, column)
        _set(scene, one, column, there)
        _set(scene, other, column, here)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(SEAL, "signed by another key")
def another_key(scene: Scene) -> Done:
    row = scene.any_row()
    _set(scene, row, "signature", scene.signed(row, scene.pristine.stranger).signature.value)
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "signed once more by the same key")
def signed_again(scene: Scene) -> Done:
    row = scene.any_row()
    _set(scene, row, "signature", scene.signed(row, scene.pristine.signer).signature.value)
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "name of the key, object or version")
def names(scene: Scene) -> Done:
    row = scene.any_row()
    column = scene.random.choice(("key_id", "archived_as", "version"))
    old = str(_get(scene, row, column))
    _set(scene, row, column, scene.random.choice(("", other_text(scene.random, old))))
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "said not to be archived")
def not_archived(scene: Scene) -> Done:
    row = scene.any_row()
    _set(scene, row, "archived_as", "")
    _set(scene, row, "version", "")
    return Done(row.chain, (row.sequence,))


@edit(SEAL, "said not to be archived, object deleted", Owed.NOT_INTACT)
def not_archived_any_more(scene: Scene) -> Done:
    """A desk may have sealed once without naming its archive."""
    done = not_archived(scene)
    (sequence,) = done.records
    scene.file(scene.rows(done.chain)[sequence - 1]).unlink()
    return done


@edit(SEAL, "its time", Owed.INTACT)
def sealed_at(scene: Scene) -> Done:
    row = scene.any_row()
    _set(scene, row, "sealed_at", "2031-01-01T00:00:00.000000+00:00")
    return Done(row.chain, (row.sequence,))


def _checkpoints(scene: Scene) -> list[Row]:
    return [row for row in scene.rows(scene.any_chain()) if row.link.kind == "checkpoint"]


@edit("checkpoint", "what it says")
def checkpoint_said(scene: Scene) -> Done:
    row = scene.random.choice(_checkpoints(scene))
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    return Done(row.chain, (row.sequence,))


@edit("checkpoint", "what it says, all behind chained anew")
def checkpoint_rechained(scene: Scene) -> Done:
    row = scene.random.choice(_checkpoints(scene))
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    scene.rechain(row.chain, row.sequence)
    return Done(row.chain, (row.sequence,))


@edit("checkpoint", "deleted")
def checkpoint_deleted(scene: Scene) -> Done:
    row = scene.random.choice(_checkpoints(scene))
    for table in ("links", "entries", "seals"):
        scene.delete(table, row)
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "an object deleted")
def object_deleted(scene: Scene) -> Done:
    row = scene.any_row()
    scene.file(row).unlink()
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "a byte of an object")
def object_byte(scene: Scene) -> Done:
    row = scene.any_row()
    scene.write(scene.file(row), other_bytes(scene.random, scene.file(row).read_bytes()))
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "a value in an envelope")
def object_value(scene: Scene) -> Done:
    row = scene.any_row()
    envelope = envelope_from(scene.file(row).read_bytes())
    body = scene.body(row)
    payload = envelope.payload.replace(body, edited_body(scene.random, body))
    scene.write(scene.file(row), envelope_bytes(Envelope(payload, envelope.signature)))
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "white space or order in an object")
def object_form(scene: Scene) -> Done:
    row = scene.any_row()
    content = scene.file(row).read_bytes()
    scene.write(
        scene.file(row), scene.random.choice((content + b"\n", content[:1] + b" " + content[1:]))
    )
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "an object signed by another key")
def object_key(scene: Scene) -> Done:
    row = scene.any_row()
    envelope = scene.signed(row, scene.pristine.stranger)
    scene.write(scene.file(row), envelope_bytes(envelope))
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "the key's name in an envelope")
def object_key_name(scene: Scene) -> Done:
    row = scene.any_row()
    envelope = envelope_from(scene.file(row).read_bytes())
    signature = replace(
        envelope.signature, key_id=other_text(scene.random, envelope.signature.key_id)
    )
    scene.write(scene.file(row), envelope_bytes(Envelope(envelope.payload, signature)))
    return Done(row.chain, (row.sequence,))


@edit(ARCHIVE, "two objects exchanged")
def objects_exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    here, there = scene.file(one).read_bytes(), scene.file(other).read_bytes()
    scene.write(scene.file(one), there)
    scene.write(scene.file(other), here)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(ARCHIVE, "an object copied over another")
def object_copied(scene: Scene) -> Done:
    one, other = scene.two_rows()
    scene.write(scene.file(other), scene.file(one).read_bytes())
    return Done(one.chain, (other.sequence,))


@edit(ARCHIVE, "an object behind the end")
def object_behind(scene: Scene) -> Done:
    row = scene.any_row()
    end = scene.head(row.chain)[0] + scene.random.randrange(1, 4)
    name = scene.folder / "archive" / archive_name(row.chain, end)
    content = scene.file(row).read_bytes()
    scene.write(
        name, scene.random.choice((content, b"", b"{}", other_bytes(scene.random, content)))
    )
    return Done(row.chain, (end,))


@edit(ARCHIVE, "what is no record")
def foreign(scene: Scene) -> Done:
    name = scene.random.choice(
        (
            "records/x.json",
            "records/local/1.json",
            "records/local/000000000000.json",
            "records/a/b/c",
        )
    )
    scene.write(scene.folder / "archive" / name, b"{}")
    return Done("local")


@edit(ARCHIVE, "all objects of a chain deleted")
def emptied(scene: Scene) -> Done:
    chain = scene.any_chain()
    shutil.rmtree(scene.folder / "archive" / "records" / chain)
    return Done(chain, (1,))


@edit(ARCHIVE, "cut off with the ledger", Owed.TAMPERED)
def cut_differently(scene: Scene) -> Done:
    """The ledger is cut further back than the archive is."""
    chain = scene.any_chain()
    rows = scene.rows(chain)
    left = scene.random.randrange(1, len(rows) - 1)
    for row in rows[left:]:
        for table in ("links", "entries", "seals"):
            scene.delete(table, row)
    for row in rows[left + 1 :]:
        scene.file(row).unlink(missing_ok=True)
    for table in ("heads", "sealed_to"):
        scene.set_head(chain, left, sha256(rows[left - 1].document), table)
    return Done(chain, (left + 1,))


@edit("nothing", "the same value written again", Owed.INTACT)
def same_again(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_entry(row, scene.entry(row))
    scene.set_link(row, row.document)
    scene.set_head(row.chain, *scene.head(row.chain))
    return Done(row.chain)


@edit("nothing", "rows removed and put back", Owed.INTACT)
def put_back(scene: Scene) -> Done:
    row = scene.any_row()
    entry = scene.entry(row)
    scene.delete("entries", row)
    scene.run(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))",
        row.stream,
        row.position,
        *entry,
    )
    return Done(row.chain)


@edit("nothing", "files written again, other times", Owed.INTACT)
def touched(scene: Scene) -> Done:
    row = scene.any_row()
    scene.write(scene.file(row), scene.file(row).read_bytes())
    os.utime(scene.file(row), (0, 0))
    return Done(row.chain)


@edit("nothing", "the file packed anew", Owed.INTACT)
def packed(scene: Scene) -> Done:
    scene.connection.commit()
    scene.connection.execute("VACUUM")
    return Done("local")


@edit("nothing", "files beside the records", Owed.INTACT)
def beside(scene: Scene) -> Done:
    scene.write(
        scene.folder / "archive" / "README.txt",
        canonical_json(other_member(scene.random, {"a": 1})),
    )
    return Done("local")
