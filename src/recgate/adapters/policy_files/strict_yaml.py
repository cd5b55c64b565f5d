"""YAML without its traps: one document of mappings, lists, text, numbers, true and false.

The values are built from the parser's events, so that each has its place in the file, and
nothing is ever constructed that is not plain data. This module imports yaml: import it only
where a file is to be read.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from recgate.adapters.policy_files.scalars import Misreadable, plain_value
from recgate.adapters.policy_files.source_text import INVISIBLE, Unreadable
from recgate.adapters.policy_files.syntax_words import syntax_words
from recgate.dialect.mistake import Path, quoted
from recgate.domain.canonical import Json

MAX_DEPTH = 12
"""The language itself is 5 deep."""

MAX_VALUES = 20_000
"""Keys and values in one file: a hundred times what a policy has, and 500 waivers with room."""

FASTEST_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it."""

_NO_ANCHORS = "anchors (&) and aliases (*) are not supported: write the value out"


class Place(NamedTuple):
    """Where something stands in its file, from 1."""

    line: int
    column: int


class Flaw(NamedTuple):
    """One thing in the text that strict YAML does not take; the rest can still be read."""

    path: Path
    place: Place
    message: str


@dataclass(slots=True)
class Source:
    """A document as it was read. ``texts`` holds every scalar as it was written.

    What is ``broken`` has a flaw already: nothing more needs to be said about its value.
    """

    value: Json = None
    places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    flaws: list[Flaw] = field(default_factory=list)

    def is_broken(self, path: Path) -> bool:
        """Whether the value at the path, or one around it, has a flaw already."""
        return any(path[:length] in self.broken for length in range(len(path) + 1))


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet. ``key``: the key that waits for a value."""

    path: Path
    items: dict[str, Json] | list[Json]
    key: str | None = None
    keeps: bool = True


def read_yaml(text: str, *, loader: type = FASTEST_LOADER) -> Source:
    """The one document in the text, with its flaws. Raises Unreadable when there is none."""
    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
    except yaml.MarkedYAMLError as refusal:
        raise _unreadable(refusal) from refusal
    except (yaml.YAMLError, ValueError, OverflowError) as refusal:
        # ValueError: PyYAML's own parser, for the escape of a character that does not exist.
        raise Unreadable("is not YAML") from refusal
    source = composer.source
    if source.value is None and not source.flaws:
        raise Unreadable("is empty: it begins with version: 1")
    return source


def _unreadable(refusal: yaml.MarkedYAMLError) -> Unreadable:
    words, told_where_opened = syntax_words(refusal.problem or "it cannot be parsed")
    mark = (told_where_opened and refusal.context_mark) or refusal.problem_mark
    if mark is None:
        return Unreadable(f"not valid YAML: {words}")
    return Unreadable(f"not valid YAML: {words}", line=mark.line + 1, column=mark.column + 1)


class _Composer:
    """Builds the document out of the parser's events."""

    def __init__(self) -> None:
        self.source = Source()
        self.documents = 0
        self._open: list[_Open] = []
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        """One event. Raises Unreadable where going on would make no sense."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise _stop("holds several documents (---): use one file for each", event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case yaml.NodeEvent():
                self._count(event)
                self._node(event)

    def _count(self, event: yaml.Event) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _stop(f"holds more than {MAX_VALUES:,} values", event)

    def _node(self, event: yaml.NodeEvent) -> None:
        around = self._open[-1] if self._open else None
        if around is not None and isinstance(around.items, dict) and around.key is None:
            self._key(event, around)
            return
        path = self._path(around)
        self.source.places.setdefault(path, _place(event))
        self._refuse_extras(event, path)
        match event:
            case yaml.AliasEvent():
                self._put(None)
            case yaml.ScalarEvent():
                self._put(self._scalar(event, path))
            case _:
                if len(self._open) >= MAX_DEPTH:
                    raise _stop(f"is nested more than {MAX_DEPTH} deep", event)
                mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(path, {} if mapping else []))

    def _path(self, around: _Open | None) -> Path:
        if around is None:
            return ()
        if isinstance(around.items, list):
            return (*around.path, len(around.items))
        return (*around.path, str(around.key))

    def _key(self, event: yaml.NodeEvent, around: _Open) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise _stop("a key must be plain text", event)
        key: str = event.value
        path = (*around.path, key)
        around.key = key
        around.keeps = key not in around.items
        if not around.keeps:
            first = self.source.key_places[path].line
            self._note(path, event, f"is here twice, first on line {first}")
            return
        self.source.key_places.setdefault(path, _place(event))
        self._refuse_extras(event, path)
        self._refuse_invisible(event, path)
        if _is_plain(event):
            self._check_plain_key(key, path, event)

    def _check_plain_key(self, key: str, path: Path, event: yaml.Event) -> None:
        if key == "<<":
            self._flaw(path, event, "merge keys are not supported: write the keys out")
            return
        try:
            is_text = isinstance(plain_value(key), str)
        except Misreadable:
            is_text = False
        if not is_text:
            self._flaw(path, event, f"a key is text: quote it, {quoted(key)}")

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Json:
        text: str = event.value
        self.source.texts.setdefault(path, text)
        if not _is_plain(event):
            self._refuse_invisible(event, path)
            return text
        try:
            return plain_value(text)
        except Misreadable as reason:
            self._flaw(path, event, f"{text[:40]}: {reason}")
            return None

    def _refuse_extras(self, event: yaml.NodeEvent, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._flaw(path, event, _NO_ANCHORS)
        elif event.anchor is not None:
            self._note(path, event, _NO_ANCHORS)
        if getattr(event, "tag", None) is not None:
            self._flaw(path, event, "tags (!) are not supported: write the plain value")

    def _refuse_invisible(self, event: yaml.ScalarEvent, path: Path) -> None:
        """In the raw text there is none; an escape in double quotes can still make one."""
        if hidden := INVISIBLE.search(event.value):
            code = f"U+{ord(hidden.group()):04X}"
            self._flaw(path, event, f"holds the invisible character {code}: remove it")

    def _flaw(self, path: Path, event: yaml.Event, message: str) -> None:
        """A mistake that leaves the value unknown."""
        self._note(path, event, message)
        self.source.broken.add(path)

    def _note(self, path: Path, event: yaml.Event, message: str) -> None:
        """A mistake beside which the value can still be checked."""
        if not self.source.is_broken(path):
            self.source.flaws.append(Flaw(path, _place(event), message))

    def _close(self) -> None:
        closed = self._open.pop()
        self._put(closed.items)

    def _put(self, value: Json) -> None:
        if not self._open:
            self.source.value = value
            return
        around = self._open[-1]
        if isinstance(around.items, list):
            around.items.append(value)
            return
        if around.keeps and around.key is not None:
            around.items[around.key] = value
        around.key = None


def _is_plain(event: yaml.ScalarEvent) -> bool:
    """Whether a scalar stands without quotes: libyaml gives its style as '', PyYAML as None."""
    return not event.style


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(0, 0) if mark is None else Place(mark.line + 1, mark.column + 1)


def _stop(message: str, event: yaml.Event) -> Unreadable:
    place = _place(event)
    return Unreadable(message, line=place.line, column=place.column)
