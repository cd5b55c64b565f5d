"""Edits of links, heads and marks, with and without chaining the rest anew."""

from dataclasses import replace
from typing import Any

from recgate.domain.link import link_bytes, sha256
from tests.tampering.edits import Done, Owed, edit
from tests.tampering.world import Row, Scene, edited_body, other_bytes, other_text

PART = "link"
FIELDS = (
    *("id", "chain", "sequence", "previous", "stream", "position", "kind", "key"),
    *("recorded_at", "body_digest", "adopted_at"),
)


@edit(PART, "a field")
def a_field(scene: Scene) -> Done:
    row, name = scene.any_row(), scene.random.choice(FIELDS)
    scene.set_link(row, link_bytes(replace(row.link, **{name: _other(scene, row, name)})))
    return Done(row.chain, (row.sequence,))


def _other(scene: Scene, row: Row, name: str) -> Any:
    old = getattr(row.link, name)
    if isinstance(old, int):
        return old + scene.random.choice((-1, 1, 7, 100))
    if name == "adopted_at":
        return row.link.recorded_at
    if name == "recorded_at":
        return old.replace("20", "21", 1)
    return other_text(scene.random, old)


@edit(PART, "a byte")
def a_byte(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_link(row, other_bytes(scene.random, row.document))
    return Done(row.chain, (row.sequence,))


@edit(PART, "said to be of a newer schema")
def newer(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_link(row, row.document.replace(b'"schema":1', b'"schema":2'))
    return Done(row.chain, (row.sequence,))


@edit(PART, "where the store says its entry is")
def stored_place(scene: Scene) -> Done:
    row = scene.any_row()
    where = "WHERE chain = ? AND sequence = ?"
    scene.run(
        f"UPDATE links SET position = position + 50 {where}",  # noqa: S608
        row.chain,
        row.sequence,
    )
    return Done(row.chain, (row.sequence,))


@edit(PART, "its number in the store")
def renumbered(scene: Scene) -> Done:
    row = scene.any_row()
    number = scene.random.choice((-1, 0, row.sequence + 1000, "x"))
    scene.run(
        "UPDATE links SET sequence = ? WHERE chain = ? AND sequence = ?",
        number,
        row.chain,
        row.sequence,
    )
    return Done(row.chain, (row.sequence, row.sequence + 1000))


@edit(PART, "its chain in the store")
def other_chain(scene: Scene) -> Done:
    row = scene.any_row()
    scene.run(
        "UPDATE links SET chain = '999988887777/eu-west-1' WHERE chain = ? AND sequence = ?",
        row.chain,
        row.sequence,
    )
    return Done(row.chain, (row.sequence,))


@edit(PART, "deleted")
def deleted(scene: Scene) -> Done:
    row = scene.any_row()
    scene.delete("links", row)
    return Done(row.chain, (row.sequence,))


@edit(PART, "deleted with its entry")
def deleted_both(scene: Scene) -> Done:
    row = scene.any_row()
    for table in ("links", "entries", "seals"):
        scene.delete(table, row)
    return Done(row.chain, (row.sequence,))


@edit(PART, "deleted, the rest moved up, the head too")
def moved_up(scene: Scene) -> Done:
    row = scene.any_row(but_last=1)
    for table in ("links", "entries", "seals"):
        scene.delete(table, row)
    for table in ("links", "seals"):
        for later in range(row.sequence + 1, scene.head(row.chain)[0] + 1):
            scene.run(
                f"UPDATE {table} SET sequence = ? WHERE chain = ? AND sequence = ?",  # noqa: S608
                later - 1,
                row.chain,
                later,
            )
    last = scene.rows(row.chain)[-1]
    scene.set_head(row.chain, last.sequence, sha256(last.document))
    return Done(row.chain, (row.sequence,))


@edit(PART, "two exchanged")
def exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    scene.set_link(one, other.document)
    scene.set_link(other, one.document)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(PART, "copied over another")
def copied_over(scene: Scene) -> Done:
    one, other = scene.two_rows()
    if scene.random.randrange(2):
        one, other = other, one
    scene.set_link(other, one.document)
    return Done(one.chain, (other.sequence,))


@edit(PART, "copied behind the end")
def copied_behind(scene: Scene) -> Done:
    row = scene.any_row()
    end = scene.head(row.chain)[0] + 1
    scene.run(
        "INSERT INTO links VALUES (?, ?, 'effect:copy', 0, CAST(? AS TEXT))",
        row.chain,
        end,
        row.document,
    )
    return Done(row.chain, (end,))


@edit(PART, "forged at the end, head moved", Owed.NOT_INTACT)
def forged_at_the_end(scene: Scene) -> Done:
    chain = scene.any_chain()
    last = scene.rows(chain)[-1]
    kind, key, recorded_at, body = scene.entry(last)
    body = edited_body(scene.random, body)
    link = replace(
        last.link,
        id=f"{last.link.id[:-4]}0000",
        sequence=last.sequence + 1,
        previous=sha256(last.document),
        stream="effect:forged" if chain == "local" else f"{last.stream}-forged",
        position=0,
        body_digest=sha256(body),
    )
    document = link_bytes(link)
    entry = (link.stream, 0, kind, key, recorded_at, body)
    scene.run("INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))", *entry)
    place = (chain, link.sequence, link.stream, 0)
    scene.run("INSERT INTO links VALUES (?, ?, ?, ?, CAST(? AS TEXT))", *place, document)
    scene.set_head(chain, link.sequence, sha256(document))
    return Done(chain, (link.sequence,))


@edit("rechained", "a body edited, all behind chained anew")
def rechained(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    scene.rechain(row.chain, row.sequence, mark=bool(scene.random.randrange(2)))
    return Done(row.chain, (row.sequence,))


@edit("rechained", "the same, signed with another key")
def rechained_and_signed(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    scene.rechain(row.chain, row.sequence)
    scene.sign_again(row.chain, row.sequence, scene.pristine.stranger)
    return Done(row.chain, (row.sequence,))


@edit("rechained", "the same, seals removed, mark set back")
def rechained_unsealed(scene: Scene) -> Done:
    row = scene.any_row(but_last=1)
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    scene.rechain(row.chain, row.sequence, mark=False)
    scene.run("DELETE FROM seals WHERE chain = ? AND sequence >= ?", row.chain, row.sequence)
    before = [each for each in scene.rows(row.chain) if each.sequence == row.sequence - 1]
    if before:
        digest = sha256(before[0].document)
        scene.set_head(row.chain, row.sequence - 1, digest, "sealed_to")
    else:
        scene.run("DELETE FROM sealed_to WHERE chain = ?", row.chain)
    return Done(row.chain, (row.sequence,))


@edit("rechained", "an id used twice")
def id_twice(scene: Scene) -> Done:
    one, other = scene.two_rows()
    scene.set_link(other, link_bytes(replace(other.link, id=one.link.id)))
    scene.rechain(one.chain, other.sequence)
    return Done(one.chain, (other.sequence,))


@edit("rechained", "a record taken out, all behind renumbered")
def taken_out(scene: Scene) -> Done:
    row = scene.any_row(but_last=1)
    moved_up_rows = [each for each in scene.rows(row.chain) if each.sequence > row.sequence]
    for table in ("links", "entries", "seals"):
        scene.delete(table, row)
    for each in moved_up_rows:
        link = replace(each.link, sequence=each.sequence - 1)
        scene.run(
            "UPDATE links SET sequence = ?, link = CAST(? AS TEXT) "
            "WHERE chain = ? AND sequence = ?",
            each.sequence - 1,
            link_bytes(link),
            each.chain,
            each.sequence,
        )
        scene.run(
            "UPDATE seals SET sequence = ? WHERE chain = ? AND sequence = ?",
            each.sequence - 1,
            each.chain,
            each.sequence,
        )
    scene.rechain(row.chain, row.sequence)
    return Done(row.chain, (row.sequence,))


def _cut(scene: Scene, chain: str, *, entries: bool) -> int:
    """Cut off the end of a chain; gives the first number that is missing."""
    rows = scene.rows(chain)
    left = scene.random.randrange(1, len(rows))
    for row in rows[left:]:
        for table in ("links", "seals", *(["entries"] if entries else [])):
            scene.delete(table, row)
    return left + 1


@edit("tail", "cut off")
def cut(scene: Scene) -> Done:
    chain = scene.any_chain()
    return Done(chain, (_cut(scene, chain, entries=bool(scene.random.randrange(2))),))


@edit("tail", "cut off, head moved back")
def cut_with_head(scene: Scene) -> Done:
    chain = scene.any_chain()
    first = _cut(scene, chain, entries=True)
    last = scene.rows(chain)[-1]
    scene.set_head(chain, last.sequence, sha256(last.document))
    return Done(chain, (first,))


@edit("tail", "cut off, head and mark moved back")
def cut_with_all(scene: Scene) -> Done:
    done = cut_with_head(scene)
    scene.set_head(done.chain, *scene.head(done.chain), "sealed_to")
    return done


@edit("tail", "the whole chain removed")
def removed(scene: Scene) -> Done:
    chain = scene.any_chain()
    for row in scene.rows(chain):
        for table in ("links", "entries", "seals"):
            scene.delete(table, row)
    for table in ("heads", "sealed_to"):
        scene.run(f"DELETE FROM {table} WHERE chain = ?", chain)  # noqa: S608
    return Done(chain, (1,))


@edit("head", "its digest")
def head_digest(scene: Scene) -> Done:
    chain = scene.any_chain()
    sequence, digest = scene.head(chain)
    scene.set_head(chain, sequence, other_text(scene.random, digest))
    return Done(chain)


@edit("head", "set forward or back")
def head_moved(scene: Scene) -> Done:
    chain = scene.any_chain()
    sequence, digest = scene.head(chain)
    scene.set_head(chain, scene.random.choice((sequence + 3, sequence - 2, 0, -5)), digest)
    return Done(chain)


@edit("head", "of another type")
def head_type(scene: Scene) -> Done:
    chain = scene.any_chain()
    scene.set_head(chain, scene.random.choice(("x", None, 1.5)) or "", "y")  # type: ignore[arg-type]
    return Done(chain)


@edit("head", "deleted")
def head_deleted(scene: Scene) -> Done:
    chain = scene.any_chain()
    scene.run("DELETE FROM heads WHERE chain = ?", chain)
    return Done(chain)


@edit("mark", "set forward")
def mark_forward(scene: Scene) -> Done:
    chain = scene.any_chain()
    sequence, digest = scene.head(chain, "sealed_to")
    scene.set_head(chain, sequence + scene.random.randrange(1, 9), digest, "sealed_to")
    return Done(chain)


@edit("mark", "its digest")
def mark_digest(scene: Scene) -> Done:
    chain = scene.any_chain()
    sequence, digest = scene.head(chain, "sealed_to")
    scene.set_head(chain, sequence, other_text(scene.random, digest), "sealed_to")
    return Done(chain)


@edit("mark", "set back, or deleted", Owed.NOT_INTACT)
def mark_back(scene: Scene) -> Done:
    row = scene.any_row(but_last=1)
    scene.set_head(row.chain, row.sequence, sha256(row.document), "sealed_to")
    if not scene.random.randrange(3):
        scene.run("DELETE FROM sealed_to WHERE chain = ?", row.chain)
    return Done(row.chain)
