"""Edits of the index of decisions by model: no record is changed, and decisions are hidden."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from recgate.domain.chain import LOCAL
from tests.tampering.edits import Done, edit
from tests.tampering.world import SHOP, Row, Scene, other_text

PART = "index"

_AT = "WHERE stream = ? AND position = ?"
_PUT = "INSERT INTO decisions_by_model VALUES (?, ?, ?, ?)"


def _indexed(scene: Scene) -> Sequence[tuple[str, str, Row]]:
    """The model and the time of each row, and the record that it is about."""
    rows = {(row.stream, row.position): row for c in (SHOP, LOCAL) for row in scene.rows(c)}
    found = scene.connection.execute(
        "SELECT model, recorded_at, stream, position FROM decisions_by_model"
    )
    return [(model, at, rows[stream, position]) for model, at, stream, position in found]


def _any(scene: Scene) -> tuple[str, str, Row]:
    return scene.random.choice(_indexed(scene))


def _set(scene: Scene, row: Row, column: str, value: object) -> Done:
    scene.run(
        f"UPDATE decisions_by_model SET {column} = ? {_AT}",  # noqa: S608
        value,
        row.stream,
        row.position,
    )
    return Done(row.chain, (row.sequence,))


def _other_time(scene: Scene, at: str) -> str:
    """As little as a microsecond apart, or as much as days; or a text that is no time."""
    apart = scene.random.choice((-1, 1)) * scene.random.choice((1, 10**6, 10**12))
    other = datetime.fromisoformat(at) + timedelta(microseconds=apart)
    return scene.random.choice((other.isoformat(timespec="microseconds"), f"0{at}", "", "19"))


@edit(PART, "a decision taken out")
def taken_out(scene: Scene) -> Done:
    _, _, row = _any(scene)
    scene.run(f"DELETE FROM decisions_by_model {_AT}", row.stream, row.position)  # noqa: S608
    return Done(row.chain, (row.sequence,))


@edit(PART, "all of a model taken out")
def model_taken_out(scene: Scene) -> Done:
    model, _, row = _any(scene)
    hidden = [each.sequence for name, _, each in _indexed(scene) if name == model]
    scene.run("DELETE FROM decisions_by_model WHERE model = ?", model)
    return Done(row.chain, (min(hidden),))


@edit(PART, "everything taken out")
def emptied(scene: Scene) -> Done:
    first: dict[str, int] = {}
    for _, _, row in _indexed(scene):
        first[row.chain] = min(row.sequence, first.get(row.chain, row.sequence))
    scene.run("DELETE FROM decisions_by_model")
    return Done("*", tuple(first.values()))


@edit(PART, "a decision under another model")
def another_model(scene: Scene) -> Done:
    model, _, row = _any(scene)
    others = sorted({name for name, *_ in _indexed(scene)} - {model})
    other = scene.random.choice((*others, other_text(scene.random, model), "", b"\xff", 7))
    return _set(scene, row, "model", other)


@edit(PART, "a decision at another time")
def another_time(scene: Scene) -> Done:
    _, at, row = _any(scene)
    return _set(scene, row, "recorded_at", _other_time(scene, at))


@edit(PART, "a decision under another's model, too")
def second_model(scene: Scene) -> Done:
    model, at, row = _any(scene)
    others = sorted({name for name, *_ in _indexed(scene)} - {model})
    scene.run(_PUT, scene.random.choice(others), at, row.stream, row.position)
    return Done(row.chain, (row.sequence,))


@edit(PART, "a decision twice")
def twice(scene: Scene) -> Done:
    model, at, row = _any(scene)
    scene.run(_PUT, model, _other_time(scene, at), row.stream, row.position)
    return Done(row.chain, (row.sequence,))


@edit(PART, "another entry in its place")
def another_entry(scene: Scene) -> Done:
    _, _, row = _any(scene)
    other = scene.any_row()
    while (other.stream, other.position) == (row.stream, row.position):
        other = scene.any_row()
    scene.run(
        f"UPDATE decisions_by_model SET stream = ?, position = ? {_AT}",  # noqa: S608
        *(other.stream, other.position, row.stream, row.position),
    )
    return Done("*", (row.sequence, other.sequence))


@edit(PART, "an entry that is none among the decisions")
def no_decision(scene: Scene) -> Done:
    model, at, row = _any(scene)
    others = scene.connection.execute(
        "SELECT stream, position FROM entries WHERE kind <> 'decision'"
    ).fetchall()
    scene.run(_PUT, model, at, *scene.random.choice(others))
    return Done(row.chain)


@edit(PART, "a row that points nowhere")
def nowhere(scene: Scene) -> Done:
    model, at, row = _any(scene)
    scene.run(_PUT, model, at, f"{row.stream}-gone", row.position)
    return Done(row.chain)
