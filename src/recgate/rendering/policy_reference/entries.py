"""The keys of a schema, one entry each, in the order in which the schema has them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

ANY_LIMIT = "LIMIT"
"""Stands for each limit on a figure: what goes under one of them goes under all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key. ``path`` is written as a person does: ``require.job[].path``, ``routes.NAME.on``.

    ``about`` is its schema with what it refers to. ``names`` is the key; several that are alike
    are limits, and ``LIMIT`` stands for them in the path.
    """

    path: str
    names: tuple[str, ...]
    about: Schema
    required: bool

    @property
    def name(self) -> str:
        """The key itself."""
        return self.names[0]


def entries(schema: Schema) -> Iterator[Entry]:
    """Every key of the schema, each key before what goes under it."""
    yield from _Walk(schema).under(schema, "")


class _Walk:
    """One way through a schema; what several limits share is told once."""

    def __init__(self, whole: Schema) -> None:
        self._defs: Mapping[str, Schema] = whole.get("$defs", {})
        self._told: set[str] = set()

    def under(self, node: Schema, path: str) -> Iterator[Entry]:
        """The keys under a node."""
        properties: Mapping[str, Schema] = node.get("properties", {})
        required = tuple(node.get("required", ()))
        told: set[str] = set()
        for name, written in properties.items():
            if name in told:
                continue
            alike = self._alike(name, properties)
            told.update(alike)
            about = self._whole(written)
            shown = name if len(alike) == 1 else ANY_LIMIT
            here = f"{path}.{shown}" if path else shown
            yield Entry(here, alike, about, name in required)
            yield from self._inside(about, here, name)
        others = node.get("additionalProperties")
        if isinstance(others, Mapping) and "properties" in (about := self._whole(others)):
            yield from self.under(about, f"{path}.NAME")

    def _inside(self, about: Schema, path: str, name: str) -> Iterator[Entry]:
        if name.startswith(("max_", "min_")) and "object" in _types(about):
            # Limits on figures have the same keys under them, told under the first one.
            path = f"{path.rpartition('.')[0]}.{ANY_LIMIT}"
            if path in self._told:
                return
            self._told.add(path)
        yield from self.under(about, path)
        items = about.get("items")
        if isinstance(items, Mapping):
            yield from self.under(self._whole(items), f"{path}[]")

    def _whole(self, node: Schema) -> Schema:
        """The node with what it refers to; its own words win."""
        if "$ref" not in node:
            return node
        return {**self._defs[node["$ref"].rsplit("/", 1)[-1]], **node}

    def _alike(self, name: str, properties: Mapping[str, Schema]) -> tuple[str, ...]:
        """The keys that have nothing of their own and refer to the same."""
        written = properties[name]
        if set(written) != {"$ref"}:
            return (name,)
        return tuple(key for key, each in properties.items() if each == written)


def _types(about: Schema) -> tuple[str, ...]:
    written = about.get("type", ())
    return (written,) if isinstance(written, str) else tuple(written)
