"""`--output text`: rows of values with tabs between them, for cut and awk.

The shape is the AWS CLI's: an object is one row of its plain values in the order of their names,
under the upper-case name of the member that it was found in; what is inside it follows.
"""

from collections.abc import Iterator, Mapping, Sequence

from recgate.rendering.aws_output.visible import visible

_KEPT = "\n\t"
"""The AWS CLI prints these as they are, and so must whoever replaces it in a script."""


def text_rows(value: object) -> str:
    """The rows of the value, each ending in a line break."""
    return "".join(f"{visible(row, kept=_KEPT)}\n" for row in _rows(value, None))


def _rows(value: object, member: str | None) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _object(value, member, None)
    elif isinstance(value, list):
        yield from _list(value, member)
    else:
        yield str(value)


def _object(
    value: Mapping[str, object], member: str | None, columns: Sequence[str] | None
) -> Iterator[str]:
    """One row, and then what is inside. ``columns``: those that the whole list has."""
    if columns is None:
        columns = [name for name in sorted(value) if is_plain(value[name])]
    if columns:
        heading = [member.upper()] if member is not None else []
        yield "\t".join(heading + [str(value.get(name, "")) for name in columns])
    for name in sorted(set(value) - set(columns)):
        yield from _rows(value[name], name)


def _list(items: Sequence[object], member: str | None) -> Iterator[str]:
    objects = [item for item in items if isinstance(item, Mapping)]
    if objects:
        names = {name for each in objects for name, inner in each.items() if is_plain(inner)}
        for item in items:
            if isinstance(item, Mapping):
                yield from _object(item, member, sorted(names))
            else:
                yield from _rows(item, member)
        return
    plain = [str(item) for item in items if is_plain(item)]
    if member is not None:
        yield from (f"{member.upper()}\t{item}" for item in plain)
    elif plain:
        yield "\t".join(plain)
    for item in items:
        if not is_plain(item):
            yield from _rows(item, member)


def is_plain(value: object) -> bool:
    """Whether the value has nothing inside."""
    return not isinstance(value, Mapping | list)
