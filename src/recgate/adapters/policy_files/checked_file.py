"""One file of a policies folder, read: its document, and every mistake in it at its place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from recgate.adapters.policy_files.source_text import MAX_BYTES, Unreadable, decoded
from recgate.dialect.mistake import Mistake, Path, dotted, without_secrets
from recgate.ports import PolicyProblem

if TYPE_CHECKING:
    from recgate.adapters.policy_files.strict_yaml import Source

MAX_PROBLEMS_PER_FILE = 200
"""After so many, a file is something else than a policy."""


@dataclass(slots=True)
class CheckedFile:
    """A file and what is wrong in it. ``shown`` is its name in messages.

    ``content`` are the bytes that the document was read from, None before they were read.
    """

    path: FilePath
    shown: str
    content: bytes | None = None
    source: "Source | None" = None
    problems: list[PolicyProblem] = field(default_factory=list)

    def read(self) -> "CheckedFile":
        """Read the document; ``source`` stays None when that is not possible."""
        from recgate.adapters.policy_files.strict_yaml import read_yaml

        try:
            self.content = _bytes(self.path)
            self.source = read_yaml(decoded(self.content))
        except OSError as refusal:
            self.problem(f"cannot be read: {refusal.strerror}")
        except Unreadable as refusal:
            self.problem(refusal.message, place=(refusal.line, refusal.column))
        else:
            for flaw in self.source.flaws[:MAX_PROBLEMS_PER_FILE]:
                self.problem(flaw.message, place=flaw.place, path=flaw.path)
        return self

    def check(self, mistakes: Iterable[Mistake]) -> None:
        """Note the mistakes that no flaw of the text has told already."""
        source = self.source
        if source is None:
            return
        fresh = (each for each in mistakes if not source.is_broken(each.path))
        for mistake in islice(fresh, MAX_PROBLEMS_PER_FILE):
            self.problem(mistake.message, place=place_of(source, mistake), path=mistake.path)
        if next(fresh, None) is not None:
            self.problem(f"has more than these {MAX_PROBLEMS_PER_FILE} mistakes")

    def problem(self, message: str, *, place: tuple[int, int] = (0, 0), path: Path = ()) -> None:
        """Note one problem. ``place`` is line and column from 1, 0 for no place."""
        line, column = place
        self.problems.append(
            PolicyProblem(self.shown, line, column, dotted(path), without_secrets(message))
        )


def place_of(source: "Source", mistake: Mistake) -> tuple[int, int]:
    """Where the mistake is: at its value or key, or at what should have held it."""
    path = mistake.path
    if mistake.at_key and path in source.key_places:
        return source.key_places[path]
    while path and path not in source.places:
        path = path[:-1]
    return source.places.get(path, (0, 0))


def _bytes(path: FilePath) -> bytes:
    """The bytes of a regular file, as far as they matter. Raises OSError, Unreadable."""
    if not path.is_file():  # to open a pipe would wait for a writer
        raise Unreadable("is not a file" if path.exists() else "leads nowhere")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
