"""`--output table`, first half: what stands in which section."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from recgate.rendering.aws_output.text_rows import is_plain
from recgate.rendering.aws_output.visible import visible

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One box. ``depth`` is how many objects it is inside of; rows have one cell a header."""

    title: str
    depth: int = 0
    headers: Row = ()
    rows: tuple[Row, ...] = ()

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """The cells from above to below, headers among them."""
        lines = [line for line in (self.headers, *self.rows) if line]
        return list(zip(*lines, strict=True))

    def upright(self) -> "Section":
        """A single row with its headers at its left, for a terminal that is too narrow."""
        if len(self.rows) != 1 or not self.headers:
            return self
        pairs = tuple(zip(self.headers, self.rows[0], strict=True))
        return replace(self, headers=(), rows=pairs)


def sections_of(title: str, value: object, depth: int = 0) -> Iterator[Section]:
    """The sections of an answer, in the order of the AWS CLI; none for an empty one.

    A plain value is a row of its own, which the AWS CLI leaves out.
    """
    title = visible(title)
    if is_plain(value):
        if value is not None:
            yield Section(title, depth, rows=(_row([value]),))
    elif isinstance(value, Mapping):
        if value:
            yield from _of_object(title, value, depth)
    elif isinstance(value, list) and value:
        if all(isinstance(item, Mapping) for item in value):
            yield from _of_objects(title, value, depth)
        else:
            yield from _of_values(title, value, depth)


def _of_object(title: str, value: Mapping[str, object], depth: int) -> Iterator[Section]:
    plain = [name for name in sorted(value) if is_plain(value[name])]
    if len(plain) == 1:
        yield Section(title, depth, rows=(_row([plain[0], value[plain[0]]]),))
    elif plain:
        row = _row([value[name] for name in plain])
        yield Section(title, depth, headers=_row(plain), rows=(row,))
    else:
        yield Section(title, depth)
    for name in sorted(set(value) - set(plain)):
        yield from sections_of(name, value[name], depth + 1)


def _of_objects(title: str, items: Sequence[Mapping[str, object]], depth: int) -> Iterator[Section]:
    """One section for all, or one for each when there is something inside them."""
    plain = sorted({name for item in items for name in item if is_plain(item[name])})
    inside = sorted({name for item in items for name in item if not is_plain(item[name])})
    rows = [_row([item.get(name, "") for name in plain]) for item in items]
    if not inside:
        yield Section(title, depth, headers=_row(plain), rows=tuple(rows))
        return
    for item, row in zip(items, rows, strict=True):
        yield Section(title, depth, headers=_row(plain), rows=(row,))
        for name in inside:
            yield from sections_of(name, item.get(name), depth + 1) if name in item else ()


def _of_values(title: str, items: Sequence[object], depth: int) -> Iterator[Section]:
    """Rows of one or several cells; a row of another length, or an object, begins a new box."""
    section = Section(title, depth)
    for item in _flat(items):
        if isinstance(item, Mapping):
            yield section
            yield from sections_of("", item, depth)
            section = Section("", depth)
            continue
        row = _row(item if isinstance(item, list) else [item])
        if section.rows and len(section.rows[-1]) != len(row):
            yield section
            section = Section("", depth)
        section = replace(section, rows=(*section.rows, row))
    if section.title or section.rows:
        yield section


def _flat(items: Sequence[object]) -> Iterator[object]:
    """The plain values, lists of plain values and objects, however deep in lists they are."""
    for item in items:
        if isinstance(item, list) and not all(is_plain(inner) for inner in item):
            yield from _flat(item)
        elif item != []:
            yield item


def _row(values: Sequence[object]) -> Row:
    return tuple(visible(str(value)) for value in values)
