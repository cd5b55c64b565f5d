"""Edits of entries."""

from recgate.domain.chain import LOCAL
from tests.tampering.edits import Done, edit
from tests.tampering.world import SHOP, Scene, edited_body, other_bytes, other_text

PART = "entry"


@edit(PART, "a value of the body")
def body_value(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_body(row, edited_body(scene.random, scene.body(row)))
    return Done(row.chain, (row.sequence,))


@edit(PART, "a byte of the body")
def body_byte(scene: Scene) -> Done:
    row = scene.any_row()
    scene.set_body(row, other_bytes(scene.random, scene.body(row)))
    return Done(row.chain, (row.sequence,))


@edit(PART, "body of another type")
def body_type(scene: Scene) -> Done:
    row = scene.any_row()
    value = scene.random.choice([7, 1.5, b"\xff\xfe", ""])
    where = "WHERE stream = ? AND position = ?"
    scene.run(f"UPDATE entries SET body = ? {where}", value, row.stream, row.position)  # noqa: S608
    return Done(row.chain, (row.sequence,))


@edit(PART, "kind, key or time")
def column(scene: Scene) -> Done:
    row = scene.any_row()
    name = scene.random.choice(("kind", "key", "recorded_at"))
    (old,) = scene.connection.execute(
        f"SELECT {name} FROM entries WHERE stream = ? AND position = ?",  # noqa: S608
        (row.stream, row.position),
    ).fetchone()
    scene.run(
        f"UPDATE entries SET {name} = ? WHERE stream = ? AND position = ?",  # noqa: S608
        other_text(scene.random, old),
        row.stream,
        row.position,
    )
    return Done(row.chain, (row.sequence,))


@edit(PART, "moved to another stream or position")
def moved(scene: Scene) -> Done:
    row = scene.any_row()
    to = (row.stream, row.position + 100)
    if scene.random.randrange(2):
        to = (other_text(scene.random, row.stream), row.position)
    scene.run(
        "UPDATE entries SET stream = ?, position = ? WHERE stream = ? AND position = ?",
        *to,
        row.stream,
        row.position,
    )
    return Done(row.chain, (row.sequence,))


@edit(PART, "deleted")
def deleted(scene: Scene) -> Done:
    row = scene.any_row()
    scene.delete("entries", row)
    return Done(row.chain, (row.sequence,))


@edit(PART, "two exchanged")
def exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    there, here = scene.entry(one), scene.entry(other)
    scene.set_entry(one, here)
    scene.set_entry(other, there)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(PART, "two bodies exchanged")
def bodies_exchanged(scene: Scene) -> Done:
    one, other = scene.two_rows()
    there, here = scene.body(one), scene.body(other)
    if here == there:
        return exchanged(scene)
    scene.set_body(one, here)
    scene.set_body(other, there)
    return Done(one.chain, (one.sequence, other.sequence))


@edit(PART, "copied over another")
def copied_over(scene: Scene) -> Done:
    one, other = scene.two_rows()
    if scene.random.randrange(2):
        one, other = other, one
    scene.set_entry(other, scene.entry(one))
    return Done(one.chain, (other.sequence,))


@edit(PART, "copied to a new place")
def copied(scene: Scene) -> Done:
    row = scene.any_row()
    stream = scene.random.choice((f"{row.stream}-2", "effect:new", f"job:arn:x:{row.sequence}"))
    scene.run(
        "INSERT INTO entries VALUES (?, 0, ?, ?, ?, CAST(? AS TEXT))", stream, *scene.entry(row)
    )
    return Done(row.chain)


@edit(PART, "forged, at the end of a stream")
def forged(scene: Scene) -> Done:
    row = scene.any_row()
    kind, key, recorded_at, body = scene.entry(row)
    (end,) = scene.connection.execute(
        "SELECT max(position) + 1 FROM entries WHERE stream = ?", (row.stream,)
    ).fetchone()
    made = (kind, other_text(scene.random, key), recorded_at, edited_body(scene.random, body))
    scene.run("INSERT INTO entries VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))", row.stream, end, *made)
    return Done(row.chain)


@edit(PART, "forged, older than the chain")
def forged_older(scene: Scene) -> Done:
    chain = scene.random.choice((SHOP, LOCAL))
    row = scene.any_row(chain)
    kind, key, _, body = scene.entry(row)
    made = (kind, key, "2020-01-01T00:00:00.000000+00:00", edited_body(scene.random, body))
    stream = f"{row.stream}-older"
    scene.run("INSERT INTO entries VALUES (?, 0, ?, ?, ?, CAST(? AS TEXT))", stream, *made)
    return Done(chain)
