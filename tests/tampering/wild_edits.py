"""Edits that nobody thought about: any cell of any table, any byte of any file, several at once."""

import sqlite3

from tests.tampering.edits import EDITS, Done, Edit, Owed, edit
from tests.tampering.world import Scene, other_bytes

PART = "anything"

_TABLES = {
    "entries": ("stream", "position", "kind", "key", "recorded_at", "body"),
    "links": ("chain", "sequence", "stream", "position", "link"),
    "seals": ("chain", "sequence", "key_id", "signature", "archived_as", "version"),
}
"""The cells that say something; for the head and the mark there are edits of their own."""

_ODD = (0, 1, -1, 2**62, 1.5, "", "x", b"", b"\xff\x00", "\x00", "é")


@edit(PART, "a cell of any table, of any type")
def a_cell(scene: Scene) -> Done:
    row = scene.any_row()
    table = scene.random.choice(sorted(_TABLES))
    column = scene.random.choice(_TABLES[table])
    place = ("stream", "position") if table == "entries" else ("chain", "sequence")
    key = [getattr(row, name) for name in place]
    where = f"{place[0]} = ? AND {place[1]} = ?"
    query = f"SELECT CAST({column} AS BLOB) FROM {table} WHERE {where}"  # noqa: S608
    (before,) = scene.connection.execute(query, key).fetchone()
    for value in scene.random.sample(_ODD, len(_ODD)):
        scene.connection.execute("SAVEPOINT try")
        try:
            scene.run(f"UPDATE {table} SET {column} = ? WHERE {where}", value, *key)  # noqa: S608
        except sqlite3.Error:  # a key that is taken
            scene.connection.execute("ROLLBACK TO try")
            continue
        after = scene.connection.execute(query, key).fetchone()
        if after is None or after[0] != before:
            break
    return Done(row.chain, (row.sequence,))


@edit(PART, "bytes of any archived file")
def some_bytes(scene: Scene) -> Done:
    row = scene.any_row()
    content = scene.file(row).read_bytes()
    changed = content
    for _ in range(scene.random.randrange(1, 6)):
        changed = other_bytes(scene.random, changed or b"x")
    if changed == content:
        changed += b"x"
    scene.write(scene.file(row), changed)
    return Done(row.chain, (row.sequence,))


@edit(PART, "two edits at once")
def two_edits(scene: Scene) -> Done:
    return _several(scene, 2)


@edit(PART, "three edits at once")
def three_edits(scene: Scene) -> Done:
    return _several(scene, 3)


def _several(scene: Scene, count: int) -> Done:
    """Edits of records, one after the other, as far as one does not take away the ground of the
    next; the first bad record is then one that any of them changed.
    """
    records: set[int] = set()
    left = count
    for one in scene.random.choices(_SINGLE, k=count * 4):
        scene.connection.commit()
        try:
            done = one.act(scene)
        except (LookupError, TypeError, ValueError, OSError, AssertionError, sqlite3.Error):
            scene.connection.rollback()
            if not records:
                continue
            break
        # A number that an earlier edit made into something else is none.
        records.update(number for number in done.records if isinstance(number, int))
        left -= 1
        if not left:
            break
    return Done("*", tuple(sorted(records)))


_SINGLE: tuple[Edit, ...] = tuple(
    each
    for each in EDITS
    if each.owed is Owed.TAMPERED and each.part in ("entry", "link", "seal", "archive")
)
